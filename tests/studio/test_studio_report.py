"""The verdict on a draft: what counts as better, as chance, as a risk, in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.studio.report import noise, points, verdict, wishes, with_verdict

TITLES = {"book": "Записаться", "cancel": "Отменить"}


def figures(accuracy: float, folds: list[float] | None = None, **recalls: float) -> dict[str, Any]:
    recalls = recalls or {"book": 0.8, "cancel": 0.8}
    of = {name: {"precision": r, "recall": r, "f1": r, "support": 50} for name, r in recalls.items()}
    folds = folds or [accuracy] * 5
    return {
        "accuracy": accuracy,
        "macro_f1": accuracy,
        "folds": folds,
        "measured": 1000,
        "phrases": 1000,
        "intents": of,
        "confusions": [],
    }


def report(draft: dict[str, Any], live: dict[str, Any], **more: Any) -> dict[str, Any]:
    empty = {
        "misread": [],
        "messages": {"read": 0, "changed": [], "why": ""},
        "conversations": {"results": [], "why": ""},
    }
    return {"draft": draft, "live": live, **empty, **more}


def changed(read: int, *rows: tuple[str, str]) -> dict[str, Any]:
    return {"read": read, "changed": [["…", before, after] for before, after in rows], "why": ""}


TALK = {"name": "запись", "passed": False, "step": 1, "expected": "a", "got": "b"}
SAME = figures(0.80)


@pytest.mark.parametrize(
    ("draft", "live", "more", "kind", "told"),
    [
        (figures(0.83), SAME, {}, "better", "Можно публиковать"),
        (figures(0.803), SAME, {}, "same", "Без заметной разницы"),
        (figures(0.77), SAME, {}, "worse", "Хуже: точность 77,0 %, была 80,0 %"),
        (figures(0.83, [0.7, 0.96, 0.7, 0.96, 0.83]), SAME, {}, "same", "бывает случайной"),
        (figures(0.82, [0.82]), figures(0.80, [0.80]), {}, "same", "Без заметной разницы"),
        (figures(0.83, book=0.6, cancel=0.9), SAME, {}, "careful", "Осторожно"),
        (figures(0.83), SAME, {"conversations": {"results": [TALK], "why": ""}}, "worse", "проверочные разговоры (1)"),
        (SAME, SAME, {"misread": [["а", "book", "cancel", 0.5]] * 11}, "careful", "прочтите замечания"),
        (SAME, SAME, {"messages": changed(100, *[("book", "cancel")] * 11)}, "careful", "прочтите замечания"),
        (SAME, SAME, {"messages": changed(100, *[("book", "cancel")] * 9)}, "same", "Можно публиковать"),
        (SAME, SAME, {"messages": changed(100, *[("book", "nlu_fallback")] * 4)}, "careful", "прочтите замечания"),
        (figures(0.8, book=0.8, cancel=0.8, pets=0.3), SAME, {}, "careful", "прочтите замечания"),
        (figures(0.8, book=0.8), SAME, {}, "careful", "прочтите замечания"),
        (SAME, {}, {}, "alone", "сравнить не с чем"),
    ],
)  # fmt: skip
def test_the_verdict_follows_its_rules(
    draft: dict[str, Any], live: dict[str, Any], more: dict[str, Any], kind: str, told: str
) -> None:
    found = verdict(report(draft, live, **more), TITLES)
    assert found.kind == kind and told in found.words
    assert bool(found.risks) or kind not in ("careful",)


def test_risks_name_the_wish_in_russian() -> None:
    found = verdict(report(figures(0.8, book=0.5, cancel=0.8), SAME), TITLES)
    assert found.risks == ("«Записаться» узнаётся хуже: 50,0 % фраз, было 80,0 %.",)


def test_one_phrase_of_ten_is_chance() -> None:
    draft, live = figures(0.8, book=0.7), figures(0.8, book=0.8)
    draft["intents"]["book"]["support"] = 10
    assert verdict(report(draft, live), TITLES).risks == ()


def test_many_risks_are_cut_short() -> None:
    names = [f"wish{n}" for n in range(20)]
    draft, live = figures(0.8, **dict.fromkeys(names, 0.5)), figures(0.8, **dict.fromkeys(names, 0.9))
    risks = verdict(report(draft, live), {}).risks
    assert len(risks) == 9 and risks[-1] == "И ещё замечаний: 12."


def test_equal_folds_have_the_least_noise_and_words_for_it() -> None:
    assert noise(SAME, SAME) == 0.005
    assert points(0.0123) == "1,2 п. п."


def test_wishes_come_worst_first_with_what_they_were() -> None:
    rows = wishes(report(figures(0.8, book=0.5, cancel=0.9, pets=0.7), SAME))
    assert [(row.intent, row.change and round(row.change, 2)) for row in rows] == [
        ("book", -0.3),
        ("pets", None),
        ("cancel", 0.1),
    ]


def test_a_kept_report_carries_its_verdict() -> None:
    kept = with_verdict(report(SAME, SAME), TITLES)
    assert kept["verdict"]["kind"] == "same"

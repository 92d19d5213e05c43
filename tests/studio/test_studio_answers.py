"""Answers in an editor's draft: read, changed variant by variant, and written so that nothing else of the file moves."""

from __future__ import annotations

import difflib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from app.paths import HERE
from bot.studio.answer_places import missing, places
from bot.studio.answer_samples import SAMPLES, with_samples
from bot.studio.answer_words import EAR_WORDS, allowed, audience, notes, payload_words, plain_score
from bot.studio.answers import Choice, Variant, add_answer, answers, braces, set_variants
from bot.studio.drafts import Draft, Drafts
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from tests.projects import copy_of_project

OURS = Project(HERE.root)


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> Drafts:
    folder = tmp_path_factory.mktemp("answers")
    published = Project(copy_of_project(folder / "project"))
    return Drafts(folder / "drafts", published, lambda: datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def draft(drafts: Drafts) -> Draft:
    return drafts.discard("editor")


def difference(draft: Draft, path: str = "domain.yml") -> list[str]:
    """Lines that the draft takes away and adds."""
    lines = difflib.unified_diff(draft.base.read(path).splitlines(), draft.read(path).splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_every_answer_and_line_of_the_project_is_there() -> None:
    found = answers(OURS)
    told = yaml.safe_load(OURS.read("domain.yml"))["responses"]
    assert {a.name for a in found.values() if a.kind == "response"} == set(told)
    assert (
        found["text-robot_away"].variants[0].text == yaml.safe_load(OURS.read("bot/content/texts.yml"))["robot_away"][0]
    )
    assert len(found["phone-hold_on"].variants) == 3
    pensioner = next(v for v in found["utter_greet"].variants if v.segment == "pensioner")
    assert not pensioner.for_all and pensioner.conditions == (("segment", "pensioner"),)


def test_a_variant_for_the_phone_changes_two_lines_of_the_file(draft: Draft) -> None:
    was = answers(draft.work)["utter_goodbye"]
    spoken = Variant("До свидания! Звоните в любое время.", channel="phone")
    set_variants(draft, "utter_goodbye", [*was.variants, spoken])
    assert difference(draft) == [
        "+  - condition: [{type: slot, name: channel, value: phone}]",
        '+    text: "До свидания! Звоните в любое время."',
    ]
    assert answers(draft.work)["utter_goodbye"].variants[-1] == spoken
    assert answers(draft.work)["utter_goodbye"].spoken


def test_conditions_may_be_combined_and_buttons_are_kept(draft: Draft) -> None:
    made = Variant(
        "Слышу вас: позвать человека?", "pensioner", "messenger", "anger",
        (Choice("Позвать", "/request_operator"), Choice("Нет, спасибо", "/deny")),
    )  # fmt: skip
    set_variants(draft, "utter_frustration", [*answers(draft.work)["utter_frustration"].variants, made])
    assert answers(draft.work)["utter_frustration"].variants[-1] == made
    assert yaml.safe_load(draft.read("domain.yml"))["responses"]["utter_frustration"][-1]["condition"] == [
        {"type": "slot", "name": "segment", "value": "pensioner"},
        {"type": "slot", "name": "channel", "value": "messenger"},
        {"type": "slot", "name": "emotion", "value": "anger"},
    ]


def test_deleting_and_reordering_leave_comments_below_where_they_are(draft: Draft) -> None:
    """Below `utter_left_as_is` begins a part with a heading of its own."""
    set_variants(draft, "utter_left_as_is", [Variant("Всё осталось."), Variant("Ничего не изменила.", emotion="anger")])
    set_variants(draft, "utter_left_as_is", [Variant("Ничего не изменила.", emotion="anger"), Variant("Всё осталось.")])
    set_variants(draft, "utter_left_as_is", [Variant("Всё осталось.")])
    assert difference(draft) == [
        '-  - text: "Оставила всё как есть. Что-нибудь ещё?"',
        '+  - text: "Всё осталось."',
    ]


def test_saving_what_is_there_changes_nothing(draft: Draft) -> None:
    for name in ("utter_greet", "utter_booked", "text-notice", "phone-hold_on"):
        set_variants(draft, name, answers(draft.work)[name].variants)
    assert draft.changed() == []


def test_what_only_a_programmer_writes_is_kept(draft: Draft) -> None:
    text = draft.read("domain.yml").replace(
        '  utter_stopped:\n  - text: "Хорошо, остановились.',
        "  utter_stopped:\n  - condition: [{type: slot, name: service, value: passport}]\n    image: https://example.org/a.png\n"
        '    text: "Про паспорт остановились."\n  - text: "Хорошо, остановились.',
        1,
    )
    draft.write("domain.yml", text)
    first, *others = answers(draft.work)["utter_stopped"].variants
    assert first.others == (("service", "passport"),) and not first.for_all
    set_variants(draft, "utter_stopped", [replace(first, text="Остановились."), *others])
    written = yaml.safe_load(draft.read("domain.yml"))["responses"]["utter_stopped"][0]
    assert written["image"] == "https://example.org/a.png" and written["text"] == "Остановились."
    assert written["condition"][0]["value"] == "passport"


def test_lines_said_without_rasa_are_written_into_their_own_files(draft: Draft) -> None:
    set_variants(
        draft, "text-robot_away", [Variant("Минуту: перезапускаюсь."), Variant("Скоро вернусь: перезапускаюсь.")]
    )
    set_variants(draft, "phone-hold_on", [*answers(draft.work)["phone-hold_on"].variants, Variant("Смотрю.")])
    assert difference(draft, "bot/content/phone.yml") == ['+    - "Смотрю."']
    assert [line[:4] for line in difference(draft, "bot/content/texts.yml")] == ["-  -", "+  -", "+  -"]


@pytest.mark.parametrize(
    ("variants", "why"),
    [
        ([], "ни одного варианта|единого варианта"),
        ([Variant("Скажите.", channel="phone")], "вариант для всех"),
        ([Variant("  ")], "без слов"),
        ([Variant("Да."), Variant("Да.")], "совпадают"),
        ([Variant("а" * 1501)], "1500"),
        ([Variant("Да.", buttons=(Choice("", "/affirm"),))], "надпись"),
        ([Variant(f"Вариант {n}.") for n in range(25)], "24"),
    ],
)
def test_what_would_leave_a_citizen_without_an_answer_is_refused(
    draft: Draft, variants: list[Variant], why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        set_variants(draft, "utter_goodbye", variants)
    assert draft.changed() == []


def test_an_unknown_answer_is_a_key_error(draft: Draft) -> None:
    with pytest.raises(KeyError):
        set_variants(draft, "utter_nothing", [Variant("Да.")])


def test_a_new_answer_stands_at_the_end_and_is_said_by_nobody_yet(draft: Draft) -> None:
    add_answer(draft, "utter_library", "Библиотека открыта до восьми.")
    assert answers(draft.work)["utter_library"].variants == (Variant("Библиотека открыта до восьми."),)
    assert [line[:1] for line in difference(draft)] == ["+", "+"]
    assert not places(draft.work)["utter_library"].said
    with pytest.raises(NotPossible, match="уже есть"):
        add_answer(draft, "utter_library", "Ещё раз.")
    with pytest.raises(NotPossible, match="utter_"):
        add_answer(draft, "Библиотека", "Ещё раз.")


def test_an_answer_of_a_new_wish_is_found_under_wishes(draft: Draft) -> None:
    add_answer(draft, "utter_library", "Библиотека открыта до восьми.")
    rules = (
        draft.read("stories/rules.yml") + "- rule: библиотека\n  steps: [{intent: greet}, {action: utter_library}]\n"
    )
    draft.write("stories/rules.yml", rules)
    assert places(draft.work)["utter_library"].group == "wish"
    assert missing(draft.work) == ()


def test_what_code_says_and_the_project_lacks_is_missing(draft: Draft) -> None:
    text = draft.read("domain.yml").replace("  utter_thank:\n", "  utter_thanks:\n", 1)
    draft.write("domain.yml", text)
    assert missing(draft.work) == ("utter_thank",)


def test_every_answer_of_the_project_has_a_place_and_is_said() -> None:
    found = places(OURS)
    assert set(found) == set(answers(OURS))
    assert [id for id, place in found.items() if not place.said] == []
    assert found["utter_ask_centre"].title == "Вопросы: «Записаться на приём»"
    assert found["utter_not_understood"].group == "mishap"


def test_an_unknown_or_a_lost_brace_is_told() -> None:
    answer = answers(OURS)["utter_booked"]
    filled = allowed(answer, answer)
    assert "number" in filled
    (unknown,) = notes(Variant("Запись {nomer}."), filled, (), False)
    assert unknown.stops and "{nomer}" in unknown.text
    (lost,) = notes(Variant("Вы записаны."), filled, ("number",), False)
    assert not lost.stops and "{number}" in lost.text
    (open_one,) = notes(Variant("Запись {number."), filled, (), False)
    assert open_one.stops
    assert braces("{a} и {b} и {a}") == ("a", "b")


def test_a_phone_variant_longer_than_an_ear_holds_is_told() -> None:
    from voice.saying import BITE_WORDS

    assert EAR_WORDS == BITE_WORDS
    long = Variant("слово " * 46)
    assert any("на слух" in note.text for note in notes(long, (), (), True))
    assert notes(long, (), (), False) == []


def test_words_of_an_editor() -> None:
    titles = {"book_appointment": "Записаться на приём"}
    assert payload_words("/book_appointment", titles) == "Записаться на приём"
    assert (
        payload_words('/book_appointment{"service": "passport"}', titles) == "Записаться на приём (service: passport)"
    )
    assert audience(Variant("а", "pensioner", "phone", "anger")) == "на пенсии, по телефону, настроение: гнев"
    assert audience(Variant("а")) == "для всех"


def test_every_brace_of_the_project_has_an_example() -> None:
    assert {name for answer in answers(OURS).values() for name in answer.braces} <= set(SAMPLES)
    assert with_samples("Номер {number}, {strange}.") == "Номер 12-3456, ‹strange›."


def test_the_score_is_that_of_the_least_plain_variant() -> None:
    plain, hard = (
        Variant("Возьмите паспорт."),
        Variant("В целях осуществления подачи заявления надлежит предоставить документы."),
    )
    assert plain_score([plain]) > 80 > plain_score([plain, hard])

"""What a training says about a draft: figures beside those of the published robot, and a verdict by rules that are written here.

A report is kept as JSON with the run: `seconds` by stage, `draft` and `live` (figures of `nlu.evaluation`, {} for none), `misread`,
`messages`, `conversations`, `advice`, `verdict`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

VerdictKind = Literal["better", "same", "careful", "worse", "alone"]
TITLES: Mapping[VerdictKind, str] = {
    "better": "Стало лучше",
    "same": "Без заметной разницы",
    "careful": "Осторожно",
    "worse": "Хуже",
    "alone": "Сравнить не с чем",
}

LEAST_NOISE = 0.005
"""Half a percentage point: 26 of our 5 200 phrases. Moving a few phrases about changes that much by chance."""
SPREAD = 2.0
"""Standard errors that count as chance: in 95 of 100 cases chance stays below."""
FALLEN, FALLEN_PHRASES = 0.10, 3
"""A wish has got worse when it is recognised in 10 points fewer cases and at least in 3 phrases: one phrase of ten is chance."""
WEAK = 0.5
"""A new wish that is recognised in fewer than half of its phrases takes citizens the wrong way more often than the right one."""
FORGOTTEN = 0.01
"""Share of its own phrases that a model may misread: those are mostly phrases that stand under the wrong wish."""
CHANGED = 0.10
"""Share of real messages read otherwise from which somebody should look at them: above it a change of phrases was not local."""
ASKS = "nlu_fallback"
MORE_ASKED = 0.03
"""By so much the share of messages that the robot asks back about may grow: three more in a hundred are felt by the operators."""
MOST_RISKS = 8


@dataclass(frozen=True)
class Verdict:
    """`words` is the plain sentence with its figures, `risks` are sentences, the gravest first."""

    kind: VerdictKind
    words: str
    risks: tuple[str, ...]

    @property
    def title(self) -> str:
        """«Стало лучше»."""
        return TITLES[self.kind]


@dataclass(frozen=True)
class WishRow:
    """One wish in the table of the report; `before` is None where the published robot does not know it."""

    intent: str
    precision: float
    recall: float
    f1: float
    support: int
    before: float | None

    @property
    def change(self) -> float | None:
        """F1 now less F1 before."""
        return None if self.before is None else self.f1 - self.before


def noise(draft: Mapping[str, Any], live: Mapping[str, Any]) -> float:
    """The difference in accuracy that chance alone explains.

    The folds of both are the same phrases, so the spread of their differences tells it. One fold has no spread: there the error of
    two shares of so many phrases is taken.
    """
    pairs = [float(now) - float(before) for now, before in zip(draft["folds"], live["folds"], strict=False)]
    if len(pairs) >= 2:
        return max(LEAST_NOISE, SPREAD * statistics.stdev(pairs) / math.sqrt(len(pairs)))
    share, count = float(draft["accuracy"]), max(1, int(draft["measured"]))
    return max(LEAST_NOISE, SPREAD * math.sqrt(2 * share * (1 - share) / count))


def verdict(report: Mapping[str, Any], titles: Mapping[str, str]) -> Verdict:
    """What to think of the draft; `titles` are Russian names of intents.

    worse: a test conversation fails, or accuracy fell by more than chance. careful: something to look at was found. better:
    accuracy rose by more than chance. same: neither. alone: the published robot has no figures.
    """
    draft, live = report["draft"], report["live"]
    failed = [c for c in report["conversations"].get("results", ()) if not c["passed"]]
    risks = [*_conversations(failed), *_wishes(draft, live, titles), *_forgotten(report), *_messages(report)]
    risks = [
        *risks[:MOST_RISKS],
        *([f"И ещё замечаний: {len(risks) - MOST_RISKS}."] if len(risks) > MOST_RISKS else []),
    ]
    if not live:
        words = f"Опубликованного робота проверить не вышло, сравнить не с чем. Точность черновика {percent(draft['accuracy'])}."
        return Verdict("worse" if failed else "careful" if risks else "alone", words, tuple(risks))
    difference, chance = draft["accuracy"] - live["accuracy"], noise(draft, live)
    figures = f"точность {percent(draft['accuracy'])}, была {percent(live['accuracy'])}"
    small = f" Разница меньше {points(chance)} бывает случайной."
    if failed:
        return Verdict("worse", f"Хуже: не проходят проверочные разговоры ({len(failed)}), {figures}.", tuple(risks))
    if difference < -chance:
        words = f"Хуже: {figures}. Это больше случайной разницы ({points(chance)})."
        return Verdict("worse", words, tuple(risks))
    if risks:
        better = "Точность выросла, но" if difference > chance else "В целом без заметной разницы, но"
        return Verdict("careful", f"Осторожно: {figures}. {better} прочтите замечания ниже.", tuple(risks))
    if difference > chance:
        return Verdict("better", f"Стало лучше: {figures}. Можно публиковать.", ())
    return Verdict("same", f"Без заметной разницы: {figures}.{small} Можно публиковать.", ())


def with_verdict(report: dict[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """The report with its verdict in it, ready to be kept."""
    return report | {"verdict": asdict(verdict(report, titles))}


def wishes(report: Mapping[str, Any]) -> list[WishRow]:
    """All wishes of the draft, the worst first."""
    before = report["live"].get("intents", {})
    rows = [
        WishRow(
            intent, of["precision"], of["recall"], of["f1"], of["support"],
            before[intent]["f1"] if intent in before else None,
        )
        for intent, of in report["draft"]["intents"].items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.f1, row.intent))


def percent(share: float) -> str:
    """«81,4 %»."""
    return f"{100 * share:.1f} %".replace(".", ",")


def points(share: float) -> str:
    """«0,6 п. п.»: percentage points."""
    return f"{100 * share:.1f}".replace(".", ",") + " п. п."


def name_of(intent: str, titles: Mapping[str, str]) -> str:
    """The Russian name of an intent in the report."""
    if intent == ASKS:
        return "Переспросит"
    return titles.get(intent) or intent or "Ничего"


def _conversations(failed: Sequence[Mapping[str, Any]]) -> list[str]:
    names = ", ".join(f"«{c['name']}»" for c in failed[:3])
    return [f"Не проходят проверочные разговоры: {len(failed)}. Начните с {names}."] if failed else []


def _wishes(draft: Mapping[str, Any], live: Mapping[str, Any], titles: Mapping[str, str]) -> list[str]:
    found: list[tuple[float, str]] = []
    known = live.get("intents", {})
    for intent, now in draft["intents"].items():
        name = f"«{name_of(intent, titles)}»"
        if intent in known:
            before = known[intent]["recall"]
            fallen = before - now["recall"]
            if fallen >= FALLEN and fallen * now["support"] >= FALLEN_PHRASES:
                words = f"{name} узнаётся хуже: {percent(now['recall'])} фраз, было {percent(before)}."
                found.append((fallen, words))
        elif live and now["recall"] < WEAK:
            words = f"Новое {name} узнаётся в {percent(now['recall'])} фраз. Добавьте фраз или уберите похожие из других желаний."
            found.append((1.0 - now["recall"], words))
    gone = sorted(known.keys() - draft["intents"].keys())
    lost = [f"Желания «{name_of(intent, titles)}» больше нет: робот перестанет его узнавать." for intent in gone]
    return [*lost, *(words for _, words in sorted(found, key=lambda pair: -pair[0]))]


def _forgotten(report: Mapping[str, Any]) -> list[str]:
    count, phrases = len(report["misread"]), max(1, int(report["draft"].get("phrases", 0)))
    if count / phrases < FORGOTTEN:
        return []
    return [f"Робот не узнаёт {count} своих же фраз. Чаще всего они стоят не под тем желанием: список ниже."]


def _messages(report: Mapping[str, Any]) -> list[str]:
    messages = report["messages"]
    read, changed = int(messages.get("read", 0)), messages.get("changed", [])
    if not read:
        return []
    found = []
    if len(changed) / read > CHANGED:
        found.append(f"Из {read} последних сообщений граждан {len(changed)} робот поймёт иначе. Просмотрите их список.")
    asked = sum(row[2] == ASKS for row in changed) - sum(row[1] == ASKS for row in changed)
    if asked / read > MORE_ASKED:
        found.append(f"Робот станет чаще переспрашивать: ещё в {asked} сообщениях из {read}.")
    return found

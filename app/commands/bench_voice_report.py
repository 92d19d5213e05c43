"""The figures of `./otklik bench voice` under their names, and the tables that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

PEERS = {
    "pipecat": "Pipecat, наши слух и голос",
    "pipecat_tuned": "он же, пауза 0,6 с",
    "pipecat_own_whisper": "он же, свой Whisper",
}
FIGURES = {
    "p50": "p50", "p95": "p95", "max": "худший", "turns": "реплик", "answered": "отвечено", "cut_in": "перебил сам",
    "talked_over": "не замолчал", "silent_p95": "замолчал за, p95",
}  # fmt: skip
KINDS = {
    "open": "просьбы", "info": "вопросы", "choice": "выбор", "yes_no": "да/нет", "digits": "диктовка цифр",
    "human": "записи человека",
}  # fmt: skip
STAGES = {
    "endpoint": "пауза", "asr": "слова", "dialogue": "диалог", "speech": "голос", "total": "всего",
}  # fmt: skip
AIMS = {"first_audio_ms_p95": "≤ 900", "barge_in_stop_ms_p95": "≤ 60"}
NAMES = {
    "first_audio_ms_p50": "конец речи → первый звук, p50, мс",
    "first_audio_ms_p95": "конец речи → первый звук, p95, мс",
    "first_audio_dynamic_ms_p50": "то же, если ответ ещё никогда не звучал, p50, мс",
    "first_audio_dynamic_ms_p95": "то же, если ответ ещё никогда не звучал, p95, мс",
    "asr_ms_p50": "распознавание фразы, p50, мс",
    "wer_human": "ошибок в словах: человек",
    "wer_festival": "ошибок в словах: Festival, чисто",
    "wer_festival_20db": "ошибок в словах: Festival, шум 20 дБ",
    "wer_festival_10db": "ошибок в словах: Festival, шум 10 дБ",
    "intent_accuracy_text": "намерения из текста",
    "intent_accuracy_speech": "намерения из речи",
    "barge_in_stop_ms_p95": "решил замолчать → тишина, p95, мс",
    "barge_in_onset_ms_p95": "перебили → тишина, p95, мс",
    "false_barge_ins_per_minute": "ложных перебиваний в минуту",
    "calls_at_once": "звонков сразу (p95 ≤ 1500 мс)",
}


def alone(
    words: Mapping[str, Mapping[str, float]], barge_in: Mapping[str, Any], false: Mapping[str, float]
) -> dict[str, Any]:
    """What was measured without a house. The time of recognition is that of citizens' sentences in silence."""
    sentences = words.get("festival") or words.get("human") or {}
    return {
        "asr_ms_p50": sentences.get("asr_ms_p50"),
        "asr_ms_p95": sentences.get("asr_ms_p95"),
        **{f"wer_{name}": one["wer"] for name, one in words.items()},
        "words": dict(words),
        "barge_in_stop_ms_p50": barge_in["stop_ms_p50"],
        "barge_in_stop_ms_p95": barge_in["stop_ms_p95"],
        "barge_in_onset_ms_p50": barge_in["onset_ms_p50"],
        "barge_in_onset_ms_p95": barge_in["onset_ms_p95"],
        "barge_in_missed": barge_in["missed"],
        "barge_in_trials": barge_in["trials"],
        # Each kind of noise was played for as long as any other.
        "false_barge_ins_per_minute": round(sum(false.values()) / len(false), 3) if false else None,
        "false_barge_ins_of": dict(false),
    }


def first_audio(prefix: str, turns: Mapping[str, Any]) -> dict[str, Any]:
    """The first sound of one who answered, under flat names."""
    return {
        f"{prefix}first_audio_ms_p50": turns["p50"],
        f"{prefix}first_audio_ms_p95": turns["p95"],
        f"{prefix}first_audio_dynamic_ms_p50": turns["dynamic"]["p50"],
        f"{prefix}first_audio_dynamic_ms_p95": turns["dynamic"]["p95"],
    }


def show(result: Mapping[str, Any]) -> None:
    """Print the tables."""
    console = Console(highlight=False)
    console.print(_first_sounds(result))
    console.print(_stages(result["turns"]["stages"]))
    console.print(_levels(result["levels"]))
    table = Table("показатель", "значение", "цель", title="Итог")
    for name, title in NAMES.items():
        table.add_row(title, _shown(result.get(name)), AIMS.get(name, ""))
    console.print(table)
    for one in result["intents_lost_in_hearing"]:
        console.print(f"Не расслышано: «{one['said']}» → «{one['heard']}»", markup=False)
    console.print(
        f"Перебивали {result['barge_in_trials']} раз, робот не заметил {result['barge_in_missed']}. "
        f"Измерено за {result['seconds']} с. Что это за числа: docs/bench-voice.md"
    )


def _first_sounds(result: Mapping[str, Any]) -> Table:
    who = {"Отклик": result["turns"]} | {title: result[name] for name, title in PEERS.items() if name in result}
    table = Table("", *who, title="Конец речи → первый звук робота, мс")
    for figure, title in FIGURES.items():
        table.add_row(title, *(_shown(turns[figure]) for turns in who.values()))
    table.add_row("новый ответ, p50", *(_shown(turns["dynamic"]["p50"]) for turns in who.values()))
    for kind, title in KINDS.items():
        table.add_row(f"{title}, p50", *(_shown(turns["kinds"].get(kind, {}).get("p50")) for turns in who.values()))
    return table


def _stages(stages: Mapping[str, Mapping[str, float | None]]) -> Table:
    table = Table("", *(STAGES[name] for name in stages), title="Из чего складывается наш ответ, мс")
    for level in ("p50", "p95"):
        table.add_row(level, *(_shown(one[level]) for one in stages.values()))
    return table


def _levels(levels: Any) -> Table:
    table = Table(
        "звонков сразу", "p50, мс", "p95, мс", "реплик", "без ответа", "«секунду»", "оборвано", title="Нагрузка"
    )
    for one in levels:
        row = (one["p50"], one["p95"], one["turns"], one["unanswered"], one["held"], one["broken"])
        table.add_row(str(one["callers"]), *(_shown(value) for value in row))
    return table


def _shown(value: float | int | None) -> str:
    """A figure as people write it."""
    if value is None:
        return "—"
    if isinstance(value, int) or value >= 10:
        return f"{value:.0f}"
    return f"{value:.3g}".replace(".", ",")

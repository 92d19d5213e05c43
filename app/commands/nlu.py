"""`./otklik nlu`: how the trained model reads messages, with the emotion that the assistant adds."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app import settings as configuration
from app.bootstrap.steps import Steps
from app.commands.nlu_input import Case, moment, read_cases
from app.paths import HERE
from app.problems import Problem
from app.training.train import ensure_model, rasa_environment
from bot.persona.emotion import Emotions


def run(texts: list[str], file: str | None, now: str | None, as_json: bool) -> int:
    """Read the messages and print what was understood; the exit code."""
    settings, steps = configuration.load(), Steps()
    reference = moment(now, settings.timezone)
    cases = [Case(text, reference) for text in texts]
    if file is not None:
        cases += read_cases(file, reference, settings.timezone)
    if not cases:
        raise Problem('Что понять? ./otklik nlu "хочу записаться на завтра" или ./otklik nlu --file cases.jsonl')
    model = ensure_model(settings.layout, steps)
    emotions = Emotions.load(settings.project_dir / "bot" / "persona" / "lexicon.yml")
    table = _table()
    for parsed in _parsed(model.path, cases, steps):
        emotion = emotions.detect(parsed["text"], [])
        unsure = parsed.pop("unsure", False)
        parsed["emotion"] = {"name": emotion.name, "intensity": round(emotion.intensity, 3)}
        if as_json:
            print(json.dumps(parsed, ensure_ascii=False), flush=True)
        else:
            table.add_row(*_row(parsed, unsure))
    if not as_json:
        Console().print(table)
    return 0


def _parsed(model: Path, cases: list[Case], steps: Steps) -> Iterator[dict[str, Any]]:
    """The reading of every case, in order."""
    log = HERE.logs / "nlu.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(HERE.python("dialogue")), "-m", "nlu.parse", str(model)]
    environ = rasa_environment(HERE) | {"LOG_LEVEL": "ERROR", "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as asked, log.open("w") as errors:
        for case in cases:
            # Escaped, so that any text is one line, with half a surrogate pair too.
            asked.write(json.dumps({"text": case.text, "now": case.now}) + "\n")
        asked.seek(0)
        with subprocess.Popen(
            command, cwd=HERE.root, env=environ, stdin=asked, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
        ) as process:
            assert process.stdout is not None
            with steps.step("Загружаю модель"):
                if not process.stdout.readline():
                    raise Problem(
                        f"Модель не загружается, подробнее: {HERE.shown(log)}. Поможет ./otklik train --force"
                    )
            count = 0
            for line in process.stdout:
                count += 1
                yield json.loads(line)
        if count < len(cases):
            raise Problem(f"Разбор прервался на сообщении {count + 1} из {len(cases)}, подробнее: {HERE.shown(log)}.")


def _table() -> Table:
    table = Table(show_lines=True)
    for name in ("сообщение", "намерение", "ещё могло быть", "что названо", "чувство"):
        table.add_column(name, overflow="fold")
    return table


def _row(parsed: dict[str, Any], unsure: bool) -> list[str]:
    others = [f"{item['name']} {item['confidence']:.2f}" for item in parsed["ranking"][1:3]]
    entities = [
        f"{e['entity']}: {_value(e.get('value'))}" + (f" ({e['problem']})" if e.get("problem") else "")
        for e in parsed["entities"]
    ]
    doubt = "\nне уверен, переспросит" if unsure else ""
    emotion = parsed["emotion"]
    return [
        parsed["text"][:200],
        f"{parsed['intent']} {parsed['confidence']:.2f}{doubt}",
        "\n".join(others),
        "\n".join(entities),
        emotion["name"] if emotion["name"] == "neutral" else f"{emotion['name']} {emotion['intensity']:.2f}",
    ]


def _value(value: Any) -> str:
    if isinstance(value, dict) and {"from", "to"} <= value.keys():
        return f"{value['from'] or '…'} — {value['to'] or '…'}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""`./otklik train`: a model of the present training data."""

from __future__ import annotations

from app.bootstrap.steps import Steps, seconds
from app.paths import HERE
from app.problems import Problem
from app.training.check import mistakes
from app.training.train import ensure_model, fresh_model


def run(force: bool) -> int:
    """Train if the data changed, or anyway; the exit code."""
    steps = Steps()
    found = mistakes(HERE)
    if found:
        for mistake in found[:20]:
            steps.say(f"✗ {mistake}")
        raise Problem(f"Ошибок в данных: {len(found)}. Исправьте их и обучите ещё раз.")
    kept = None if force else fresh_model(HERE)
    model = kept or ensure_model(HERE, steps, force)
    took = f", обучение заняло {seconds(model.seconds)}" if model.seconds is not None and not kept else ""
    word = "Данные не изменились, модель та же" if kept else "Модель готова"
    print(f"{word}: {HERE.shown(model.path)}{took}")
    return 0

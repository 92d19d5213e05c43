"""`./otklik train`: a model of the present training data, and the voice of what never changes."""

from __future__ import annotations

from app import settings as configuration
from app.bootstrap.steps import Steps, seconds
from app.paths import HERE
from app.problems import Problem
from app.training.check import mistakes
from app.training.train import ensure_model, fresh_model
from app.voice_extra import check_extra


def run(force: bool) -> int:
    """Train if the data changed, or anyway; the exit code."""
    steps, settings = Steps(), configuration.load()
    found = mistakes(settings.layout)
    if found:
        for mistake in found[:20]:
            steps.say(f"✗ {mistake}")
        raise Problem(f"Ошибок в данных: {len(found)}. Исправьте их и обучите ещё раз.")
    kept = None if force else fresh_model(settings.layout)
    model = kept or ensure_model(settings.layout, steps, force)
    took = f", обучение заняло {seconds(model.seconds)}" if model.seconds is not None and not kept else ""
    word = "Данные не изменились, модель та же" if kept else "Модель готова"
    print(f"{word}: {HERE.shown(model.path)}{took}")
    if settings.voice:
        check_extra()
        # Here, not above: without the voice nothing of it is installed.
        from app.speech import prerender

        prerender(settings, steps)
    return 0

"""What all tests share: names of test cases, chance that is the same each time, and a second try for what a busy machine delays."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

PROCESSES = ("app", "channels", "desk", "dialogue", "handover", "privacy", "services", "studio")
"""Folders of tests that talk to real processes and browsers: two busy cores may be slower than any patience."""

if find_spec("hypothesis"):
    from hypothesis import settings

    settings.register_profile("same", derandomize=True)
    # To look for new cases: HYPOTHESIS_PROFILE=default ./otklik test tests/studio
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_make_parametrize_id(val: object) -> str | None:
    """A name for a parameter of bytes; pytest, told to leave Russian names alone, cannot make one.

    Short, so that no moment written into a file gets in: all workers must see the same names.
    """
    return repr(val)[:20] if isinstance(val, bytes) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What talks to processes is tried once more before it counts as failed; the summary counts the second tries.

    `-p no:rerunfailures` shows the first failure.
    """
    again = config.pluginmanager.hasplugin("rerunfailures")
    for item in items:
        if again and item.path.parent.name in PROCESSES:
            item.add_marker(pytest.mark.flaky(reruns=1))

"""What all tests share: names of test cases. Russian text stays readable in them, bytes become their repr."""

from __future__ import annotations


def pytest_make_parametrize_id(val: object) -> str | None:
    """A name for a parameter of bytes; pytest, told to leave Russian names alone, cannot make one."""
    return repr(val)[:40] if isinstance(val, bytes) else None

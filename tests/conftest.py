"""What all tests share: names of test cases. Russian text stays readable in them, bytes become their repr."""

from __future__ import annotations


def pytest_make_parametrize_id(val: object) -> str | None:
    """A name for a parameter of bytes; pytest, told to leave Russian names alone, cannot make one.

    Short, so that no moment written into a file gets in: all workers must see the same names.
    """
    return repr(val)[:20] if isinstance(val, bytes) else None

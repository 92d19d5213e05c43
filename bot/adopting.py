"""Lets an object become another one of its kind in place, so that everybody who holds it has the new one at once."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def adopt(old: T, new: T) -> None:
    """Make `old` hold what `new` holds; the object stays the same one. For objects made of content only.

    Nobody ever sees an attribute missing, since names are added before any is taken away; threads may read meanwhile.
    Raises TypeError for two different kinds.
    """
    if type(old) is not type(new):
        raise TypeError(f"{type(old).__name__} cannot become {type(new).__name__}")
    held: dict[Any, Any] = old if isinstance(old, dict) else vars(old)
    given: dict[Any, Any] = new if isinstance(new, dict) else vars(new)
    held.update(given)
    for name in [name for name in held if name not in given]:
        del held[name]

"""Conditions of forms as data: {field: children, more_than: 0}, {ratio: [income, people], less_than: {param: x}}.

Left side: `field` or `ratio` (one field divided by another). Comparison: `is`, `is_not`, `in`, `more_than`, `at_least`,
`less_than`, `at_most`; right side: a value, {field: id} or {param: name}. Joined by `all`, `any`, `not`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.services.errors import ContentError

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "is": lambda a, b: bool(a == b),
    "is_not": lambda a, b: bool(a != b),
    "in": lambda a, b: a in b,
    "more_than": lambda a, b: bool(a > b),
    "at_least": lambda a, b: bool(a >= b),
    "less_than": lambda a, b: bool(a < b),
    "at_most": lambda a, b: bool(a <= b),
}


def holds(condition: Mapping[str, Any], answers: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Whether the condition holds; one about an answer that is not given does not."""
    if "all" in condition:
        return all(holds(one, answers, params) for one in condition["all"])
    if "any" in condition:
        return any(holds(one, answers, params) for one in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers, params)
    left = _left(condition, answers)
    name = next(key for key in condition if key in _COMPARE)
    right = _right(condition[name], answers, params)
    if left is None or right is None:
        return False
    return _COMPARE[name](left, right)


def fields_of(condition: Mapping[str, Any]) -> Iterator[str]:
    """Ids of the fields the condition looks at."""
    for key, value in condition.items():
        if key in ("all", "any"):
            for one in value:
                yield from fields_of(one)
        elif key == "not":
            yield from fields_of(value)
        elif key == "field":
            yield str(value)
        elif key == "ratio":
            yield from map(str, value)
        elif isinstance(value, Mapping) and "field" in value:
            yield str(value["field"])


def validate(condition: Any, fields: set[str], params: set[str], where: str) -> None:
    """Raises ContentError when the condition is not written as above, or names what does not exist."""
    if not isinstance(condition, Mapping):
        raise ContentError(f"{where}: условие пишется так: {{field: имя, is: значение}}")
    for key in ("all", "any", "not"):
        if key in condition:
            for one in condition[key] if key != "not" else [condition[key]]:
                validate(one, fields, params, where)
            return
    names = [key for key in condition if key in _COMPARE]
    if len(names) != 1 or len(condition) != 2 or not ("field" in condition or "ratio" in condition):
        raise ContentError(f"{where}: в условии нужны field (или ratio) и одно сравнение: {', '.join(_COMPARE)}")
    if "ratio" in condition and (not isinstance(condition["ratio"], list) or len(condition["ratio"]) != 2):
        raise ContentError(f"{where}: ratio — это два поля: [доход, сколько человек]")
    if unknown := set(fields_of(condition)) - fields:
        raise ContentError(f"{where}: нет поля {', '.join(sorted(unknown))}")
    right = condition[names[0]]
    if isinstance(right, Mapping) and "param" in right and right["param"] not in params:
        raise ContentError(f"{where}: нет параметра {right['param']}")


def _left(condition: Mapping[str, Any], answers: Mapping[str, Any]) -> Any:
    if "field" in condition:
        return answers.get(condition["field"])
    dividend, divisor = (answers.get(name) for name in condition["ratio"])
    if dividend is None or not divisor:
        return None
    return dividend / divisor


def _right(value: Any, answers: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return answers.get(value["field"]) if "field" in value else params.get(value["param"])
    return value

"""Addresses and streets, typed («ул. Ленина, д. 5 корп. 2 кв 12») or spoken («на садовой четырнадцать бэ»)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nlu.entities.houses import with_house
from nlu.entities.scene import Draft, Scene
from nlu.entities.settlements import settlements
from nlu.entities.spans import Found
from nlu.entities.street_finder import street_at
from nlu.entities.streets import StreetIndex
from nlu.entities.view import View


def places(
    text: str, view: View, streets: StreetIndex, known_settlements: Sequence[Found] = (), expected: str | None = None
) -> list[Found]:
    """Addresses (street, house, building, flat, settlement, text; None if not said) and known streets alone (their id).

    `known_settlements` are the region's settlements already found in `text`, with official names as values.
    """
    scene = Scene(text, view)
    drafts = settlements(scene, known_settlements)
    at = 0
    while at < len(scene.words):
        hit = street_at(scene, at, streets, expected)
        if hit:
            draft, at = hit
            drafts.append(draft)
        else:
            at += 1
    drafts = [with_house(scene.seen, draft) for draft in drafts]
    return [_finish(view, draft) for draft in _joined(scene.seen, drafts)]


def _joined(seen: str, drafts: Sequence[Draft]) -> list[Draft]:
    """Settlement and street side by side become one address («деревня Слобода, ул. Лесная, 5»)."""
    result: list[Draft] = []
    for draft in sorted(drafts, key=lambda d: (d.start, -d.end)):
        last = result[-1] if result else None
        if last and draft.start < last.end:
            continue
        near = last is not None and re.fullmatch(r"[\s,.]*(?:на\s+|по\s+)?", seen[last.end : draft.start]) is not None
        if last and near and last.settlement and draft.street and not last.street:
            result[-1] = replace(
                draft, start=last.start, settlement=last.settlement, settlement_kind=last.settlement_kind
            )
        elif last and near and draft.settlement and last.street and not last.settlement:
            result[-1] = replace(
                last, end=draft.end, settlement=draft.settlement, settlement_kind=draft.settlement_kind
            )
        else:
            result.append(draft)
    return result


def _finish(view: View, draft: Draft) -> Found:
    start, end = view.span(draft.start, draft.end)
    if draft.street_id and not (draft.house or draft.settlement):
        return Found("street", start, end, draft.street_id)
    value = {
        "street": draft.street,
        "house": draft.house,
        "building": draft.building,
        "flat": draft.flat,
        "settlement": draft.settlement,
        "text": _shown(draft),
    }
    return Found("address", start, end, value)


def _shown(draft: Draft) -> str:
    parts = []
    if draft.settlement:
        parts.append(f"{draft.settlement_kind} {draft.settlement}" if draft.settlement_kind else draft.settlement)
    if draft.street:
        adjective = draft.street.endswith(("ая", "яя", "ий", "ый"))
        kind = draft.kind or "улица"
        parts.append(f"{draft.street} {kind}" if adjective else f"{kind} {draft.street}")
    for label, number in (("дом", draft.house), ("корпус", draft.building), ("квартира", draft.flat)):
        if number:
            parts.append(f"{label} {number}")
    return ", ".join(parts)

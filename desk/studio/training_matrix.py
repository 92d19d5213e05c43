"""The confusion matrix as a picture: which wish is taken for which, drawn for the wishes where it matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.studio.report import name_of

CELL, LEFT, TOP, RIGHT = 30, 230, 180, 130
"""Pixels: a cell, the names of rows, the names of columns, and what those of the last columns need beside the picture."""
MOST, LEAST = 15, 3
"""Wishes that are shown at first, and phrases from which a confusion counts there."""
SHADES = 5
_NAME = 28


@dataclass(frozen=True)
class Cell:
    """One field. `shade` goes from 1 to SHADES; `right` for the diagonal; `label` is what a screen reader says."""

    x: int
    y: int
    count: int
    shade: int
    right: bool
    true: str
    predicted: str
    label: str


@dataclass(frozen=True)
class Matrix:
    """Rows are what was meant, columns what was read. Names have their middle in pixels."""

    width: int
    height: int
    names: Sequence[tuple[str, int]]
    columns: Sequence[tuple[str, int]]
    cells: Sequence[Cell]
    shown: int
    whole: int


def confusions(figures: Mapping[str, Any], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """All confusions, the commonest first: intents, their names, the number of phrases."""
    return [
        {
            "true": one["true"], "predicted": one["predicted"], "count": len(one["phrases"]),
            "true_name": name_of(one["true"], titles), "predicted_name": name_of(one["predicted"], titles),
        }
        for one in figures["confusions"]
    ]  # fmt: skip


def matrix(figures: Mapping[str, Any], titles: Mapping[str, str], everything: bool) -> Matrix:
    """The picture, of all wishes or of those that are confused most."""
    pairs = {(one["true"], one["predicted"]): len(one["phrases"]) for one in figures["confusions"]}
    intents = sorted(set(figures["intents"]) | {name for pair in pairs for name in pair if name})
    shown = intents
    if not everything:
        weight: Counter[str] = Counter()
        least = LEAST if any(count >= LEAST for count in pairs.values()) else 1
        for (true, predicted), count in pairs.items():
            if count >= least:
                weight[true] += count
                weight[predicted] += count
        shown = sorted(name for name, _ in weight.most_common(MOST) if name)
    place = {name: index * CELL for index, name in enumerate(shown)}
    cells = []
    for true in shown:
        support = int(figures["intents"].get(true, {}).get("support", 0))
        for predicted in shown:
            right = true == predicted
            wrong_in_row = sum(count for (of, _), count in pairs.items() if of == true)
            count = support - wrong_in_row if right else pairs.get((true, predicted), 0)
            if count > 0:
                cells.append(_cell(place, true, predicted, count, support, titles))
    side = len(shown) * CELL
    middles = [(_short(name_of(name, titles)), place[name] + CELL // 2) for name in shown]
    return Matrix(LEFT + side + RIGHT, TOP + side + 8, middles, middles, cells, len(shown), len(intents))


def _cell(
    place: Mapping[str, int], true: str, predicted: str, count: int, support: int, titles: Mapping[str, str]
) -> Cell:
    share = count / support if support else 0.0
    right = true == predicted
    # A tenth of a wish's phrases under another one is much; of its own it is little.
    shade = 1 + int(share * (SHADES - 0.01)) if right else 1 + min(SHADES - 1, int(share * 5 * SHADES))
    label = f"{name_of(true, titles)} → {name_of(predicted, titles)}: {phrases(count)}"
    return Cell(LEFT + place[predicted], TOP + place[true], count, shade, right, true, predicted, label)


def phrases(count: int) -> str:
    """«3 фразы»."""
    tens, ones = count % 100, count % 10
    word = "фраз" if 11 <= tens <= 14 or ones in (0, 5, 6, 7, 8, 9) else "фраза" if ones == 1 else "фразы"
    return f"{count} {word}"


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"

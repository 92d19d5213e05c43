"""Lets a YAML text say another value with as few lines changed as possible."""

from __future__ import annotations

from typing import Any

from bot.studio.yaml_text import BadYaml, edit, parse, written
from bot.studio.yaml_values import OtherShape, become, fresh, plain, same


def rewritten(text: str, value: Any) -> str:
    """The text after it says `value`, a mapping or list; comments and lines that say the same stay. Raises BadYaml.

    New parts are written as they are marked (quotes, blocks, brackets), when they come from a round-trip tree.
    """
    try:
        done = edit(text, lambda tree: become(tree, value))
        if same(parse(done), plain(value)):
            return done
    except (OtherShape, BadYaml):
        # What was damaged before is written anew below.
        pass
    return written(fresh(value))

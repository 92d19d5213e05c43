"""How a place of the map is said: an official name becomes phrases for `PhraseBook`, found in any case form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.services.phrases import tokens

_KINDS = {
    *("улица", "проспект", "бульвар", "переулок", "проезд", "площадь", "район"),
    *("посёлок", "поселок", "село", "деревня", "хутор", "станция"),
}


def place_phrases(title: str, aliases: Iterable[str] = ()) -> Iterator[str]:
    """Phrases for the official name, for the name without its kind («Садовая», «=ленина»), and for each alias."""
    words = [t.text for t in tokens(title)]
    bare = [w for w in words if w not in _KINDS]
    # After «улица» stands a genitive that must not be bent: «на Мира» is a street, «в мире» is not.
    fixed = words[:1] != bare[:1] and words[0] in ("улица", "проспект")
    if bare:
        yield " ".join(f"={w}" if fixed else w for w in bare)
    for alias in aliases:
        if said := [t.text for t in tokens(alias)]:
            # An alias is written the way it is said: «на левом берегу».
            yield " ".join(f"={w}" if len(said) > 1 else w for w in said)

"""What a citizen asks of a place — the way, parking, a ramp, the telephone — and the answer for one centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.services.aspect_book import AspectBook
from bot.services.content import Centre
from bot.services.phrases import tokens

PlaceAspect = Literal["address", "transport", "parking", "accessibility", "phone", "map"]


class PlaceAspects:
    """Reads what is asked about a place by the phrases of aspects.yml, section `place`."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._book: AspectBook[PlaceAspect] = AspectBook(phrases)

    def of(self, text: str) -> list[PlaceAspect]:
        """The aspects in the order of the question; ["address"] when nothing special is asked."""
        return self._book.find(tokens(text)) or ["address"]


def place_text(centre: Centre, aspect: PlaceAspect) -> str:
    """One answer about a centre."""
    if aspect == "parking":
        return centre.parking
    if aspect == "accessibility":
        listed = ", ".join(centre.accessibility)
        ramp = (
            "" if "пандус" in centre.accessibility else " Пандуса нет: нажмите кнопку у входа, сотрудник выйдет к вам."
        )
        return f"Есть: {listed}.{ramp}" if listed else f"Удобств для людей на коляске нет.{ramp}"
    if aspect == "transport":
        return centre.transport
    if aspect == "phone":
        return f"Телефон центра: {centre.phone}."
    if aspect == "map":
        return f"На карте: {map_url(centre)}"
    city = "" if centre.city in centre.address else f"{centre.city}, "
    return f"{centre.title}: {city}{centre.address}."


def map_url(centre: Centre) -> str:
    """A link that opens the centre on a map."""
    return f"https://yandex.ru/maps/?pt={centre.lon},{centre.lat}&z=17"

"""One thing that is wrong in an edition, in words for the editor; every check of the studio speaks in these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """A mistake in one line of one file.

    `line` counts from 1, 0 where there is no line. `where` names the item: «ответ utter_greet». `text` says what is wrong and what
    to do. A `serious` one stands in the way of training and publishing; others are advice.
    """

    path: str
    line: int
    where: str
    text: str
    serious: bool = True

    @property
    def place(self) -> str:
        """The file with its line: «domain.yml, строка 12»."""
        return f"{self.path}, строка {self.line}" if self.line else self.path

    def __str__(self) -> str:
        return f"{self.place}: {self.where}: {self.text}" if self.where else f"{self.place}: {self.text}"

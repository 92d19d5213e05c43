"""Recognises one person in several channels: takes one-time links and codes, and says in words what came of them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from bot.messages import Inbound
from bot.services.continuations import Continuations
from bot.services.continuations import Refused as LinkRefused
from bot.services.identity import Codes, Joined
from bot.services.phrases import PhraseBook, tokens
from bot.store.conversations import ConversationRow
from bot.texts import Texts

GO_ON = '/inform{"choice": "continue"}'
"""What the robot reads when a citizen arrives by a link; no wish of the closed list, so it comes as data."""
GO_ON_TITLE = "Продолжить здесь"

LONGEST = 80
"""Characters up to which a message may be a code or the wish for one; a longer one is a story."""
_CODE = re.compile(r"(?<![^\W_])[сcs][вbv][\s\-–—_.]*(\d{3})[\s\-–—]?(\d{3})(?!\d)", re.I)
_COMMAND = re.compile(r"/?(?:link|связать|связь)", re.I)
_WISHES = (
    "код * связи|связь|связка|привязки|привязка",
    "связать|соединить|объединить|привязать + мессенджер|чат|канал|переписка|разговор|аккаунт|телеграм|телеграмм",
    "продолжить|перейти|продолжать * другом|другой + мессенджер|чат|канал|приложение",
)


@dataclass(frozen=True)
class Redeemed:
    """A link that counts. `inbound` is to be accepted (`Turns.accept`), as often as it is given: it counts once."""

    inbound: Inbound
    conversation: str


@dataclass(frozen=True)
class Refused:
    """A link that does not count: `kind` for machines, `text` for the citizen."""

    kind: str
    text: str


class Linking:
    """Links and codes at the robot's door."""

    def __init__(self, links: Continuations, codes: Codes, texts: Texts) -> None:
        self._links, self._codes, self._texts = links, codes, texts
        self._wishes = PhraseBook((phrase, True) for phrase in _WISHES)

    async def redeem(self, token: str, channel: str, user: str) -> Redeemed | Refused:
        """What becomes of a link's token that `user` brought into `channel`."""
        found = await self._links.redeem(token, channel, user)
        if isinstance(found, LinkRefused):
            return Refused(found.kind, self._texts.line(f"continue_{found.kind}"))
        inbound = Inbound(
            channel=channel, user=user, external_id=f"link:{found.id}", kind="choice", text=GO_ON_TITLE, payload=GO_ON
        )
        return Redeemed(inbound, found.conversation)

    async def arrive(self, token: str, channel: str, user: str, external_id: str = "") -> Inbound:
        """The message to accept from a messenger's user who came by a link; a link that does not count is explained there.

        `external_id` is the channel's own id of the message that brought the token; without one, a link is explained once.
        """
        found = await self.redeem(token, channel, user)
        if isinstance(found, Redeemed):
            return found.inbound
        known = external_id or f"refused:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
        return Inbound(channel=channel, user=user, external_id=known, problem=found.text)

    async def answer(self, message_text: str, conversation: ConversationRow) -> dict[str, Any] | None:
        """The reply to a code or to the wish for one; None for everything else, which is Rasa's business."""
        if len(message_text) > LONGEST:
            return None
        # While an answer is awaited, «II-СВ 123456» is the number of a certificate and «связь» may be a code word.
        asked, alone = conversation.expected is not None, message_text.strip(" .!")
        if found := _CODE.fullmatch(alone) if asked else _CODE.search(message_text):
            return _said(await self._enter(found[1] + found[2], conversation))
        if (not asked and _COMMAND.fullmatch(alone)) or self._wishes.find(tokens(message_text)):
            code = await self._codes.issue(conversation.id)
            return _said(self._texts.line("link_code").format(code=f"СВ-{code}"))
        return None

    async def _enter(self, code: str, conversation: ConversationRow) -> str:
        outcome = await self._codes.enter(code, conversation.id)
        if isinstance(outcome, Joined):
            return self._texts.line("link_joined_before" if outcome.before else "link_joined")
        until = self._texts.local(outcome.until).strftime("%H:%M") if outcome.until else ""
        return self._texts.line(f"link_{outcome.kind}").format(until=until)


def _said(text: str) -> dict[str, Any]:
    return {"text": text, "buttons": []}

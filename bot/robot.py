"""One question to the robot: what a stored message becomes for Rasa, and what Rasa's answer becomes for the doors."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.choices import chosen, meant_by_emoji
from bot.clean import for_robot, has_words
from bot.handover.aftertalk import Aftertalk
from bot.linking import GO_ON, Linking
from bot.persona.emotion import Emotion
from bot.persona.persona import Persona
from bot.rasa import RasaClient, RasaUnavailable
from bot.services.notices.notices import Notice
from bot.store.conversations import ConversationRow
from bot.store.journal import Message
from bot.texts import Texts

FRESH_AFTER = timedelta(hours=8)
"""A pause after which the robot is told that the citizen came back."""

QUIET_AFTER = timedelta(minutes=5)
"""While a human is awaited, the citizen's further messages are acknowledged at most this often."""

BACK_TO_ROBOT = "/robot"
"""The payload of «Вернуться к роботу»."""

CRISIS = "/crisis"

SPOKEN = "phone"
"""The channel in which answers are heard, not read."""

CALL_HUMAN = "/request_operator"

ANSWERS = ("/affirm", "/deny", "/inform", "/give_consent")
"""Payloads that answer the question they stood under, and mean nothing under another one."""

NEW_SESSION_EVERY = 40
"""Turns after which Rasa begins a new session: it reads and hands to every action all events since the last beginning."""

Nearest = Callable[[float, float], tuple[str, str] | None]
"""Latitude and longitude to the id of the nearest centre and the words that name it with its distance."""

LiveNotices = Callable[[str], Awaitable[Sequence[Notice]]]
"""The emergency notices that hold now in a channel."""

NOTICES_KEPT = 20
"""How many told notices a conversation remembers; more never hold at once."""


@dataclass(frozen=True)
class Answer:
    """What to say ({text, buttons, form?} each), and the hints of the actions: `expected` slot, `situation`.

    `notices` are to be said before it: they hold now, and this conversation has not heard them yet.
    """

    replies: list[dict[str, Any]]
    expected: str | None = None
    situation: str | None = None
    notices: tuple[Notice, ...] = ()


class Robot:
    """Speaks with Rasa for one citizen at a time; holds no state of its own."""

    def __init__(
        self,
        rasa: RasaClient,
        persona: Persona,
        texts: Texts,
        in_danger: Callable[[str], bool] | None = None,
        nearest: Nearest | None = None,
        linking: Linking | None = None,
        personas: Mapping[str, Persona] | None = None,
        notices: LiveNotices | None = None,
        aftertalk: Aftertalk | None = None,
    ) -> None:
        """`in_danger` hears cries for help that the intent model may miss; they go before everything else.

        `linking` answers the codes by which one person is known in several channels. `personas` are further characters
        by name: a conversation whose persona state names one in `who` has that one instead of `persona`. `aftertalk`
        takes what citizens think of a talk with a human.
        """
        self._rasa, self._persona, self._texts = rasa, persona, texts
        self._personas = dict(personas or {})
        self._in_danger = in_danger or (lambda _text: False)
        self._nearest = nearest or (lambda _latitude, _longitude: None)
        self._linking, self._aftertalk = linking, aftertalk
        self._notices = notices
        self._broken: set[str] = set()

    def action_lost_store(self, conversation_id: str) -> None:
        """Note that an action of the running turn found the database away: Rasa goes on as if it had done its work."""
        self._broken.add(conversation_id)

    def steady(self, seed: str) -> None:
        """From now on choose among equal lines as `seed` says, in a trial house."""
        for persona in (self._persona, *self._personas.values()):
            persona.steady(seed)

    def feel(self, text: str, mood: list[dict[str, Any]]) -> Emotion:
        """How the citizen feels, from this message and the mood so far."""
        return self._persona.feel(text, mood)

    def with_choice(self, message: Message, conversation: ConversationRow) -> Message:
        """The message of somebody who waits for a human; a choice that she typed counts like one that she pressed."""
        if conversation.mode != "queued" or message.body.get("payload") or message.body.get("forwarded"):
            return message
        button = chosen(message.body["text"], conversation.buttons)
        return message if button is None else replace(message, body=message.body | {"payload": button["payload"]})

    def words_of(self, payload: str, conversation: ConversationRow) -> str:
        """A pressed button as an operator reads it."""
        title = next((b.get("title") for b in conversation.buttons if b.get("payload") == payload), None)
        return str(title or self._texts.line("pressed_old_button"))

    def answers_in_queue(self, message: Message, conversation: ConversationRow) -> bool:
        """Whether the robot answers this message although a human is awaited, and she keeps her place: a cry for help, a grade."""
        return self._in_danger(message.body["text"]) or self._aftertalk_choice(message, conversation) is not None

    def while_human_awaited(self, conversation: ConversationRow, now: datetime) -> Answer:
        """A word that the message reached the operator, not after every message."""
        if now - conversation.updated_at < QUIET_AFTER and conversation.persona.get("queue_told"):
            return Answer([])
        back = {"title": self._texts.line("back_to_robot"), "payload": BACK_TO_ROBOT}
        return Answer([{"text": self._texts.line("kept_for_operator"), "buttons": [back]}])

    async def answer(
        self,
        message: Message,
        conversation: ConversationRow,
        profile: dict[str, Any],
        emotion: Emotion,
        now: datetime,
        *,
        recovered: bool,
    ) -> Answer:
        """The robot's answer. `recovered`: Rasa may have seen this message before a crash. Raises RasaUnavailable."""
        answer = await self._own_answer(message, conversation, profile, emotion, now, recovered=recovered)
        if self._notices is None:
            return answer
        heard = conversation.persona.get("notices", ())
        live = await self._notices(conversation.channel)
        return replace(answer, notices=tuple(notice for notice in live if notice.id not in heard))

    async def _own_answer(
        self,
        message: Message,
        conversation: ConversationRow,
        profile: dict[str, Any],
        emotion: Emotion,
        now: datetime,
        *,
        recovered: bool,
    ) -> Answer:
        if message.body.get("payload") == BACK_TO_ROBOT:
            return Answer([{"text": self._texts.line("robot_back"), "buttons": []}])
        if self._aftertalk is not None and (choice := self._aftertalk_choice(message, conversation)):
            return _beside(await self._aftertalk.answer(choice, conversation), conversation)
        if self._linking is not None and not message.body.get("payload") and not message.body.get("forwarded"):
            if said := await self._linking.answer(message.body["text"], conversation):
                return _aside(said["text"], conversation)
        problem = message.body.get("problem")
        if problem and not message.body.get("attachments") and not has_words(message.body["text"]):
            return _aside(problem, conversation)
        if self._is_stale(message, conversation):
            return _aside(self._texts.line("stale_choice"), conversation)
        near = self._nearest(*place) if (place := message.body.get("location")) else None
        text = self._as_robot_reads(message, conversation, near)
        if text is None:
            answer = _aside(self._texts.wordless(message.body.get("kind", "text"))["text"], conversation)
        else:
            metadata = self._metadata(message, conversation, profile, emotion, now)
            answer = await self._ask(message, conversation, text, metadata, recovered=recovered)
        for words in (near[1] if near else None, problem):
            if words:
                answer = replace(answer, replies=[{"text": words, "buttons": []}, *answer.replies])
        if message.body.get("cut"):
            cut = {"text": self._texts.line("message_cut"), "buttons": []}
            return Answer([cut, *answer.replies], answer.expected, answer.situation)
        return answer

    async def _ask(
        self, message: Message, conversation: ConversationRow, text: str, metadata: dict[str, Any], *, recovered: bool
    ) -> Answer:
        """Rasa's answer to a text. Raises RasaUnavailable."""
        raw = await self._rasa.replies_in_tracker(conversation.id, message.seq) if recovered else None
        if raw == []:
            # The turn broke off when we died under it: its actions had nobody to call.
            await self._rasa.take_back(conversation.id)
        if not raw:
            self._broken.discard(conversation.id)
            if not recovered and _may_begin_anew(conversation):
                await self._rasa.begin_session(conversation.id)
            raw = await self._rasa.send(conversation.id, text, metadata)
            if conversation.id in self._broken:
                await self._rasa.take_back(conversation.id)
                raise RasaUnavailable("an action lost the database")
        answer = _answer(raw)
        if answer.replies:
            return answer
        # A failing action makes Rasa answer with an empty list.
        with contextlib.suppress(RasaUnavailable):
            await self._rasa.listen_again(conversation.id)
        return Answer([self._texts.fallback()])

    def _aftertalk_choice(self, message: Message, conversation: ConversationRow) -> str | None:
        """The payload by which a citizen says what she thinks of a talk with a human, pressed or typed; else None."""
        payload = message.body.get("payload")
        if not payload and not message.body.get("forwarded"):
            payload = (chosen(message.body["text"], conversation.buttons) or {}).get("payload")
        return str(payload) if payload and self._aftertalk is not None and self._aftertalk.knows(str(payload)) else None

    def _is_stale(self, message: Message, conversation: ConversationRow) -> bool:
        """Whether an old button was pressed that answers a question no longer asked."""
        offered_in = message.body.get("offered_in")
        payload = str(message.body.get("payload") or "")
        answers = payload.startswith(ANSWERS) and payload != GO_ON
        return offered_in is not None and offered_in < conversation.offered_by and answers

    def with_feeling(
        self, answer: Answer, emotion: Emotion, channel: str, state: dict[str, Any], mode: str
    ) -> list[dict[str, Any]]:
        """The replies with a persona's line now and then, notices that are new here before them.

        `state` is what the conversation remembers.
        """
        replies = list(answer.replies)
        persona = self._personas.get(str(state.get("who")), self._persona)
        line = persona.line(emotion, answer.situation, channel, state, mode)
        if line and replies:
            replies[0] = replies[0] | {"text": f"{line}\n{replies[0]['text']}"}
            if channel == SPOKEN:
                # What is felt is said in another tone than what is to be known, so a voice has to know where it ends.
                replies[0]["feeling"] = line
        if state.pop("offer_human", False) and replies:
            replies[-1] = self._with_human(replies[-1])
        # Whoever is in danger is helped at once, and hears the news another time.
        if answer.notices and replies and answer.situation != "crisis":
            state["notices"] = [*state.get("notices", ()), *(notice.id for notice in answer.notices)][-NOTICES_KEPT:]
            notice = self._texts.line("notice")
            replies = [*({"text": notice.format(text=n.text), "buttons": []} for n in answer.notices), *replies]
        return replies

    def sorry(self) -> dict[str, Any]:
        """What is said when our own side failed."""
        return self._texts.fallback()

    def away(self) -> dict[str, Any]:
        """What is said while Rasa is away and the message waits."""
        return {"text": self._texts.line("robot_away"), "buttons": []}

    def _as_robot_reads(
        self, message: Message, conversation: ConversationRow, near: tuple[str, str] | None
    ) -> str | None:
        """The text for Rasa; a pressed or typed choice becomes its payload, a wordless message None."""
        if near:
            wish = "inform" if conversation.expected == "centre" else "ask_address"
            return f'/{wish}{{"centre": "{near[0]}"}}'
        payload = message.body.get("payload")
        offered = {b.get("payload") for b in conversation.buttons}
        if payload and (payload in offered or not payload.startswith("/")):
            return str(payload) if payload.startswith("/") else for_robot(payload)
        if payload and (intent := self._texts.stale_choice(payload)):
            return intent
        text = message.body["text"]
        if message.body.get("attachments") and not has_words(text) and message.body.get("kind") != "voice":
            return '/inform{"attachment": "file"}'
        if not has_words(text):
            return meant_by_emoji(text)
        if self._in_danger(text):
            return CRISIS
        button = None if message.body.get("forwarded") else chosen(text, conversation.buttons)
        return str(button["payload"]) if button is not None else for_robot(text)

    def _metadata(
        self,
        message: Message,
        conversation: ConversationRow,
        profile: dict[str, Any],
        emotion: Emotion,
        now: datetime,
    ) -> dict[str, Any]:
        away = now - conversation.updated_at
        return {
            "message": message.seq,
            "conversation": conversation.id,
            "citizen": conversation.citizen_id,
            "channel": conversation.channel,
            "now": self._texts.local(now).isoformat(),
            "expected": conversation.expected,
            "segment": profile.get("segment"),
            "emotion": emotion.name,
            "words": message.body["text"][:4000],
            "attachments": message.body.get("attachments") or [],
            "forwarded": bool(message.body.get("forwarded")),
            "ip": message.body.get("ip"),
            "away_hours": round(away.total_seconds() / 3600, 1) if away > FRESH_AFTER else 0,
        }

    def _with_human(self, reply: dict[str, Any]) -> dict[str, Any]:
        """The reply with the way to a human among its buttons."""
        buttons = reply.get("buttons") or []
        if any(b["payload"] == CALL_HUMAN for b in buttons):
            return reply
        return reply | {"buttons": [*buttons, {"title": self._texts.line("call_operator"), "payload": CALL_HUMAN}]}


def _beside(reply: dict[str, Any], conversation: ConversationRow) -> Answer:
    """A reply beside the matter that brings choices of its own; those of an open question stay below them."""
    if conversation.expected is None:
        return Answer([reply])
    return Answer([reply | {"buttons": [*reply["buttons"], *conversation.buttons]}], conversation.expected)


def _aside(text: str, conversation: ConversationRow) -> Answer:
    """A word beside the matter: what was asked stays asked, and what is on offer stands below it again."""
    return Answer([{"text": text, "buttons": conversation.buttons}], conversation.expected)


def _may_begin_anew(conversation: ConversationRow) -> bool:
    """Whether Rasa may forget the events so far, though not the slots.

    Never in a form, whose loop would end with them, and not after a crisis, which actions look for among them.
    """
    state = conversation.persona
    due = state.get("turn", 0) % NEW_SESSION_EVERY == NEW_SESSION_EVERY - 1
    return bool(due and conversation.expected is None and not state.get("hushed"))


def _answer(raw: list[dict[str, Any]]) -> Answer:
    """Rasa's messages as replies; a custom part is a reply of its own, or hints for the assistant."""
    replies: list[dict[str, Any]] = []
    expected = situation = answered = None
    for item in raw:
        custom = item.get("custom") or {}
        expected = custom.get("expected", expected)
        situation = situation or custom.get("situation")
        answered = custom.get("answered", answered)
        text = item.get("text") or custom.get("text")
        if text:
            reply = {"text": text, "buttons": item.get("buttons") or custom.get("buttons") or []}
            replies.append(reply | ({"form": custom["form"]} if custom.get("form") else {}))
    if answered and replies and expected is None and not replies[-1].get("form"):
        # A turn that ends with a question is not over: what it said on the way is not asked about.
        replies[-1] |= {"judged": answered}
    return Answer(replies, expected, situation)

"""The robot's side of a call it makes itself: lets the callee say «алло», says the matter, understands the answer.

Whoever picks up may be a stranger. Where the number has always been the planned citizen's own conversation, the dialogue goes on
from here; elsewhere only this one appointment can be confirmed or cancelled.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bot.services.calls.interface import Call
from bot.services.calls.lines import PhoneLine
from bot.services.calls.talked import OutgoingTalks, Reply, Talked
from voice.callee_says import Meaning, meaning
from voice.dialogue import Answer, Beginning, Choice, PhoneDialogue
from voice.ears import Ears, Gone, Item, Utterance
from voice.mouth import Mouth
from voice.recognition.base import Heard
from voice.saying import Speech, Teller

FIRST_WORD_S = 1.5
"""How long the robot waits for «алло» before it begins."""
MAY_BE_MACHINE_MS, MONOLOGUE_MS = 1000.0, 5000.0
"""Nobody answers the telephone with so much speech: from the first length its words are looked at, the second is a machine's."""
MOST_TELLINGS = 3
YES_NO = (Choice("Да", "/affirm"), Choice("Нет", "/deny"))
QUESTIONS = {"reminder": "outgoing_reminder_question", "ready": "outgoing_ready_question"}

Stage = Literal["asked", "open", "sure", "after", "dialogue"]
"""The question stands; it stands behind a digression; «отменить?»; all is settled; the dialogue leads."""


@dataclass(frozen=True)
class Hands:
    """What the conversation lends: to speak, to ask, to take a turn of the dialogue, to hear words, to hang up."""

    speak: Callable[[Speech], Awaitable[None]]
    ask: Callable[[Answer], None]
    turn: Callable[[str, str | None], Awaitable[None]]
    words: Callable[[Utterance], Awaitable[Heard]]
    hang_up: Callable[[], None]


class OutgoingTalk:
    """One talk. `talks` keeps the matter; without it nothing can be cancelled for another number."""

    def __init__(
        self,
        call: Call,
        line: PhoneLine,
        dialogue: PhoneDialogue,
        ears: Ears,
        mouth: Mouth,
        teller: Teller,
        hands: Hands,
        talks: OutgoingTalks | None,
    ) -> None:
        self._call, self._line, self._dialogue, self._talks = call, line, dialogue, talks
        self._ears, self._mouth, self._teller, self._hands = ears, mouth, teller, hands
        self._choices = tuple(Choice(str(a["title"]), str(a["payload"])) for a in call.answers)
        self._question = teller.line(QUESTIONS.get(call.purpose or "", "outgoing_questions"), "question")
        self._stage: Stage = "asked"
        self._own = self._spoke = self._reached = self._telling = self._left = self._long = False
        self._tellings = self._silences = 0
        self._reply: Reply | None = None
        self._words = ""

    @property
    def asking(self) -> bool:
        """Whether the robot still waits for the answer it rang up for."""
        return self._stage in ("asked", "open", "sure")

    @property
    def talked(self) -> Talked:
        """How it stands: who hung up before the question was begun has not heard what it is about."""
        heard = self._reached or self._left or (self._telling and self._at_question)
        return Talked(heard, self._spoke, self._reply)

    async def begin(self, beginning: Beginning) -> Item | None:
        """Say why the robot rings; gives back that the callee is gone already."""
        self._own = beginning.citizen_id == self._call.citizen_id
        if self._own:
            await self._dialogue.told(self._call.text, self._choices)
        first = await self._first_word()
        if isinstance(first, Gone):
            return first
        if isinstance(first, Utterance) and await self._is_machine(first):
            await self._leave_message()
        else:
            await self._tell()
        return None

    def noticed(self, utterance: Utterance) -> None:
        """Something was said; to be told before the mouth forgets what it had still to say."""
        self._spoke, self._silences = True, 0
        self._long = utterance.speech_ms >= MONOLOGUE_MS
        self._reached = self._reached or (self._telling and self._at_question)
        self._telling = self._telling and self._reached

    async def take(self, text: str, *, pressed: bool = False) -> bool:
        """What the callee's words, or the title of a pressed choice, lead to; False when they are the dialogue's."""
        if self._stage == "dialogue":
            return False
        said, self._words = meaning(text), text
        self._reached = self._reached or pressed
        self._spoke = self._spoke or pressed
        if said == "wrong_number":
            self._reply = "wrong_number"
            return await self._good_bye("outgoing_wrong_number")
        if self._stage == "sure":
            return await self._sure(said)
        if self._stage == "after":
            return await self._after(said)
        # «Нет, спасибо» to a question of ours is a no.
        return await self._asked("no" if said == "farewell" and "нет" in text.casefold() else said)

    async def silent(self) -> bool:
        """Nothing was said for a while; False when that is the dialogue's matter."""
        if self._stage == "dialogue":
            return False
        self._silences += 1
        if self._stage == "after":
            return await self._good_bye("goodbye")
        if not self._spoke or self._silences > 1:
            return await self.give_up()
        await self._hands.speak(self._question)
        return True

    async def give_up(self) -> bool:
        """Nobody there, or nobody to be understood: whom the robot rang up is not put through to people."""
        self._left = self._left or (self._telling and self._at_question)
        return await self._good_bye("outgoing_goodbye" if self._call.purpose == "reminder" else "goodbye")

    # --- beginning ---

    async def _first_word(self) -> Item | None:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._ears.inbox.get(), FIRST_WORD_S)
        return await self._ears.inbox.get() if self._ears.listener.in_turn else None

    async def _is_machine(self, first: Utterance) -> bool:
        """Whether what was said before us is a machine's; returns when it has come to its end."""
        self._spoke, item, speech_ms, words = True, first, 0.0, ""
        while True:
            speech_ms += item.speech_ms
            if item.speech_ms >= MAY_BE_MACHINE_MS:
                words = f"{words} {(await self._hands.words(item)).text}"
            elif item.guess is not None:
                item.guess.cancel()
            if not self._ears.listener.in_turn and self._ears.inbox.empty():
                break
            more = await self._ears.inbox.get()
            if not isinstance(more, Utterance):
                if isinstance(more, Gone):
                    self._ears.inbox.put_nowait(more)
                break
            item = more
        return speech_ms >= MONOLOGUE_MS or meaning(words) == "machine"

    async def _tell(self) -> None:
        self._tellings, self._telling, self._stage = self._tellings + 1, True, "asked"
        self._hands.ask(Answer((), None, self._choices))
        self._ears.listener.set_question(None, True, False, tuple(c.title for c in self._choices))
        await self._hands.speak(self._speech(*self._matter(), self._question))

    async def _leave_message(self) -> None:
        """For a machine: everything once, then good-bye."""
        self._spoke, self._left = False, True
        end = self._teller.line("outgoing_goodbye" if self._call.purpose == "reminder" else "goodbye")
        await self._hands.speak(self._speech(*self._matter(), end))
        self._stage = "after"
        self._hands.hang_up()

    def _matter(self) -> tuple[Speech, ...]:
        hello = self._teller.line("outgoing_hello", line=self._line.title)
        recorded = (self._teller.line("outgoing_recorded"),) if self._line.records else ()
        return hello, *recorded, self._teller.text(self._call.text)

    @staticmethod
    def _speech(*parts: Speech) -> Speech:
        return Speech(tuple(phrase for part in parts for phrase in part.phrases))

    @property
    def _at_question(self) -> bool:
        return self._mouth.unsaid < len(self._question.phrases)

    # --- answers ---

    async def _asked(self, said: Meaning | None) -> bool:
        if self._stage == "asked" and (said == "machine" or (self._long and not self._reached)):
            await self._leave_message()
            return True
        clear = said in ("coming", "not_coming", "move")
        before = not self._reached and not clear
        if self._stage == "asked" and (before or said == "pick_up") and self._tellings < MOST_TELLINGS:
            # «Алло?» cut the robot short, or «да» was said into the receiver before there was a question.
            await self._tell()
            return True
        if self._call.purpose != "reminder":
            return await self._news(said)
        if said == "coming" or (said == "yes" and self._stage == "asked"):
            return await self._confirmed()
        if said == "move":
            return await self._move()
        if said == "not_coming" or (said == "no" and self._stage == "asked"):
            return await self._declined()
        # A question of hers: the dialogue answers it, and a plain yes then belongs to the dialogue.
        self._stage = "open"
        return said == "farewell" and await self._good_bye("goodbye")

    async def _news(self, said: Meaning | None) -> bool:
        if said == "yes" and self._choices and self._choices[0].payload:
            self._reply, self._stage = "yes", "dialogue"
            await self._hands.turn(self._words, self._choices[0].payload)
            return True
        if said in ("no", "farewell"):
            self._reply = "no"
            return await self._good_bye("outgoing_declined_news", "goodbye")
        self._stage = "dialogue"
        return False

    async def _confirmed(self) -> bool:
        self._reply = "yes"
        return await self._settled("outgoing_confirmed")

    async def _declined(self) -> bool:
        self._reply = "no"
        if self._own:
            self._stage = "dialogue"
            await self._hands.turn(self._words, self._choices[1].payload)
            return True
        self._stage = "sure"
        self._hands.ask(Answer((), None, YES_NO))
        await self._hands.speak(self._teller.line("outgoing_cancel_sure", "question"))
        return True

    async def _move(self) -> bool:
        self._reply, self._stage = "move", "dialogue"
        if self._own:
            await self._hands.turn(self._words, self._choices[2].payload)
            return True
        await self._hands.speak(self._teller.line("outgoing_move_elsewhere"))
        await self._hands.turn(self._words, "/request_operator")
        return True

    async def _sure(self, said: Meaning | None) -> bool:
        if said in ("yes", "not_coming"):
            cancelled = self._talks is not None and await self._talks.cancel(self._call)
            return await self._settled("outgoing_cancelled" if cancelled else "outgoing_not_cancelled")
        if said in ("no", "coming"):
            self._reply = "yes" if said == "coming" else None
            return await self._settled("outgoing_kept")
        if said == "move":
            return await self._move()
        self._stage = "dialogue"
        return False

    async def _after(self, said: Meaning | None) -> bool:
        if said in ("no", "farewell"):
            return await self._good_bye("goodbye")
        if said == "not_coming":
            return await self._declined()
        if said == "move":
            return await self._move()
        self._stage = "dialogue"
        return False

    async def _settled(self, line: str) -> bool:
        self._stage = "after"
        self._hands.ask(Answer(()))
        await self._hands.speak(
            self._speech(self._teller.line(line), self._teller.line("outgoing_questions", "question"))
        )
        return True

    async def _good_bye(self, *lines: str) -> bool:
        await self._hands.speak(self._speech(*(self._teller.line(line) for line in lines)))
        self._hands.hang_up()
        return True

"""The mind of one call: what an utterance, a key or a silence leads to, until the call ends or is passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.choices import chosen
from bot.services.calls.interface import After, Call
from bot.services.calls.lines import PhoneLine
from bot.services.calls.registry import Calls
from bot.services.calls.talked import OutgoingTalks
from voice import measures
from voice.dialogue import Answer, Choice, PhoneDialogue
from voice.dictation.hints import keys_hint
from voice.dictation.keys import Chosen, Human, KeyEvent, KeyPad, Repeat, Typed, Wrong
from voice.dictation.normalise import typed
from voice.dictation.readback import Again, Confirmed, Corrected, Readback, after, check
from voice.dictation.sound_alikes import Mender
from voice.ears import Ears, Gone, Item, KeysDone, Pressed, Silent, Utterance
from voice.handing_over import HandingOver
from voice.hearing import HOLD_ON_AFTER, Hearing
from voice.ladder import Ladder
from voice.mouth import Mouth
from voice.notes import Notes, Stopwatch
from voice.outgoing_talk import Hands, OutgoingTalk
from voice.plain_answers import Plain, plain
from voice.recognition.base import Heard, Hint, Recogniser
from voice.saying import Phrase, Speech, Teller

MOST_SILENCES = 5
"""Silences in a row after which the robot says good-bye."""
YES, NO = Choice("Да", "/affirm"), Choice("Нет", "/deny")

Local = Callable[[Plain | None], Awaitable[bool]]
"""Takes a plain answer to a question the telephone asked by itself; whether that settled it."""


class Conversation:
    """Talks with one caller. `end` is set when the robot is done."""

    def __init__(
        self,
        call: Call,
        line: PhoneLine,
        dialogue: PhoneDialogue,
        ears: Ears,
        mouth: Mouth,
        teller: Teller,
        recogniser: Recogniser,
        calls: Calls,
        handing_over: HandingOver,
        notes: Notes,
        mender: Mender,
        clock: Callable[[], float],
        talks: OutgoingTalks | None = None,
    ) -> None:
        """`talks` keeps the matters of outgoing calls."""
        self._notes, self._mender = notes, mender
        self._call, self._line, self._dialogue = call, line, dialogue
        self._ears, self._mouth, self._teller = ears, mouth, teller
        self._calls, self._handing_over, self._clock = calls, handing_over, clock
        self._ladder, self._answer = Ladder(), Answer(())
        self._rest: tuple[Phrase, ...] = ()
        self._local: Local | None = None
        self._readback: Readback | None = None
        self._keypad = KeyPad(None, ())
        self._key_timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._thinking = True
        self._hearing = Hearing(ears, recogniser, notes, self._hold_on, clock)
        self.end: tuple[str, After] | None = None
        """Why the robot is done, and where the caller goes."""
        hands = Hands(self._speak, self._ask, self._turn, self._hearing.words, self._hang_up)
        self.outgoing: OutgoingTalk | None = None
        """What is different when the robot has rung up."""
        if call.direction == "out":
            self.outgoing = OutgoingTalk(call, line, dialogue, ears, mouth, teller, hands, talks)

    async def run(self, *, same_call: bool) -> str:
        """Talk until the call ends; why it did. Raises StoreAway."""
        self._notes.transcript.busy = self._busy
        await self._greet(same_call=same_call)
        while self.end is None:
            self._thinking = False
            item = await self._hearing.next()
            self._thinking = True
            if isinstance(item, Gone):
                return f"caller_{item.reason}"
            await self._on(item)
        await self._mouth.quiet()
        return self.end[0]

    def _busy(self) -> bool:
        return self._thinking or self._hearing.waiting or self._mouth.speaking or self._key_timer is not None

    @property
    def unfinished(self) -> str | None:
        """What was being asked when the call broke off."""
        return self._answer.expected if self.end is None else None

    async def _on(self, item: Item) -> None:
        if isinstance(item, Utterance):
            await self._heard(item)
        elif isinstance(item, Pressed):
            await self._pressed(item)
        elif isinstance(item, KeysDone):
            await self._key(self._keypad.timeout())
        elif isinstance(item, Silent):
            await self._silent()

    # --- beginning ---

    async def _greet(self, *, same_call: bool) -> None:
        beginning = await self._dialogue.begin(self._line.persona, same_call=same_call)
        await self._calls.attach(self._call.id, beginning.conversation_id)
        if self.outgoing is not None:
            self._hearing.held = await self.outgoing.begin(beginning)
            return
        if same_call:
            await self._speak(self._teller.line("queue_left"))
            self._ask(beginning.answer)
            return
        greeting = self._teller.text(self._line.greeting)
        if beginning.unfinished:
            open_question = self._teller.line("unfinished", "question")
            greeting = Speech((*greeting.phrases, *open_question.phrases))
            self._local = self._go_on
        await self._speak(greeting)
        self._ask(Answer((), None, (YES, NO)) if beginning.unfinished else Answer(()))

    async def _go_on(self, said: Plain | None) -> bool:
        """The answer to «продолжим с того же места?»."""
        if said == "yes":
            # Inside a form the robot repeats its open question.
            await self._turn("", "/repeat")
            return True
        if said == "no":
            await self._turn("", "/stop")
            return True
        return False

    # --- what was said ---

    async def _heard(self, utterance: Utterance) -> None:
        self._stop_key_timer()
        if self.outgoing is not None:
            self.outgoing.noticed(utterance)
        watch = Stopwatch(utterance.speech_ended, utterance.turn_ended)
        heard = await self._hearing.words(utterance)
        watch.words, watch.confidence = self._clock(), heard.confidence
        if not heard.text:
            await self._not_understood(heard, utterance)
            return
        self._notes.caller(heard, utterance)
        self._mouth.forget()
        self._ladder.heard()
        text = await self._hearing.with_rest(heard.text, watch)
        self._notes.watch = watch
        await self._respond(text)

    async def _hold_on(self) -> None:
        if not self._mouth.speaking:
            await self._speak(self._teller.line("hold_on"))

    async def _not_understood(self, heard: Heard, utterance: Utterance) -> None:
        self._notes.not_understood(heard.rejected or "empty", utterance.speech_ms)
        if utterance.interrupted and self._mouth.resume():
            self._notes.interrupted_for_nothing()
            return
        if heard.rejected in ("no_speech", "stop_phrase") and utterance.speech_ms < 400:
            # A cough or a door is no reason to say that somebody was not understood.
            self._ears.listener.listen_anew()
            return
        await self._missed("no_match")

    async def _missed(self, kind: str) -> None:
        """One more rung of the ladder; `kind` is `no_match` or `no_input`."""
        step = self._ladder.miss()
        if step == "human" and self.outgoing is not None and self.outgoing.asking:
            await self.outgoing.give_up()
            return
        if step == "human":
            await self._speak(self._teller.line(f"{kind}_human"))
            await self._turn("", "/request_operator")
            return
        keys = keys_hint(self._answer.expected, [c.title for c in self._answer.choices]) if step == "keys" else ""
        await self._speak(self._teller.line(f"{kind}_{step}", keys=keys))

    async def _respond(self, text: str) -> None:
        """What the caller's words lead to."""
        said = plain(text)
        if said == "repeat" and await self._mouth.repeat():
            return
        if self._readback is not None:
            await self._read_back(text)
            return
        if self._rung_up and self.outgoing is not None and await self.outgoing.take(text):
            return
        local, self._local = self._local, None
        # «Нет, спасибо» to a question of ours is a no; elsewhere it is the end of the talk.
        if local is not None and await local("no" if said == "farewell" else said):
            return
        if said == "more" and self._rest:
            await self._tell_more()
            return
        if said == "farewell":
            self._closing = True
            await self._turn(text, "/goodbye")
            return
        words = typed(text, self._answer.expected, [c.title for c in self._answer.choices], self._mender)
        if not words:
            # «Э-э…»: still thinking.
            self._ears.listener.listen_anew()
            return
        if (readback := after(self._answer.expected, text, words)) is not None:
            await self._begin_readback(readback)
            return
        button = chosen(words, [{"title": c.title, "payload": c.payload} for c in self._answer.choices])
        await self._turn(words, str(button["payload"]) if button else None)

    async def _tell_more(self) -> None:
        speech = self._teller.more(self._rest)
        await self._say(speech)

    async def _more(self, said: Plain | None) -> bool:
        """The answer to «рассказать подробнее?»."""
        if said in ("yes", "more") and self._rest:
            await self._tell_more()
            return True
        if said == "no":
            self._rest = ()
            await self._speak(self._teller.line("nothing_more"))
            return True
        return False

    # --- numbers read back ---

    async def _begin_readback(self, readback: Readback) -> None:
        if readback.complete:
            self._readback = readback
            self._ears.listener.set_question(self._answer.expected, yes_no=True)
            self._keypad = KeyPad(None, (YES.title, NO.title))
        else:
            self._ask(self._answer)
        await self._speak(self._teller.text(readback.question, "question"))

    async def _read_back(self, text: str) -> None:
        readback, self._readback = self._readback, None
        if readback is None:
            return
        outcome = readback.answer(text)
        if isinstance(outcome, Confirmed):
            await self._turn(outcome.value)
        elif isinstance(outcome, Corrected):
            corrected = check(self._answer.expected, outcome.value)
            await (self._begin_readback(corrected) if corrected else self._turn(outcome.value))
        elif isinstance(outcome, Again):
            self._ask(self._answer)
            await self._speak(self._teller.line("dictate_again", "question"))
        else:
            # Neither yes nor no nor a number: the caller speaks of something else.
            self._ask(self._answer)
            await self._respond(text)

    # --- keys ---

    async def _pressed(self, pressed: Pressed) -> None:
        self._stop_key_timer()
        self._notes.key(pressed.key, interrupted=pressed.interrupted)
        await self._key(self._keypad.press(pressed.key))

    async def _key(self, event: KeyEvent) -> None:
        measures.KEYS.labels(type(event).__name__.casefold()).inc()
        if isinstance(event, Typed) and not event.complete:
            loop = asyncio.get_running_loop()
            self._key_timer = loop.call_later(self._keypad.pause_ms / 1000, self._key_pause)
            return
        self._ladder.heard()
        self._mouth.forget()
        now = self._clock()
        self._notes.watch = Stopwatch(now, now, now, confidence=1.0)
        if isinstance(event, Human):
            self._local = self._readback = None
            await self._turn("оператор", "/request_operator")
        elif isinstance(event, Repeat):
            if not await self._mouth.repeat():
                await self._speak(self._teller.line("nothing_to_repeat"))
        elif isinstance(event, Chosen):
            await self._chosen(event.index)
        elif isinstance(event, Typed):
            self._local = self._readback = None
            await self._turn(self._keypad.as_text(event))
        elif isinstance(event, Wrong):
            hint = keys_hint(self._answer.expected, [c.title for c in self._answer.choices])
            await self._speak(self._teller.line("wrong_key", keys=hint))

    async def _chosen(self, index: int) -> None:
        if self._readback is not None or self._local is not None:
            await self._respond("да" if index == 0 else "нет")
            return
        choice = self._answer.choices[index]
        if self._rung_up and self.outgoing is not None and await self.outgoing.take(choice.title, pressed=True):
            return
        await self._turn(choice.title, choice.payload)

    def _key_pause(self) -> None:
        self._key_timer = None
        self._ears.inbox.put_nowait(KeysDone())

    def _stop_key_timer(self) -> None:
        if self._key_timer is not None:
            self._key_timer.cancel()
            self._key_timer = None

    # --- silence ---

    async def _silent(self) -> None:
        self._notes.silence()
        if self._rung_up and self.outgoing is not None and await self.outgoing.silent():
            return
        if self._closing:
            await self._say_goodbye("goodbye")
        elif self._ladder.misses >= MOST_SILENCES:
            await self._say_goodbye("silent_goodbye")
        else:
            await self._missed("no_input")

    async def _say_goodbye(self, line: str) -> None:
        await self._speak(self._teller.line(line))
        self._hang_up()

    def _hang_up(self) -> None:
        self.end = ("said_goodbye", After("hangup"))

    @property
    def _rung_up(self) -> bool:
        """Whether nothing stands between the callee's words and the matter of an outgoing call: no question of the dialogue."""
        return self.outgoing is not None and self._answer.expected is None and self._local is None

    # --- the dialogue's turn ---

    async def _turn(self, text: str, payload: str | None = None) -> None:
        rated = _grade(payload)
        answer = await self._ask_dialogue(text, payload)
        if self._notes.watch is not None:
            self._notes.watch.answer = self._clock()
        if rated is not None:
            await self._calls.rate(self._call.id, rated)
            self._closing = True
        await self._deliver(answer)

    async def _ask_dialogue(self, text: str, payload: str | None) -> Answer:
        task = asyncio.create_task(self._dialogue.say(text, payload))
        done, _ = await asyncio.wait({task}, timeout=HOLD_ON_AFTER)
        if not done:
            await self._hold_on()
        return await task

    async def _deliver(self, answer: Answer) -> None:
        if answer.late:
            await self._deliver_late(answer)
            return
        if answer.mode != "robot":
            await self._hand_over(answer)
            return
        if any((r.get("form") or {}).get("type") == "rating" for r in answer.replies):
            self._closing = True
        elif answer.expected is not None:
            self._closing = False
        self._ask(answer)
        await self._say(self._teller.answer(answer))

    async def _deliver_late(self, answer: Answer) -> None:
        """Rasa is away: say so, wait a little for the answer, then let a human help."""
        if answer.replies:
            await self._speak(self._teller.answer(answer))
        if (later := await self._dialogue.later()) is not None:
            await self._deliver(later)
            return
        await self._speak(self._teller.line("robot_away"))
        self.end = ("robot_away", self._handing_over.default(self._line))

    async def _say(self, speech: Speech) -> None:
        self._rest = speech.rest
        if speech.asks_more:
            self._local = self._more
            self._keypad = KeyPad(None, (YES.title, NO.title))
        await self._speak(speech)

    def _ask(self, answer: Answer) -> None:
        """Listen for the answer to a question: endpoint, hotwords and keys follow from it."""
        self._answer = answer
        titles = tuple(c.title for c in answer.choices)
        self._ears.listener.set_question(answer.expected, answer.yes_no, answer.protected, titles)
        self._ears.hint = Hint(answer.expected, titles)
        self._keypad = KeyPad(answer.expected, titles)

    # --- to a human ---

    async def _hand_over(self, answer: Answer) -> None:
        plan = await self._handing_over.plan(self._call, self._line, self._dialogue.conversation_id)
        if not plan.allowed:
            await self._dialogue.back_to_robot()
            await self._speak(self._teller.line("no_more_transfers"))
            await self._turn("", "/request_callback")
            return
        speech = self._teller.answer(answer)
        if plan.long_wait_minutes is not None:
            offer = self._teller.line("long_wait", "question", minutes=plan.long_wait_minutes)
            self._ask(Answer((), None, (Choice("Подожду", ""), Choice("Перезвоните", "/request_callback"))))
            self._local = lambda said: self._waits(said, plan.after)
            await self._speak(Speech((*speech.phrases, *offer.phrases)))
            return
        await self._pass_on(plan.after, speech)

    async def _waits(self, said: Plain | None, after: After) -> bool:
        """The answer to the offer of a call-back instead of a long wait; whoever says nothing of it waits."""
        if said in ("callback", "no"):
            await self._dialogue.back_to_robot()
            await self._turn("", "/request_callback")
        else:
            await self._pass_on(after, Speech(()))
        return True

    async def _pass_on(self, after: After, speech: Speech) -> None:
        transfer = self._teller.line("transfer")
        await self._speak(Speech((*speech.phrases, *transfer.phrases), protected=True))
        self.end = ("transferred", after)

    async def _speak(self, speech: Speech) -> None:
        self._notes.robot(speech)
        if speech.protected:
            titles = tuple(c.title for c in self._answer.choices)
            self._ears.listener.set_question(self._answer.expected, self._answer.yes_no, True, titles)
        await self._mouth.speak(speech)

    async def close(self) -> None:
        """Let what was noted be stored."""
        self._stop_key_timer()
        await self._notes.close()


def _grade(payload: str | None) -> int | None:
    """The grade of a rating's button: `/goodbye{"grade": 3}`."""
    if payload is None or not payload.startswith("/goodbye{"):
        return None
    digits = [c for c in payload if c.isdigit()]
    return int(digits[0]) if digits else None

"""The mind of one call: what an utterance, a key or a silence leads to, until the call ends or is passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog

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
from voice.ladder import Ladder
from voice.mouth import Mouth
from voice.outgoing_talk import Hands, OutgoingTalk
from voice.plain_answers import Plain, plain
from voice.recognition.base import Busy, Heard, Hint, Recogniser
from voice.saying import Phrase, Speech, Teller
from voice.transcript import Transcript

log = structlog.get_logger(__name__)

HOLD_ON_AFTER = 1.5
"""Seconds of thinking after which the caller hears «секунду» rather than silence."""
MOST_SILENCES = 5
"""Silences in a row after which the robot says good-bye."""
YES, NO = Choice("Да", "/affirm"), Choice("Нет", "/deny")

Local = Callable[[Plain | None], Awaitable[bool]]
"""Takes a plain answer to a question the telephone asked by itself; whether that settled it."""


@dataclass
class Stopwatch:
    """When the stages of one answer were reached, in seconds of the clock."""

    speech_ended: float
    turn_ended: float
    words: float = 0.0
    answer: float = 0.0
    confidence: float = 0.0


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
        transcript: Transcript,
        mender: Mender,
        clock: Callable[[], float],
        talks: OutgoingTalks | None = None,
    ) -> None:
        """`talks` keeps the matters of outgoing calls."""
        self._transcript, self._mender = transcript, mender
        self._call, self._line, self._dialogue = call, line, dialogue
        self._ears, self._mouth, self._teller, self._recogniser = ears, mouth, teller, recogniser
        self._calls, self._handing_over, self._clock = calls, handing_over, clock
        self._ladder, self._answer = Ladder(), Answer(())
        self._rest: tuple[Phrase, ...] = ()
        self._local: Local | None = None
        self._readback: Readback | None = None
        self._keypad = KeyPad(None, ())
        self._key_timer: asyncio.TimerHandle | None = None
        self._watch: Stopwatch | None = None
        self._closing = False
        self._held: Item | None = None
        self._thinking = True
        self._notes: set[asyncio.Task[None]] = set()
        self.end: tuple[str, After] | None = None
        """Why the robot is done, and where the caller goes."""
        hands = Hands(self._speak, self._ask, self._turn, self._words, self._hang_up)
        self.outgoing: OutgoingTalk | None = None
        """What is different when the robot has rung up."""
        if call.direction == "out":
            self.outgoing = OutgoingTalk(call, line, dialogue, ears, mouth, teller, hands, talks)

    async def run(self, *, same_call: bool) -> str:
        """Talk until the call ends; why it did. Raises StoreAway."""
        self._transcript.busy = self._busy
        await self._greet(same_call=same_call)
        while self.end is None:
            self._thinking = False
            item, self._held = self._held or await self._ears.inbox.get(), None
            self._thinking = True
            if isinstance(item, Gone):
                return f"caller_{item.reason}"
            await self._on(item)
        await self._mouth.quiet()
        return self.end[0]

    def _busy(self) -> bool:
        waits = self._held is not None or not self._ears.inbox.empty() or self._ears.listener.in_turn
        return self._thinking or waits or self._mouth.speaking or self._key_timer is not None

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
            self._held = await self.outgoing.begin(beginning)
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
        heard = await self._words(utterance)
        watch.words, watch.confidence = self._clock(), heard.confidence
        if not heard.text:
            await self._not_understood(heard, utterance)
            return
        measures.ASR_CONFIDENCE.observe(heard.confidence)
        self._transcript.add(
            "caller", heard.text, confidence=round(heard.confidence, 2), interrupted=utterance.interrupted
        )
        if utterance.interrupted:
            measures.BARGE_INS.labels("words").inc()
            self._note("barge_in", followed="words")
        self._mouth.forget()
        self._ladder.heard()
        text = await self._with_rest(heard.text, watch)
        self._watch = watch
        await self._respond(text)

    async def _with_rest(self, text: str, watch: Stopwatch) -> str:
        """The words with those of utterances that belong to them: whoever pauses in mid-sentence has said one thing."""
        while self._held is None and (self._ears.going_on or not self._ears.inbox.empty()):
            item = await self._ears.inbox.get()
            if not isinstance(item, Utterance) or not item.joined:
                self._held = item
                break
            more = await self._words(item)
            watch.speech_ended, watch.turn_ended, watch.words = item.speech_ended, item.turn_ended, self._clock()
            if more.text:
                self._transcript.add("caller", more.text, confidence=round(more.confidence, 2), interrupted=False)
                text = f"{text} {more.text}"
        return text

    async def _words(self, utterance: Utterance) -> Heard:
        """The words of an utterance; while all recognisers are busy the caller is asked for a second."""
        waited = False
        while True:
            task = utterance.guess or asyncio.create_task(self._recogniser.hear(utterance.pcm, self._ears.hint))
            try:
                done, _ = await asyncio.wait({task}, timeout=None if waited else HOLD_ON_AFTER)
                if not done:
                    waited = True
                    await self._hold_on()
                return await task
            except Busy:
                await self._hold_on()
                waited = True
                await asyncio.sleep(0.3)
            except Exception as error:
                # A fault of the recogniser must not end the call: it counts as not heard.
                log.error("voice.recognition_failed", error=type(error).__name__)
                return Heard("", rejected="failed")
            utterance = replace(utterance, guess=None)

    async def _hold_on(self) -> None:
        if not self._mouth.speaking:
            await self._speak(self._teller.line("hold_on"))

    async def _not_understood(self, heard: Heard, utterance: Utterance) -> None:
        measures.NO_MATCH.labels(heard.rejected or "empty").inc()
        self._transcript.add("note", "no_match", why=heard.rejected or "empty")
        self._note("no_match", why=heard.rejected or "empty", speech_ms=round(utterance.speech_ms))
        if utterance.interrupted and self._mouth.resume():
            measures.BARGE_INS.labels("nothing").inc()
            self._note("barge_in", followed="nothing")
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
        if pressed.interrupted:
            measures.BARGE_INS.labels("keys").inc()
        self._stop_key_timer()
        self._transcript.add("key", pressed.key)
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
        self._watch = Stopwatch(now, now, now, confidence=1.0)
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
        measures.NO_INPUT.inc()
        self._note("no_input")
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
        if self._watch is not None:
            self._watch.answer = self._clock()
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
        if speech.phrases:
            self._transcript.add("robot", speech.text.replace("+", ""))
        await self._mouth.speak(speech)

    # --- figures ---

    def sounded(self, at: float) -> None:
        """The first frame of an answer was sent at this moment."""
        watch, self._watch = self._watch, None
        if watch is None:
            return
        words, answer = watch.words or at, watch.answer or at
        stages = measures.Stages(
            endpoint_ms=(watch.turn_ended - watch.speech_ended) * 1000,
            asr_ms=max(0.0, words - watch.turn_ended) * 1000,
            dialogue_ms=max(0.0, answer - words) * 1000,
            speech_ms=max(0.0, at - answer) * 1000,
        )
        stages.observe()
        self._transcript.add("note", "stages", **stages.facts())
        self._note("call_turn", confidence=round(watch.confidence, 2), **stages.facts())

    def _note(self, name: str, **facts: Any) -> None:
        self._background(self._dialogue.note(name, **facts))

    def _background(self, work: Awaitable[None]) -> None:
        async def quietly() -> None:
            try:
                await work
            except Exception as error:
                log.warning("voice.background_failed", error=type(error).__name__)

        task = asyncio.create_task(quietly())
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def close(self) -> None:
        """Let what was noted be stored."""
        self._stop_key_timer()
        await asyncio.gather(*self._notes, return_exceptions=True)


def _grade(payload: str | None) -> int | None:
    """The grade of a rating's button: `/goodbye{"grade": 3}`."""
    if payload is None or not payload.startswith("/goodbye{"):
        return None
    digits = [c for c in payload if c.isdigit()]
    return int(digits[0]) if digits else None

"""The robot rings people up: due messages become calls over a manager interface and an AudioSocket, and answers are understood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml
from sqlalchemy import select, update

from app.calling import OneCall
from app.providers import Providers
from app.settings import Settings
from bot.services.appointments import Appointment
from bot.services.appointments.reminders import Reminders
from bot.services.appointments.schedule import Schedule
from bot.services.calls.tables import OutgoingCallRow
from bot.services.consents.texts import Texts as ConsentTexts
from bot.services.production_calendar import ProductionCalendar, parse_calendar
from bot.store import Store, Vault, journal
from bot.store.conversations import CitizenRow, ConversationRow
from bot.store.due import DueMessageRow
from bot.store.events import EventRow
from tests.voice.fake_ami import FakeAmi
from tests.voice.phone_house import PhoneHouse
from voice.audiosocket.caller import Caller

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
Speak = Callable[[str], bytes]
RINGS_WITHIN = 60.0
"""Seconds: the house looks for due messages each fifteen, and the machine may be busy."""


class Town:
    """The house, the exchange, and those who are rung up."""

    def __init__(self, folder: Path, weights: Path, pbx: FakeAmi, **settings: Any) -> None:
        self.house = PhoneHouse(
            folder,
            weights,
            ami_host="127.0.0.1",
            ami_port=pbx.port,
            ami_user=pbx.user,
            ami_secret=pbx.secret,
            **settings,
        )
        self.pbx, self._content = pbx, folder / "content"
        self._at_any_hour()
        environ = self.house._environ
        self.store = Store(environ["OTKLIK_DATABASE_URL"])
        self.vault = Vault.from_file(Path(environ["OTKLIK_SECRET_KEY_FILE"]))
        self._socket = int(environ["OTKLIK_VOICE_PORT"])
        self._picked_up: asyncio.Queue[OneCall] = asyncio.Queue()
        self._people = 0
        self._open_services()
        pbx.answered = self._answered

    def _at_any_hour(self) -> None:
        path = self._content / "lines.yml"
        lines = yaml.safe_load(path.read_text("utf-8"))
        lines["outgoing"] |= {"workdays": ["00:00", "23:59"], "days_off": ["00:00", "23:59"], "retry_minutes": [1, 1]}
        path.write_text(yaml.safe_dump(lines, allow_unicode=True), "utf-8")

    def _open_services(self) -> None:
        """The house's own services over its database."""
        settings = Settings(_env_file=None, content_dir=self._content)  # type: ignore[call-arg]
        schedule = Schedule.from_content(*(self._yaml(name) for name in ("centres", "services", "region", "calendar")))
        self._place = str(self._yaml("centres")["centres"][0]["id"])
        calendar = ProductionCalendar(parse_calendar(self._yaml("calendar")))
        providers = Providers(settings, self.store, self.vault, now, schedule.zone(self._place), calendar)
        reminders = Reminders(self._yaml("appointments"), schedule)
        self.appointments = providers.appointments(schedule, reminders)
        self.consents = providers.consents(ConsentTexts(self._yaml("consents")))

    def _yaml(self, name: str) -> Any:
        return yaml.safe_load((self._content / f"{name}.yml").read_text("utf-8"))

    async def citizen(self, *, told: str = "", consent: bool = True) -> tuple[str, str]:
        """Somebody who has called us: citizen id and number. `told` is another number she gave for herself."""
        self._people += 1
        number = f"+7912555{self._people:04d}"
        async with self.store.write() as session:
            row = await journal.conversation_of(session, self.vault, "phone", self.vault.fingerprint(number), now())
            citizen = await session.get_one(CitizenRow, row.citizen_id)
            citizen.profile = self.vault.seal({"phone": told or number})
        for purpose in ("personal_data", *(("notifications",) if consent else ())):
            await self.consents.give(row.citizen_id, purpose, channel="phone")
        return row.citizen_id, told or number

    async def visit(self, citizen: str) -> Appointment:
        """A visit of hers, whose reminder falls due now."""
        service = "passport_replacement"
        days = await self.appointments.days(service, self._place, now().date() + timedelta(days=2), 20)
        day = next(day.date for day in days if day.free)
        slot = (await self.appointments.times(service, self._place, day))[0]
        hold = await self.appointments.hold(citizen, service, self._place, slot.start)
        visit = await self.appointments.book(hold.id, citizen, {"full_name": "Анна"})
        async with self.store.write() as session:
            first = await session.scalar(
                select(DueMessageRow.id)
                .where(DueMessageRow.citizen_id == citizen)
                .order_by(DueMessageRow.due_at)
                .limit(1)
            )
            await session.execute(update(DueMessageRow).where(DueMessageRow.id == first).values(due_at=now()))
        return visit

    async def _answered(self, variables: dict[str, str]) -> None:
        """The dialplan: sound goes to the AudioSocket under the UUID of the call."""
        call_id = variables["OTKLIK_UUID"]
        async with Caller.connect("127.0.0.1", self._socket, call_id) as socket:
            self._picked_up.put_nowait(OneCall(self._client, call_id, socket))
            await socket.ended()

    async def rings(self) -> OneCall:
        """Somebody's telephone has rung, and she picked up."""
        return await asyncio.wait_for(self._picked_up.get(), RINGS_WITHIN)

    async def plan(self, citizen: str, *, until: Callable[[OutgoingCallRow], bool]) -> OutgoingCallRow:
        """The planned call of a citizen, once it is so. Raises TimeoutError that tells how it is."""
        row: OutgoingCallRow | None = None
        try:
            async with asyncio.timeout(RINGS_WITHIN):
                while row is None or not until(row):
                    await asyncio.sleep(0.3)
                    async with self.store.read() as session:
                        row = await session.scalar(select(OutgoingCallRow).where(OutgoingCallRow.citizen_id == citizen))
        except TimeoutError:
            raise TimeoutError(f"{row.state}, {row.outcome}, {row.tries}" if row else "nothing planned") from None
        return row

    async def event(self, citizen: str, name: str) -> dict[str, Any]:
        """The data of an event, once it is there."""
        async with asyncio.timeout(RINGS_WITHIN):
            while True:
                async with self.store.read() as session:
                    row = await session.scalar(
                        select(EventRow).where(EventRow.citizen_id == citizen, EventRow.name == name)
                    )
                if row is not None:
                    return row.data
                await asyncio.sleep(0.3)

    async def retry_now(self, citizen: str) -> None:
        """The pause before the next try is over."""
        async with self.store.write() as session:
            await session.execute(
                update(OutgoingCallRow).where(OutgoingCallRow.citizen_id == citizen).values(next_try_at=now())
            )

    async def __aenter__(self) -> Town:
        self._client = aiohttp.ClientSession(self.house.url)
        await asyncio.to_thread(self.house.start)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.house.stop)
        await self._client.close()
        await self.store.close()


def now() -> datetime:
    return datetime.now(UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory, weights: Path, festival: str) -> AsyncIterator[Town]:
    pbx = FakeAmi()
    await pbx.start()
    async with Town(tmp_path_factory.mktemp("outgoing"), weights, pbx) as made:
        yield made
    await pbx.stop()


async def robot(talk: OneCall) -> str:
    """What the robot has said so far, once it is quiet."""
    await talk.quiet()
    return await said(talk)


async def said(talk: OneCall) -> str:
    """What the robot has said so far."""
    return " ".join(e["text"] for e in (await talk.transcript())["entries"] if e["who"] == "robot")


async def answers(talk: OneCall, sound: bytes) -> str:
    """Say something; what the robot says to it."""
    before = await robot(talk)
    ended = await talk.say(sound)
    await talk.answered(ended + 0.02)
    await talk.quiet()
    return (await said(talk))[len(before) :]


async def pressed(talk: OneCall, key: str) -> str:
    """Press a key; what the robot says to it."""
    before = await robot(talk)
    talk.socket.press(key)
    await talk.quiet()
    return (await said(talk))[len(before) :]


async def test_a_reminder_is_confirmed(town: Town, caller_voice: Speak) -> None:
    citizen, _ = await town.citizen()
    visit = await town.visit(citizen)
    talk = await town.rings()
    # Said into the receiver, not to the question.
    await talk.say(caller_voice("Да, слушаю."))
    hello = await robot(talk)
    assert "звонит робот" in hello and "записывается" in hello and "Напоминаю" in hello and hello.endswith("три.")
    assert visit.number not in hello
    thanks = await answers(talk, caller_voice("Да, приду."))
    assert "ждём вас" in thanks
    bye = await answers(talk, caller_voice("Нет, спасибо."))
    assert "свидания" in bye.casefold() and await talk.socket.ended() == "robot"
    plan = await town.plan(citizen, until=lambda row: row.state == "done")
    assert (plan.outcome, plan.tries) == ("confirmed", 1)
    found = await town.appointments.find(visit.number)
    assert found is not None and found.state == "booked"
    assert (await town.event(citizen, "outgoing_talked"))["result"] == "confirmed"


async def test_who_will_not_come_has_the_visit_cancelled(town: Town, caller_voice: Speak) -> None:
    citizen, _ = await town.citizen()
    visit = await town.visit(citizen)
    talk = await town.rings()
    await robot(talk)
    sure = await answers(talk, caller_voice("Нет, я не приду."))
    assert "отменить" in sure.casefold(), sure
    done = await answers(talk, caller_voice("Да, отменить."))
    assert "отмен" in done.casefold(), done
    talk.socket.hang_up()
    plan = await town.plan(citizen, until=lambda row: row.state == "done")
    found = await town.appointments.find(visit.number)
    assert plan.outcome == "declined" and found is not None and found.state == "cancelled"


async def test_who_wants_another_day_is_asked_which(town: Town, caller_voice: Speak) -> None:
    citizen, _ = await town.citizen()
    await town.visit(citizen)
    talk = await town.rings()
    await robot(talk)
    asked = await answers(talk, caller_voice("Перенести."))
    assert "день" in asked.casefold() or "когда" in asked.casefold(), asked
    talk.socket.hang_up()
    assert (await town.plan(citizen, until=lambda row: row.state == "done")).outcome == "unclear"


async def test_a_number_that_never_called_may_cancel_this_visit_and_learns_nothing_else(town: Town) -> None:
    citizen, number = await town.citizen(told="+79125559999")
    visit = await town.visit(citizen)
    talk = await town.rings()
    await robot(talk)
    assert "Отменить эту запись?" in await pressed(talk, "2")
    done = await pressed(talk, "1")
    assert "Запись отменена" in done and visit.number not in await said(talk)
    talk.socket.hang_up()
    plan = await town.plan(citizen, until=lambda row: row.state == "done")
    found = await town.appointments.find(visit.number)
    assert plan.outcome == "declined" and found is not None and found.state == "cancelled"
    async with town.store.read() as session:
        theirs = await session.scalar(
            select(ConversationRow).where(ConversationRow.user == town.vault.fingerprint(number))
        )
    assert theirs is not None and theirs.citizen_id != citizen


async def test_busy_then_hung_up_in_the_greeting_then_a_machine(town: Town) -> None:
    citizen, number = await town.citizen()
    channel = f"Local/{number}@otklik-outgoing"
    town.pbx.reasons[channel] = 5
    await town.visit(citizen)
    missed = await town.plan(citizen, until=lambda row: row.outcome == "busy")
    assert (missed.state, missed.tries) == ("waiting", 1) and missed.next_try_at > now() + timedelta(seconds=30)
    del town.pbx.reasons[channel]
    await town.retry_now(citizen)
    talk = await town.rings()
    await talk.socket.sounded()
    talk.socket.hang_up()
    missed = await town.plan(citizen, until=lambda row: row.outcome == "not_heard")
    assert (missed.state, missed.tries) == ("waiting", 2)
    await town.retry_now(citizen)
    talk = await town.rings()
    # Nobody says a word: the message is left once.
    assert await asyncio.wait_for(talk.socket.ended(), 60) == "robot"
    left = await said(talk)
    # The machine's pause may be taken for a callee's «алло», who hears the matter from its beginning.
    assert 1 <= left.count("Напоминаю") <= 2 and left.endswith("До свидания.")
    plan = await town.plan(citizen, until=lambda row: row.state == "done")
    assert (plan.outcome, plan.tries) == ("nobody", 3)


async def test_an_answering_machine_gets_the_message_once(town: Town, caller_voice: Speak) -> None:
    citizen, _ = await town.citizen()
    await town.visit(citizen)
    talk = await town.rings()
    await talk.say(caller_voice("Абонент не может ответить на ваш звонок. Оставьте сообщение после сигнала."))
    assert await asyncio.wait_for(talk.socket.ended(), 60) == "robot"
    left = await said(talk)
    # The machine's pause may be taken for a callee's «алло», who hears the matter from its beginning.
    assert 1 <= left.count("Напоминаю") <= 2 and left.endswith("До свидания.") and "Вы придёте" not in left
    assert (await town.plan(citizen, until=lambda row: row.state == "done")).outcome == "nobody"


async def test_without_a_consent_nobody_is_rung_up(town: Town) -> None:
    citizen, number = await town.citizen(consent=False)
    await town.visit(citizen)
    assert (await town.event(citizen, "due_message_undeliverable"))["reason"] == "no_consent"
    assert not [one for one in town.pbx.originated if number in one["channel"]]

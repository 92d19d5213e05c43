"""A caller asks the robot for a human: real voice, real Rasa, the desk over HTTP, and a PBX's manager interface in between."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from app.calling import call
from bot.accounts.accounts import Accounts
from bot.accounts.interface import Account
from bot.handover.tables import PresenceRow
from bot.services.people.tables import HandoverRow
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from desk.access import COOKIE
from tests.voice.fake_ami import FakeAmi
from tests.voice.phone_house import PhoneHouse

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
WITHIN = 30.0
LINKED = "1763700000.77"


class Shift:
    """The house with its telephone, the exchange, and an operator at her desk."""

    def __init__(self, house: PhoneHouse, pbx: FakeAmi, store: Store, vault: Vault, anna: Account, token: str) -> None:
        self.house, self.pbx, self.store, self.vault, self.anna = house, pbx, store, vault, anna
        self.browser = httpx.AsyncClient(base_url=house.url, cookies={COOKIE: token}, timeout=30)

    async def page(self, path: str) -> str:
        """A page of the desk."""
        answer = await self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def press(self, path: str, csrf: str, **form: str) -> httpx.Response:
        """A button of the desk."""
        headers = {"X-CSRF": csrf, "HX-Request": "true", "Origin": self.house.url}
        return await self.browser.post(path, data=form, headers=headers)

    async def handover(self) -> HandoverRow | None:
        """The newest hand-over of a telephone conversation."""
        async with self.store.read() as session:
            found: HandoverRow | None = await session.scalar(
                select(HandoverRow)
                .join(ConversationRow, ConversationRow.id == HandoverRow.conversation_id)
                .where(ConversationRow.channel == "phone")
                .order_by(HandoverRow.id.desc())
                .limit(1)
            )
            return found

    async def until(self, true: Callable[[HandoverRow], bool]) -> HandoverRow:
        """The hand-over once it is so. Raises TimeoutError."""
        async with asyncio.timeout(WITHIN):
            while (row := await self.handover()) is None or not true(row):
                await asyncio.sleep(0.1)
        return row


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shift(tmp_path_factory: pytest.TempPathFactory, weights: Path, festival: str) -> AsyncIterator[Shift]:
    """Anna is on the line, her telephone is 101."""
    pbx = FakeAmi(members={"PJSIP/101": None})
    await pbx.start()
    house = PhoneHouse(
        tmp_path_factory.mktemp("desk"), weights, ami_host="127.0.0.1", ami_port=pbx.port, ami_user=pbx.user,
        ami_secret=pbx.secret,
    )  # fmt: skip
    await asyncio.to_thread(house.start)
    store = Store(house._environ["OTKLIK_DATABASE_URL"])
    vault = Vault.from_file(Path(house._environ["OTKLIK_SECRET_KEY_FILE"]))
    accounts = Accounts(store, vault, lambda: datetime.now(UTC))
    anna = await accounts.add(
        "anna", "Анна Белова", ("operator",), ("general",), password="Ромашки на балконе 47", extension="101"
    )
    async with store.write() as session:
        now = datetime.now(UTC)
        session.add(PresenceRow(operator=anna.id, status="online", since=now, seen_at=now))
    made = Shift(house, pbx, store, vault, anna, await accounts.open_session(anna.id))
    yield made
    await made.browser.aclose()
    await store.close()
    await asyncio.to_thread(house.stop)
    await pbx.stop()


async def test_a_caller_who_asks_for_a_human_gets_the_operator_who_has_read_everything(shift: Shift) -> None:
    pbx = shift.pbx
    async with call(shift.house.url, caller="+79120077001", dialled="122", linked_id=LINKED) as talk:
        await talk.quiet()
        talk.socket.press("0")
        await asyncio.wait_for(talk.socket.ended(), WITHIN)
        assert await talk.after() == "queue,otklik-general,general"
        call_id = talk.id
    # The dialplan goes on to Queue().
    channel = pbx.caller("PJSIP/trunk-77", "+79120077001", LINKED, OTKLIK_UUID=call_id)
    await pbx.join(channel, "otklik-general")
    row = await shift.until(lambda row: row.state == "queued")
    where = f"/desk/talks/{row.conversation_id}"

    window = await shift.page("/desk")
    assert row.conversation_id in window
    opened = await shift.page(where)
    assert "оператор" in opened.casefold(), "what was said to the robot is there before anybody picks up"

    await pbx.ring(channel, "PJSIP/101")
    csrf = re.search(r'X-CSRF"?:\s*"?([\w.-]{16,})|X-CSRF&#34;: &#34;([\w.-]{16,})', window)
    assert csrf, "the page carries the token of its forms"
    accepted = await _accepted(shift, where, csrf[1] or csrf[2])
    assert accepted.status_code == 200, accepted.text
    asked = [action for action in pbx.actions if action["action"] == "Redirect"]
    assert [(a["channel"], a["context"], a["exten"]) for a in asked] == [(channel.name, "otklik-operator", "101")]

    await pbx.answer(channel, "PJSIP/101")
    row = await shift.until(lambda row: row.state == "taken")
    assert row.operator == shift.anna.id
    await pbx.hang_up(channel)
    row = await shift.until(lambda row: row.state == "wrap_up")
    assert row.operator == shift.anna.id


async def _accepted(shift: Shift, where: str, csrf: str) -> httpx.Response:
    """The call is taken as soon as the house has heard of the queue."""
    async with asyncio.timeout(WITHIN):
        while (answer := await shift.press(f"{where}/call/accept", csrf)).status_code == 409:
            await asyncio.sleep(0.1)
    return answer

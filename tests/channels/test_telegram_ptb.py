"""python-telegram-bot beside us: a second client of our fake, a second reader of our payloads, the oracle of our limits."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import telegram
from telegram import constants, error

from benchmarks.fakes import telegram as fakes
from benchmarks.fakes.base import Fault
from channels.base import Limits
from channels.telegram import build

TOKEN = "123456:AA-very_secret"
ANNA = 771234501
PAYLOADS = Path(__file__).with_name("payloads") / "telegram"
READS_OTHERWISE = {
    "malformed": "эти события и должны быть непонятны",
    "forwarded": "третье событие: скрытый отправитель без имени, на таких спотыкается и python-telegram-bot (aiogram 1840)",
}
"""Rows that PTB cannot read as a whole, and why; ours are read event by event."""


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[fakes.FakeTelegram]:
    server = fakes.FakeTelegram(TOKEN)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(autouse=True)
def pauses_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else PTB warns that it is going to."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest_asyncio.fixture
async def bot(fake: fakes.FakeTelegram) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot(TOKEN, base_url=f"{fake.url}/bot", base_file_url=f"{fake.url}/file/bot") as client:
        yield client


# --- a second client ---


async def test_it_knows_itself(bot: telegram.Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot, me.username) == (123456, True, "otklik_test_bot")


async def test_a_wrong_token_is_refused_in_telegrams_shape(fake: fakes.FakeTelegram) -> None:
    with pytest.raises(error.InvalidToken):
        await telegram.Bot("1:wrong", base_url=f"{fake.url}/bot").initialize()


async def test_updates_come_until_confirmed(fake: fakes.FakeTelegram, bot: telegram.Bot) -> None:
    number = fake.say(str(ANNA), "/start tok-1")
    (update,) = await bot.get_updates(timeout=1)
    message = update.message
    assert message is not None and message.from_user is not None and message.chat.type == "private"
    assert (message.text, str(message.message_id), message.from_user.id) == ("/start tok-1", number, ANNA)
    assert [m.type for m in message.entities] == ["bot_command"]
    assert len(await bot.get_updates(timeout=0)) == 1
    assert await bot.get_updates(offset=update.update_id + 1, timeout=0) == ()
    assert fake.confirmed == 1


async def test_polling_beside_a_webhook_is_a_conflict(fake: fakes.FakeTelegram, bot: telegram.Bot) -> None:
    await bot.set_webhook("https://mfc.example/hooks/telegram", secret_token="s", allowed_updates=["message"])
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == ("https://mfc.example/hooks/telegram", 0)
    with pytest.raises(error.Conflict):
        await bot.get_updates(timeout=0)
    await bot.delete_webhook()
    assert await bot.get_updates(timeout=0) == ()
    with pytest.raises(error.BadRequest, match="https"):
        await bot.set_webhook("http://mfc.example")


async def test_a_message_with_buttons_and_a_press(fake: fakes.FakeTelegram, bot: telegram.Bot) -> None:
    fake.say(str(ANNA), "привет")
    buttons = [
        [telegram.InlineKeyboardButton("Да", callback_data="m1.0")],
        [telegram.InlineKeyboardButton("Сайт", "https://a.ru")],
    ]
    sent = await bot.send_message(ANNA, "Записать?", reply_markup=telegram.InlineKeyboardMarkup(buttons))
    assert sent.text == "Записать?" and sent.reply_markup is not None
    assert fake.sent[0].buttons == (({"title": "Да", "payload": "m1.0"},), ({"title": "Сайт", "url": "https://a.ru"},))
    fake.press(fake.sent[0])
    press = (await bot.get_updates(timeout=0))[-1].callback_query
    assert press is not None and press.data == "m1.0" and press.message is not None
    assert press.message.message_id == sent.message_id
    assert await bot.answer_callback_query(press.id)
    with pytest.raises(error.BadRequest, match="too old"):
        await bot.answer_callback_query("1")


async def test_what_telegram_refuses_is_refused(fake: fakes.FakeTelegram, bot: telegram.Bot) -> None:
    fake.known.add(str(ANNA))
    await bot.send_message(ANNA, "я" * constants.MessageLimit.MAX_TEXT_LENGTH)
    for text, words in (("я" * (constants.MessageLimit.MAX_TEXT_LENGTH + 1), "too long"), (" ", "empty")):
        with pytest.raises(error.BadRequest, match=words):
            await bot.send_message(ANNA, text)
    data = telegram.InlineKeyboardMarkup.from_button(telegram.InlineKeyboardButton("?", callback_data="x" * 65))
    with pytest.raises(error.BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(ANNA, "?", reply_markup=data)
    with pytest.raises(error.BadRequest, match="not found"):
        await bot.send_message(404, "?")
    fake.blocked.add(str(ANNA))
    with pytest.raises(error.Forbidden, match="blocked"):
        await bot.send_message(ANNA, "?")
    fake.faults.append(Fault("429", after=3))
    with pytest.raises(error.RetryAfter):
        await bot.send_message(ANNA, "?")
    assert len(fake.sent) == 1


async def test_files_both_ways(fake: fakes.FakeTelegram, bot: telegram.Bot) -> None:
    fake.known.add(str(ANNA))
    sent = await bot.send_document(ANNA, b"%PDF-1.7", filename="справка.pdf", caption="вот")
    assert sent.document is not None and fake.sent[0].file == ("справка.pdf", b"%PDF-1.7")
    fake.files["file-1"] = b"%PDF-1.7 hers"
    file = await bot.get_file("file-1")
    assert bytes(await file.download_as_bytearray()) == b"%PDF-1.7 hers"


# --- a second reader ---


def _rows() -> list[str]:
    return sorted(path.stem for path in PAYLOADS.glob("*.json") if path.stem not in (*READS_OTHERWISE, "absent"))


def _events(row: str) -> list[dict[str, Any]]:
    return list(json.loads((PAYLOADS / f"{row}.json").read_text("utf-8"))["events"])


@pytest.mark.parametrize("row", _rows())
def test_our_payloads_are_telegrams(row: str) -> None:
    """Not only readable: every key we invented or misspelled would be left over."""
    for event in _events(row):
        update = telegram.Update.de_json(event, None)
        assert update is not None and update.update_id == event["update_id"]
        if row == "unknown_type":
            continue
        read = update.effective_message
        if body := event.get("message") or event.get("edited_message"):
            assert read is not None
            assert (read.text, read.caption, read.media_group_id) == tuple(
                map(body.get, ("text", "caption", "media_group_id"))
            )
            assert all(
                getattr(read, name) for name in set(body) & {"photo", "voice", "document", "contact", "location"}
            )
            old = {
                "forward_from",
                "forward_date",
                "forward_sender_name",
                "forward_from_chat",
                "forward_from_message_id",
            }
            assert set(read.api_kwargs) <= old
        assert not update.api_kwargs


@pytest.mark.parametrize("row", READS_OTHERWISE)
def test_the_rows_it_cannot_read_are_still_the_ones_we_named(row: str) -> None:
    with pytest.raises((KeyError, TypeError, AttributeError, ValueError)):
        _ = [telegram.Update.de_json(event, None) for event in _events(row)]


# --- the oracle of limits ---


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    (tmp_path / "env").write_text(f"OTKLIK_TELEGRAM_TOKEN={TOKEN}\n")
    channel = build(tmp_path / "env", "")
    assert channel is not None
    return channel.limits


def test_our_limits_lie_within_telegrams(limits: Limits) -> None:
    assert limits.text == constants.MessageLimit.MAX_TEXT_LENGTH
    assert limits.caption == constants.MessageLimit.CAPTION_LENGTH
    assert limits.per_row <= constants.InlineKeyboardMarkupLimit.BUTTONS_PER_ROW
    assert limits.buttons <= limits.rows * limits.per_row <= constants.InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER
    assert limits.per_second <= constants.FloodLimit.MESSAGES_PER_SECOND
    assert limits.per_peer <= constants.FloodLimit.MESSAGES_PER_SECOND_PER_CHAT
    assert limits.file <= constants.FileSizeLimit.FILESIZE_UPLOAD
    assert limits.fetch <= constants.FileSizeLimit.FILESIZE_DOWNLOAD
    assert all(dataclasses.astuple(limits))


def test_our_references_fit_into_a_button() -> None:
    assert constants.InlineKeyboardButtonLimit.MAX_CALLBACK_DATA >= 40


def test_the_fakes_limits_are_telegrams() -> None:
    assert (fakes.TEXT, fakes.CAPTION) == (
        constants.MessageLimit.MAX_TEXT_LENGTH,
        constants.MessageLimit.CAPTION_LENGTH,
    )
    assert fakes.DATA == constants.InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    assert fakes.PER_ROW == constants.InlineKeyboardMarkupLimit.BUTTONS_PER_ROW
    assert fakes.BUTTONS == constants.InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER
    sizes = constants.FileSizeLimit
    assert (fakes.DOWNLOAD, fakes.UPLOAD, fakes.PHOTO) == (
        sizes.FILESIZE_DOWNLOAD, sizes.FILESIZE_UPLOAD, sizes.PHOTOSIZE_UPLOAD,
    )  # fmt: skip
    assert constants.WebhookLimit.MAX_SECRET_TOKEN_LENGTH == fakes.SECRET
    assert set(constants.SUPPORTED_WEBHOOK_PORTS) == {443, 80, 88, 8443}

"""The e-mail channel against a real IMAP server (pymap) and a real SMTP server (aiosmtpd), and what it reads in letters."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.fakes.base import Fault
from benchmarks.fakes.email import FakeMail
from bot.messages import Button
from channels.base import Channel, HookCall, Ignored, OutFile, Part, Received, RemoteFile, Said
from channels.email import build
from channels.email.parse import event, parse
from channels.errors import Blocked, Misconfigured, Rejected, Retry
from channels.letter_words import own_words

OWN = "mfc@line.example"
ANNA = "anna@mail.example"
PASSWORD = "p-geheim-42"
ROWS = Path(__file__).parent / "payloads" / "email"


def raw(body: str | bytes, **headers: str) -> bytes:
    """A mail from Anna; underscores in names of headers stand for hyphens, an empty value leaves one out."""
    given = {"From": f"Анна <{ANNA}>", "To": OWN, "Message_ID": "<1@mail.example>"} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items() if value)
    return head.encode() + b"\r\n" + (body.encode() if isinstance(body, str) else body)


def meaning(body: str | bytes, **headers: str) -> Any:
    """The one happening of such a mail."""
    (found,) = parse(event(5, 7, raw(body, **headers)), OWN)
    return found


# --- what a letter says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "letter",
    [
        "Спасибо!\n\nпн, 16 нояб. 2026 г. в 10:15, Мои документы <mfc@line.example>:\n\n> Здравствуйте!\n> Чем помочь?",
        "Спасибо!\n\nпн, 16 нояб. 2026 г. в 10:15, Мои документы\n<mfc@line.example>:\n> Здравствуйте!",
        'Спасибо!\n\n16.11.2026, 10:15, "Мои документы" <mfc@line.example>:\n\nЗдравствуйте! Чем помочь?',
        "Спасибо!\n  \nПонедельник, 16 ноября 2026, 10:15 +03:00 от Мои документы <mfc@line.example>:\n \nЗдравствуйте!",
        "Спасибо!\n\n16.11.2026 10:15, Мои документы пишет:\n> Здравствуйте!",
        "Спасибо!\n\nВы писали 16 ноября 2026 г., 10:15:\n> Здравствуйте!",
        "Спасибо!\n\n16.11.2026 в 10:15 Мои документы писал(а):\n> Здравствуйте!",
        "Спасибо!\n\nOn Mon, Nov 16, 2026 at 10:15 AM MFC <mfc@line.example> wrote:\n\n> Hello",
        "Спасибо!\n\n-----Original Message-----\nFrom: MFC\nSent: Monday\n\nHello",
        "Спасибо!\n\n-----Исходное сообщение-----\nОт: МФЦ\n\nЗдравствуйте",
        "Спасибо!\n\nОт: Мои документы [mailto:mfc@line.example]\nОтправлено: 16 ноября 2026 г. 10:15\nКому: Анна\n\nЗдравствуйте",
        "Спасибо!\n\n-- \nАнна Лебедева\nбухгалтер",
        "Спасибо!\n\nОтправлено с iPhone",
        "Спасибо!\n\nОтправлено из мобильной Почты Mail.ru",
        "16.11.2026 10:15, Мои документы пишет:\n> Чем помочь?\n\nСпасибо!",
        "> Чем помочь?\nСпасибо!",
    ],
)
def test_only_the_writers_own_words_are_kept(letter: str) -> None:
    assert own_words(letter) == "Спасибо!"


@pytest.mark.parametrize(
    "letter",
    [
        "Мне вчера писали из МФЦ:\nприходите за паспортом. Это правда?",
        "От: станции метро до вас далеко?",
        "Отправлено из МФЦ письмо, когда оно дойдёт?",
        "Список:\n- паспорт\n- СНИЛС\n--- и всё",
        "> одна цитата и больше ничего",
    ],
)
def test_words_that_only_look_like_a_quote_stay(letter: str) -> None:
    assert own_words(letter) == letter


def test_a_letter_of_html_alone_becomes_text() -> None:
    page = (
        "<html><head><title>нет</title><style>p{color:red}</style></head><body><p>Добрый&nbsp;день!</p><div>Где<br>МФЦ"
        "&lt;?</div><script>alert('нет')</script><blockquote>цитата</blockquote></body></html>"
    )
    assert meaning(page, Content_Type="text/html; charset=utf-8").text == "Добрый день!\n\nГде\nМФЦ<?"


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("utf-8", "utf-8"), ("utf-8", "cp1251"), ("us-ascii", "koi8-r"),
        ("x-unknown", "utf-8"), ("unknown-8bit", "cp1251"), ("", "cp1251"),
    ],
)  # fmt: skip
def test_letters_are_read_in_any_charset_also_a_wrong_one(declared: str, real: str) -> None:
    kind = f"text/plain; charset={declared}" if declared else "text/plain"
    assert meaning("Какие нужны документы?".encode(real), Content_Type=kind).text == "Какие нужны документы?"


@pytest.mark.parametrize(
    ("subject", "text", "read"),
    [
        ("Загранпаспорт", "Сколько стоит и где получить?", "Загранпаспорт\nСколько стоит и где получить?"),
        ("Вопрос", "Где получить паспорт?", "Где получить паспорт?"),
        ("паспорт", "Где получить паспорта?", "Где получить паспорта?"),
        ("Re: Загранпаспорт", "Спасибо", "Спасибо"),
        ("Дело 2/2/134660", "Когда готово?", "Дело 2/2/134660\nКогда готово?"),
        ("Где мой паспорт?", "", "Где мой паспорт?"),
        ("", "Где?", "Где?"),
    ],
)
def test_the_subject_counts_when_it_says_more_than_the_text(subject: str, text: str, read: str) -> None:
    assert meaning(text, Subject=subject).text == read


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; type=x"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"Precedence": "junk"},
        {"List_Id": "<a.b>"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@mail.example"},
        {"From": "no-reply@mail.example"},
        {"From": "bounces+1@mail.example"},
    ],
)
def test_machines_are_never_answered(headers: dict[str, str]) -> None:
    assert meaning("Меня нет", **headers) == Ignored("bot")
    assert isinstance(meaning("Я есть", Auto_Submitted="no"), Said)


def test_an_empty_letter_of_a_person_is_still_a_letter() -> None:
    said = meaning("")
    assert isinstance(said, Said) and said.text == "" and said.kind == "text"


def test_our_own_letters_are_an_echo() -> None:
    assert meaning("Здравствуйте", From=f"Бот <{OWN.upper()}>") == Ignored("echo")


@pytest.mark.parametrize("sender", ["", "без адреса", "<a b@mail.example>", "<юля@mail.example>"])
def test_a_letter_nobody_can_answer_makes_no_sense(sender: str) -> None:
    with pytest.raises(ValueError):
        meaning("Привет", From=sender)


def test_a_cyrillic_domain_is_answered_under_its_real_name() -> None:
    assert meaning("Привет", From="<Info@Почта.рф>").peer == "info@xn--80a1acny.xn--p1ai"


def test_the_key_is_the_message_id_else_a_fingerprint() -> None:
    channel = make(FAKE_SETTINGS)
    same = [channel.key(event(uid, 7, raw("Привет"))) for uid in (1, 2)]
    assert same == ["<1@mail.example>"] * 2
    for wrong in ("", "<" + "a" * 500 + "@b>", "нет", "<a b@c>"):
        first, again, other = (channel.key(event(1, 7, raw(text, Message_ID=wrong))) for text in ("а", "а", "б"))
        assert first == again and first.startswith("sha256-") and len(first) <= 100
        assert wrong or first != other
    for broken in ({}, {"source": 5}, {"base64": "?"}, {"source": None}):
        assert channel.key(broken).startswith("sha256-")


@pytest.mark.parametrize("row", sorted(p.stem for p in ROWS.glob("*.json") if p.stem != "absent"))
def test_payload_rows_mean_what_they_say(row: str) -> None:
    data = json.loads((ROWS / f"{row}.json").read_text())
    for given, means in zip(data["events"], data["means"], strict=True):
        if means == "error":
            with pytest.raises(Exception):  # noqa: B017
                parse(given, OWN)
            continue
        found = parse(given, OWN)
        assert [type(f).__name__ for f in found] == [m["type"] for m in means]
        for happening, wanted in zip(found, means, strict=True):
            for name, value in wanted.items():
                if name == "files":
                    got = [{k: getattr(f, k) for k in w} for f, w in zip(happening.files, value, strict=True)]  # type: ignore[union-attr]
                    assert got == value
                elif name != "type":
                    assert getattr(happening, name) == value


def test_a_letter_that_cannot_be_taken_apart_becomes_an_event_all_the_same() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3000))
    broken = event(1, 7, f"From: {ANNA}\n{nested}".encode())
    assert len(broken["source"]) > 64 * 1024 and make(FAKE_SETTINGS).key(broken)
    with pytest.raises(RecursionError):
        parse(broken, OWN)


@pytest.mark.parametrize(
    "text", ["> " * 100_000, "<" * 200_000, "1" * 200_000 + " <a@b>:", "От:\n" * 50_000, "a\n" * 100_000]
)
def test_hostile_letters_are_read_in_no_time(text: str) -> None:
    begun = time.monotonic()
    meaning(text)
    meaning(text, Content_Type="text/html")
    meaning("<script>" * 25_000, Content_Type="text/html")
    assert time.monotonic() - begun < 60


# --- the mailbox --------------------------------------------------------------------------------------------------

FAKE_SETTINGS = {
    "OTKLIK_EMAIL_ADDRESS": OWN, "OTKLIK_EMAIL_PASSWORD": PASSWORD, "OTKLIK_EMAIL_IMAP_HOST": "127.0.0.1",
    "OTKLIK_EMAIL_SMTP_HOST": "127.0.0.1", "OTKLIK_EMAIL_SECURITY": "none",
}  # fmt: skip


def make(settings: dict[str, str], **more: str) -> Channel:
    """The channel of these settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (settings | {f"OTKLIK_EMAIL_{k.upper()}": v for k, v in more.items()}).items():
            patch.setenv(name, value)
        channel = build(None, "")
    assert channel
    return channel


@pytest.fixture
async def fake() -> AsyncIterator[FakeMail]:
    server = FakeMail(PASSWORD)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def channel(fake: FakeMail) -> AsyncIterator[Channel]:
    made = make(fake.settings(), timeout="1.5")
    await made.open()
    yield made
    await made.close()


async def start(channel: Channel) -> str:
    """The cursor of a first start."""
    received = await channel.receive(None)
    assert not received.events and received.cursor
    return received.cursor


async def news(channel: Channel, cursor: str | None, count: int = 1) -> Received:
    """What came, as soon as there are `count` mails."""
    events: list[dict[str, Any]] = []
    for _ in range(20):
        received = await channel.receive(cursor)
        events, cursor = [*events, *received.events], received.cursor
        if len(events) >= count:
            break
    return Received(events, cursor)


async def test_mails_from_before_the_first_start_are_left_to_people(fake: FakeMail) -> None:
    fake.patient = False
    fake.say(ANNA, "Старое письмо")
    await fake.delivered()
    channel = make(fake.settings())
    cursor = await start(channel)
    fake.say(ANNA, "Новое письмо")
    (event,) = (await news(channel, cursor)).events
    (said,) = channel.parse(event)
    assert isinstance(said, Said) and said.text == "Новое письмо" and said.peer == ANNA
    await channel.close()


async def test_what_was_not_stored_is_given_again_and_nothing_in_the_mailbox_changes(
    fake: FakeMail, channel: Channel
) -> None:
    cursor = await start(channel)
    fake.say(ANNA, "Раз")
    fake.say(ANNA, "Два")
    await fake.delivered()
    first = await news(channel, cursor, 2)
    again = await news(channel, cursor, 2)
    assert [channel.key(e) for e in first.events] == [channel.key(e) for e in again.events]
    assert not (await channel.receive(first.cursor)).events
    assert b"EXAMINE" in fake.log and not {b"SELECT", b"STORE", b"UID STORE", b"EXPUNGE"} & set(fake.log)


async def test_a_mail_that_makes_no_sense_does_not_block_the_others(fake: FakeMail, channel: Channel) -> None:
    cursor = await start(channel)
    fake.push(json.loads((ROWS / "malformed.json").read_text())["events"][0])
    fake.push({"source": ""})
    fake.say(ANNA, "Я за ними")
    await fake.delivered()
    *broken, good = (await news(channel, cursor, 3)).events
    for bad in broken:
        with pytest.raises(ValueError):
            channel.parse(bad)
    assert isinstance(channel.parse(good)[0], Said)


async def test_many_mails_come_in_batches_and_in_order(fake: FakeMail, channel: Channel) -> None:
    cursor = await start(channel)
    for number in range(45):
        fake.say(ANNA, f"Письмо {number}")
    await fake.delivered()
    assert len((await channel.receive(cursor)).events) == 20
    received = await news(channel, cursor, 45)
    assert [h.text for e in received.events for h in channel.parse(e) if isinstance(h, Said)] == [
        f"Письмо {n}" for n in range(45)
    ]


@pytest.mark.parametrize("idle", [True, False])
async def test_a_waiting_look_sees_a_mail_at_once(idle: bool) -> None:
    fake = FakeMail(PASSWORD, idle=idle)
    await fake.start()
    channel = make(fake.settings(), wait="0.5" if not idle else "28")
    cursor = await start(channel)
    look = asyncio.create_task(channel.receive(cursor))
    while (b"IDLE" if idle else b"UID SEARCH") not in fake.log:
        await asyncio.sleep(0.01)
    begun = time.monotonic()
    fake.say(ANNA, "Ау")
    assert len((await look).events) == 1
    assert time.monotonic() - begun < 20
    await channel.close()
    await fake.stop()


async def test_stopping_does_not_wait_for_mail(fake: FakeMail) -> None:
    channel = make(fake.settings(), wait="28")
    look = asyncio.create_task(channel.receive(await start(channel)))
    while b"IDLE" not in fake.log:
        await asyncio.sleep(0.01)
    begun = time.monotonic()
    look.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look
    await channel.close()
    assert time.monotonic() - begun < 20


async def test_a_renumbered_mailbox_is_read_again_from_the_last_days_and_nothing_counts_twice(
    fake: FakeMail, channel: Channel
) -> None:
    cursor = await start(channel)
    fake.push({"source": raw("Древнее", Date="Mon, 01 Jan 2024 10:00:00 +0300", Message_ID="<old@a>").decode()})
    fake.say(ANNA, "До переезда")
    await fake.delivered()
    before = await news(channel, cursor, 2)
    fake.renumber()
    await fake.refill()
    fake.say(ANNA, "После переезда")
    await fake.delivered()
    with pytest.raises(Retry):
        await channel.receive(before.cursor)
    after = await news(channel, before.cursor, 2)
    assert [h.text for e in after.events for h in channel.parse(e) if isinstance(h, Said)] == [
        "До переезда",
        "После переезда",
    ]
    assert channel.key(after.events[0]) == channel.key(before.events[1])
    assert after.cursor and before.cursor and after.cursor.split(":")[0] != before.cursor.split(":")[0]
    assert not (await channel.receive(after.cursor)).events


@pytest.mark.parametrize("kind", ["500", "cut", "timeout", "429"])
async def test_a_failing_imap_server_is_tried_again_and_loses_nothing(
    fake: FakeMail, channel: Channel, kind: str
) -> None:
    cursor = await start(channel)
    fake.say(ANNA, "Слышно?")
    await fake.delivered()
    fake.faults.append(Fault(kind, method="receive", after=2))
    with pytest.raises(Retry):
        await channel.receive(cursor)
    assert len((await news(channel, cursor)).events) == 1


async def test_a_wrong_password_or_folder_is_told_in_words(fake: FakeMail) -> None:
    for more, said in (({"password": "falsch"}, "не принимает адрес и пароль"), ({"folder": "Нет такой"}, "нет папки")):
        channel = make(fake.settings(), **more)
        with pytest.raises(Misconfigured) as error:
            await channel.open()
        assert said in error.value.words and "falsch" not in error.value.words + str(error.value)
        findings = await channel.check()
        assert findings[0].well is False and said in findings[0].text and "falsch" not in str(findings)
        await channel.close()


async def test_check_says_that_all_is_well(channel: Channel) -> None:
    assert [f.well for f in await channel.check()] == [True, True]


async def test_no_server_at_all_is_worth_another_try(fake: FakeMail) -> None:
    channel = make(fake.settings(), imap_port="1", smtp_port="1")
    with pytest.raises(Retry):
        await channel.receive(None)
    with pytest.raises(Retry):
        await channel.send(ANNA, Part("Привет"), 1)
    assert [f.well for f in await channel.check()] == [False, False]


# --- answers ------------------------------------------------------------------------------------------------------


async def test_an_answer_belongs_to_the_citizens_letter(fake: FakeMail, channel: Channel) -> None:
    cursor = await start(channel)
    source = raw("Где?", Subject="Паспорт", References="<0@mail.example>", Date="Sun, 22 Nov 2026 10:00:00 +0300")
    fake.push({"source": source.decode()})
    await news(channel, cursor)
    sent = await channel.send(ANNA, Part("Здравствуйте!\n\nАдрес: ул. Ленина, 1."), 2**62)
    (letter,) = fake.letters
    assert fake.sent[0].text == "Здравствуйте!\n\nАдрес: ул. Ленина, 1." and fake.sent[0].id == sent
    assert letter["Subject"] == "Re: Паспорт" and letter["In-Reply-To"] == "<1@mail.example>"
    assert letter["References"] == "<0@mail.example> <1@mail.example>"
    assert letter["Auto-Submitted"] == "auto-replied" and letter["To"].addresses[0].addr_spec == ANNA
    assert channel.parse(event(9, 9, letter.as_bytes())) == [Ignored("echo")]


async def test_the_same_key_makes_the_same_message_id_and_another_peer_another(
    fake: FakeMail, channel: Channel
) -> None:
    first = await channel.send(ANNA, Part("Раз"), 5)
    assert first == await channel.send(ANNA, Part("Раз"), 5)
    assert (
        len({first, await channel.send(ANNA, Part("Раз"), 6), await channel.send("b@mail.example", Part("Раз"), 5)})
        == 3
    )
    assert fake.letters[0]["Subject"] == "Ответ помощника „Моих документов“"


async def test_a_file_travels_with_its_words(fake: FakeMail, channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"%PDF-1.4 talon")
    await channel.send(ANNA, Part("Ваш талон", file=OutFile(tmp_path / "x", "Талон № 7.pdf", "application/pdf")), 5)
    assert fake.sent[0].file == ("Талон № 7.pdf", b"%PDF-1.4 talon") and fake.sent[0].text == "Ваш талон"


@pytest.mark.parametrize(
    "subject", ["=?utf-8?q?a=0D=0ABcc=3A_evil=40x.example?=", "a\u2028Bcc: x", "=?utf-8?b?DQpCY2M6IHg=?="]
)
async def test_a_hostile_subject_adds_no_header(fake: FakeMail, channel: Channel, subject: str) -> None:
    cursor = await start(channel)
    fake.push({"source": raw("Где?", Subject=subject, References="<a\x0bb> evil <c@d>\r\n <e@f>").decode()})
    await news(channel, cursor)
    await channel.send(ANNA, Part("Тут"), 5)
    assert set(fake.letters[0].keys()) == {
        "From", "To", "Subject", "Message-ID", "Date", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("429", "smtp_450"), ("500", "smtp_451"), ("timeout", "smtp_SMTPReadTimeoutError"), ("cut", "smtp_")],
)
async def test_a_failing_smtp_server_is_tried_again(fake: FakeMail, channel: Channel, kind: str, wanted: str) -> None:
    fake.faults.append(Fault(kind, after=2))
    with pytest.raises(Retry, match=f"^{wanted}") as error:
        await channel.send(ANNA, Part("Привет"), 5)
    # Only a server that spoke says for certain that the mail was not taken.
    assert bool(error.value.after) == (kind in ("429", "500")) and error.value.peer_only == (kind == "429")
    again = await channel.send(ANNA, Part("Привет"), 5)
    # After a cut nobody knows whether the mail was taken: it comes twice, under one Message-ID.
    assert [s.id for s in fake.sent] == [again] * (2 if kind == "cut" else 1)


async def test_refusals_are_told_apart(fake: FakeMail, channel: Channel) -> None:
    fake.blocked.add(ANNA)
    with pytest.raises(Blocked):
        await channel.send(ANNA, Part("Привет"), 5)
    with pytest.raises(Rejected):
        await channel.send("x@zen.spamhaus", Part("Привет"), 5)
    for peer, part in (
        (ANNA, Part("")),
        (ANNA, Part(" \n")),
        ("нет адреса", Part("Привет")),
        ("a@.b.example", Part("Привет")),
        ("a@b.example\r\nBcc: x@y.example", Part("Привет")),
        ("b@mail.example", Part("Выберите", rows=((Button("Да", "m1.0"),),))),
        ("b@mail.example", Part("Файл", file=OutFile(Path("/nowhere"), "a.pdf", "application/pdf"))),
        ("b@mail.example", Part("\ud800")),
    ):
        with pytest.raises(Rejected):
            await channel.send(peer, part, 5)
    assert not fake.sent
    for more in ({"password": "falsch"}, {"address": "other@line.example"}):
        with pytest.raises(Misconfigured) as error:
            await make(fake.settings(), **more).send(ANNA, Part("Привет"), 5)
        assert "falsch" not in f"{error.value!r}{error.value.words}"


async def test_typing_and_pressed_buttons_are_nothing_to_mail(channel: Channel) -> None:
    await channel.typing(ANNA)
    await channel.answered("что угодно")
    assert channel.webhook(HookCall({}, b"\xff")).status == 404


# --- files --------------------------------------------------------------------------------------------------------


async def test_attachments_are_fetched_also_by_another_process(fake: FakeMail, channel: Channel) -> None:
    cursor = await start(channel)
    mail = message_from_bytes(raw(""), policy=policy.default)
    mail.set_content("Справка и заявление")
    mail.add_attachment(b"%PDF-1.7 ...", maintype="application", subtype="pdf", filename="Справка.pdf")
    mail.add_attachment(b"PK\x03\x04 ...", maintype="application", subtype="octet-stream", filename="Заявление.docx")
    fake.push({"source": mail.as_string()})
    (said,) = channel.parse((await news(channel, cursor)).events[0])
    assert isinstance(said, Said) and [f.name for f in said.files] == ["Справка.pdf", "Заявление.docx"]
    later = make(fake.settings())
    pdf, docx = [b"".join([chunk async for chunk in later.fetch(file)]) for file in said.files]
    assert pdf.startswith(b"%PDF-") and docx.startswith(b"PK") and len(pdf) == said.files[0].size
    await later.close()


async def test_a_large_attachment_is_cut_off_just_above_the_limit(fake: FakeMail, channel: Channel) -> None:
    cursor = await start(channel)
    mail = message_from_bytes(raw(""), policy=policy.default)
    mail.set_content("Скан")
    mail.add_attachment(b"\xff\xd8\xff" + bytes(6_000_000), maintype="image", subtype="jpeg", filename="Скан.jpg")
    fake.push({"source": mail.as_string()})
    (event,) = (await news(channel, cursor)).events
    (said,) = channel.parse(event)
    assert isinstance(said, Said) and said.files[0].size == 6_000_003 and said.text == "Скан"
    assert len(json.dumps(event)) < 5_000, "the file itself stays in the mailbox"
    got = [len(chunk) async for chunk in channel.fetch(said.files[0])]
    assert channel.limits.fetch < sum(got) <= channel.limits.fetch + 65536


async def test_of_a_giant_mail_the_words_are_read_and_the_size_is_known(fake: FakeMail, channel: Channel) -> None:
    cursor = await start(channel)
    fake.push(json.loads((ROWS / "file_too_big.json").read_text())["events"][0])
    await fake.delivered()
    (event,) = (await news(channel, cursor)).events
    (said,) = channel.parse(event)
    assert isinstance(said, Said) and said.text == "Скан договора целиком"
    assert said.files[0].size == 25 * 1024 * 1024 and len(json.dumps(event)) < 200_000


@pytest.mark.parametrize(
    "place", ["1:101:1", "", "a:b:c", "-1:0:0", "1:2:3:4", "{validity}:999:1", "{validity}:101:99"]
)
async def test_a_file_that_is_not_there_is_refused(fake: FakeMail, channel: Channel, place: str) -> None:
    cursor = await start(channel)
    fake.say(ANNA, "Без вложений")
    await fake.delivered()
    with pytest.raises(Rejected):
        _ = [c async for c in channel.fetch(RemoteFile(place.format(validity=cursor.split(":")[0])))]


# --- settings -----------------------------------------------------------------------------------------------------


def test_no_address_no_channel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert build(None, "") is None
    (tmp_path / ".env").write_text("OTKLIK_EMAIL_ADDRESS=\nOTHER=1\n")
    assert build(tmp_path / ".env", "") is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("address", "мфц", "ADDRESS"),
        ("address", "a@b.example\nBcc: x", "ADDRESS"),
        ("password", "пароль", "PASSWORD"),
        ("imap_host", "", "IMAP_HOST"),
        ("imap_host", "imap.mail.example", "SECURITY=none"),
        ("smtp_host", "smtp.mail.example", "SECURITY=none"),
        ("security", "starttls", "143 и 587"),
        ("security", "ssl", "SECURITY"),
        ("imap_port", "99999", "IMAP_PORT"),
        ("wait", "600", "WAIT"),
        ("name", "a\nb", "NAME"),
    ],
)
def test_settings_that_cannot_be_are_told_in_words(name: str, value: str, said: str) -> None:
    with pytest.raises(Misconfigured) as error:
        make(FAKE_SETTINGS, **{name: value})
    assert said in error.value.words and PASSWORD not in f"{error.value!r}{error.value.words}"


def test_the_password_is_in_no_repr() -> None:
    assert PASSWORD not in repr(vars(make(FAKE_SETTINGS)))


# --- encryption ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody knows, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["tls", "starttls"])
async def secure(request: pytest.FixtureRequest, certificate: Path) -> AsyncIterator[FakeMail]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = FakeMail(PASSWORD, tls=context, starttls=request.param == "starttls")
    await server.start()
    yield server
    await server.stop()


async def test_over_tls_mails_come_and_go(secure: FakeMail, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    channel = make(secure.settings(), timeout="5")
    await channel.open()
    cursor = await start(channel)
    secure.say(ANNA, "Тайно")
    assert len((await news(channel, cursor)).events) == 1
    await channel.send(ANNA, Part("Ответ"), 5)
    assert secure.sent[0].text == "Ответ"
    await channel.close()


async def test_an_unknown_certificate_is_refused_on_both_sides(secure: FakeMail) -> None:
    channel = make(secure.settings(), timeout="5")
    with pytest.raises(Misconfigured, match=r"(?i)cert"):
        await channel.receive(None)
    with pytest.raises(Misconfigured, match=r"(?i)cert"):
        await channel.send(ANNA, Part("Ответ"), 5)
    assert all(f.well is False and "Сертификат" in f.text for f in await channel.check())
    assert not secure.sent

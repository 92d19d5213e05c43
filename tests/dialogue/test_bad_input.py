"""What people and machines send that nobody asked for: each gets a clear kind answer, and nothing is lost or given away."""

from __future__ import annotations

import itertools
import re
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from cryptography.fernet import Fernet

from bot.services.appointments.reminders import Reminders
from bot.services.appointments.schedule import Schedule
from bot.services.appointments.sql import SqlAppointments
from bot.store import Store, Vault
from tests.dialogue.moments import CONTENT, placeholders
from tests.live import LiveStack, Talk

NewTalk = Callable[[], Talk]

FAULT = re.compile(
    r"traceback|exception|error|none\b|null|undefined|keyerror|\bpython\b|\.py\b|\{\w+\}|utter_|action_|http \d|nan\b",
    re.I,
)
APOLOGY = "не получилось ответить"
"""The words for a fault of ours; nothing a citizen sends may lead to them."""
STATE = "Одобрено"


def kind(talk: Talk, answer: str) -> str:
    """The answer, after a look that it is Russian, holds no trace of machinery and is not the apology for a fault."""
    assert re.search(r"[а-яё]{3}", answer, re.I), answer
    assert not FAULT.search(answer), answer
    assert APOLOGY not in answer, answer
    assert all(b["title"].strip() for b in talk.buttons)
    return answer


WORDLESS = {
    "empty": "",
    "blank": "   \n\t ",
    "emoji": "🙂🙂🙂",
    "dots": "...",
    "question marks": "???",
    "zero-width": "\u200b\u200b\u2060",
    "control characters": "\x00\x07\x1b",
}


@pytest.mark.parametrize("text", WORDLESS.values(), ids=WORDLESS.keys())
def test_a_message_without_words_is_answered_with_an_example(talk: NewTalk, text: str) -> None:
    anna = talk()
    assert "без слов" in kind(anna, anna.say(text))


MEANS_BOOKING = {
    "wrong layout": "pfgbcfnmcz yf ghbtv",
    "look-alike letters": "3апиcaться нa пpиeм",
    "zero-width inside": "за\u200bпи\u200bсать\u200bся на при\u200bём",
    "NUL inside": "запись\x00 на приём",
    "right-to-left override": "\u202eзаписаться на приём\u202c",
    "markup": "<b>хочу записаться</b> <img src=x onerror=alert(1)>",
    "capitals": "ЗАПИСАТЬСЯ НА ПРИЁМ!!!",
    "slash": "/записаться на приём",
}


@pytest.mark.parametrize("text", MEANS_BOOKING.values(), ids=MEANS_BOOKING.keys())
def test_a_wish_is_understood_through_the_noise(talk: NewTalk, text: str) -> None:
    anna = talk()
    assert "на какую услугу" in kind(anna, anna.say(text)).lower()


STRANGE = {
    "script": "<script>alert(document.cookie)</script>",
    "SQL": "'; DROP TABLE messages; --",
    "SQL or": "1' OR '1'='1",
    "template": "{{7*7}} ${7*7} {service} %s",
    "JSON": '{"intent": "affirm"}',
    "payload by hand": '/inform{"service":"x"}',
    "restart": "/restart",
    "session": "/session_start",
    "digits": "7" * 300,
    "one letter": "ы",
    "random keys": "ывапролджэ йцукен",
    "english": "what is the weather like on mars",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_what_means_nothing_is_answered_kindly(talk: NewTalk, text: str) -> None:
    anna = talk()
    answer = kind(anna, anna.say(text))
    assert "<script" not in answer
    assert "DROP TABLE" not in answer


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_what_means_nothing_does_not_break_a_form(talk: NewTalk, text: str) -> None:
    anna = talk()
    anna.say("записаться на снилс")
    kind(anna, anna.say(text))
    assert "на какой день" in anna.say("записаться на снилс на ленина").lower()


def test_a_very_long_message_is_cut_with_a_note(talk: NewTalk) -> None:
    anna = talk()
    answer = kind(anna, anna.say("хочу записаться на приём " * 4000))
    assert "очень длинное" in answer
    assert "на какую услугу" in answer.lower()


def test_100_kilobytes_of_one_letter(talk: NewTalk) -> None:
    anna = talk()
    assert "очень длинное" in kind(anna, anna.say("а" * 100_000))


def test_operator_typed_as_a_command_is_a_wish_for_a_human(talk: NewTalk) -> None:
    anna = talk()
    assert "специалист" in kind(anna, anna.say("/operator"))


# Buttons


FORGED = {
    "hostile service": '/book_appointment{"service":"../../etc/passwd"}',
    "SQL in a service": '/book_appointment{"service":"snils\\"; DROP TABLE"}',
    "unknown centre": '/inform{"centre":"nowhere"}',
    "unknown situation": '/inform{"situation":"nowhere"}',
    "unknown form": '/submit_application{"form":"nowhere"}',
    "nothing to pay for": '/pay_duty{"service":"nowhere"}',
    "service of another type": '/ask_documents{"service":["a"]}',
    "date that is none": '/inform{"date":"abc"}',
    "unknown intent": "/nonsense",
    "an action": "/action_listen",
    "restart": "/restart",
    "back": "/back",
    "not a payload": '{"a":1}',
    "broken JSON": '/inform{"service":',
    "someone's case": '/inform{"case_number":"2/2/134660"}',
    "someone's visit": '/cancel_appointment{"appointment":"ТЛ-2026-000001"}',
}


def pressed(talk: Talk, payload: str) -> str:
    """Press a button that was never offered."""
    return talk._post({"choice": payload})


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED.keys())
def test_a_forged_button_is_harmless(talk: NewTalk, payload: str) -> None:
    anna = talk()
    assert STATE not in kind(anna, pressed(anna, payload))
    assert "здравствуйте" in anna.say("здравствуйте").lower() or anna.buttons


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED.keys())
def test_a_forged_button_in_a_form_is_harmless(talk: NewTalk, payload: str) -> None:
    anna = talk()
    anna.say("записаться на снилс")
    kind(anna, pressed(anna, payload))
    assert "на какой день" in anna.say("записаться на снилс на ленина").lower()


def test_a_button_pressed_twice_counts_once(talk: NewTalk) -> None:
    anna = talk()
    anna.say(f"записаться на снилс на ленина {placeholders()['day']} в 10:00")
    first = anna.press("Согласиться")
    second = pressed(anna, "/give_consent")
    assert "фамилию, имя" in kind(anna, first)
    assert "фамилию, имя" in kind(anna, second)
    assert "номер телефона" in anna.say("Смирнова Анна Петровна").lower()


def test_a_button_of_an_older_question_is_answered(talk: NewTalk) -> None:
    anna = talk()
    anna.say("записаться на снилс")
    old = next(b["payload"] for b in anna.buttons if "Ленина" in b["title"])
    anna.say("стоп")
    kind(anna, pressed(anna, old))


# Dates


def test_a_day_that_does_not_exist(talk: NewTalk) -> None:
    anna = talk()
    anna.say("записаться на снилс на ленина")
    answer = kind(anna, anna.say("31 февраля"))
    assert "такого дня" in answer.lower()
    assert "на какой день" in answer.lower()


def test_a_day_that_has_passed(talk: NewTalk) -> None:
    anna = talk()
    anna.say("записаться на снилс на ленина")
    past = datetime.now(UTC) - timedelta(days=2)
    answer = kind(anna, anna.say(f"{past:%d.%m.%Y}"))
    assert "прош" in answer.lower()
    assert "на какой день" in answer.lower()


def test_a_day_off(talk: NewTalk) -> None:
    anna = talk()
    anna.say("записаться на снилс на ленина")
    answer = kind(anna, anna.say(placeholders()["closed_day"]))
    assert "не работает" in answer
    assert "на какой день" in answer.lower()


def test_a_day_too_far_ahead(talk: NewTalk) -> None:
    anna = talk()
    anna.say("записаться на снилс на ленина")
    far = datetime.now(UTC) + timedelta(days=200)
    answer = kind(anna, anna.say(f"{far:%d.%m.%Y}"))
    assert "ещё не открыта" in answer
    assert "на какой день" in answer.lower()


async def test_a_fully_booked_day(talk: NewTalk, database: Path) -> None:
    day = await fill_a_day(database, "snils", "mfc_borovoe")
    anna = talk()
    anna.say("записаться на снилс в боровом")
    answer = kind(anna, anna.say(f"{day:%d.%m.%Y}"))
    assert "мест уже нет" in answer
    assert "на какой день" in answer.lower()
    assert f"{day:%d.%m}" not in " ".join(b["title"] for b in anna.buttons)


async def fill_a_day(database: Path, service: str, centre: str) -> date:
    """Hold every place of the first day with any, as five minutes of very many citizens would."""
    files = (CONTENT / f"{n}.yml" for n in ("centres", "services", "region", "calendar"))
    schedule = Schedule.from_content(*(yaml.safe_load(f.read_text("utf-8")) for f in files))
    store, vault = Store(f"sqlite+aiosqlite:///{database}"), Vault(Fernet.generate_key())
    texts = yaml.safe_load((CONTENT / "appointments.yml").read_text("utf-8"))
    appointments = SqlAppointments(store, vault, lambda: datetime.now(UTC), schedule, Reminders(texts, vault))
    try:
        today = datetime.now(UTC).date()
        day = next(d.date for d in await appointments.days(service, centre, today + timedelta(days=2), 20) if d.free)
        while free := await appointments.times(service, centre, day):
            for slot in free:
                for _ in range(slot.free):
                    await appointments.hold(f"crowd-{uuid.uuid4().hex[:12]}", service, centre, slot.start)
        return day
    finally:
        await store.close()


# Other people's things


def test_an_unknown_case_number(talk: NewTalk) -> None:
    anna = talk()
    anna.say("проверить статус заявления 9/9/999999")
    anna.say("да")
    answer = kind(anna, anna.say("Ясноцветова"))
    assert "ничего не нашла" in answer


def test_somebody_elses_application_is_never_shown_and_five_wrong_proofs_lock(talk: NewTalk) -> None:
    thief = talk()
    thief.say("проверить статус заявления 1/7/090415")
    thief.say("да")
    for left, surname in zip((4, 3, 2, 1), ("Иванов", "Петров", "Сидоров", "Кузнецов"), strict=True):
        answer = kind(thief, thief.say(surname))
        assert "ничего не нашла" in answer
        assert f"осталось попыток: {left}" in answer.lower()
    assert "проверка закрыта" in kind(thief, thief.say("Попов"))
    for answer in (thief.say("проверить статус заявления 1/7/090415"), thief.say("Лугоморов")):
        assert STATE not in kind(thief, answer)
        assert "выдач" not in answer


def test_an_unknown_number_and_a_wrong_proof_are_told_alike(talk: NewTalk) -> None:
    answers = []
    for number in ("9/9/888888", "2/2/134660"):
        anna = talk()
        anna.say(f"проверить статус заявления {number}")
        anna.say("да")
        answers.append(kind(anna, anna.say("Неверный")).replace(number, "N"))
    assert answers[0] == answers[1]


def test_a_form_is_left_for_a_lock_without_a_dead_end(talk: NewTalk) -> None:
    anna = talk()
    anna.say("проверить статус заявления 9/9/777777")
    anna.say("да")
    kind(anna, anna.say("Неверный"))
    assert "остановились" in anna.say("стоп")
    assert "8:00" in anna.say("до скольки работает центр на ленина")


# Much at once

ANSWERED_BY = {
    "здравствуйте": "Здравствуйте|Добрый день",
    "какие документы на снилс": "СНИЛС",
    "спасибо": "Рада помочь|Пожалуйста",
}
SEPARATOR = " / "


def test_thirty_messages_in_a_row_are_all_answered_in_order(live: LiveStack) -> None:
    user = f"flood-{uuid.uuid4().hex[:8]}"
    asked = list(itertools.islice(itertools.cycle(ANSWERED_BY), 30))
    told: dict[int, tuple[str, str]] = {}

    def send(index: int) -> None:
        with httpx.Client(base_url=live.url, headers={"X-API-Key": live.key}, timeout=90) as client:
            body = {"text": asked[index], "message_id": f"m{index}"}
            data = client.post(f"/api/v1/conversations/{user}/messages", json=body).json()
            told[data["received"]] = (asked[index], SEPARATOR.join(m["text"] for m in data["messages"]))

    senders = [threading.Thread(target=send, args=(index,)) for index in range(len(asked))]
    for sender in senders:
        sender.start()
        time.sleep(0.02)
    for sender in senders:
        sender.join(90)
    assert len(told) == len(asked)
    for text, answer in told.values():
        assert re.search(ANSWERED_BY[text], answer), (text, answer)
        assert not FAULT.search(answer), answer
    # Which of two came first is the network's affair; from then on the order is kept.
    seen = history(live, user)
    assert [m["text"] for m in seen if m["author"] == "citizen"] == [told[received][0] for received in sorted(told)]
    answered = [text for m in seen if m["author"] != "citizen" and (text := str(m["text"]))]
    assert answered == [text for received in sorted(told) for text in told[received][1].split(SEPARATOR)]


def test_the_same_message_twice_counts_once(live: LiveStack) -> None:
    user = f"twice-{uuid.uuid4().hex[:8]}"
    with httpx.Client(base_url=live.url, headers={"X-API-Key": live.key}, timeout=60) as client:
        body = {"text": "здравствуйте", "message_id": "same"}
        first, second = (client.post(f"/api/v1/conversations/{user}/messages", json=body).json() for _ in range(2))
    assert [m["id"] for m in first["messages"]] == [m["id"] for m in second["messages"]]
    assert len([m for m in history(live, user) if m["author"] == "citizen"]) == 1


def history(stack: LiveStack, user: str) -> list[dict[str, object]]:
    url = f"{stack.url}/api/v1/conversations/{user}/messages?limit=200"
    found: list[dict[str, object]] = httpx.get(url, headers={"X-API-Key": stack.key}, timeout=30).json()["messages"]
    return found


# Logs


def test_logs_hold_no_personal_data(live: LiveStack, talk: NewTalk) -> None:
    anna = talk()
    anna.say(f"записаться на снилс на ленина {placeholders()['day']} в 11:00")
    anna.say("да")
    anna.say("Негласимова Аполлинария Евграфовна")
    anna.say("8 931 707-61-43")
    assert "Негласимова" in anna.replies[-1]["text"]
    pressed(anna, '/book_appointment{"service":"nowhere"}')
    anna.say("112-233-445 95 моя почта appolinaria@example.ru")
    logs = [p.read_text("utf-8", "replace") for p in live.folder.glob("*.log")]
    assert any(logs)
    for secret in ("Негласимов", "негласимов", "9317076143", "707-61-43", "112-233-445", "appolinaria"):
        assert not any(secret in log for log in logs), secret


# Rasa away


def test_a_message_while_rasa_is_down_is_kept_and_answered(tmp_path: Path) -> None:
    stack = LiveStack(tmp_path)
    stack.start()
    try:
        anna = Talk(stack, "anna")
        anna.say("записаться на снилс")
        stack.kill_rasa()
        answer = anna.say("на ленина")
        assert not FAULT.search(answer), answer
        deadline = time.monotonic() + 20
        while not any("сохранено" in str(m["text"]) for m in history(stack, "anna")):
            assert time.monotonic() < deadline, "nobody told the citizen that the message is kept"
            time.sleep(0.3)
        stack.restart_rasa()
        deadline = time.monotonic() + 60
        while not any("На какой день" in str(m["text"]) for m in history(stack, "anna")):
            assert time.monotonic() < deadline, "the message was not answered when Rasa came back"
            time.sleep(0.5)
        assert "во сколько" in anna.say(placeholders()["day"]).lower()
    finally:
        stack.stop()

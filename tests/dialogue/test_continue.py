"""A channel without personal data, end to end: what is refused there, the link out of it, and the conversation going on."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from actions.private import withhold
from actions.turn import Turn, payload
from app.compose import widget_secret
from app.problems import Problem
from app.settings import load
from bot.services.consents.tables import ConsentRow
from bot.store import journal
from bot.store.conversations import ConversationRow, MessageRow
from bot.turns import Accepted
from channels.widget.sessions import Sessions
from channels.widget.settings import WidgetSettings
from channels.wire import conversation_of_user
from tests.dialogue.moments import placeholders
from tests.house import ChannelTalk, House

WHY = "закон не разрешает"
PERSONAL = ("фамилию", "ваш телефон", "номер телефона", "на какой номер", "кодовое слово", "согласие на обработку")


class Widget:
    """A browser with a widget: its session, and its line as the citizen reads it."""

    def __init__(self, house: House) -> None:
        self._http = httpx.Client(base_url=house.url, headers={"Origin": house.url}, timeout=60)
        self._http.post("/widget/session").raise_for_status()
        user = house.do(_whose(house, self._http.cookies))
        self.talk = house.talk("widget", user)
        self._house = house

    def follow(self, token: str) -> httpx.Response:
        """Open a one-time link."""
        return self._http.post("/widget/continue", json={"token": token})

    def arrive(self, token: str) -> str:
        """Open a link that counts, and read what the robot says to it."""
        answer = self.follow(token)
        assert answer.status_code == 200 and answer.json() == {"ok": True}, answer.text
        return self.answer()

    def answer(self) -> str:
        """The robot's answer to the latest message, once its turn is over."""

        async def settled() -> Any:
            assistant = self._house.assistant
            while True:
                async with assistant.store.read() as session:
                    row = await conversation_of_user(session, "widget", self.talk.user)
                    if row is not None and await journal.is_answered(session, row.id):
                        said = await journal.history(session, assistant.vault, row.id)
                        last = max(m.seq for m in said if m.author == "citizen")
                        return row.id, [m.body for m in said if m.seq > last]
                await assistant.turns.wait(await self._accepted(row), 5)

        self.talk.conversation, self.talk.replies = self._house.do(settled())
        return self.talk.text

    async def _accepted(self, row: ConversationRow) -> Accepted:
        async with self._house.assistant.store.read() as session:
            mine = MessageRow.conversation_id == row.id
            newest = select(func.max(MessageRow.seq)).where(mine, MessageRow.author == "citizen")
            return Accepted(row.id, await session.scalar(newest) or 0, False)


async def _whose(house: House, cookies: Any) -> str:
    user = Sessions(WidgetSettings(secret=widget_secret(house.assistant.vault))).user(cookies)
    assert user is not None
    return user


@pytest.fixture
def widget(house: House) -> Widget:
    return Widget(house)


@pytest.fixture
def telegram(house: House) -> ChannelTalk:
    return house.talk("telegram")


def up_to_the_time(talk: ChannelTalk) -> str:
    """Book until the robot would ask for the consent."""
    talk.say("запишите меня на замену паспорта на ленина")
    talk.say(placeholders()["day"])
    return talk.say(talk.buttons[0]["title"])


def test_a_booking_goes_on_in_the_widget_where_it_stopped(telegram: ChannelTalk, widget: Widget) -> None:
    refusal = up_to_the_time(telegram)
    assert WHY in refusal and "122" in refusal
    assert not any(p in refusal.lower() for p in PERSONAL)
    assert [b["title"] for b in telegram.buttons] == ["Продолжить на сайте", "Продолжить во ВКонтакте"]
    assert "active_loop" not in telegram.tracker() or not telegram.tracker()["active_loop"].get("name")
    documents = telegram.say("какие документы нужны на замену паспорта?")
    assert "паспорт" in documents.lower() and WHY not in documents
    token = next(b["url"] for b in _answer(telegram, refusal) if "#otk=" in b["url"]).partition("#otk=")[2]

    asked = widget.arrive(token)
    assert "Продолжаем здесь" in asked and "согласи" in asked.lower()
    slots = widget.talk.slots
    assert slots["service"] == "passport_replacement" and {"centre", "appointment_day", "appointment_time"} <= set(
        slots
    )
    assert "Кто придёт" in widget.talk.press("Согласиться")
    assert "телефон" in widget.talk.say("Ясноцветова Мария Петровна")
    summary = widget.talk.say("8 916 123-45-67")
    assert placeholders()["day"] in summary and "Всё верно" in summary
    assert re.search(r"ТЛ-\d{4}-\d{6}", widget.talk.say("да"))

    # One citizen now, and not a word of her in the messenger.
    assert WHY in telegram.say("на когда я записана?")
    greeting = telegram.say("привет")
    assert "Мария" not in greeting and "робот-помощник" in greeting
    assert WHY in up_to_the_time(telegram), "the consent given in the widget does not open the messenger"
    assert "Мария" in widget.talk.say("здравствуйте")


def _answer(talk: ChannelTalk, text: str) -> list[dict[str, Any]]:
    """The buttons of an earlier answer, out of the tracker."""
    events = [e for e in talk.tracker()["events"] if e["event"] == "bot" and e.get("text") == text]
    return list(events[-1]["data"]["buttons"])


def test_a_link_counts_once_and_says_so(telegram: ChannelTalk, house: House, widget: Widget) -> None:
    telegram.say("перезвоните мне завтра в 12")
    token = telegram.link()
    assert "На какой номер" not in widget.arrive(token)
    assert widget.follow(token).status_code == 200, "a repeat by the winner"
    refused = Widget(house).follow(token)
    assert refused.status_code == 410 and "одноразовая" in refused.json()["text"]
    assert Widget(house).follow("A" * 59).status_code == 410


def test_a_callback_keeps_its_time(telegram: ChannelTalk, widget: Widget) -> None:
    telegram.say("перезвоните мне завтра в 12:00")
    widget.arrive(telegram.link())
    assert widget.talk.slots["callback_time"].endswith("T12:00")
    widget.talk.press("Согласиться")
    assert "12:00" in widget.talk.say("89161234567")


def test_a_running_form_of_the_widget_gives_way(telegram: ChannelTalk, widget: Widget) -> None:
    up_to_the_time(telegram)
    token = telegram.link()
    widget.talk.say("во дворе на Садовой 12 не вывозят мусор")
    asked = widget.arrive(token)
    assert "согласи" in asked.lower()
    assert widget.talk.tracker()["active_loop"]["name"] == "appointment_form"
    assert "problem_details" not in widget.talk.slots


def test_a_forged_continuation_finds_nothing(house: House) -> None:
    talk = house.talk("widget")
    assert "чистого листа" in talk.send(kind="choice", payload=payload("inform", choice="continue"))
    talk.say("запишите меня на замену паспорта")
    assert "чистого листа" in talk.send(kind="choice", payload=payload("inform", choice="continue"))
    assert talk.say("какие документы нужны на замену паспорта?")


@pytest.mark.parametrize(
    ("wish", "scenario"),
    [
        ("где моё заявление 2/2/134660, фамилия Ясноцветова", "status_form"),
        ("перенесите мою запись", "reschedule_form"),
        ("отмените мою запись", "cancel_form"),
        ("на когда я записана", "action_my_appointments"),
        ("хочу подать на адресную помощь", "application_form"),
        ("перезвоните мне", "callback_form"),
        ("хочу видеоконсультацию", "action_request_video"),
        ("какие согласия я давал", "action_show_consents"),
        ("отзываю согласие на обработку персональных данных", "withdraw_form"),
        ("даю согласие на уведомления", "consent_form"),
        ("удалите мои данные", "deletion_form"),
    ],
)
def test_what_needs_personal_data_is_refused_before_it_is_asked(
    telegram: ChannelTalk, house: House, wish: str, scenario: str
) -> None:
    reply = telegram.say(wish)
    assert WHY in reply, reply
    assert not any(p in reply.lower() for p in PERSONAL), reply
    assert "Записей впереди у вас нет" not in reply and "согласий у вас нет" not in reply
    assert telegram.link()
    assert not telegram.tracker()["active_loop"].get("name")
    assert not {"person_name", "phone", "case_proof"} & set(telegram.slots)
    widget = Widget(house)
    asked = widget.arrive(telegram.link())
    assert "чистого листа" not in asked and WHY not in asked
    loop = widget.talk.tracker()["active_loop"].get("name")
    assert (
        loop == scenario
        or not scenario.endswith("_form")
        or scenario in ("reschedule_form", "cancel_form", "withdraw_form")
    )


def test_a_status_number_travels_and_its_proof_does_not(telegram: ChannelTalk, widget: Widget) -> None:
    telegram.say("где моё заявление 2/2/134660, фамилия Ясноцветова")
    assert "не присылайте" not in telegram.text, "one surname alone proves nothing and is simply not taken"
    widget.arrive(telegram.link())
    assert widget.talk.slots["case_number"] == "2/2/134660"
    assert "фамили" in widget.talk.press("Согласиться").lower()


def test_an_anonymous_complaint_is_taken_and_a_named_one_shown_the_way(telegram: ChannelTalk, widget: Widget) -> None:
    telegram.say("во дворе на Садовой 12 третью неделю не вывозят мусор")
    asked = telegram.press("Добавить нечего")
    assert WHY in asked.lower() and "анонимно" in asked.lower()
    token = telegram.link()
    assert "Верно" in telegram.press("Анонимно")
    assert re.search(r"ОБ-\d{4}-\d{6}", telegram.say("да"))
    contact = widget.arrive(token)
    assert "Оставите имя и телефон" in contact
    assert "Садовой" in widget.talk.slots["problem_text"]


def test_data_typed_all_the_same_is_not_taken(telegram: ChannelTalk, house: House) -> None:
    telegram.say("запишите меня на замену паспорта на ленина")
    reply = telegram.say("Ясноцветова Мария Петровна, 8 916 123-45-67")
    assert "не присылайте" in reply and reply.count("не присылайте") == 1
    assert "На какой день" in reply, "the form asks its question again"
    assert not {"person_name", "phone"} & set(telegram.slots)
    telegram.say("стоп")
    reply = telegram.say("мой снилс 112-233-445 95")
    assert "не присылайте" in reply and reply.count("не присылайте") == 1
    reply = telegram.say("во дворе на Садовой 12 не вывозят мусор, звоните 89161234567")
    assert "не присылайте" in reply
    assert "9161234567" not in str(telegram.slots)


def test_reference_questions_are_answered(telegram: ChannelTalk) -> None:
    for question in (
        "как работает центр на ленина",
        "сколько стоит загранпаспорт",
        "что значит передано на выдачу в огв",
    ):
        reply = telegram.say(question)
        assert WHY not in reply and len(reply) > 30, reply


def test_a_private_operator_lifts_it_by_a_setting(house: House) -> None:
    channels = house.assistant.services.personal_data_channels
    assert "telegram" not in channels and {"widget", "portal", "vk", "max"} <= channels
    talk = house.talk("viber")
    assert "согласи" in up_to_the_time(talk).lower()
    talk.press("Согласиться")
    talk.say("Ясноцветова Мария Петровна")
    talk.say("8 916 123-45-67")
    assert re.search(r"ТЛ-\d{4}-\d{6}", talk.say("да"))
    assert "Вы записаны" in talk.say("на когда я записана?")


def test_links_into_messengers_are_checked_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "OTKLIK_CONTINUE_IN", "vk=https://vk.me/club1?ref=otk-{token}, max=https://max.ru/b?start={token}"
    )
    assert load().continue_in == {
        "vk": "https://vk.me/club1?ref=otk-{token}",
        "max": "https://max.ru/b?start={token}",
    }
    for wrong in ("vk", "vk=https://vk.me/club1", "vk=http://vk.me/{token}", "=https://vk.me/{token}"):
        monkeypatch.setenv("OTKLIK_CONTINUE_IN", wrong)
        with pytest.raises(Problem, match="OTKLIK_CONTINUE_IN"):
            load()


class _Message:
    def __init__(self, text: str, channel: str) -> None:
        self.sender_id = "s"
        self.latest_message = {"text": text, "metadata": {"channel": channel, "words": text}}


@pytest.mark.parametrize(
    ("text", "kept", "only"),
    [
        ("мой телефон 8 (916) 123-45-67", "мой телефон •••••••••••••••••", True),
        ("СНИЛС 112-233-445 95", "СНИЛС ••••••••••••••", True),
        ("паспорт 7302 123456", "паспорт •••••••••••", True),
        ("пишите на anna@mail.ru, течёт крыша", "пишите на ••••••••••••, течёт крыша", False),
        ("дело ЗЯ-2026-000123 готово?", "дело ЗЯ-2026-000123 готово?", False),
        ("2/2/134660", "2/2/134660", False),
        ("завтра 25.11.2026 в 10:30", "завтра 25.11.2026 в 10:30", False),
        ("дом 12 корпус 3 квартира 45", "дом 12 корпус 3 квартира 45", False),
    ],
)
def test_numbers_and_addresses_of_people_are_blotted_out(text: str, kept: str, only: bool) -> None:
    turn = withhold(Turn.of(_Message(text, "telegram")))  # type: ignore[arg-type]
    assert (turn.words, turn.only_private) == (kept, only)
    assert turn.withheld == (kept != text)


def test_no_consent_was_ever_given_in_the_messenger(house: House) -> None:
    async def channels() -> set[str]:
        async with house.assistant.store.read() as session:
            return set(await session.scalars(select(ConsentRow.channel)))

    assert "telegram" not in house.do(channels())

"""What messengers add to a conversation, on the trained model: forwarded words, places, old buttons, a database that goes away."""

from __future__ import annotations

import threading

from sqlalchemy import text

from bot.messages import Attachment
from bot.robot import NEW_SESSION_EVERY
from tests.house import House


def test_a_forwarded_message_answers_no_question(house: House) -> None:
    talk = house.talk("vk")
    talk.say("хочу записаться на замену паспорта")
    asked = talk.slots
    said = talk.say("центр на Ленина, завтра в 10:00, Петров Пётр Петрович", forwarded=True)
    assert "ересланное" in said
    assert {k: v for k, v in talk.slots.items() if k in ("centre", "appointment_date", "full_name")} == {
        k: v for k, v in asked.items() if k in ("centre", "appointment_date", "full_name")
    }
    assert talk.slots["requested_slot"] == asked["requested_slot"]


def test_a_forwarded_message_may_be_asked_about(house: House) -> None:
    talk = house.talk("vk")
    assert "выда" in talk.say("что значит статус «передано на выдачу в ОГВ»", forwarded=True).lower()


def test_a_place_alone_gets_the_nearest_centre_with_its_address(house: House) -> None:
    talk = house.talk("max")
    said = talk.send(kind="location", location=(54.3390, 43.8630))
    assert "Ближайший к вам" in said and "Заречная" in said and "км" in said


def test_a_place_answers_the_question_for_the_centre(house: House) -> None:
    talk = house.talk("max")
    talk.say("хочу записаться на замену паспорта")
    assert talk.slots["requested_slot"] == "centre"
    talk.send(kind="location", location=(54.3390, 43.8630))
    assert talk.slots["centre"] == "mfc_left_bank"


def test_an_old_yes_does_not_confirm_a_new_question(house: House) -> None:
    talk = house.talk("vk")
    talk.say("здравствуйте")
    talk.say("хочу записаться на замену паспорта")
    before = talk.slots
    said = talk.send(kind="choice", text="Да", payload="/affirm", offered_in=1)
    assert "прежнего вопроса" in said
    assert talk.slots["requested_slot"] == before["requested_slot"]
    assert talk.buttons, "what is on offer now stands below again"


def test_a_sticker_or_a_refused_file_in_a_form_leaves_the_question_open(house: House) -> None:
    talk = house.talk("vk")
    talk.say("хочу записаться на замену паспорта")
    offered = talk.buttons
    talk.say("🦄")
    talk.send(kind="file", problem="Файл больше 5 МБ.")
    talk.say("код связи")
    assert talk.buttons == offered
    talk.say("2")
    assert talk.slots["centre"] == "mfc_left_bank"


def test_a_wish_behind_an_old_button_is_still_a_wish(house: House) -> None:
    talk = house.talk("vk")
    talk.say("здравствуйте")
    talk.say("хочу записаться на замену паспорта")
    said = talk.send(kind="choice", text="Позвать специалиста", payload="/request_operator", offered_in=1)
    assert "прежнего вопроса" not in said and said


def test_all_photos_of_an_album_join_the_complaint(house: House) -> None:
    talk = house.talk("vk")
    talk.say("во дворе на Садовой 12 третью неделю не вывозят мусор")
    photos = tuple(Attachment(f"{n}.jpg", "image/jpeg", 100, f"{n:032x}") for n in range(3))
    talk.send(kind="file", attachments=photos)
    assert len(talk.slots["ticket_files"]) == 3


def test_a_turn_that_lost_the_database_is_run_again(house: House) -> None:
    """The table is away while the action runs: Rasa takes the turn back, and the citizen gets the answer, not an excuse."""
    store = house.assistant.store
    talk = house.talk("vk")
    talk.say("здравствуйте")

    async def rename(old: str, new: str) -> None:
        async with store.write() as session:
            await session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    house.do(rename("incidents", "incidents_away"))
    back = threading.Timer(1.5, lambda: house.do(rename("incidents_away", "incidents")))
    back.start()
    said = talk.say("когда дадут воду на Садовой улице?")
    if "короткий перерыв" in said:
        said = talk.say("когда дадут воду на Садовой улице?")
    back.join()
    assert "Садов" in said
    tracker = talk.tracker()
    assert [e["event"] for e in tracker["events"]].count("rewind") >= 1


def test_a_long_conversation_begins_a_new_session_and_keeps_what_it_knows(house: House) -> None:
    talk = house.talk("vk")
    talk.say("хочу записаться на замену паспорта")
    talk.say("стоп")
    for _ in range(NEW_SESSION_EVERY):
        assert talk.say("спасибо")
    names = [e["event"] for e in talk.tracker()["events"]]
    assert names.count("session_started") == 2
    assert "паспорт" in talk.say("какие документы нужны?").lower()


def test_a_form_is_not_cut_by_a_new_session(house: House) -> None:
    talk = house.talk("vk")
    for _ in range(NEW_SESSION_EVERY - 2):
        talk.say("спасибо")
    talk.say("хочу записаться на замену паспорта")
    talk.say("а сколько это стоит?")
    talk.say("на Ленина")
    assert talk.slots["centre"] == "mfc_central"
    assert [e["event"] for e in talk.tracker()["events"]].count("session_started") == 1

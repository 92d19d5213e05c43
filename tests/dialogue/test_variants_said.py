"""Variants of an answer reach the citizens they are written for, from their very first message on."""

from __future__ import annotations

from tests.house import House


def test_a_caller_hears_the_phone_variant_and_a_writer_reads_the_written_one(house: House) -> None:
    assert house.talk("phone").say("что вы умеете").startswith("Запишу на приём, узнаю, где ваше заявление")
    assert house.talk("telegram").say("что вы умеете").startswith("Я умею: записать на приём")


def test_choosing_a_variant_fills_no_slot(house: House) -> None:
    """A slot event more would make Rasa take a message that filled nothing for an answer to a form."""
    talk = house.talk("phone")
    talk.say("что вы умеете")
    assert not {"channel", "emotion", "segment"} & set(talk.slots)

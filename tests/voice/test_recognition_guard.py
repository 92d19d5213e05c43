"""What is thrown away as Whisper's invention, and what must never be: one row each."""

from __future__ import annotations

import numpy as np
import pytest

from voice.recognition.guard import Decoded, StopPhrases, Verdict, agree, joined, judge, looped, only_hotwords
from voice.recognition.loudness import clearness, cut
from voice.recognition.media import WIDE

STOPS = StopPhrases.read()


@pytest.mark.parametrize(
    ("text", "logprob", "no_speech", "rejected"),
    [
        ("", -0.1, 0.0, "no_speech"),
        (" ...", -0.3, 0.1, "no_speech"),
        ("Редактор субтитров А.Семкин Корректор А.Егорова", -0.3, 0.9, "stop_phrase"),
        ("Редактор субтитров А.Синецкая Корректор В.Сухиашвили", -0.2, 0.1, "stop_phrase"),
        ("Субтитры сделал DimaTorzok", -0.1, 0.2, "stop_phrase"),
        ("Продолжение следует...", -0.2, 0.3, "stop_phrase"),
        ("Спасибо за просмотр!", -0.2, 0.3, "stop_phrase"),
        ("Подписывайтесь на канал и ставьте лайки", -0.2, 0.3, "stop_phrase"),
        ("ДИНАМИЧНАЯ МУЗЫКА", -0.3, 0.8, "stop_phrase"),
        ("ТЕЛЕФОННЫЙ ЗВОНОК", -0.6, 0.9, "stop_phrase"),
        ("Слышь...", -2.0, 0.5, "unsure"),
        ("Тихо!", -1.1, 0.67, "no_speech"),
        ("Наши дырья, дырья, дырья, дырья, дырья", -1.1, 0.1, "loop"),
        ("в субсидии, субсидии, субсидии,", -1.09, 0.3, "loop"),
        ("я хочу узнать я хочу узнать я хочу узнать", -0.3, 0.1, "loop"),
    ],
)
def test_inventions_are_thrown_away_and_the_reason_is_said(
    text: str, logprob: float, no_speech: float, rejected: str
) -> None:
    assert judge(Decoded(text, logprob, no_speech), STOPS) == Verdict("", rejected)


@pytest.mark.parametrize(
    ("text", "logprob", "no_speech"),
    [
        ("Да.", -0.4, 0.15),
        ("Нет.", -0.9, 0.15),
        ("Алло!", -0.6, 0.3),
        ("Спасибо.", -0.7, 0.02),
        ("СНИЛС", -0.5, 0.1),
        ("МФЦ ГОСУСЛУГИ", -0.5, 0.1),
        ("Субсидия.", -0.4, 0.1),
        ("Да, да, да", -0.5, 0.1),
        ("Оператор! Оператор! Оператор!", -0.4, 0.1),
        ("2, 2, 2, 2, 2, 2", -0.5, 0.1),
        ("912 000 000 00 00", -0.5, 0.1),
        ("Спасибо за помощь, до свидания", -0.3, 0.0),
        ("Музыка играет у соседей всю ночь", -0.4, 0.1),
        ("Два.", -0.69, 0.7),
    ],
)
def test_real_short_answers_and_repeats_stay(text: str, logprob: float, no_speech: float) -> None:
    assert judge(Decoded(text, logprob, no_speech), STOPS) == Verdict(text)


def test_only_the_invented_sentence_of_several_is_cut_out() -> None:
    heard = Decoded("Хочу узнать статус заявления. Продолжение следует...", -0.3, 0.1)
    assert judge(heard, STOPS) == Verdict("Хочу узнать статус заявления.")


def test_a_long_text_that_goes_round_in_circles_is_a_loop_and_a_long_complaint_is_not() -> None:
    assert looped("и вот у нас на улице, и там у нас на улице, " * 6)
    assert not looped(
        "Здравствуйте, у нас во дворе третью неделю не вывозят мусор, мы звонили в управляющую компанию, нам сказали, "
        "что машина сломалась, потом сказали, что виноват оператор, а мусор как лежал, так и лежит, и пахнет на весь двор"
    )


@pytest.mark.parametrize(
    ("text", "logprob", "doubted"),
    [
        ("МФЦ, субсидия", -0.9, True),
        ("Субсидия", -0.9, True),
        ("субсидия", -0.3, False),
        ("мне нужна субсидия", -0.9, False),
        ("", -0.9, False),
    ],
)
def test_prompted_words_alone_are_doubted_unless_they_were_clear(text: str, logprob: float, doubted: bool) -> None:
    assert only_hotwords(Decoded(text, logprob, 0.1), "МФЦ, СНИЛС, субсидия") is doubted
    assert not only_hotwords(Decoded(text, logprob, 0.1), "")


def test_two_hearings_agree_when_most_words_are_the_same() -> None:
    assert agree("Ёлка на Ленина", "елка, на ленина!")
    assert not agree("МФЦ, субсидия", "Тихо!")
    assert not agree("", "")


def test_of_several_pieces_the_good_ones_stay() -> None:
    assert joined([Verdict("раз два"), Verdict("", "loop"), Verdict("три")]) == Verdict("раз два три")
    assert joined([Verdict("", "stop_phrase"), Verdict("", "loop")]) == Verdict("", "stop_phrase")


def test_an_editor_may_add_phrases_in_three_forms() -> None:
    stops = StopPhrases(["# пояснение", "Ёлки!", "смотрите далее*", "*реклама*"])
    assert stops.without("елки") == ""
    assert stops.without("Смотрите далее в программе") == ""
    assert stops.without("это реклама такая") == ""
    assert stops.without("Елки зелёные. А рекламация?") == "Елки зелёные. А рекламация?"


def test_long_sound_is_cut_in_the_pauses_and_nothing_is_lost() -> None:
    chance = np.random.default_rng(3)
    sound = chance.standard_normal(WIDE * 70).astype("f4") * 0.1
    pauses = [int(WIDE * s) for s in (21.0, 46.0)]
    for pause in pauses:
        sound[pause : pause + WIDE // 2] = 0
    pieces = cut(sound, 29)
    assert np.array_equal(np.concatenate(pieces), sound)
    assert all(len(piece) <= 29 * WIDE for piece in pieces)
    ends = np.cumsum([len(piece) for piece in pieces])[:-1]
    assert all(pause <= end <= pause + WIDE // 2 for pause, end in zip(pauses, ends, strict=True))
    assert [len(piece) for piece in cut(sound[: 5 * WIDE], 29)] == [5 * WIDE]


def test_speech_in_noise_stands_out_less() -> None:
    chance = np.random.default_rng(4)
    noise = chance.standard_normal(WIDE * 2).astype("f4")
    tone = np.where(np.arange(WIDE * 2) % WIDE < WIDE * 0.7, 1.0, 0.0).astype("f4") * noise
    assert clearness(np.zeros(WIDE, "f4")) == pytest.approx(0)
    assert clearness(np.zeros(0, "f4")) == 0
    assert clearness(noise) < 3
    assert clearness(tone + noise * 0.3) < 18 < clearness(tone + noise * 0.01)

"""The glossary finds status phrases in citizens' own words, and nothing in ordinary sentences."""

from __future__ import annotations

import pytest

from bot.services.applications.glossary import Glossary
from bot.services.errors import ContentError


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("передали на выдачу в огв это что", "передано на выдачу в ОГВ"),
        ("передано на выдачу в огвэ", "передано на выдачу в ОГВ"),
        ("что значит передано на выдачу", "передано на выдачу"),
        (
            "у меня в статусе написано завершено выдача не предусмотрена это отказ или нет",
            "завершено, выдача не предусмотрена",
        ),
        ("в архиве это как понимать", "в архиве"),
        ("статус: исполнено. мне идти?", "исполнено"),
        ("пришло смс дело направлено в ведомство", "направлено в ведомство"),
        ("что такое межвед", "межведомственный запрос"),
        ("ПЕРЕДАНО ЭКСПЕДИТОРУ что это", "передано экспедитору"),
        ("пишет услуга окозана но денег нет", "услуга оказана"),
        ("что значит в работе", "на рассмотрении"),
        ("мне отказано в приёме документов это почему", "отказано в приёме"),
        ("на подписи у руководителя сколько ждать", "на подписи"),
        ("поставили в очередь в садик что это значит", "поставлен в очередь"),
        ("статус выдано, но я не получал", "выдано"),
        ("принято", "принято"),
    ],
)
def test_a_status_phrase_is_found(glossary: Glossary, text: str, phrase: str) -> None:
    match = glossary.find(text)
    assert match is not None
    assert match.phrase == phrase
    assert 0.75 <= match.score <= 1
    assert match.come in ("yes", "no", "wait")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀😀😀",
        "хочу записаться на приём",
        "где мой паспорт готов или нет",
        "спасибо, всё готово",
        "я принял решение переехать в другой город",
        "как сдать документы в архив",
        "в очереди стою три часа",
        "отмените мою запись на завтра",
        "отправьте мне справку письмом",
        "выдали бракованный паспорт",
        "у меня закрыто отделение почты",
        "сколько стоит госпошлина за загранпаспорт",
        "мне отказали в больнице грубо",
        "в процессе ремонта сломали забор",
    ],
)
def test_an_ordinary_sentence_is_not_a_status(glossary: Glossary, text: str) -> None:
    assert glossary.find(text) is None


def test_every_phrase_and_variant_of_the_content_finds_itself(glossary: Glossary) -> None:
    lost = []
    for entry in glossary.entries:
        for text in (entry["phrase"], *entry["variants"]):
            match = glossary.find(text)
            if match is None or match.phrase != entry["phrase"]:
                lost.append((text, entry["phrase"], match and match.phrase))
    assert not lost


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("где тут номер заявления искать", "Номер дела"),
        ("какой пин код вводить", "ПИН"),
        ("потеряла расписку", "без расписки"),
        ("что за кодовое слово просит", "Кодовое слово"),
    ],
)
def test_a_question_about_the_receipt_is_answered(glossary: Glossary, text: str, words: str) -> None:
    assert words in (glossary.receipt(text) or "")


@pytest.mark.parametrize("text", ["где ближайший мфц", "какие документы нужны", "где узнать мой статус", ""])
def test_another_question_is_not_about_the_receipt(glossary: Glossary, text: str) -> None:
    assert glossary.receipt(text) is None


def test_an_entry_without_a_meaning_is_named() -> None:
    with pytest.raises(ContentError, match=r"принято.*meaning"):
        Glossary({"phrases": [{"phrase": "принято", "state": "accepted", "action": "", "come": "no"}]})

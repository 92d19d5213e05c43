"""Near phrases and the search: by letters and words at once, by meaning when the vectors are prepared; and how people say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.meaning import Encoder
from bot.studio.personal_marks import personal_marks
from bot.studio.phrase_likeness import Likeness
from bot.studio.phrase_styles import coverage, styles
from bot.studio.phrases import Wish

WISHES = [
    Wish("fee", "Цена", "a.yml", ("Сколько стоит загранпаспорт?", "почём справка", "платить надо за выписку")),
    Wish("address", "Адрес", "a.yml", ("где вы находитесь", "есть ли у вас парковка", "как до вас доехать")),
    Wish("leave", "Отписаться", "b.yml", ("больше не присылайте мне уведомления",)),
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="module")
def likeness(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Likeness:
    made = Likeness(encoder, tmp_path_factory.mktemp("vectors"))
    made.prepare(WISHES)
    return made


def test_the_same_phrase_is_found_whatever_its_case_and_punctuation(likeness: Likeness) -> None:
    (first, *_) = likeness.near(WISHES, "сколько стоит ЗАГРАНПАСПОРТ")
    assert (first.wish, first.phrase, first.why) == ("fee", "Сколько стоит загранпаспорт?", "same")


def test_a_slip_and_a_word_more_are_near_by_letters(likeness: Likeness) -> None:
    assert [n.why for n in likeness.near(WISHES, "скольк стоит загранпаспорт")] == ["letters"]
    assert [n.phrase for n in likeness.near(WISHES, "а есть ли у вас парковка")] == ["есть ли у вас парковка"]
    assert likeness.near(WISHES, "хочу записаться на завтра") == []


def test_other_words_for_the_same_are_near_by_meaning(likeness: Likeness) -> None:
    (near,) = likeness.near(WISHES, "не надо мне больше слать уведомлений")
    assert (near.wish, near.why) == ("leave", "meaning")


def test_the_phrase_that_is_being_edited_is_not_near_to_itself(likeness: Likeness) -> None:
    assert likeness.near(WISHES, "где вы находитесь", besides="где вы находитесь") == []


def test_only_phrases_of_the_asked_edition_are_found(likeness: Likeness) -> None:
    assert likeness.near(WISHES[:1], "есть ли у вас парковка") == []
    more = [*WISHES, Wish("new", "Новое", "", ("где поставить машину",))]
    assert [n.wish for n in likeness.near(more, "где поставить машину!")] == ["new"]
    assert [n for n in likeness.near(WISHES, "где поставить машину!") if n.wish == "new"] == []


def test_search_takes_words_in_any_form_and_their_beginnings(likeness: Likeness) -> None:
    exact, akin = likeness.search(WISHES, "парковками")
    assert [n.phrase for n in exact] == ["есть ли у вас парковка"]
    assert "есть ли у вас парковка" not in [n.phrase for n in akin]
    assert [n.phrase for n in likeness.search(WISHES, "загранп стоит")[0]] == ["Сколько стоит загранпаспорт?"]
    assert likeness.search(WISHES, "стоит парковка")[0] == []
    assert likeness.search(WISHES, "?!") == ([], [])
    assert "как до вас доехать" in [n.phrase for n in likeness.search(WISHES, "доехать к вам на автобусе")[1]]


def test_vectors_are_kept_on_disk_and_damage_is_mended(encoder: Encoder, tmp_path: Path) -> None:
    Likeness(encoder, tmp_path).prepare(WISHES)
    files = sorted(tmp_path.glob("*.npy"))
    assert [f.name.rsplit("-", 1)[0] for f in files] == ["address", "fee", "leave"]
    files[0].write_bytes(b"broken")
    again = Likeness(encoder, tmp_path)
    again.prepare(WISHES)
    assert again.prepared
    assert again.near(WISHES, "не надо мне больше слать уведомлений")


def test_before_the_vectors_are_there_letters_and_words_work(encoder: Encoder, tmp_path: Path) -> None:
    bare = Likeness(encoder, tmp_path)
    assert [n.why for n in bare.near(WISHES, "скольк стоит загранпаспорт")] == ["letters"]
    exact, akin = bare.search(WISHES, "справку")
    assert ([n.phrase for n in exact], akin) == (["почём справка"], [])


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("почём справка", {"short", "spoken"}),
        ("Сколько стоит выписка из реестра?", {"middle"}),
        ("сколько стоит выписка из реестра", {"middle", "spoken"}),
        ("Мама болеет. Что делать?", {"long"}),
        (
            "Здравствуйте, я живу одна, дети далеко, ездить мне тяжело, как же мне оформить помощь через кого-нибудь?",
            {"long"},
        ),
        ("здраствуйте хачу узнать про СНИЛС", {"middle", "spoken", "typos"}),
        ("Ну и куда мне теперь идти, а?", {"middle", "spoken"}),
    ],
)
def test_a_phrase_has_one_length_and_may_be_spoken_and_misspelt(phrase: str, found: set[str]) -> None:
    assert styles(phrase) == found


def test_what_is_missing_is_told_in_plain_words() -> None:
    told = coverage(["где стоянка", "есть парковка у вас"]).missing
    assert told[:2] == [
        "Всего 2 фразы. Чтобы робот узнавал желание, нужно хотя бы 25.", "Мало длинных: люди часто рассказывают историю.",
    ]  # fmt: skip
    assert coverage([]).missing[0].startswith("Всего 0 фраз.")
    assert coverage(["да"] * 4).share("short") == 100


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("перезвоните на +7 (916) 123-45-67", ("телефон",)),
        ("снилс 112-233-445 95", ("СНИЛС",)),
        ("пишите anna@example.ru", ("почта",)),
        ("дело 2/2/134660", ("номер дела",)),
        ("паспорт 4510 123456", ("паспорт",)),
        ("запишите Петрова Ивана", ("имя и фамилия",)),
        ("анна петровна велела спросить", ("имя и фамилия",)),
        ("дом на улице Карла Маркса", ()),
        ("сколько стоит справка за 300 рублей 15 мая", ()),
    ],
)
def test_personal_data_is_noticed(phrase: str, found: tuple[str, ...]) -> None:
    assert personal_marks(phrase) == found

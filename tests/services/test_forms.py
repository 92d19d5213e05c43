"""Forms as data: what is asked, how answers are read, rules, summary, drafts and submission."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.services.applications import Proof
from bot.services.applications.sql import SqlApplications
from bot.services.errors import ContentError
from bot.services.forms import Accepted, Field, Form, Refused, load_forms, parse_form
from bot.services.forms.amounts import amounts
from bot.services.forms.sql import SqlDrafts
from bot.services.forms.submit import Incomplete, submit
from bot.store import Store, Vault
from tests.services.conftest import CONTENT, Clock

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
FULL: dict[str, Any] = {
    "applicant_name": "Смирнова Анна Петровна",
    "birth_date": "1985-03-12",
    "snils": "112-233-445 95",
    "phone": "+79123456789",
    "address": "Приреченск, ул. Ленина, 5, кв. 7",
    "household_count": 3,
    "children_count": 2,
    "single_parent": True,
    "family_income": 25000,
    "reason": "job_loss",
    "payout": "post",
    "agree_check": True,
}


@pytest.fixture(scope="module")
def forms() -> dict[str, Form]:
    return load_forms(CONTENT / "forms", lambda: NOW)


@pytest.fixture
def aid(forms: dict[str, Form]) -> Form:
    return forms["social_aid"]


@pytest.fixture
def drafts(store: Store, vault: Vault, clock: Clock) -> SqlDrafts:
    return SqlDrafts(store, vault, clock)


def ask_through(
    form: Form, said: dict[str, str], profile: dict[str, Any] | None = None
) -> tuple[dict[str, Any], list[str]]:
    answers: dict[str, Any] = {}
    asked = []
    while (one := form.next_field(answers, profile or {})) is not None:
        outcome = form.check(one, said[one.id], None, form.known(answers, profile or {}))
        assert isinstance(outcome, Accepted), (one.id, outcome)
        answers[one.id] = outcome.value
        asked.append(one.id)
    return form.known(answers, profile or {}), asked


SAID = {
    "applicant_name": "смирнова анна петровна",
    "birth_date": "12 марта 1985",
    "snils": "11223344595",
    "phone": "8 (912) 345-67-89",
    "address": "Приреченск, ул. Ленина, 5, кв. 7",
    "household_count": "нас трое",
    "children_count": "двое",
    "single_parent": "да, одна",
    "family_income": "25 тысяч",
    "reason": "меня сократили",
    "payout": "на почте",
    "agree_check": "согласна",
}


def test_a_whole_form_is_filled_from_live_words(aid: Form) -> None:
    answers, asked = ask_through(aid, SAID)
    assert answers == FULL
    assert asked == list(FULL)


def test_what_the_profile_knows_is_not_asked(aid: Form) -> None:
    profile = {
        "full_name": "Смирнова Анна Петровна",
        "birth_date": "1985-03-12",
        "phone": "89123456789",
        "snils": "112-233-445 00",
    }
    _, asked = ask_through(aid, SAID, profile)
    # The broken SNILS of the profile is asked for again.
    assert asked == ["snils", *list(FULL)[4:]]


def test_a_question_is_asked_only_when_it_applies(aid: Form) -> None:
    alone = {**FULL, "household_count": 1}
    assert "children_count" not in aid.applying(alone)
    assert "single_parent" not in aid.applying(alone)
    other = {k: v for k, v in FULL.items() if k != "reason"} | {"reason": "other"}
    following = aid.next_field(other, {})
    assert following is not None
    assert following.id == "reason_text"


def test_an_optional_question_may_be_skipped(aid: Form) -> None:
    account = aid.field("bank_account")
    assert aid.check(account, "Пропустить.") == Accepted(None)
    done = {**FULL, "payout": "bank", "bank_account": None}
    assert aid.next_field(done, {}) is None
    assert "bank_account" not in [line.field_id for line in aid.summary(done)]


def test_the_summary_is_in_russian(aid: Form) -> None:
    lines = {line.title: line.text for line in aid.summary(FULL)}
    assert lines["Дата рождения"] == "12.03.1985"
    assert lines["Доход семьи в месяц"] == "25\u00a0000\u00a0₽"
    assert lines["Родитель один"] == "да"
    assert lines["Почему нужна помощь"] == "Потеря работы"
    assert lines["Телефон"] == "+7 912 345-67-89"


def test_a_high_income_warns_kindly_and_is_accepted(aid: Form) -> None:
    outcome = aid.check(aid.field("family_income"), "90000", None, {"household_count": 3})
    assert isinstance(outcome, Accepted)
    assert "прожиточного минимума" in outcome.warnings[0]
    low = aid.check(aid.field("family_income"), "20000", None, {"household_count": 3})
    assert low == Accepted(20000)


def test_more_children_than_people_is_refused(aid: Form) -> None:
    outcome = aid.check(aid.field("children_count"), "3", None, {"household_count": 3})
    assert isinstance(outcome, Refused)


@pytest.mark.parametrize(
    ("field_id", "raw", "value"),
    [
        ("applicant_name", "Меня зовут Анна-Мария Салтыкова-щедрина", "Анна-Мария Салтыкова-Щедрина"),
        ("birth_date", "12.03.1985", "1985-03-12"),
        ("birth_date", "12031985", "1985-03-12"),
        ("birth_date", "12 марта 1985 года", "1985-03-12"),
        ("snils", "112-233-445 95", "112-233-445 95"),
        ("phone", "+7 912 345 67 89", "+79123456789"),
        ("phone", "9123456789", "+79123456789"),
        ("household_count", "я и муж и ребёнок, всего 3", 3),
        ("household_count", "пять человек", 5),
        ("children_count", "детей нет", 0),
        ("children_count", "нет", 0),
        ("children_count", "один ребёнок", 1),
        ("family_income", "15 000 руб. 50 коп.", 15000),
        ("family_income", "пятнадцать тысяч пятьсот рублей", 15500),
        ("family_income", "20к", 20000),
        ("family_income", "12,5 тыс", 12500),
        ("family_income", "полторы тысячи", 1500),
        ("family_income", "дохода нет", 0),
        ("reason", "1", "job_loss"),
        ("reason", "Болезнь или лечение", "illness"),
        ("reason", "у нас был пожар", "disaster"),
        ("payout", "на карту", "bank"),
        ("payout", "bank", "bank"),
        ("single_parent", "ДА", True),
        ("single_parent", "нет, с мужем", False),
        ("single_parent", "не одна", False),
        ("address", "село Луговое, Школьная 5\u200b", "село Луговое, Школьная 5"),
    ],
)
def test_an_answer_is_read(aid: Form, field_id: str, raw: str, value: Any) -> None:
    assert aid.check(aid.field(field_id), raw) == Accepted(value)


@pytest.mark.parametrize(
    ("field_id", "raw", "words"),
    [
        ("applicant_name", "Анна", "фамилия, имя"),
        ("applicant_name", "<b>Анна</b> 123", "Не разобрала"),
        ("birth_date", "31.02.1985", "день, месяц и год"),
        ("birth_date", "12.03.2035", "не наступил"),
        ("birth_date", "12.03.2015", "взрослый"),
        ("birth_date", "12.03.1785", "год рождения"),
        ("birth_date", "вчера", "день, месяц и год"),
        ("snils", "112-233-445 96", "опечатка"),
        ("snils", "12345", "меньше 11"),
        ("snils", "112-233-445 95 1", "больше 11"),
        ("phone", "123", "Не похоже"),
        ("phone", "", "Не похоже"),
        ("address", "дома", "номера дома"),
        ("address", "5", "адрес словами"),
        ("household_count", "много", "Назовите число"),
        ("household_count", "0", "не меньше одного"),
        ("household_count", "500", "Проверьте"),
        ("household_count", "2 или 3", "одно число"),
        ("household_count", "2,5", "Назовите число"),
        ("family_income", "-5000", "меньше нуля"),
        ("family_income", "муж 20000 я 15000", "одну сумму"),
        ("reason", "😀", "один из вариантов"),
        ("payout", "банк или почта", "что-то одно"),
        ("single_parent", "может быть", "«да» или «нет»"),
        ("reason_text", "…", "несколько слов"),
        ("reason_text", "а" * 100_000, "Слишком длинно"),
        ("reason_text", "'; DROP", None),
    ],
)
def test_an_unreadable_answer_is_refused_with_precise_words(
    aid: Form, field_id: str, raw: str, words: str | None
) -> None:
    outcome = aid.check(aid.field(field_id), raw)
    if words is None:
        assert isinstance(outcome, Accepted)
        return
    assert isinstance(outcome, Refused)
    assert words in outcome.message


@pytest.mark.parametrize(
    ("field_id", "raw", "entity", "value"),
    [
        ("birth_date", "двенадцатого третьего восемьдесят пятого", "1985-03-12", "1985-03-12"),
        ("birth_date", "двенадцатого марта", "1985-03-12T00:00:00+03:00", "1985-03-12"),
        ("household_count", "трое нас", 3, 3),
        ("family_income", "двадцать пять тыщ", 25000, 25000),
        ("family_income", "25 тысяч", {"amount": 25000, "unit": "RUB"}, 25000),
        ("applicant_name", "я Смирнова Анна", {"surname": "Смирнова", "name": "Анна"}, "Смирнова Анна"),
        ("single_parent", "ага", True, True),
        ("payout", "туда же", "post", "post"),
    ],
)
def test_what_the_language_model_found_is_used(aid: Form, field_id: str, raw: str, entity: Any, value: Any) -> None:
    assert aid.check(aid.field(field_id), raw, entity) == Accepted(value)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("сто двадцать три", [123]),
        ("две тысячи двадцать шесть", [2026]),
        ("пять четыре три", [5, 4, 3]),
        ("двадцать пять", [25]),
        ("15 000", [15000]),
        ("1 500 000", [1500000]),
        ("15 и 20", [15, 20]),
        ("тысяча", [1000]),
        ("сто тысяч двести", [100200]),
        ("", []),
    ],
)
def test_numbers_in_words(text: str, numbers: list[float]) -> None:
    assert amounts(text) == numbers


def test_a_second_form_needs_no_code(forms: dict[str, Form]) -> None:
    form = forms["certificate_copy"]
    answers, asked = ask_through(form, {**SAID, "kind": "о смерти", "relation": "отец"})
    assert asked == ["applicant_name", "birth_date", "kind", "relation", "phone"]
    assert answers["kind"] == "death"


async def test_a_draft_is_kept_for_thirty_days_and_resumed(drafts: SqlDrafts, clock: Clock, aid: Form) -> None:
    first = await drafts.save("anna", "social_aid", {"applicant_name": "Смирнова Анна"})
    clock.forward(days=5)
    await drafts.save("anna", "social_aid", {"applicant_name": "Смирнова Анна", "birth_date": "1985-03-12"})
    clock.forward(days=29)
    draft = await drafts.load("anna", "social_aid")
    assert draft is not None
    assert draft.id == first.id
    following = aid.next_field(draft.answers, {})
    assert following is not None
    assert following.id == "snils"
    assert [one.form_id for one in await drafts.mine("anna")] == ["social_aid"]
    assert await drafts.load("boris", "social_aid") is None
    clock.forward(days=2)
    assert await drafts.load("anna", "social_aid") is None
    assert await drafts.purge() == 1
    assert "Смирнова" not in repr(draft)


async def test_a_draft_whose_term_is_over_begins_anew(drafts: SqlDrafts, clock: Clock) -> None:
    first = await drafts.save("anna", "social_aid", {"a": 1})
    clock.forward(days=31)
    assert (await drafts.save("anna", "social_aid", {})).id != first.id


async def test_submitting_registers_once_and_the_lookup_finds_it(
    aid: Form, drafts: SqlDrafts, applications: SqlApplications
) -> None:
    await drafts.save("anna", "social_aid", FULL)
    number = await submit(aid, "anna", FULL, {}, applications, drafts)
    assert await drafts.load("anna", "social_aid") is None
    for proof in (Proof("surname", "Смирнова"), Proof("birth_date", "12.03.1985")):
        assert (await applications.status(number, proof, "anna")).service_id == "social_aid"
    assert [shown.number for shown in await applications.mine("anna")] == [number]


async def test_submitting_after_a_crash_is_still_one_application(
    aid: Form, drafts: SqlDrafts, applications: SqlApplications, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_args: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(drafts, "delete", killed)
        with pytest.raises(RuntimeError):
            await submit(aid, "anna", FULL, {}, applications, drafts)
    await submit(aid, "anna", FULL, {}, applications, drafts)
    assert len(await applications.mine("anna")) == 1


async def test_an_incomplete_form_is_not_submitted(aid: Form, drafts: SqlDrafts, applications: SqlApplications) -> None:
    with pytest.raises(Incomplete) as incomplete:
        await submit(aid, "anna", {**FULL, "payout": "bank"}, {}, applications, drafts)
    assert incomplete.value.field.id == "bank_account"


FIELD = {"id": "a", "type": "integer", "title": "А", "question": "А?", "error": "Нет."}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ([], "не описание формы"),
        ({"id": "f"}, "не хватает title, service_id, fields"),
        ({"fields": [{**FIELD, "type": "colour"}]}, "тип colour незнаком"),
        ({"fields": [FIELD, FIELD]}, "уже есть"),
        ({"fields": [{**FIELD, "show_if": {"field": "b", "is": 1}}]}, "нет поля b"),
        ({"fields": [{**FIELD, "show_if": {"field": "a", "is": 1}}]}, "на само себя"),
        ({"fields": [{**FIELD, "show_if": "всегда"}]}, "условие пишется так"),
        ({"fields": [{**FIELD, "type": "choice"}]}, "choices нужны"),
        ({"fields": [FIELD], "proofs": {"surname": "b"}}, "proofs"),
        (
            {
                "fields": [FIELD],
                "checks": [{"id": "c", "when": {"field": "a", "is": {"param": "x"}}, "level": "warn", "text": "т"}],
            },
            "нет параметра x",
        ),
    ],
)
def test_a_mistake_in_a_form_is_named(form: Any, words: str) -> None:
    data = {"id": "f", "title": "Ф", "service_id": "s", **form} if form and form != {"id": "f"} else form
    with pytest.raises(ContentError, match=words):
        parse_form(data, "f.yml", lambda: NOW)


def test_broken_markup_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("id: a\nfields: [", "utf-8")
    with pytest.raises(ContentError, match=r"bad\.yml.*строке"):
        load_forms(tmp_path, lambda: NOW)


def test_every_field_of_the_content_says_what_it_wants(forms: dict[str, Form]) -> None:
    for form in forms.values():
        one: Field
        for one in form.fields:
            assert one.question
            assert one.error
            assert one.hint

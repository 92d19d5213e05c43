"""The studio's records over HTTP and in a browser: every kind opens, and a save changes the record's own lines or nothing."""

from __future__ import annotations

import difflib
import html
import io
from html.parser import HTMLParser
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.accounts.interface import Account
from bot.studio.drafts import Draft
from bot.studio.records.kinds import Kind
from bot.studio.records.registry import KINDS
from bot.studio.records.splice import spans
from bot.studio.records.store import Record, records
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.world import Browser, World

BASE = "/desk/studio/records"


class Form(HTMLParser):
    """The fields of the record's form, as a browser would send them unchanged."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._inside, self._area, self._select = False, "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "record" in given.get("class", "")
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.setdefault(name, []).append(given.get("value", ""))
        elif tag == "textarea":
            self._area = name
            self.fields[name] = [""]
        elif tag == "select":
            self._select = name
            self.fields[name] = [""]
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = [given.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The first line break after the tag belongs to the markup.
            self.fields[self._area] = [self.fields[self._area][0].removeprefix("\n")]
            self._area = ""
        elif tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][0] += data


@pytest.fixture(scope="module")
def editor(world: World) -> Account:
    return world.account("Вера Редактор", ("editor",))


@pytest.fixture
def draft(world: World, editor: Account) -> Draft:
    return world.assistant.studio.studio.drafts.discard(editor.id)


@pytest.fixture(scope="module")
def browse(world: World, editor: Account) -> Browser:
    return world.browser(editor)


def path_of(kind: Kind, one: Record) -> str:
    return f"{kind.file}/{one.key}.md" if kind.shape == "articles" else kind.file


def opened_form(browse: Browser, kind: Kind, key: str) -> dict[str, list[str]]:
    page = browse.get(f"{BASE}/{kind.name}/one", params={"key": key})
    assert page.status_code == 200, page.text[:300]
    return Form(page.text).fields


def at(kind: Kind, name: str) -> str:
    """The name of a field in the form."""
    return f"f{kind.fields.index(kind.field(name))}"


def sent(browse: Browser, kind: Kind, deed: str, fields: dict[str, Any]) -> Any:
    browse.world.forward(seconds=5)  # not faster than a hand
    return browse.post(f"{BASE}/{kind.name}/{deed}", fields, headers={"HX-Request": ""})


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.name != "calendar"])
def test_every_kind_opens_keeps_its_file_when_unchanged_and_changes_only_its_lines(
    browse: Browser, draft: Draft, name: str
) -> None:
    kind = KINDS[name]
    if kind.shape != "single":
        listed = browse.get(f"{BASE}/{name}")
        assert listed.status_code == 200 and kind.title in listed.text and "есть ошибка" not in listed.text
    found = records(draft.work, kind)
    one = found[len(found) // 2]
    path = path_of(kind, one)
    before = draft.read(path)
    fields = opened_form(browse, kind, one.key)

    answer = sent(browse, kind, "one", fields)
    assert answer.status_code == 303 and answer.headers["location"].endswith("said=same")
    assert draft.changed() == [] and draft.read(path) == before

    number, field = next(
        (n, f) for n, f in enumerate(kind.fields)
        if (f.type in ("text", "line") and f.name not in ("id", "_key", "_parent") and not f.pattern)
        or f.type in ("texts", "choice") or (f.name == "" and f.pattern)
    )  # fmt: skip
    old = fields[f"f{number}"][0]
    new = {"texts": f"{old}\nсовсем новое слово", "choice": "wed" if old != "wed" else "thu"}.get(
        field.type, f"{old} лад+онь"
    )
    if kind.name == "consents":
        fields["f0"] = ["2026-11-16"]
    answer = sent(browse, kind, "one", fields | {f"f{number}": [new]})
    assert answer.status_code == 303, html.unescape(answer.text[:4000])
    after = draft.read(path)
    assert draft.changed() == [path]
    changed = [
        line[1:] for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        if line.startswith("-") and not line.startswith("---")
    ]  # fmt: skip
    where = spans(before, kind.path) if kind.shape not in ("articles", "single") else None
    if where is not None:
        span = where[[r.key for r in found].index(one.key)]
        assert set(changed) <= set(before.splitlines()[span.first : span.last])
    assert len(changed) <= 2


def test_what_was_typed_stays_and_the_mistake_stands_beside_its_field(browse: Browser, draft: Draft) -> None:
    kind = KINDS["services"]
    fields = opened_form(browse, kind, "passport_first")
    typed = {"title": "Паспорт <b>мой</b>", "aliases": "один\nдва", "by_proxy": "Может быть", "minutes": "тысяча"}
    fields |= {at(kind, name): [text] for name, text in typed.items()}
    answer = sent(browse, kind, "one", fields)
    assert answer.status_code == 422 and draft.changed() == []
    assert "Паспорт &lt;b&gt;мой&lt;/b&gt;" in answer.text
    assert "Нужно не меньше 8, сейчас 2" in answer.text and "Начните с «Да»" in answer.text
    assert "Здесь нужно число, а не «тысяча»" in answer.text
    assert 'id="f2-wrong"' in answer.text and 'aria-describedby="f2-hint f2-wrong"' in answer.text


def test_what_the_assistant_would_not_start_with_is_refused_at_the_field(browse: Browser, draft: Draft) -> None:
    kind = KINDS["services"]
    fields = opened_form(browse, kind, "passport_first")
    fields["f2"] = [fields["f2"][0] + "\nзамена паспорта"]
    answer = sent(browse, kind, "one", fields)
    assert answer.status_code == 422 and draft.changed() == []
    assert "робот не запустится" in answer.text and "замена паспорта" in answer.text


def test_a_consent_with_other_words_wants_a_new_version_and_proposes_today(browse: Browser, draft: Draft) -> None:
    kind = KINDS["consents"]
    page = browse.get(f"{BASE}/consents/one", params={"key": "personal_data"})
    assert "поставьте версию <b>2026-11-16</b>" in page.text and "юрист" in page.text
    fields = Form(page.text).fields
    fields["f2"] = [fields["f2"][0] + " Спасибо."]
    answer = sent(browse, kind, "one", fields)
    assert answer.status_code == 422 and "нужна новая версия. Поставьте 2026-11-16" in answer.text
    assert sent(browse, kind, "one", fields | {"f0": ["2026-11-16"]}).status_code == 303
    # The draft's new version stays good for further changes until it is published.
    fields = opened_form(browse, kind, "personal_data")
    fields["f2"] = [fields["f2"][0] + " Ждём вас."]
    assert sent(browse, kind, "one", fields).status_code == 303


def test_a_copy_gets_a_name_of_its_own_and_may_be_removed_again(browse: Browser, draft: Draft) -> None:
    kind = KINDS["services"]
    page = browse.get(f"{BASE}/services/new", params={"like": "hunting_ticket"})
    fields = Form(page.text).fields
    assert fields["like"] == ["hunting_ticket"] and fields["key"] == [""]
    fields |= {"f1": ["Разрешение на ёлку"], "f2": ["\n".join(f"ёлка номер {n}" for n in range(8))]}
    answer = sent(browse, kind, "new", fields)
    assert answer.status_code == 303 and "key=razreshenie_na_elku" in answer.headers["location"]
    assert [line.key for line in records(draft.work, kind) if "elk" in line.key] == ["razreshenie_na_elku"]
    listed = browse.get(f"{BASE}/services", params={"q": "елка номер 3"}).text
    assert "Разрешение на ёлку" in listed and "новая" in listed and "Нашлось 1" in listed
    assert sent(browse, kind, "remove", {"key": "razreshenie_na_elku"}).status_code == 303
    assert draft.changed() == []


def test_what_others_name_is_not_removed(browse: Browser, draft: Draft) -> None:
    page = browse.get(f"{BASE}/services/remove", params={"key": "social_aid"}).text
    assert "жизнен" in page or "ситуация «" in page
    assert "форма заявления" in page
    answer = sent(browse, KINDS["services"], "remove", {"key": "social_aid"})
    assert answer.status_code == 422 and draft.changed() == []
    assert browse.get(f"{BASE}/crisis/remove", params={"key": "suicide"}).status_code == 404
    assert sent(browse, KINDS["consents"], "remove", {"key": "personal_data"}).status_code == 404


def test_two_windows_do_not_overwrite_each_other(browse: Browser, draft: Draft) -> None:
    kind = KINDS["streets"]
    fields = opened_form(browse, kind, "улица Гоголя")
    assert sent(browse, kind, "one", fields | {"f1": ["factory"]}).status_code == 303
    answer = sent(browse, kind, "one", fields | {"f1": ["north"]})
    assert answer.status_code == 422 and "в другом окне" in answer.text


def test_a_table_goes_out_comes_back_and_is_carried_over_after_a_report(
    browse: Browser, draft: Draft, world: World
) -> None:
    out = browse.get(f"{BASE}/payments/export", params={"form": "xlsx"})
    assert out.status_code == 200 and "attachment" in out.headers["content-disposition"]
    book = load_workbook(io.BytesIO(out.content))
    sheet = book.active
    assert sheet is not None and sheet.cell(1, 1).comment is not None
    sheet.cell(2, 2).value = 350
    sheet.append(["inn", "777", "123456789012", "Новая пошлина", "=1+1"])
    sheet.delete_rows(5)
    bad = io.BytesIO()
    book.save(bad)
    answer = browse.post(f"{BASE}/payments/import", files={"table": ("p.xlsx", bad.getvalue())})
    assert "Файл не принят" in answer.text and "формул" in answer.text
    sheet.cell(sheet.max_row, 5).value = "когда угодно"
    good = io.BytesIO()
    book.save(good)
    answer = browse.post(f"{BASE}/payments/import", files={"table": ("p.xlsx", good.getvalue())})
    assert answer.status_code == 200, answer.text
    assert "новых 1" in answer.text and "изменённых 1" in answer.text and "нет в таблице 1" in answer.text
    mark = answer.text.split('name="mark" value="')[1].split('"')[0]
    gone = answer.text.split('name="gone" value="')[1].split('"')[0]
    assert browse.post(f"{BASE}/payments/import/apply", {"mark": "0" * 32}).status_code == 409
    done = browse.post(f"{BASE}/payments/import/apply", {"mark": mark, "gone": [gone]})
    assert done.status_code == 200 and done.headers["hx-redirect"].endswith("payments?said=imported")
    found = {r.key: r.values for r in records(draft.work, KINDS["payments"])}
    assert found["123456789012"]["title"] == "Новая пошлина" and gone not in found and len(found) == 24
    before, after = draft.base.read(KINDS["payments"].file), draft.read(KINDS["payments"].file)
    lines = [x for x in difflib.ndiff(before.splitlines(), after.splitlines()) if x[:1] in "+-"]
    assert len(lines) == 4
    assert browse.post(f"{BASE}/payments/import/apply", {"mark": mark}).status_code == 409


def test_a_file_that_is_too_large_is_refused_in_words(browse: Browser, draft: Draft) -> None:
    answer = browse.post(f"{BASE}/stress/import", files={"table": ("t.csv", b"a;b\n" * (21 * 256 * 1024))})
    assert answer.status_code == 200 and "больше 20 МБ" in answer.text


def test_every_deed_is_in_the_audit_log(world: World, browse: Browser, draft: Draft) -> None:
    page = world.browser(world.account("Ревизор", ("administrator",))).get("/desk/audit").text
    for words in (
        "Изменена запись справочника",
        "Удалена запись справочника",
        "Загружена таблица",
        "Выгружена таблица",
    ):
        assert words in page


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("width", "height", "scheme"), [(1366, 768, "light"), (390, 844, "dark")])
async def test_pages_are_readable_by_everybody_and_stay_inside_the_window(
    opened: Open, world: World, editor: Account, width: int, height: int, scheme: str
) -> None:
    page = await opened(editor, f"{BASE}/services", width, height, color_scheme=scheme)
    for path in (
        "services", "glossary", "services/one?key=passport_first", "situations/one?key=moved", "centres/one?key=mfc_central",
        "incidents/one?key=АВ-1041", "crisis/one?key=suicide", "consents/one?key=notifications", "phone_words/new",
        "services/remove?key=social_aid", "streets/remove?key=улица Мира", "payments/import",
    ):  # fmt: skip
        await page.goto(f"{world.url}{BASE}/{path}")
        assert await violations(page) == [], path
        assert await sideways(page) == 0, path


@pytest.mark.asyncio(loop_scope="session")
async def test_an_editor_changes_a_service_and_brings_a_table(
    opened: Open, world: World, editor: Account, draft: Draft
) -> None:
    page = await opened(editor, f"{BASE}/services")
    await page.get_by_label("Найти").fill("первый паспорт")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Первый паспорт в 14 лет").click()
    await page.get_by_label("Срок", exact=True).fill("")
    await page.get_by_role("button", name="Сохранить").click()
    await page.get_by_role("alert").get_by_role("link", name="Срок").click()
    await page.get_by_label("Срок", exact=True).fill("В целях осуществления выдачи — пять дней.")
    await page.get_by_label("Кому положено").focus()
    await page.locator("#f8-plain .badge").wait_for()
    await page.get_by_label("Срок", exact=True).fill("Пять рабочих дней.")
    await page.get_by_role("button", name="Сохранить").click()
    await page.get_by_text("Сохранено в черновике.").wait_for()
    await page.goto(f"{world.url}{BASE}/emergency/import")
    table = "Кому звонят;Телефон\r\nСлужба спасения на воде;8 (4800) 55-10-99\r\nБез номера;\r\n"
    await page.get_by_label("Файл XLSX").set_input_files(
        {"name": "т.csv", "mimeType": "text/csv", "buffer": table.encode("cp1251")}
    )
    await page.get_by_role("button", name="Показать").click()
    await page.get_by_text("Windows-1251").wait_for()
    assert await page.get_by_text("«Телефон»: Заполните").count() == 1
    assert await violations(page) == []
    await page.get_by_role("button", name="Перенести в черновик").click()
    await page.get_by_text("Таблица перенесена в черновик.").wait_for()
    assert await page.get_by_role("link", name="Служба спасения на воде").count() == 1
    assert draft.changed() == ["bot/content/region.yml", "bot/content/services.yml"]

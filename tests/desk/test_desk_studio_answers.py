"""The room of answers: found, changed variant by variant in the editor's draft, judged while typing, shown as channels do."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.accounts.interface import Account
from bot.studio.answers import Answer, Choice, Variant, answers, set_variants
from bot.studio.yaml_text import edit
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.world import Browser, World

in_browser = pytest.mark.asyncio(loop_scope="session")
LIST = "/desk/studio/answers"


@pytest.fixture
def editor(world: World) -> Account:
    return world.account("Анна Редакторова", ("editor",))


@pytest.fixture
def http(world: World, editor: Account) -> Browser:
    return world.browser(editor)


def draft_answer(world: World, editor: Account, id: str) -> Answer:
    return answers(world.assistant.desk.parts.studio.drafts.of(editor.id).work)[id]


def form_of(*variants: Variant, **more: str) -> dict[str, str | list[str]]:
    """The fields of a form with these variants, all of them new."""
    data: dict[str, str | list[str]] = {"card": [str(at) for at in range(len(variants))], **more}
    for at, v in enumerate(variants):
        data |= {
            f"text-{at}": v.text, f"segment-{at}": v.segment, f"channel-{at}": v.channel, f"emotion-{at}": v.emotion,
            f"title-{at}": [b.title for b in v.buttons], f"payload-{at}": [b.payload for b in v.buttons],
        }  # fmt: skip
    return data


def found(page: str) -> set[str]:
    return set(re.findall(r'href="/desk/studio/answers/([\w-]+)"', page))


def test_every_answer_is_listed_with_its_group_and_its_score(http: Browser) -> None:
    page = http.get(LIST).text
    assert {"utter_greet", "text-robot_away", "phone-hold_on"} <= found(page)
    assert "Вопросы: «Записаться на приём»" in page and "Строки помощника" in page
    assert re.search(r"простота \d+|оценка считается", page)


def test_answers_are_found_by_words_names_and_marks(world: World, editor: Account, http: Browser) -> None:
    draft = world.assistant.desk.parts.studio.drafts.of(editor.id)
    set_variants(
        draft, "utter_thank", [Variant("В целях осуществления оказания содействия производится рассмотрение.")]
    )

    def search(**asked: str) -> set[str]:
        return found(http.get(LIST, params=asked, headers={"HX-Request": "true"}).text)

    assert search(q="круглые СУТКИ") == {"utter_goodbye"}
    assert search(q="utter_goodb") == {"utter_goodbye"}
    assert "utter_help" in search(voice="1") and "utter_goodbye" not in search(voice="1")
    assert search(group="form-cancel_form") == {"utter_ask_cancel_confirmed"}
    while "ещё считаются" in http.get(LIST).text:
        pass
    assert "utter_thank" in search(unplain="1")
    assert search(changed="1") == {"utter_thank"}
    assert search(q="<script>") == set()


def test_an_answer_shows_its_variants_and_whom_they_are_for(http: Browser) -> None:
    page = http.get(f"{LIST}/utter_booked").text
    assert page.count('class="variant"') == 3
    assert "с инвалидностью" in page and "Робот сам заполнит" in page and "{number}" in page
    assert "12-3456" in page, "previews show examples instead of braces"
    assert http.get(f"{LIST}/utter_nothing").status_code == 404


def test_saving_writes_the_draft_and_the_log_and_leaves_the_published_project(
    world: World, editor: Account, http: Browser
) -> None:
    before = draft_answer(world, editor, "utter_goodbye")
    spoken = Variant("До свидания! Звоните в любое время.", channel="phone")
    button = Variant("До свидания! Что ещё?", buttons=(Choice("Записаться", "/book_appointment"),))
    answer = http.post(f"{LIST}/utter_goodbye", form_of(button, spoken))
    assert answer.headers["HX-Redirect"] == f"{LIST}/utter_goodbye?said=saved"
    assert draft_answer(world, editor, "utter_goodbye").variants == (button, spoken)
    assert answers(world.assistant.desk.parts.studio.published)["utter_goodbye"] == before
    page = http.get(LIST, params={"changed": "1"}).text
    assert found(page) == {"utter_goodbye"}
    entries = world.do(world.assistant.desk.parts.audit.page())
    assert ("answer_changed", "utter_goodbye") in {(e.action, e.subject) for e in entries}


@pytest.mark.parametrize(
    ("variant", "why"),
    [
        (Variant("Номер {nomer}."), "не знает"),
        (Variant("Номер {number."), "скобка"),
        (Variant("Скажите номер.", channel="phone"), "для всех"),
        (Variant(""), "без слов"),
        (Variant("Вы записаны: {number}.", buttons=(Choice("Да", ""),)), "кнопка"),
    ],
)
def test_what_a_citizen_must_not_see_is_not_saved_and_stays_in_the_form(
    world: World, editor: Account, http: Browser, variant: Variant, why: str
) -> None:
    answer = http.post(f"{LIST}/utter_moved", form_of(variant))
    assert answer.status_code == 200 and why in answer.text and 'role="alert"' in answer.text
    assert variant.text in answer.text
    assert draft_answer(world, editor, "utter_moved").variants != (variant,)


def test_deeds_change_the_form_only(world: World, editor: Account, http: Browser) -> None:
    two = (Variant("Раз."), Variant("Два.", "pensioner"))

    def texts(deed: str) -> list[str]:
        page = http.post(f"{LIST}/utter_thank/form", form_of(*two, deed=deed)).text
        return re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)

    assert texts("down-0") == ["Два.", "Раз."]
    assert texts("copy-1") == ["Раз.", "Два.", "Два."]
    assert texts("delete-1") == ["Раз."]
    assert texts("add") == ["Раз.", "Два.", ""]
    assert texts("explode-7") == ["Раз.", "Два."]
    page = http.post(f"{LIST}/utter_thank/form", form_of(*two, deed="button-0")).text
    assert page.count('name="title-0"') == 1
    assert "Этот вариант нельзя удалить" in page and 'id="delete-0"' not in page
    assert draft_answer(world, editor, "utter_thank").variants != two


def test_a_text_is_judged_while_it_is_typed(http: Browser) -> None:
    hard = Variant("Вам надлежит осуществить подачу заявления {strange}.")
    page = http.post(f"{LIST}/utter_thank/check", form_of(Variant("Да."), hard, at="1")).text
    assert "<mark>" in page and "data-replace" in page
    assert "{strange}" in page and "не знает" in page
    assert http.post(f"{LIST}/utter_thank/check", form_of(hard, at="4")).status_code == 404
    long = Variant("слово " * 50, channel="phone")
    assert "на слух держится 45" in http.post(f"{LIST}/utter_thank/check", form_of(long, at="0")).text


def test_markup_in_an_answer_is_shown_as_text(http: Browser) -> None:
    page = http.post(f"{LIST}/utter_thank/check", form_of(Variant("<b>Да</b>"), at="0")).text
    assert "<b>" not in page and "&lt;b&gt;" in page and "разметки" in page


def test_lines_of_the_assistant_are_edited_with_the_same_form(world: World, editor: Account, http: Browser) -> None:
    page = http.get(f"{LIST}/phone-outgoing_reminder").text
    assert "Строки телефона" in page and 'name="channel-0"' not in page
    assert "HX-Redirect" in http.post(f"{LIST}/phone-goodbye", form_of(Variant("До свидания!"))).headers
    assert draft_answer(world, editor, "phone-goodbye").variants == (Variant("До свидания!"),)
    assert "не знает" in http.post(f"{LIST}/phone-goodbye", form_of(Variant("До свидания, {name}!"))).text


def test_an_answer_that_nobody_says_cannot_be_begun_here(http: Browser) -> None:
    answer = http.post(f"{LIST}/new", {"name": "utter_library", "text": "Открыто."})
    assert answer.status_code == 409 and "новым желанием" in answer.json()["detail"]


def test_an_answer_that_the_robot_lacks_is_offered_and_written(world: World, editor: Account, http: Browser) -> None:
    draft = world.assistant.desk.parts.studio.drafts.of(editor.id)
    draft.write("domain.yml", draft.read("domain.yml").replace("  utter_no_more:\n", "  utter_some_more:\n", 1))
    page = http.get(LIST).text
    assert "Робот хочет сказать utter_no_more" in page and "никто не говорит" in page
    assert "HX-Redirect" in http.post(f"{LIST}/new", {"name": "utter_no_more", "text": "Это всё."}).headers
    assert draft_answer(world, editor, "utter_no_more").variants == (Variant("Это всё."),)


def test_an_answer_that_nobody_says_is_deleted_and_one_that_is_needed_names_who_says_it(
    world: World, editor: Account, http: Browser
) -> None:
    draft = world.assistant.desk.parts.studio.drafts.of(editor.id)
    before = draft.read("domain.yml")
    draft.write("domain.yml", edit(before, lambda tree: tree["responses"].update(utter_old=[{"text": "Старое."}])))
    assert "Удалить ответ utter_old" in http.get(f"{LIST}/utter_old").text
    rules = draft.read("stories/rules.yml")
    rule = {"rule": "По-старому", "steps": [{"intent": "thank"}, {"action": "utter_old"}]}
    draft.write("stories/rules.yml", edit(rules, lambda tree: tree["rules"].append(rule)))
    refused = http.post(f"{LIST}/utter_old/remove")
    assert refused.status_code == 409 and "правило «По-старому»" in refused.json()["detail"]
    draft.write("stories/rules.yml", rules)
    removed = http.post(f"{LIST}/utter_old/remove")
    assert removed.headers["HX-Redirect"] == f"{LIST}?said=removed"
    assert "Ответ удалён" in http.get(removed.headers["HX-Redirect"]).text
    assert draft.read("domain.yml") == before
    assert http.post(f"{LIST}/utter_old/remove").status_code == 404


@pytest.mark.parametrize(
    ("answer", "who"),
    [("utter_goodbye", "программа робота"), ("text-robot_away", "сама программа"), ("phone-hold_on", "сама программа")],
)
def test_what_the_program_says_is_never_deleted(http: Browser, answer: str, who: str) -> None:
    refused = http.post(f"{LIST}/{answer}/remove")
    assert refused.status_code == 409 and who in refused.json()["detail"]


def test_without_the_voice_the_page_says_how_to_switch_it_on(http: Browser) -> None:
    assert "./otklik up --voice" in http.get(f"{LIST}/utter_thank").text
    refused = http.post(f"{LIST}/hear", {"text": "Да.", "persona": "line122", "emotion": "joy"})
    assert refused.status_code == 409 and "--voice" in refused.json()["detail"]


@in_browser
async def test_an_editor_writes_a_variant_for_the_phone_with_the_keyboard(
    world: World, editor: Account, opened: Open
) -> None:
    page = await opened(editor, LIST)
    await page.get_by_label("Слова ответа").fill("круглые сутки")
    await page.get_by_role("link", name="До свидания! Если что-то понадобится").click()
    await page.get_by_role("button", name="Добавить вариант").press("Enter")
    text = page.get_by_label("Текст").nth(2)
    await text.wait_for()
    await page.wait_for_function("document.activeElement.id === 'text-2'")
    await page.keyboard.type("До свидания! Звоните в целях получения справки.")
    replace = page.get_by_role("button", name=re.compile("Заменить")).first
    await replace.wait_for()
    better = await replace.get_attribute("data-better")
    await replace.press("Enter")
    assert str(better) in await text.input_value()
    await page.get_by_label("Где").nth(2).select_option("phone")
    await page.get_by_text("Вариант для телефона: его слышат").wait_for()
    assert await violations(page) == []
    await page.get_by_role("button", name="Сохранить в черновик").press("Enter")
    await page.get_by_text("Сохранено в вашем черновике").wait_for()
    last = (await asyncio.to_thread(draft_answer, world, editor, "utter_goodbye")).variants[-1]
    assert last.channel == "phone" and str(better) in last.text


@in_browser
@pytest.mark.parametrize("path", [f"{LIST}?group=visits", f"{LIST}/utter_booked", f"{LIST}/phone-long_wait"])
async def test_pages_are_readable_by_everybody_on_any_screen(editor: Account, opened: Open, path: str) -> None:
    page = await opened(editor, path, 390, 844, color_scheme="dark")
    assert await violations(page) == []
    assert await sideways(page) == 0
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.emulate_media(color_scheme="light")
    assert await violations(page) == []
    assert await sideways(page) == 0

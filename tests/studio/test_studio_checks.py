"""Broken drafts: what is wrong is named in words, with the file and the line where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.studio.checks import mistakes
from bot.studio.checks_phrases import phrases_of
from bot.studio.project import Project
from bot.studio.yaml_nodes import compose
from tests.projects import copy_of_project

Break = Callable[[str], str]
DOMAIN, RULES, TALK = "domain.yml", "stories/rules.yml", "nlu/data/talk.yml"


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(copy_of_project(tmp_path_factory.mktemp("checks") / "project"))


@pytest.fixture
def project(copied: Project) -> Iterator[Project]:
    """The published project, put back after each test."""
    files = copied.files()
    yield copied
    for path in copied.paths():
        if path not in files:
            copied.remove(path)
    for path, text in files.items():
        if not (copied.folder / path).exists() or (copied.folder / path).read_bytes() != text.encode():
            copied.write(path, text)


def swap(old: str, new: str) -> Break:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def after(mark: str, more: str) -> Break:
    return swap(mark, mark + more)


def end(more: str) -> Break:
    return lambda text: text.rstrip("\n") + "\n" + more


def of_intent(name: str, phrases: str) -> Break:
    """Let the intent have just these phrases."""

    def change(text: str) -> str:
        head, mark, rest = text.partition(f"- intent: {name}\n")
        assert mark
        _, following, tail = rest.partition("\n- intent:")
        return f"{head}{mark}  examples: |\n{phrases}{following}{tail}"

    return change


GREETING = "  steps: [{intent: greet}, {action: action_greet}]\n"
SECOND = "- rule: ещё приветствие\n  steps: [{intent: greet}, {action: action_help}]\n"

BROKEN: list[tuple[str, str, Break, str]] = [
    ("a tab", TALK, swap("  examples: |", "\texamples: |"), "табуляцией"),
    ("a missing quote", DOMAIN, swap('- text: "Здравствуйте! Продолжим."', '- text: "Здравствуйте! Продолжим.'), "YAML"),
    ("a stray colon", TALK, swap("- intent: greet\n", "- intent: greet: hello\n"), "двоеточие"),
    ("an open bracket", RULES, swap("{action: action_greet}]", "{action: action_greet}"), "скобка"),
    ("a broken content file", "bot/content/texts.yml", end("  - [\n"), "YAML"),
    ("an answer twice", DOMAIN, after("\nresponses:\n", '  utter_thank:\n  - text: "Пожалуйста!"\n'), "дважды"),
    ("no phrase", TALK, of_intent("repeat", ""), "нет ни одной фразы"),
    ("one phrase", TALK, of_intent("repeat", "    - повтори\n"), "всего одна фраза"),
    ("one phrase in many spellings", TALK, of_intent("repeat", "    - повтори\n    - Повтори!\n    - ПОВТОРИ\n"), "одна фраза"),
    ("a phrase of two wishes", "nlu/data/appointments.yml", after("examples: |\n", "    - оператор\n"), "под другим"),
    ("an intent without a rule", RULES, swap(GREETING, "  steps: [{intent: thank}, {action: action_thank}]\n"), "ни одно правило"),
    ("a rule for an unknown intent", RULES, swap("{intent: greet}", "{intent: grete}"), "желания grete нет"),
    ("phrases of an unknown intent", TALK, swap("- intent: greet\n", "- intent: hello_there\n"), "hello_there нет"),
    ("a rule with an unknown action", RULES, swap("{action: action_greet}", "{action: action_dance}"), "action_dance нет"),
    ("a rule with a missing answer", RULES, swap("{action: action_greet}", "{action: utter_hallo}"), "ответа utter_hallo нет"),
    ("a rule with an unknown form", RULES, swap("{active_loop: ticket_form}", "{active_loop: tiket_form}"), "tiket_form нет"),
    ("a rule without an action", RULES, swap(GREETING, "  steps: [{intent: greet}]\n"), "нет действия"),
    ("an action nobody has", DOMAIN, after("\nactions:\n", "- action_dance\n"), "робот не умеет"),
    ("an action twice", DOMAIN, after("\nactions:\n", "- action_affirm\n"), "записано дважды"),
    ("an intent twice", DOMAIN, after("\nintents:\n", "- thank\n"), "записано дважды"),
    ("a missing answer of the code", DOMAIN, swap("  utter_moved:", "  utter_mooved:"), "ответа нет, а робот его говорит"),
    ("an answer for some only", DOMAIN,
     after("  utter_greet_short:\n  - ", "condition: [{type: slot, name: segment, value: family}]\n    "),
     "нет варианта для всех"),
    ("an answer for one channel only", DOMAIN,
     after("  utter_greet_short:\n  - ", "channel: phone\n    "), "нет варианта для всех"),
    ("an empty answer", DOMAIN, swap('"Здравствуйте! Продолжим."', '""'), "текст пуст"),
    ("an answer without text", DOMAIN, swap('text: "Здравствуйте! Продолжим."', 'txt: "Здравствуйте!"'), "нет текста"),
    ("a brace nobody fills", DOMAIN, swap("Здравствуйте, {name}!", "Здравствуйте, {imya}!"), "{imya} никто не заполнит"),
    ("a brace left open", DOMAIN, swap("Здравствуйте, {name}!", "Здравствуйте, {name!"), "без пары"),
    ("a condition on an unknown slot", DOMAIN, swap("name: segment,", "name: segmnt,"), "segmnt, а такого нет"),
    ("a form with an unknown slot", DOMAIN, swap("required_slots: [satisfaction,", "required_slots: [mood,"), "слот mood"),
    ("a form that cannot ask", DOMAIN, swap("required_slots: [satisfaction,", "required_slots: [ticket_files,"), "нечем спросить"),
    ("an unknown entity", TALK, after("- intent: greet\n  examples: |\n", "    - привет [город](town)\n"), "сущности town нет"),
    ("an unknown entity in braces", TALK,
     after("- intent: greet\n  examples: |\n", '    - привет [город]{"entity": "town"}\n'), "town нет"),
    ("a rule on an unknown slot", RULES, swap("requested_slot: null", "requsted_slot: null"), "слота requsted_slot нет"),
    ("contradicting rules", RULES, after(GREETING, SECOND), "противоречит правилу «приветствие»"),
    ("contradicting ends of a form", RULES, end(
        "- rule: ещё запись\n  condition: [{active_loop: appointment_form}]\n  steps:\n  - action: appointment_form\n"
        "  - active_loop:\n  - slot_was_set: [{requested_slot: null}]\n  - action: action_help\n"),
     "противоречит правилу «запись собрана»"),
    ("a service without a title", "bot/content/services.yml", swap("    title:", "    titel:"), "title"),
]  # fmt: skip


def test_the_published_project_has_no_serious_mistake(project: Project) -> None:
    assert [str(m) for m in mistakes(project) if m.serious] == []


@pytest.mark.parametrize(("path", "change", "told"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_draft_is_explained_in_words(project: Project, path: str, change: Break, told: str) -> None:
    before = project.read(path)
    project.write(path, change(before))
    found = [m for m in mistakes(project) if m.serious]
    mine = [m for m in found if told in m.text]
    assert mine, [str(m) for m in found]
    assert any("а" <= c <= "я" for c in mine[0].text)
    assert (project.folder / mine[0].path).exists()
    if not path.startswith("bot/content/services"):
        assert 1 <= mine[0].line <= len(project.read(mine[0].path).splitlines()) + 1


def test_the_line_of_a_phrase_is_its_own(project: Project) -> None:
    text = project.read(TALK)
    for phrase in list(phrases_of(TALK, compose(text)))[::97]:
        assert text.splitlines()[phrase.line - 1].strip() == f"- {phrase.text}"


@pytest.mark.parametrize("path", ["config.yml", DOMAIN])
def test_a_missing_file_is_told_with_what_to_do(project: Project, path: str) -> None:
    project.remove(path)
    assert any(m.path == path and "Верните" in m.text for m in mistakes(project))


def test_a_file_that_is_not_utf8_is_told_alone(project: Project) -> None:
    (project.folder / TALK).write_bytes("nlu: привет".encode("cp1251"))
    (found,) = mistakes(project)
    assert (found.path, "UTF-8" in found.text) == (TALK, True)


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        (TALK, of_intent("repeat", "    - повтори\n    - скажи ещё раз\n"), "мало фраз: 2"),
        (TALK, after("- intent: greet\n  examples: |\n", "    - Привет!!\n"), "записана дважды"),
        (RULES, swap("- rule: прощание", "- rule: приветствие"), "так же называется"),
        (DOMAIN, after("\nresponses:\n", '  utter_never_said:\n  - text: "Да"\n'), "никто не говорит"),
    ],
)
def test_what_could_be_better_stops_nobody(project: Project, path: str, change: Break, told: str) -> None:
    project.write(path, change(project.read(path)))
    found = mistakes(project)
    assert any(told in m.text for m in found)
    assert not [str(m) for m in found if m.serious]


@pytest.mark.parametrize("action", ["utter_ask_cash", "action_answer"])
def test_a_new_intent_with_an_answer_of_its_own_is_in_good_order(project: Project, action: str) -> None:
    phrases = "".join(
        f"    - где у вас банкомат номер {number}\n"
        for number in "один два три четыре пять шесть семь восемь девять десять".split()
    )
    project.write(
        DOMAIN, after("\nresponses:\n", '  utter_ask_cash:\n  - text: "Банкомат у входа."\n')(project.read(DOMAIN))
    )
    project.write(DOMAIN, after("\nintents:\n", "- ask_cash: {use_entities: false}\n")(project.read(DOMAIN)))
    project.write(
        RULES, end(f"- rule: банкомат\n  steps: [{{intent: ask_cash}}, {{action: {action}}}]\n")(project.read(RULES))
    )
    project.write("nlu/data/cash.yml", f'version: "3.1"\nnlu:\n- intent: ask_cash\n  examples: |\n{phrases}')
    assert [str(m) for m in mistakes(project)] == []
    project.write(DOMAIN, swap("utter_ask_cash", "utter_ask_money")(project.read(DOMAIN)))
    assert any("ответа utter_ask_cash нет" in m.text and m.serious and m.path == RULES for m in mistakes(project))


def test_a_mistake_names_its_place(tmp_path: Path) -> None:
    found = mistakes(Project(tmp_path))
    assert [m.path for m in found] == ["config.yml", "domain.yml", "nlu/data", "stories"]
    assert str(found[0]).startswith("config.yml: Нет config.yml")

"""Where in a talk an answer belongs, for an editor who looks for it: a form's question, an answer to a wish, a mishap."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.studio.answers import Answer, answers
from bot.studio.file_values import values
from bot.studio.project import Project
from bot.studio.robot_code import ANSWERS, OWN_ANSWER

_MATTERS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (key, title, re.compile(rf"utter_(?:{names})"))
    for key, title, names in (
        ("mishap", "Когда что-то не так",
         r"not_understood|out_of_scope|forwarded|service_unavail|not_in_this|do_not_send|nothing_to_|not_found|no_more|frustration"
         r"|which_of_two|no_such_date|past_date|name_unclear|phone_unclear|case_number_unclear|case_locked|case_not_found"
         r"|visit_not_found|status_unknown|incident_unknown|grade_range|centre_without|not_done_here|handover_unavailable"),
        ("talk", "Приветствия и разговор",
         r"greet|goodbye|thank|bot_challenge|smalltalk|help|stopped|affirm_what|ok_what|continued|what_to_change|left_as_is"),
        ("visits", "Запись на приём",
         r"ask_(?:service|centre|appointment|other_time|which_visit|move|cancel)|booked|noted_day|day_|too_|time_taken|nothing_free"
         r"|no_appointment|slot_gone|already_booked|moved|cancelled|no_visits|my_visits"),
        ("cases", "Заявления и статусы",
         r"ask_(?:case|ticket_proof|application)|case_|ticket_status|ticket_late|not_overdue|inquiry|status_|where_is|rejection"
         r"|no_form|application_|offer_"),
        ("consents", "Согласия и личные данные", r"consent|no_consents|privacy|deletion|ask_(?:consent|withdraw|deletion)"),
        ("problems", "Жалобы и аварии", r"ask_(?:problem|ticket|incident)|details_|ticket_|incident_|subscribed|technical|recover"),
        ("feedback", "Оценка и отзыв", r"ask_(?:satisfaction|ease|nps|feedback)|feedback_"),
        ("people", "Люди: передача и звонки", r"handover|out_of_hours|ask_callback|callback_|video"),
        ("facts", "Справки: часы, адреса, оплата", ""),
    )
)  # fmt: skip
LINES = ("text", "Строки помощника")
PHONE_LINES = ("phone", "Строки телефона")
WISHES = ("wish", "Ответы на желания")
UNSAID = ("unsaid", "Никто не говорит")


@dataclass(frozen=True)
class Place:
    """Where an answer belongs. `group` and `title` name the list it stands in, `words` says when it is said."""

    group: str
    title: str
    words: str
    said: bool = True
    """Whether anything says it."""


def places(project: Project) -> dict[str, Place]:
    """Places of all answers by their ids. Blocks for some 100 ms after a change. Raises ContentError."""
    told = values(project, "domain.yml") or {}
    titles: Mapping[str, Any] = values(project, "bot/content/intents.yml") or {}
    rules = list(_rules(project))
    asked = _asked(told, rules, titles)
    wishes = _wishes(rules, titles)
    return {id: _place(answer, asked, wishes) for id, answer in answers(project).items()}


def _place(answer: Answer, asked: Mapping[str, tuple[str, str]], wishes: Mapping[str, str]) -> Place:
    if answer.kind == "text":
        return Place(*LINES, "Помощник говорит это сам, когда робот не участвует")
    if answer.kind == "phone":
        return Place(*PHONE_LINES, "Говорится только по телефону")
    if answer.name in asked:
        form, title = asked[answer.name]
        return Place(f"form-{form}", f"Вопросы: «{title}»", f"Вопрос, когда человек хочет «{title}»")
    if answer.name in wishes:
        return Place(*WISHES, f"Ответ на желание «{wishes[answer.name]}»")
    if answer.name not in ANSWERS:
        return Place(*UNSAID, "Этот ответ сейчас никто не говорит", said=False)
    key, title = next((key, title) for key, title, pattern in _MATTERS if pattern.match(answer.name))
    return Place(key, title, "Робот говорит это сам, когда подходит")


def missing(project: Project) -> tuple[str, ...]:
    """Names of answers that the robot's code or a rule says and that the project does not have. Blocks as `places` does."""
    wanted = {*ANSWERS, *_wishes(list(_rules(project)), {})}
    return tuple(sorted(wanted - answers(project).keys()))


def _rules(project: Project) -> Iterator[list[Mapping[str, Any]]]:
    """The steps of every rule and story."""
    for path in project.paths():
        if path.startswith("stories/") and not path.startswith("stories/tests/"):
            data = values(project, path) or {}
            for one in (*(data.get("rules") or ()), *(data.get("stories") or ())):
                yield [step for step in one.get("steps") or () if isinstance(step, Mapping)]


def _asked(
    domain: Mapping[str, Any], rules: list[list[Mapping[str, Any]]], titles: Mapping[str, Any]
) -> dict[str, tuple[str, str]]:
    """Questions of forms: the form and the citizen's name of the wish that begins it."""
    begun = {
        str(steps[-1]["active_loop"]): str(steps[0].get("intent"))
        for steps in rules
        if steps and steps[-1].get("active_loop")
    }
    found: dict[str, tuple[str, str]] = {}
    for form, data in (domain.get("forms") or {}).items():
        title = str(titles.get(begun.get(form, ""), form))
        for slot in (data or {}).get("required_slots") or ():
            for name in (f"utter_ask_{form}_{slot}", f"utter_ask_{slot}"):
                if name in (domain.get("responses") or {}):
                    found.setdefault(name, (form, title))
    return found


def _wishes(rules: list[list[Mapping[str, Any]]], titles: Mapping[str, Any]) -> dict[str, str]:
    """Answers that a rule says by itself, with the citizen's name of the wish."""
    found: dict[str, str] = {}
    for steps in rules:
        wish = next((str(step["intent"]) for step in steps if "intent" in step), "")
        for step in steps:
            action = str(step.get("action", ""))
            said = f"utter_{wish}" if action == OWN_ANSWER and wish else action
            if said.startswith("utter_"):
                found.setdefault(said, str(titles.get(wish, wish)))
    return found

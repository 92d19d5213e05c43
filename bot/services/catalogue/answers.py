"""One aspect of a service in a citizen's words: the answer itself in a sentence or two, the rest for «подробнее»."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.services.catalogue.aspects import Aspect
from bot.services.content import Service


@dataclass(frozen=True)
class Answer:
    """What to say. `more` is said only when asked for; None when there is nothing to add."""

    text: str
    more: str | None = None


_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«А-ЯЁA-Z\d])")
_TOO_SHORT = 14
"""A first sentence below this many letters («Частично.») does not answer alone."""


def answer(service: Service, aspect: Aspect, question: str = "") -> Answer:
    """The answer about one aspect. `question` lets «обязательно ли …» be answered the right way round."""
    return _ANSWERS[aspect](service, question.lower().replace("ё", "е"))


def _split(text: str) -> tuple[str, str]:
    parts = _SENTENCE_END.split(text, maxsplit=1)
    if len(parts) == 2 and len(parts[0]) < _TOO_SHORT:
        more = _SENTENCE_END.split(parts[1], maxsplit=1)
        return f"{parts[0]} {more[0]}", more[1] if len(more) == 2 else ""
    return parts[0], parts[1] if len(parts) == 2 else ""


def _said(text: str, *more: str) -> Answer:
    first, rest = _split(text)
    return Answer(first, " ".join(part for part in (rest, *more) if part) or None)


def _lower(text: str) -> str:
    """The text as the end of a sentence; abbreviations keep their capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] in " ," else text


def _short(service: Service, _question: str) -> Answer:
    lines = [f"Кто может: {_lower(service.who)}", f"Срок: {_lower(service.term)}", f"Цена: {_lower(service.fee.text)}"]
    text = service.short
    if not service.at_centre:
        text = f"{text} {service.elsewhere}"
    else:
        lines.append(f"Куда: {_lower(service.where)}")
    return Answer(text, "\n".join(lines))


def _who(service: Service, _question: str) -> Answer:
    first, rest = _split(service.who)
    return Answer(f"Кто может: {_lower(first)}", rest or None)


def _documents(service: Service, _question: str) -> Answer:
    if len(service.documents) == 1:
        return Answer(f"Нужен только документ: {service.documents[0]}.", service.documents_note)
    listed = "\n".join(f"• {name}" for name in service.documents)
    return Answer(f"Возьмите с собой:\n{listed}", service.documents_note)


def _term(service: Service, _question: str) -> Answer:
    first, rest = _split(service.term)
    return Answer(f"Срок: {_lower(first)}", rest or None)


def _fee(service: Service, _question: str) -> Answer:
    if service.fee.text == "Бесплатно.":
        return Answer("Это бесплатно, госпошлины нет.")
    if service.fee.amount is None:
        return Answer(service.fee.text)
    return Answer(
        f"Стоимость: {_lower(service.fee.text)}", "Могу прислать ссылку на оплату." if service.at_centre else None
    )


def _where(service: Service, _question: str) -> Answer:
    if not service.at_centre:
        return Answer(f"У нас этого не делают. {service.elsewhere}")
    return Answer(service.where, service.elsewhere)


def _elsewhere(service: Service, _question: str) -> Answer:
    if service.at_centre:
        return Answer(f"Да, делаем: {_lower(service.where)}", service.elsewhere)
    return Answer(f"Нет, в нашем центре этого не делают. {service.elsewhere}", service.short)


_MUST_BE_REGISTERED = re.compile(
    r"(?:обязательно|только|нужна|важна|обязательна|должн\w+|необходима) .{0,25}(?:пропис|регистрац|месту)"
    r"|(?:пропис\w+|регистрац\w+) .{0,12}(?:нужна|важна|обязательна|необходима)"
)
_MUST_COME = re.compile(
    r"(?:обязательно|только|должн\w+|нужно|надо|необходимо) .{0,25}"
    r"(?:лично|сам\b|само(?:му|й)|присутств|приходить|прийти)"
    r"|(?:лично|самому|самой|присутств\w+) .{0,15}(?:обязательно|нужно|надо|должн)"
)


def _not_at_registration(service: Service, question: str) -> Answer:
    return _yes_no(
        service.not_at_registration,
        turned=bool(_MUST_BE_REGISTERED.search(question)) and "не по" not in question,
        named=r"пропис|регистрац",
        yes="Да, можно и не по прописке: ",
        no="Нет, не по прописке нельзя: ",
        turned_yes="Нет, не обязательно по прописке: ",
        turned_no="Да, прописка важна: ",
    )


def _by_proxy(service: Service, question: str) -> Answer:
    return _yes_no(
        service.by_proxy,
        turned=bool(_MUST_COME.search(question)),
        named=r"доверен|лично|\bсам|сами\b|оба\b|родствен|близк",
        yes="Да, по доверенности можно: ",
        no="Нет, по доверенности нельзя: ",
        turned_yes="Нет, лично приходить не обязательно: ",
        turned_no="Да, обязательно лично: ",
    )


_MUST_VISIT = re.compile(r"(?:обязательно|нужно|надо) .{0,20}(?:ехать|идти|приходить|прийти)")


def _online(service: Service, question: str) -> Answer:
    return _yes_no(
        service.online,
        turned=bool(_MUST_VISIT.search(question)),
        named=r"госуслуг|сайт|портал|кабинет|интернет|онлайн|приложени|электрон",
        yes="Да, через интернет можно: ",
        no="Нет, через интернет нельзя: ",
        turned_yes="Нет, начать можно через интернет: ",
        turned_no="Да, прийти придётся: ",
    )


def _yes_no(text: str, *, turned: bool, named: str, yes: str, no: str, turned_yes: str, turned_no: str) -> Answer:
    """A «Да, …» or «Нет, …» of the content, said so that it names what it answers and fits the question's direction."""
    first, rest = _split(text)
    head, body = first.split(",", 1) if "," in first else (first, "")
    if head not in ("Да", "Нет"):
        return Answer(first, rest or None)
    lead = (turned_yes if turned else yes) if head == "Да" else (turned_no if turned else no)
    if not turned and re.search(named, first.lower()):
        return Answer(first, rest or None)
    body = re.sub(r"^можно (?:и )?(?=в |через |по |на )", "", body.strip())
    if turned and head == "Да":
        body = re.sub(r"^(?:можно )?(?:и )?не по прописке[,:]? ?(?:— )?", "", body)
    return Answer(lead + body if body else lead.rstrip(": ") + ".", rest or None)


def _steps(service: Service, _question: str) -> Answer:
    lines = "\n".join(f"{number}. {step}" for number, step in enumerate(service.steps, 1))
    if service.at_centre:
        return Answer(
            f"Вот как это сделать:\n{lines}", f"Срок: {_lower(service.term)} Цена: {_lower(service.fee.text)}"
        )
    return Answer(f"У нас этого не делают, но порядок такой:\n{lines}", service.elsewhere)


def _result(service: Service, _question: str) -> Answer:
    first, rest = _split(service.result)
    return Answer(f"Результат: {_lower(first)}", rest or None)


def _appointment(service: Service, _question: str) -> Answer:
    if not service.at_centre:
        needed = (
            "Нужно записаться заранее, но не у нас."
            if service.appointment == "required"
            else "К нам записываться не нужно."
        )
        return Answer(f"{needed} {service.elsewhere}")
    if service.appointment == "required":
        return Answer(
            "Да, нужно записаться заранее. Могу записать вас прямо сейчас.",
            f"Приём займёт около {service.minutes} минут.",
        )
    if service.appointment == "possible":
        return Answer(
            "Нет, запись не обязательна: можно прийти и взять талон. По записи быстрее — могу записать вас.",
            f"Приём займёт около {service.minutes} минут.",
        )
    return Answer("Нет, записываться не нужно — просто приходите в рабочие часы.")


def _for_child(service: Service, _question: str) -> Answer:
    return _said(service.for_child)


_ANSWERS: dict[Aspect, Callable[[Service, str], Answer]] = {
    "short": _short,
    "who": _who,
    "documents": _documents,
    "term": _term,
    "fee": _fee,
    "where": _where,
    "by_proxy": _by_proxy,
    "not_at_registration": _not_at_registration,
    "online": _online,
    "steps": _steps,
    "result": _result,
    "appointment": _appointment,
    "for_child": _for_child,
    "elsewhere": _elsewhere,
}

"""Stored facts in the words colleagues read between the messages of a conversation. Nothing personal is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.handover.words import CHANNELS, Titles, reason_title
from bot.services.people.groups import Groups
from bot.services.russian_dates import day_text, time_text

Data = Mapping[str, Any]

PURPOSES = {
    "personal_data": "обработка персональных данных",
    "proactive_offers": "предложения услуг",
    "notifications": "уведомления",
}
TICKET_STATES = {
    "registered": "зарегистрировано",
    "in_progress": "в работе",
    "forwarded": "передано исполнителю",
    "answered": "дан ответ",
    "rejected": "отказано",
}
SCALES = {"satisfaction": "оценка {} из 4", "ease": "удобство {} из 4", "nps": "посоветуют на {} из 10"}


class Happenings:
    """Turns events into Russian lines."""

    def __init__(self, groups: Groups, titles: Titles, topic_title: Callable[[str], str], zone: ZoneInfo) -> None:
        """`zone` is the citizens' own, for times in the lines."""
        self._groups, self._titles, self._topic_title, self._zone = groups, titles, topic_title, zone
        self._words: dict[str, Callable[[Data, Mapping[str, str]], str]] = {
            "handed_over": self._handed_over,
            "handover_out_of_hours": self._out_of_hours,
            "resolution_given": lambda d, _: (
                f"Вопрос решён, по словам гражданина: {'да' if d.get('resolved') else 'нет'}"
            ),
            "call_unanswered": lambda d, _: "Специалист не ответил на звонок",
            "operator_joined": self._joined,
            "taken_over": lambda d, n: f"Разговор ведёт руководитель{_who(d, n, ': ')}",
            "transferred": self._transferred,
            "reassigned": lambda d, n: f"Руководитель передаёт разговор{self._to(d, n)}",
            "overflowed": lambda d, n: f"Долгое ожидание: разговор перешёл{self._to(d, n)}",
            "operator_lost": lambda d, n: "Связь со специалистом потеряна, разговор снова в очереди",
            "handover_left": lambda d, n: "Гражданин больше не ждёт специалиста",
            "talk_closed": self._closed,
            "returned_to_robot": self._returned,
            "callback_offered": lambda d, _: "Предложен обратный звонок",
            "callback_requested": lambda d, _: f"Обещан звонок {_number(d)}{self._at(d, 'starts_at')}",
            "callback_done": lambda d, _: f"Обратный звонок {_number(d)}: дозвонились",
            "callback_missed": lambda d, _: f"Обратный звонок {_number(d)}: нет ответа, попытка {d.get('tries')}",
            "callback_cancelled": lambda d, _: f"Обратный звонок {_number(d)} отменён",
            "video_requested": lambda d, _: f"Обещана видеоконсультация {_number(d)}{self._at(d, 'starts_at')}",
            "appointment_booked": lambda d, _: f"Запись на приём {self._visit(d)}",
            "appointment_moved": lambda d, _: f"Запись перенесена: {self._visit(d)}",
            "appointment_cancelled": lambda d, _: f"Запись отменена: {self._visit(d)}",
            "ticket_filed": lambda d, _: f"Принято обращение {_number(d)}: {topic_title(str(d.get('topic') or ''))}",
            "ticket_state": lambda d, _: (
                f"Обращение {_number(d)}: {TICKET_STATES.get(str(d.get('state')), d.get('state'))}"
            ),
            "ticket_details_added": lambda d, _: f"Дополнено обращение {_number(d)}",
            "application_registered": lambda d, _: f"Подано заявление {_number(d)}{self._service(d)}",
            "application_state_changed": lambda d, _: f"Новый статус дела {_number(d)}",
            "status_shown": lambda d, _: f"Показан статус дела {_number(d)}",
            "ticket_shown": lambda d, _: f"Показано обращение {_number(d)}",
            "inquiry_filed": lambda d, _: (
                f"Задан вопрос о сроке по делу {d.get('application') or ''}, номер {_number(d)}"
            ),
            "proof_failed": lambda d, _: "Данные для проверки не подошли",
            "consent_given": lambda d, _: f"Дано согласие: {_purpose(d)}",
            "consent_withdrawn": lambda d, _: f"Отозвано согласие: {_purpose(d)}",
            "deletion_requested": lambda d, _: f"Просьба удалить данные {_number(d)}",
            "incident_subscribed": lambda d, _: "Гражданин ждёт вестей об аварии",
            "feedback_given": self._rated,
            "call_started": lambda d, _: "Начался звонок" if d.get("direction") != "out" else "Робот звонит гражданину",
            "call_transferred": lambda d, _: (
                "Звонок переведён" if d.get("to") != "queue" else "Звонок ждёт специалиста"
            ),
            "call_ended": self._call_ended,
            "call_rated": lambda d, _: f"Оценка звонка: {d.get('rating')} из 4",
            "link_issued": lambda d, _: "Дана одноразовая ссылка",
            "link_used": lambda d, _: f"Переход по ссылке: {_channel(d)}",
            "citizens_joined": lambda d, _: "Подтверждён общий телефон: каналы объединены",
            "citizen_blocked": lambda d, _: f"Гражданин запретил писать ему: {_channel(d)}",
            "citizen_unblocked": lambda d, _: f"Гражданину снова можно писать: {_channel(d)}",
            "message_not_sent": lambda d, _: f"Сообщение не доставлено: {_channel(d)}",
            "flood": lambda d, _: "Очень много сообщений подряд, часть объединена",
        }

    @property
    def names(self) -> frozenset[str]:
        """Names of the events worth a line."""
        return frozenset(self._words)

    def text(self, name: str, data: Data, colleagues: Mapping[str, str]) -> str:
        """One event as a line, "" when it needs none; `colleagues` are names by account."""
        words = self._words.get(name)
        return words(data, colleagues).strip() if words else ""

    def _reason(self, data: Data) -> str:
        topic = str(data.get("topic") or "")
        return reason_title(str(data.get("reason") or "asked")) + (f", {self._topic_title(topic)}" if topic else "")

    def _handed_over(self, data: Data, _: Mapping[str, str]) -> str:
        return f"Позвали специалиста: {self._reason(data)}{self._to(data, {}, ' → ')}"

    def _out_of_hours(self, data: Data, _: Mapping[str, str]) -> str:
        if data.get("while_waiting"):
            return "Рабочий день группы закончился раньше, чем подошла очередь"
        return f"Просьба о специалисте в нерабочее время: {self._reason(data)}"

    def _returned(self, data: Data, _: Mapping[str, str]) -> str:
        if data.get("by") in ("citizen", "call"):
            return ""  # that the citizen left is told by an event of its own
        task = self._titles.tasks.get(str(data.get("task") or ""), "")
        return f"Разговор вернулся к роботу{f', его задача: {task}' if task else ''}"

    def _joined(self, data: Data, names: Mapping[str, str]) -> str:
        waited = data.get("waited_seconds")
        after = f", ожидание {span(int(waited))}" if isinstance(waited, int | float) else ""
        return f"Разговор ведёт специалист{_who(data, names, ': ')}{after}"

    def _transferred(self, data: Data, names: Mapping[str, str]) -> str:
        return f"Разговор передан{self._to(data, names)}"

    def _to(self, data: Data, names: Mapping[str, str], before: str = ": ") -> str:
        person = names.get(str(data.get("to_operator") or ""), "")
        group = str(data.get("to_group") or data.get("group") or "")
        where = person or (self._groups.get(group).title if group in self._groups.ids else "")
        return f"{before}{where}" if where else ""

    def _closed(self, data: Data, _: Mapping[str, str]) -> str:
        result = self._titles.results.get(str(data.get("result") or ""), "")
        return f"Разговор завершён{f': {result}' if result else ''}"

    def _visit(self, data: Data) -> str:
        centre = self._titles.centres.get(str(data.get("centre_id") or ""), "")
        parts = (_number(data) + self._service(data), centre, self._at(data, "start").strip())
        return ", ".join(part for part in parts if part)

    def _service(self, data: Data) -> str:
        title = self._titles.services.get(str(data.get("service_id") or ""), "")
        return f" «{title}»" if title else ""

    def _at(self, data: Data, key: str) -> str:
        try:
            moment = datetime.fromisoformat(str(data.get(key))).astimezone(self._zone)
        except ValueError:
            return ""
        return f" {day_text(moment.date())}, {time_text(moment)}"

    @staticmethod
    def _rated(data: Data, _: Mapping[str, str]) -> str:
        given = [words.format(data[key]) for key, words in SCALES.items() if data.get(key) is not None]
        return f"Отзыв гражданина: {', '.join(given) or 'несколько слов'}"

    @staticmethod
    def _call_ended(data: Data, _: Mapping[str, str]) -> str:
        seconds = data.get("seconds")
        return f"Звонок закончен, {span(int(seconds))}" if seconds else "Звонок закончен"


def span(seconds: int) -> str:
    """«40 с», «12 мин», «2 ч 5 мин»."""
    if seconds < 60:
        return f"{max(0, seconds)} с"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} ч {minutes} мин" if hours else f"{minutes} мин"


def _number(data: Data) -> str:
    return str(data.get("number") or "")


def _channel(data: Data) -> str:
    name = str(data.get("channel") or "")
    return CHANNELS.get(name, name)


def _purpose(data: Data) -> str:
    name = str(data.get("purpose") or "")
    return PURPOSES.get(name, name)


def _who(data: Data, names: Mapping[str, str], before: str) -> str:
    name = names.get(str(data.get("operator") or data.get("by") or ""), "")
    return f"{before}{name}" if name else ""

"""What stands in the braces of an answer while an editor looks at it: examples of the right kind, in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping

SAMPLES: Mapping[str, str] = {
    "accessibility": "пандус и кнопка вызова",
    "address": "Ленина, 5",
    "addresses": "• Ленина, 5\n• Заречная, 12",
    "amount": "350",
    "centre": "Центр на Ленина",
    "city": "Приреченск",
    "code": "АБВ-123",
    "consents": "• запись на приём",
    "contact": "+7 900 000-00-00",
    "count": "12",
    "day": "вторник, 24 ноября",
    "details": "третий день",
    "done": "Заявление отправлено.",
    "due": "5 декабря",
    "elsewhere": "Обратитесь в налоговую.",
    "end": "18:00",
    "explanation": "Часть данных хранится по закону.",
    "fee": "Бесплатно.",
    "files": "2 фото",
    "forecast": "к 18:00",
    "group": "специалист по записи",
    "high": "5",
    "hours": "до 20:00",
    "intro": "Отвечу за минуту.",
    "kept": "номер обращения",
    "keys": "Нажмите один или два.",
    "left": "две",
    "line": "линия «Мои документы»",
    "line_phone": "122",
    "link": "https://example.org/v",
    "low": "1",
    "meaning": "Документы проверяют.",
    "minutes": "пять",
    "name": "Анна Петровна",
    "near": "в 10:30",
    "next": "Подождите до 5 декабря.",
    "now": "Открыто до 20:00.",
    "number": "12-3456",
    "old": "понедельник, 10:00",
    "online": "Через Госуслуги можно.",
    "opening": "завтра в 9:00",
    "parking": "есть, бесплатно",
    "part": "77-12",
    "person": "Иванова Анна Петровна",
    "phone": "+7 900 000-00-00",
    "phrase": "Передано в ведомство",
    "position": "вторая",
    "purpose": "запись на приём",
    "reason": "санитарный день",
    "region": "Приреченская область",
    "service": "Замена паспорта",
    "start": "16:00",
    "state": "в работе",
    "story": "во дворе не горит фонарь",
    "summary": "• Имя: Анна",
    "text": "завтра центры закрыты",
    "time": "9:30",
    "title": "Замена паспорта",
    "to": "отдел записи",
    "topic": "освещение",
    "transport": "автобус 5",
    "until": "12:30",
    "url": "https://example.org/pay",
    "visits": "• вторник, 9:30",
    "wait": "около пяти минут",
    "week": "пн–пт с 8:00 до 20:00",
    "what": "напоминания",
    "when": "во вторник в 9:30",
}

_BRACE = re.compile(r"\{([^\n{}]+?)\}")


def with_samples(text: str) -> str:
    """The text with examples in its braces; a name without an example stays in angle quotes."""
    return _BRACE.sub(lambda found: SAMPLES.get(found[1], f"‹{found[1]}›"), text)

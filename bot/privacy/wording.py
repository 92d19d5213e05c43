"""How reports name things, in Russian."""

from __future__ import annotations

MATTERS = {
    "application": "заявление на рассмотрении",
    "ticket": "обращение без ответа",
    "callback": "обещанный звонок",
    "appointment": "запись на приём",
    "talk": "разговор со специалистом",
    "message": "сообщение без ответа",
    "reminder": "напоминание",
    "call": "звонок робота",
    "incident": "ждёт конца аварии",
}
"""Open matters that keep a citizen's data."""

CLASSES = {
    "raw_events": "разобранные события каналов",
    "dead_letters": "события, которые не разобрались",
    "form_drafts": "черновики с вышедшим сроком",
    "one_time_links": "старые ссылки",
    "link_codes": "старые коды",
    "due_messages": "отправленные напоминания",
    "calls": "звонки без разговора",
    "proof_attempts": "счётчики неверных проверочных слов",
    "link_code_attempts": "счётчики неверных кодов",
    "login_tries": "счётчики неверных входов",
    "tickets": "обращения с вышедшим сроком",
    "applications": "заявления с вышедшим сроком",
    "consents": "отозванные согласия с вышедшим сроком",
    "deletion_requests": "выполненные требования об удалении",
}
"""Classes with terms of their own."""

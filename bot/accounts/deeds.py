"""What the audit log's deeds are called in Russian; a test holds that every deed of the house is here."""

from __future__ import annotations

DEEDS: dict[str, str] = {
    "signed_in": "Вход",
    "sign_in_refused": "Вход отклонён",
    "account_locked": "Вход закрыт после ошибок",
    "signed_out": "Выход",
    "session_ended": "Закрыто одно из окон",
    "sessions_ended": "Выход везде",
    "password_changed": "Пароль изменён",
    "password_reset": "Выдан одноразовый пароль",
    "second_factor_set": "Второй фактор включён",
    "second_factor_removed": "Второй фактор отключён",
    "second_factor_reset": "Второй фактор сброшен",
    "recovery_codes_made": "Новые запасные коды",
    "recovery_code_used": "Вход по запасному коду",
    "account_added": "Заведена учётная запись",
    "account_changed": "Изменена учётная запись",
    "account_disabled": "Учётная запись закрыта",
    "account_enabled": "Учётная запись открыта снова",
    "account_unlocked": "Вход открыт досрочно",
    "sso_linked": "Связан вход через систему организации",
    "sso_unlinked": "Снята связь с системой входа организации",
    "sso_refused": "Вход через систему организации отклонён",
    "sso_roles_kept": "Роли из системы входа не приняты",
    "audit_exported": "Журнал выгружен",
    "audit_checked": "Журнал проверен",
    "citizen_viewed": "Открыты данные гражданина",
    "citizen_searched": "Поиск гражданина",
    "citizen_exported": "Выгружены данные гражданина",
    "erasure_begun": "Начато удаление данных гражданина",
    "citizen_erased": "Удалены данные гражданина",
    "retention_previewed": "Посмотрено, что пора удалить",
    "retention_done": "Удалено то, чей срок вышел",
}
"""Name and Russian title, in the order of the filter; rooms add theirs."""


def title_of(action: str) -> str:
    """The Russian title; the name itself for a deed that is gone from the house but not from the log."""
    return DEEDS.get(action, action)

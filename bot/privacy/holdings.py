"""The one list of what every table holds: whose it is, what is sealed, how long it stays, how it is erased and exported.

Rotation of keys, retention, export and erasure all read it; a test fails for a table or a column that is missing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Whose = Literal["citizen", "staff", "nobody"]
Erasure = Literal["delete", "unlink", "keep", "blank"]
"""What a deletion does with the rows: `delete`, `unlink` from the person, `keep` until their own term, `blank` what they say."""


@dataclass(frozen=True)
class Holding:
    """What one table holds.

    `links` lead from its rows to a citizen, as (column, table named by it). `sealed` columns are under the vault's keys;
    `personal` ones belong to a person and lie in the clear; `plain` ones name nobody. `term` is the class of content/retention.yml.
    """

    table: str
    title: str
    whose: Whose
    term: str
    erasure: Erasure
    links: tuple[tuple[str, str], ...] = ()
    sealed: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Every column that was thought of."""
        return frozenset((*self.sealed, *self.personal, *self.plain))


CITIZEN = (("citizen_id", "citizens"),)
CONVERSATION = (("conversation_id", "conversations"),)
EITHER = CITIZEN + CONVERSATION


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HOLDINGS: tuple[Holding, ...] = (
    # The person and the conversations
    Holding(
        "citizens",
        "Профиль",
        "citizen",
        "conversation",
        "delete",
        (("id", "citizens"),),
        sealed=("profile",),
        plain=_words("id created_at"),
    ),
    Holding(
        "conversations",
        "Разговоры",
        "citizen",
        "conversation",
        "delete",
        CITIZEN,
        personal=("user",),
        plain=_words(
            "id citizen_id channel mode expected buttons mood persona offered_by blocked_at created_at updated_at"
        ),
    ),
    Holding(
        "studio_readings",
        "Как робот понял сообщения",
        "citizen",
        "conversation",
        "delete",
        CONVERSATION,
        plain=_words(
            "message conversation_id intent confidence second second_confidence doubtful doubts meant state settled_by "
            "settled_at at"
        ),
    ),
    Holding(
        "answer_votes",
        "Помог ли ответ робота",
        "citizen",
        "conversation",
        "delete",
        CONVERSATION,
        plain=_words("message conversation_id question intent answer helpful at"),
    ),
    Holding(
        "messages",
        "Сообщения",
        "citizen",
        "conversation",
        "delete",
        CONVERSATION,
        sealed=("body",),
        personal=("external_id",),
        plain=_words("seq conversation_id author reply_to state at"),
    ),
    Holding(
        "outbox",
        "Отправка сообщений",
        "citizen",
        "conversation",
        "delete",
        (("seq", "messages"),),
        personal=("peer", "remote"),
        plain=_words("seq channel state part unsure due_at sent_at reason"),
    ),
    Holding(
        "raw_events",
        "События каналов, как они пришли",
        "citizen",
        "raw_events",
        "blank",
        sealed=("body",),
        personal=("key",),
        plain=_words("id channel state reason received_at"),
    ),
    Holding(
        "due_messages",
        "Напоминания и новости",
        "citizen",
        "conversation",
        "delete",
        CITIZEN,
        personal=("payload",),
        plain=_words("id citizen_id due_at kind ref state"),
    ),
    Holding(
        "one_time_links",
        "Ссылки для перехода в другой канал",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        sealed=("slots_sealed",),
        plain=_words("id conversation_id citizen_id scenario created_at expires_at used_at used_by taken_by"),
    ),
    Holding(
        "link_codes",
        "Коды для узнавания в другом канале",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        personal=("code_print",),
        plain=_words("conversation_id citizen_id expires_at used_by"),
    ),
    Holding(
        "ratings",
        "Оценки",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        sealed=("comment",),
        plain=_words("id conversation_id citizen_id ref answered_by satisfaction ease nps created_at updated_at"),
    ),
    Holding(
        "form_drafts",
        "Черновики заявлений",
        "citizen",
        "conversation",
        "delete",
        CITIZEN,
        sealed=("answers_sealed",),
        plain=_words("id citizen_id form_id saved_at expires_at"),
    ),
    Holding(
        "incident_subscriptions",
        "Подписки на новости об авариях",
        "citizen",
        "conversation",
        "delete",
        CITIZEN,
        plain=_words("incident_id citizen_id at"),
    ),
    # People who helped
    Holding(
        "handovers",
        "Передачи специалисту",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        sealed=("summary",),
        plain=_words(
            "id conversation_id citizen_id channel reason topic group line language priority state created_at "
            "group_since taken_at first_reply_at ended_at wrap_up_until callback_offered_at operator "
            "wanted_operator transfers closing_topic result resolved"
        ),
    ),
    Holding(
        "transfers",
        "Переводы между специалистами",
        "citizen",
        "conversation",
        "delete",
        (("handover_id", "handovers"),),
        sealed=("note",),
        plain=_words("id handover_id kind from_operator from_group to_operator to_group at"),
    ),
    Holding(
        "callbacks",
        "Обещанные звонки",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        sealed=_words("phone note"),
        personal=("link",),
        plain=_words(
            "number kind citizen_id conversation_id topic group starts_at ends_at state owner tries next_try_at "
            "closed_at escalated_at created_at"
        ),
    ),
    Holding(
        "notes",
        "Заметки сотрудников",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        sealed=("text",),
        personal=("author_name",),
        plain=_words("id conversation_id citizen_id author kind at"),
    ),
    Holding(
        "read_marks",
        "Отметки о прочтении",
        "citizen",
        "conversation",
        "delete",
        CONVERSATION,
        plain=_words("conversation_id reader seq at"),
    ),
    # The telephone
    Holding(
        "calls",
        "Звонки",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        sealed=("caller",),
        personal=_words("user linked_id"),
        plain=_words(
            "id direction line dialled conversation_id citizen_id purpose outgoing_id state registered_at "
            "expires_at started_at ended_at reason after_kind after_target after_group transfers rating recording "
            "recording_delete_after"
        ),
    ),
    Holding(
        "outgoing_calls",
        "Звонки робота",
        "citizen",
        "conversation",
        "delete",
        EITHER,
        sealed=_words("phone text"),
        personal=("answers",),
        plain=_words(
            "id key citizen_id conversation_id line purpose ref due_at until next_try_at taken_at tries state "
            "outcome consent_ref created_at"
        ),
    ),
    # Deeds
    Holding(
        "appointments",
        "Записи на приём",
        "citizen",
        "conversation",
        "delete",
        CITIZEN,
        sealed=("person_sealed",),
        plain=_words("id number citizen_id holder service_id centre_id window start_at end_at state expires_at"),
    ),
    Holding(
        "appointment_cells",
        "Занятое время приёма",
        "citizen",
        "conversation",
        "delete",
        (("appointment_id", "appointments"),),
        plain=_words("centre_id start_at window appointment_id"),
    ),
    Holding(
        "applications",
        "Заявления",
        "citizen",
        "applications",
        "keep",
        CITIZEN,
        sealed=("answers_sealed",),
        personal=_words("surname_print birth_date_print code_word_print"),
        plain=_words(
            "id number key citizen_id service_id form_id state stage_text rejection_reason filed_on due_on "
            "decided_on demo"
        ),
    ),
    Holding(
        "application_history",
        "Ход заявлений",
        "citizen",
        "applications",
        "keep",
        (("application_id", "applications"),),
        plain=_words("id application_id at state stage_text"),
    ),
    Holding(
        "application_inquiries",
        "Запросы о заявлениях",
        "citizen",
        "applications",
        "keep",
        (("application_id", "applications"),),
        plain=_words("number application_id open_for at due_on"),
    ),
    Holding(
        "tickets",
        "Обращения",
        "citizen",
        "tickets",
        "keep",
        CITIZEN,
        sealed=_words("body meaning"),
        personal=_words("note surname_print code_print street_print"),
        plain=_words(
            "number key citizen_id channel topic topic_head group state anonymous linked owner escalated_at "
            "filed_on due_on created_at updated_at"
        ),
    ),
    Holding(
        "consents",
        "Согласия",
        "citizen",
        "consents",
        "keep",
        CITIZEN,
        sealed=("proof_sealed",),
        plain=_words("id citizen_id purpose scope given text_version at channel"),
    ),
    Holding(
        "deletion_requests",
        "Требования удалить данные",
        "citizen",
        "consents",
        "keep",
        CITIZEN,
        plain=_words("number citizen_id open_for channel at requested_on due_on"),
    ),
    # Facts
    Holding(
        "events",
        "События для статистики",
        "citizen",
        "statistics",
        "unlink",
        CITIZEN,
        plain=_words("id name at citizen_id conversation_id data"),
    ),
    Holding(
        "audit",
        "Журнал действий сотрудников",
        "citizen",
        "audit",
        "keep",
        CITIZEN,
        personal=_words("actor_name ip"),
        plain=_words("id at actor action subject citizen_id data digest"),
    ),
    # Colleagues
    Holding(
        "accounts",
        "Учётные записи",
        "staff",
        "staff",
        "keep",
        sealed=("totp_secret",),
        personal=_words("login name password_hash recovery_codes oidc_subject extension"),
        plain=_words(
            "id must_change_password totp_confirmed_at totp_used roles groups languages lines capacity "
            "wrong_tries locked_until created_at last_login_at disabled_at"
        ),
    ),
    Holding(
        "account_sessions",
        "Открытые окна сотрудников",
        "staff",
        "staff",
        "keep",
        personal=_words("ip agent"),
        plain=_words("id account_id csrf stage created_at seen_at expires_at"),
    ),
    Holding(
        "login_tries",
        "Неверные входы с одного адреса",
        "staff",
        "attempts",
        "keep",
        personal=("ip",),
        plain=_words("tries since"),
    ),
    Holding(
        "presences",
        "Кто сейчас на работе",
        "staff",
        "staff",
        "keep",
        plain=_words("operator status reason since seen_at busy_until"),
    ),
    Holding(
        "canned_answers",
        "Готовые ответы",
        "staff",
        "staff",
        "keep",
        plain=_words("id group shortcut title text files changed_by changed_at deleted_at"),
    ),
    Holding(
        "studio_runs",
        "Обучения черновиков",
        "staff",
        "staff",
        "keep",
        plain=_words("id kind draft edition model state stage progress report error created_at started_at finished_at"),
    ),
    Holding(
        "studio_publications",
        "Публикации",
        "staff",
        "staff",
        "keep",
        plain=_words(
            "id kind state why author approver refusal run edition model version parent changes created_at decided_at live_at"
        ),
    ),
    # Nobody
    Holding(
        "proof_attempts",
        "Неверные проверочные слова",
        "nobody",
        "attempts",
        "keep",
        plain=_words("key failures since locked_until"),
    ),
    Holding(
        "link_code_attempts",
        "Неверные коды",
        "nobody",
        "attempts",
        "keep",
        plain=_words("key failures since locked_until"),
    ),
    Holding(
        "notices",
        "Объявления",
        "nobody",
        "public",
        "keep",
        personal=("author_name",),
        plain=_words("id text channels starts_at ends_at author created_at withdrawn_at"),
    ),
    Holding(
        "incidents",
        "Аварии",
        "nobody",
        "public",
        "keep",
        plain=_words("id title kind streets districts started_at forecast_at closed_at reason text source"),
    ),
    Holding("counters", "Счётчики номеров", "nobody", "public", "keep", plain=_words("name value")),
    Holding("channel_cursors", "Докуда прочитан канал", "nobody", "public", "keep", plain=_words("channel cursor")),
)

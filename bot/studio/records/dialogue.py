"""Kinds about what citizens ask and are told: statuses, complaints, danger, consents, news, canned answers."""

from __future__ import annotations

from bot.studio.records.kinds import CONTENT, KEY, VALUE, Field, Kind
from bot.studio.records.services import ID

COME = (("yes", "да, приходить"), ("no", "нет"), ("wait", "ждать сообщения"))
PHRASE_HINT = (
    "Каждая фраза на своей строке. «хочу * умереть» — между словами ещё до двух; «пожар|дым» — одно из слов; "
    "«=жить» — только эта форма; «самоуби~» — начало слова; «муж + бить» — рядом в любом порядке."
)
APPLICATION_STATES = (
    ("accepted", "Принято"),
    ("in_progress", "В работе"),
    ("approved", "Одобрено"),
    ("rejected", "Отклонено"),
)
TICKET_STATES = (
    ("registered", "Зарегистрировано"), ("in_progress", "В работе"), ("forwarded", "Переслано"), ("answered", "Ответ готов"),
    ("rejected", "Отказано"),
)  # fmt: skip

GLOSSARY = Kind(
    name="glossary", title="Словарь статусов", one="статус", family="Статусы и новости", file=f"{CONTENT}glossary.yml",
    shape="rows", path=("phrases",), key=("phrase",), named_by="phrase", shown=("state", "meaning"),
    about="Что значат слова ведомств о деле: «передано на выдачу в ОГВ».",
    fields=(
        Field("phrase", "Как написано в статусе", most=150, example="передано на выдачу в ОГВ"),
        Field("variants", "Как ещё пишут", "texts", "Каждый вариант на своей строке.", required=False, most=40,
              example="передано на выдачу в орган власти"),
        Field("state", "Состояние дела", "choice", choices=(
            ("accepted", "принято"), ("in_progress", "в работе"), ("approved", "одобрено"), ("rejected", "отказ"),
            ("suspended", "приостановлено"), ("ready", "готово"), ("issued", "выдано"), ("archived", "в архиве"), ("other",
            "другое"),
        ), example="готово"),
        Field("meaning", "Что это значит", "text", plain=True, most=600, example="Результат готов, но отдаёт его ведомство."),
        Field("action", "Что делать", "text", plain=True, most=600, example="Позвоните в это ведомство по номеру из расписки."),
        Field("come", "Приходить ли в центр", "choice", choices=COME, example="нет"),
    ),
)  # fmt: skip

RECEIPT = Kind(
    name="receipt", title="Вопросы о расписке", one="вопрос", family="Статусы и новости", file=f"{CONTENT}glossary.yml",
    shape="rows", path=("receipt",), key=("question",), named_by="question", shown=("answer",),
    about="Где на бумажной расписке что написано.",
    fields=(
        Field("question", "Как спрашивают", "texts", "Каждый вопрос на своей строке.", least=1, most=30, example="где номер дела"),
        Field("answer", "Ответ", "text", plain=True, most=600, example="Номер дела напечатан вверху расписки."),
    ),
)  # fmt: skip

APPLICATIONS = Kind(
    name="applications", title="Состояния заявления", one="состояние", family="Статусы и новости",
    file=f"{CONTENT}applications.yml",
    shape="named", path=("states",), key=(KEY,), fixed=True, named_by=KEY, shown=("title", "meaning"), names=APPLICATION_STATES,
    about="Как робот рассказывает о заявлении. В новостях не бывает личного: они приходят в любой канал.",
    fields=(
        Field("title", "Название", most=60, example="В работе"),
        Field("meaning", "Что это значит", "text", plain=True, most=500),
        Field("what_next", "Что делать", "text", plain=True, most=500),
        Field("come", "Приходить ли в центр", "choice", choices=COME),
        Field("by", "До какого дня", required=False, pattern=r"due|\d{1,3}",
              pattern_hint="due — до срока услуги, число — столько дней.",
              hint="due — до срока услуги; число — столько дней после решения.", example="30"),
        Field("news", "Новость", "text", "Вставки: {number} и {title}.", plain=True, most=500),
    ),
)  # fmt: skip

OVERDUE = Kind(
    name="overdue", title="Срок заявления прошёл", one="слова", family="Статусы и новости", file=f"{CONTENT}applications.yml",
    shape="single", path=("overdue",), about="Что сказать, если срок прошёл, а решения нет.",
    fields=(
        Field("meaning", "Что это значит", "text", plain=True, most=500),
        Field("what_next", "Что делать", "text", plain=True, most=500),
    ),
)  # fmt: skip

REMINDERS = Kind(
    name="reminders", title="Напоминания о приёме", one="напоминание", family="Статусы и новости",
    file=f"{CONTENT}appointments.yml",
    shape="rows", path=("reminders",), key=("hours",), named_by="hours", shown=("text",),
    about="Что приходит до приёма. Личного здесь не бывает: сообщение может прийти в любой канал.",
    fields=(
        Field("hours", "За сколько часов", "number", lowest=0.25, most=720, example="24"),
        Field("text", "Сообщение", "text", "Вставки: {number} {service} {centre} {address} {day} {time}.", plain=True, most=600,
              example="Напоминаю: завтра, {day}, в {time} вас ждут."),
    ),
)  # fmt: skip

TICKET_TITLES = Kind(
    name="ticket_states", title="Состояния обращения", one="состояние", family="Статусы и новости", file=f"{CONTENT}tickets.yml",
    shape="named", path=("states",), key=(KEY,), fixed=True, named_by=KEY, shown=(VALUE,), names=TICKET_STATES,
    about="Как состояние обращения называется для гражданина.", fields=(Field(VALUE, "Название", most=80, example="В работе"),),
)  # fmt: skip

TICKET_NEWS = Kind(
    name="ticket_news", title="Новости об обращении", one="новость", family="Статусы и новости", file=f"{CONTENT}tickets.yml",
    shape="named", path=("news",), key=(KEY,), fixed=True, named_by=KEY, shown=(VALUE,), names=TICKET_STATES,
    about="Что приходит гражданину, когда состояние обращения меняется.",
    fields=(
        Field(VALUE, "Сообщение", "text", "Вставки: {number} {topic} {state} {note} {due}.", plain=True, most=600,
              example="По обращению {number} есть ответ. {note}"),
    ),
)  # fmt: skip

TOPICS = Kind(
    name="topics", title="Темы обращений", one="тема", family="Обращения", file=f"{CONTENT}topics.yml", shape="rows",
    path=("topics",), id_from="title", shown=("group", "term_days"),
    about="Куда попадёт жалоба и за сколько дней ответят. Чем больше разных примеров, тем точнее робот.",
    fields=(
        ID,
        Field("title", "Название", most=100, example="Медицина"),
        Field("group", "Кто отвечает", most=120, example="Группа здравоохранения"),
        Field("term_days", "Дней на ответ", "whole", "От 1 до 30 (59-ФЗ).", lowest=1, most=30, example="10"),
        Field("description", "О чём тема", "text", most=400, example="Поликлиники, больницы, врачи."),
        Field("keywords", "Ключевые слова", "texts", "В начальной форме, каждое на своей строке.", required=False, keeps_empty=True,
              most=120, example="поликлиника"),
        Field("examples", "Примеры обращений", "texts", "Голосами людей, каждое обращение на своей строке.", required=False,
              keeps_empty=True, most=400, example="не могу записаться к терапевту"),
    ),
)  # fmt: skip

SUBTOPICS = Kind(
    name="subtopics", title="Подтемы обращений", one="подтема", family="Обращения", file=f"{CONTENT}topics.yml", shape="rows",
    path=("topics", "*", "subtopics"), id_from="title", shown=("id",), parent="topics",
    about="Уточняют тему. Кто отвечает и срок — от темы, если не указаны свои.",
    fields=(
        Field("id", "Имя для робота", hint="Тема, точка и имя. Робот придумает сам, потом оно не меняется.", required=False),
        Field("_parent", "Тема", "ref", of="topics", hint="Потом не меняется.", example="roads"),
        Field("title", "Название", most=100, example="Ямы и разбитый асфальт"),
        Field("group", "Кто отвечает", required=False, most=120),
        Field("term_days", "Дней на ответ", "whole", required=False, lowest=1, most=30),
        Field("keywords", "Ключевые слова", "texts", "Каждое на своей строке.", required=False, keeps_empty=True, most=120,
              example="выбоина"),
        Field("examples", "Примеры обращений", "texts", "Каждый на своей строке.", required=False, keeps_empty=True, most=400,
              example="на дороге яма"),
    ),
)  # fmt: skip

CRISIS = Kind(
    name="crisis", title="Опасность для жизни", one="вид опасности", family="Обращения", file=f"{CONTENT}crisis.yml", shape="named",
    path=("kinds",), key=(KEY,), fixed=True, named_by=KEY, shown=("text",),
    names=(
        ("suicide", "Мысли о самоубийстве"), ("violence", "Насилие"), ("fire_gas", "Пожар, газ"), ("medical", "Нужна скорая"),
        ("missing_child", "Пропал ребёнок"), ("other", "Другая беда"),
    ),
    warning="От этих слов зависит жизнь. До выпуска правку смотрят юрист и администратор: он звонит по каждому номеру.",
    about="По каким словам робот узнаёт беду и что говорит сразу: телефон, потом одно действие. Без шуток и анкет.",
    fields=(
        Field("signs", "Признаки", "texts", PHRASE_HINT, least=1, most=300, example="не хочу * жить"),
        Field("unless", "Когда это не беда", "texts", PHRASE_HINT, required=False, keeps_empty=True, most=300, example="со смеху"),
        Field("text", "Что сказать", "text", "Коротко и спокойно.", plain=True, most=700),
        Field("phones", "Телефоны", "table", "Каждый проверяет администратор.", required=False, most=8,
              example="112 | Экстренная помощь | круглосуточно",
              columns=(
                  Field("number", "Номер", most=30, pattern=r"[\d\s()+–-]{2,30}", pattern_hint="Цифры и дефисы."),
                  Field("title", "Кто ответит", most=120),
                  Field("hours", "Когда", required=False, most=80),
              )),
    ),
)  # fmt: skip

NEVER = Kind(
    name="crisis_never", title="Когда это не беда", one="фраза", family="Обращения", file=f"{CONTENT}crisis.yml", shape="words",
    path=("never",), key=(VALUE,), named_by=VALUE, warning=CRISIS.warning,
    about="Слова, при которых робот не считает сообщение бедой. Для мыслей о самоубийстве они не действуют.",
    fields=(Field(VALUE, "Фраза", most=100, hint=PHRASE_HINT, example="справка о"),),
)  # fmt: skip

CANNED = Kind(
    name="canned", title="Готовые ответы", one="ответ", family="Специалистам", file=f"{CONTENT}canned.yml", shape="rows",
    path=("answers",), id_from="title", shown=("shortcut", "text"),
    elsewhere=("/desk/canned", "Ответы своей группы, с файлами, пишут на странице «Готовые ответы»"),
    about="Ответы, которые есть у специалистов всех групп: они набирают косую черту и сокращение.",
    fields=(
        ID,
        Field("shortcut", "Сокращение", required=False, most=38, pattern=r"[а-яёa-z0-9][а-яёa-z0-9_-]{0,38}",
              pattern_hint="Одно слово маленькими буквами.", example="привет"),
        Field("title", "Название", most=200, example="Здравствуйте, я на связи"),
        Field("text", "Текст", "text",
              "Вставки: {имя} {имя_отчество} {оператор} {дата} {центр} {адрес_центра} {услуга} {номер_записи} "
              "{время_записи} {номер_обращения} {срок_обращения} {номер_заявления} {телефон_линии} {портал}.", plain=True,
              example="Здравствуйте! Меня зовут {оператор}."),
        Field("group", "Только эта группа", required=False, most=60, hint="id из groups.yml. Пусто — все группы."),
    ),
)  # fmt: skip

CONSENTS = Kind(
    name="consents", title="Согласия", one="согласие", family="Согласия", file=f"{CONTENT}consents.yml", shape="named",
    path=("purposes",), key=(KEY,), fixed=True, named_by="title", shown=("version",),
    names=(("personal_data", "Персональные данные"), ("proactive_offers", "Предложения услуг"), ("notifications", "Уведомления")),
    warning="Тексты согласий смотрит юрист. Поменялись слова — нужна новая версия: в журнале останется, какой текст видел человек.",
    about="Что читает человек, прежде чем согласиться. Вставки: {name} {address} {inn} {email} {phone}.",
    fields=(
        Field("version", "Версия", most=20, pattern=r"\d{4}-\d{2}-\d{2}(\.\d+)?", pattern_hint="Дата: 2026-11-01.",
              hint="День, с которого действует текст.", example="2026-11-01"),
        Field("title", "Название", most=120, example="Согласие получать уведомления"),
        Field("short", "Коротко", "text", "Робот скажет это перед вопросом.", plain=True, most=600),
        Field("text", "Полный текст", "text", most=6000),
    ),
)  # fmt: skip

KEPT = Kind(
    name="kept", title="Что хранит закон", one="запись", family="Согласия", file=f"{CONTENT}consents.yml", shape="rows",
    path=("deletion", "kept"), key=("what",), named_by="what", shown=("why", "until"),
    warning="Сроки хранения смотрит юрист.", about="Что оставят, когда человек попросит удалить свои данные, и почему.",
    fields=(
        Field("what", "Что хранят", most=200, example="поданные заявления и решения по ним"),
        Field("why", "Почему", most=300, example="дело обязаны хранить по 125-ФЗ"),
        Field("until", "До какого срока", most=200, example="обычно 5 лет"),
    ),
)  # fmt: skip

ASPECTS = tuple(
    Kind(
        name=f"aspects_{section}", title=title, one="вопрос", family="Понимание", file=f"{CONTENT}aspects.yml", shape="named",
        path=(section,), key=(KEY,), fixed=True, named_by=KEY, shown=(VALUE,), names=names,
        about="По этим фразам робот понимает, о чём именно спросили. Самая длинная подошедшая фраза побеждает.",
        fields=(Field(VALUE, "Фразы", "texts", PHRASE_HINT, required=False, keeps_empty=True, most=300,
        example="сколько * ждать"),),
    )
    for section, title, names in (
        ("service", "Вопросы об услуге", (
            ("documents", "Документы"), ("term", "Срок"), ("result", "Результат"), ("fee", "Пошлина"), ("who", "Кому положено"),
            ("where", "Где"), ("by_proxy", "За другого человека"), ("not_at_registration", "Не по прописке"), ("online",
            "Через интернет"),
            ("steps", "Что делать"), ("appointment", "Запись"), ("for_child", "Для ребёнка"), ("elsewhere", "Куда ещё"),
            ("ignore", "Только похоже на вопрос"),
        )),
        ("place", "Вопросы о центре", (
            ("address", "Адрес"), ("transport", "Как доехать"), ("parking", "Стоянка"), ("accessibility", "Удобства"),
            ("phone", "Телефон"), ("map", "Карта"),
        )),
    )
)  # fmt: skip

KINDS = (
    GLOSSARY, RECEIPT, APPLICATIONS, OVERDUE, REMINDERS, TICKET_TITLES, TICKET_NEWS, TOPICS, SUBTOPICS, CRISIS, NEVER, CANNED,
    CONSENTS, KEPT, *ASPECTS,
)  # fmt: skip

"""Kinds about places and days: the region, centres, the calendar, known incidents."""

from __future__ import annotations

from bot.studio.records.kinds import CONTENT, KEY, VALUE, Field, Kind
from bot.studio.records.services import ID

DAYS = (
    ("mon", "Понедельник"), ("tue", "Вторник"), ("wed", "Среда"), ("thu", "Четверг"), ("fri", "Пятница"), ("sat", "Суббота"),
    ("sun", "Воскресенье"),
)  # fmt: skip
HOURS_HINT = "Например: 08:00–13:00, 14:00–20:00. Пусто — выходной."
INCIDENT_KINDS = (
    ("water", "Вода"), ("power", "Электричество"), ("heating", "Отопление"), ("gas", "Газ"), ("road", "Дорога"),
    ("telecom", "Связь и интернет"), ("transport", "Транспорт"),
)  # fmt: skip
REGION = f"{CONTENT}region.yml"
LATITUDE = Field("latitude", "Широта", "number", "Градусы, из карты.", lowest=-90, most=90, example="54.3120")
LONGITUDE = Field("longitude", "Долгота", "number", "Градусы, из карты.", lowest=-180, most=180, example="43.9040")
DISTRICT = Field("district", "Район", "ref", of="districts", example="central")

CENTRES = Kind(
    name="centres", title="Центры", one="центр", family="Места и дни", file=f"{CONTENT}centres.yml", shape="rows",
    path=("centres",), id_from="title", shown=("address", "phone"),
    about="Адреса, часы и удобства. По ним робот подсказывает, куда прийти, и записывает на приём.",
    fields=(
        ID,
        Field("title", "Название", most=150, example="Центр «Мои документы» на улице Ленина"),
        Field("aliases", "Как его называют люди", "texts", "Каждое название на своей строке.", least=1, most=40,
              example="на ленина"),
        DISTRICT,
        Field("city", "Город или посёлок", most=80, example="Приреченск"),
        Field("address", "Адрес", most=150, example="улица Ленина, 18"),
        Field("lat", "Широта", "number", "Градусы, из карты.", lowest=-90, most=90, example="54.3131"),
        Field("lon", "Долгота", "number", "Градусы, из карты.", lowest=-180, most=180, example="43.9027"),
        Field("phone", "Телефон", most=40, pattern=r"[\d\s()+–-]{3,40}", pattern_hint="Цифры, пробелы, скобки и дефис.",
              example="8 (4800) 55-10-01"),
        Field("accessibility", "Удобства для маломобильных", "texts", "Каждое на своей строке.", required=False, keeps_empty=True,
              most=20, example="пандус"),
        Field("parking", "Стоянка", "text", plain=True, example="Есть бесплатная стоянка на 25 машин."),
        Field("transport", "Как доехать", "text", plain=True, example="Остановка «Паромная» — автобусы 3, 8, 17."),
        *(Field(f"hours.{day}", title, "hours", HOURS_HINT, required=False, keeps_empty=True, example="08:00–20:00")
          for day, title in DAYS),
        Field("windows", "Окон", "whole", "Сколько человек принимают одновременно.", lowest=1, most=500, example="18"),
        Field("services_note", "Об услугах центра", "text", plain=True, example="Здесь оказывают все услуги."),
        Field("services", "Записываем только на эти услуги", "refs", "Ничего не отмечено — на все.", required=False, of="services",
              most=200),
        Field("timezone", "Часовой пояс", required=False, most=40, hint="Только если он не такой, как у региона.",
              pattern=r"[A-Za-z]+/[A-Za-z_]+", pattern_hint="Например, Asia/Omsk.", example="Europe/Moscow"),
    ),
)  # fmt: skip

HOLIDAYS = Kind(
    name="calendar", title="Особые дни", one="особый день", family="Места и дни", file=f"{CONTENT}calendar.yml", shape="rows",
    path=("days",), key=("date", "centre"), named_by="title", shown=("date", "hours"),
    about="Санитарные дни, дежурства. Праздники и переносы по всей России робот знает сам.",
    fields=(
        Field("date", "День", "date", example="2027-03-05"),
        Field("title", "Что за день", most=120, example="санитарный день"),
        Field("centre", "Только этот центр", "ref", "Пусто — все центры.", required=False, of="centres"),
        Field("hours", "Часы работы", "hours", "Пусто — закрыто.", required=False, example="10:00–15:00"),
    ),
)  # fmt: skip

WORKDAYS = Kind(
    name="workdays", title="Рабочие выходные", one="рабочий выходной", family="Места и дни", file=f"{CONTENT}calendar.yml",
    shape="rows", path=("workdays",), key=("date",), named_by="date", shown=("like",),
    about="Субботы и воскресенья, которые правительство сделало рабочими.",
    fields=(
        Field("date", "День", "date", example="2027-02-20"),
        Field("like", "По часам какого дня", "choice", choices=DAYS, example="Понедельник"),
    ),
)  # fmt: skip

REASONS = Kind(
    name="reasons", title="Слова о закрытом дне", one="слова", family="Места и дни", file=f"{CONTENT}calendar.yml", shape="named",
    path=("reasons",), fixed=True, named_by=KEY, shown=(VALUE,), key=(KEY,),
    names=(("day_off", "Выходной"), ("holiday", "Праздник"), ("moved_day_off", "Перенесённый выходной"), ("special",
    "Особый день")),
    about="Что видит гражданин, когда выбирает закрытый день. {title} — название праздника или дня.",
    fields=(Field(VALUE, "Слова", most=150, hint="Вставка: {title}.", example="праздник: {title}"),),
)  # fmt: skip

DISTRICTS = Kind(
    name="districts", title="Районы", one="район", family="Места и дни", file=REGION, shape="rows", path=("districts",),
    id_from="title", shown=("aliases",), about="Районы города и области, и как их называют люди.",
    fields=(
        ID,
        Field("title", "Название", most=80, example="Заводской район"),
        Field("aliases", "Как его называют люди", "texts", required=False, keeps_empty=True, most=40, example="завод"),
        LATITUDE,
        LONGITUDE,
    ),
)  # fmt: skip

STREETS = Kind(
    name="streets", title="Улицы", one="улица", family="Места и дни", file=REGION, shape="rows", path=("streets",), key=("title",),
    shown=("district",), about="Улицы, которые робот узнаёт в адресе.",
    fields=(Field("title", "Название", most=80, example="улица Гоголя"), DISTRICT),
)  # fmt: skip

SETTLEMENTS = Kind(
    name="settlements", title="Посёлки", one="посёлок", family="Места и дни", file=REGION, shape="rows", path=("settlements",),
    key=("title",), shown=("district",), about="Сёла, деревни и малые города области.",
    fields=(Field("title", "Название", most=80, example="село Тихие Пруды"), DISTRICT),
)  # fmt: skip

EMERGENCY = Kind(
    name="emergency", title="Экстренные телефоны", one="телефон", family="Места и дни", file=REGION, shape="rows",
    path=("emergency",),
    key=("title",), shown=("phone",), about="Телефоны, которые робот называет в беде.",
    warning="Позвоните по номеру, прежде чем сохранять: в беде некогда ошибаться.",
    fields=(
        Field("title", "Кому звонят", most=100, example="Скорая помощь"),
        Field("phone", "Телефон", most=40, pattern=r"[\d\s()+–-]{2,40}", pattern_hint="Цифры, пробелы и дефис.", example="103"),
    ),
)  # fmt: skip

INCIDENT_WORDS = Kind(
    name="incident_kinds", title="Виды аварий", one="вид аварии", family="Аварии", file=f"{CONTENT}incidents.yml", shape="named",
    path=("kinds",), key=(KEY,), fixed=True, named_by=KEY, shown=("words",), names=(*INCIDENT_KINDS, ("other",
    "Другое (не авария)")),
    elsewhere=("/desk/incidents", "Аварии, о которых робот рассказывает сейчас, пишут на странице «Аварии»"),
    about="По каким словам робот узнаёт, что пишут именно об этом виде аварии.",
    fields=(
        Field("title", "Название", required=False, most=60, example="Вода"),
        Field("topics", "Темы обращений", "refs", "К каким темам относится.", required=False, of="topics", keeps_empty=True),
        Field("words", "Слова", "texts", "В начальной форме, каждое на своей строке.", least=1, most=60, example="водопровод"),
    ),
)  # fmt: skip

INCIDENTS = Kind(
    name="incidents", title="Аварии для показа", one="авария", family="Аварии", file=f"{CONTENT}incidents.yml", shape="rows",
    path=("incidents",), shown=("kind", "reason"),
    elsewhere=("/desk/incidents", "Настоящие аварии пишут на странице «Аварии»"),
    about="Придуманные аварии, которые робот знает в показательном режиме.",
    fields=(
        Field("id", "Номер", hint="Робот даст следующий сам, потом номер не меняется.", required=False, example="АВ-1041"),
        Field("title", "Что случилось и где", most=150, example="Нет холодной воды на Садовой улице"),
        Field("kind", "Вид", "choice", choices=INCIDENT_KINDS, example="Вода"),
        Field("streets", "Улицы", "refs", "Нужна хотя бы одна улица или район.", required=False, of="streets", keeps_empty=True),
        Field("districts", "Районы целиком", "refs", required=False, of="districts", keeps_empty=True),
        Field("started_hours_ago", "Началась, часов назад", "number", most=1000, example="3"),
        Field("forecast_hours", "Починят через, часов", "number", most=1000, example="5"),
        Field("reason", "Причина", most=200, example="прорвало трубу у дома 14"),
        Field("text", "Что ещё сказать", "text", plain=True, most=600, example="Бригада на месте."),
    ),
)  # fmt: skip

INCIDENT_OVER = Kind(
    name="incident_over", title="Весть о конце аварии", one="весть", family="Аварии", file=f"{CONTENT}incidents.yml",
    shape="single", path=(), about="Что получит подписавшийся, когда всё починят.",
    fields=(Field("over", "Сообщение", "text", "Вставки: {title} — название аварии, {id} — её номер.", plain=True, most=400),),
)  # fmt: skip

KINDS = (
    CENTRES, HOLIDAYS, WORKDAYS, REASONS, DISTRICTS, STREETS, SETTLEMENTS, EMERGENCY, INCIDENT_WORDS, INCIDENTS, INCIDENT_OVER,
)  # fmt: skip

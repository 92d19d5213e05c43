"""Kinds about services: the catalogue, knowledge, life situations, payments."""

from __future__ import annotations

from bot.studio.records.kinds import CONTENT, Field, Kind

GROUPS = (
    ("documents", "Документы"), ("property", "Недвижимость"), ("family", "Семья"), ("social", "Соцподдержка"),
    ("work", "Работа"), ("business", "Бизнес"), ("transport", "Транспорт"), ("housing", "Жильё"), ("taxes", "Налоги"),
    ("health", "Здоровье"), ("education", "Образование"), ("migration", "Миграция"), ("help", "Помощь"),
)  # fmt: skip
SEGMENTS = (
    ("pensioner", "Пенсионеры"), ("family", "Семьи с детьми"), ("job_seeker", "Ищущие работу"),
    ("disability", "Люди с инвалидностью"), ("entrepreneur", "Предприниматели"),
)  # fmt: skip
YES_NO = ("Да", "Нет", "Частично")
ID = Field(
    "id", "Имя для робота", hint="Латинские буквы. Робот придумает имя сам, потом оно не меняется.", required=False
)


def _said(name: str, label: str, hint: str, example: str = "", **more: object) -> Field:
    return Field(name, label, "text", hint, example=example, plain=True, **more)  # type: ignore[arg-type]


SERVICES = Kind(
    name="services", title="Услуги", one="услуга", family="Услуги", file=f"{CONTENT}services.yml", shape="rows",
    path=("services",), id_from="title", shown=("group", "term"),
    about="Что человек может получить: документы, срок, цена, куда идти. По этим полям робот отвечает на вопросы об услуге.",
    fields=(
        ID,
        Field("title", "Название", most=150, hint="Как услугу называют в центре.", example="Замена паспорта РФ"),
        Field("aliases", "Как её называют люди", "texts", "Каждое название на своей строке, не меньше восьми. "
              "У двух услуг не бывает одинаковых.", least=8, most=80, example="поменять паспорт"),
        Field("group", "Раздел", "choice", choices=GROUPS, example="Документы"),
        _said("short", "Коротко", "Одно-два предложения, с которых начинается ответ.",
              "Поменять паспорт нужно в 20 и 45 лет."),
        _said("who", "Кому положено", "Кто может получить услугу.", "Гражданин России, которому исполнилось 20 лет."),
        Field("documents", "Документы", "texts", "Каждый документ на своей строке.", least=1, most=40,
              example="прежний паспорт"),
        _said("documents_note", "Что ещё знать о документах", "Что можно не приносить, что запросят без вас.",
              "Остальное ведомства запросят сами."),
        _said("term", "Срок", "Сколько ждать.", "До 5 рабочих дней."),
        Field("fee.amount", "Пошлина, рублей", "whole", "Обычная сумма. Пусто — бесплатно.", required=False,
              most=1_000_000, example="300"),
        _said("fee.text", "О пошлине словами", "Все случаи: сколько и когда.",
              "300 ₽. Если паспорт испорчен — 1 500 ₽."),
        _said("where", "Где получить", "Куда прийти.", "В любом центре «Мои документы»."),
        _said("by_proxy", "Может ли прийти другой человек", "Начните с «Да», «Нет» или «Частично».",
              "Нет, за паспортом нужно прийти самому.", starts=YES_NO),
        _said("not_at_registration", "Можно ли не по прописке", "Начните с «Да», «Нет» или «Частично».",
              "Да, можно в любом городе.", starts=YES_NO),
        _said("online", "Можно ли через интернет", "Начните с «Да», «Нет» или «Частично».",
              "Да, заявление можно подать через Госуслуги.", starts=YES_NO),
        _said("for_child", "Если услуга для ребёнка", "Что отвечать о детях.", "Детям до 14 лет паспорт не нужен."),
        Field("steps", "Шаги", "texts", "Что сделать по порядку, каждый шаг на своей строке.", least=1, most=20,
              example="Сдайте документы и получите расписку"),
        _said("result", "Что получит человек", "Документ или решение.", "Новый паспорт."),
        Field("appointment", "Запись на приём", "choice",
              choices=(("possible", "можно записаться"), ("required", "только по записи"), ("no", "не записываем")),
              example="можно записаться"),
        Field("minutes", "Минут на приём", "whole", "Сколько длится приём, от 1 до 240.", lowest=1, most=240, example="20"),
        Field("at_centre", "Услуга есть в центре", "flag", "Если нет — напишите ниже, где она есть.", example="да"),
        _said("elsewhere", "Куда ещё обратиться", "Другие места и порталы.",
              "Ещё можно обратиться в отделение МВД."),
        Field("segments", "Кому важнее всего", "boxes", "Кому робот предложит её раньше других.", required=False,
              choices=SEGMENTS, keeps_empty=True, example="Пенсионеры"),
    ),
)  # fmt: skip

ARTICLES = Kind(
    name="articles", title="Знания", one="статья", family="Услуги", file=f"{CONTENT}knowledge", shape="articles",
    id_from="title", shown=("source",),
    about="Ответы на частые вопросы. Первый абзац робот скажет сразу, остальное — на «подробнее».",
    fields=(
        ID,
        Field("title", "Название", most=120, hint="Его видит и специалист, когда ищет ответ.", example="Потеряна расписка"),
        Field("questions", "Как об этом спрашивают", "texts", "От пяти до двенадцати вопросов разными словами, каждый на "
              "своей строке.", least=3, most=20, example="потерял расписку"),
        Field("source", "Откуда сведения", most=200, hint="Закон, регламент, приказ.", example="регламент центров"),
        Field("service", "К какой услуге относится", "ref", required=False, of="services", example="passport_replacement"),
        _said("text", "Ответ", "Не больше 600 знаков. Первый абзац — сам ответ.",
              "Документ выдадут по паспорту.", most=600),
    ),
)  # fmt: skip

SITUATIONS = Kind(
    name="situations", title="Жизненные ситуации", one="ситуация", family="Услуги", file=f"{CONTENT}life_situations.yml",
    shape="rows", path=("situations",), id_from="title", shown=("intro",),
    about="Что положено человеку, когда в жизни что-то изменилось: родился ребёнок, потеря работы, переезд.",
    fields=(
        ID,
        Field("title", "Название", most=100, example="Родился ребёнок"),
        Field("aliases", "Как об этом говорят", "texts", "Не меньше трёх, каждое на своей строке.", least=3, most=60,
              example="появился малыш"),
        _said("intro", "С чего начать ответ", "Одно-два тёплых предложения.", "Поздравляю! Вот что стоит оформить."),
        Field("items", "Что сделать", "table", "В каждой строке — услуга или свои слова, не то и другое вместе.", least=1,
              most=12, example="birth_registration |  | Это первый документ малыша | в течение месяца", columns=(
                  Field("service", "Услуга", "ref", of="services", required=False),
                  Field("text", "Или свои слова", required=False, most=300),
                  Field("why", "Зачем", most=300),
                  Field("when", "Когда", most=150),
              )),
    ),
)  # fmt: skip

PAYMENTS = Kind(
    name="payments", title="Платежи", one="платёж", family="Услуги", file=f"{CONTENT}payments.yml", shape="rows",
    path=("payments",), key=("code",), shown=("service", "amount", "note"),
    about="Сколько и под каким кодом платить. У услуги может быть несколько сумм на разные случаи.",
    fields=(
        Field("service", "Услуга", "ref", of="services", example="passport_replacement"),
        Field("amount", "Рублей", "whole", lowest=1, most=1_000_000, example="300"),
        Field("code", "Код платежа (УИН или КБК)", most=40, pattern=r"\d{4,40}", pattern_hint="Только цифры.",
              hint="По коду записи различаются: у каждой он свой.", example="18810807100011111111"),
        Field("title", "Название", most=150, example="Госпошлина за паспорт РФ"),
        Field("note", "В каком случае", required=False, keeps_empty=True, most=200,
              hint="Для «взрослому» и «ребёнку» — две записи.",
              example="обычный обмен"),
    ),
)  # fmt: skip

KINDS = (SERVICES, ARTICLES, SITUATIONS, PAYMENTS)

"""Kinds about how the robot sounds and what it hears on the telephone."""

from __future__ import annotations

from bot.studio.records.kinds import CONTENT, KEY, VALUE, Field, Kind

SAYABLE = r"[а-яёА-ЯЁ+ ,.!?-]+"
SAYABLE_HINT = "Только русские буквы, дефис и + перед ударной гласной."

STRESS = Kind(
    name="stress", title="Ударения", one="строка", family="Голос", file=f"{CONTENT}stress.yml", shape="words", path=("words",),
    key=(VALUE,), named_by=VALUE,
    about="Слова, которые робот произносит неправильно. Формы одного слова пишут в одну строку через пробел.",
    fields=(
        Field(VALUE, "Слово с ударением", most=400, pattern=r"[а-яёА-ЯЁ+-]+( [а-яёА-ЯЁ+-]+)*", pattern_hint=SAYABLE_HINT,
              hint="Знак + перед ударной гласной: догов+ор. У слова с «ё» знак не нужен.", example="сн+илс сн+илса"),
    ),
)  # fmt: skip

PRONUNCIATION = tuple(
    Kind(
        name=f"pronunciation_{section}", title=title, one="слово", family="Голос", file=f"{CONTENT}pronunciation.yml",
        shape="named",
        path=(section,), key=(KEY,), named_by=KEY, shown=(VALUE,), about=about,
        fields=(
            Field(KEY, "Как пишется", most=60, example=written),
            Field(VALUE, "Как говорится", most=120, pattern=SAYABLE, pattern_hint=SAYABLE_HINT, hint=SAYABLE_HINT, example=said),
        ),
    )
    for section, title, about, written, said in (
        ("words", "Произношение слов", "Сокращения и латиница. Большими буквами — узнаются и с окончанием: «ЗАГСе».", "МФЦ",
         "эм-эф-цэ"),
        ("places", "Сокращения в адресах", "Перед именем или номером; робот поставит слово в нужный падеж.", "ул", "улица"),
        ("short", "Прочие сокращения", "Говорятся так, как написано справа.", "т. е.", "то есть"),
        ("sites", "Сайты", "Название в родительном падеже: «на сайте Госуслуг».", "gosuslugi.ru", "Госуслуг"),
    )
)  # fmt: skip

HOTWORDS = Kind(
    name="hotwords", title="Что расслышать", one="список", family="Голос", file=f"{CONTENT}hotwords.yml", shape="named", path=(),
    key=(KEY,), fixed=True, named_by=KEY, shown=(VALUE,), names=(("services", "Когда спросили об услуге"), ("places",
    "Когда спросили о месте")),
    about="Слова, которые робот на телефоне должен расслышать. Лишние подсказки он слышит в шуме: пишите только важные.",
    fields=(
        Field(VALUE, "Слова", "texts", "Каждое на своей строке, самые важные сверху. Как в тексте: СНИЛС.", required=False,
              keeps_empty=True, most=60, example="СНИЛС"),
    ),
)  # fmt: skip

SENTENCES = Kind(
    name="phone_sentences", title="Предложения для трубки", one="предложение", family="Голос", file=f"{CONTENT}phone.yml",
    shape="named", path=("sentences",), key=(KEY,), named_by=KEY, shown=(VALUE,), ordered=True,
    about="Как написанное для экрана звучит по телефону. Пусто — не говорить вовсе.",
    fields=(
        Field(KEY, "Как написано", most=400, example="Напишите фамилию."),
        Field(VALUE, "Как сказать", required=False, keeps_empty=True, most=400, hint="Пусто — не говорить.",
              example="Назовите фамилию."),
    ),
)  # fmt: skip

WORDS = Kind(
    name="phone_words", title="Слова для трубки", one="слово", family="Голос", file=f"{CONTENT}phone.yml", shape="named",
    path=("words",), key=(KEY,), named_by=KEY, shown=(VALUE,), ordered=True,
    about="Слова внутри предложений, по порядку: что стоит раньше, заменяется раньше.",
    fields=(
        Field(KEY, "Как написано", most=120, example="напишите"),
        Field(VALUE, "Как сказать", required=False, keeps_empty=True, most=120, example="скажите"),
    ),
)  # fmt: skip

KINDS = (STRESS, *PRONUNCIATION, HOTWORDS, SENTENCES, WORDS)

"""A service is found as people call it, and the answer meets the aspect asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.catalogue import ASPECTS, Catalogue
from bot.services.content import Content, load
from bot.services.meaning import Encoder
from tests.services.vectors import FOLDER

CONTENT = Path(__file__).parents[2] / "bot" / "content"


@pytest.fixture(scope="module")
def content() -> Content:
    return load(CONTENT)


@pytest.fixture(scope="module")
def catalogue(content: Content) -> Catalogue:
    return Catalogue(content, Encoder(), FOLDER)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("поменять паспорт в 45", "passport_replacement"),
        ("хочу заменить паспорт", "passport_replacement"),
        ("мне 20 лет исполнилось надо менять паспорт", "passport_replacement"),
        ("у меня украли паспорт на вокзале", "passport_lost"),
        ("паспорт потеряла где восстановить", "passport_lost"),
        ("сыну 14 нужен паспорт", "passport_first"),
        ("какие документы нужны на загранпаспорт нового образца", "passport_foreign_10"),
        ("сколько стоит загранник на пять лет", "passport_foreign_5"),
        ("загран ребенку", "passport_foreign_10"),
        ("прописать мужа в квартиру", "registration_residence"),
        ("как прописать новорожденного", "registration_residence"),
        ("временная регистрация для квартиранта", "registration_temporary"),
        ("потеряла снилс", "snils"),
        ("восстановить зеленую карточку", "snils"),
        ("узнать свой инн", "inn"),
        ("выписка егрн на квартиру", "egrn_extract"),
        ("справка кто собственник дома", "egrn_extract"),
        ("переоформить дачу на дочь", "property_registration"),
        ("оформить дарственную на квартиру", "property_registration"),
        ("гаражная амнистия", "cadastral_registration"),
        ("родилась дочка как получить свидетельство", "birth_registration"),
        ("хотим пожениться куда подавать заявление", "marriage_registration"),
        ("развод без детей", "divorce_registration"),
        ("восстановить свидетельство о рождении", "certificate_copy"),
        ("хочу вернуть девичью фамилию", "name_change"),
        ("сертификат на материнский капитал", "maternity_capital"),
        ("детское пособие до 17 лет", "child_allowance"),
        ("выплаты на детей малоимущим семьям", "child_allowance"),
        ("помощь малоимущим", "social_aid"),
        ("субсидия на коммунальные услуги", "housing_subsidy"),
        ("стать ветераном труда", "veteran_of_labour"),
        ("удостоверение многодетной матери", "large_family"),
        ("перерасчет пенсии", "pension"),
        ("соцконтракт на открытие бизнеса", "social_contract"),
        ("встать на биржу труда", "unemployment"),
        ("замена водительского удостоверения", "driving_licence"),
        ("поставить авто на учет", "car_registration"),
        ("справка об отсутствии судимости для работы в школе", "criminal_record"),
        ("зарегистрировать иностранца по месту пребывания", "migration_registration"),
        ("оформить внж", "residence_permit"),
        ("охотничий билет", "hunting_ticket"),
        ("поставить ребенка в очередь в детский сад", "kindergarten"),
        ("запись в первый класс", "school_enrolment"),
        ("открыть ип", "sole_proprietor"),
        ("списать долги по кредитам", "bankruptcy"),
        ("сделать доверенность на машину", "notary_proxy"),
        ("получить военный билет", "military_id"),
        ("пришло уведомление по налогам", "tax_debt"),
        ("подтвердить учетку на госуслугах", "gosuslugi_account"),
        ("проездной для пенсионеров", "transport_card"),
        ("бесплатная парковка для инвалида", "disabled_parking"),
        ("провести газ в дом", "gas_connection"),
        ("приватизировать квартиру", "privatisation"),
        ("встать в очередь на жилье", "social_housing_queue"),
        ("вернуть 13 процентов за лечение", "tax_deduction"),
        ("поменять полис омс", "medical_policy"),
        ("записаться к терапевту", "doctor_appointment"),
        ("распечатать справку с госуслуг", "self_service"),
        ("путевка в лагерь ребенку", "child_camp"),
        ("льготы для участников сво", "svo_support"),
        ("мне нужна бумага что я не сидел", "criminal_record"),
        ("хочу ловить рыбу нужна ли лицензия", "fishing"),
        ("получить инвалидную коляску бесплатно", "disability_benefits"),
        ("скидка на оплату коммуналки для пенсионера", "housing_subsidy"),
        ("у нас трое детей какое удостоверение получить", "large_family"),
        ("купила машину что дальше", "car_registration"),
    ],
)
def test_a_service_is_found_as_people_call_it(catalogue: Catalogue, text: str, wanted: str) -> None:
    found = catalogue.search(text)
    assert [s.id for s, _ in found][:1] == [wanted], found


@pytest.mark.parametrize(
    "text",
    [
        "какая погода завтра",
        "рецепт борща",
        "курс доллара",
        "спасибо большое",
        "яма на дороге",
        "...",
        "",
        "👍",
        "x" * 5000,
    ],
)
def test_nothing_is_found_where_no_service_is_meant(catalogue: Catalogue, text: str) -> None:
    assert all(score < 0.6 for _, score in catalogue.search(text))


def test_every_alias_finds_its_own_service(catalogue: Catalogue) -> None:
    lost = [
        (service.id, alias)
        for service in catalogue.services
        for alias in service.aliases
        if (found := catalogue.search(alias)) and found[0][0].id != service.id
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("можно ли за маму оформить субсидию по доверенности", "housing_subsidy"),
        ("загранпаспорт не по месту прописки", "passport_foreign_10"),
        ("сделать доверенность у нотариуса", "notary_proxy"),
        ("как записать ребенка к педиатру", "doctor_appointment"),
        ("нужна доверенность", "notary_proxy"),
        ("поменять прописку", "registration_residence"),
    ],
)
def test_a_circumstance_is_not_taken_for_a_service(catalogue: Catalogue, text: str, wanted: str) -> None:
    assert [s.id for s, _ in catalogue.search(text)][:1] == [wanted]


def test_without_an_encoder_names_are_still_found(content: Content) -> None:
    assert Catalogue(content).search("мне нужна выписка из ЕГРН")[0][0].id == "egrn_extract"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("сколько ждать", ["term"]),
        ("можно ли по доверенности", ["by_proxy"]),
        ("а можно не по прописке", ["not_at_registration"]),
        ("через госуслуги можно", ["online"]),
        ("нужна ли запись", ["appointment"]),
        ("кто может получить", ["who"]),
        ("вы это делаете", ["elsewhere"]),
        ("какие документы нужны", ["documents"]),
        ("что с собой взять", ["documents"]),
        ("сколько стоит", ["fee"]),
        ("какая госпошлина и сколько ждать", ["fee", "term"]),
        ("где это оформить", ["where"]),
        ("куда обращаться если не к вам", ["elsewhere"]),
        ("как оформить", ["steps"]),
        ("может муж подать за меня", ["by_proxy"]),
        ("обязательно лично приходить", ["by_proxy"]),
        ("можно ли в мфц поменять права", ["elsewhere"]),
        ("можно у вас сделать", ["elsewhere"]),
        (
            "я прописан в другом городе, можно у вас оформить и сколько по времени",
            ["not_at_registration", "elsewhere", "term"],
        ),
        ("это бесплатно", ["fee"]),
        ("на сколько лет выдают", ["result"]),
        ("что я получу на руки", ["result"]),
        ("в каком возрасте можно", ["who"]),
        ("для ребенка что нужно", ["documents"]),
        ("можно ли ребенку", ["for_child"]),
        ("надо заранее записываться или живая очередь", ["appointment"]),
        ("как долго делают", ["term"]),
        ("когда будет готово", ["term"]),
        ("имею ли я право", ["who"]),
        ("кому положено", ["who"]),
        ("без моего присутствия возможно", ["by_proxy"]),
        ("можно дистанционно", ["online"]),
        ("с чего начать", ["steps"]),
        ("паспорт нужен", ["documents"]),
        ("а снилс брать", ["documents"]),
        ("живу в одной области а прописана в другой", ["not_at_registration"]),
        ("загранпаспорт", ["short"]),
        ("доки какие", ["documents"]),
        ("в каком центре сделать", ["where"]),
        ("какой срок действия", ["result"]),
        ("нужна ли местная прописка", ["not_at_registration"]),
        ("сколько дней рассматривают", ["term"]),
        ("условия получения", ["who"]),
        ("оформляете ли вы такое", ["elsewhere"]),
        ("мфц этим занимается", ["elsewhere"]),
        ("можно прийти без записи", ["appointment"]),
        ("жена может забрать", ["by_proxy"]),
        ("что нужно сделать", ["steps"]),
        ("через интернет можно подать или надо ехать", ["online"]),
        ("а платить надо", ["fee"]),
        ("скока стоит", ["fee"]),
        ("обязательно он должен прийти", ["by_proxy"]),
        ("можно заказать на брата", ["by_proxy"]),
        ("через вас можно", ["elsewhere"]),
        ("можно через мфц подать документы", ["elsewhere"]),
        ("бабушка может подать за внука", ["by_proxy", "for_child"]),
    ],
)
def test_aspects_are_read_from_the_question(catalogue: Catalogue, text: str, wanted: list[str]) -> None:
    assert catalogue.aspects(text) == wanted


def test_the_name_of_a_service_is_not_read_as_a_question(catalogue: Catalogue) -> None:
    service = catalogue.get("doctor_appointment")
    assert catalogue.aspects("запись к врачу сколько стоит", service=service) == ["fee"]
    assert catalogue.aspects("подтвердить личность на госуслугах", service=catalogue.get("gosuslugi_account")) == [
        "short"
    ]


def test_the_intent_adds_its_aspect(catalogue: Catalogue) -> None:
    assert catalogue.aspects("загранпаспорт ребенку", "ask_documents") == ["documents"]
    assert catalogue.aspects("загранпаспорт и долго ли", "ask_fee") == ["fee", "term"]


def test_every_service_answers_every_aspect(catalogue: Catalogue) -> None:
    for service in catalogue.services:
        for aspect in ASPECTS:
            said = catalogue.answer(service, aspect)
            assert said.text.strip(), (service.id, aspect)
            assert said.text[0].isupper() or said.text[0].isdigit(), (service.id, aspect, said.text)
            assert not any(slip in said.text for slip in (": .", "..", "  ")), said.text
            assert said.more is None or said.more.strip(), (service.id, aspect)


def test_short_comes_first_and_the_rest_on_demand(catalogue: Catalogue) -> None:
    for service in catalogue.services:
        said = catalogue.answer(service, "short")
        assert len(said.text) <= 260, service.id
        assert said.more is not None
        assert "Срок" in said.more
        assert "Цена" in said.more


@pytest.mark.parametrize(
    ("service", "aspect", "question", "begins"),
    [
        ("passport_replacement", "not_at_registration", "можно не по прописке?", "Да, можно и не по прописке"),
        (
            "passport_replacement",
            "not_at_registration",
            "обязательно по прописке?",
            "Нет, не обязательно по прописке: ",
        ),
        ("marriage_registration", "not_at_registration", "можно не по прописке?", "Да, "),
        ("transport_card", "not_at_registration", "нужна ли прописка?", "Да, прописка важна: "),
        ("transport_card", "not_at_registration", "я из другого города", "Нет, нужна прописка"),
        ("passport_replacement", "by_proxy", "может муж получить?", "Нет, за паспортом нужно прийти самому"),
        ("passport_replacement", "by_proxy", "надо лично приходить?", "Да, обязательно лично: "),
        ("snils", "by_proxy", "обязательно приходить лично?", "Нет, лично приходить не обязательно: "),
        ("snils", "by_proxy", "можно по доверенности?", "Да, по нотариальной доверенности"),
        ("bankruptcy", "online", "можно через интернет?", "Нет, "),
        ("egrn_extract", "online", "можно через сайт?", "Да, через Госуслуги"),
        ("notary_proxy", "elsewhere", "делаете доверенности?", "Нет, в нашем центре этого не делают"),
        ("snils", "elsewhere", "снилс у вас делают?", "Да, делаем: в любом центре"),
        ("car_registration", "where", "где поставить машину", "У нас этого не делают. Обратитесь в ГИБДД"),
        ("passport_foreign_10", "appointment", "нужна запись?", "Да, нужно записаться заранее"),
        ("snils", "appointment", "нужна запись?", "Нет, запись не обязательна"),
        ("social_aid", "fee", "сколько стоит", "Это бесплатно"),
        ("passport_replacement", "fee", "сколько стоит", "Стоимость: 300 ₽. Если паспорт испорчен — 1 500 ₽."),
        ("snils", "documents", "", "Нужен только документ: паспорт."),
        ("passport_replacement", "term", "", "Срок: до 5 рабочих дней"),
    ],
)
def test_the_answer_meets_the_aspect(
    catalogue: Catalogue, service: str, aspect: str, question: str, begins: str
) -> None:
    known = next(a for a in ASPECTS if a == aspect)
    assert catalogue.answer(catalogue.get(service), known, question).text.startswith(begins), catalogue.answer(
        catalogue.get(service), known, question
    )


def test_an_answer_names_what_it_answers_when_it_stands_alone(catalogue: Catalogue) -> None:
    for service in catalogue.services:
        said = catalogue.answer(service, "not_at_registration").text.lower()
        assert "пропис" in said or "регистр" in said, (service.id, said)


def test_services_of_a_segment(catalogue: Catalogue) -> None:
    assert "pension" in {s.id for s in catalogue.for_segment("pensioner")}
    assert catalogue.for_segment("cosmonaut") == []

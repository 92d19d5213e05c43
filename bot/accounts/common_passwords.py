"""Beginnings of the passwords that are tried first: words, rows of keys and dates, in both layouts."""

from __future__ import annotations

COMMON = frozenset(
    """
    1234567890 12345678910 123456789 12345678 1234567 0987654321 987654321 1122334455 1q2w3e4r5t 1q2w3e4r 1qaz2wsx3edc 1qaz2wsx
    qazwsxedc qazwsx q1w2e3r4t5 qwertyuiop qwertyui qwerty asdfghjkl asdfghjk zxcvbnm йцукенгшщз йцукенг йцукен фывапролдж фывапро
    ячсмитьбю password passw0rd p@ssw0rd p@ssword passwort pa$$word пароль gfhjkm parol пароль123 welcome letmein iloveyou
    ilovemom administrator administrat admin root superuser operator supervisor manager sunshine princess football baseball
    superman batman pokemon monkey dragon master shadow michael jennifer computer internet samsung iphone google facebook
    vkontakte odnoklassniki telegram whatsapp yandex mailru gosuslugi госуслуги моидокументы moidokumenty мфц mfc отклик otklik
    оператор администратор специалист руководитель солнышко любовь lubov krasotka красотка наташа natasha nastya настя marina
    марина svetlana светлана tatyana татьяна elena olga ирина irina александр aleksandr alexander sergey сергей dmitriy дмитрий
    vladimir владимир andrey андрей maksim максим moscow москва moskva russia россия rossiya spartak спартак zenit зенит dinamo
    lokomotiv привет privet hello здравствуйте zdravstvuyte qwerty123 qwe123 abc123 abcdefgh abcdefghij абвгдежз абвгдежзик
    aaaaaaaaaa changeme change-me default secret secret123 temporary временный letmein123 trustno1 starwars matrix killer
    hunter freedom whatever login guest user test testtest тесттест demo demodemo qwertyqwerty passwordpassword зима2025 лето2025
    весна2025 осень2025 зима2026 лето2026 весна2026 осень2026 winter2026 summer2026 spring2026 autumn2026 rfgecnf kapusta капуста
    """.split()
)
"""A password that begins with one of these and has at most four more characters is refused. All in lower case, without ё."""

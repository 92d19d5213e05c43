"""Nothing a citizen said or is called reaches the logs, however the pages of the desk are used and whatever breaks."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app import logs
from tests.desk.conftest import world  # noqa: F401 - a fixture
from tests.desk.world import World

SECRETS = {
    "phone": "+7 912 345-67-89", "bare": "9123456789", "snils": "112-233-445 95", "mail": "anna@romashka.example",
    "case": "ЗЯ-2026-000123", "receipt": "2/2/134660", "name": "Ромашкина", "street": "Садовой",
}  # fmt: skip
LETTER = (
    "Я {name} Анна, живу на {street} 12, телефон {phone} или {bare}, СНИЛС {snils}, почта {mail}, "
    "дело {case}, расписка {receipt}"
).format(**SECRETS)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, at the most talkative level."""
    output = io.StringIO()
    monkeypatch.setattr("sys.stderr", output)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers.clear()
    logs.set_up("DEBUG")
    yield output
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


def clean(output: io.StringIO) -> None:
    text = output.getvalue()
    for what, secret in SECRETS.items():
        assert secret not in text, (what, [line for line in text.splitlines() if secret in line][:1])


def test_a_day_at_the_desk_leaves_nothing_of_a_citizen_in_the_logs(world: World, said: io.StringIO) -> None:  # noqa: F811
    anna = world.citizen("widget")
    anna.say(LETTER)
    conversation = anna.call_human("asked", note=LETTER)
    operator = world.browser(world.account("Ольга", ("operator", "supervisor")))
    admin = world.browser(world.account("Ирина", ("administrator",)))
    for path in ("/desk", "/desk/callbacks", "/desk/tickets", "/desk/board", f"/desk/conversations/{conversation}"):
        operator.get(path)
        operator.get(path, params={"q": LETTER})
    for path in ("/desk/privacy", "/desk/audit", "/desk/health"):
        admin.get(path)
    admin.post("/desk/privacy/find", {"phone": SECRETS["phone"], "name": SECRETS["name"]})
    admin.post("/desk/privacy/preview")
    admin.post(f"/desk/privacy/citizens/{SECRETS['name']}/erase", {"word": LETTER})
    operator.post(f"/desk/conversations/{conversation}/say", {"text": LETTER})
    clean(said)
    assert "retention.previewed" in said.getvalue(), "the log was not listened to"


def test_an_exception_is_told_by_kind_and_place_only(said: io.StringIO) -> None:
    for log in (structlog.get_logger("ours"), logging.getLogger("uvicorn.error")):
        try:
            try:
                raise KeyError(LETTER)
            except KeyError as error:
                raise ValueError(LETTER) from error
        except ValueError:
            log.exception("broken")
    clean(said)
    ours, theirs = map(json.loads, said.getvalue().splitlines())
    for line in (ours, theirs):
        assert [one["error"] for one in line["exception"]] == ["ValueError", "KeyError"]
        assert line["exception"][0]["at"][0].startswith("test_privacy_logs.py:")


def test_numbers_are_masked_wherever_they_stand_in_an_event(said: io.StringIO) -> None:
    log = structlog.get_logger("ours")
    log.info(
        SECRETS["phone"],
        a=SECRETS["snils"],
        b=[SECRETS["mail"]],
        c={"x": SECRETS["case"]},
        d=9123456789,
        e=(SECRETS["bare"],),
    )
    logging.getLogger("theirs").warning("%s %s", SECRETS["phone"], SECRETS["receipt"])
    clean(said)
    ours, theirs = map(json.loads, said.getvalue().splitlines())
    assert ours["event"] == "[телефон]" and ours["timestamp"].startswith("20")
    assert theirs["event"] == "[телефон] [номер дела]"


@pytest.mark.parametrize(
    "kept", ["2026-11-16T08:00:00.123456Z", "outbox.retry", "5d41402a-bc4b-2a76-b971-123456789012", "took 1234 ms"]
)
def test_what_names_nobody_stays_readable(kept: str) -> None:
    assert logs.mask(kept) == kept

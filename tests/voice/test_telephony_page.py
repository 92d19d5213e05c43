"""The administrator's pages tell the truth: figures of turn taking, metrics, events and settings are those of the code."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from app.settings import Settings
from voice import measures
from voice.listening.gate import Sensitivity
from voice.listening.strategies import Endpoints, Interruption, Timeouts

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "telephony.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "cli.md").read_text("utf-8")
CONTENT = (ROOT / "docs" / "content.md").read_text("utf-8")


def rows() -> dict[str, str]:
    """Numbers of the table of turn taking by name."""
    found: dict[str, str] = {}
    for names, defaults in re.findall(r"^\| ((?:`[\w.]+`(?:, )?)+) \| ([^|]+) \|", PAGE, re.MULTILINE):
        every = [name.rpartition(".")[2] for name in re.findall(r"`([\w.]+)`", names)]
        found |= dict(zip(every, re.findall(r"[−\w.]+", defaults), strict=False))
    return found


@pytest.mark.parametrize("part", [Endpoints, Interruption, Timeouts, Sensitivity])
def test_every_number_of_turn_taking_is_told_as_it_is(part: type) -> None:
    told = rows()
    for number in fields(part):
        if number.name in ("strategy", "echo"):
            continue
        assert float(told[number.name].replace("−", "-")) == number.default, number.name
    assert f"`{Endpoints.strategy}`" in PAGE and f"`{Interruption.strategy}`" in PAGE


def test_every_metric_is_told() -> None:
    found = [one for one in vars(measures).values() if isinstance(one, MetricWrapperBase)]
    named = [metric for one in found for metric in one.describe()]
    assert len(named) > 5
    for metric in named:
        assert metric.name in PAGE, metric.name


def test_every_event_of_a_call_is_told() -> None:
    sources = [*(ROOT / "bot" / "services" / "calls").glob("*.py"), *(ROOT / "voice").glob("*.py")]
    written = set()
    for source in sources:
        text = source.read_text("utf-8")
        written |= set(re.findall(r'(?:record\(\s*session,|fact\(session, row,|self\.note\(|\bnote\() ?"(\w+)"', text))
    assert {"call_registered", "recording_deleted", "outgoing_closed", "call_turn"} <= written
    assert [name for name in sorted(written) if f"`{name}`" not in PAGE] == []


def test_every_setting_of_the_telephone_is_told() -> None:
    for name in Settings.model_fields:
        if name.startswith(("voice", "ami", "recordings")):
            assert f"`OTKLIK_{name.upper()}`" in COMMANDS, name
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    for name in ("voice_calls", "ami_channel", "voice_model"):
        assert f"`OTKLIK_{name.upper()}` | `{defaults[name]}`" in COMMANDS, name


def test_every_content_file_is_told() -> None:
    for path in (ROOT / "bot" / "content").glob("*.yml"):
        assert f"`{path.name}`" in CONTENT, path.name
    told = re.search(r"### lines.yml(.*?)###", CONTENT, re.DOTALL)
    assert told
    lines = yaml.safe_load((ROOT / "bot" / "content" / "lines.yml").read_text("utf-8"))
    for key in {*lines, *lines["lines"][0], *lines["outgoing"]}:
        assert f"`{key}`" in told[1], key


@pytest.mark.parametrize(
    "page",
    ["docs/telephony.md", "docs/cli.md", "docs/content.md", "docs/ru/redaktoru.md", "deploy/asterisk/README.md"],
)
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    text = path.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        where, _, anchor = link.partition("#")
        if "://" in where:
            continue
        target = (path.parent / where).resolve() if where else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in headings}, link

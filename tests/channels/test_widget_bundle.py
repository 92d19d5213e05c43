"""The script a site embeds: small, one scope, with a checksum that fits it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from channels.widget import bundle
from channels.widget.demo import hours

STATIC = Path(bundle.__file__).with_name("static")


def test_the_script_stays_under_thirty_kilobytes() -> None:
    made = bundle.build()
    assert len(made.packed) <= 30 * 1024
    assert gzip.decompress(made.packed) == made.source
    assert made.integrity == "sha384-" + base64.b64encode(hashlib.sha384(made.source).digest()).decode()


def test_no_import_or_export_is_left_and_no_name_is_taken_twice() -> None:
    source = bundle.build().source.decode()
    assert not re.search(r"^(import|export)\b", source, re.M)
    names = re.findall(r"^(?:const|let|function|async function|class) (\w+)", source, re.M)
    assert len(names) == len(set(names))


def test_every_module_is_in_the_script() -> None:
    shipped = {p.name for p in STATIC.glob("*.js")} - {"demo.js"}
    assert shipped == set(bundle.MODULES)


def test_every_word_exists_in_both_languages_and_every_used_word_exists() -> None:
    parts = re.findall(r"^const (?:RU|EN) = \{(.*?)^\};", (STATIC / "strings.js").read_text("utf-8"), re.M | re.S)
    russian, english = (re.findall(r"(?:^ +|, )(\w+): (?=[\"(a-z])", part, re.M) for part in parts)
    assert russian == english
    used = re.findall(
        r"""\bt\("(\w+)"|\b(?:t|label|tip|holder): "(\w+)"|hiddenWords\("(\w+)\"""", bundle.build().source.decode()
    )
    assert len(used) > 50
    assert {word for found in used for word in found if word} <= set(russian)


def test_the_tag_carries_checksum_and_version() -> None:
    made = bundle.build()
    tag = made.tag("https://a.example", into="#chat")
    assert f'integrity="{made.integrity}" crossorigin="anonymous"' in tag
    assert 'src="https://a.example/widget/otklik.js?v=' + made.etag[1:13] in tag
    assert tag.endswith('data-into="#chat"></script>')


@pytest.mark.parametrize(
    "word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", ".style.", "new Function"]
)
def test_nothing_is_ever_read_as_markup_or_code(word: str) -> None:
    assert word not in bundle.build().source.decode()


def test_the_script_is_valid(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("нет node: синтаксис проверят тесты в браузере")
    script = tmp_path / "otklik.js"
    script.write_bytes(bundle.build().source)
    assert subprocess.run([node, "--check", str(script)], capture_output=True, check=False).returncode == 0


def test_opening_hours_are_told_in_one_line() -> None:
    work = [["09:00", "13:00"], ["14:00", "18:00"]]
    week = {"mon": work, "tue": work, "wed": [["09:00", "20:00"]], "thu": work, "fri": [], "sat": [["09:00", "15:00"]]}
    assert (
        hours(week) == "пн–вт 09:00–13:00 и 14:00–18:00, ср 09:00–20:00, чт 09:00–13:00 и 14:00–18:00, сб 09:00–15:00"
    )

"""Tables out and in: what comes back unchanged, and every hostile file refused with a reason and without harm."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from app.paths import HERE
from bot.studio.content_checks import content_mistakes
from bot.studio.project import Project
from bot.studio.records.imports import Plan, carry_out, plan
from bot.studio.records.registry import KINDS
from bot.studio.records.sheets import defused, fused, read_table, to_csv, to_xlsx
from bot.studio.records.store import Record, records
from bot.studio.records.zip_guard import MOST_INFLATED, MOST_ROWS, BadSheet
from tests.projects import copy_of_project

PAYMENTS = KINDS["payments"]
HEADER = ["Услуга", "Рублей", "Код платежа (УИН или КБК)", "Название", "В каком случае"]
ROW = ["inn", "300", "123456789012", "Пошлина", "всегда"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(copy_of_project(tmp_path / "project"))


def brought(folder: Path, name: str, data: bytes) -> str:
    """Why a file is refused; "" when it is taken."""
    path = folder / "upload"
    path.write_bytes(data)
    try:
        read_table(path, name)
    except BadSheet as refused:
        return refused.text
    return ""


def xlsx(*rows: list[object], change: Callable[[Workbook], None] | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, **parts: bytes) -> bytes:
    """An archive with parts replaced or added; `__` in a name stands for a slash and `_dot_` for a dot."""
    given = {name.replace("__", "/").replace("_dot_", "."): content for name, content in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            if one.filename not in given:
                new.writestr(one, old.read(one))
        for name, content in given.items():
            new.writestr(name, content)
    return out.getvalue()


def table(*rows: list[str], coding: str = "utf-8-sig", delimiter: str = ";") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(coding)


def imported(project: Project, name: str, data: bytes, kind: str = "payments") -> Plan:
    path = project.folder / "upload"
    path.write_bytes(data)
    return plan(project, KINDS[kind], read_table(path, name), content_mistakes, date(2026, 11, 22))


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.tabular])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_table_that_nobody_changed_changes_nothing(tmp_path: Path, name: str, form: str) -> None:
    kind, here = KINDS[name], Project(HERE.root)
    found = records(here, kind)
    path = tmp_path / f"table.{form}"
    path.write_bytes((to_csv if form == "csv" else to_xlsx)(kind, found))
    ready = plan(here, kind, read_table(path, path.name), content_mistakes, date(2026, 11, 22))
    assert [row for row in ready.rows if row.what != "same"] == []
    assert (len(ready.rows), ready.gone, ready.ops, ready.notes) == (len(found), (), (), ())


@pytest.mark.parametrize(
    "text", ["=1+1", "+7 495", "-5", "@SUM(A1)", "\tтекст", "'=1", "''+1", "'в кавычках'", "просто"]
)
def test_a_cell_is_defused_and_comes_back_as_it_was(text: str) -> None:
    assert fused(defused(text)) == text
    assert not defused(text).startswith(("=", "+", "-", "@", "\t"))


def test_no_cell_of_an_export_is_a_formula(tmp_path: Path) -> None:
    one = Record(
        "1", {"service": "inn", "amount": 1, "code": "+7999", "title": "=cmd|' /C calc'!A0", "note": "@x\r\n=1"}
    )
    lines = to_csv(PAYMENTS, [one]).decode("utf-8-sig").splitlines()
    assert lines[0].split(";") == HEADER and "'=cmd" in lines[1] and ";'+7999;" in lines[1]
    assert to_csv(PAYMENTS, [one])[:3] == b"\xef\xbb\xbf"
    sheet = load_workbook(io.BytesIO(to_xlsx(PAYMENTS, [one]))).active
    assert sheet is not None
    assert all(
        place.data_type in ("s", "n") and not str(place.value or "").startswith("=") for row in sheet for place in row
    )
    assert sheet.cell(1, 3).comment is not None and sheet.cell(2, 3).number_format == "@"


def test_new_changed_gone_and_refused_rows_are_told_apart(project: Project) -> None:
    rows = list(
        csv.reader(to_csv(PAYMENTS, records(project, PAYMENTS)).decode("utf-8-sig").splitlines(), delimiter=";")
    )
    rows[1][1] = "350"
    del rows[4]
    rows += [ROW, ["нет_такой", "десять", "77", "", ""], ROW]
    ready = imported(project, "p.csv", table(*rows))
    assert [ready.count(what) for what in ("new", "changed", "same", "refused")] == [1, 1, 22, 2]
    changed = next(row for row in ready.rows if row.what == "changed")
    assert [(d.label, d.before, d.after) for d in changed.differences] == [("Рублей", "300", "350")]
    wrong, double = (row for row in ready.rows if row.what == "refused")
    assert wrong.line == 26 and "«нет_такой» в справочнике нет" in wrong.reasons[0] and "«Рублей»" in wrong.reasons[1]
    assert double.line == 27 and "в строке 25" in double.reasons[0]
    assert len(ready.gone) == 1
    before = len(records(project, PAYMENTS))
    assert carry_out(project, PAYMENTS, ready, [], content_mistakes) == []
    assert len(records(project, PAYMENTS)) == before + 1
    assert content_mistakes(project) == []


def test_a_missing_column_leaves_its_field_alone(project: Project) -> None:
    ready = imported(project, "p.csv", table(["Код платежа (УИН или КБК)", "Рублей"], ["18810807100011111111", "301"]))
    assert ready.count("changed") == 1 and "Нет столбцов" in ready.notes[0]
    assert carry_out(project, PAYMENTS, ready, [], content_mistakes) == []
    assert (
        next(r for r in records(project, PAYMENTS) if r.key == "18810807100011111111").values["note"] == "обычный обмен"
    )


def test_what_the_assistant_would_not_start_with_is_not_carried_over(project: Project) -> None:
    rows = list(
        csv.reader(
            io.StringIO(to_csv(KINDS["services"], records(project, KINDS["services"])).decode("utf-8-sig")),
            delimiter=";",
        )
    )
    rows[1][2] = rows[1][2] + "\nпервый паспорт"
    ready = imported(project, "s.csv", table(*rows), "services")
    assert ready.count("changed") == 1 and "робот не запустится" in ready.mistakes[0]
    before = project.files()
    assert carry_out(project, KINDS["services"], ready, [], content_mistakes) != []
    assert project.files() == before


def test_a_deletion_that_others_would_miss_is_not_offered(project: Project) -> None:
    rows = list(
        csv.reader(
            io.StringIO(to_csv(KINDS["districts"], records(project, KINDS["districts"])).decode("utf-8-sig")),
            delimiter=";",
        )
    )
    ready = imported(project, "d.csv", table(*rows[:-1]), "districts")
    assert ready.gone[0][0] == "borovskoy" and "ссылается" in ready.gone[0][2]


def test_windows_1251_is_recognised_and_told(project: Project) -> None:
    ready = imported(project, "p.csv", table(HEADER, ROW, coding="cp1251"))
    assert ready.count("new") == 1 and "Windows-1251" in ready.notes[0]


def test_commas_and_tabs_separate_as_well(project: Project) -> None:
    assert imported(project, "p.csv", table(HEADER, ROW, delimiter=",")).count("new") == 1
    assert imported(project, "p.csv", table(HEADER, ROW, delimiter="\t")).count("new") == 1


BIG = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>'
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
SHEET_HEAD = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_TAIL = b"</sheetData></worksheet>"


def merge(book: Workbook) -> None:
    book.active.merge_cells("A2:B2")  # type: ignore[union-attr]


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("t.csv", lambda: b"", "пустой"),
    "only spaces": ("t.csv", lambda: b";;;\n;;\n", "ни одной строки"),
    "empty book": ("t.xlsx", lambda: xlsx(), "ни одной строки"),
    "formula": ("t.xlsx", lambda: xlsx(HEADER, [*ROW[:4], "=HYPERLINK(\"http://x\")"]), "ячейке E2 формула"),
    "formula in csv": ("t.csv", lambda: table(HEADER, [*ROW[:4], "=1+1"]), "строке 2, столбце 5 похоже на формулу"),
    "command in csv": ("t.csv", lambda: table(HEADER, [*ROW[:4], "+cmd|' /C calc'!A0"]), "похоже на формулу"),
    "macros by name": ("t.xlsm", lambda: xlsx(HEADER), "макросами"),
    "macros inside": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__vbaProject_dot_bin=b"x"), "макросы"),
    "declared bomb": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=b" " * (60 << 20)), "раздувается"),
    "a smaller bomb": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=b" " * (30 << 20)), "раздувается"),
    "many parts": ("t.xlsx", lambda: repacked(xlsx(HEADER), **{f"xl__p{n}": b"" for n in range(400)}), "раздувается"),
    "entities": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=(
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaa">]><worksheet>&a;</worksheet>')), "DTD"),
    "entities in utf-16": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=(
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "a">]><worksheet/>'.encode("utf-16"))), "DTD"),
    "file far away": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__sharedStrings_dot_xml=(
        b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><sst/>')), "DTD"),
    "a million rows": ("t.csv", lambda: b"a;b\n" * 1_000_000, f"больше {MOST_ROWS} строк"),
    "a million rows in a book": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=(
        SHEET_HEAD + b"".join(BIG % (n, n) for n in range(1, 100_001)) + SHEET_TAIL)), f"больше {MOST_ROWS} строк"),
    "rows of another dialect": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=(
        SHEET_HEAD + b"".join(b'<row\n r="%d"/>' % n for n in range(1, 100_001)) + SHEET_TAIL)), f"больше {MOST_ROWS} строк"),
    "a row far below": ("t.xlsx", lambda: repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=(
        SHEET_HEAD + BIG % (1, 1) + BIG % (1_048_576, 1_048_576) + SHEET_TAIL)), f"больше {MOST_ROWS} строк"),
    "ten thousand columns": ("t.csv", lambda: b";".join(b"c%d" % n for n in range(10_000)), "столбцов"),
    "ten thousand columns in a book": ("t.xlsx", lambda: xlsx([f"c{n}" for n in range(10_000)]), "столбцов"),
    "utf-16": ("t.csv", lambda: table(HEADER, ROW, coding="utf-16"), "UTF-16"),
    "koi8-r": ("t.csv", lambda: table(HEADER, ROW, coding="koi8-r"), "кодировку"),
    "cp866": ("t.csv", lambda: table(HEADER, ROW, coding="cp866"), "кодировк"),
    "noise": ("t.csv", lambda: bytes(range(1, 256)) * 50, "кодировку"),
    "zero bytes": ("t.csv", lambda: "Услуга;\0\n".encode(), "нулевые байты"),
    "broken quotes": ("t.csv", lambda: 'Услуга;Рублей\n"inn"x;5\n'.encode(), "Строка 2: сбились кавычки"),
    "an open quote": ("t.csv", lambda: ('Услуга;Рублей\n"inn;5\n' + "я" * 200_000).encode(), "кавычк"),
    "another kind of file": ("t.xlsx", lambda: b"%PDF-1.7 hello", "не таблица XLSX"),
    "a zip of something": ("t.xlsx", lambda: repacked_zip({"word/document.xml": b"<x/>"}), "не таблица XLSX"),
    "a cut archive": ("t.xlsx", lambda: xlsx(HEADER, ROW)[:-200], "не таблица XLSX"),
    "a book named csv": ("t.csv", lambda: xlsx(HEADER), "не CSV"),
    "an old book": ("t.xls", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 500, "старый формат"),
    "a locked book": ("t.xlsx", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 500, "паролем"),
    "a picture": ("t.png", lambda: b"\x89PNG", "XLSX и CSV"),
    "merged cells": ("t.xlsx", lambda: xlsx(HEADER, ROW, change=merge), "объединённые"),
    "a header twice": ("t.csv", lambda: table(["Услуга", "услуга"]), "встречается дважды"),
    "a nameless column": ("t.csv", lambda: table(["Услуга", "", "Рублей"]), "нет названия"),
    "a rounded code": ("t.xlsx", lambda: xlsx(HEADER, ["inn", 300, 18810807100011111111, "П", ""]), "15 цифр"),
    "an error value": ("t.xlsx", lambda: xlsx(HEADER, ["inn", "#REF!", "1", "П", ""]), "ошибка #REF!"),
    "twenty-one megabytes": ("t.csv", lambda: b"x" * (21 << 20), "20 МБ"),
    "a huge cell": ("t.csv", lambda: table(HEADER, ["я" * 40_000]), "длиннее"),
}  # fmt: skip


def repacked_zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_with_a_reason(tmp_path: Path, what: str) -> None:
    name, build, reason = HOSTILE[what]
    assert reason in brought(tmp_path, name, build())


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    data = bytearray(repacked(xlsx(HEADER), xl__worksheets__sheet1_dot_xml=b" " * (50 << 20)))
    real = (50 << 20).to_bytes(4, "little")
    assert data.count(real) == 2
    data = data.replace(real, (1000).to_bytes(4, "little"))
    assert brought(tmp_path, "t.xlsx", bytes(data))


def test_an_unknown_column_and_a_missing_key_are_named(project: Project) -> None:
    with pytest.raises(BadSheet, match="«Цена» не знаком"):
        imported(project, "p.csv", table([*HEADER, "Цена"], ROW))
    with pytest.raises(BadSheet, match="Нет столбца «Код платежа"):
        imported(project, "p.csv", table(["Услуга"], ["inn"]))


def test_memory_stays_bounded_whatever_is_brought(tmp_path: Path) -> None:
    """The worst files that pass the door: shared strings just below the limit, and a hundred thousand rows."""
    strings = b"".join(b"<si><t>%090d</t></si>" % n for n in range(MOST_INFLATED // 120))
    book = xlsx(HEADER)
    types = zipfile.ZipFile(io.BytesIO(book)).read("[Content_Types].xml")
    shared = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + SHARED + b'"/></Types>'
    heavy = repacked(
        book,
        xl__sharedStrings_dot_xml=b'<?xml version="1.0"?><sst xmlns="' + MAIN + b'">' + strings + b"</sst>",
        **{"[Content_Types].xml": types.replace(b"</Types>", shared)},
    )
    (tmp_path / "heavy").write_bytes(heavy)
    (tmp_path / "rows").write_bytes(HOSTILE["a million rows in a book"][1]())
    script = (
        "import sys\nfrom pathlib import Path\nfrom bot.studio.records.sheets import read_table\n"
        "from bot.studio.records.zip_guard import BadSheet\n"
        "peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\nbefore = peak()\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n        read_table(Path(name), 't.xlsx')\n    except BadSheet:\n        pass\n"
        "print((peak() - before) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "heavy"), str(tmp_path / "rows")],
        cwd=HERE.root, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert 5 < int(done.stdout) < 200, f"{done.stdout} MB more"

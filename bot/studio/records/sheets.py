"""Tables of records as CSV and XLSX: written so that a spreadsheet executes nothing, and read back whatever was made of them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from bot.studio.records.kinds import KEY, Field, Kind
from bot.studio.records.store import Record
from bot.studio.records.values import cell, dig
from bot.studio.records.zip_guard import MOST_ROWS, NOT_XLSX, PROTECTED, TOO_LONG, BadSheet, look_through

MOST_BYTES = 20 * 1024 * 1024
MOST_COLUMNS = 100
MOST_CELL = 32_000
"""Characters of one cell."""

_DANGEROUS = re.compile(r"^'*[=+\-@\t\r]")
_FORMULA = re.compile(r"^\s*[=@]|^\t|^\s*[+-]\s*[A-Za-z@=(\"]")
_DEFUSED = re.compile(r"^'+[=+\-@\t\r]")
_KEY_FIELD = Field(KEY, "Запись (не меняйте)", hint="По ней робот узнаёт строку.")


@dataclass(frozen=True)
class Table:
    """What a file holds: names of columns, rows with their line numbers, and what the reader should know about it."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[str, ...] = ()


def columns(kind: Kind) -> tuple[Field, ...]:
    """The fields of a kind as columns, what tells the records apart first."""
    if kind.shape == "named" and all(field.name != KEY for field in kind.fields):
        return (_KEY_FIELD, *kind.fields)
    return kind.fields


def defused(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; `fused` brings it back."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def fused(text: str) -> str:
    """A cell as it was before `defused`."""
    return text[1:] if _DEFUSED.match(text) else text


def rows_of(kind: Kind, found: Iterable[Record]) -> Iterator[list[str]]:
    """The cells of every record."""
    fields = columns(kind)
    for one in found:
        yield [cell(field, dig(one.values, field)) for field in fields]


def to_csv(kind: Kind, found: Iterable[Record]) -> bytes:
    """UTF-8 with a byte order mark and semicolons, as Excel in Russia wants it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([field.label for field in columns(kind)])
    writer.writerows([defused(text) for text in row] for row in rows_of(kind, found))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def to_xlsx(kind: Kind, found: Iterable[Record]) -> bytes:
    """One sheet; every cell is text, the hints of the form hang on the header."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = re.sub(r"[\\/*?:\[\]]", " ", kind.title)[:31]
    for at, field in enumerate(columns(kind), 1):
        head = sheet.cell(1, at, field.label)
        head.font = Font(bold=True)
        if words := " ".join(filter(None, (field.hint, f"Например: {field.example}" if field.example else ""))):
            head.comment = Comment(words, "Отклик", width=320, height=120)
        sheet.column_dimensions[get_column_letter(at)].width = 18 if field.type in ("line", "whole", "choice") else 42
    for line, row in enumerate(rows_of(kind, found), 2):
        for at, text in enumerate(row, 1):
            if not text:
                continue
            place = sheet.cell(line, at)
            place.value = defused(text)
            place.data_type, place.number_format = "s", "@"
            place.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_table(path: Path, name: str) -> Table:
    """Whatever an editor brought, as text. Raises BadSheet. Blocks for seconds at worst; memory is bounded by the limits above."""
    with path.open("rb") as file:
        head = file.read(8)
    if path.stat().st_size > MOST_BYTES:
        raise BadSheet("Файл больше 20 МБ. Для справочника это слишком много: оставьте только нужные строки.")
    if not head:
        raise BadSheet("Файл пустой. Скачайте таблицу отсюда и правьте её.")
    ending = name.rsplit(".", 1)[-1].lower()
    if ending in ("xlsm", "xltm", "xlsb", "xlam"):
        raise BadSheet("Таблицы с макросами не принимаем. Сохраните её как обычный XLSX или CSV.")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadSheet(PROTECTED if ending == "xlsx" else "Это старый формат XLS. Сохраните таблицу как XLSX или CSV.")
    if ending == "xlsx":
        if not head.startswith(b"PK\x03\x04"):
            raise BadSheet(NOT_XLSX)
        return _checked(_xlsx(path))
    if ending not in ("csv", "txt"):
        raise BadSheet("Принимаем таблицы XLSX и CSV. Сохраните файл в одном из этих видов.")
    if head.startswith((b"PK\x03\x04", b"%PDF", b"\x7fELF", b"MZ", b"\x1f\x8b")):
        raise BadSheet("Это не CSV, хотя так названо. Загрузите настоящую таблицу CSV или XLSX.")
    return _checked(_csv(path))


class _Rows:
    """Rows as they come in, with the limits held; the first one that is not empty is the header."""

    def __init__(self, notes: Sequence[str] = ()) -> None:
        self.header: tuple[str, ...] = ()
        self.rows: list[tuple[int, tuple[str, ...]]] = []
        self.notes = list(notes)
        self._letters = 0

    def add(self, number: int, cells: Sequence[str]) -> None:
        """One more row. Raises BadSheet beyond a limit."""
        if number > MOST_ROWS + 1 or len(self.rows) >= MOST_ROWS:
            raise BadSheet(TOO_LONG)
        while cells and not cells[-1]:
            cells = cells[:-1]
        if len(cells) > MOST_COLUMNS:
            raise BadSheet(f"В таблице больше {MOST_COLUMNS} столбцов. Оставьте столбцы из выгрузки.")
        if not cells:
            return
        for at, text in enumerate(cells, 1):
            if len(text) > MOST_CELL:
                raise BadSheet(f"Ячейка в строке {number}, столбце {at} длиннее {MOST_CELL} знаков. Сократите её.")
            if _FORMULA.match(text):
                raise BadSheet(
                    f"В строке {number}, столбце {at} похоже на формулу: «{text[:30]}». Напишите значение, а не формулу."
                )
            if "\0" in text:
                raise BadSheet(f"В строке {number} нулевые байты: файл испорчен. Скачайте таблицу заново.")
        self._letters += sum(map(len, cells))
        if self._letters > MOST_BYTES:
            raise BadSheet("В таблице слишком много текста. Оставьте только нужные строки.")
        if not self.header:
            self.header = tuple(" ".join(text.split()) for text in cells)
        else:
            self.rows.append((number, tuple(fused(text) for text in cells)))


def _checked(rows: _Rows) -> Table:
    if not rows.header:
        raise BadSheet("В таблице нет ни одной строки. Скачайте её отсюда и правьте.")
    seen: set[str] = set()
    for name in rows.header:
        if not name:
            raise BadSheet("У одного из столбцов нет названия. Верните строку с названиями из выгрузки.")
        if name.casefold() in seen:
            raise BadSheet(f"Столбец «{name}» встречается дважды. Оставьте один.")
        seen.add(name.casefold())
    return Table(rows.header, tuple(rows.rows), tuple(rows.notes))


def _csv(path: Path) -> _Rows:
    coding, notes = _coding(path)
    rows = _Rows(notes)
    with path.open(encoding=coding, newline="") as file:
        sample = file.read(8192)
        first = sample.split("\n", 1)[0]
        delimiter = max(";\t,", key=lambda sign: (first.count(sign), -";\t,".index(sign)))
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        line = 1
        try:
            for number, cells in enumerate(reader, 1):
                rows.add(number, cells)
                line = reader.line_num + 1
        except csv.Error as error:
            if "field larger" in str(error):
                raise BadSheet(f"Строка {line}: ячейка слишком длинная, похоже, не закрыта кавычка.") from None
            raise BadSheet(f'Строка {line}: сбились кавычки. Кавычка внутри ячейки пишется дважды: "".') from None
    return rows


def _coding(path: Path) -> tuple[str, list[str]]:
    """The encoding of a CSV file, and what to tell about it. Raises BadSheet."""
    with path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            raise BadSheet("Файл в кодировке UTF-16. Сохраните его как «CSV UTF-8».")
    try:
        with path.open(encoding="utf-8-sig") as text:
            while piece := text.read(1 << 16):
                if "\0" in piece:
                    raise BadSheet("В файле нулевые байты: это не таблица CSV. Сохраните таблицу как «CSV UTF-8».")
        return "utf-8-sig", []
    except UnicodeDecodeError:
        pass
    letters = russian = 0
    try:
        with path.open(encoding="cp1251") as text:
            while piece := text.read(1 << 16):
                if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", piece):
                    raise BadSheet("Это не текст, а двоичный файл. Загрузите таблицу CSV или XLSX.")
                high = [sign for sign in piece if ord(sign) > 127]
                letters += len(high)
                # Words in another encoding come out as capitals within words and rare signs.
                russian += len(re.findall("[а-яё«»—–№ ]", "".join(high)))
    except UnicodeDecodeError:
        letters = 0
    if not letters or russian < letters * 0.7:
        raise BadSheet("Не распознать кодировку файла. Сохраните таблицу как «CSV UTF-8».")
    return "cp1251", ["Файл был в кодировке Windows-1251, мы её узнали. Проверьте, что буквы на месте."]


def _xlsx(path: Path) -> _Rows:
    look_through(path)
    rows = _Rows()
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except Exception:
            # openpyxl raises whatever it stumbles over; each of them means the same to an editor.
            raise BadSheet(NOT_XLSX) from None
        try:
            _sheet(book, rows)
        finally:
            book.close()
    return rows


def _sheet(book: Any, rows: _Rows) -> None:
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise BadSheet("В файле нет видимых листов. Скачайте таблицу заново.")
    if len(sheets) > 1:
        rows.notes.append(f"В файле несколько листов. Прочитан первый: «{sheets[0].title}».")
    # What a file says of its own size may be a lie that costs memory.
    sheets[0].reset_dimensions()
    number = 0
    try:
        for cells in sheets[0].iter_rows(max_col=MOST_COLUMNS + 1, max_row=MOST_ROWS + 2):
            number += 1
            rows.add(number, [_text(place) for place in cells])
    except BadSheet:
        raise
    except Exception:
        raise BadSheet(f"Таблица испорчена около строки {number + 1}. Сохраните её заново.") from None


def _text(place: Any) -> str:
    value = place.value
    if value is None:
        return ""
    if place.data_type == "f" or not isinstance(value, (str, int, float, bool, date, datetime)):
        raise BadSheet(
            f"В ячейке {place.coordinate} формула. Замените формулы значениями: копировать, «вставить значения»."
        )
    if place.data_type == "e":
        raise BadSheet(f"В ячейке {place.coordinate} ошибка {str(value)[:20]}. Исправьте её.")
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, (datetime, date)):
        return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, float):
        value = int(value) if value == int(value) else value
    if isinstance(value, int) and abs(value) >= 10**15:
        raise BadSheet(
            f"Длинный номер в ячейке {place.coordinate} округлён: Excel хранит только 15 цифр. "
            "Задайте столбцу вид «Текстовый» и впишите номер заново."
        )
    return str(value)

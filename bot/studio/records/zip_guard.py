"""Looks through a strangers' XLSX before anything of it is parsed: sizes declared and real, macros, entities, merged cells."""

from __future__ import annotations

import zipfile
from pathlib import Path

MOST_ENTRIES = 300
MOST_INFLATED = 16 * 1024 * 1024
"""Bytes of all parts together. The largest of our own tables takes 1 MB; parsing so much takes some seconds."""
MOST_ROWS = 5_000
MOST_STRINGS = 150_000
"""Different texts; so many take two seconds to parse."""
MOST_RATIO = 250
"""How many times a part of a megabyte and more may be larger than its packed form; tables of text shrink to a tenth."""
PIECE = 256 * 1024


class BadSheet(Exception):
    """A file that is not taken; `text` says why and what to do, in Russian."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


NOT_XLSX = "Это не таблица XLSX, хотя так названа. Откройте её в Excel или LibreOffice и сохраните как XLSX или CSV."
BOMB = "Файл раздувается при распаковке: внутри намного больше, чем снаружи. Такие файлы не принимаем."
TOO_LARGE = "Внутри файла больше 16 МБ: для справочника это слишком много. Оставьте только нужные строки и столбцы."
TOO_LONG = f"В таблице больше {MOST_ROWS} строк. Разделите её или удалите пустые строки внизу."
MACROS = "В файле есть макросы или вложения. Сохраните таблицу как обычный XLSX без макросов."
ENTITIES = "В файле спрятаны определения XML (DTD). Обычные таблицы их не содержат, поэтому файл не принят."
MERGED = "В таблице есть объединённые ячейки. Разъедините их: каждая строка — одна запись, каждый столбец — одно поле."
PROTECTED = "Файл закрыт паролем. Снимите пароль и загрузите снова."

_HARMFUL = ("vbaproject", "activex", "embeddings", "externallinks", "macrosheets", "dialogsheets", "ctrlprops", ".bin")


def look_through(path: Path) -> None:
    """Raises BadSheet for whatever is no plain table. Reads every part once, never more than its limit."""
    try:
        with zipfile.ZipFile(path) as archive:
            _directory(archive)
            left = MOST_INFLATED
            for part in archive.infolist():
                left -= _part(archive, part, left)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise BadSheet(NOT_XLSX) from None
    except RuntimeError:
        # zipfile's way to say that a part is encrypted.
        raise BadSheet(PROTECTED) from None


def _directory(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename.lower() for part in parts]
    if len(parts) > MOST_ENTRIES:
        raise BadSheet(BOMB)
    if "[content_types].xml" not in names or not any(name.startswith("xl/worksheets/") for name in names):
        raise BadSheet(NOT_XLSX)
    if len(set(names)) < len(names) or any(".." in name or name.startswith(("/", "\\")) for name in names):
        raise BadSheet(NOT_XLSX)
    if any(part.flag_bits & 1 for part in parts):
        raise BadSheet(PROTECTED)
    if any(word in name for name in names for word in _HARMFUL if not name.startswith("xl/printersettings")):
        raise BadSheet(MACROS)
    if sum(part.file_size for part in parts) > MOST_INFLATED:
        packed = sum(part.compress_size for part in parts) or 1
        ratio = sum(part.file_size for part in parts) / packed
        raise BadSheet(BOMB if ratio > MOST_RATIO else TOO_LARGE)
    if any(part.file_size > 1024 * 1024 and part.file_size > MOST_RATIO * max(1, part.compress_size) for part in parts):
        raise BadSheet(BOMB)


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> int:
    """The bytes a part really has."""
    size, tail, items = 0, b"", 0
    is_xml = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    sheet = part.filename.lower().startswith("xl/worksheets/")
    types = part.filename.lower() == "[content_types].xml"
    with archive.open(part) as file:
        while piece := file.read(PIECE):
            if size == 0 and is_xml and (piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:8]):
                raise BadSheet(ENTITIES)
            size += len(piece)
            if size > left:
                raise BadSheet(TOO_LARGE)
            if size > 1024 * 1024 and size > MOST_RATIO * max(1, part.compress_size):
                raise BadSheet(BOMB)
            window = tail + piece
            counted = b"<row " if sheet else b"<si>"
            items += window.count(counted) - tail.count(counted)
            tail = window[-32:]
            if items > (MOST_ROWS + 1 if sheet else MOST_STRINGS):
                raise BadSheet(TOO_LONG if sheet else TOO_LARGE)
            if is_xml and (b"<!DOCTYPE" in window or b"<!ENTITY" in window):
                raise BadSheet(ENTITIES)
            if sheet and b"<mergeCell" in window:
                raise BadSheet(MERGED)
            if types and (b"macroEnabled" in window or b"vbaProject" in window):
                raise BadSheet(MACROS)
    return size

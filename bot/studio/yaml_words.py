"""What a YAML parser complains about, in Russian words for an editor."""

from __future__ import annotations

import yaml


def yaml_slip(error: yaml.YAMLError) -> tuple[int, str]:
    """Line (from 1) and the words for a parser's complaint: «не закрыта кавычка»."""
    if isinstance(error, yaml.reader.ReaderError):
        return 1, "в файле есть недопустимый знак"
    if not isinstance(error, yaml.MarkedYAMLError):
        return 1, "файл не похож на YAML"
    mark = error.problem_mark or error.context_mark
    said = error.problem or "не разбирается"
    return mark.line + 1 if mark else 1, next((russian for english, russian in _WORDS if english in said), said)


_WORDS = (
    ("tab character", "отступ сделан табуляцией, нужны пробелы"),
    ("'\\t'", "отступ сделан табуляцией, нужны пробелы"),
    ("mapping values are not allowed", "лишнее двоеточие или не тот отступ; фразу с двоеточием возьмите в кавычки"),
    ("could not find expected ':'", "нет двоеточия после названия или не тот отступ"),
    ("expected <block end>", "не тот отступ или пропущен дефис"),
    ("did not find expected key", "не тот отступ"),
    ("did not find expected '-' indicator", "не тот отступ или пропущен дефис"),
    ("did not find expected ',' or", "не закрыта скобка или пропущена запятая"),
    ("did not find expected node content", "здесь нужен текст; фразу со скобкой или запятой возьмите в кавычки"),
    ("found unexpected end of stream", "не закрыта кавычка"),
    ("unknown escape character", "после \\ в двойных кавычках стоит не тот знак; поставьте \\\\ или одинарные кавычки"),
    ("undefined alias", "знак * в начале: возьмите фразу в кавычки"),
    ("cannot start any token", "строка начинается с особого знака: возьмите её в кавычки"),
    ("expected alphabetic or numeric", "знак * или & в начале: возьмите фразу в кавычки"),
    ("unhashable key", "фигурная скобка в начале: возьмите фразу в кавычки"),
    ("constructor for the tag", "знак ! в начале: возьмите фразу в кавычки"),
    ("another document", "строка --- посреди файла: уберите её"),
)

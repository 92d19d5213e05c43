"""Application forms described as data: what to ask, how to read an answer, what to check; half-filled ones are kept."""

from bot.services.forms.form import Form
from bot.services.forms.interface import (
    Accepted,
    Check,
    Choice,
    Draft,
    Drafts,
    Field,
    FieldType,
    Refused,
    SummaryLine,
)
from bot.services.forms.load import load_forms, parse_form

__all__ = [
    "Accepted",
    "Check",
    "Choice",
    "Draft",
    "Drafts",
    "Field",
    "FieldType",
    "Form",
    "Refused",
    "SummaryLine",
    "load_forms",
    "parse_form",
]

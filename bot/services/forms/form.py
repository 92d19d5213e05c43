"""The engine of a form: what to ask next, whether an answer will do, and the summary before submitting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bot.services.applications import ProofKind
from bot.services.forms import values
from bot.services.forms.conditions import fields_of, holds
from bot.services.forms.interface import Accepted, Check, Field, Refused, SummaryLine

_SKIP = {"пропустить", "пропусти", "дальше", "нет", "не знаю", "-", "пропуск", "не хочу"}


@dataclass(frozen=True)
class Form:
    """One form, read from content/forms/*.yml by `load_forms`.

    `proofs` says which answers prove ownership later (kind → field id); `params` are numbers that rules refer to;
    `working_days` is the service's term, None for the default; `clock` gives an aware UTC moment.
    """

    id: str
    title: str
    service_id: str
    intro: str
    done: str
    fields: tuple[Field, ...]
    checks: tuple[Check, ...]
    clock: Callable[[], datetime]
    params: Mapping[str, Any] = field(default_factory=dict)
    proofs: Mapping[ProofKind, str] = field(default_factory=dict)
    working_days: int | None = None

    def field(self, field_id: str) -> Field:
        """The field with this id. Raises KeyError."""
        for one in self.fields:
            if one.id == field_id:
                return one
        raise KeyError(field_id)

    def known(self, answers: Mapping[str, Any], profile: Mapping[str, Any]) -> dict[str, Any]:
        """The answers and what the profile gives besides; a profile value that would be refused is left out."""
        known = dict(answers)
        for one in self.fields:
            if one.id in known or one.prefill is None or profile.get(one.prefill) in (None, ""):
                continue
            outcome = self.check(one, str(profile[one.prefill]), None, known)
            if isinstance(outcome, Accepted) and not outcome.warnings:
                known[one.id] = outcome.value
        return self.applying(known)

    def applying(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers without those of fields that do not apply (any more), in the form's order."""
        kept: dict[str, Any] = {}
        for one in self.fields:
            if one.id in answers and self._shown(one, kept):
                kept[one.id] = answers[one.id]
        return kept

    def next_field(self, answers: Mapping[str, Any], profile: Mapping[str, Any]) -> Field | None:
        """The next field to ask for; None when everything is known."""
        known = self.known(answers, profile)
        return next((one for one in self.fields if one.id not in known and self._shown(one, known)), None)

    def check(
        self, field: Field, raw_text: str, entity_value: Any = None, answers: Mapping[str, Any] | None = None
    ) -> Accepted | Refused:
        """Read an answer and try the rules that become decidable with it.

        `entity_value` is what the language model found in the text, if anything; `answers` the ones given before.
        """
        if field.optional and raw_text.strip().lower().rstrip(".!") in _SKIP:
            return Accepted(None)
        try:
            value = values.read(field, raw_text, entity_value, self._today())
        except values.Unreadable as error:
            return Refused(field.errors.get(error.reason, field.error))
        together = {**(answers or {}), field.id: value}
        warnings = []
        for check in self.checks:
            about = set(fields_of(check.when))
            if field.id in about and about <= set(together) and holds(check.when, together, self.params):
                if check.level == "refuse":
                    return Refused(check.text)
                warnings.append(check.text)
        return Accepted(value, tuple(warnings))

    def summary(self, answers: Mapping[str, Any]) -> list[SummaryLine]:
        """What will be submitted, line by line, in Russian."""
        kept = self.applying(answers)
        return [
            SummaryLine(one.id, one.title, _in_words(one, kept[one.id]))
            for one in self.fields
            if kept.get(one.id) is not None
        ]

    def proof_values(self, answers: Mapping[str, Any]) -> dict[ProofKind, str]:
        """The answers that will prove ownership; of a name only the surname."""
        found: dict[ProofKind, str] = {}
        for kind, field_id in self.proofs.items():
            value = answers.get(field_id)
            if value:
                found[kind] = str(value).split()[0] if kind == "surname" else str(value)
        return found

    def _shown(self, field: Field, known: Mapping[str, Any]) -> bool:
        return field.show_if is None or holds(field.show_if, known, self.params)

    def _today(self) -> date:
        return self.clock().date()


def _in_words(field: Field, value: Any) -> str:
    if field.type == "date":
        return date.fromisoformat(value).strftime("%d.%m.%Y")
    if field.type == "money":
        return f"{value:,}".replace(",", "\u00a0") + "\u00a0₽"
    if field.type == "yes_no":
        return "да" if value else "нет"
    if field.type == "choice":
        return next((choice.title for choice in field.choices if choice.value == value), str(value))
    if field.type == "phone":
        return f"{value[:2]} {value[2:5]} {value[5:8]}-{value[8:10]}-{value[10:]}"
    return str(value)

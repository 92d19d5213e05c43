"""Turns a filled form into a registered application, once, whatever is killed when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.services.applications import Applications, ProofKind
from bot.services.errors import ServiceError
from bot.services.forms.form import Form
from bot.services.forms.interface import Drafts, Field


class Incomplete(ServiceError):
    """A field is still to be asked: `field`."""

    code = "incomplete"

    def __init__(self, field: Field) -> None:
        super().__init__(field.id)
        self.field = field


async def submit(
    form: Form,
    citizen_id: str,
    answers: Mapping[str, Any],
    profile: Mapping[str, Any],
    applications: Applications,
    drafts: Drafts,
    *,
    more_proofs: Mapping[ProofKind, str] | None = None,
) -> str:
    """Register the application and forget the draft; the number the status lookup then finds.

    `more_proofs` may add a code word the citizen chose. Raises Incomplete, and ServiceUnavailable with the draft kept.
    """
    missing = form.next_field(answers, profile)
    if missing is not None:
        raise Incomplete(missing)
    known = form.known(answers, profile)
    # Saved first: its id is the key under which a repeated submission finds the application already registered.
    draft = await drafts.save(citizen_id, form.id, known)
    number = await applications.register(
        citizen_id,
        form.id,
        known,
        service_id=form.service_id,
        proofs={**form.proof_values(known), **(more_proofs or {})},
        key=f"{form.id}:{draft.id}",
        working_days=form.working_days,
    )
    await drafts.delete(citizen_id, form.id)
    return number

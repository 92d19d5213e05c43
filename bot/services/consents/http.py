"""A registry of consents kept by an agency's own system, reached over its REST API (docs/services-http.md).

The texts are ours: the version that was shown goes with every act.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, cast

from bot.services.consents.interface import PURPOSES, Consent, ConsentText, DeletionRequest, Purpose
from bot.services.consents.messages import call_back
from bot.services.consents.texts import Texts, ends_with
from bot.services.errors import ServiceUnavailable
from bot.services.http_client import Refused, ServiceHttp
from bot.store import Store, events


class HttpConsents:
    """The `Consents` of an agency."""

    def __init__(self, http: ServiceHttp, store: Store, clock: Callable[[], datetime], texts: Texts) -> None:
        self._http = http
        self._store = store
        self._clock = clock
        self._texts = texts

    def text(self, purpose: Purpose) -> ConsentText:
        """See `Consents.text`."""
        return self._texts.text(purpose)

    async def give(
        self,
        citizen_id: str,
        purpose: Purpose,
        *,
        channel: str,
        scope: str | None = None,
        ip: str | None = None,
        proof: Mapping[str, Any] | None = None,
    ) -> Consent:
        """See `Consents.give`."""
        body = self._act(citizen_id, purpose, channel, scope, ip, proof)
        with self._http.reading():
            consent = _consent(await self._post("/consents", body))
        await self._record("consent_given", [consent])
        return consent

    async def withdraw(
        self,
        citizen_id: str,
        purpose: Purpose,
        *,
        channel: str,
        scope: str | None = None,
        ip: str | None = None,
        proof: Mapping[str, Any] | None = None,
    ) -> list[Consent]:
        """See `Consents.withdraw`."""
        body = self._act(citizen_id, purpose, channel, scope, ip, proof)
        if scope is None:
            # Ours first: even when the registry is away, nothing more is sent to who does not want it.
            await self._call_back(citizen_id, purpose)
        with self._http.reading():
            answer = await self._post("/consents/withdraw", body)
            ended = [_consent(item) for item in answer["consents"]]
        await self._record("consent_withdrawn", ended)
        return ended

    async def active(self, citizen_id: str) -> list[Consent]:
        """See `Consents.active`."""
        newest = {(act.purpose, act.scope): act for act in await self.history(citizen_id)}
        return sorted((act for act in newest.values() if act.given), key=lambda act: act.id)

    async def has(self, citizen_id: str, purpose: Purpose, scope: str | None = None) -> bool:
        """See `Consents.has`."""
        self._texts.text(purpose)
        if scope is None:
            return any(act.purpose == purpose for act in await self.active(citizen_id))
        acts = [a for a in await self.history(citizen_id) if a.purpose == purpose and a.scope in (None, scope)]
        return bool(acts) and acts[-1].given

    async def history(self, citizen_id: str) -> list[Consent]:
        """See `Consents.history`."""
        try:
            answer = await self._http.get("/consents", citizen_id=citizen_id)
        except Refused as refused:
            raise self._unknown(refused) from None
        with self._http.reading():
            return sorted((_consent(item) for item in answer["history"]), key=lambda act: act.id)

    async def request_deletion(self, citizen_id: str, *, channel: str) -> DeletionRequest:
        """See `Consents.request_deletion`."""
        await self._call_back(citizen_id, "personal_data")
        answer = await self._post("/consents/deletion", {"citizen_id": citizen_id, "channel": channel})
        with self._http.reading():
            request = self._texts.deletion(
                str(answer["number"]),
                date.fromisoformat(answer["requested_on"]),
                date.fromisoformat(answer["due_on"]),
            )
        async with self._store.write() as session:
            events.record(session, "deletion_requested", self._clock(), citizen_id=citizen_id, number=request.number)
        return request

    def _act(
        self,
        citizen_id: str,
        purpose: Purpose,
        channel: str,
        scope: str | None,
        ip: str | None,
        proof: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        return {
            "citizen_id": citizen_id,
            "purpose": purpose,
            "scope": scope,
            "text_version": self._texts.text(purpose).version,
            "at": self._clock().isoformat(),
            "channel": channel,
            "ip": ip,
            "proof": dict(proof or {}),
        }

    async def _call_back(self, citizen_id: str, purpose: Purpose) -> None:
        async with self._store.write() as session:
            await call_back(session, citizen_id, ends_with(purpose))

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await self._http.post(path, body, key=uuid.uuid4().hex)
        except Refused as refused:
            raise self._unknown(refused) from None

    async def _record(self, event: str, acts: list[Consent]) -> None:
        async with self._store.write() as session:
            for act in acts:
                what = {"purpose": act.purpose, "scope": act.scope or "", "version": act.text_version}
                events.record(session, event, self._clock(), citizen_id=act.citizen_id, channel=act.channel, **what)

    def _unknown(self, refused: Refused) -> ServiceUnavailable:
        return ServiceUnavailable(self._http.service, f"refused with {refused.status} {refused.name}")


def _consent(item: Mapping[str, Any]) -> Consent:
    if item["purpose"] not in PURPOSES:
        raise ValueError("a purpose outside the contract")
    return Consent(
        id=int(item["id"]),
        citizen_id=str(item["citizen_id"]),
        purpose=cast(Purpose, item["purpose"]),
        scope=item.get("scope") or None,
        given=bool(item["given"]),
        text_version=str(item["text_version"]),
        at=datetime.fromisoformat(item["at"]),
        channel=str(item["channel"]),
    )

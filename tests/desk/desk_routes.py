"""Every address of the desk and who may use it. A new one is added here with the right that opens it, else the matrix fails."""

from __future__ import annotations

from typing import Any

from fastapi.routing import iter_route_contexts

from bot.accounts.interface import Right

OPEN = "open"
"""Needs no session."""
HALF = "half"
"""Belongs to the way in: for whoever has shown a password and not yet everything."""
SIGNED = "signed"
"""Any colleague."""

ROUTES: dict[str, str] = {}


def _of(who: Right | str, *routes: str) -> None:
    for route in routes:
        assert route not in ROUTES
        ROUTES[route] = who


_of(OPEN, "GET /static/{name}", "GET /sign-in", "POST /sign-in", "GET /sso", "GET /sso/back")
_of(
    HALF, "POST /sign-in/again", "GET /sign-in/code", "POST /sign-in/code", "GET /sign-in/second-factor",
    "POST /sign-in/second-factor", "GET /sign-in/password", "POST /sign-in/password",
)  # fmt: skip
_of(
    SIGNED, "POST /sign-out", "GET /home", "GET /me", "POST /me/here", "POST /me/password", "POST /me/second-factor",
    "POST /me/second-factor/confirm", "POST /me/second-factor/remove", "POST /me/recovery-codes",
    "POST /me/windows/end", "POST /me/windows/end-all", "POST /me/extension", "GET /events", "GET /session",
)  # fmt: skip
_of(
    "staff", "GET /staff", "GET /staff/new", "POST /staff/new", "GET /staff/{account_id}", "POST /staff/{account_id}",
    *(f"POST /staff/{{account_id}}/{deed}" for deed in ("password", "disable", "enable", "unlock", "reset-totp", "unlink")),
)  # fmt: skip
_of("audit", "GET /audit", "POST /audit/check", "POST /audit/export")
_of("health", "GET /health")
_of(
    "privacy", "GET /privacy", "POST /privacy/find", "POST /privacy/preview", "GET /privacy/citizens/{citizen_id}",
    "POST /privacy/citizens/{citizen_id}/export", "POST /privacy/citizens/{citizen_id}/erase",
)  # fmt: skip
TALK = (
    "GET ", "GET /head", "GET /lines", "GET /side", "GET /card", "GET /knowledge", "GET /suggestion", "GET /book",
    "GET /ticket", "GET /consent", "GET /closing", "GET /transfer", "GET /give-back",
    "GET /visits/{number}/move", "GET /visits/{number}/cancel",
    "POST /take", "POST /transfer", "POST /give-back", "POST /close", "POST /messages", "POST /messages/{seq}/correct",
    "GET /messages/{seq}/misread", "POST /messages/{seq}/misread",
    "POST /notes", "POST /typing", "POST /read", "POST /call/{step}", "POST /phone", "POST /book/choice", "POST /book",
    "POST /visits/{number}/move", "POST /visits/{number}/cancel", "POST /ticket", "POST /consent/send", "POST /consent",
    "POST /link",
)  # fmt: skip
"""Everything below a talk: hidden from whoever may not see the talk."""
_of(
    "talk", "GET ", "GET /queue", "POST /status", "POST /wrapped-up", "POST /draft-check",
    "GET /files/{conversation_id}/{seq}/{index}",
    *(route.replace(" ", " /talks/{conversation_id}", 1) for route in TALK),
)  # fmt: skip
CALLBACK = tuple(
    f"POST /callbacks/{{number}}/{deed}" for deed in ("phone", "take", "release", "reached", "missed", "cancel")
)
TICKET = (
    "GET /tickets/{number}", "POST /tickets/{number}/contact", "GET /tickets/{number}/files/{index}",
    "POST /tickets/{number}/state", "POST /tickets/{number}/owner", "POST /tickets/{number}/escalate",
)  # fmt: skip
_of("lists", "GET /callbacks", "GET /tickets", *CALLBACK, *TICKET)
_of(
    "supervise", "GET /board", "GET /board/now", "GET /board/calls/{call_id}", "GET /hours",
    *(f"POST /board/{deed}" for deed in ("status", "whisper", "take", "pass")),
)  # fmt: skip
_of(
    "canned", "GET /canned", "GET /canned/new", "GET /canned/{canned_id}/edit", "POST /canned", "POST /canned/preview",
    "POST /canned/{canned_id}", "POST /canned/{canned_id}/delete", "GET /canned/{canned_id}/files/{index}",
)  # fmt: skip
_of(
    "notices", "GET /notices", "POST /notices", "POST /notices/{notice_id}/withdraw", "GET /incidents",
    "GET /incidents/try", "GET /incidents/new", "GET /incidents/{number}", "POST /incidents",
    "POST /incidents/{number}", "POST /incidents/{number}/close",
)  # fmt: skip

_of(
    "publish", "GET /studio/publish", "GET /studio/publish/now", "POST /studio/publish/{publication_id}/refuse",
    "GET /studio/versions/{version}", "POST /studio/versions/{version}/return",
)  # fmt: skip
_of("approve", "POST /studio/publish/{publication_id}/approve")
_of("teach", "POST /studio/publish")

_of(
    "teach", "GET /studio", "GET /studio/home/mistakes", "GET /studio/home/plain", "GET /studio/home/helped", "GET /studio/helped",
    "GET /studio/plain", "GET /studio/plain/figures",
    "GET /studio/plain/more", "POST /studio/plain/try",
)  # fmt: skip

_of(
    "teach", "GET /studio/answers", "POST /studio/answers/new", "POST /studio/answers/hear", "GET /studio/answers/{answer}",
    "POST /studio/answers/{answer}", "POST /studio/answers/{answer}/form", "POST /studio/answers/{answer}/check",
    "POST /studio/answers/{answer}/remove",
    "GET /studio/persona", "GET /studio/persona/{persona}", "POST /studio/persona/{persona}",
    "GET /studio/persona/{persona}/pair", "GET /studio/persona/{persona}/{block}", "POST /studio/persona/{persona}/{block}",
    "POST /studio/persona/{persona}/{block}/form", "POST /studio/persona/{persona}/{block}/check",
    "GET /studio/persona/lexicon", *(f"POST /studio/persona/lexicon/{deed}" for deed in ("try", "add", "remove")),
)  # fmt: skip

_of(
    "teach", "GET /studio/records/{kind}", "GET /studio/records/{kind}/new", "POST /studio/records/{kind}/new",
    "GET /studio/records/{kind}/one", "POST /studio/records/{kind}/one", "GET /studio/records/{kind}/remove",
    "POST /studio/records/{kind}/remove", "POST /studio/records/{kind}/plain", "GET /studio/records/{kind}/export",
    "GET /studio/records/{kind}/import", "POST /studio/records/{kind}/import", "POST /studio/records/{kind}/import/apply",
)  # fmt: skip
_of(
    "teach", "GET /studio/inbox", "GET /studio/inbox/groups", "POST /studio/inbox/settle", "POST /studio/inbox/undo",
)  # fmt: skip
_of(
    "teach", "GET /studio/trial", "GET /studio/trial/state", "POST /studio/trial/open", "POST /studio/trial/say",
    "POST /studio/trial/save", "GET /studio/conversations", "GET /studio/conversations/now",
    "GET /studio/conversations/running", "GET /studio/conversations/edit", "POST /studio/conversations",
    "POST /studio/conversations/run", "POST /studio/conversations/copy", "POST /studio/conversations/remove",
)  # fmt: skip
_of(
    "teach", "GET /studio/phrases", "GET /studio/phrases/new", "GET /studio/phrases/new/name", "POST /studio/phrases/new",
    "GET /studio/phrases/check", "GET /studio/phrases/words", "GET /studio/phrases/words/targets",
    "POST /studio/phrases/words", "GET /studio/phrases/wish/{wish}",
    *(f"GET /studio/phrases/wish/{{wish}}/{part}" for part in ("rows", "row")),
    *(
        f"POST /studio/phrases/wish/{{wish}}/{deed}"
        for deed in ("add", "paste", "change", "remove", "move", "title", "merge", "delete")
    ),
)  # fmt: skip

_of(
    "teach", "GET /studio/training", "POST /studio/training", "GET /studio/training/{run_id}", "GET /studio/training/{run_id}/now",
    "POST /studio/training/{run_id}/cancel", "GET /studio/training/{run_id}/phrases",
)  # fmt: skip

_of(
    "teach", "GET /studio/changes", "POST /studio/changes/undo", "POST /studio/changes/discard", "POST /studio/changes/take",
    "POST /studio/changes/settle",
)  # fmt: skip

CONDITIONAL = frozenset(("GET /sso", "GET /sso/back"))
"""There only with a setting."""

NOWHERE = {
    "run_id": "00000000-0000-4000-8000-000000000005",
    "conversation_id": "00000000-0000-4000-8000-000000000000", "account_id": "00000000-0000-4000-8000-000000000001",
    "citizen_id": "00000000-0000-4000-8000-000000000002", "number": "00-0000", "seq": "999999", "index": "7",
    "name": "nothing.css", "canned_id": "999999", "notice_id": "999999", "call_id": "00000000-0000-4000-8000-000000000003",
    "step": "accept", "kind": "nothing", "answer": "utter_nothing", "persona": "nobody", "wish": "nothing", "block": "nothing",
    "publication_id": "00000000-0000-4000-8000-000000000004", "version": "0" * 40,
}  # fmt: skip
"""Values of path parameters that name nothing."""


def routes_of(app: Any) -> set[str]:
    """`GET /path` of everything below /desk that an application serves, without that prefix."""
    return {
        f"{method} {context.path.removeprefix('/desk')}"
        for context in iter_route_contexts(app.routes)
        if (context.path or "").startswith("/desk")
        for method in context.methods or ()
        if method != "HEAD"
    }


def address(route: str, **given: str) -> tuple[str, str]:
    """Method and path of a route, with these path parameters, else those that name nothing."""
    method, _, path = route.partition(" ")
    for name, value in (NOWHERE | given).items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"a path parameter of {route} has no value in NOWHERE"
    return method, f"/desk{path}"

"""What an account is and what a role may do; every page of the desk asks here, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from bot.services.errors import ServiceError

Role = Literal["operator", "supervisor", "editor", "approver", "administrator", "technician"]
ROLES: tuple[Role, ...] = get_args(Role)

ROLE_TITLES: dict[str, str] = {
    "operator": "Специалист",
    "supervisor": "Руководитель смены",
    "editor": "Редактор",
    "approver": "Выпускающий редактор",
    "administrator": "Администратор",
    "technician": "Техник",
}

Right = Literal[
    "talk",  # take conversations, see citizens of one's own groups
    "supervise",  # the board, quiet listening, take over, reassign; groups of one's own
    "lists",  # tickets and call-backs
    "notices",  # emergency notices and incidents
    "canned",  # write ready answers
    "teach",  # change one's draft of what the robot knows, train it, try it, settle real phrases
    "publish",  # see publications, go back to an earlier version; with `teach` bring one's draft to the citizens
    "approve",  # the second person of a publication, where two are required
    "staff",  # accounts, roles, groups
    "audit",  # read and export the audit log
    "privacy",  # retention, export and deletion of a citizen's data
    "health",  # what works and what does not; no citizen's data
]

RIGHTS: dict[str, frozenset[Right]] = {
    "operator": frozenset(("talk", "lists")),
    "supervisor": frozenset(("talk", "lists", "supervise", "notices", "canned")),
    "editor": frozenset(("notices", "canned", "teach", "publish")),
    "approver": frozenset(("publish", "approve")),
    "administrator": frozenset(("staff", "audit", "privacy", "health")),
    "technician": frozenset(("health",)),
}
"""Least privilege: an administrator does not read conversations, a supervisor does not make accounts. One may have several."""


@dataclass(frozen=True)
class Account:
    """A colleague who may sign in. `groups` are ids of groups.yml, `capacity` conversations at once, `extension` her telephone."""

    id: str
    login: str
    name: str
    roles: frozenset[str]
    groups: frozenset[str]
    languages: frozenset[str] = frozenset(("ru",))
    lines: frozenset[str] = frozenset()
    capacity: int = 4
    extension: str = ""
    disabled: bool = False
    has_totp: bool = False
    must_change_password: bool = False
    last_login_at: datetime | None = None
    locked_until: datetime | None = None
    has_password: bool = True
    has_sso: bool = False

    @property
    def rights(self) -> frozenset[Right]:
        """Everything its roles allow."""
        return frozenset().union(*(RIGHTS.get(role, frozenset()) for role in self.roles))


@dataclass(frozen=True)
class Signed:
    """Who sends a request to the desk: the account, its session and the token that its forms must carry."""

    account: Account
    session_id: str
    csrf: str = field(repr=False)
    ip: str = ""

    def may(self, right: Right) -> bool:
        """Whether the account has a right."""
        return right in self.account.rights


class BadAccount(ServiceError):
    """An account cannot be made or changed so; `text` says why, in Russian."""

    code = "bad_account"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

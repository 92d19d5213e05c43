"""Which account a person is whom an issuer of single sign-on has proved: by subject, and the first time by a login made for her."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.accounts import Accounts
from bot.accounts.audit import Audit
from bot.accounts.entrance import NotAdmitted
from bot.accounts.fields import LOGIN
from bot.accounts.interface import ROLES, BadAccount
from bot.accounts.rows import account_of
from bot.accounts.tables import AccountRow
from bot.store import Store

UNKNOWN = "Для вас ещё нет учётной записи в Отклике. Попросите администратора её завести."
NO_ROLE = "В системе входа вам не дана роль для Отклика. Обратитесь к администратору."


@dataclass(frozen=True)
class Person:
    """Somebody proved by the issuer.

    `subject` names her for ever, `logins` are names under which an account may have been made for her, the surest first,
    `roles` what the issuer says she is (None: it does not say).
    """

    subject: str
    logins: tuple[str, ...]
    name: str
    roles: frozenset[str] | None = None


class KnownPeople:
    """Finds and links accounts. `create` is the role of an account that is made by itself, "" for none."""

    def __init__(self, store: Store, clock: Callable[[], datetime], accounts: Accounts, create: str = "") -> None:
        self._store, self._clock, self._accounts, self._create = store, clock, accounts, create
        self._audit = Audit(store, clock)

    async def account_id(self, person: Person, ip: str) -> str:
        """Her account's id, with the roles the issuer gives. Raises NotAdmitted."""
        if person.roles is not None and not person.roles:
            raise NotAdmitted(NO_ROLE)
        found = await self._linked(person, ip) or await self._made(person, ip)
        if person.roles is not None:
            await self._give_roles(found, person.roles)
        return found

    async def _linked(self, person: Person, ip: str) -> str:
        async with self._store.write() as session:
            known = await session.scalar(select(AccountRow.id).where(AccountRow.oidc_subject == person.subject))
            if known:
                return known
            for login in person.logins:
                row = await session.scalar(
                    select(AccountRow).where(AccountRow.login == login.casefold()).with_for_update()
                )
                # An account that is somebody else's already is not given away, nor is a closed one opened.
                if row is not None and row.oidc_subject is None and row.disabled_at is None:
                    await self._link(session, row, person, ip)
                    return row.id
        return ""

    async def _made(self, person: Person, ip: str) -> str:
        login = next((name.casefold() for name in person.logins if LOGIN.fullmatch(name.casefold())), "")
        if not self._create or not login:
            await self._audit.write(None, "sso_refused", ip=ip, reason="unknown")
            raise NotAdmitted(UNKNOWN)
        try:
            made = await self._accounts.add(login, person.name or login, person.roles or (self._create,))
        except BadAccount:
            # The login is another person's.
            await self._audit.write(None, "sso_refused", ip=ip, reason="taken")
            raise NotAdmitted(UNKNOWN) from None
        async with self._store.write() as session:
            await self._link(session, await session.get_one(AccountRow, made.id), person, ip)
        return made.id

    async def _link(self, session: AsyncSession, row: AccountRow, person: Person, ip: str) -> None:
        row.oidc_subject = person.subject
        await self._audit.add(session, account_of(row), "sso_linked", row.id, ip=ip)

    async def _give_roles(self, account_id: str, roles: frozenset[str]) -> None:
        account = await self._accounts.get(account_id)
        if account is None or account.roles == roles:
            return
        wanted = [role for role in ROLES if role in roles]
        try:
            await self._accounts.change(
                account_id, None, name=account.name, roles=wanted, groups=account.groups, languages=account.languages,
                lines=account.lines, capacity=account.capacity, extension=account.extension,
            )  # fmt: skip
        except BadAccount as kept:
            # The last administrator stays one, else nobody could put it right.
            await self._audit.write(None, "sso_roles_kept", account_id, reason=kept.text)

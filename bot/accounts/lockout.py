"""Waits after wrong tries: of an account, each longer than the one before, and of an address that tries many logins."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.policy import Policy
from bot.accounts.tables import AccountRow, LoginTryRow

FORGOTTEN = timedelta(days=1)


def is_waiting(row: AccountRow, now: datetime) -> bool:
    """Whether an account waits; tries in the meantime neither open it nor count."""
    return row.locked_until is not None and row.locked_until > now


def count_wrong(row: AccountRow, now: datetime, policy: Policy) -> bool:
    """Count a wrong password or code; True when the account has to wait from now on."""
    row.wrong_tries += 1
    rounds, rest = divmod(row.wrong_tries, policy.tries)
    if rest:
        return False
    row.locked_until = now + min(policy.wait * 2 ** min(rounds - 1, 10), policy.longest_wait)
    return True


def forgive(row: AccountRow) -> None:
    """Everything was right."""
    row.wrong_tries, row.locked_until = 0, None


def address_of(ip: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, since one house has all of it."""
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:45] or "?"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)).network_address)
    return str(parsed)


async def address_waits(session: AsyncSession, ip: str, now: datetime, policy: Policy) -> int:
    """Seconds an address has to wait, 0 for none."""
    row = await session.get(LoginTryRow, address_of(ip))
    if row is None or row.tries < policy.tries_of_address or now - row.since >= policy.wait:
        return 0
    return max(1, round((policy.wait - (now - row.since)).total_seconds()))


async def count_address(session: AsyncSession, ip: str, now: datetime, policy: Policy) -> None:
    """Count a wrong try from an address, in the running write transaction."""
    await session.execute(delete(LoginTryRow).where(LoginTryRow.since < now - FORGOTTEN))
    row = await session.get(LoginTryRow, address_of(ip), with_for_update=True)
    if row is None:
        session.add(LoginTryRow(ip=address_of(ip), tries=1, since=now))
    elif now - row.since >= policy.wait:
        row.tries, row.since = 1, now
    else:
        row.tries += 1
    await session.flush()

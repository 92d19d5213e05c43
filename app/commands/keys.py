"""`./otklik keys`: which key seals how much, a new key, everything under the newest key, an old key dropped. Shows no key."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from app import settings as configuration
from app.paths import HERE
from app.problems import Problem
from app.running import lease
from app.settings import Settings
from app.vaults import ENVIRONMENT, source, vault_of
from bot.privacy.reseal import OPEN, UNKNOWN, Count, SealedFiles, count, reseal
from bot.privacy.tracker_rows import TrackerRows
from bot.store import Store, Vault
from bot.store.keys import Ring
from bot.store.migrate import upgrade
from bot.store.vault import LOOK_EVERY_S, write_keys
from channels.files import FileStore
from voice.recording_keys import RecordingFolder

ACTIONS = ("status", "add", "reseal", "drop")
PASSES = 3


def run(action: str, key_id: str, restarted: bool) -> int:
    """Do one of ACTIONS; `key_id` is for drop, `restarted`: the assistant knows the keys of the variable. Raises Problem."""
    settings = configuration.load()
    vault = vault_of(settings)
    if action == "add":
        return _keep(settings, vault.ring.added(), "Новый ключ добавлен. Теперь ./otklik keys reseal")
    path = settings.sqlite_file
    if path is not None and not path.exists():
        raise Problem("Базы данных ещё нет: она появится при первом запуске, ./otklik up.")
    try:
        upgrade(settings.database_url)
        if action == "status":
            return _status(settings, vault)
        if action == "reseal":
            return _reseal(settings, vault, restarted)
        return _drop(settings, vault, key_id)
    except SQLAlchemyError as error:
        name = type(error).__name__
        raise Problem(f"База данных не отвечает ({name}). Что не так, скажет ./otklik doctor.") from error


def folders(settings: Settings, vault: Vault) -> Sequence[SealedFiles]:
    """Everything sealed that lies on disk."""
    return (
        FileStore(settings.files_dir, vault),
        RecordingFolder(settings.recordings_dir, vault),
        TrackerRows(settings.rasa_db, vault),
    )


def _status(settings: Settings, vault: Vault) -> int:
    found = asyncio.run(_counted(settings, vault))
    console, total = Console(), Counter[str]()
    table = Table("ключ", "роль", "значений и файлов", title=f"Ключи: {source(settings)}")
    for counted in found.values():
        total.update(counted)
    for place, key in enumerate(vault.ring.keys):
        table.add_row(key.id, "запечатывает" if place == 0 else "только открывает", str(total[key.id]))
    console.print(table)
    if total[OPEN]:
        console.print(f"Без ключа, из прежних версий: {total[OPEN]}. Запечатать: ./otklik keys reseal")
    if total[UNKNOWN]:
        where = ", ".join(sorted(name for name, counted in found.items() if counted[UNKNOWN]))
        console.print(f"Не открываются ни одним ключом: {total[UNKNOWN]} ({where}). Верните ключ из резервной копии.")
    return 1 if total[UNKNOWN] else 0


def _reseal(settings: Settings, vault: Vault, restarted: bool) -> int:
    if vault.file is None and lease.running(HERE) is not None and not restarted:
        raise Problem(
            f"Ключи заданы в {ENVIRONMENT}, и помощник запущен. Перезапустите его с новым значением "
            "и повторите с --restarted."
        )
    if vault.file is not None:
        # Every process looks at the file within this time, and from then on seals with the new key.
        time.sleep(max(0.0, vault.file.stat().st_mtime + 2 * LOOK_EVERY_S - time.time()))
    progress = Console(stderr=True)
    done = lost = 0
    with progress.status("Перезапечатываю…") as shown:
        for _ in range(PASSES):
            changed, lost = asyncio.run(
                _resealed(settings, vault, lambda number: shown.update(f"Перезапечатано: {number}"))
            )
            done += changed
            if not changed:
                break
    print(f"Перезапечатано: {done}. Ключ {vault.ring.keys[0].id}.")
    if lost:
        print(f"Не открываются ни одним ключом: {lost}. Что это, скажет ./otklik keys status.", file=sys.stderr)
    elif len(vault.ring.keys) > 1:
        print(
            "Прежние ключи больше не нужны: ./otklik keys drop. Сначала сделайте резервную копию базы с новым ключом."
        )
    return 1 if lost else 0


def _drop(settings: Settings, vault: Vault, key_id: str) -> int:
    old = {key.id for key in vault.ring.keys[1:]}
    wanted = {key_id} if key_id else old
    if not old:
        raise Problem("Ключ один, убирать нечего.")
    if not wanted <= old:
        raise Problem(f"Ключа {key_id} среди прежних нет. Какие есть, покажет ./otklik keys status.")
    total: Count = Counter()
    for counted in asyncio.run(_counted(settings, vault)).values():
        total.update(counted)
    if left := sum(total[one] for one in wanted):
        raise Problem(f"Прежним ключом ещё закрыто: {left}. Сначала ./otklik keys reseal.")
    ring = vault.ring
    for one in wanted:
        ring = ring.without(one)
    return _keep(
        settings, ring, "Прежние ключи убраны. Копии базы, сделанные с ними, открываются только ими: храните их."
    )


def _keep(settings: Settings, ring: Ring, told: str) -> int:
    if settings.secret_key.get_secret_value():
        # Only who runs the command can change the environment, so the new value goes to them, and to nobody's log.
        print(",".join(ring.entries()))
        print(f"Это новое значение {ENVIRONMENT}: замените им прежнее и перезапустите помощника.", file=sys.stderr)
        return 0
    try:
        write_keys(settings.secret_key_file, ring)
    except OSError as error:
        raise Problem(f"Файл ключей {settings.secret_key_file} не записывается: {error.strerror}.") from error
    print(f"{told}\nСделайте резервную копию {settings.secret_key_file} отдельно от базы.")
    return 0


async def _counted(settings: Settings, vault: Vault) -> dict[str, Count]:
    async with _opened(settings) as store:
        return await count(store, vault, folders(settings, vault))


async def _resealed(settings: Settings, vault: Vault, step: Callable[[int], None]) -> tuple[int, int]:
    async with _opened(settings) as store:
        return await reseal(store, vault, folders(settings, vault), step)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    store = Store(settings.database_url)
    try:
        yield store
    finally:
        await store.close()

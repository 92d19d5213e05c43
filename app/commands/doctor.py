"""`./otklik doctor`: looks at everything a start needs and says in words what is missing. Changes nothing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence

import yaml

from app import settings as configuration
from app.paths import HERE
from app.problems import Problem
from app.running import lease, ports
from app.running.supervisor import answers
from app.settings import Settings
from app.training.check import mistakes
from app.training.train import fresh_model
from app.vaults import check_fits, vault_of
from app.voice_extra import check_extra
from app.voice_tools import FESTIVAL_PACKAGES, festival
from channels.base import Channel, Finding
from channels.registry import configured


def run() -> int:
    """Print every finding; 1 if something must be put right."""
    try:
        settings = configuration.load()
    except Problem as problem:
        print(f"✗ {problem}")
        return 1
    bad = 0
    for look in (_disk, _content, _training, _studio, _database, _keys, _ports, _house, _channels, _voice):
        for finding in _safely(look, settings):
            bad += finding.well is False
            print({True: "✓", False: "✗", None: "·"}[finding.well], finding.text)
    print("Всё в порядке." if not bad else f"Надо исправить: {bad}.")
    return 1 if bad else 0


def _safely(look: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    try:
        yield from look(settings)
    except Problem as problem:
        yield Finding(False, str(problem))
    except Exception as error:  # a doctor that falls ill himself is of no use
        yield Finding(False, f"{look.__name__.strip('_')}: {type(error).__name__}: {str(error)[:200]}")


def _disk(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(HERE.state).free / 1024**3
    yield Finding(free > 1, f"место на диске: {free:.1f} ГБ" + ("" if free > 1 else ", освободите хотя бы 1 ГБ"))


def _content(settings: Settings) -> Iterator[Finding]:
    broken = 0
    for path in sorted(settings.content_dir.rglob("*.yml")):
        try:
            yaml.safe_load(path.read_text("utf-8"))
        except yaml.MarkedYAMLError as error:
            broken += 1
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            yield Finding(False, f"{HERE.shown(path)}:{line}: ошибка YAML: {error.problem}")
    if not broken:
        from bot.services.content import load

        content = load(settings.content_dir)
        yield Finding(True, f"содержание: услуг {len(content.services)}, центров {len(content.centres)}")


def _training(settings: Settings) -> Iterator[Finding]:
    found = mistakes(settings.layout)
    yield from (Finding(False, str(mistake)) for mistake in found[:10])
    if not found:
        model = fresh_model(settings.layout)
        yield (
            Finding(True, "модель диалога свежая")
            if model
            else Finding(None, "модель устарела: ./otklik up обучит её сам")
        )


def _studio(settings: Settings) -> Iterator[Finding]:
    """Whether editors can publish."""
    from bot.studio.history import History, NoHistory
    from bot.studio.project import Project

    project = Project(settings.project_dir)
    if settings.content_dir.resolve() != project.content.resolve():
        yield Finding(
            None, "студия: содержание лежит отдельно от проекта (OTKLIK_CONTENT_DIR), публиковать из неё не получится"
        )
        return
    try:
        by_hand = History(project, settings.studio_dir / "history.git").by_hand()
    except NoHistory as error:
        yield Finding(None, f"студия: публиковать не получится. {error.text}")
        return
    more = f"; правок на диске, которых нет в истории: {len(by_hand)}" if by_hand else ""
    yield Finding(True, f"студия: публикации записываются в историю git{more}")


def _database(settings: Settings) -> Iterator[Finding]:
    path = settings.sqlite_file
    if path is not None and not path.exists():
        yield Finding(None, "база данных появится при первом запуске")
        return
    yield asyncio.run(_ask_database(settings))


async def _ask_database(settings: Settings) -> Finding:
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    kind = "SQLite" if settings.sqlite_file else "PostgreSQL"
    engine = create_async_engine(settings.database_url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return Finding(True, f"база данных {kind} отвечает")
    except Exception as error:  # the driver's message may hold the password: only its kind is told
        return Finding(False, f"база данных {kind} не отвечает ({type(error).__name__}): проверьте OTKLIK_DATABASE_URL")
    finally:
        await engine.dispose()


def _keys(settings: Settings) -> Iterator[Finding]:
    if not settings.secret_key.get_secret_value() and not settings.secret_key_file.exists():
        yield Finding(None, "ключ личных данных появится при первом запуске")
        return
    vault = vault_of(settings)
    path = vault.file
    if path is not None and path.stat().st_mode & 0o077:
        yield Finding(False, f"файл ключей {path} читают и другие: chmod 600 {path}")
    if settings.sqlite_file is None or settings.sqlite_file.exists():
        asyncio.run(check_fits(settings, vault))
    more = f", прежних ключей {len(vault.ring.keys) - 1}" if len(vault.ring.keys) > 1 else ""
    yield Finding(True, f"ключ личных данных {vault.ring.keys[0].id} подходит к базе{more}")
    if settings.retention_days == 0:
        yield Finding(None, "данные граждан не удаляются по сроку: OTKLIK_RETENTION_DAYS=0")


def _ports(settings: Settings) -> Iterator[Finding]:
    if lease.running(HERE) is None:
        ports.check_free(settings.host, settings.port)
        yield Finding(True, f"порт {settings.port} свободен")


def _house(settings: Settings) -> Iterator[Finding]:
    house = lease.running(HERE)
    if house is None:
        yield Finding(None, "помощник сейчас не запущен")
        return
    well = answers(f"{house.address}/health")
    yield Finding(well, f"помощник {house.address} (процесс {house.pid}) {'отвечает' if well else 'не отвечает'}")
    well = answers(f"{house.rasa_url}/status")
    yield Finding(well, f"Rasa {'отвечает' if well else 'не отвечает, смотрите .otklik/logs/rasa.log'}")


def _channels(settings: Settings) -> Iterator[Finding]:
    found = configured(HERE.root / ".env", settings.site)
    for words in found.wrong.values():
        yield Finding(False, words)
    if not found.channels and not found.wrong:
        yield Finding(None, "мессенджеры и почта не подключены: как это сделать — docs/channels.md")
    yield from asyncio.run(_ask_channels(found.channels))


async def _ask_channels(channels: Sequence[Channel]) -> list[Finding]:
    findings = []
    for channel in channels:
        for finding in await channel.check():
            text = finding.text if finding.text.startswith(channel.title) else f"{channel.title}: {finding.text}"
            findings.append(Finding(finding.well, text))
        await channel.close()
    return findings


def _voice(settings: Settings) -> Iterator[Finding]:
    try:
        check_extra()
    except Problem as problem:
        off = "телефон и голос выключены: ./otklik up --voice поставит нужное и включит"
        yield Finding(False, str(problem)) if settings.voice else Finding(None, off)
        return
    if not settings.voice:
        yield Finding(None, "голос установлен, но выключен: ./otklik up --voice или OTKLIK_VOICE=1")
        return
    # Here, not above: without the voice nothing of it is installed.
    from voice.recognition import weights

    try:
        found = weights.find(settings.voice_model, HERE.cache, settings.voice_model_path)
        yield Finding(True, f"модель распознавания: {HERE.shown(found)}")
    except weights.WeightsMissing as error:
        yield Finding(False, str(error))
    speaks = festival() or settings.voice_silero_model is not None
    words = "голос есть" if speaks else "голоса нет: apt-get install " + " ".join(FESTIVAL_PACKAGES)
    yield Finding(speaks, words)
    if lease.running(HERE) is None:
        ports.check_free(settings.voice_host, settings.voice_port)
        yield Finding(True, f"порт телефона {settings.voice_port} свободен")
    if settings.voice_host not in ("127.0.0.1", "localhost", "::1") and not settings.voice_token:
        yield Finding(False, "телефон слушает не только эту машину: задайте OTKLIK_VOICE_TOKEN")

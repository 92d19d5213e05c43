"""`./otklik citizen`: finds one citizen, gives out or deletes everything kept about her; each step is in the audit log."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from app.commands.privacy_work import user, with_privacy
from app.problems import Problem
from bot.privacy.erasure import Outlook
from bot.privacy.export import UnknownCitizen
from bot.privacy.privacy import Privacy
from bot.services.calls.numbers import e164

ACTIONS = ("find", "export", "delete")


def run(action: str, citizen_id: str, phone: str, name: str, save: Path | None, preview: bool, yes: bool) -> int:
    """Do one of ACTIONS; the exit code. Raises Problem."""
    if action == "find":
        return _find(phone, name)
    if not citizen_id:
        raise Problem("Какого гражданина? Номер покажет ./otklik citizen find --phone или --name.")
    if action == "export":
        return _export(citizen_id, save or Path(f"citizen-{citizen_id[:8]}.zip"))
    return _delete(citizen_id, preview, yes)


def _find(phone: str, name: str) -> int:
    if not phone and not name.strip():
        raise Problem("Что искать? Задайте --phone или --name.")
    if phone and e164(phone) is None:
        raise Problem("Это не телефон: нужен номер вида +7 912 345-67-89.")
    found = with_privacy(lambda privacy: privacy.search.find(user(), phone=phone, name=name))
    if not found:
        print("Никого не нашлось. Телефон из обращения ищите по номеру обращения в рабочем месте.")
        return 0
    table = Table("гражданин", "имя", "телефон", "каналы", "последний раз")
    for one in found:
        table.add_row(one.citizen_id, one.name, one.phone, ", ".join(one.channels), f"{one.last:%d.%m.%Y}")
    table.columns[0].no_wrap = True
    Console().print(table)
    return 0


def _export(citizen_id: str, target: Path) -> int:
    if target.exists():
        raise Problem(f"Файл {target} уже есть: укажите другое имя (--save).")
    try:
        made = with_privacy(lambda privacy: privacy.exports.write(citizen_id, target, user()))
    except UnknownCitizen:
        raise Problem(f"О гражданине {citizen_id} ничего не хранится.") from None
    except OSError as error:
        raise Problem(f"Файл {target} не записывается: {error.strerror}.") from error
    print(f"Записано: {target}. Строк {made.rows}, файлов {made.files}, записей звонков {made.recordings}.")
    print("Внутри личные данные без защиты: передайте архив только самому гражданину.")
    return 0


def _delete(citizen_id: str, preview: bool, yes: bool) -> int:
    outlook = with_privacy(lambda privacy: privacy.erasures.outlook(citizen_id))
    if outlook.nothing:
        print(f"О гражданине {citizen_id} удалять нечего.")
        _tell_staying(outlook)
        return 0
    _tell(outlook)
    if preview:
        return 0
    if outlook.blocked:
        raise Problem(outlook.blocked[0])
    if not yes and typer.prompt("Удалить навсегда? Напишите «удалить»", default="", show_default=False) != "удалить":
        print("Ничего не удалено.")
        return 1

    async def erase(privacy: Privacy) -> Outlook:
        return await privacy.erasures.erase(citizen_id, user())

    with_privacy(erase)
    print("Удалено. Гражданину об этом не написано: сообщение отправляет рабочее место, раздел «Данные граждан».")
    return 0


def _tell(outlook: Outlook) -> None:
    console = Console()
    table = Table("что", "сколько", title="Удаляется")
    for _, title, number in outlook.goes:
        table.add_row(title, str(number))
    table.add_row("Файлы", str(outlook.files))
    table.add_row("Записи звонков", str(outlook.recordings))
    console.print(table)
    for what in outlook.cancelled:
        console.print(f"Отменяется: {what}")
    for request in outlook.requests:
        console.print(f"Выполняется требование {request}")
    for why in outlook.blocked:
        console.print(f"Мешает: {why}")
    _tell_staying(outlook)


def _tell_staying(outlook: Outlook) -> None:
    for one in outlook.stays:
        until = f"до {one.until:%d.%m.%Y}" if one.until else "пока дело не закончено, и свой срок после"
        print(f"Остаётся: {one.what}, {until}: {one.why}")

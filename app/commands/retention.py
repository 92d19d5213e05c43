"""`./otklik retention`: deletes what has outlived its term now, as every night at three; `--preview` only says what it would."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from app.commands.privacy_work import user, with_privacy
from bot.privacy.holdings import HOLDINGS
from bot.privacy.privacy import Privacy
from bot.privacy.retention import Report
from bot.privacy.wording import CLASSES, MATTERS


def run(preview: bool, as_json: bool) -> int:
    """Delete or show; the exit code. Raises Problem."""

    async def work(privacy: Privacy) -> tuple[Report, ZoneInfo]:
        retention = privacy.retention
        return await (retention.preview(user()) if preview else retention.run(user())), privacy.zone

    report, zone = with_privacy(work)
    if as_json:
        print(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        _show(report, zone)
    return 0


def _show(report: Report, zone: ZoneInfo) -> None:
    console = Console()
    if not report.days:
        console.print("Хранение без срока (OTKLIK_RETENTION_DAYS=0): ничего не удаляется.")
        return
    titles = {holding.table: holding.title for holding in HOLDINGS}
    gone = "Будет удалено" if report.preview else "Удалено"
    table = Table("что", "сколько", title=f"{gone}: данные через {report.days} дн. после конца дел")
    table.add_row("граждан целиком", str(report.citizens))
    for name, number in sorted(report.rows.items()):
        table.add_row(f"  {titles[name].lower()}", str(number))
    for name, number in report.classes.items():
        if number:
            table.add_row(CLASSES[name], str(number))
    table.add_row("разговоры в Rasa, которых больше нет у нас", str(report.trackers))
    console.print(table)
    held = ", ".join(f"{MATTERS[kind]} — {number}" for kind, number in report.held.most_common())
    console.print(f"Остаются из-за незакрытых дел: граждан {report.held_citizens}" + (f" ({held})." if held else "."))
    if report.next_due and report.last_due:
        first, last = (f"{moment.astimezone(zone):%d.%m.%Y}" for moment in (report.next_due, report.last_due))
        console.print(f"Срок ещё не вышел: граждан {report.later}, первый {first}, последний {last}.")
        console.print(f"Из них дольше обычного по согласию: {report.kept_by_consent}.")
    console.print(f"Записей звонков: {report.recordings_kept}, с вышедшим сроком линии: {report.recordings_due}.")
    if report.skipped:
        console.print(f"Отложено до следующего раза, граждане как раз пишут: {report.skipped}.")
    if report.preview:
        console.print("Удалить сейчас: ./otklik retention. Само это происходит каждую ночь в три часа.")

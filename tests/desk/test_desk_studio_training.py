"""The room of trainings: start, watch, stop, and read what came of it beside what is live."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.accounts.interface import Account
from bot.studio.runs import Run
from tests.desk.conftest import Open
from tests.desk.looks import sideways, violations
from tests.desk.world import Browser, World

WORKER = Path(__file__).parents[1] / "studio" / "small_worker.py"
ROOM = "/desk/studio/training"


@pytest.fixture(autouse=True)
def quick(world: World) -> None:
    """Trainings are done by the small worker; conversations are not played."""
    trainer = world.assistant.studio.trainer
    trainer.worker, trainer.conversations = (sys.executable, str(WORKER), "quick"), None


def does(world: World, *what: str) -> None:
    world.assistant.studio.trainer.worker = (sys.executable, str(WORKER), *what)


@pytest.fixture
def editor(world: World) -> Account:
    return world.account("Ольга Редакторова", roles=("editor",), groups=())


def start(her: Browser, kind: str = "train") -> str:
    """Press a button; the address of the training."""
    answer = her.post(ROOM, {"kind": kind})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def ended(world: World, address: str) -> Run:
    """The training when it is over."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        run = world.do(world.assistant.studio.studio.runs.get(address.rpartition("/")[2]))
        assert run is not None
        if not run.open:
            return run
        time.sleep(0.05)
    raise AssertionError("the training did not end")


def finished(world: World, her: Browser, kind: str = "train") -> tuple[str, httpx.Response]:
    address = start(her, kind)
    assert ended(world, address).state == "done"
    return address, her.get(address)


def test_an_editor_trains_and_reads_the_report(world: World, editor: Account) -> None:
    her = world.browser(editor)
    room = her.get(ROOM)
    assert "Обучить и проверить" in room.text and "Вы ещё ничего не обучали" in room.text
    address, report = finished(world, her)
    assert "точность 80,0 %, была 80,0 %" in report.text
    assert "Записаться на приём → Отменить запись: 3 фразы" in report.text
    assert 'href="/desk/studio/publish"' in report.text
    assert "Этот черновик уже обучен" in her.get(ROOM).text
    assert address in her.get(ROOM).text


def test_both_deeds_are_in_the_audit(world: World, editor: Account, tmp_path: Path) -> None:
    does(world, "slow", str(tmp_path / "mark"))
    her = world.browser(editor)
    address = start(her, "check")
    assert her.post(f"{address}/cancel").status_code == 303
    head = world.browser(world.account("Глава", roles=("administrator",), groups=()))
    log = head.get("/desk/audit").text
    assert "Начато обучение робота" in log and "Остановлено обучение робота" in log


def test_the_progress_goes_on_without_the_page_and_can_be_stopped(
    world: World, editor: Account, tmp_path: Path
) -> None:
    does(world, "slow", str(tmp_path / "mark"))
    her = world.browser(editor)
    address = start(her)
    page = her.get(address)
    assert "Остановить" in page.text and "<progress" in page.text
    assert f'hx-get="{address}/now"' in her.get(f"{address}/now", headers={"HX-Request": "true"}).text
    assert "Обучение идёт" in her.get(ROOM).text
    her.post(f"{address}/cancel")
    assert ended(world, address).state == "cancelled"
    assert her.get(f"{address}/now").headers["hx-redirect"] == address
    page = her.get(address)
    assert "Обучение остановлено" in page.text and "Запустить ещё раз" in page.text


def test_the_second_one_sees_her_place_in_the_line(world: World, editor: Account, tmp_path: Path) -> None:
    does(world, "slow", str(tmp_path / "mark"))
    her, other = world.browser(editor), world.browser(world.account("Пётр", roles=("editor",), groups=()))
    first, second = start(her), start(other)
    assert "впереди: 1" in other.get(second).text
    assert other.post(f"{first}/cancel").status_code == 403
    assert her.post(ROOM, {"kind": "train"}).status_code == 409
    other.post(f"{second}/cancel")
    her.post(f"{first}/cancel")
    assert ended(world, second).started_at is None


def test_a_failed_training_says_why(world: World, editor: Account) -> None:
    does(world, "fail")
    her = world.browser(editor)
    address = start(her)
    assert ended(world, address).state == "failed"
    assert "противоречат друг другу" in her.get(address).text


def test_a_broken_draft_cannot_be_trained_and_is_explained(world: World, editor: Account) -> None:
    draft = world.assistant.studio.studio.drafts.of(editor.id)
    draft.write("stories/rules.yml", draft.read("stories/rules.yml").replace("{intent: greet}", "{intent: grete}"))
    her = world.browser(editor)
    page = her.get(ROOM).text
    assert "желания grete нет" in page and "правило «приветствие»" in page and "disabled" in page
    answer = her.post(ROOM, {"kind": "train"})
    assert answer.status_code == 409 and "В черновике ошибка" in answer.text


def test_a_changed_draft_has_to_be_trained_again(world: World, editor: Account) -> None:
    her = world.browser(editor)
    address, _ = finished(world, her)
    draft = world.assistant.studio.studio.drafts.of(editor.id)
    draft.write("domain.yml", draft.read("domain.yml").replace("Чем помочь?", "Что случилось?"))
    page = her.get(address).text
    assert "С тех пор черновик изменился" in page and "Перейти к выпуску" not in page


def test_the_phrases_behind_a_cell_lead_to_the_room_of_phrases(world: World, editor: Account) -> None:
    her = world.browser(editor)
    address, _ = finished(world, her)
    page = her.get(f"{address}/phrases?true=book_appointment&predicted=cancel_appointment").text
    assert "Записаться на приём → Отменить запись: 3 фразы" in page and "что с записью" in page
    assert "/desk/studio/phrases/wish/book_appointment?q=" in page
    assert her.get(f"{address}/phrases?true=book_appointment&predicted=greet").status_code == 200
    assert her.get(f"{address}/phrases?true=nothing&predicted=greet").status_code == 404


def test_a_markup_in_a_phrase_is_only_text(world: World, editor: Account) -> None:
    runs = world.assistant.studio.studio.runs
    her = world.browser(editor)
    address, _ = finished(world, her)
    done = world.do(runs.get(address.rpartition("/")[2]))
    assert done is not None
    report = dict(done.report) | {"misread": [["<script>alert(1)</script>", "greet", "repeat", 0.4]]}
    run = world.do(runs.add(editor.id, "train", done.edition))
    world.do(runs.finish(run.id, "done", model="m", report=report))
    assert "<script>alert(1)" not in her.get(f"{ROOM}/{run.id}").text


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
async def test_the_pages_are_readable_by_everybody(
    world: World, editor: Account, opened: Open, tmp_path: Path, width: int, height: int
) -> None:
    her = world.browser(editor)
    address, _ = finished(world, her, "check")
    for path in (
        ROOM,
        address,
        f"{address}?whole=1",
        f"{address}/phrases?true=book_appointment&predicted=cancel_appointment",
    ):
        for scheme in ("light", "dark"):
            page = await opened(editor, path, width, height, color_scheme=scheme)
            assert await violations(page) == []
            assert await sideways(page) == 0
            await page.close()


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_of_a_running_training_becomes_the_report(
    world: World, editor: Account, opened: Open, tmp_path: Path
) -> None:
    does(world, "slow", str(tmp_path / "mark"))
    page: Any = await opened(editor, ROOM)
    await page.get_by_role("button", name="Обучить", exact=True).click()
    await page.get_by_role("button", name="Остановить").wait_for()
    assert await violations(page) == []
    does(world, "quick")
    await page.get_by_role("button", name="Остановить").click()
    await page.get_by_role("button", name="Запустить ещё раз").click()
    await page.get_by_role("link", name="Перейти к выпуску").wait_for()
    await page.get_by_role("link", name="Записаться на приём → Отменить запись: 3 фразы").first.press("Enter")
    await page.get_by_role("heading", name="Записаться на приём → Отменить запись: 3 фразы").wait_for()

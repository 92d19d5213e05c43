"""Ports, the one place of a checkout, masked logs, and children that are watched, restarted and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.bootstrap.steps import Step
from app.paths import HERE, Layout
from app.problems import Problem
from app.running import child as children
from app.running import lease, ports
from app.running.child import Child, Program
from app.running.lease import Running
from app.running.logs import Log, masked
from app.running.supervisor import Supervisor, answers

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'{}')
    def log_message(self, *_): pass
print('started', flush=True)
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Answer).serve_forever()
"""


def program(tmp_path: Path, code: str, *arguments: str, port: int = 9) -> Program:
    """A small Python program as a child."""
    command = [sys.executable, "-c", code, *arguments]
    return Program("проба", command, dict(os.environ), tmp_path, tmp_path / "log.txt", f"http://127.0.0.1:{port}/")


def until(condition: object, seconds: float = 15) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def test_a_taken_port_names_its_holder_and_another_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=rf"Порт {port} занят.*--port {port + 1}") as told:
            ports.check_free("127.0.0.1", port)
        if sys.platform == "linux":
            assert f"(процесс {os.getpid()})" in str(told.value)


def test_a_free_port_is_free() -> None:
    ports.check_free("127.0.0.1", ports.free_port())


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(Problem, match="не адрес этой машины"):
        ports.check_free("192.0.2.1", 8080)


def test_the_second_up_is_told_where_the_first_one_is(checkout: Layout) -> None:
    with lease.held(checkout):
        lease.announce(checkout, Running(42, "http://127.0.0.1:8080", "key", "http://127.0.0.1:1", ready=True))
        found = lease.running(checkout)
        assert found is not None
        assert found.ready
        assert (checkout.run / "up.json").stat().st_mode & 0o077 == 0
        with (
            pytest.raises(Problem, match=r"уже запущен по адресу http://127\.0\.0\.1:8080 \(процесс 42\)"),
            lease.held(checkout),
        ):
            pass
    assert lease.running(checkout) is None


def test_what_a_killed_up_left_behind_does_not_count(checkout: Layout) -> None:
    checkout.run.mkdir(parents=True)
    lease.announce(checkout, Running(1, "http://127.0.0.1:8080", "key", ""))
    assert lease.running(checkout) is None


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("телефон +7 916 123-45-67 записан", "телефон ‹число› записан"),
        ("снилс 112-233-445 95", "снилс ‹число›"),
        ("кому: anna@example.ru", "кому: ‹почта›"),
        ("GET /actions?token=abc-D_1 200", "GET /actions?token=‹скрыто› 200"),
        ("2026-11-21T22:41:34.123456Z порт 18080", "2026-11-21T22:41:34.123456Z порт 18080"),
        (
            '{"event": "turn", "user_message": "мой паспорт", "n": 1}',
            '{"event": "turn", "user_message": "‹скрыто›", "n": 1}',
        ),
        (
            '{"exception": [{"frames": [{"locals": {"text": "x"}, "lineno": 3}]}]}',
            '{"exception": [{"frames": [{"lineno": 3}]}]}',
        ),
    ],
)
def test_logs_keep_no_personal_data(line: str, kept: str) -> None:
    assert masked(line) == kept


def test_a_log_joins_halves_of_lines_and_turns_over_when_large(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log", largest=40)
    log.write("при".encode() + b"\xd0")
    log.write(b"\xb2\n" + b"x" * 50 + b"\nlast")
    log.close()
    assert "прив" in (tmp_path / "a.1.log").read_text("utf-8")
    assert (tmp_path / "a.log").read_text() == "last\n"
    assert log.last == "last"


def test_a_child_that_answers_is_ready_and_stops_when_told(tmp_path: Path) -> None:
    port = ports.free_port()
    supervisor = Supervisor([program(tmp_path, SERVER, str(port), port=port)], print)
    supervisor.start()
    took = supervisor.wait_ready(Step("проба"), 20)
    assert list(took) == ["проба"]
    pid = supervisor.children[0].pid
    supervisor.stop()
    assert pid is not None
    assert not answers(f"http://127.0.0.1:{port}/")
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)
    assert "started" in (tmp_path / "log.txt").read_text()


def test_a_child_that_falls_at_its_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    supervisor = Supervisor([program(tmp_path, "print('нет файла'); raise SystemExit(3)")], print)
    supervisor.start()
    with pytest.raises(Problem, match=r"проба: процесс упал \(код 3\)\. «нет файла»"):
        supervisor.wait_ready(Step("проба"), 20)
    supervisor.stop()


def test_a_child_that_stays_silent_is_told(tmp_path: Path) -> None:
    supervisor = Supervisor([program(tmp_path, "import time; print('жду', flush=True); time.sleep(60)")], print)
    supervisor.start()
    with pytest.raises(Problem, match="не отвечает 1,5 с"):
        supervisor.wait_ready(Step("проба"), 1.5)
    supervisor.stop()


def test_a_fallen_child_is_started_again_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.05)
    port, said = ports.free_port(), []
    supervisor = Supervisor([program(tmp_path, SERVER, str(port), port=port)], said.append)
    supervisor.start()
    supervisor.wait_ready(Step("проба"), 20)
    (watched,) = supervisor.children
    first = watched.pid
    watched.signal(signal.SIGKILL)

    def recovered() -> bool:
        supervisor._look_after(watched)
        return watched.ready and watched.pid != first

    until(recovered)
    supervisor.stop()
    assert "SIGKILL" in said[0]
    assert "снова отвечает" in said[1]


def test_pauses_between_falls_grow_up_to_half_a_minute(tmp_path: Path) -> None:
    fallen = Child(program(tmp_path, ""))
    pauses = []
    for fallen._falls in range(1, 9):
        pauses.append(fallen.pause)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    fallen.close()


def test_a_child_that_does_not_listen_to_sigterm_is_ended_by_force(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    supervisor = Supervisor([program(tmp_path, deaf)], print)
    supervisor.start()
    (watched,) = supervisor.children
    until(lambda: watched.gone() or watched.last_words == "up")
    supervisor.stop(grace=0.2)
    until(watched.gone)


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is the kernel's, of Linux only")
def test_children_die_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = (
        "import sys, time, os, pathlib; from app.running.child import Child, Program\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n"
        "command = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "p = Program('a', command, dict(os.environ), here, here / 'l', '')\n"
        "c = Child(p); c.start(); time.sleep(0.7); print(c.pid, flush=True); time.sleep(60)"
    )
    environ = os.environ | {"PYTHONPATH": str(HERE.root)}
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, env=environ, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])

"""The bench of the desk: a tiny one runs whole, and its judgement of plans is shown on plans of both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.bootstrap.steps import Steps
from app.commands import bench_desk
from app.problems import Problem
from benchmarks.desk_data import Size, fill
from benchmarks.desk_house import database
from benchmarks.desk_load import Times
from benchmarks.desk_plans import GROWING, Plan, plan_of_postgres, scans_of_sqlite
from bot.store import Store, Vault


async def test_a_tiny_bench_runs_whole_and_nothing_is_lost() -> None:
    found = await bench_desk.measured("sqlite", Size(messages=600, open=10, operators=2), 2.0, Steps())
    assert found["counts"]["messages"] >= 600 and found["counts"]["handovers"] > 10
    assert (found["errors"], found["lost"], found["error_examples"]) == (0, 0, [])
    assert found["requests"]["screen"] and found["event_to_screen_ms_p95"] > 0
    assert found["plans"] > 40 and found["full_scans"] == []
    figures = bench_desk.summary({"sqlite": found})
    keys = {"page_ms_p95", "event_to_screen_ms_p95", "queue_ms_p95", "conversation_ms_p95", "send_ms_p95"}
    assert keys | {"plans_with_full_scans", "memory_mb", "databases"} <= figures.keys()
    assert bench_desk.well(figures)


async def test_the_same_seed_makes_the_same_amounts(tmp_path: Path) -> None:
    size = Size(messages=200, open=8, operators=1)
    counts = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        async with database("sqlite", folder) as (url, _):
            store = Store(url)
            filled = await fill(store, Vault.from_file(folder / "key"), size)
            await store.close()
        counts.append(filled.counts)
        assert len(filled.colleagues) == 1 and len(filled.colleagues[0].talks) == 4
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("statement", "lines", "scans"),
    [
        ("SELECT 1 FROM messages WHERE seq = ?", ("SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)",), ()),
        ("SELECT 1 FROM messages WHERE body = ?", ("SCAN messages",), ("messages",)),
        ("SELECT max(id) FROM messages GROUP BY 1 LIMIT 5", ("SCAN messages USING COVERING INDEX x", "USE …"), ("messages",)),
        ("SELECT 1 FROM audit ORDER BY id DESC LIMIT ?", ("SCAN audit",), ()),
        ("SELECT 1 FROM accounts", ("SCAN accounts",), ()),
        ("SELECT 1 FROM handovers WHERE operator IS NOT NULL", ("SEARCH handovers USING INDEX i (operator>?)",), ("handovers",)),
        ("SELECT 1 FROM handovers WHERE created_at >= ?", ("SEARCH handovers USING INDEX i (created_at>?)",), ()),
        ("SELECT 1 FROM messages WHERE …", ("SEARCH messages USING COVERING INDEX i (conversation_id=? AND seq>?)",), ()),
        ("SELECT 1 FROM handovers AS handovers_1", ("SCAN handovers_1", "SCAN anon_1"), ("handovers",)),
    ],
)  # fmt: skip
def test_full_scans_of_sqlite_are_seen(statement: str, lines: tuple[str, ...], scans: tuple[str, ...]) -> None:
    assert scans_of_sqlite(statement, lines, dict.fromkeys(GROWING, 200_000)) == scans
    assert scans_of_sqlite(statement, lines, dict.fromkeys(GROWING, 50)) == ()


def test_full_scans_of_postgresql_are_seen_in_big_tables_only() -> None:
    seq = {"Node Type": "Seq Scan", "Relation Name": "messages", "Filter": "(body = $1)"}
    key = {"Node Type": "Index Scan", "Relation Name": "messages", "Index Name": "pk_messages"}
    tree: dict[str, Any] = {"Node Type": "Nested Loop", "Plans": [seq, {**key, "Index Cond": "(seq = $1)"}]}
    lines, scans = plan_of_postgres(tree, {"messages": 200_000})
    assert scans == ("messages",) and lines[2] == "  Index Scan messages pk_messages (seq = $1)"
    assert plan_of_postgres(tree, {"messages": 500})[1] == ()
    assert plan_of_postgres({"Node Type": "Limit", "Plans": [key]}, {"messages": 200_000})[1] == ()
    assert plan_of_postgres({"Node Type": "Limit", "Plans": [{**key, "Filter": "(a = 1)"}]}, {"messages": 200_000})[
        1
    ] == ("messages",)


def test_the_worse_database_stands_on_top() -> None:
    times = Times(queue=[10.0] * 20, conversation=[30.0] * 20, send=[5.0], screen=[7.0, 9.0])
    one = bench_desk.figures_of(times, [Plan("/desk", "SELECT 1", ("SCAN messages",), ("messages",))]) | {
        "memory_mb": 100.0
    }
    other = bench_desk.figures_of(Times(queue=[20.0]), []) | {"memory_mb": 90.0}
    figures = bench_desk.summary({"sqlite": one, "postgresql": other})
    assert (figures["page_ms_p95"], figures["queue_ms_p95"], figures["send_ms_p95"]) == (30.0, 20.0, 5.0)
    assert (figures["plans_with_full_scans"], figures["memory_mb"]) == (1, 100.0)
    assert not bench_desk.well(figures)
    assert "explained" not in figures["databases"]["sqlite"]


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(Problem, match="oracle"):
        bench_desk.run(False, True, "oracle")

"""The assistant's own process: brings the database up to date, says what can be tried, and serves until it is told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import uvicorn

from app import settings as configuration
from app.problems import Problem

STOP_WITHIN = 8
"""Seconds for open requests at the end."""
TURN_S = 0.001
"""Seconds after which a thread that reads content or hears a voice lets the loop go on; Python's own five are felt in a turn."""


def main() -> int:
    """Serve with the settings of the environment; the exit code."""
    try:
        settings = configuration.load()
        # Here, not above: a broken content file must end as one line too.
        from app.compose import demo_hints, migrate
        from app.vaults import check_fits, vault_of

        migrate(settings)
        asyncio.run(check_fits(settings, vault_of(settings, make=True)))
        hints_file = os.environ.get("OTKLIK_HINTS_FILE")
        if hints_file and settings.demo:
            Path(hints_file).write_text(json.dumps(demo_hints(settings), ensure_ascii=False), "utf-8")
    except Exception as error:
        print(error if isinstance(error, Problem) else f"{type(error).__name__}: {error}", flush=True)
        return 1
    sys.setswitchinterval(TURN_S)
    uvicorn.run(
        "app.web:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level.lower(),
        # A request line holds the citizen's id; the reverse proxy in front keeps its own log.
        access_log=False,
        server_header=False,
        ws_max_size=1_000_000,
        timeout_graceful_shutdown=STOP_WITHIN,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

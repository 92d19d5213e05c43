"""Schemathesis over the portal's own OpenAPI: whatever fits the schema or nearly fits it, the server never fails."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.channels.fake_rasa import FakeRasa
from tests.channels.parts import API_KEY, Assistant

pytestmark = pytest.mark.asyncio(loop_scope="session")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


async def test_nothing_that_fits_the_schema_breaks_the_portal(assistant: Assistant, rasa: FakeRasa) -> None:
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{assistant.url}/openapi.json", "--checks", CHECKS,
        "-n", "20", "--phases", "examples,coverage,fuzzing,stateful", "--header", f"X-API-Key: {API_KEY}",
        "--seed", "1", "--exclude-path", "/metrics", "--no-color",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=assistant.folder
    )
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    text = out.decode()
    assert process.returncode == 0, text[-6000:]
    assert len(rasa.seen) > 5, text[-2000:]

"""Where tests keep the vectors of the content, so that only the first run computes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

FOLDER = Path(tempfile.gettempdir()) / "otklik-test-vectors"

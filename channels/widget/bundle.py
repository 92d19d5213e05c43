"""Makes the one script a site embeds out of the small modules in `static/`, without any build tool."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

_STATIC = Path(__file__).with_name("static")

MODULES = (
    "strings.js", "store.js", "dom.js", "icons.js", "links.js", "prose.js", "times.js", "lines.js", "upload.js",
    "connection.js", "announcer.js", "forms.js", "files.js", "verdict.js", "messages.js", "menu.js", "player.js", "recorder.js",
    "voice.js", "talk.js", "composer.js", "panel.js", "errands.js", "news.js", "main.js",
)  # fmt: skip
"""In the order of use: a module imports only from those before it."""

_IMPORT = re.compile(r'^import [^;]*? from "\./[a-z]+\.js";\n', re.M)
_EXPORT = re.compile(r"^export (?=const|function|class|async)", re.M)
_COMMENT = re.compile(r"^ *//.*\n", re.M)


@dataclass(frozen=True)
class Bundle:
    """The script as it is served. `integrity` is the value for the tag's `integrity` attribute, `etag` for caches."""

    source: bytes
    packed: bytes
    integrity: str
    etag: str

    def tag(self, server: str = "", **attributes: str) -> str:
        """The tag that puts the widget on a page: `server` is scheme and host for other sites, `attributes` are `data-…`.

        The address changes with the script, so that no cached older one is refused for its checksum.
        """
        source = f"{server}/widget/otklik.js?v={self.etag.strip(chr(34))[:12]}"
        more = "".join(f' data-{name}="{value}"' for name, value in attributes.items())
        return f'<script src="{source}" integrity="{self.integrity}" crossorigin="anonymous" defer{more}></script>'


def build() -> Bundle:
    """Join the modules and the style sheet into one script."""
    css = re.sub(r"\s*\n\s*", "\n", re.sub(r"/\*.*?\*/", "", (_STATIC / "otklik.css").read_text("utf-8"), flags=re.S))
    parts = [f"const CSS = {json.dumps(css.strip(), ensure_ascii=False)};"]
    for name in MODULES:
        text = (_STATIC / name).read_text("utf-8")
        parts.append(_COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text))).strip())
    source = ("(() => {\n'use strict';\n" + "\n".join(parts) + "\n})();\n").encode()
    digest = hashlib.sha384(source).digest()
    return Bundle(
        source=source,
        packed=gzip.compress(source, 9, mtime=0),
        integrity="sha384-" + base64.b64encode(digest).decode(),
        etag=f'"{digest.hex()[:24]}"',
    )

"""A real Asterisk with the files of deploy/asterisk, filled in as an administrator does, on addresses and ports of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType

from app.running.ports import free_port

CONF = Path(__file__).parents[2] / "deploy" / "asterisk"
FILES = ("extensions.conf", "queues.conf", "pjsip.conf", "manager.conf")
PHONES = ("101", "102", "103", "104", "105", "106")
START_WITHIN = 60.0
ALWAYS = "GotoIfTime(*,*,*,*?default)"
PARTS_OF_THE_DISTRIBUTION = ("astmoddir", "astdatadir", "astvarlibdir", "astagidir")

MODULES = (
    "app_audiosocket", "res_audiosocket", "func_curl", "res_curl", "func_uri", "func_strings", "func_cut", "func_logic",
    "func_callerid", "func_channel", "app_exec", "app_stack", "app_queue", "app_dial", "app_playback", "app_mixmonitor",
    "chan_pjsip", "res_pjsip*", "codec_alaw", "codec_ulaw",
)  # fmt: skip
"""What the README of deploy/asterisk says is needed."""
BELOW = (
    "pbx_config", "res_rtp_asterisk", "res_sorcery_*", "res_timing_timerfd", "res_musiconhold", "res_http_websocket",
    "res_pjproject", "res_speech", "res_statsd", "res_stir_shaken", "res_geolocation", "res_crypto", "res_adsi", "res_smdi",
    "bridge_*", "format_wav", "format_pcm", "format_sln", "codec_resample",
)  # fmt: skip
"""What every Asterisk has, and what those modules stand on."""
WITHOUT = ("res_pjsip_phoneprov*", "res_pjsip_config_wizard", "res_pjsip_geolocation", "res_pjsip_stir_shaken",
           "res_pjsip_notify", "res_sorcery_realtime", "res_stir_shaken", "res_geolocation", "res_smdi", "res_adsi",
           "res_statsd", "res_pjsip_transport_websocket")  # fmt: skip

_NONE: Mapping[str, str] = MappingProxyType({})
_BARE = {
    "logger.conf": "[general]\n[logfiles]\nmessages.log => notice,warning,error,verbose(3)\n",
    "rtp.conf": "[general]\nrtpstart=30000\nrtpend=30999\n",
    "musiconhold.conf": "[default]\nmode=files\ndirectory=moh\n",
    "cdr.conf": "[general]\nenable=no\n",
    "indications.conf": "[general]\ncountry=us\n[us]\ndescription=Any\nringcadence=2000,4000\nbusy=480+620/500,0/500\n",
    **{f"{name}.conf": "[general]\n" for name in ("ccss", "cel", "features", "udptl", "queuerules")},
    "acl.conf": "",
    "pjproject.conf": "[startup]\ntype=startup\n",
}


def where() -> Path | None:
    """The root in which Asterisk lives: OTKLIK_ASTERISK_ROOT (a chroot), `/` when it is on PATH, None when there is none."""
    root = os.environ.get("OTKLIK_ASTERISK_ROOT", "")
    if root:
        found = shutil.which(
            "asterisk", path=os.pathsep.join(f"{root}{one}" for one in ("/usr/sbin", "/usr/local/sbin"))
        )
        return Path(root) if found and os.geteuid() == 0 else None
    return Path("/") if shutil.which("asterisk") else None


class RealAsterisk:
    """One PBX. `host` is its own loopback address, `trunk` that of the telephone company."""

    def __init__(self, root: Path, token: str) -> None:
        """`token` is the secret that it shows to the assistant."""
        self._root = root
        self.enter = [] if root == Path("/") else ["chroot", str(root)]
        temporary = root / "tmp"
        self.folder = Path(tempfile.mkdtemp(prefix="otklik-pbx-", dir=temporary))
        self.inside = Path("/") / self.folder.relative_to(root)
        number = free_port()
        self.host, self.trunk, self.phones = (f"127.{number >> 8}.{number & 255}.{last}" for last in (1, 2, 3))
        self.port, self.ami_port = 5060, free_port()
        self.secrets = {name: f"secret{name}" for name in (*PHONES, "ami")}
        self._own = {
            "CHANGE_ME_trunk_host": self.trunk, "CHANGE_ME_trunk_login": "line", "CHANGE_ME_trunk_password": "trunkword",
            "CHANGE_ME_voice_token": token, "CHANGE_ME_ami_secret": self.secrets["ami"],
            **{f"CHANGE_ME_{phone}": self.secrets[phone] for phone in PHONES},
            "bind=0.0.0.0:5060": f"bind={self.host}:{self.port}", "port=5038": f"port={self.ami_port}",
            "GotoIfTime(08:00-20:00,mon-fri,*,*?default)": ALWAYS,
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, url: str, audio_port: int, more: Mapping[str, str] = _NONE) -> None:
        """Write the files and start; `url` and `audio_port` are where the assistant is or will be, `more` replaces further words.

        Raises RuntimeError with the end of its log.
        """
        audio = {"OTKLIK_AUDIO=127.0.0.1:9092": f"OTKLIK_AUDIO=127.0.0.1:{audio_port}"}
        self._own |= {"http://127.0.0.1:8080": url, **audio, **more}
        etc = self.folder / "etc"
        for part in ("etc", "db", "spool", "run", "log", "cache", "keys"):
            (self.folder / part).mkdir(exist_ok=True)
        (etc / "asterisk.conf").write_text(self._directories(), "utf-8")
        for name, text in _BARE.items():
            (etc / name).write_text(text, "utf-8")
        (etc / "modules.conf").write_text(self._modules(), "utf-8")
        for name in FILES:
            self.write(name)
        command = [*self.enter, "asterisk", "-f", "-C", str(self.inside / "etc" / "asterisk.conf")]
        out = (self.folder / "console").open("wb")
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
        deadline = time.monotonic() + START_WITHIN
        while "fully booted" not in self.cli("core waitfullybooted"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self.log()[-3000:] + (self.folder / "console").read_text("utf-8", "replace")[-1000:]
                self.stop()
                raise RuntimeError(f"asterisk did not start:\n{tail}")
            time.sleep(0.2)

    def has(self, program: str) -> bool:
        """Whether a program is there where Asterisk lives."""
        return any((self._root / part / program).exists() for part in ("usr/bin", "usr/local/bin"))

    def write(self, name: str, more: Mapping[str, str] = _NONE) -> None:
        """One of our files with what an administrator puts into it; `more` replaces further words."""
        text = (CONF / name).read_text("utf-8")
        for old, new in {**self._own, **more}.items():
            text = text.replace(old, new)
        assert "CHANGE_ME_" not in text, name
        (self.folder / "etc" / name).write_text(text, "utf-8")

    def stop(self) -> None:
        """Stop it and take its files away."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cli(self, command: str) -> str:
        """What `asterisk -rx` answers."""
        done = subprocess.run(
            [*self.enter, "asterisk", "-C", str(self.inside / "etc" / "asterisk.conf"), "-rx", command],
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        return done.stdout.decode("utf-8", "replace")

    def log(self) -> str:
        """All it has noted so far."""
        file = self.folder / "log" / "messages.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def _modules(self) -> str:
        folder = self._root / self._theirs().get("astmoddir", "/usr/lib/asterisk/modules").lstrip("/")
        there = sorted(file.stem for file in folder.glob("*.so"))
        wanted = [one for one in there if any(fnmatch(one, name) for name in (*MODULES, *BELOW))]
        loads = [f"load => {one}.so" for one in wanted if not any(fnmatch(one, name) for name in WITHOUT)]
        return "\n".join(["[modules]", "autoload=no", *loads, ""])

    def _theirs(self) -> dict[str, str]:
        """Directories of the distribution."""
        file = self._root / "etc" / "asterisk" / "asterisk.conf"
        told = file.read_text("utf-8", "replace") if file.exists() else ""
        return dict(re.findall(r"^\s*(ast\w+)\s*=>\s*(\S+)", told, re.MULTILINE))

    def _directories(self) -> str:
        own = {
            "astetcdir": "etc", "astdbdir": "db", "astspooldir": "spool", "astrundir": "run", "astlogdir": "log",
            "astcachedir": "cache", "astkeydir": "",
        }  # fmt: skip
        lines = [f"{name} => {self.inside / part}" for name, part in own.items()]
        theirs = self._theirs()
        lines += [f"{name} => {theirs[name]}" for name in PARTS_OF_THE_DISTRIBUTION if name in theirs]
        return "\n".join(["[directories]", *lines, "[options]", "verbose=3", ""])

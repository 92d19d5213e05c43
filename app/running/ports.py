"""Free ports, and who holds a taken one."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from pathlib import Path

from app.problems import Problem


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_free(host: str, port: int) -> None:
    """Raises Problem that names the program which holds the port, if it can be seen, and says what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return
        except PermissionError as error:
            raise Problem(f"Порт {port} доступен только root. Выберите другой: --port 8080.") from error
        except OverflowError as error:
            raise Problem(f"Порта {port} не бывает: нужно число от 1 до 65535.") from error
        except socket.gaierror as error:
            raise Problem(f"Адреса {host} нет. Укажите 127.0.0.1 или 0.0.0.0.") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise Problem(f"{host} — не адрес этой машины. Укажите 127.0.0.1 или 0.0.0.0.") from error
            if error.errno != errno.EADDRINUSE:
                raise Problem(f"На адресе {host} слушать нельзя: {error.strerror}.") from error
    holder = holder_of(port)
    who = f" Его держит {holder}." if holder else ""
    raise Problem(
        f"Порт {port} занят.{who} Запустите на другом: ./otklik up --port {port + 1 if port < 65535 else 8080}"
    )


def holder_of(port: int) -> str:
    """«nginx (процесс 812)» for the program that listens on the port; empty when it cannot be seen."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(handle.readlink()) in inodes for handle in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (процесс {process.name})"
    return ""

"""Are the ports free, and if not, who holds them."""
from __future__ import annotations

import socket
from collections.abc import Mapping

import psutil

from qt_app.errors import QtError

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Can a server listen on this loopback port now?"""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As a server would: on POSIX ports of closed connections are free, on Windows sharing must be refused.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> tuple[int, str] | None:
    """(pid, program) of the process that listens on ``port``; None when it cannot be told."""
    try:
        listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        pids = [c.pid for c in listening if c.laddr and c.laddr.port == port and c.pid]
        return (pids[0], psutil.Process(pids[0]).name()) if pids else None
    except psutil.Error:
        return None


def busy(name: str, port: int) -> QtError:
    """The error (exit 1) for a port that is taken."""
    found = holder(port)
    who = f"process {found[0]} ({found[1]})" if found else "another process that this user may not see"
    return QtError(f"port {port} ({name}) is busy: {who} holds it; end that process or set another {name}")


def require_free(ports: Mapping[str, int]) -> None:
    """Raises QtError for the first busy port; ``ports`` maps configuration keys to ports, 0 is skipped."""
    for name, port in ports.items():
        if port and not is_free(port):
            raise busy(name, port)

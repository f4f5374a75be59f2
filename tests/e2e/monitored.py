"""A monitor's process beside an installation."""
from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from e2e.installation import Installation, end, free_port


@contextmanager
def serving(installation: Installation) -> Iterator[str]:
    """Serves the page of this home, with an engine or without; its address. The engine is put down with it."""
    port = free_port()
    environ = {**installation.environ, "QT_MONITOR_PORT": str(port)}
    process = subprocess.Popen(installation.command("monitor"), env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert f"127.0.0.1:{port}" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}/"
    finally:
        installation.put_down()
        end(psutil.Process(process.pid))
        process.wait()

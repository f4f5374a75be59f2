"""Windows console programs under wine: one prefix for the whole test run, booted once."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

WINE = shutil.which("wine64") or shutil.which("wine")


def prefix(folder: Path) -> dict[str, str]:
    """The environment of a booted prefix in the folder; parallel callers share it."""
    settings = {"WINEPREFIX": str(folder / "wine"), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml="}
    environment = {**os.environ, **settings}
    environment.pop("DISPLAY", None)
    with (folder / "wine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "wine" / "booted").exists():
            subprocess.run(
                [str(WINE), "wineboot", "--init"], env=environment, check=True, capture_output=True, timeout=300
            )
            (folder / "wine" / "booted").touch()
    return environment


def run(
    environment: dict[str, str], program: Path, *arguments: str, timeout: float = 300
) -> subprocess.CompletedProcess[bytes]:
    """Runs a program; a failure shows what it printed."""
    done = subprocess.run(
        [str(WINE), str(program), *arguments], env=environment, capture_output=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, (
        f"{program.name}: exit {done.returncode}\n{done.stdout[-3000:]!r}{done.stderr[-3000:]!r}"
    )
    return done


def path_of(path: Path) -> str:
    """The path as Windows programs know it."""
    return "Z:" + str(path.resolve()).replace("/", "\\")

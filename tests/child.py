"""Programs that tests start with this interpreter."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qt_app.paths import PACKAGE

TESTS = Path(__file__).resolve().parent


def environment(*more: Path) -> dict[str, str]:
    """This process's, with the very package under test (installed, or of this checkout) and the tests' helpers."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PACKAGE.parent, TESTS, *more)))}


def on_a_small_disk(folder: Path, megabytes: int) -> list[str]:
    """What to put before a command so that it sees a disk of its own at ``folder``; skips where none can be made."""
    mount = f'mount -t tmpfs -o size={megabytes}m small "{folder}" && exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("a small disk is made with Linux's unshare")
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no right to make a small disk here")
    return command

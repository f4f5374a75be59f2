"""Children of a preloaded, single-threaded parent: each is a trading process of its own. POSIX, tests alone."""
from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

#: A child that takes longer hangs.
HANGS_S = 120


def child(work: Callable[[], None], said: Path) -> int:
    """Runs it in a fork; its exit code, negative the signal that ended it. What it raised is in ``said``."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        signal.alarm(HANGS_S)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - a child's only way to say it
        said.write_text(traceback.format_exc())
    finally:
        os._exit(code)

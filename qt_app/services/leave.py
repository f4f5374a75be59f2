"""Ending the process when a library's threads would not let it end."""
from __future__ import annotations

import ctypes
import logging
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """As sys.exit; but at once, with everything flushed, after a library whose threads live on.

    The vendor's library can keep an ordinary exit waiting for ever: its threads outlive a DLLFinalize that returned.
    """
    profit = sys.modules.get("qt_app.feed.profit")    # without it no library was ever loaded
    if profit is None or not profit.ProfitFeed.outlives:
        sys.exit(code)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    terminate(code)


def terminate(code: int) -> NoReturn:
    """No handlers, no waiting: on Windows even os._exit runs the code that libraries left for the end."""
    if sys.platform == "win32":
        ctypes.windll.kernel32.TerminateProcess(ctypes.windll.kernel32.GetCurrentProcess(), code)
    os._exit(code)

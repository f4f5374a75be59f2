"""The simulated exchange: a plain C shared library that exports the ProfitDLL interface."""
from __future__ import annotations

import sys
from pathlib import Path


def path() -> Path:
    """Where the built library is; it exists once the extensions are built."""
    return Path(__file__).with_name("profitsim.dll" if sys.platform == "win32" else "profitsim.so")

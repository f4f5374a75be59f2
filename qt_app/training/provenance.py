"""What a result depends on besides its data: this program's code and the libraries it was computed with."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import qt_app
import qt_core
from qt_app.version import __version__

#: Rooms whose code decides what a training run says.
ROOMS = ("dataset", "splits", "training")
LIBRARIES = ("lightgbm", "numpy", "optuna", "scikit-learn", "scipy")


@cache
def code_version() -> str:
    """The release and 12 digits over the research code: the same wherever the same code is installed."""
    root = Path(qt_app.__file__).parent
    return f"{__version__}+{_digest([path for room in ROOMS for path in (root / room).glob('*.py')])[:12]}"


@cache
def engine_version() -> str:
    """12 digits over the compiled core: rows are what these very files make of events."""
    root = Path(qt_core.__file__).parent
    return _digest([path for path in root.rglob("*") if path.suffix in (".so", ".pyd", ".dll")])[:12]


def libraries() -> Mapping[str, str]:
    return {name: version(name) for name in LIBRARIES}


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + b"\n" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()

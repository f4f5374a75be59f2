"""Fixtures shared by all tests, and the header that says what is under test."""
from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from qt_app.redact import KNOWN

ROOT = Path(__file__).resolve().parent.parent

#: A busy machine is no failure, and CI runs the same examples every time; a run by hand looks for new ones.
settings.register_profile("qt", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("qt")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first: what is short fills up the end, when workers run out of files."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(autouse=True)
def no_secrets_known() -> Iterator[None]:
    """What one test made secret is an ordinary word in the next."""
    yield
    KNOWN.forget()


def pytest_report_header() -> str:
    import onnxruntime

    import qt_app

    versions = f"qt {qt_app.__version__}, numpy {np.__version__}, onnxruntime {onnxruntime.__version__}"
    return f"{versions}, real data: {realdata_folder()}"


def realdata_folder() -> Path | None:
    folder = Path(os.environ.get("QT_REALDATA", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Folder of recorded real markets; skips when there is none."""
    folder = realdata_folder()
    if folder is None:
        pytest.skip("no recorded markets here (set QT_REALDATA)")
    return folder


@pytest.fixture(scope="session")
def repo() -> Path:
    """Root of the checkout."""
    return ROOT


@pytest.fixture(autouse=True, scope="module")
def ordinary_exchange() -> Iterator[None]:
    """The simulated exchange keeps its settings from session to session of a process: no module inherits another's."""
    from exchange.exchange_harness import DEFAULTS

    from qt_core import exchange

    yield
    library = ctypes.CDLL(str(exchange.path()))
    for key, value in {**DEFAULTS, "hold": 0, "speed": 1, "faults": ""}.items():
        library.SIM_Set(key.encode(), str(value).encode())

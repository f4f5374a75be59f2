"""Fixtures shared by all tests, and the header that says what is under test."""
from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


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

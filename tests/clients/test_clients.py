"""Clients written from the interface's description alone, in C and in ctypes: a whole session, byte for byte the same
from both, on Linux and (tests/windows) on Windows. After a deliberate change of the exchange's behaviour read the
difference, then run `python tests/clients/programs.py`."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import pytest
from c import build
from clients import programs

pytestmark = [pytest.mark.native, pytest.mark.skipif(not build.have("gcc"), reason="no gcc here")]


def same(found: bytes, name: str) -> None:
    """Bytes against the golden file; a failure shows the first differing lines."""
    wanted = programs.golden(name).read_bytes()
    if found != wanted:
        lines = (text.decode("utf-8", "replace").splitlines() for text in (wanted, found))
        pytest.fail("\n".join([f"{name} differs", *list(difflib.unified_diff(*lines, "golden", "found", n=1))[:60]]))


@pytest.mark.slow
@pytest.mark.parametrize("name", programs.C_PROGRAMS)
def test_c_program_prints_its_golden_bytes(name: str, tmp_path: Path) -> None:
    same(programs.output(str(programs.compiled(name, tmp_path))), name)


def test_ctypes_client_prints_what_the_c_client_prints() -> None:
    same(programs.output(sys.executable, str(programs.HERE / "client.py")), "client")

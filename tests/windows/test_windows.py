"""The exchange and its clients built for Windows with MinGW: exports, and under wine the same bytes as here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from c import build
from clients import programs
from clients.test_clients import same
from windows import cross, wine

from qt_core import exchange

pytestmark = [pytest.mark.native, pytest.mark.skipif(not cross.have(), reason="no MinGW here")]
WINE = pytest.mark.skipif(wine.WINE is None, reason="no wine here")


def exported_here() -> set[str]:
    """What this machine's exchange exports."""
    command = ["nm", "-D", "--defined-only", str(exchange.path())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in done.stdout.splitlines() if line.split()[-2] == "T"}


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The exchange for 64 and for 32 bit."""
    folder = tmp_path_factory.mktemp("windows")
    return {target: cross.exchange(folder / target, target) for target in (cross.X64, cross.X86) if cross.have(target)}


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a booted wine, shared by all workers."""
    return wine.prefix(tmp_path_factory.getbasetemp().parent)


@pytest.mark.slow
def test_exports_are_plain_names_for_64_and_for_32_bit(libraries: dict[str, Path]) -> None:
    for target, library in libraries.items():
        assert cross.exports(library, target) == exported_here(), target


@pytest.mark.slow
def test_library_needs_nothing_that_windows_lacks(libraries: dict[str, Path]) -> None:
    for target, library in libraries.items():
        assert cross.imported_libraries(library, target) <= {"kernel32.dll", "msvcrt.dll"}, target


@pytest.mark.slow
@WINE
@pytest.mark.parametrize("name", programs.C_PROGRAMS)
def test_client_prints_the_golden_bytes_under_wine(
    name: str, libraries: dict[str, Path], windows: dict[str, str], tmp_path: Path
) -> None:
    program = cross.program(programs.HERE / f"{name}.c", tmp_path)
    same(wine.run(windows, program, wine.path_of(libraries[cross.X64])).stdout, name)


@pytest.mark.slow
@WINE
@pytest.mark.parametrize("name", build.TESTS)
def test_c_test_says_under_wine_what_it_says_here(name: str, windows: dict[str, str], tmp_path: Path) -> None:
    here = build.run(build.program(name, tmp_path))
    there = wine.run(windows, build.program(name, tmp_path, build.MINGW)).stdout.decode()
    assert there.splitlines() == here.splitlines()


@pytest.mark.slow
@WINE
def test_file_tells_the_version_of_the_interface(
    libraries: dict[str, Path], windows: dict[str, str], tmp_path: Path
) -> None:
    program = cross.program(Path(__file__).parent / "version.c", tmp_path)
    for library in libraries.values():
        assert wine.run(windows, program, wine.path_of(library)).stdout.split() == [b"4.0.0.42"]

"""Every compiled module's generated C is taken by a Windows compiler, against Python's headers, without a warning."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from windows import cross

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["-std=gnu11", "-ffp-contract=off", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror", "-fsyntax-only"]
pytestmark = [pytest.mark.native, pytest.mark.slow, pytest.mark.skipif(not cross.have(), reason="no MinGW here")]


def windows_headers(folder: Path) -> Path:
    """This Python's headers with the configuration of 64-bit Windows: pyconfig.h is looked for beside Python.h."""
    here = Path(sysconfig.get_path("include"))
    if not (here / "Python.h").exists():
        pytest.skip("no Python headers here")
    folder.mkdir()
    for path in here.iterdir():
        if path.name != "pyconfig.h":
            (folder / path.name).symlink_to(path)
    shutil.copy(ROOT / "tests" / "windows" / "pyconfig" / "pyconfig.h", folder)
    return folder


def generated(folder: Path) -> list[Path]:
    """The C of every .pyx, made in a copy of the tree."""
    shutil.copytree(ROOT / "qt_core", folder / "qt_core", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    shutil.copytree(ROOT / "include", folder / "include")
    sources = [str(path) for path in sorted((folder / "qt_core").rglob("*.pyx"))]
    directives = "cdivision=True,boundscheck=False,wraparound=False"
    command = [sys.executable, "-m", "cython", "-3", "-X", directives, *sources]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return [Path(source).with_suffix(".c") for source in sources]


def test_generated_modules_compile_for_windows(tmp_path: Path) -> None:
    headers = windows_headers(tmp_path / "python")

    def complaints(source: Path) -> str:
        paths = [f"-I{headers}", f"-I{tmp_path / 'tree' / 'include'}"]
        command = [f"{cross.X64}-gcc", *FLAGS, *paths, str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return f"{source.name}: {done.stderr[:2000]}" if done.returncode else ""

    sources = generated(tmp_path / "tree")
    with ThreadPoolExecutor(2) as pool:
        found = [told for told in pool.map(complaints, sources) if told]
    assert len(sources) > 20
    assert not found, "\n".join(found)

"""Builds of chosen modules under a sanitizer, in a scratch folder, and programs run in them.

The child process has the sanitizer's runtime preloaded, because the interpreter itself is built without; TSan also
wants fixed addresses (setarch -R).
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNTIMES = {"address": "libasan.so", "undefined": "libubsan.so", "thread": "libtsan.so"}
SKIPPED = shutil.ignore_patterns("__pycache__", "*.so", "features", "readings")


def copy_sources(folder: Path) -> None:
    """The sources that a build of the compiled core needs."""
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("include", "qt_app", "qt_core"):
        shutil.copytree(ROOT / name, folder / name, ignore=SKIPPED, dirs_exist_ok=True)


def build_modules(folder: Path, sanitize: str, modules: str) -> None:
    """Compiles the modules (by the last parts of their names, with commas) in place."""
    copy_sources(folder)
    env = {**os.environ, "QT_SANITIZE": sanitize, "QT_ONLY": modules}
    subprocess.run([sys.executable, "setup.py", "build_ext", "--inplace", "-q"], cwd=folder, env=env, check=True,
                   stdout=subprocess.DEVNULL)


def run_in(folder: Path, sanitize: str, script: Path, *arguments: str) -> int:
    """Runs a script on the modules of ``folder``; any finding ends it with a status that is not 0."""
    question = ["gcc", f"-print-file-name={RUNTIMES[sanitize]}"]
    runtime = subprocess.run(question, capture_output=True, text=True, check=True).stdout.strip()
    env = {**os.environ, "LD_PRELOAD": runtime, "PYTHONPATH": f"{folder}{os.pathsep}{script.parent}",
           "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
           "TSAN_OPTIONS": "halt_on_error=1:exitcode=66"}
    fixed = ["setarch", "-R"] if sanitize == "thread" else []
    command = [*fixed, sys.executable, str(script), *arguments]
    return subprocess.run(command, cwd=folder, env=env, check=False).returncode

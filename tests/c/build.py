"""Builds the C tests and the test libraries with the system's compilers. As a script: builds and runs every test.

    python tests/c/build.py            gcc under ASan+UBSan and TSan, clang plain, MinGW (under wine when it is there)
"""
from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
TESTS = ("test_price", "test_time", "test_maths", "test_ring", "test_profit_layout", "test_door", "test_door_orders")
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
         f"-I{ROOT / 'include'}", f"-I{HERE}"]
MINGW = "x86_64-w64-mingw32-gcc"


def have(tool: str) -> bool:
    """Whether the tool is on the path."""
    return shutil.which(tool) is not None


def program(name: str, folder: Path, compiler: str = "gcc", sanitize: str = "") -> Path:
    """Compiles tests/c/<name>.c into a program, warnings being errors."""
    windows = compiler == MINGW
    out = folder / f"{name}-{compiler}-{sanitize or 'plain'}{'.exe' if windows else ''}"
    extra = [f"-fsanitize={sanitize}"] if sanitize else []
    libraries = [] if windows else ["-lm", "-pthread"]
    subprocess.run([compiler, *FLAGS, *extra, str(HERE / f"{name}.c"), "-o", str(out), *libraries], check=True)
    return out


def library(name: str, folder: Path, *defines: str, optimise: str = "-O2", extra: tuple[str, ...] = ()) -> Path:
    """Compiles tests/c/<name>.c into a shared library."""
    out = folder / f"{'_'.join([name, *defines])}.so"
    command = ["gcc", *FLAGS, optimise, *extra, "-fvisibility=hidden", "-shared", "-fPIC", "-pthread"]
    subprocess.run([*command, *(f"-D{d}" for d in defines), str(HERE / f"{name}.c"), "-o", str(out)], check=True)
    return out


def run(path: Path, *arguments: str) -> str:
    """Runs a test program; raises CalledProcessError when it fails. TSan needs fixed addresses."""
    fixed = ["setarch", "-R"] if "thread" in path.name and have("setarch") else []
    done = subprocess.run([*fixed, str(path), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{path.name} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name in TESTS:
            for compiler, sanitize in (("gcc", "address,undefined"), ("gcc", "thread"), ("clang", ""), (MINGW, "")):
                if not have(compiler):
                    continue
                path = program(name, Path(folder), compiler, sanitize)
                if compiler != MINGW:
                    sys.stdout.write(f"{path.name}: {run(path).splitlines()[-1]}\n")
                elif have("wine"):
                    done = subprocess.run(["wine", str(path)], capture_output=True, text=True, check=True)
                    sys.stdout.write(f"{path.name}: {done.stdout.splitlines()[-1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

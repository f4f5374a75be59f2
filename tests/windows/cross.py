"""Builds the exchange and test programs for Windows with MinGW. As a script: builds the exchange, 64 and 32 bit.

python tests/windows/cross.py [FOLDER]     FOLDER/x64/profitsim.dll, FOLDER/x86/profitsim.dll; default build/windows
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXCHANGE = ROOT / "qt_core" / "exchange"
X64, X86 = "x86_64-w64-mingw32", "i686-w64-mingw32"
FLAGS = [
    "-std=gnu11",
    "-O2",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    f"-I{ROOT / 'include'}",
]
#: 32 bit: plain double arithmetic instead of the x87's, and exports without @N.
TARGET_FLAGS: dict[str, list[str]] = {X64: [], X86: ["-msse2", "-mfpmath=sse"]}
LINK_FLAGS: dict[str, list[str]] = {X64: [], X86: ["-Wl,--kill-at"]}


def have(target: str = X64) -> bool:
    """Whether the target's compiler and resource compiler are here."""
    return shutil.which(f"{target}-gcc") is not None and shutil.which(f"{target}-windres") is not None


def exchange(folder: Path, target: str = X64) -> Path:
    """The exchange as profitsim.dll in the folder, warnings being errors."""
    folder.mkdir(parents=True, exist_ok=True)
    resource, out = folder / "profitsim.res.o", folder / "profitsim.dll"
    subprocess.run([f"{target}-windres", str(EXCHANGE / "profitsim.rc"), str(resource)], check=True)
    sources = [str(path) for path in sorted(EXCHANGE.glob("*.c"))]
    command = [
        f"{target}-gcc",
        *FLAGS,
        *TARGET_FLAGS[target],
        f"-I{EXCHANGE}",
        "-shared",
        "-static-libgcc",
        *LINK_FLAGS[target],
        *sources,
        str(resource),
        "-o",
        str(out),
    ]
    subprocess.run(command, check=True)
    return out


def program(source: Path, folder: Path, target: str = X64, includes: tuple[Path, ...] = ()) -> Path:
    """A console program from one C file."""
    out = folder / f"{source.stem}.exe"
    paths = [f"-I{path}" for path in includes]
    command = [f"{target}-gcc", *FLAGS, "-D_GNU_SOURCE", *TARGET_FLAGS[target], *paths, str(source), "-o", str(out)]
    subprocess.run(command, check=True)
    return out


def exports(library: Path, target: str = X64) -> set[str]:
    """The names a library exports."""
    done = subprocess.run([f"{target}-objdump", "-p", str(library)], capture_output=True, text=True, check=True)
    table = done.stdout.split("[Ordinal/Name Pointer] Table")[1].split("\n\n")[0]
    return {line.split()[-1] for line in table.splitlines() if line.strip().startswith("[")}


def imported_libraries(library: Path, target: str = X64) -> set[str]:
    """The libraries a library needs beside it."""
    done = subprocess.run([f"{target}-objdump", "-p", str(library)], capture_output=True, text=True, check=True)
    return {line.split()[-1].lower() for line in done.stdout.splitlines() if "DLL Name:" in line}


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "windows"
    for target, name in ((X64, "x64"), (X86, "x86")):
        if have(target):
            sys.stdout.write(f"{exchange(folder / name, target)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

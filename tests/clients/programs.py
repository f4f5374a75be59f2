"""The plain clients as commands. As a script: writes the golden files anew from the C programs on this machine.

python tests/clients/programs.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from qt_core import exchange

HERE = Path(__file__).resolve().parent
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
C_PROGRAMS = ("client", "conformance")


def golden(name: str) -> Path:
    """What the program must print, everywhere."""
    return HERE / f"{name}.golden.txt"


def compiled(name: str, folder: Path) -> Path:
    """The C program for this machine, under ASan and UBSan."""
    out = folder / name
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    libraries = ["-pthread", "-ldl"]
    subprocess.run(["gcc", *FLAGS, *sanitize, str(HERE / f"{name}.c"), "-o", str(out), *libraries], check=True)
    return out


def output(*command: str, library: Path | None = None) -> bytes:
    """What a client prints of a session with the exchange; raises AssertionError when it fails."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONSAFEPATH", "PROFITSIM")}
    done = subprocess.run(
        [*command, str(library or exchange.path())], capture_output=True, env=environment, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command[-1]}: exit {done.returncode}\n{done.stderr[-3000:].decode()}"
    return done.stdout


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name in C_PROGRAMS:
            golden(name).write_bytes(output(str(compiled(name, Path(folder)))))
            sys.stdout.write(f"{golden(name)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Hold the hand-written stubs to the compiled modules (stubtest). Run by ``tox -e types``."""
from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: What Cython adds to every module and class, and no stub should promise.
ALLOWED = r"""
.*__pyx_capi__
.*__test__
.*__reduce_cython__
.*__setstate_cython__
.*__pyx_vtable__
"""


def main() -> int:
    sources = sorted((ROOT / "qt_core").rglob("*.pyx"))
    modules = [".".join(pyx.relative_to(ROOT).with_suffix("").parts) for pyx in sources]
    with tempfile.TemporaryDirectory() as folder:
        allowlist = Path(folder) / "allow.txt"
        allowlist.write_text(ALLOWED, encoding="utf-8")
        command = [sys.executable, "-P", "-m", "mypy.stubtest", *modules, "--ignore-disjoint-bases",
                   "--ignore-unused-allowlist", "--allowlist", str(allowlist)]
        return subprocess.run(command, check=False, cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())

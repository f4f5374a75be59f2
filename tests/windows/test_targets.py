"""The vendor's record layouts hold on every target, by the compiler's word: 402 numbers, half of them of 32 bit."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include" / "qt_profit_layout.h"
CLANG = ["clang", "-ffreestanding"]
TARGETS: dict[str, list[str]] = {
    "Linux x86-64, gcc": ["gcc"],
    "Linux x86-64, clang": ["clang"],
    "Linux i386, gcc": ["gcc", "-m32", "-malign-double", "-ffreestanding"],
    "Linux i386, clang": [*CLANG, "--target=i386-linux-gnu", "-malign-double"],
    "Windows x64, MinGW": ["x86_64-w64-mingw32-gcc"],
    "Windows x86, MinGW": ["i686-w64-mingw32-gcc"],
    "Windows x64, clang as MSVC": [*CLANG, "--target=x86_64-pc-windows-msvc"],
    "Windows x86, clang as MSVC": [*CLANG, "--target=i686-pc-windows-msvc"],
}
pytestmark = pytest.mark.native


def compiles(command: list[str]) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{HEADER.parent}", "-fsyntax-only", "-xc", "-"]
    source = '#include "qt_profit_layout.h"\nint never_empty;\n'
    return subprocess.run([*command, *flags], input=source, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", TARGETS)
def test_every_record_has_its_layout(target: str) -> None:
    done = compiles(TARGETS[target])
    assert done.returncode == 0, done.stderr


def test_records_packed_to_four_bytes_are_refused() -> None:
    done = compiles([*CLANG, "--target=i386-linux-gnu"])
    assert done.returncode != 0
    assert "offset of TConnectorPriceGroup.Price" in done.stderr


def test_all_numbers_of_the_interface_are_asserted() -> None:
    lines = re.findall(r"^QT_(?:SIZE|AT|EARLIER)\(.*, (\d+), (\d+)\);$", HEADER.read_text(encoding="utf-8"), re.M)
    assert 2 * len(lines) == 402

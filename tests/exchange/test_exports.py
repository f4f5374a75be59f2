"""The library's names and signatures are those of the vendor's header, no more and no less."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qt_core import exchange

ROOT = Path(__file__).parents[2]
HEADER = (ROOT / "include" / "qt_profit_exports.h").read_text()
SOURCES = sorted((ROOT / "qt_core" / "exchange").glob("*.c"))
NOT_EXPORTS = {"Ticker"}  # the type that every (ticker, exchange) request shares


def declared() -> set[str]:
    """Names with a <name>Fn type in the header."""
    code = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.S)
    statements = [s for s in code.split(";") if "typedef" in s]
    pointers = {m for s in statements for m in re.findall(r"\*(\w+)Fn\)", s)}
    aliases = {m for s in statements if not re.search(r"\*\w+Fn\)", s) for m in re.findall(r"(\w+)Fn\b", s)}
    return (pointers | aliases) - NOT_EXPORTS


def exported_by(source: Path) -> list[str]:
    return re.findall(r"^(?:SIM_EXPORT [^;{]*?|SETTER\(|SETTER_SINCE\(\d+, )(\w+)[(,]", source.read_text(), flags=re.M)


def test_every_vendor_function_is_declared() -> None:
    names = declared()
    assert len([n for n in names if not n.startswith("SIM_")]) == 101
    assert {"SendOrder", "UnsubscribeAdjustHistory", "GetAgentShortNameByID", "SIM_LedgerOrder"} <= names


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("nm"), reason="reads an ELF symbol table")
def test_the_library_exports_exactly_the_declared_names() -> None:
    listed = subprocess.run(["nm", "-D", "--defined-only", exchange.path()], capture_output=True, text=True, check=True)
    assert {line.split()[-1] for line in listed.stdout.splitlines()} == declared()


@pytest.mark.lengthy
@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
@pytest.mark.parametrize("source", [s for s in SOURCES if exported_by(s)], ids=lambda s: s.stem)
def test_every_export_has_the_declared_signature(source: Path, tmp_path: Path) -> None:
    check = tmp_path / "signatures.c"
    lines = [f'#include "{source.as_posix()}"']
    for name in exported_by(source):
        lines.append(f"extern {name}Fn const check_{name}; {name}Fn const check_{name} = {name};")
    check.write_text("\n".join(lines))
    include = [f"-I{ROOT / 'include'}", f"-I{ROOT / 'qt_core' / 'exchange'}"]
    command = ["cc", "-std=gnu11", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *include, str(check)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_signature_check_misses_no_export() -> None:
    found = [name for source in SOURCES for name in exported_by(source)]
    assert sorted(found) == sorted(declared())

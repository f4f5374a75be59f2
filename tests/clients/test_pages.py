"""The complete programs of docs/exchange.md do what the page says: taken from the page, built, run, compared."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from c import build
from clients import programs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exchange.md"
pytestmark = [pytest.mark.native, pytest.mark.skipif(not build.have("gcc"), reason="no gcc here")]


def program(language: str) -> str:
    """The page's first program in the language, from the section on loading."""
    section = PAGE.read_text(encoding="utf-8").split("## Loading it")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.S)[0]


@pytest.mark.lengthy
def test_c_and_python_programs_of_the_page_print_the_same_trades(tmp_path: Path) -> None:
    (tmp_path / "watch.c").write_text(program("c"), encoding="utf-8")
    (tmp_path / "watch.py").write_text(program("python"), encoding="utf-8")
    command = ["gcc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", str(tmp_path / "watch.c")]
    subprocess.run([*command, "-o", str(tmp_path / "watch"), "-ldl"], check=True)
    in_c = programs.output(str(tmp_path / "watch"))
    in_python = programs.output(sys.executable, str(tmp_path / "watch.py"))
    assert in_c == in_python
    assert len(re.findall(rb"(?m)^WDO \d+ 5\d{3}\.[05] \d+$", in_c)) > 5

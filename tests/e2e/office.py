"""LibreOffice, headless: what another program makes of a workbook."""
from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="apt-get install libreoffice-calc-nogui")


def opens_without_a_warning_and_sees_the_same(path: Path, folder: Path) -> None:
    """Opened, saved into ``folder`` and compared cell by cell."""
    done = subprocess.run(["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
                           "--convert-to", "xlsx", "--outdir", str(folder), str(path)],
                          capture_output=True, text=True, timeout=300, check=True)
    said = [line for line in done.stderr.splitlines() if "javaldx" not in line]     # it misses Java, not the workbook
    assert said == []
    book, saved = openpyxl.load_workbook(path), openpyxl.load_workbook(folder / path.name)
    assert saved.sheetnames == book.sheetnames
    for name in book.sheetnames:
        assert _kept(saved[name]) == _kept(book[name]), name


def _kept(sheet: Worksheet) -> list[list[object]]:
    """With the 15 digits and the whole seconds that another program keeps of a number and of a moment."""
    def rounded(cell: object) -> object:
        if isinstance(cell, float):
            return f"{cell:.12g}"
        return cell.replace(microsecond=0) if isinstance(cell, dt.datetime) else cell

    return [[rounded(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]

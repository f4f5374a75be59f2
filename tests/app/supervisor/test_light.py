"""The parent stays small: what it imports, and what it never may."""
from __future__ import annotations

import subprocess
import sys

import pytest
from child import environment

HEAVY = ("qt_core", "numpy", "pandas", "onnxruntime", "pyarrow", "exchange_calendars")
LOOK = f"""
import sys
import qt_app.__main__, qt_app.cli.start, qt_app.cli.status, qt_app.cli.stop
print(*[module for module in {HEAVY!r} if module in sys.modules])
"""


@pytest.mark.lengthy
def test_the_parent_and_its_tools_load_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", LOOK], env=environment(), capture_output=True, text=True,
                          check=True)
    assert done.stdout.strip() == ""

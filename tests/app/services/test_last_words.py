"""What Python prints by itself of an error holds no secret."""
from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = """
import threading
from qt_app.config import Secret
from qt_app.services.last_words import hide_secrets
hide_secrets()
told = "refused for " + Secret("planted-91").reveal()
"""
ENDS = {
    "uncaught": "raise ValueError(told)",
    "in a thread": "t = threading.Thread(target=lambda: 1 / len(told[100:]), name=told)\nt.start()\nt.join()",
    "where none can be raised": "class Bad:\n    def __del__(self):\n        raise ValueError(told)\nBad()",
    "by a library": "import logging, warnings\nlogging.getLogger('some.library').warning('Error, %s', told)\n"
                    "warnings.warn('Error, ' + told)",
}


@pytest.mark.lengthy
@pytest.mark.parametrize("end", ENDS)
def test_no_uncaught_error_tells_a_secret(end: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + ENDS[end]], capture_output=True, text=True, check=False)
    assert "Error" in done.stderr and "refused for ***" in done.stderr
    assert "planted-91" not in done.stdout + done.stderr

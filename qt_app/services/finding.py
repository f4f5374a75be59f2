"""What ``qt doctor`` found at one place."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qt_app.errors import ExitCode

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is what ``qt doctor`` returns when this is the first failure."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""
    code: ExitCode = ExitCode.UNEXPECTED

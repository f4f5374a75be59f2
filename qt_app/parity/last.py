"""``state/parity.json``: what ``qt status`` says of the last session's certificate. Light: a status loads no engine."""
from __future__ import annotations

import orjson

from qt_app.home import Home
from qt_app.services import files
from qt_app.zone import now_text


def note(home: Home, run: str, verdict: str, words: str) -> None:
    """Raises OSError."""
    files.replace(home.last_parity, orjson.dumps({"run": run, "verdict": verdict, "words": words, "at": now_text()}))


def read(home: Home) -> dict[str, str] | None:
    """``run``, ``verdict`` (signed, differs, none), ``words``, ``at``; None before the first certificate."""
    try:
        told: dict[str, str] = orjson.loads(home.last_parity.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return told

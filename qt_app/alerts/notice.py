"""Alerts as a message for people, in their language."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qt_app.alerts.codes import LEVELS
from qt_app.catalogue import LANGUAGES, word
from qt_app.redact import KNOWN

Row = Mapping[str, Any]
#: Alerts that one message tells, the worst of them; of the others it tells how many.
MOST = 10
#: Of the data these are told by other words.
TOLD = {"remedy", "unit"}


def rank(row: Row) -> int:
    """How bad it is; of an end, how bad it was."""
    return LEVELS.index(row.get("was") or row["level"])


def notice(rows: Sequence[Row], language: str) -> tuple[str, str]:
    """Title and body of one message about these alerts, secrets hidden."""
    worst = max(rows, key=rank)
    about = f" ({_market(worst, language)})" if worst.get("symbol") else ""
    head = f"qt: {_name(worst, language)}{about}"
    if len(rows) > 1:
        head = f"qt: {len(rows)} {word('more', language)}: {_name(worst, language)}{about}"
    told = sorted(sorted(rows, key=rank, reverse=True)[:MOST], key=lambda row: int(row["id"]))
    parts = [_part(row, language) for row in told]
    if len(rows) > MOST:
        parts.append(f"+ {len(rows) - MOST} {word('more', language)}")
    return KNOWN(head), KNOWN("\n\n".join(parts))


def _name(row: Row, language: str) -> str:
    over = f"{word('over', language)}: " if row.get("over") else ""
    return f"{over}{word(row.get('was') or row['level'], language)} {row['code']}"


def _market(row: Row, language: str) -> str:
    made = f", {word('synthetic', language)}" if row.get("synthetic") else ""
    return f"{row['symbol']}{made}"


def _part(row: Row, language: str) -> str:
    meaning, remedy = LANGUAGES[language].ALERTS.get(row["code"], (row["message"], ""))
    times = f", {row['count']} {word('times', language)}" if row.get("count", 1) > 1 else ""
    lines = [f"[{_name(row, language)}] {row['at'][11:19]}{times}", meaning]
    data = ", ".join(f"{name}={value}" for name, value in row["data"].items() if name not in TOLD and value != "")
    if data:
        lines.append(f"{word('data', language)}: {data}")
    lines.append(f"{word('log', language)}: {row['message']}")
    if remedy and not row.get("over"):
        lines.append(f"{word('remedy', language)}: {remedy}")
    return "\n".join(lines)

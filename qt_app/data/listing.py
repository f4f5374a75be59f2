"""Entries of the catalogue for people and for programs."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qt_app.data.catalogue import SHOWN, Unreadable
from qt_app.data.entry import Entry
from qt_app.data.quality import Report
from qt_app.zone import local_time

_HEAD = ("day", "symbol", "run", "from", "to", "rows", "missing", "market", "digest", "origin")


def as_lines(entries: Sequence[Entry]) -> list[str]:
    """A table in aligned columns; one sentence when there is nothing."""
    if not entries:
        return ["no recordings; qt start makes one, qt data import brings one in"]
    rows = [_HEAD, *(_row(entry) for entry in entries)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def as_document(entries: Sequence[Entry], unreadable: Sequence[Unreadable]) -> dict[str, Any]:
    """For ``--json``: every field of every entry, and what could not be read."""
    return {"recordings": [_fields(entry) for entry in entries],
            "unreadable": [{"folder": str(one.folder), "reason": str(one.error)} for one in unreadable]}


def report_lines(reports: Sequence[Report]) -> list[str]:
    """A line for each recording: the verdict, its name, and what is odd about it."""
    return [f"{report.verdict:<9} {report.entry.name}: "
            f"{'; '.join(fault.text for fault in report.faults) or 'nothing odd'}" for report in reports]


def report_document(reports: Sequence[Report], unreadable: Sequence[Unreadable]) -> dict[str, Any]:
    """For ``--json``: all figures and faults."""
    checked = [{**_fields(report.entry), "verdict": report.verdict, "figures": report.figures,
                "faults": [asdict(fault) for fault in report.faults]} for report in reports]
    return {"recordings": checked, "unreadable": as_document([], unreadable)["unreadable"]}


def _row(entry: Entry) -> tuple[str, ...]:
    last = local_time(entry.last_ns)
    return (entry.day, entry.symbol, entry.run or "-", _clock(local_time(entry.first_ns)),
            _clock(last) if last[:10] == entry.day else f"{last[:10]} {_clock(last)}",      # bars span many days
            " ".join(f"{kind} {entry.rows[kind]:,}" for kind in entry.kinds), f"{entry.missing:,}",
            "synthetic" if entry.synthetic else "real", entry.digest[:SHOWN], entry.origin)


def _fields(entry: Entry) -> dict[str, Any]:
    return {"day": entry.day, "symbol": entry.symbol, "run": entry.run, "folder": str(entry.folder),
            "kinds": list(entry.kinds), "rows": dict(entry.rows), "first": local_time(entry.first_ns),
            "last": local_time(entry.last_ns), "first_ns": entry.first_ns, "last_ns": entry.last_ns,
            "synthetic": entry.synthetic, "missing": entry.missing, "digest": entry.digest, "tick": entry.tick,
            "origin": entry.origin, "replayable": entry.replayable}


def _clock(local: str) -> str:
    return local[11:19]

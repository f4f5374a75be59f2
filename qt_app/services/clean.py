"""What ``qt clean`` may remove: logs and kept latencies that are old, and the cache, which is made anew when needed.

Recordings, journal, state, models, reports and backups are out of its reach.
"""
from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.logs.parts import every_part
from qt_app.services.lock import running

#: What changed within this time may be in use: a training goes on from its cache.
IN_USE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder that can go."""

    path: Path
    bytes: int
    why: str


@dataclass(slots=True)
class Plan:
    """What would go, and what stays for which reason."""

    items: list[Item] = field(default_factory=list)
    kept: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(item.bytes for item in self.items)


def plan(home: Home, keep_days: int, now: dt.datetime) -> Plan:
    """Looks, and changes nothing. ``keep_days`` 0: logs and latencies are kept for ever."""
    found = Plan()
    for path, day, what in _dated(home):
        age = (now.date() - day).days
        if keep_days and age > keep_days:
            found.items.append(Item(path, path.stat().st_size, f"{what}, {age} days old"))
    if not home.cache.is_dir():
        return found
    if home.cache.is_symlink():
        found.kept.append((home.cache, "it is a link to another folder"))
    elif running(home) is not None:
        found.kept.append((home.cache, "the engine is running"))
    else:
        _look_at_cache(home.cache, found)
    return found


def _dated(home: Home) -> Iterator[tuple[Path, dt.date, str]]:
    """Files that get old: the log's, and latencies by run, whose names begin with their day."""
    for part in every_part(home.logs):
        yield part.path, part.day, "log"
    for path in sorted(home.latency.glob("*-*.parquet")):
        with suppress(ValueError):
            yield path, dt.datetime.strptime(path.name.partition("-")[0], "%Y%m%d").date(), "latencies"


def _look_at_cache(cache: Path, found: Plan) -> None:
    for path in sorted(cache.iterdir()):
        size, changed = _measure(path)
        if time.time() - changed < IN_USE_S:
            found.kept.append((path, "changed within the last hour, it may be in use"))
        else:
            found.items.append(Item(path, size, "cache"))


def _measure(path: Path) -> tuple[int, float]:
    """Bytes, and the latest change; links count as themselves."""
    facts = [one.lstat() for one in (path, *_below(path))]
    return sum(one.st_size for one in facts), max(one.st_mtime for one in facts)


def _below(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        for one in path.iterdir():
            yield one
            yield from _below(one)


def remove(todo: Plan) -> int:
    """Removes what was planned; the bytes that are free now. Raises ConfigError naming what would not go."""
    freed, failed = 0, []
    for item in todo.items:
        try:
            if item.path.is_dir() and not item.path.is_symlink():
                shutil.rmtree(item.path)
            else:
                item.path.unlink(missing_ok=True)
            freed += item.bytes
        except OSError as error:
            failed.append(f"{item.path} ({error.strerror or error})")
    if failed:
        raise ConfigError(f"could not remove {', '.join(failed)}; give this user the right to, and repeat `qt clean`")
    return freed

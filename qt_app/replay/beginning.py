"""What a run began from, as a file beside its results, so that a replay of its recording begins from the same.

``data/runs/<run>/begin.json`` is written before the run's first event and lies there even if the run is killed. The
recording names its hash.
"""
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from qt_app.errors import DataError
from qt_app.journal.entries import Begin, Fact, Fill, OpenOrder, Order
from qt_app.replay.atomic import written_file
from qt_app.replay.reader import Recording

FILE = "begin.json"
#: Key of a recording's metadata: the hash of the file, empty when the run began from nothing.
KEY = "begin"

NOTHING = Begin(1, (), (), {}, clean=True)


def to_json(begin: Begin) -> bytes:
    """The same bytes for the same beginning; empty for one from nothing."""
    if (begin.next_order_id, begin.fills, begin.orders, begin.facts) == (1, (), (), {}):
        return b""
    return orjson.dumps(begin, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS)


def from_json(content: bytes) -> Begin:
    """Raises DataError for anything that ``to_json`` did not write."""
    try:
        told: dict[str, Any] = orjson.loads(content)
        return Begin(told["next_order_id"], tuple(Fill(**fill) for fill in told["fills"]),
                     tuple(OpenOrder(**(known | {"order": Order(**known["order"])})) for known in told["orders"]),
                     {name: Fact(**fact) for name, fact in told["facts"].items()}, told["clean"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(f"{FILE}: not what a run begins from ({error}); put the run's own file back") from error


def name_of(content: bytes) -> str:
    """For a recording's metadata."""
    return hashlib.sha256(content).hexdigest() if content else ""


def write(folder: Path, content: bytes) -> None:
    """Into a run's folder, complete or not at all; nothing when it began from nothing."""
    if content:
        folder.mkdir(parents=True, exist_ok=True)
        with written_file(folder / FILE) as path:
            path.write_bytes(content)


def discard(folder: Path) -> None:
    """Of a run that saw no event."""
    (folder / FILE).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def of_recording(recording: Recording, folder: Path) -> bytes:
    """What the recorded run began from; ``folder`` holds its parts (DAY/SYMBOL below the data folder).

    Raises DataError when the recording names a beginning that is not there, or another one.
    """
    run = recording.metadata.get("run_id", "")
    path = folder.parent.parent / "runs" / run / FILE
    return checked(path.read_bytes() if run and path.is_file() else b"", recording.metadata, path)


def checked(content: bytes, metadata: Mapping[str, str], path: Path) -> bytes:
    """``content``, which ``path`` holds, if it is what the recorded run began from. Raises DataError."""
    wanted, run = metadata.get(KEY), metadata.get("run_id", "")
    if wanted is not None and name_of(content) != wanted:
        what = "is another one" if content else "is not there"
        raise DataError(f"run {run} went on from an earlier run's position and counts, and {path}, which tells them, "
                        f"{what}; replay it where it was recorded, or put that file back")
    return content

"""``state/supervisor.json``: who watches the engine of a home, and how it stands. Written by the parent alone."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson

from qt_app.home import Home
from qt_app.services import files
from qt_app.services.process import Owner
from qt_app.zone import now_text

State = Literal["starting", "watching", "hung", "down", "restarting", "gave up", "ended"]
#: States in which no engine trades, though one should.
DEAD = frozenset({"down", "restarting", "gave up"})


@dataclass(frozen=True, slots=True)
class Record:
    """One look at the parent. ``restarts`` counts all of them, ``attempts`` those since the last healthy hour."""

    pid: int
    started: float          # seconds since 1970
    state: State
    engine_pid: int | None
    restarts: int = 0
    attempts: int = 0
    last_exit: str | None = None
    since: str = ""         # when the state began
    boot: str = ""          # see Owner

    @property
    def owner(self) -> Owner:
        return Owner(self.pid, self.started, self.boot)

    @property
    def alive(self) -> bool:
        return self.state != "ended" and self.owner.alive


def write(home: Home, record: Record) -> None:
    """Replaces the file. Raises OSError."""
    files.replace(home.supervisor, orjson.dumps(asdict(record), option=orjson.OPT_INDENT_2), 0o600)


def read(home: Home) -> Record | None:
    """What the last parent wrote; None when there was none, or the file is damaged."""
    try:
        return Record(**orjson.loads(home.supervisor.read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError):
        return None


def living(home: Home) -> Record | None:
    """The parent that watches this home now."""
    record = read(home)
    return record if record is not None and record.alive else None


def absent(record: Record) -> str:
    """The engine does not answer: in a sentence. Before the first start is over it is only not up yet."""
    if record.state == "starting":
        return f"STARTING: the engine (process {record.engine_pid}) is not up yet, supervisor process {record.pid}"
    if record.state in DEAD:
        return (f"STALE: the engine is dead since {record.since} ({record.last_exit}), the supervisor (process "
                f"{record.pid}) is {_DOING[record.state]}; {record.restarts} restarts so far")
    return (f"STALE: the engine (process {record.engine_pid}) does not answer, the supervisor (process {record.pid}) "
            "watches it")


_DOING: dict[State, str] = {"down": "about to start it again", "restarting": "starting it again",
                            "gave up": "giving up"}


def absent_document(record: Record) -> dict[str, Any]:
    """The same for programs: what `qt status --json` prints with exit 3."""
    state = "starting" if record.state == "starting" else "STALE"
    return {"v": 1, "state": state, "pid": None, "supervisor": asdict(record), "words": absent(record)}


def given_up(home: Home) -> str:
    """What a parent that gave up left behind; empty when the last one did not."""
    record = read(home)
    if record is None or record.state != "gave up":
        return ""
    return (f"; the last run was given up at {record.since} ({record.last_exit}, {record.restarts} restarts): look at "
            f"{home.logs} for what was open")


# ---- asking the parent to leave


def request_end(home: Home, record: Record) -> None:
    """Asks the parent to start nothing any more; it ends with its engine. Raises OSError."""
    files.replace(home.stop_request, orjson.dumps(record.owner.as_json()), 0o600)


def end_requested(home: Home, me: Owner) -> bool:
    """Whether this very parent was asked to; an older request is somebody else's."""
    try:
        asked = Owner.from_json(orjson.loads(home.stop_request.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        return False
    return asked is not None and asked.same(me)


# ---- what the engine's readers see while there is no engine


def mark_stale(home: Home, record: Record) -> None:
    """The metrics file says that its figures are old. Only while the engine is dead: otherwise it is the engine's.

    Raises OSError.
    """
    try:
        document: dict[str, Any] = orjson.loads(home.metrics.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        document = {}
    document |= {"state": "STALE", "written_at": now_text("milliseconds"), "stale": {
        "since": record.since, "engine_pid": record.engine_pid, "last_exit": record.last_exit,
        "supervisor_pid": record.pid, "restarts": record.restarts}}
    files.replace(home.metrics, orjson.dumps(document, option=orjson.OPT_INDENT_2))

"""The log: JSON lines in ``logs/production_YYYYMMDD.log``, written by one background thread.

A line has exactly the fields timestamp, level, component, message, data, trace. Callers never wait for the disk:
a full queue drops the line and counts it. The same thread rotates the files (``qt_app/logs/``).
"""
from __future__ import annotations

import datetime as dt
import logging
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from qt_app.home import Home
from qt_app.logs.entries import LEVELS
from qt_app.logs.rotation import Rotation, appending
from qt_app.redact import KNOWN
from qt_app.zone import SAO_PAULO

#: Files are compressed once nobody has written for so long.
CALM_S = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. ``trace`` is the engine's event count that it belongs to, None outside a decision."""

    when: dt.datetime
    level: str
    component: str
    message: str
    data: Mapping[str, Any]
    trace: int | None

    def encode(self) -> str:
        """The line as it is written, secrets hidden."""
        document = {
            "timestamp": self.when.isoformat(timespec="milliseconds"), "level": self.level, "component": self.component,
            "message": self.message, "data": self.data, "trace": self.trace,
        }
        options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
        return KNOWN.json(orjson.dumps(document, default=str, option=options)).decode()


class Listener(logging.Handler):
    """What modules say through the standard library's logging becomes lines of the log."""

    def __init__(self, write: Callable[[str, str, str], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname if record.levelname in LEVELS else "INFO"
        self._write(level, record.name.rpartition(".")[2], record.getMessage())


class Log:
    """Writer of the log. ``write(...)`` from any thread; ``close`` writes what is queued.

    ``console`` (foreground runs) gets a human line for WARNING and above. A file that reaches ``max_bytes`` is closed;
    files older than ``keep_days`` are removed (0: never).
    """

    def __init__(self, home: Home, level: str = "INFO", secrets: Iterable[str] = (),
                 console: IO[str] | None = None, *, capacity: int = 10_000, max_bytes: int = 50 << 20,
                 keep_days: int = 30) -> None:
        self._home = home
        self._least = LEVELS[level]
        KNOWN.learn(*secrets)
        self._console = console
        self._queue: queue.Queue[Line | None] = queue.Queue(capacity)
        self._day: dt.date | None = None
        self._file: IO[bytes] | None = None
        self._size = 0
        self._max_bytes = max_bytes
        self._rotation = Rotation(home, keep_days)
        self._listener = Listener(self.write)
        self._heard: list[logging.Logger] = []
        self.dropped = 0
        self.failed = 0     # lines the disk refused
        self.errors = 0     # lines of level ERROR and above
        self.on_death: Callable[[str, str], None] | None = None     # told a dead thread's name and its error
        #: Told level and text of each line as it is written, on the writer's thread; neither raises nor waits.
        self.on_line: Callable[[str, str], None] | None = None
        self._thread = threading.Thread(target=self._run, name="qt-log", daemon=True)
        home.logs.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def write(self, level: str, component: str, message: str, data: Mapping[str, Any] | None = None,
              trace: int | None = None) -> None:
        """Queues one line; returns at once."""
        rank = LEVELS[level]
        self.errors += rank >= LEVELS["ERROR"]
        if rank < self._least:
            return
        line = Line(dt.datetime.now(SAO_PAULO), level, component, message, dict(data or {}), trace)
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def watch_threads(self) -> None:
        """A thread that ends by an error writes CRITICAL with its traceback instead of dying in silence."""
        threading.excepthook = self._thread_died

    def _thread_died(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else "unknown"
        trace = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        self.write("CRITICAL", name, f"thread {name} ended: {args.exc_type.__name__}: {args.exc_value}",
                   {"traceback": trace})
        if self.on_death is not None:
            self.on_death(name, f"{args.exc_type.__name__}: {args.exc_value}")

    @property
    def unrotated(self) -> int:
        """Files that could not be put away, compressed or removed."""
        return self._rotation.failed

    def listen(self, *names: str) -> None:
        """Takes in what the loggers of these names say, until ``close``."""
        for logger in map(logging.getLogger, names):
            logger.setLevel(self._least)
            logger.addHandler(self._listener)
            self._heard.append(logger)

    def close(self, timeout: float = 5.0) -> None:
        """Writes the queue and ends the thread."""
        for logger in self._heard:
            logger.removeHandler(self._listener)
        if self._thread.is_alive():
            self._queue.put(None, timeout=timeout)
            self._thread.join(timeout)

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- the writer thread

    def _run(self) -> None:
        self._rotation.look(dt.datetime.now(SAO_PAULO).date())
        while (line := self._next()) is not None:
            self._append(line)
            if self._queue.empty() and self._file is not None:
                self._flush()
        if self._file is not None:
            self._file.close()
        self._rotation.close()

    def _next(self) -> Line | None:
        """The next line; until it comes, what was closed is compressed."""
        while self._rotation.pending:
            try:
                return self._queue.get(timeout=CALM_S)
            except queue.Empty:
                while self._rotation.pending and self._queue.empty() and self._rotation.step():
                    pass
        return self._queue.get()

    def _append(self, line: Line) -> None:
        try:
            text = line.encode()
            words = (text + "\n").encode()
            if self.on_line is not None:
                self.on_line(line.level, text)
            self._open(line.when.date()).write(words)
            self._size += len(words)
        except (OSError, TypeError, ValueError):
            self.failed += 1
        if self._console is not None and LEVELS[line.level] >= LEVELS["WARNING"]:
            self._tell(line)

    def _flush(self) -> None:
        try:
            if self._file is not None:
                self._file.flush()
        except OSError:
            self.failed += 1

    def _tell(self, line: Line) -> None:
        text = KNOWN(f"{line.when:%H:%M:%S} {line.level} {line.component}: {line.message}")
        try:
            print(text, file=self._console, flush=True)
        except (OSError, ValueError):
            self._console = None    # the terminal went away; the file goes on

    def _open(self, day: dt.date) -> IO[bytes]:
        """The file of the line's own day: a run past midnight starts the next one, a full file another one."""
        if self._file is not None and self._day is not None and (day != self._day or self._size >= self._max_bytes):
            self._file.close()
            self._file = None
            if day == self._day:
                self._rotation.close_full(day)
            else:
                self._rotation.look(day)
        if self._file is None:
            self._file = self._home.log_file(day).open("ab")
            self._day, self._size = day, self._file.tell()
        return self._file


def write_crash(home: Home, message: str, trace: str, secrets: Iterable[str] = ()) -> Path:
    """Appends one CRITICAL line with a traceback, without threads; returns the file. Raises OSError."""
    return write_line(home, "CRITICAL", "qt", message, {"traceback": trace, "argv": sys.argv[1:]}, secrets=secrets)


def write_line(home: Home, level: str, component: str, message: str, data: Mapping[str, Any], *,
               secrets: Iterable[str] = ()) -> Path:
    """Appends one line where no Log is open, without threads; returns the file. Raises OSError."""
    home.logs.mkdir(parents=True, exist_ok=True)
    KNOWN.learn(*secrets)
    with appending(home):
        line = Line(dt.datetime.now(SAO_PAULO), level, component, message, data, None)
        path = home.log_file(line.when.date())
        with path.open("ab") as file:
            file.write((line.encode() + "\n").encode())
    return path

"""Notifies people of alerts, from the parent process: it follows the files of alerts and needs nothing of the engine.

Every service has a courier, a thread that knows which rows its service has had. So a service that fails keeps nobody
else waiting, and a restart goes on where each one was. Nothing is lost or told twice, but by a crash between a sending
and its note: that message comes again.
"""
from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

import orjson

from qt_app.alerts.codes import LEVELS
from qt_app.alerts.notice import notice, rank
from qt_app.alerts.service import services
from qt_app.alerts.tail import Tail
from qt_app.config import Config, load
from qt_app.home import Home
from qt_app.services import files
from qt_app.services.log import write_line

COMPONENT = "Notifier"
POLL_S = 0.5
#: Waits between tries of one message; after the last it is given up.
BACKOFF_S = (2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 60.0)

#: (level, sentence).
Say = Callable[[str, str], None]


class Receiver(Protocol):
    """A service as a courier needs it."""

    name: str
    id: str

    def send(self, title: str, body: str, level: str) -> str: ...


class Courier:
    """One service: what it has had, what waits for it. ``step`` reads and sends what is due; it never sleeps."""

    def __init__(self, home: Home, config: Config, service: Receiver, say: Say,
                 clock: Callable[[], float] = monotonic) -> None:
        self._service = service
        self._language = config.alerts.language
        self._least = LEVELS.index(config.alerts.notify_level)
        self._gap_s = 60.0 / config.alerts.notify_per_minute
        self._note = home.state / f"notified-{service.id}.json"
        self._say = say
        self._clock = clock
        noted = self._noted()
        followed = (home.alerts, home.supervisor_alerts, home.parity_alerts)
        self._tails = {path.name: Tail(path, noted.get(path.name)) for path in followed}
        self._waiting: list[dict[str, Any]] = []
        self._next_s = float("-inf")
        self._tries = 0
        self._write_note()

    def step(self, *, last: bool = False) -> None:
        """``last``: the program ends, whatever waits is tried once more."""
        for tail in self._tails.values():
            self._waiting += [row for row in tail.read() if rank(row) >= self._least]
        if self._waiting and (last or self._clock() >= self._next_s):
            self._send(sorted(self._waiting, key=lambda row: int(row["id"])))

    def _send(self, rows: list[dict[str, Any]]) -> None:
        failed = self._service.send(*notice(rows, self._language), max(rows, key=rank)["level"])
        if not failed:
            if self._tries:
                self._say("INFO", f"{self._service.name} takes messages again")
            self._done(self._gap_s)
        elif self._tries >= len(BACKOFF_S):
            self._say("ERROR", f"{self._service.name} was not told of {len(rows)} alerts, after {self._tries + 1} "
                               f"tries: {failed}")
            self._done(BACKOFF_S[-1])
        else:
            if not self._tries:
                self._say("ERROR", f"{self._service.name} cannot be notified, it is tried again: {failed}")
            self._next_s = self._clock() + max(self._gap_s, BACKOFF_S[self._tries])
            self._tries += 1

    def _done(self, pause_s: float) -> None:
        self._waiting, self._tries = [], 0
        self._next_s = self._clock() + pause_s
        self._write_note()

    # ---- what is remembered

    def _noted(self) -> dict[str, int]:
        """Ids of the last rows it has had, by file; a note that cannot be read begins at the present end."""
        with suppress(OSError, ValueError):
            noted = orjson.loads(self._note.read_bytes())
            return {str(name): int(last) for name, last in noted.items()}
        return {}

    def _write_note(self) -> None:
        try:
            files.replace(self._note, orjson.dumps({name: tail.last for name, tail in self._tails.items()}), 0o600)
        except OSError as error:
            self._say("ERROR", f"{self._note.name} cannot be written, messages may come twice after a restart: {error}")


class Notifier:
    """All couriers of one home, each on a thread. Without services it does nothing."""

    def __init__(self, home: Home, config: Config, say: Say | None = None) -> None:
        urls = config.alerts.urls
        self._say = say = say or _to_log(home)
        found = services(urls.reveal()) if urls else []
        self._couriers = [Courier(home, config, service, say) for service in found]
        self._leave = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(courier,), name=f"qt-notify-{n}", daemon=True)
                         for n, courier in enumerate(self._couriers)]

    @classmethod
    def follow(cls, home: Home, config: Config | None = None) -> Notifier:
        """Begins to notify. Raises ConfigError (exit 4) for an address that apprise does not know."""
        home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        notifier = cls(home, config or load(home))
        for thread in notifier._threads:
            thread.start()
        return notifier

    def close(self, timeout: float = 10.0) -> None:
        """What waits is tried once more, at most so long."""
        self._leave.set()
        end = monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, end - monotonic()))

    def __enter__(self) -> Notifier:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _run(self, courier: Courier) -> None:
        while not self._leave.wait(POLL_S):
            self._step(courier)
        self._step(courier, last=True)

    def _step(self, courier: Courier, *, last: bool = False) -> None:
        try:
            courier.step(last=last)
        except Exception as error:  # noqa: BLE001 (told, and the next alert is tried again: a notifier must not die)
            self._say("ERROR", f"notifying failed: {type(error).__name__}: {error}")


def _to_log(home: Home) -> Say:
    """The log's file, from a process that has no Log of its own; a disk that refuses it must not end the courier."""

    def say(level: str, words: str) -> None:
        with suppress(OSError):
            write_line(home, level, COMPONENT, words, {})

    return say

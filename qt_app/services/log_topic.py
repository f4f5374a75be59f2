"""The topic ``log``: lines of the run's own log, as its file has them, and never more than a reader can follow."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import orjson

from qt_app.logs.entries import LEVELS
from qt_app.services.broadcast import Broadcaster

LEAST = LEVELS["INFO"]
LOUD = LEVELS["WARNING"]
#: Lines of a second that are sent; what is loud counts by itself, so that no chatter crowds it out.
MOST_PER_S = 30
KEPT = 80               # lines for who comes late
LONGEST = 600           # characters of a message
LARGEST_DATA = 2000     # bytes of the data that comes with a line; larger data stays in the file


class LogTeller:
    """Told every line that was written, on the log's own thread; never waits.

    ``moment`` says where the engine stands: its count of events and its time. ``left_out`` counts the lines that the
    bound kept back; the heartbeat tells it.
    """

    def __init__(self, out: Broadcaster, moment: Callable[[], tuple[int, int | None]],
                 clock: Callable[[], float] = monotonic) -> None:
        self._out = out
        self._moment = moment
        self._clock = clock
        self._second = 0
        self._sent = {False: 0, True: 0}    # in this second, by whether they are loud
        self._newest: deque[tuple[int, int | None, int, str]] = deque(maxlen=KEPT)
        self._number = 0
        self.left_out = 0

    def __call__(self, level: str, line: str) -> None:
        """``line``: the JSON as written, secrets hidden."""
        if (rank := LEVELS[level]) < LEAST:
            return
        if (second := int(self._clock())) != self._second:
            self._second, self._sent = second, {False: 0, True: 0}
        if self._sent[rank >= LOUD] >= MOST_PER_S:
            self.left_out += 1
            return
        self._sent[rank >= LOUD] += 1
        (seq, ts_ns), number = self._moment(), self._number
        self._number += 1
        self._newest.append((seq, ts_ns, number, line))
        self._out.send("log", seq, ts_ns, lambda: shaped(line, number))

    def newest(self) -> list[Mapping[str, Any]]:
        """Lines that were sent, as they were, for who was not there; any thread."""
        return [{**shaped(line, number), "seq": seq, "ts_ns": ts_ns}
                for seq, ts_ns, number, line in self._newest.copy()]


def shaped(line: str, number: int) -> Mapping[str, Any]:
    """The fields of a line and its number in this run; a long message is cut, large data is left to the file."""
    found: dict[str, Any] = {**orjson.loads(line), "number": number}
    if len(found["message"]) > LONGEST:
        found["message"] = found["message"][:LONGEST] + "…"
    if len(orjson.dumps(found["data"])) > LARGEST_DATA:
        found["data"] = {}
    found["at"] = found.pop("timestamp")
    return found

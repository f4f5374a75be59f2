"""What a run itself puts into the engine's stream: operators' acts and the time, as events that are recorded."""
from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.feed.sources import Source
from qt_app.pipeline import Pipeline
from qt_app.services.operator import Command
from qt_core._types import EVENT_DTYPE, Control, Kind


class Inlet:
    """``put`` is for any thread, all else for the engine's."""

    def __init__(self, pipeline: Pipeline, source: Source) -> None:
        self._pipeline = pipeline
        self._source = source
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._one = np.zeros(1, dtype=EVENT_DTYPE)

    def put(self, command: Command) -> None:
        """For the engine's thread, which may be waiting for the market."""
        self._commands.put(command)
        self._pipeline.engine.wake()

    def commands(self) -> Iterator[Command]:
        """What was put so far, each once."""
        while not self._commands.empty():
            yield self._commands.get()

    def control(self, code: Control, detail: int = 0) -> None:
        """Stamped with the time that was reached; before the first event that is the market's clock."""
        self._inject(Kind.CONTROL, code, self._pipeline.engine.now_ns or self._source.clock_ns() or 0, detail)

    def clock(self, ts_ns: int) -> None:
        """Whatever is due by then falls due."""
        self._inject(Kind.CLOCK, 0, ts_ns, 0)

    def notices(self, notices: NDArray[Any]) -> None:
        """What a live feed does with them."""
        self._source.poll_notices(notices)

    def _inject(self, kind: Kind, code: int, ts_ns: int, detail: int) -> None:
        """One event of our own into the stream, with whatever falls due before it."""
        event = self._one
        event["kind"], event["code"], event["ts_ns"], event["a"] = kind, code, ts_ns, detail
        done = 0
        while done < 1:
            done = self._pipeline.engine.feed(event, 0)
            self._pipeline.on_due(self.notices)

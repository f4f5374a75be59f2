"""What happened, as lines: decisions that matter, orders, fills, refusals, alerts, the engine's log, and what the
monitor itself saw."""
from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

KEPT = 400      # lines of each kind, so that a talkative log pushes no fill out
KINDS = ("decision", "order", "fill", "alert", "log", "monitor")
#: In rising order; a signal is no trouble, it only stands out.
LEVELS = {"DEBUG": 0, "INFO": 1, "SIGNAL": 1, "WARNING": 2, "ERROR": 3, "CRITICAL": 4}
#: Components of the log whose lines have a topic, and so a line, of their own.
TWICE = ("TradingSystem", "Orders")


@dataclass(frozen=True, slots=True)
class Line:
    """``ts_ns`` is event time (None: not known), ``trace`` the engine's count of events behind it.

    ``code`` names the sentence in the catalogue; ``data`` holds what goes into it. ``number`` counts the lines as they
    came. ``twice``: another line says the same.
    """

    ts_ns: int | None
    kind: str
    level: str
    component: str
    code: str
    data: Mapping[str, Any] = field(default_factory=dict)
    trace: int | None = None
    twice: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are wanted: a kind or all, the least level, a component or all, and a text that is shown in them."""

    kind: str = "all"
    level: str = "INFO"
    component: str = ""
    text: str = ""

    def takes(self, line: Line) -> bool:
        """All but the text, which depends on the language."""
        if line.twice if self.kind == "all" else line.kind != self.kind:
            return False
        return LEVELS.get(line.level, 0) >= LEVELS[self.level] and self.component in ("", line.component)


class Stream:
    """The newest lines of each kind; of holds only those whose reason is another than before."""

    def __init__(self) -> None:
        self._kept: dict[str, deque[Line]] = {kind: deque(maxlen=KEPT) for kind in KINDS}
        self.count = 0      # lines that ever came
        self._before = 0    # lines from before the first that came
        self.begin()

    def begin(self) -> None:
        """Another run of the engine: what it counts begins anew, and the lines stay."""
        self._reason = ""
        self._left_out: int | None = None
        self._numbers: tuple[int, int] | None = None    # lowest and highest of its log that are here

    @property
    def lines(self) -> list[Line]:
        """Oldest first."""
        return sorted((line for kept in self._kept.values() for line in kept), key=lambda line: line.number)

    @property
    def components(self) -> list[str]:
        return sorted({line.component for kept in self._kept.values() for line in kept}, key=str.casefold)

    def decision(self, body: Mapping[str, Any]) -> None:
        reason = str(body["reason"]).split(" ", 1)[0]
        if body["action"] == "hold" and reason == self._reason:
            return
        self._reason = reason
        level = "INFO" if body["action"] == "hold" else "SIGNAL"
        self._add(body, "decision", level, "TradingSystem", f"decision.{body['action']}")

    def order(self, body: Mapping[str, Any]) -> None:
        event = str(body["event"])
        bad = event == "refusal" or body.get("status") == "rejected"
        self._add(body, "order", "WARNING" if bad else "INFO", "Orders", f"order.{event}")

    def fill(self, body: Mapping[str, Any]) -> None:
        self._add(body, "fill", "SIGNAL", "Orders", "fill")

    def alert(self, body: Mapping[str, Any]) -> None:
        self._add(body, "alert", str(body["level"]), str(body["component"]), "alert.over" if body["over"] else "alert")

    def log(self, body: Mapping[str, Any]) -> None:
        """A line of the engine's log."""
        number = int(body["number"])
        low, high = self._numbers or (number, number - 1)
        if number > high:
            self._append(self._logged(body))
            self._numbers = low, number

    def earlier(self, bodies: Sequence[Mapping[str, Any]]) -> None:
        """Lines of this run's log from before the first one that came by itself; oldest first."""
        low, high = self._numbers or (1 << 62, -1)
        kept = self._kept["log"]
        for body in reversed(bodies):
            if int(body["number"]) < low and len(kept) < KEPT:
                low, high = int(body["number"]), max(high, int(body["number"]))
                self._before -= 1
                kept.appendleft(replace(self._logged(body), number=self._before, twice=False))
                self.count += 1
        if bodies:
            self._numbers = low, high

    @staticmethod
    def _logged(body: Mapping[str, Any]) -> Line:
        level, component = str(body["level"]), str(body["component"])
        twice = component in TWICE or {"code", "count"} <= set(body["data"])   # the latter: of an alert
        data = {**body, "at": dt.datetime.fromisoformat(body["at"])}
        return Line(body["ts_ns"], "log", level, component, "log", data, body["trace"], twice)

    def left_out(self, total: int) -> None:
        """How many lines of the log the engine has kept back so far, told with each heartbeat."""
        if self._left_out is not None and total > self._left_out:
            self.monitor("left_out", "WARNING", None, count=total - self._left_out)
        self._left_out = total

    def monitor(self, code: str, level: str, ts_ns: int | None, **data: Any) -> None:
        self._append(Line(ts_ns, "monitor", level, "Monitor", f"monitor.{code}", data))

    def _add(self, body: Mapping[str, Any], kind: str, level: str, component: str, code: str) -> None:
        self._append(Line(body["ts_ns"], kind, level, component, code, dict(body), body["seq"]))

    def _append(self, line: Line) -> None:
        self.count += 1
        self._kept[line.kind].append(replace(line, number=self.count))

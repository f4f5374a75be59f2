"""What happened, as lines: decisions that matter, orders, fills, refusals, alerts, and what the monitor itself saw."""
from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT = 400
KINDS = ("decision", "order", "fill", "alert", "monitor")


@dataclass(frozen=True, slots=True)
class Line:
    """``ts_ns`` is event time (None: not known), ``trace`` the engine's count of events behind it.

    ``code`` names the sentence in the catalogue; ``data`` holds what goes into it.
    """

    ts_ns: int | None
    kind: str
    level: str
    code: str
    data: Mapping[str, Any] = field(default_factory=dict)
    trace: int | None = None


class Stream:
    """The newest lines; of holds only those whose reason is another than before."""

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self._reason = ""

    def decision(self, body: Mapping[str, Any]) -> None:
        reason = str(body["reason"]).split(" ", 1)[0]
        if body["action"] == "hold" and reason == self._reason:
            return
        self._reason = reason
        level = "INFO" if body["action"] == "hold" else "SIGNAL"
        self._add(body, "decision", level, f"decision.{body['action']}")

    def order(self, body: Mapping[str, Any]) -> None:
        event = str(body["event"])
        bad = event == "refusal" or body.get("status") == "rejected"
        self._add(body, "order", "WARNING" if bad else "INFO", f"order.{event}")

    def fill(self, body: Mapping[str, Any]) -> None:
        self._add(body, "fill", "SIGNAL", "fill")

    def alert(self, body: Mapping[str, Any]) -> None:
        self._add(body, "alert", str(body["level"]), "alert.over" if body["over"] else "alert")

    def monitor(self, code: str, level: str, ts_ns: int | None, **data: Any) -> None:
        self.lines.append(Line(ts_ns, "monitor", level, f"monitor.{code}", data))

    def _add(self, body: Mapping[str, Any], kind: str, level: str, code: str) -> None:
        self.lines.append(Line(body["ts_ns"], kind, level, code, dict(body), body["seq"]))

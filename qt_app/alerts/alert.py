"""One alert: what is told to people, the same in every sink."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict

from qt_app.alerts.codes import Code


class Tell(Protocol):
    """How the parts of the program raise an alert. Returns at once, from any thread."""

    def __call__(self, code: Code, message: str, data: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Alert:
    """``ts_ns`` is event time (None before the first event), ``at`` the wall clock with its zone.

    ``key`` tells apart what alerts of one code are about (an order, a voter). ``count`` is how often it was raised
    since it was last told. ``over``: it has ended; then ``level`` is INFO and ``was`` the level until then.
    """

    level: str
    code: Code
    component: str
    message: str
    data: Mapping[str, Any]
    ts_ns: int | None
    at: dt.datetime
    key: str = ""
    count: int = 1
    over: bool = False
    was: str = ""
    seq: int = field(default=0, compare=False)

    def as_json(self) -> dict[str, Any]:
        """One row of state/alerts.jsonl, and the payload of the topic ``alert``."""
        return {"level": self.level, "code": self.code.name, "key": self.key, "component": self.component,
                "message": self.message, "data": dict(self.data), "count": self.count, "over": self.over,
                "was": self.was, "at": self.at.isoformat(timespec="milliseconds")}


class ActiveAlert(TypedDict):
    """What lasts now. ``since``: wall time with its zone."""

    code: str
    level: str
    key: str
    message: str
    since: str
    count: int
    remedy: str


class AlertState(TypedDict):
    """For status and metrics. ``raised`` is by code, ``told`` by level; ``last``: when something was told last."""

    active: list[ActiveAlert]
    raised: dict[str, int]
    told: dict[str, int]
    held: int
    lost: int
    last: str | None


def no_alerts() -> AlertState:
    return {"active": [], "raised": {}, "told": {}, "held": 0, "lost": 0, "last": None}

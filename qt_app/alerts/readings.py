"""What the rules look at, read from a snapshot: by key, how much; what is not there is good, None is unknown."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from qt_app.services.snapshot import Snapshot

Values = Mapping[str, float]
Read = Callable[[Snapshot], Values | None]

#: Decisions whose latency says something: the first ones warm up.
WARM_DECISIONS = 100


def one(value: float | None) -> Values | None:
    """A value that stands for itself."""
    return None if value is None else {"": float(value)}


def connected(read: Read) -> Read:
    """Unknown while no data comes."""
    return lambda s: read(s) if s["feed"]["connected"] and s["ts_ns"] is not None else None


def on_duty(read: Read) -> Read:
    """Unknown while the program stops: that it then trades no more is no news."""
    return lambda s: read(s) if s["state"] != "stopping" else None


def latency_ms(s: Snapshot) -> Values | None:
    """99th percentile of the last 1,024 decisions, ms."""
    p99 = s["decision"]["latency_us"]["p99"]
    return None if p99 is None or s["decision"]["count"] < WARM_DECISIONS else {"": p99 / 1000}


def drawdown_of(capital_brl: float) -> Read:
    """Largest drawdown of the session as a part of the capital."""

    def read(s: Snapshot) -> Values | None:
        fall = s["pnl"]["drawdown_brl"]
        return None if fall is None else {"": fall / capital_brl}

    return read


class WinRate:
    """Share of winners of all trades, of this run's sessions and of what was ``earlier`` (trades, winners); unknown
    until there are enough. The past is asked for once, at the first look."""

    def __init__(self, least: int, earlier: Callable[[], tuple[int, int]]) -> None:
        self._least = least
        self._earlier = earlier
        self._before: tuple[int, int] | None = None
        self._today = (0, 0)

    def __call__(self, s: Snapshot) -> Values | None:
        today, before = (s["trades"]["today"], s["trades"]["wins"]), self._before or self._earlier()
        if today[0] < self._today[0]:   # a new session counts anew
            before = (before[0] + self._today[0], before[1] + self._today[1])
        self._today, self._before = today, before
        trades, wins = before[0] + today[0], before[1] + today[1]
        return {"": wins / trades} if trades >= self._least else None


def frozen(s: Snapshot) -> Values | None:
    """Features that stopped moving."""
    return {"": float(len(s["features"]["frozen"]))}


def stale_voters(s: Snapshot) -> Values | None:
    """Voters that abstain for the age of their data."""
    return {name: 1.0 for name, vote in s["votes"].items() if vote["reason"].startswith("STALE")}


def stale_position(s: Snapshot) -> Values | None:
    """Contracts that are held while the feed is stale or away."""
    held, feed = s["position"]["contracts"], s["feed"]
    stale = not feed["connected"] or "STALE_FEED" in s["risk"]["blocks"]
    return one(abs(held)) if held and stale else {}


def blocked_by(*names: str) -> Read:
    """Which of these reasons hold now."""
    return lambda s: {name: 1.0 for name in s["risk"]["blocks"] if name in names}


def blocked(name: str) -> Read:
    """Whether this reason holds now."""
    return lambda s: {"": 1.0} if name in s["risk"]["blocks"] else {}


def halted(s: Snapshot) -> Values:
    return {"": float(s["risk"]["halted"])}


def order_rate(s: Snapshot) -> Values | None:
    """Largest part of an order limit that is used now."""
    used, limits = s["risk"]["used"], s["risk"]["limits"]
    names = ("orders_per_second", "orders_per_minute")
    parts = [used[n] / limits[n] for n in names if n in used and limits.get(n)]
    return {"": max(parts)} if parts else None


def health(name: str) -> Read:
    """A figure of the process and its machine."""
    return lambda s: one(cast(Mapping[str, float | None], s["health"]).get(name))


def keyed(key: str, read: Read) -> Read:
    """A value under a key of its own, where somebody else raises the same code."""

    def named(s: Snapshot) -> Values | None:
        values = read(s)
        return None if values is None else {key: values[""]}

    return named


class Growth:
    """How much the sum of some counters has grown since the last look."""

    def __init__(self, count: Callable[[Snapshot], Iterable[float | None]]) -> None:
        self._count = count
        self._last = 0.0

    def __call__(self, s: Snapshot) -> Values:
        now = sum(value or 0.0 for value in self._count(s))
        grown, self._last = max(0.0, now - self._last), now
        return {"": grown}


class Above:
    """How far a value is above what it was after a number of looks."""

    def __init__(self, read: Read, after: int) -> None:
        self._read = read
        self._left = after
        self._base: float | None = None

    def __call__(self, s: Snapshot) -> Values | None:
        values = self._read(s)
        if values is None:
            return None
        self._left -= 1
        if self._left > 0:
            return None
        value = values[""]
        if self._base is None:
            self._base = value
        return {"": value - self._base}

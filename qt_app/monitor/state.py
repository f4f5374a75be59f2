"""The engine as its messages tell it: a fold, with no clock, socket or page of its own.

Every age is the monitor's own (``now_s``, monotonic seconds): how long ago it heard of something. Unknown is None.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qt_app.monitor.board import Features
from qt_app.monitor.series import Candles, Tape
from qt_app.monitor.stream import Stream
from qt_app.services.course import Bars

#: Silence after which the engine counts as gone; it tells a heartbeat each second.
STALE_S = 2.0
CURVE = 3600
MARKS = 300

Link = Literal["waiting", "live", "stale"]
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """A fill on the chart; ``price`` in ticks. ``opens``: more is held after it than before."""

    ts_ns: int
    side: int
    qty: int
    price: int
    opens: bool

    @classmethod
    def of(cls, body: Body) -> Mark:
        side, qty, after = int(body["side"]), int(body["qty"]), int(body["position"])
        return cls(body["ts_ns"], side, qty, body["price"], abs(after) > abs(after - side * qty))


class Monitor:
    """Everything the page shows of one engine; a new run of it begins with a clean slate, but the stream goes on."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.runs = 0
        self.version = 0        # grows with every message
        self.missed = 0         # messages that were lost on the way here, all runs
        self.bad = 0            # messages that could not be read
        self.last_s: float | None = None
        self._told_stale = False
        self._clear()

    def _clear(self) -> None:
        self.n = -1
        self.symbol = ""
        self.synthetic: bool | None = None
        self.state: str | None = None
        self.ts_ns: int | None = None
        self.heard: dict[str, float] = {}
        self.features = Features()
        self.points: float | None = None    # per tick; None before the market was told
        self.candles = Candles()
        self.bars = Bars()                  # of the whole day
        self.tape = Tape()
        self.brokers: dict[int, str] = {}
        self.marks: deque[Mark] = deque(maxlen=MARKS)
        self.curve: deque[tuple[int, float]] = deque(maxlen=CURVE)      # event time, net BRL
        self.pace: deque[float] = deque(maxlen=120)                     # events per second
        self.decision: Body | None = None
        self.votes: list[Body] = []
        self.metrics: Body | None = None
        self.market: Body | None = None
        self.held: Body | None = None       # contracts and average price, newest
        self.session: str | None = None     # of the engine, once it was told
        self._counted: tuple[float, int] | None = None

    # ---- messages

    def take(self, topic: str, body: Body, now_s: float) -> None:
        """Folds one message in; one that cannot be read is counted and changes nothing else."""
        try:
            self._begin(body)
            getattr(self, f"_on_{topic}", _nothing)(body)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError):
            self.bad += 1
            return
        self.heard[topic] = self.last_s = now_s
        self._told_stale = False
        self.version += 1

    def look(self, now_s: float) -> None:
        """Time passes: the silence of the engine becomes a line of the stream, once."""
        if self.link(now_s) == "stale" and not self._told_stale:
            self._told_stale = True
            self.version += 1
            self.stream.monitor("stale", "CRITICAL", self.ts_ns)

    def _begin(self, body: Body) -> None:
        n, symbol = int(body["n"]), str(body["symbol"])
        session = body.get("session_id") or self.session    # heartbeats and metrics name it
        another = self.session is not None and session != self.session
        if self.runs == 0 or n <= self.n or symbol != self.symbol or another:
            self._clear()
            self.stream.begin()
            self.runs += 1
            self.stream.monitor("connected" if self.runs == 1 else "again", "INFO", body["ts_ns"], symbol=symbol)
        elif n > self.n + 1:
            self.missed += n - self.n - 1
        self.n, self.session = n, session
        self.symbol, self.synthetic = symbol, bool(body["synthetic"])
        self.ts_ns = body["ts_ns"] or self.ts_ns

    def _on_heartbeat(self, body: Body) -> None:
        self.state = str(body["state"])
        self.stream.left_out(body.get("log_left_out", 0))   # an older engine has no log to tell

    def _on_log(self, body: Body) -> None:
        self.stream.log(body)

    def _on_features(self, body: Body) -> None:
        self.features.take(body["names"], body["values"], body["ts_ns"])

    def _on_votes(self, body: Body) -> None:
        self.votes = list(body["votes"])

    def _on_decision(self, body: Body) -> None:
        self.decision = body
        self.stream.decision(body)

    def _on_order(self, body: Body) -> None:
        self.stream.order(body)

    def _on_fill(self, body: Body) -> None:
        self.stream.fill(body)
        self.marks.append(Mark.of(body))

    def _on_position(self, body: Body) -> None:
        self.held = body

    def _on_alert(self, body: Body) -> None:
        self.stream.alert(body)

    def _on_metrics(self, body: Body) -> None:
        self.metrics, self.held = body, body["position"]
        self.state = str(body["state"])
        self.features.mark_frozen(body["features"]["constant_names"])
        if (net := body["pnl"]) is not None and self.ts_ns is not None:
            self.curve.append((self.ts_ns, net))
        feed, uptime_s = body["feed"], float(body["uptime_s"])
        events = feed["trades"] + feed["book"] + feed["quotes"]
        if self._counted is not None and uptime_s > self._counted[0]:
            self.pace.append((events - self._counted[1]) / (uptime_s - self._counted[0]))
        self._counted = uptime_s, events

    def _on_market(self, body: Body) -> None:
        self.market = body
        self.points = points = _points(body["instrument"]["tick"])
        self.brokers |= {int(number): str(name) for number, name in body["brokers"].items()}
        self.candles.take(body["candles"], points)
        self.bars.add(body["candles"])
        self.tape.take(body["tape"], points, self.candles.period_ns)

    def _on_history(self, body: Body) -> None:
        """What was before this page; it knows at least what was heard of the same day."""
        self.points = _points(body["tick"])
        self.features.adopt(body["names"], body["spread"], body["rows"]["values"])
        self.bars.take(body["bars"], body["bars"]["until_ns"])
        self.marks = deque(map(Mark.of, body["fills"]), MARKS)
        curve = [(ts_ns, net) for ts_ns, net in body["curve"]]
        newest = curve[-1][0] if curve else 0
        self.curve = deque((*curve, *(point for point in self.curve if point[0] > newest)), CURVE)
        self.stream.earlier(body["log"])

    # ---- what is known

    def link(self, now_s: float) -> Link:
        """Whether the engine talks: never yet, now, or no more."""
        if self.last_s is None:
            return "waiting"
        return "stale" if now_s - self.last_s > STALE_S else "live"

    def age_s(self, topic: str, now_s: float) -> float | None:
        """Since the last message of a topic; None before the first."""
        heard = self.heard.get(topic)
        return None if heard is None else max(0.0, now_s - heard)

    def price(self, ticks: int | float | None) -> float | None:
        """A price in points."""
        return None if ticks is None or self.points is None else ticks * self.points


def _points(tick: Sequence[int]) -> float:
    return tick[0] / tick[1]


def _nothing(body: Body) -> None:
    """A topic of a newer engine."""

"""What the engine tells its readers: one plain record, replaced whole, never changed after it is published.

Unknown is None on every level. Readers (status, metrics, broadcast, status line) get it from a ``Board``.
"""
from __future__ import annotations

from typing import TypedDict

from qt_app.config import Config


class LatencyUs(TypedDict):
    """Percentiles over the recent window, µs."""

    mean: float | None
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None


class Events(TypedDict):
    """Counts since the start. ``refused`` is by kind of refusal; ``dropped`` is what the ring had no room for."""

    trades: int
    book: int
    quotes: int
    dropped: int
    refused: dict[str, int]


class Feed(TypedDict):
    """Where events come from: source ``sim | profit | recording``. ``age_ms`` is wall time since the last event."""

    source: str
    state: str
    connected: bool
    age_ms: float | None


class FeatureState(TypedDict):
    """``valid`` of ``needed`` features are finite in the last row; ``invalid`` names the others."""

    valid: int
    needed: int
    invalid: list[str]
    frozen: list[str]
    rows: int
    per_s: float | None
    latency_us: LatencyUs


class LastDecision(TypedDict):
    seq: int
    ts_ns: int
    action: str
    confidence: float | None
    reason: str


class DecisionState(TypedDict):
    """``counts`` by action; ``blocked`` by the reason code that stopped a trade."""

    count: int
    counts: dict[str, int]
    blocked: dict[str, int]
    last: LastDecision | None
    latency_us: LatencyUs


class VoteState(TypedDict):
    """One voter's last vote: (sell, hold, buy), or None when it abstained."""

    probabilities: list[float] | None
    age_ms: float | None
    abstains: bool
    reason: str


class Position(TypedDict):
    """Signed contracts; the price is in points, None when flat."""

    contracts: int
    avg_price: float | None


class Pnl(TypedDict):
    """Of the session, BRL. ``open_brl`` is None while the position cannot be valued."""

    realised_brl: float
    open_brl: float | None
    costs_brl: float
    peak_brl: float | None
    drawdown_brl: float | None


class Trades(TypedDict):
    """Closed trades of the session."""

    today: int
    wins: int
    losses: int


class Orders(TypedDict):
    sent: int
    working: int
    rejected: int


class RiskState(TypedDict):
    halted: bool
    halt_reason: str | None
    limits: dict[str, float]
    used: dict[str, float]


class ModelState(TypedDict):
    id: str
    synthetic: bool


class Snapshot(TypedDict):
    """One look at the running engine. ``state``: starting | warming | running | halted | stopping."""

    state: str
    mode: str
    synthetic: bool
    symbol: str
    seq: int
    ts_ns: int | None
    session_id: str
    config_hash: str
    schema_id: str | None
    restarts: int
    events: Events
    feed: Feed
    features: FeatureState
    decision: DecisionState
    votes: dict[str, VoteState]
    position: Position
    pnl: Pnl
    trades: Trades
    orders: Orders
    risk: RiskState
    model: ModelState | None
    queues: dict[str, int]


def no_latency() -> LatencyUs:
    return {"mean": None, "p50": None, "p90": None, "p99": None, "max": None}


def starting(config: Config, *, symbol: str, source: str, synthetic: bool, session_id: str,
             restarts: int = 0) -> Snapshot:
    """The snapshot before the first event: counts are zero, everything else is unknown."""
    return {
        "state": "starting", "mode": config.trading.mode, "synthetic": synthetic, "symbol": symbol, "seq": 0,
        "ts_ns": None, "session_id": session_id, "config_hash": config.hash, "schema_id": None, "restarts": restarts,
        "events": {"trades": 0, "book": 0, "quotes": 0, "dropped": 0, "refused": {}},
        "feed": {"source": source, "state": "starting", "connected": False, "age_ms": None},
        "features": {"valid": 0, "needed": 65, "invalid": [], "frozen": [], "rows": 0, "per_s": None,
                     "latency_us": no_latency()},
        "decision": {"count": 0, "counts": {}, "blocked": {}, "last": None, "latency_us": no_latency()},
        "votes": {},
        "position": {"contracts": 0, "avg_price": None},
        "pnl": {"realised_brl": 0.0, "open_brl": None, "costs_brl": 0.0, "peak_brl": None, "drawdown_brl": None},
        "trades": {"today": 0, "wins": 0, "losses": 0},
        "orders": {"sent": 0, "working": 0, "rejected": 0},
        "risk": {"halted": False, "halt_reason": None, "limits": {}, "used": {}},
        "model": None,
        "queues": {},
    }


class Board:
    """Holds the newest snapshot. One writer replaces it, any thread reads it; neither waits."""

    __slots__ = ("_latest",)

    def __init__(self, first: Snapshot) -> None:
        self._latest = first

    def publish(self, snapshot: Snapshot) -> None:
        self._latest = snapshot

    def latest(self) -> Snapshot:
        return self._latest

"""What the engine tells its readers: one plain record, replaced whole, never changed after it is published.

Unknown is None on every level. Readers (status, metrics, broadcast, status line) get it from a ``Board``.
"""
from __future__ import annotations

from typing import TypedDict

from qt_app.alerts.alert import AlertState, no_alerts
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


class Reconciled(TypedDict):
    """Whether orders and position are the broker's; ``equal`` None: not compared since something happened to either."""

    equal: bool | None
    difference: str


class RiskState(TypedDict):
    """``state``: active | reducing | halted; ``blocks`` are the codes of what forbids entries, in either of the latter,
    ``halt_reason`` the same for people."""

    state: str
    halted: bool
    halt_reason: str | None
    blocks: list[str]
    limits: dict[str, float]
    used: dict[str, float]


class Health(TypedDict):
    """Of the process and its machine; None is unknown. The others count since the start."""

    rss_mb: float | None
    disk_free_mb: float | None
    clock_jump_ms: float | None     # since the last look
    wrong_tokens: int
    recorder_failed: int
    journal_failed: int | None      # 1: it cannot be written
    journal_low: int | None         # 1: it lives on its reserve


class ShadowState(TypedDict):
    """``shadow`` votes beside the model, None: nobody; ``shadow_over`` of its ``shadow_rows`` votes took too long.

    ``drift``: mean PSI of the model's inputs, None before the first window is full.
    """

    shadow: str | None
    shadow_rows: int
    shadow_over: int
    drift: float | None


class ModelState(ShadowState):
    id: str
    synthetic: bool


class SupervisorState(TypedDict):
    """The process that starts the engine again after a crash; pid None: this engine was started without one."""

    pid: int | None
    alive: bool


class Snapshot(TypedDict):
    """One look at the running engine. ``state``: starting | warming | running | reducing | halted | stopping."""

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
    reconciled: Reconciled
    risk: RiskState
    model: ModelState | None
    queues: dict[str, int]
    health: Health
    alerts: AlertState
    loop_ms: float | None       # since the engine's thread last went round; None outside its loop
    supervisor: SupervisorState


def no_latency() -> LatencyUs:
    return {"mean": None, "p50": None, "p90": None, "p99": None, "max": None}


def no_health() -> Health:
    return {"rss_mb": None, "disk_free_mb": None, "clock_jump_ms": None, "wrong_tokens": 0, "recorder_failed": 0,
            "journal_failed": None, "journal_low": None}


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
        "reconciled": {"equal": None, "difference": ""},
        "risk": {"state": "active", "halted": False, "halt_reason": None, "blocks": [], "limits": {}, "used": {}},
        "model": None,
        "queues": {},
        "health": no_health(),
        "alerts": no_alerts(),
        "loop_ms": None,
        "supervisor": {"pid": None, "alive": False},
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

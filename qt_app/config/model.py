"""Every configuration key once: type, default, unit, limits, environment name and meaning.

The JSON file nests keys as ``{"risk": {"max_position": 1}}``; the command line and messages say ``risk.max_position``.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from qt_app.config.secret import Secret

Value = bool | int | float | str | Secret | None


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the model. ``low`` and ``high`` are inclusive; ``check`` and ``form`` describe texts."""

    group: str
    name: str
    type: type
    optional: bool
    default: Value
    env: str
    doc: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    check: Callable[[Any], bool] | None = None
    form: str = ""

    @property
    def path(self) -> str:
        return f"{self.group}.{self.name}"

    @property
    def secret(self) -> bool:
        return self.type is Secret

    def allowed(self) -> str:
        """What the key accepts, for people."""
        unit = f" {self.unit}" if self.unit else ""
        if self.choices:
            return " | ".join(self.choices)
        if self.form:
            return self.form + unit
        if self.low is not None and self.high is not None:
            return f"{TYPE_NAMES[self.type]} from {self.low:g} to {self.high:g}{unit}"
        return TYPE_NAMES[self.type] + unit


TYPE_NAMES: Mapping[type, str] = {
    bool: "true or false", int: "a whole number", float: "a number", str: "a text", Secret: "a text",
}


def setting(default: Value, doc: str, env: str, **rest: Any) -> Any:
    """A dataclass field that carries its description."""
    return field(default=default, metadata={"doc": doc, "env": env, **rest})


def is_power_of_two(n: int) -> bool:
    return n & (n - 1) == 0


def is_control_port(port: int) -> bool:
    return port == 0 or port >= 1024


def is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def is_clock_time(text: str) -> bool:
    return re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text) is not None


def is_symbol(text: str) -> bool:
    return re.fullmatch(r"[A-Z0-9]{3,12}", text) is not None


@dataclass(frozen=True, slots=True)
class Trading:
    """What is traded, and with whose money."""

    symbol: str = setting("WDO", "contract (WDOZ26), or a root for its current contract (WDO, WIN)", "QT_SYMBOL",
                          check=is_symbol, form="a contract such as WDOZ26, or a root such as WDO")
    mode: str = setting("paper", "account that takes the orders: our own paper account, a simulator account at the "
                        "broker, or one with real money, which only --mode live may ask for", "QT_MODE",
                        choices=("paper", "simulator", "live"))
    account: str | None = setting(None, "broker account that takes the orders; none = the only one announced",
                                  "QT_ACCOUNT")
    live_account: str | None = setting(None, "the account with real money that --mode live needs no confirmation for",
                                       "QT_LIVE_ACCOUNT")


@dataclass(frozen=True, slots=True)
class Risk:
    """Limits of the one gate that every order passes."""

    max_position: int = setting(1, "largest position, either side", "MAX_POSITION", unit="contracts", low=1, high=100)
    stop_loss: float = setting(0.005, "stop distance as a fraction of the entry price", "STOP_LOSS",
                               unit="of the entry price", low=0.0001, high=0.05)
    take_profit: float = setting(0.01, "distance of the profit target as a fraction of the entry price; 0 = no target",
                                 "QT_TAKE_PROFIT", unit="of the entry price", low=0, high=0.5)
    trail: float = setting(0.0, "the stop follows the best price since the entry at this distance; 0 = it stays",
                           "QT_TRAIL", unit="of that price", low=0, high=0.05)
    break_even_after: float = setting(0.0, "profit at which the stop moves to the entry and its costs; 0 = never",
                                      "QT_BREAK_EVEN_AFTER", unit="of the entry price", low=0, high=0.05)
    min_confidence: float = setting(0.60, "below this probability there is no trade", "MIN_CONFIDENCE",
                                    low=0.34, high=1)
    max_daily_trades: int = setting(10, "entries per session", "MAX_DAILY_TRADES", unit="entries", low=0, high=1000)
    max_daily_loss_brl: float = setting(500.0, "loss of the day, costs included, that flattens and halts the session",
                                        "QT_MAX_DAILY_LOSS_BRL", unit="BRL", low=1, high=1_000_000)
    max_daily_drawdown_brl: float = setting(
        750.0, "fall of the day's result from its best closed one that flattens and halts the session",
        "QT_MAX_DAILY_DRAWDOWN_BRL", unit="BRL", low=1, high=1_000_000)
    max_losses_in_row: int = setting(4, "losing trades in a row that end the session's entries; 0 = no limit",
                                     "QT_MAX_LOSSES_IN_ROW", unit="trades", low=0, high=1000)
    max_rejections: int = setting(3, "orders the broker rejected in a row that stop entries until `qt resume`",
                                  "QT_MAX_REJECTIONS", unit="orders", low=1, high=100)
    rejection_minutes: int = setting(10, "how long a rejection counts", "QT_REJECTION_MINUTES", unit="minutes",
                                     low=1, high=600)
    max_rate_refusals: int = setting(5, "orders refused for their rate within a minute that stop entries until "
                                     "`qt resume`", "QT_MAX_RATE_REFUSALS", unit="orders", low=1, high=1000)
    max_decision_errors: int = setting(3, "failed decisions in a row that flatten and halt until `qt resume`",
                                       "QT_MAX_DECISION_ERRORS", unit="decisions", low=1, high=1000)
    collar_ticks: int = setting(20, "farthest an order may be priced from the best opposite price", "QT_COLLAR_TICKS",
                                unit="ticks", low=1, high=1000)
    orders_per_second: int = setting(10, "orders and changes sent in any second", "QT_ORDERS_PER_SECOND",
                                     unit="orders", low=1, high=50)
    orders_per_minute: int = setting(100, "orders and changes sent in any minute", "QT_ORDERS_PER_MINUTE",
                                     unit="orders", low=1, high=200)
    flat_by_minutes: int = setting(35, "position is closed this long before the session's close", "QT_FLAT_BY_MINUTES",
                                   unit="minutes", low=0, high=240)
    no_entry_open_minutes: int = setting(5, "no entry in the session's first minutes", "QT_NO_ENTRY_OPEN_MINUTES",
                                         unit="minutes", low=0, high=240)
    no_entry_close_minutes: int = setting(45, "no entry in the session's last minutes", "QT_NO_ENTRY_CLOSE_MINUTES",
                                          unit="minutes", low=0, high=240)
    max_spread_ticks: int = setting(4, "no entry while the spread is wider", "QT_MAX_SPREAD_TICKS",
                                    unit="ticks", low=1, high=1000)
    stale_after_ms: int = setting(5000, "market data older than this is stale: no entry", "QT_STALE_AFTER_MS",
                                  unit="ms", low=100, high=60_000)
    stale_position_s: int = setting(30, "stale data this long while a position is open is an alert",
                                    "QT_STALE_POSITION_S", unit="seconds", low=1, high=3600)


@dataclass(frozen=True, slots=True)
class Consensus:
    """How the model and the agents share a decision; the two weights sum to 1."""

    ml_weight: float = setting(0.40, "weight of the model", "ML_WEIGHT", low=0, high=1)
    agent_weight: float = setting(0.60, "weight of the agents together", "AGENT_WEIGHT", low=0, high=1)


@dataclass(frozen=True, slots=True)
class Features:
    """The feature schema's candle, the decision interval and what readers keep in memory."""

    candle_seconds: float = setting(5.0, "length of a candle; part of the schema id", "QT_CANDLE_SECONDS",
                                    unit="seconds", low=1, high=3600)
    calculation_interval_ms: int = setting(1000, "event time between decisions", "FEATURE_CALCULATION_INTERVAL_MS",
                                           unit="ms", low=10, high=60_000)
    buffer_size: int = setting(100, "feature rows kept for readers", "FEATURE_BUFFER_SIZE",
                              unit="rows", low=1, high=100_000)
    book_buffer_size: int = setting(50, "book snapshots kept for readers", "BOOK_BUFFER_SIZE",
                                    unit="snapshots", low=1, high=100_000)


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper account."""

    latency_ms: float = setting(20.0, "from the decision to the order's arrival at the market", "QT_PAPER_LATENCY_MS",
                                unit="ms", low=0, high=10_000)
    brokerage_brl: float = setting(0.0, "brokerage per contract and side, on top of the exchange's fees",
                                   "QT_BROKERAGE_BRL", unit="BRL", low=0, high=100)


@dataclass(frozen=True, slots=True)
class Engine:
    """The event ring and how the engine waits for it."""

    ring_capacity: int = setting(131_072, "events the ring holds", "QT_RING_CAPACITY", unit="events", low=1024,
                                 high=16_777_216, check=is_power_of_two, form="a power of two from 1024 to 16777216")
    wait: str = setting("adaptive", "what the engine does while the ring is empty", "QT_WAIT",
                        choices=("spin", "yield", "sleep", "adaptive"))
    spin_us: int = setting(50, "adaptive: poll this long before sleeping", "QT_SPIN_US",
                           unit="µs", low=0, high=1_000_000)
    sleep_us: int = setting(200, "sleep and adaptive: one sleep", "QT_SLEEP_US", unit="µs", low=1, high=100_000)


@dataclass(frozen=True, slots=True)
class Feed:
    """ProfitDLL. Without a path the simulated exchange is the market."""

    dll_path: str | None = setting(None, "path of ProfitDLL; none = simulated exchange", "PROFIT_DLL_PATH")
    key: Secret | None = setting(None, "activation key", "PROFIT_KEY")  # noqa: RUF009 (a Secret never changes)
    user: Secret | None = setting(None, "Nelogica user", "PROFIT_USER")  # noqa: RUF009
    password: Secret | None = setting(None, "Nelogica password", "PROFIT_PASSWORD")  # noqa: RUF009
    routing_password: Secret | None = setting(None, "password of the orders, not the login's",  # noqa: RUF009
                                              "PROFIT_ROUTING_PASSWORD")
    book: str = setting("offers", "which book is subscribed: single offers or aggregated levels", "QT_BOOK",
                        choices=("offers", "depth"))
    settle_s: float = setting(2.0, "after a return of market data, before it is judged", "QT_SETTLE_S",
                              unit="market seconds", low=0, high=600)
    mute_after_s: float = setting(30.0, "silence of an open market that is an alarm", "QT_MUTE_AFTER_S",
                                  unit="market seconds", low=5, high=3600)
    retry_s: float = setting(5.0, "first wait between two tries to get market data flowing; it doubles", "QT_RETRY_S",
                             unit="market seconds", low=1, high=600)
    retry_max_s: float = setting(120.0, "longest wait between two tries", "QT_RETRY_MAX_S",
                                 unit="market seconds", low=1, high=3600)
    hold_s: float = setting(300.0, "event time stands still for an outage this long at most", "QT_HOLD_S",
                            unit="market seconds", low=0, high=86_400)


@dataclass(frozen=True, slots=True)
class Simulator:
    """The simulated exchange's market."""

    seed: int = setting(1, "same seed, same market", "QT_SIM_SEED", low=0, high=2**63 - 1)
    day: str | None = setting(None, "trading day; none = the last session before today", "QT_SIM_DAY",
                              check=is_day, form="a date as YYYY-MM-DD")
    start: str = setting("10:30", "time of day at which the market is joined, Sao Paulo", "QT_SIM_START",
                         check=is_clock_time, form="a time as HH:MM")
    speed: float = setting(1.0, "market seconds per second; 0 = as fast as it can", "QT_SIM_SPEED",
                           unit="×", low=0, high=10_000)
    activity: float = setting(1.0, "order flow relative to the calibrated day", "QT_SIM_ACTIVITY",
                              unit="×", low=0.01, high=100)
    play: str | None = setting(None, "path of a recording that is the market; none = the generated one", "QT_SIM_PLAY")
    faults: str | None = setting(None, "path of a fault script; none = no faults", "QT_SIM_FAULTS")


@dataclass(frozen=True, slots=True)
class Zmq:
    """Messages to readers (PUB) and the control channel (REP), both on loopback."""

    enabled: bool = setting(True, "broadcast to readers", "QT_ZMQ_ENABLED")
    port: int = setting(5559, "broadcast port", "QT_ZMQ_PORT", low=1024, high=65535)
    control_port: int = setting(0, "control port; 0 = any free one", "QT_CONTROL_PORT", low=0, high=65535,
                                check=is_control_port,
                                form="0, or a whole number from 1024 to 65535")


@dataclass(frozen=True, slots=True)
class Metrics:
    """metrics/current_metrics.json."""

    enabled: bool = setting(True, "write the metrics file each second", "QT_METRICS_ENABLED")


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Metrics for Prometheus, on loopback."""

    enabled: bool = setting(False, "serve http://127.0.0.1:PORT/metrics", "QT_PROMETHEUS_ENABLED")
    port: int = setting(9464, "port of the metrics for Prometheus", "QT_PROMETHEUS_PORT", low=1024, high=65535)


@dataclass(frozen=True, slots=True)
class EnhancedMonitor:
    """The web page. ``qt monitor`` serves it in any case."""

    enabled: bool = setting(False, "`qt start` starts the monitor too, as a process of its own", "QT_MONITOR_ENABLED")
    port: int = setting(8080, "monitor port", "QT_MONITOR_PORT", low=1024, high=65535)
    address: str = setting("127.0.0.1", "address the monitor serves; any but loopback asks for the token in "
                           "state/monitor.json", "QT_MONITOR_ADDRESS", check=is_address,
                           form="an IP address of this computer, 0.0.0.0 for all of them")
    language: str = setting("pt_BR", "language of the page", "QT_MONITOR_LANGUAGE", choices=("pt_BR", "en"))


@dataclass(frozen=True, slots=True)
class Log:
    """logs/production_YYYYMMDD.log."""

    level: str = setting("INFO", "least level that is written", "LOG_LEVEL",
                         choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
    max_mb: int = setting(50, "size at which a file is closed and another one begun", "QT_LOG_MAX_MB", unit="MB",
                          low=1, high=10_000)
    keep_days: int = setting(30, "age at which a file is removed; 0 = kept for ever", "QT_LOG_KEEP_DAYS", unit="days",
                             low=0, high=3650)


@dataclass(frozen=True, slots=True)
class Alerts:
    """What raises an alert, how often it is told, and who is notified."""

    latency_ms: float = setting(50.0, "decision latency (99th percentile) that is an alert", "QT_ALERT_LATENCY_MS",
                                unit="ms", low=1, high=60_000)
    win_rate: float = setting(0.45, "share of winning trades under which there is an alert", "QT_ALERT_WIN_RATE",
                              low=0, high=1)
    win_rate_trades: int = setting(20, "trades after which the share of winners says something",
                                   "QT_ALERT_WIN_RATE_TRADES", unit="trades", low=1, high=10_000)
    drawdown: float = setting(0.10, "drawdown of the session that is an alert", "QT_ALERT_DRAWDOWN",
                              unit="of alerts.capital_brl", low=0.001, high=1)
    capital_brl: float | None = setting(None, "capital that the drawdown is compared with; none = that alert is off",
                                        "QT_CAPITAL_BRL", unit="BRL", low=1, high=1_000_000_000)
    order_rate: float = setting(0.80, "used part of an order rate limit that is an alert", "QT_ALERT_ORDER_RATE",
                                low=0.1, high=1)
    disk_free_mb: int = setting(1024, "free disk space under which there is an alert", "QT_ALERT_DISK_FREE_MB",
                                unit="MB", low=1, high=1_000_000)
    memory_growth_mb: int = setting(256, "growth of the process, from its fifth minute on, that is an alert",
                                    "QT_ALERT_MEMORY_GROWTH_MB", unit="MB", low=1, high=1_000_000)
    clock_skew_ms: int = setting(2000, "jump of the computer's clock that is an alert", "QT_ALERT_CLOCK_SKEW_MS",
                                 unit="ms", low=10, high=3_600_000)
    window_s: float = setting(60.0, "the same alert is told once in so long, with its count", "QT_ALERT_WINDOW_S",
                              unit="seconds", low=0, high=86_400)
    cooldown_s: float = setting(5.0, "alerts of one code are told at most once in so long", "QT_ALERT_COOLDOWN_S",
                                unit="seconds", low=0, high=86_400)
    notify_level: str = setting("ERROR", "least level that is sent to the services of alerts.urls",
                                "QT_ALERT_NOTIFY_LEVEL", choices=("INFO", "WARNING", "ERROR", "CRITICAL"))
    notify_per_minute: int = setting(6, "messages sent to one service; more alerts come together in one message",
                                     "QT_ALERT_NOTIFY_PER_MINUTE", unit="messages", low=1, high=60)
    language: str = setting("pt_BR", "language of the messages", "QT_ALERT_LANGUAGE", choices=("pt_BR", "en"))
    urls: Secret | None = setting(None, "services to notify: apprise addresses, separated by spaces",  # noqa: RUF009
                                  "QT_ALERT_URLS")


@dataclass(frozen=True, slots=True)
class Gc:
    """Python's garbage collector, off the decision path."""

    interval_min: int = setting(15, "between collections; 0 = off", "GARBAGE_COLLECTION_INTERVAL_MIN",
                                unit="minutes", low=0, high=1440)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Every event to Parquet, by day and symbol."""

    enabled: bool = setting(True, "record the market", "QT_RECORDER_ENABLED")
    part_minutes: int = setting(10, "length of one file part", "QT_RECORDER_PART_MINUTES",
                                unit="minutes", low=1, high=600)


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The parent process that watches the engine and starts it again after a crash."""

    restarts: int = setting(3, "restarts after crashes, before it gives up", "QT_RESTARTS", low=0, high=100)
    pause_s: float = setting(5.0, "from one restart to the next", "QT_RESTART_PAUSE_S", unit="seconds",
                             low=0, high=3600)
    healthy_s: float = setting(3600.0, "a run this long without trouble clears the count of restarts", "QT_HEALTHY_S",
                               unit="seconds", low=1, high=86_400)
    lag_s: float = setting(5.0, "standstill of the engine's thread, or silence, that is an alert", "QT_LAG_S",
                           unit="seconds", low=1, high=3600)
    hang_s: float = setting(30.0, "standstill or silence after which the engine is ended hard and started again",
                            "QT_HANG_S", unit="seconds", low=3, high=3600)
    data_s: float = setting(15.0, "absence of market data in an open session that is an alert", "QT_DATA_AGE_S",
                            unit="seconds", low=1, high=3600)
    start_s: float = setting(120.0, "time to be up; beyond it an alert", "QT_START_S", unit="seconds",
                             low=1, high=3600)


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Backups of journal, configuration and model manifests."""

    interval_min: int = setting(60, "between two backups of a running engine; 0 = only when it stops",
                                "QT_BACKUP_INTERVAL_MIN", unit="minutes", low=0, high=1440)
    keep_last: int = setting(24, "newest backups that are kept", "QT_BACKUP_KEEP_LAST", unit="backups", low=1,
                             high=1000)
    keep_days: int = setting(30, "days of which the last backup is kept", "QT_BACKUP_KEEP_DAYS", unit="days", low=0,
                             high=3650)


@dataclass(frozen=True, slots=True)
class Parity:
    """The certificate at the end of a session: its recording is replayed and compared with what it did."""

    enabled: bool = setting(True, "certify each session when it ends, in a process of its own", "QT_PARITY_ENABLED")
    limit_min: float = setting(30.0, "longest time that a certificate may take", "QT_PARITY_LIMIT_MIN", unit="minutes",
                               low=1, high=600)


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of a day, a week and a month."""

    daily: bool = setting(True, "report the day when a session ends, in a process of its own", "QT_REPORTS_DAILY")
    language: str = setting("pt_BR", "language of reports, workbook and statement", "QT_REPORTS_LANGUAGE",
                            choices=("pt_BR", "en"))


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The model that is served."""

    path: str | None = setting(None, "folder of the model and its manifest; none = the one shipped", "QT_MODEL_PATH")
    drift_limit: float = setting(2.0, "mean PSI of the model's inputs against training, beyond which the model before "
                                 "serves again; 0 = only measure", "QT_MODEL_DRIFT_LIMIT", low=0, high=100)
    drift_rows: int = setting(3600, "decisions over which drift is measured", "QT_MODEL_DRIFT_ROWS", unit="rows",
                              low=100, high=100_000)
    shadow_limit_us: float = setting(5000.0, "what a vote of a shadow may cost; beyond it too often it is switched off",
                                     "QT_MODEL_SHADOW_LIMIT_US", unit="us", low=10, high=100_000)


@dataclass(frozen=True, slots=True)
class Config:
    """All groups. ``origins`` maps each key's path to where its value came from.

    ``notes``: (level, sentence) about the sources that a run tells its log.
    """

    trading: Trading = field(default_factory=Trading)
    risk: Risk = field(default_factory=Risk)
    consensus: Consensus = field(default_factory=Consensus)
    features: Features = field(default_factory=Features)
    paper: Paper = field(default_factory=Paper)
    engine: Engine = field(default_factory=Engine)
    feed: Feed = field(default_factory=Feed)
    simulator: Simulator = field(default_factory=Simulator)
    zmq: Zmq = field(default_factory=Zmq)
    metrics: Metrics = field(default_factory=Metrics)
    prometheus: Prometheus = field(default_factory=Prometheus)
    enhanced_monitor: EnhancedMonitor = field(default_factory=EnhancedMonitor)
    log: Log = field(default_factory=Log)
    alerts: Alerts = field(default_factory=Alerts)
    gc: Gc = field(default_factory=Gc)
    recorder: Recorder = field(default_factory=Recorder)
    supervisor: Supervisor = field(default_factory=Supervisor)
    backup: BackupSettings = field(default_factory=BackupSettings)
    parity: Parity = field(default_factory=Parity)
    reports: Reports = field(default_factory=Reports)
    model: ModelFiles = field(default_factory=ModelFiles)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    notes: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def get(self, path: str) -> Value:
        """Value of ``group.name``; AttributeError when there is no such key."""
        group, _, name = path.partition(".")
        value: Value = getattr(getattr(self, group), name)
        return value

    def origin(self, path: str) -> str:
        return self.origins.get(path, "default")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret texts in use, for redaction."""
        values = (self.get(k.path) for k in KEYS if k.secret)
        return tuple(v.reveal() for v in values if isinstance(v, Secret) and v)

    @property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of all values but the secrets."""
        plain = {k.path: self.get(k.path) for k in KEYS if not k.secret}
        return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _key(group: str, name: str, hint: Any, default: Any, meta: Mapping[str, Any]) -> Key:
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    plain = next(t for t in options if t is not types.NoneType)
    return Key(group=group, name=name, type=plain, optional=len(options) > 1, default=default, **meta)


def _keys() -> tuple[Key, ...]:
    found = []
    for group, cls in typing.get_type_hints(Config).items():
        if group in ("origins", "notes"):
            continue
        hints = typing.get_type_hints(cls)
        found += [_key(group, f.name, hints[f.name], f.default, f.metadata) for f in fields(cls)]
    return tuple(found)


#: Every key, in the order of the model.
KEYS: tuple[Key, ...] = _keys()

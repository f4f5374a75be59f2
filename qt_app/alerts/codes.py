"""Every alert's code: its level, whether it lasts, what tells one of its kind from another, and what it ends.

The code's name is stable: it stands in the log, in messages, in files and in docs/recovery.md. What it means and what
to do about it is in ``qt_app.catalogue``.
"""
from __future__ import annotations

import enum

LEVELS = ("INFO", "WARNING", "ERROR", "CRITICAL")
INFO, WARNING, ERROR, CRITICAL = LEVELS


class Code(enum.Enum):
    """``LASTS``: it holds until it is cleared. ``of``: the field of the data that names what it is about."""

    def __init__(self, level: str, of: str = "", lasts: bool = False, ends: tuple[str, ...] = ()) -> None:
        self.level = level
        self.of = of
        self.lasts = lasts
        self.ends = ends

    def __new__(cls, *spec: object) -> Code:
        code = object.__new__(cls)
        code._value_ = len(cls.__members__)     # equal rows are still different codes
        return code

    # the market data
    CONNECTED = INFO, "", False, ("CONNECTION_LOST", "CONNECTION_FAILED", "FEED_MUTE")
    CONNECTION_LOST = ERROR, "", True
    CONNECTION_FAILED = CRITICAL, "", True
    CONNECTION_BACK = WARNING, ""
    FEED_MUTE = ERROR, "", True
    FEED_RETRY = WARNING, ""
    FEED_STALE = ERROR, "", True
    FEED_FRESH = INFO, "", False, ("FEED_STALE",)
    TIME_GOES_ON = WARNING, ""
    GAP_ASKED = INFO, ""
    GAP_AGAIN = WARNING, ""
    GAP_FILLED = WARNING, "", False, ("CONNECTION_LOST", "FEED_MUTE")
    GAP_STAYS = ERROR, "", False, ("CONNECTION_LOST", "FEED_MUTE")
    BOOK_RESYNC = WARNING, ""
    LIBRARY_SLOW = WARNING, "", True
    LIBRARY_PACE = INFO, "", False, ("LIBRARY_SLOW",)
    EVENTS_DROPPED = ERROR, "", True
    CLOCK_SKEW = ERROR, "", True
    CLOCK_BACK = INFO, "", False, ("CLOCK_SKEW",)

    # the way to the broker
    BROKER_NOT_READY = WARNING, "", True
    BROKER_READY = INFO, "", False, ("BROKER_NOT_READY",)
    ROUTER_STUCK = CRITICAL, "", True
    ROUTER_ANSWERS = WARNING, "", False, ("ROUTER_STUCK",)
    UPDATES_LOST = ERROR, ""
    CENSUS_FAILED = INFO, ""
    MISMATCH = ERROR, "", True
    RECONCILED = INFO, "", False, ("MISMATCH", "FOREIGN_ORDER")
    POSITION_ADOPTED = WARNING, ""
    FOREIGN_ORDER = ERROR, "local_id", True
    IMPOSSIBLE_ORDER = WARNING, ""
    OLD_ORDER_CANCELLED = WARNING, "local_id"
    ORDER_FOUND = WARNING, "order_id"
    ORDER_IN_DOUBT = WARNING, "order_id"
    CHANGE_REFUSED = INFO, "order_id"
    ORDER_LIVES_ON = ERROR, "order_id"
    ORDER_REJECTED = WARNING, "order_id"
    ORDER_STUCK = CRITICAL, "order_id", True
    SESSION_LOST = WARNING, "order_id"
    STOP_NOT_CONFIRMED = CRITICAL, ""
    STOP_NOT_FILLED = WARNING, ""
    EXCESS_FLATTENED = ERROR, ""
    NOT_FLAT_AT_STOP = CRITICAL, ""
    STALE_POSITION = CRITICAL, "", True

    # what decides
    DECISION_FAILED = ERROR, ""
    HIGH_LATENCY = WARNING, "", True
    LOW_WIN_RATE = WARNING, "", True
    HIGH_DRAWDOWN = ERROR, "", True
    FROZEN_FEATURE = WARNING, "", True
    STALE_VOTER = WARNING, "voter", True
    ORDER_RATE = WARNING, "", True
    MODEL_SWITCHED = INFO, ""
    MODEL_REFUSED = ERROR, ""
    MODEL_ROLLED_BACK = ERROR, ""
    MODEL_FORCED = WARNING, ""
    MODEL_DRIFT = ERROR, "", True
    SHADOW_OFF = WARNING, ""

    # trading's state
    HALTED = WARNING, "", True
    REDUCING = WARNING, "reason", True
    BREAKER_TRIPPED = ERROR, "reason", True
    OPERATOR = INFO, ""

    # the program and its machine
    ENGINE_DIED = CRITICAL, ""
    ENGINE_RESTARTED = WARNING, ""
    ENGINE_GIVEN_UP = CRITICAL, "", True
    ENGINE_SILENT = CRITICAL, "", True
    ENGINE_LAGS = CRITICAL, "", True
    ENGINE_HUNG = CRITICAL, ""
    ENGINE_LATE = CRITICAL, "", True
    ENGINE_ENDED = WARNING, ""
    ENGINE_ENDS_SLOWLY = CRITICAL, "", True
    SUPERVISOR_GONE = CRITICAL, "", True
    EMERGENCY = CRITICAL, ""
    RECOVERED = WARNING, ""
    THREAD_DIED = CRITICAL, "thread"
    SERVICE_FAILED = ERROR, ""
    JOURNAL_FAILED = CRITICAL, "", True
    JOURNAL_LOW = CRITICAL, "", True
    RECORDER_FAILED = ERROR, "", True
    LOG_LOSES = WARNING, "", True
    BROADCAST_LOSES = WARNING, "", True
    MEMORY_GROWTH = WARNING, "", True
    DISK_LOW = ERROR, "", True
    WRONG_TOKEN = WARNING, ""
    BACKUP_FAILED = ERROR, "", True
    BACKUP_DONE = INFO, "", False, ("BACKUP_FAILED",)
    PARITY_DIFFERS = ERROR, "run"
    PARITY_FAILED = WARNING, "run"
    TEST = INFO, ""

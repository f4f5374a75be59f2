"""Why there is no order: codes with their sentences, the same at every door."""
from __future__ import annotations

import enum
from dataclasses import dataclass


class Reason(enum.Enum):
    """Refusal codes, each with its sentence."""

    HALTED = "the operator halted trading: everything is cancelled and closed"
    REDUCING = "the operator allows no entries: what is held stays protected"
    STOPPING = "the program is stopping and keeps what it holds"
    STOPPING_FLAT = "the program is stopping and closes what it holds"
    STALE_FEED = "the feed is marked stale"
    FEED_GAP = "prints are missing and could not be had again"
    CLOCK_JUMP = "the clock jumped"
    JOURNAL_FAILED = "the journal cannot be written, or what it holds does not fit"
    DAILY_LOSS = "the day's loss has reached its limit"
    DAILY_DRAWDOWN = "the day's result has fallen too far from its best"
    LOSING_STREAK = "too many losing trades in a row"
    REJECTED_ORDERS = "the broker rejected order after order"
    ORDER_STORM = "orders were refused again and again for their rate"
    DECISION_ERRORS = "the decision failed again and again"
    SYNTHETIC = "live mode takes no synthetic market, model or price"
    LOW_CONFIDENCE = "the decision's probability is below MIN_CONFIDENCE"
    OUTSIDE_SESSION = "the market is outside its session"
    NEAR_OPEN = "the session has just opened"
    NEAR_CLOSE = "the session is about to close"
    PHASE_NOT_OPEN = "the trading phase is not open"
    NO_QUOTE = "the quote is unknown"
    CROSSED_QUOTE = "the best bid is not below the best ask"
    STALE_QUOTE = "the quote and the book are too old"
    WIDE_SPREAD = "the spread is too wide"
    SETTLING = "an order or an exit is still being settled"
    POSITION_IN_DOUBT = "a report named an unknown order or a fill without its price"
    WORKING_ENTRY = "an entry is working already"
    POSITION_LIMIT = "the position has reached MAX_POSITION"
    LOT_SIZE = "the quantity is not a size the contract trades in"
    DAILY_TRADES = "the session's entries have reached MAX_DAILY_TRADES"
    PRICE_COLLAR = "the price is too far from the market"
    ORDER_RATE = "too many orders in the last second or minute"
    EXCEEDS_POSITION = "a reducing order must not exceed the position"
    BROKER_NOT_READY = "the broker takes no orders at this instant"
    ROUTER_STUCK = "a call into the library does not return"
    RECONCILING = "orders and position are being compared with the broker's"
    ORDER_STUCK = "an order was taken and does not reach the exchange"
    FOREIGN_ORDER = "an order in the account is not ours"
    NOT_A_CONTRACT = "only a specific contract can be ordered"
    BAD_QUANTITY = "the quantity is not a whole, positive number of lots that one order may have"
    BAD_PRICE = "the price is not a positive number of ticks"
    BAD_SIDE = "the side is neither +1 nor -1"
    TOO_LATE = "the order waited too long for its turn to be sent"
    WITHDRAWN = "the order was cancelled before it was sent"
    NOT_RECORDED = "the intent could not be recorded"
    NOT_CHANGEABLE = "only a working limit order can be changed: cancel it and send another"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no order: a code, and the value against its limit."""

    reason: Reason
    detail: str

    def __str__(self) -> str:
        return f"{self.reason.name}: {self.reason.value} ({self.detail})"

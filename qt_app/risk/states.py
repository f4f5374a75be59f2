"""The three states of trading, which reason brings each about, and what ends it."""
from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from qt_app.risk.reasons import Reason


class TradingState(enum.IntEnum):
    """What may be done; of several reasons the strictest counts."""

    ACTIVE = 0      # everything that the limits allow
    REDUCING = 1    # no entries; a position stays protected and may be left
    HALTED = 2      # no entries; everything is cancelled and the position closed


class Until(enum.Enum):
    """What ends a reason's hold."""

    RESUME = "`qt resume`"
    SESSION = "the next session"
    OVER = "its cause is gone"
    END = "the end of the run"


@dataclass(frozen=True, slots=True)
class Block:
    """How a reason that outlasts one order holds trading; ``remedy`` is for who wants it to end."""

    state: TradingState
    until: Until
    remedy: str


_REDUCING, _HALTED = TradingState.REDUCING, TradingState.HALTED
_NEXT = "trading goes on with the next session"
_RESUME = "look into the cause, then `qt resume`"

#: Every reason that holds trading for longer than one order, in the order in which they are told.
BLOCKS: dict[Reason, Block] = {
    Reason.HALTED: Block(_HALTED, Until.RESUME, "`qt resume`"),
    Reason.DAILY_LOSS: Block(_HALTED, Until.SESSION, _NEXT),
    Reason.DAILY_DRAWDOWN: Block(_HALTED, Until.SESSION, _NEXT),
    Reason.DECISION_ERRORS: Block(_HALTED, Until.RESUME, _RESUME),
    Reason.STOPPING_FLAT: Block(_HALTED, Until.END, "`qt start` after the end"),
    Reason.STOPPING: Block(_REDUCING, Until.END, "`qt start` after the end"),
    Reason.REDUCING: Block(_REDUCING, Until.RESUME, "`qt resume`"),
    Reason.LOSING_STREAK: Block(_REDUCING, Until.SESSION, _NEXT),
    Reason.REJECTED_ORDERS: Block(_REDUCING, Until.RESUME, _RESUME),
    Reason.ORDER_STORM: Block(_REDUCING, Until.RESUME, _RESUME),
    Reason.FEED_GAP: Block(_REDUCING, Until.RESUME, _RESUME),
    Reason.STALE_FEED: Block(_REDUCING, Until.OVER, "wait for the feed; `qt doctor` names what is missing"),
    Reason.CLOCK_JUMP: Block(_REDUCING, Until.OVER, "set the clock back; if it is right now, `qt stop` and `qt start`"),
    Reason.JOURNAL_FAILED: Block(_REDUCING, Until.OVER, "make room on the disk, and look at the folder state/"),
    Reason.BROKER_NOT_READY: Block(_REDUCING, Until.OVER, "wait for the broker; `qt doctor` names what is missing"),
    Reason.ROUTER_STUCK: Block(_REDUCING, Until.OVER, "wait; if the library never answers, `qt stop` and `qt start`"),
    Reason.RECONCILING: Block(_REDUCING, Until.OVER, "wait until position and orders equal the broker's"),
    Reason.ORDER_STUCK: Block(_REDUCING, Until.OVER, "wait until the broker's list shows the order's end"),
    Reason.FOREIGN_ORDER: Block(_REDUCING, Until.OVER, "cancel the order where it was made"),
    Reason.SYNTHETIC: Block(_REDUCING, Until.END, "trade real money with a real market and model, or on paper"),
    Reason.POSITION_IN_DOUBT: Block(_REDUCING, Until.END, "look at the reports, then `qt stop` and `qt start`"),
}

#: A reason that the table does not know holds entries until its cause is gone.
_UNKNOWN = Block(_REDUCING, Until.OVER, "wait until its cause is gone")


def block_of(reason: Reason) -> Block:
    return BLOCKS.get(reason, _UNKNOWN)


def state_of(reasons: Iterable[Reason]) -> TradingState:
    """The strictest of what these reasons ask for."""
    return max((block_of(reason).state for reason in reasons), default=TradingState.ACTIVE)


def table() -> str:
    """The states and their reasons as the Markdown table of docs/recovery.md."""
    rows = [f"| `{reason.name}` | {reason.value} | {block.state.name} | {block.until.value} |"
            for reason, block in BLOCKS.items()]
    return "\n".join(["| reason | sentence | state | until |", "|---|---|---|---|", *rows]) + "\n"


def refusals() -> str:
    """What is refused one order at a time, as the manual's second table."""
    rows = [f"| `{reason.name}` | {reason.value} |" for reason in Reason if reason not in BLOCKS]
    return "\n".join(["| refusal | sentence |", "|---|---|", *rows]) + "\n"

"""The event record as Python and NumPy see it."""
import enum

import numpy as np


class Kind(enum.IntEnum):
    """What an event says (qt_event_kind)."""
    NONE = QT_EV_NONE
    TRADE = QT_EV_TRADE
    LEVEL = QT_EV_LEVEL
    ORDER = QT_EV_ORDER
    OFFER = QT_EV_OFFER
    QUOTE = QT_EV_QUOTE
    TINY = QT_EV_TINY
    CLOCK = QT_EV_CLOCK
    PHASE = QT_EV_PHASE
    THEORETICAL = QT_EV_THEORETICAL
    DAILY = QT_EV_DAILY
    STATE = QT_EV_STATE
    INVALID_TICKER = QT_EV_INVALID_TICKER
    PROGRESS = QT_EV_PROGRESS
    HISTORY = QT_EV_HISTORY
    ACCOUNT = QT_EV_ACCOUNT
    ORDER_UPDATE = QT_EV_ORDER_UPDATE
    CONTROL = QT_EV_CONTROL


class TradeType(enum.IntEnum):
    """Vendor trade types that the tape tells apart; others are legal and count as unknown."""
    CROSS = QT_TRADE_CROSS
    BUY = QT_TRADE_BUY
    SELL = QT_TRADE_SELL
    AUCTION = QT_TRADE_AUCTION
    RLP = QT_TRADE_RLP
    UNKNOWN = QT_TRADE_UNKNOWN


class BookAction(enum.IntEnum):
    """Vendor action numbers of book rows."""
    ADD = QT_BOOK_ADD
    EDIT = QT_BOOK_EDIT
    DELETE = QT_BOOK_DELETE
    DELETE_FROM = QT_BOOK_DELETE_FROM
    IMAGE = QT_BOOK_IMAGE


class Phase(enum.IntEnum):
    """Trading phase of a symbol."""
    OPEN = QT_PHASE_OPEN
    FROZEN = QT_PHASE_FROZEN
    INHIBITED = QT_PHASE_INHIBITED
    AUCTION = QT_PHASE_AUCTION
    CLOSED = QT_PHASE_CLOSED
    PRE_CLOSING = QT_PHASE_PRE_CLOSING
    PRE_OPENING = QT_PHASE_PRE_OPENING


class Control(enum.IntEnum):
    """Operator and health acts that change decisions; they enter the stream and are recorded."""
    HALT = QT_CONTROL_HALT
    RESUME = QT_CONTROL_RESUME
    REDUCE = QT_CONTROL_REDUCE
    STOP = QT_CONTROL_STOP
    STALE = QT_CONTROL_STALE
    FRESH = QT_CONTROL_FRESH
    GAP = QT_CONTROL_GAP
    FILLED = QT_CONTROL_FILLED
    MODEL = QT_CONTROL_MODEL


class Flag(enum.IntFlag):
    """Event flags."""
    LAST = QT_F_LAST
    FIRST = QT_F_FIRST
    EDIT = QT_F_EDIT
    HAS_PRICE = QT_F_HAS_PRICE
    HAS_QTY = QT_F_HAS_QTY
    HAS_ID = QT_F_HAS_ID
    HAS_AGENT = QT_F_HAS_AGENT
    DONE = QT_F_DONE


class Refusal(enum.IntEnum):
    """Why the door refused an event; counted by kind."""
    OK = QT_OK
    BAD_PRICE = QT_BAD_PRICE
    OFF_TICK = QT_OFF_TICK
    BAD_QTY = QT_BAD_QTY
    BAD_TICKER = QT_BAD_TICKER
    BAD_TYPE = QT_BAD_TYPE
    TIME_BACK = QT_TIME_BACK
    BAD_TIME = QT_BAD_TIME
    NOT_TRANSLATED = QT_NOT_TRANSLATED
    BAD_POSITION = QT_BAD_POSITION
    OUTSIDE_LADDER = QT_OUTSIDE_LADDER
    BAD_VOLUME = QT_BAD_VOLUME


NO_PRICE = int(QT_NO_PRICE)
MAX_LOTS = int(QT_MAX_LOTS)

#: NumPy view of qt_event_t. In QUOTE events ``id`` is the ask quantity and ``a`` the ask price.
EVENT_DTYPE = np.dtype([
    ("ts_ns", "<i8"), ("exch_ns", "<i8"), ("recv_ns", "<i8"), ("qty", "<i8"), ("id", "<i8"),
    ("price", "<i4"), ("a", "<i4"), ("b", "<i4"), ("pos", "<i4"),
    ("kind", "u1"), ("code", "u1"), ("side", "i1"), ("flags", "u1"), ("symbol", "<u2"), ("spare", "<u2"),
])
assert EVENT_DTYPE.itemsize == sizeof(qt_event_t)


def mono_ns() -> int:
    """Monotonic clock, ns: measures, never decides."""
    return qt_mono_ns()


def wall_ns() -> int:
    """Wall clock, UTC ns."""
    return qt_wall_ns()


def to_ticks(double points, int num, int den) -> int:
    """Ticks of a price in points on the grid num/den.

    Raises ValueError when the price is not finite and positive, or lies off the grid.
    """
    cdef qt_scale_t scale
    cdef int32_t ticks = 0
    scale.num = num
    scale.den = den
    code = qt_to_ticks(scale, points, &ticks)
    if code == QT_BAD_PRICE:
        raise ValueError(f"price {points!r} is not a positive number")
    if code == QT_OFF_TICK:
        raise ValueError(f"price {points!r} is off the tick grid {num}/{den}")
    return ticks


def to_points(int64_t ticks, int num, int den) -> float:
    """Points of a price in ticks, correctly rounded."""
    cdef qt_scale_t scale
    scale.num = num
    scale.den = den
    return qt_to_points(scale, ticks)

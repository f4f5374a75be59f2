import enum

import numpy as np

class Kind(enum.IntEnum):
    NONE = 0
    TRADE = 1
    LEVEL = 2
    ORDER = 3
    OFFER = 4
    QUOTE = 5
    TINY = 6
    CLOCK = 7
    PHASE = 8
    THEORETICAL = 9
    DAILY = 10
    STATE = 11
    INVALID_TICKER = 12
    PROGRESS = 13
    HISTORY = 14
    ACCOUNT = 15
    ORDER_UPDATE = 16
    CONTROL = 17

class TradeType(enum.IntEnum):
    CROSS = 1
    BUY = 2
    SELL = 3
    AUCTION = 4
    RLP = 13
    UNKNOWN = 32

class BookAction(enum.IntEnum):
    ADD = 0
    EDIT = 1
    DELETE = 2
    DELETE_FROM = 3
    IMAGE = 4

class Phase(enum.IntEnum):
    OPEN = 0
    FROZEN = 2
    INHIBITED = 3
    AUCTION = 4
    CLOSED = 6
    PRE_CLOSING = 10
    PRE_OPENING = 13

class Control(enum.IntEnum):
    HALT = 1
    RESUME = 2
    REDUCE = 3
    STOP = 4
    STALE = 5
    FRESH = 6
    GAP = 7
    FILLED = 8
    MODEL = 9

class Flag(enum.IntFlag):
    LAST = 0x01
    FIRST = 0x02
    EDIT = 0x04
    HAS_PRICE = 0x08
    HAS_QTY = 0x10
    HAS_ID = 0x20
    HAS_AGENT = 0x40
    DONE = 0x80

class Refusal(enum.IntEnum):
    OK = 0
    BAD_PRICE = 1
    OFF_TICK = 2
    BAD_QTY = 3
    BAD_TICKER = 4
    BAD_TYPE = 5
    TIME_BACK = 6
    BAD_TIME = 7
    NOT_TRANSLATED = 8
    BAD_POSITION = 9
    OUTSIDE_LADDER = 10
    BAD_VOLUME = 11

NO_PRICE: int
MAX_LOTS: int
EVENT_DTYPE: np.dtype[np.void]

def mono_ns() -> int: ...
def wall_ns() -> int: ...
def to_ticks(points: float, num: int, den: int) -> int: ...
def to_points(ticks: int, num: int, den: int) -> float: ...

"""The 65 features of one symbol, updated by prints and closed candles, sampled into one row."""
cimport cython
from libc.math cimport NAN, fabs, floor
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from qt_core._types cimport QT_EV_TRADE, QT_OK, QT_TRADE_AUCTION, qt_event_t, qt_to_ticks
from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.calendar cimport Calendar
from qt_core.features.flow cimport Flow
from qt_core.features.microstructure cimport Microstructure
from qt_core.features.returns cimport Returns
from qt_core.features.technical cimport Technical
from qt_core.features.volatility cimport Volatility
from qt_core.features.volume cimport Volume
from qt_core.features.windows cimport (
    CALENDAR, COLUMNS, FLOW, MICROSTRUCTURE, RETURNS, TECHNICAL, VOLATILITY, VOLUME, qt_note_changes,
)
from qt_core.tape cimport Tape

import numpy as np

from qt_core._types import EVENT_DTYPE
from qt_core.features.registry import FEATURES, NAMES, sao_paulo_offsets

cdef int64_t MINUTE = 60_000_000_000

cdef enum:              # the watchdog's rules
    EXEMPT = 0
    WITH_CLOSE = 1
    WITH_TRADES = 2

cdef enum:              # why a recorded candle is refused
    GOOD = 0
    BAD_PRICE = 1
    BAD_RANGE = 2
    BAD_VOLUME = 3

_RULES = {None: EXEMPT, "close": WITH_CLOSE, "trades": WITH_TRADES}
_REASONS = {
    BAD_PRICE: "a price is not a positive multiple of the tick",
    BAD_RANGE: "open or close lies outside low and high",
    BAD_VOLUME: "a volume is missing, negative or not a multiple of the quantity step",
}
_FIRST = {"volatility": VOLATILITY, "returns": RETURNS, "flow": FLOW, "volume": VOLUME, "technical": TECHNICAL,
          "microstructure": MICROSTRUCTURE, "calendar": CALENDAR}
if {family: min(f.number - 1 for f in FEATURES if f.family == family) for family in _FIRST} != _FIRST:
    raise AssertionError("the columns of windows.pxd differ from the registry")


@cython.final
cdef class FeatureSet:
    """Joins the families: candles' columns are computed at each close, the tape's and the clock's when sampled.

    Warm-up per column is in the registry; NaN before. Cost per close: one pass over 200 returns; per sample: a copy
    of the row and about thirty values; nothing is allocated after construction. All prices enter as ticks and all
    quantities as lots, so that sums are exact. Not thread-safe: one engine, one set.
    Raises ValueError from the Python doors, as each says.
    """

    def __init__(self, Tape tape not None, Candles candles not None, tick=(1, 1), qty_step=(1, 1)):
        self.tick.num, self.tick.den = tick
        self.step.num, self.step.den = qty_step
        self.tape = tape
        self.candles = candles
        self.returns = Returns(candles)
        self.volatility = Volatility(candles)
        self.flow = Flow(candles, tape, qty_step)
        self.volume = Volume(candles, tape)
        self.technical = Technical(candles)
        self.microstructure = Microstructure(tape)
        self.calendar = Calendar(*sao_paulo_offsets())
        for i, feature in enumerate(FEATURES):
            self.moves_with[i] = _RULES[feature.moves_with]
        memset(self.board.degenerate, 0, sizeof(self.board.degenerate))
        self.open_session(0, 0)

    # -- the engine's contract -----------------------------------------------------------------------------------

    cdef void open_session(self, int64_t open_ns, int64_t close_ns) noexcept nogil:
        cdef int i
        for i in range(COLUMNS):
            self.board.value[i] = NAN
            self.seen[i] = NAN
            self.changed_ns[i] = 0
        self.close_moved_ns = 0
        self.sampled_ns = 0
        self.from_candles = False
        self.volatility.reset()
        self.flow.reset()
        self.volume.reset()
        self.technical.reset()
        self.calendar.open_session(open_ns, close_ns)

    cdef void on_trade(self, const qt_event_t* ev) noexcept nogil:
        """Nothing to do: the tape and the candles hold what a print changes."""

    cdef void on_close(self, const qt_candle_t* candle) noexcept nogil:
        self.returns.on_close(&self.board)
        self.volatility.on_close(&self.board)
        self.flow.on_close(&self.board)
        self.volume.on_close(&self.board, self.from_candles)
        self.technical.on_close(&self.board)
        if self.candles.count > 1 and candle.close != self.candles.last(1).close:
            self.close_moved_ns = candle.start_ns + self.candles.period_ns

    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil:
        # The candles' columns; the rest is written below. Three short copies beat one of the whole row.
        memcpy(row, self.board.value, (FLOW + 7) * sizeof(double))
        memcpy(&row[VOLUME], &self.board.value[VOLUME], 6 * sizeof(double))
        memcpy(&row[TECHNICAL], &self.board.value[TECHNICAL], 6 * sizeof(double))
        row[FLOW + 7] = self.flow.turnover()
        self.volume.sample(&self.board, t_ns, row, self.from_candles)
        self.microstructure.sample(row)
        self.calendar.sample(t_ns, row)
        self._watch(t_ns, row)

    # -- the watchdog --------------------------------------------------------------------------------------------

    cdef void _watch(self, int64_t t_ns, const double* row) noexcept nogil:
        """Remembers when each column last changed; NaN equals NaN."""
        qt_note_changes(row, self.seen, self.changed_ns, t_ns, COLUMNS)
        self.sampled_ns = t_ns

    cdef bint _stuck(self, int column, int64_t t_ns) noexcept nogil:
        cdef int64_t since = self.changed_ns[column]
        if self.moves_with[column] == EXEMPT or self.seen[column] != self.seen[column] or t_ns - since < MINUTE:
            return False
        if self.tape.count < 200 or self.tape.last(199).ts_ns <= since:
            return False
        return self.moves_with[column] == WITH_TRADES or since < self.close_moved_ns <= self.sampled_ns

    def frozen(self, int64_t t_ns) -> list:
        """Names of columns that kept their value over 200 prints and 60 s although their input moved.

        Exempt are flags, session flags and calendar fields; a NaN column is invalid, not frozen, and a price column
        is held to move only when a candle closed at another price.
        """
        return [name for i, name in enumerate(NAMES) if self._stuck(i, t_ns)]

    def degenerate(self) -> dict:
        """How often each column met its degenerate limit since creation, for the columns that have one."""
        return {f.name: self.board.degenerate[f.number - 1] for f in FEATURES if f.limit is not None}

    @property
    def overflows(self) -> int:
        """Times that a minute held more prints than the tape, so that the intensity was unknown."""
        return self.volume.overflows

    def set_offsets(self, since, offset) -> None:
        """UTC offsets for the calendar columns: instants (UTC ns), seconds east. Default: America/Sao_Paulo."""
        self.calendar.set_offsets(since, offset)

    # -- Python's doors: sessions without an engine ----------------------------------------------------------------

    def open(self, int64_t open_ns=0, int64_t close_ns=0) -> None:
        """Starts a session: tape, candles and features forget the one before. close_ns = 0: unbounded."""
        self.tape.reset()
        self.candles.reset()
        self.open_session(open_ns, close_ns)

    def row(self, int64_t t_ns):
        """The 65 columns at an instant; instants must not go back within a session."""
        out = np.empty(COLUMNS)
        cdef double[::1] view = out
        self.sample(t_ns, &view[0])
        return out

    def trades_to_rows(self, events, bint at_trade=False):
        """Rows of prints (EVENT_DTYPE, in order) within the open session: (ts_ns, rows).

        One row per closed candle, computed before the print that closes it; or one after each print.
        Auction prints and events of other kinds are passed over; the unfinished last candle writes no row.
        """
        cdef const unsigned char[::1] raw = np.ascontiguousarray(events, EVENT_DTYPE).view(np.uint8)
        cdef int64_t size = raw.shape[0] // <int64_t>sizeof(qt_event_t), i, n = 0
        if size == 0:
            return np.empty(0, np.int64), np.empty((0, COLUMNS))
        cdef const qt_event_t* ev = <const qt_event_t*>&raw[0]
        cdef int64_t room = size if at_trade else (ev[size - 1].ts_ns - ev[0].ts_ns) // self.candles.period_ns + 2
        if self.candles.is_forming and not at_trade:
            room += (ev[0].ts_ns - self.candles.forming.start_ns) // self.candles.period_ns
        ts = np.empty(room, np.int64)
        rows = np.empty((room, COLUMNS))
        cdef int64_t[::1] ts_view = ts
        cdef double[:, ::1] rows_view = rows
        with nogil:
            for i in range(size):
                while self.candles.next_end() <= ev[i].ts_ns:
                    self.on_close(self.candles.close_one())
                    if not at_trade:
                        ts_view[n] = self.candles.forming.start_ns
                        self.sample(ts_view[n], &rows_view[n, 0])
                        n += 1
                if ev[i].kind != QT_EV_TRADE or ev[i].code == QT_TRADE_AUCTION:
                    continue
                self.tape.add(&ev[i])
                self.candles.add(&ev[i])
                self.on_trade(&ev[i])
                if at_trade:
                    ts_view[n] = ev[i].ts_ns
                    self.sample(ts_view[n], &rows_view[n, 0])
                    n += 1
        return ts[:n], rows[:n]

    def push_candle(self, int64_t start_ns, double open, double high, double low, double close, double volume,
                    double buy=NAN, double sell=NAN, int64_t trades=-1) -> None:
        """Takes one recorded candle as it stands: prices in points, quantities in contracts, NaN or -1 unknown.

        Raises ValueError if a price is off the tick grid, open or close lie outside low and high, a volume is not a
        multiple of the quantity step, or the candle does not start after the one before.
        """
        cdef double[4] ohlc = [open, high, low, close]
        cdef double[3] flow = [volume, buy, sell]
        cdef qt_candle_t candle
        cdef int reason = self._candle(start_ns, ohlc, flow, trades, &candle)
        if reason != GOOD:
            values = f"open {open}, high {high}, low {low}, close {close}, volume {volume}, buy {buy}, sell {sell}"
            raise ValueError(f"candle at {start_ns}: {_REASONS[reason]} ({values})")
        if self.candles.count and start_ns <= self.candles.last(0).start_ns:
            raise ValueError(f"candle at {start_ns} does not start after the one before")
        self.from_candles = True
        self.on_close(self.candles.push(&candle))

    def candles_to_rows(self, start_ns, open, high, low, close, volume, buy=None, sell=None, trades=None,
                        sessions=None):
        """Rows of recorded candles, one per candle at its end: (ts_ns, rows).

        Arrays of equal length; prices in points, quantities in contracts, NaN or -1 (or None for the column) unknown.
        `sessions` is (n, 2) int64 of opens and closes (UTC ns): candles that start outside of all are passed over and
        each session starts anew; None is one unbounded session. Raises ValueError as push_candle, naming the row.
        """
        starts = np.ascontiguousarray(start_ns, np.int64)
        size = len(starts)
        prices = np.column_stack([np.asarray(x, np.float64) for x in (open, high, low, close)])
        flows = np.column_stack([
            np.full(size, NAN) if x is None else np.asarray(x, np.float64) for x in (volume, buy, sell)])
        counts = np.full(size, -1, np.int64) if trades is None else np.ascontiguousarray(trades, np.int64)
        number, bounds = _sessions_of(starts, sessions)
        cdef double[:, ::1] rows_view
        rows = np.empty((size, COLUMNS))
        ends = starts + self.candles.period_ns
        rows_view = rows
        cdef int64_t i, current = -1
        for i in np.flatnonzero(number >= 0):
            if number[i] != current:
                current = number[i]
                self.open(*bounds[current])
            try:
                self.push_candle(starts[i], *prices[i], *flows[i], counts[i])
            except ValueError as error:
                raise ValueError(f"row {i}: {error}") from None
            self.sample(ends[i], &rows_view[i, 0])
        return ends[number >= 0], rows[number >= 0]

    cdef int _candle(self, int64_t start_ns, const double* ohlc, const double* flow, int64_t trades,
                     qt_candle_t* out) noexcept nogil:
        cdef int32_t[4] ticks
        cdef int i
        for i in range(4):
            if qt_to_ticks(self.tick, ohlc[i], &ticks[i]) != QT_OK:
                return BAD_PRICE
        out.start_ns = start_ns
        out.open = ticks[0]
        out.high = ticks[1]
        out.low = ticks[2]
        out.close = ticks[3]
        if out.low > min(out.open, out.close) or out.high < max(out.open, out.close):
            return BAD_RANGE
        out.volume = self._lots(flow[0])
        out.buy = -1 if flow[1] != flow[1] else self._lots(flow[1])
        out.sell = -1 if flow[2] != flow[2] else self._lots(flow[2])
        out.trades = -1 if trades < 0 else trades
        if out.volume < 0 or (out.buy < 0 and flow[1] == flow[1]) or (out.sell < 0 and flow[2] == flow[2]):
            return BAD_VOLUME
        return GOOD

    cdef int64_t _lots(self, double qty) noexcept nogil:
        """Lots of a candle's volume, which may exceed a print's limit; -1 when missing, negative or off the step."""
        cdef double lots = qty * <double>self.step.den / <double>self.step.num, whole = floor(lots + 0.5)
        if not (0.0 <= qty and whole < 9e15) or fabs(lots - whole) > 1e-6 * max(lots, 1.0):
            return -1
        return <int64_t>whole


def _sessions_of(starts, sessions):
    """Number of the session that each instant falls into (-1: none), and the sessions' bounds."""
    if sessions is None:
        return np.zeros(len(starts), np.int64), [(0, 0)]
    bounds = np.ascontiguousarray(sessions, np.int64).reshape(-1, 2)
    number = np.searchsorted(bounds[:, 0], starts, side="right") - 1
    inside = (number >= 0) & (starts < bounds[np.maximum(number, 0), 1]) if len(bounds) else np.zeros(len(starts), bool)
    return np.where(inside, number, -1), [(int(a), int(b)) for a, b in bounds]

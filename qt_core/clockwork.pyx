"""Time for the engine: sessions, candle ends and samples fall due in order, before the event that brings them."""
from libc.stdint cimport INT64_MAX, int64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

import numpy as np

from qt_core._types cimport qt_mono_ns
from qt_core.candles cimport qt_candle_t
from qt_core.features.set cimport FeatureSet
from qt_core.market cimport Market
from qt_core.readings.set cimport ReadingSet

from qt_core.features.registry import NAMES as FEATURE_NAMES
from qt_core.readings.registry import NAMES as READING_NAMES

MODES = {"close": AT_CLOSE, "trade": AT_TRADE, "interval": AT_INTERVAL}
assert len(FEATURE_NAMES) == COLUMNS


cdef class Clockwork:
    """One symbol's market, its rows, and what the passing of event time does to them; the Engine adds the events.

    Instants up to a time are processed in order; at one instant first the candle closes, then a sample is taken, then
    the session closes. A sample stops the clock there, so that Python can answer it. Arguments are the Engine's.
    """

    def __init__(self, tick, qty_step, sessions, int64_t candle_ns, sample, int64_t interval_ns, bint features,
                 bint readings):
        if sample not in MODES:
            raise ValueError(f"sample {sample!r} is not one of {', '.join(MODES)}")
        if interval_ns < 1 or candle_ns < 1:
            raise ValueError(f"interval_ns {interval_ns} and candle_ns {candle_ns} must be positive")
        self.market = Market(candle_ns=candle_ns)
        self.features = FeatureSet(self.market.tape, self.market.candles, tick, qty_step) if features else None
        self.readings = ReadingSet(self.market) if readings else None
        self.mode = MODES[sample]
        self.interval_ns = interval_ns
        self.next_sample = INT64_MAX
        self.timed = True
        self._own_rows()
        self._own_sessions(sessions)
        self.plan()

    def _own_rows(self):
        cdef double[::1] row = np.full(COLUMNS, np.nan)
        cdef double[::1] reading = np.full(len(READING_NAMES), np.nan)
        self.row, self.reading = row.base, reading.base
        self.row_at, self.reading_at = &row[0], &reading[0]

    def _own_sessions(self, sessions):
        if sessions is None:
            return
        table = np.ascontiguousarray(sessions, dtype=np.int64).reshape(-1, 2)
        flat = table.reshape(-1)
        if len(flat) == 0 or flat[0] <= 0 or (table[:, 0] >= table[:, 1]).any() or (np.diff(flat) < 0).any():
            raise ValueError(f"sessions must be ascending (open, close) pairs in UTC ns, one or more; got {sessions!r}")
        cdef const int64_t[::1] source = flat
        self.session_count = len(table)
        self.sessions = <qt_session_t*>malloc(self.session_count * sizeof(qt_session_t))
        if self.sessions == NULL:
            raise MemoryError("no memory for the sessions")
        memcpy(self.sessions, &source[0], self.session_count * sizeof(qt_session_t))

    def __dealloc__(self):
        free(self.sessions)

    cdef bint pass_time(self, int64_t ts_ns) noexcept nogil:
        while self.next_instant <= ts_ns:
            if self.market.session_open_ns == 0:
                self.open_session(ts_ns)
            elif self.instant(self.next_instant):
                return False
        return True

    cdef bint instant(self, int64_t t_ns) noexcept nogil:
        """What falls due at t: a candle close, then a sample, then the session's close. True: a row was written."""
        cdef const qt_candle_t* candle
        cdef bint due = False
        self.market.now_ns = t_ns
        if self.market.candles.next_end() == t_ns:
            candle = self.market.candles.close_one()
            self.closed += 1
            if self.features is not None:
                self.features.on_close(candle)
            if self.readings is not None:
                self.readings.on_close(candle)
            due = self.mode == AT_CLOSE and not self.quiet
        elif self.next_sample == t_ns:
            self.next_sample += self.interval_ns
            due = True
        else:
            self.market.close_session()
            self.session_at += 1
            self.next_sample = INT64_MAX
        if due:
            self.sample(t_ns)
        self.plan()
        return due

    cdef void open_session(self, int64_t ts_ns) noexcept nogil:
        """Opens the session that ts falls into, and skips those that passed without an event."""
        cdef int64_t open_ns = ts_ns, close_ns = 0
        cdef bint first = self.market.now_ns == 0
        if self.sessions != NULL:
            while self.session_at < self.session_count and self.sessions[self.session_at].close_ns <= ts_ns:
                self.session_at += 1
            if self.session_at == self.session_count or self.sessions[self.session_at].open_ns > ts_ns:
                self.plan()
                return
            open_ns = self.sessions[self.session_at].open_ns
            close_ns = self.sessions[self.session_at].close_ns
        self.market.now_ns = max(self.market.now_ns, open_ns)
        self.market.open_session(open_ns, close_ns)
        if self.features is not None:
            self.features.open_session(open_ns, close_ns)
        if self.readings is not None:
            self.readings.open_session()
        if self.mode == AT_INTERVAL and not self.quiet:
            self.next_sample = ((ts_ns if first else self.market.now_ns) // self.interval_ns + 1) * self.interval_ns
        self.plan()

    cdef void plan(self) noexcept nogil:
        """The next instant at which anything can fall due."""
        cdef int64_t t, close = self.market.session_close_ns
        if self.market.session_open_ns != 0:
            t = min(self.next_sample, self.market.candles.next_end())
            self.next_instant = min(t, close) if close else t
        elif self.sessions == NULL:
            self.next_instant = 0
        elif self.session_at < self.session_count:
            self.next_instant = self.sessions[self.session_at].open_ns
        else:
            self.next_instant = INT64_MAX

    cdef void sample(self, int64_t t_ns) noexcept nogil:
        """One row: the 65, and the agents' readings beside them."""
        if self.features is not None:
            self.features.sample(t_ns, self.row_at)
        if self.readings is not None:
            self.readings.sample(t_ns, self.reading_at)
        self.sample_ns = t_ns
        self.samples += 1
        self.due |= SAMPLE
        if self.timed:
            self.sample_cost_ns = qt_mono_ns() - self.picked_ns
            qt_histogram_add(&self.cost, self.sample_cost_ns)

    @property
    def now_ns(self) -> int:
        """Event time, UTC ns; 0 before the first event."""
        return self.market.now_ns

    def features_latency(self) -> tuple[int, int, int]:
        """(samples, p50, p99) of the time from picking an event up to the row that it made due, ns; -1 without any."""
        return self.cost.count, qt_histogram_quantile(&self.cost, 0.5), qt_histogram_quantile(&self.cost, 0.99)

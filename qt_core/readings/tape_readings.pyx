"""What the tape says: speed, size and sign of the prints, sweeps, absorption, and who trades.

Sums over the last n prints slide over a ring of 512; sums over seconds live in buckets (windows.pxd).
"""
from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from qt_core._types cimport QT_NO_PRICE, QT_TRADE_RLP
from qt_core.market cimport Market
from qt_core.readings.windows cimport ratio, window_add, window_init, window_roll
from qt_core.tape cimport qt_print_t

cdef enum:
    SHORT_S = 10
    LONG_S = 60
    LARGE_MULTIPLE = 5          # a print is large from 5 x the mean of the prints before it
    LARGE_WARM = 100            # prints before the first one can be called large
    SIZES_WARM = 200            # prints until the last 100 have all been judged
    SWEEP_NS = 100000000
    ABSORBED_TICKS = 2          # a move this far with the flow is no absorption
    BROKER_MASK = 511

cdef enum:  # columns of registry.TAPE
    TRADE_AGE, RATE_10, RATE_60, BUY_10, SELL_10, SHARE_50, SHARE_100, LARGE_SHARE, LARGE_FLOW, SIZE_RATIO
    RUN, SWEEP, MOVE, ABSORPTION, RLP_SHARE, CONCENTRATION, LEAD, COLUMNS

cdef enum:  # series of the short window
    S_PRINTS, S_BUY, S_SELL, S_SWEEP, S_MOVE

cdef enum:  # series of the long window
    L_PRINTS, L_LOTS, L_RLP

cdef int64_t SECOND = 1000000000


cdef inline double clip01(double x) noexcept nogil:
    return 0.0 if x < 0.0 else (1.0 if x > 1.0 else x)


cdef class TapeReadings:
    """The 17 readings of registry.TAPE. Update: O(1). Sample: O(100) for the brokers. Memory: fixed, about 110 kB."""

    def __cinit__(self, Market market not None):
        self.market = market
        self.open_session()

    cdef void open_session(self) noexcept nogil:
        memset(&self.last_50, 0, sizeof(qt_last_t))
        memset(&self.last_100, 0, sizeof(qt_last_t))
        memset(&self.last_500, 0, sizeof(qt_last_t))
        memset(&self.sweep, 0, sizeof(qt_sweep_t))
        self.last_50.n, self.last_100.n, self.last_500.n = 50, 100, 500
        window_init(&self.short_window, SHORT_S)
        window_init(&self.long_window, LONG_S)
        self.count = self.run = self.first_ns = 0
        self.price = QT_NO_PRICE
        self.aggressors = False

    cdef void on_print(self, const qt_print_t* new) noexcept nogil:
        cdef qt_small_print_t* kept = &self.ring[self.count & (PRINTS - 1)]
        cdef int64_t before = min(self.count, self.last_500.n)
        kept.qty = new.qty
        kept.flow = new.side * new.qty
        kept.large = new.qty if before >= LARGE_WARM and new.qty * before >= LARGE_MULTIPLE * self.last_500.lots else 0
        kept.buyer, kept.seller = new.buyer, new.seller
        self.add_windows(new)
        self.add_last(&self.last_50)
        self.add_last(&self.last_100)
        self.add_last(&self.last_500)
        if new.side != 0:
            self.aggressors = True
            self.run = self.run + new.side if self.run * new.side > 0 else new.side
        self.price = new.price
        self.count += 1

    cdef void add_last(self, qt_last_t* sums) noexcept nogil:
        """Slides the sums over the print just written at ``count``."""
        cdef const qt_small_print_t* p = &self.ring[self.count & (PRINTS - 1)]
        cdef int64_t sign = 1
        while True:
            sums.lots += sign * p.qty
            sums.flow += sign * p.flow
            sums.aggressed += sign * (p.flow if p.flow > 0 else -p.flow)
            sums.large += sign * p.large
            sums.large_flow += sign * (0 if p.large == 0 else p.flow)
            sums.nameless += sign * (p.buyer <= 0 or p.seller <= 0)
            if sign < 0 or self.count < sums.n:
                return
            p = &self.ring[(self.count - sums.n) & (PRINTS - 1)]
            sign = -1

    cdef int64_t extend_sweep(self, const qt_print_t* new) noexcept nogil:
        """Ticks by which this aggressor print drives the current sweep further; starts a new one when it is over."""
        cdef int64_t now_ns = self.market.now_ns
        cdef int64_t extent
        if new.side != self.sweep.side or now_ns - self.sweep.ts_ns > SWEEP_NS:
            self.sweep.side, self.sweep.price, self.sweep.ts_ns, self.sweep.extent = new.side, new.price, now_ns, 0
            return 0
        extent = new.side * (<int64_t>new.price - self.sweep.price) - self.sweep.extent
        if extent <= 0:
            return 0
        self.sweep.extent += extent
        return extent

    cdef void add_windows(self, const qt_print_t* new) noexcept nogil:
        cdef int64_t now_ns = self.market.now_ns
        if self.count == 0:
            self.first_ns = now_ns
        window_roll(&self.short_window, now_ns)
        window_roll(&self.long_window, now_ns)
        window_add(&self.short_window, S_PRINTS, 1)
        if new.side != 0:
            window_add(&self.short_window, S_BUY if new.side > 0 else S_SELL, new.qty)
            window_add(&self.short_window, S_SWEEP, new.side * self.extend_sweep(new))
        if self.price != QT_NO_PRICE:
            window_add(&self.short_window, S_MOVE, <int64_t>new.price - self.price)
        window_add(&self.long_window, L_PRINTS, 1)
        window_add(&self.long_window, L_LOTS, new.qty)
        if new.code == QT_TRADE_RLP:
            window_add(&self.long_window, L_RLP, new.qty)

    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil:
        cdef int k
        for k in range(COLUMNS):
            row[k] = NAN
        if self.market.trade_ns > 0:
            row[TRADE_AGE] = (t_ns - self.market.trade_ns) / 1e6
        if self.count > 0:
            self.write_windows(t_ns, row)
            self.write_last(row)
        if self.aggressors:
            row[RUN] = self.run

    cdef void write_windows(self, int64_t t_ns, double* row) noexcept nogil:
        window_roll(&self.short_window, t_ns)
        window_roll(&self.long_window, t_ns)
        row[RLP_SHARE] = ratio(self.long_window.sum[L_RLP], self.long_window.sum[L_LOTS])
        if t_ns - self.first_ns >= LONG_S * SECOND:
            row[RATE_60] = self.long_window.sum[L_PRINTS] / <double>LONG_S
        if t_ns - self.first_ns < SHORT_S * SECOND:
            return
        row[RATE_10] = self.short_window.sum[S_PRINTS] / <double>SHORT_S
        row[MOVE] = self.short_window.sum[S_MOVE]
        if self.aggressors:
            row[BUY_10] = self.short_window.sum[S_BUY]
            row[SELL_10] = self.short_window.sum[S_SELL]
            row[SWEEP] = self.short_window.sum[S_SWEEP]
            self.write_absorption(row)

    cdef void write_absorption(self, double* row) noexcept nogil:
        """The flow that the price did not follow, signed against the flow."""
        cdef int64_t flow = self.short_window.sum[S_BUY] - self.short_window.sum[S_SELL]
        cdef double share = ratio(flow, self.short_window.sum[S_BUY] + self.short_window.sum[S_SELL])
        cdef double with_flow = self.short_window.sum[S_MOVE] if flow > 0 else -self.short_window.sum[S_MOVE]
        row[ABSORPTION] = 0.0 - share * clip01(1.0 - with_flow / ABSORBED_TICKS)

    cdef void write_last(self, double* row) noexcept nogil:
        if self.count >= self.last_50.n:
            row[SHARE_50] = ratio(self.last_50.flow, self.last_50.aggressed)
        if self.count >= self.last_100.n:
            row[SHARE_100] = ratio(self.last_100.flow, self.last_100.aggressed)
            if self.last_100.nameless == 0:
                self.write_brokers(row)
        if self.count >= SIZES_WARM:
            row[LARGE_SHARE] = ratio(self.last_100.large, self.last_100.lots)
            if self.aggressors:
                row[LARGE_FLOW] = ratio(self.last_100.large_flow, self.last_100.lots)
            row[SIZE_RATIO] = ratio(self.last_100.lots * min(self.count, self.last_500.n),
                                    self.last_100.n * self.last_500.lots)

    cdef void write_brokers(self, double* row) noexcept nogil:
        """Herfindahl index of the brokers' lots, and the largest net position (0 when both sides have one as large)."""
        cdef const qt_small_print_t* p
        cdef double shares = 0.0
        cdef double share
        cdef int64_t k, most = 0, least = 0
        memset(self.brokers, 0, sizeof(self.brokers))
        for k in range(self.last_100.n):
            p = &self.ring[(self.count - 1 - k) & (PRINTS - 1)]
            self.count_broker(p.buyer, p.qty, 0)
            self.count_broker(p.seller, 0, p.qty)
        for k in range(BROKER_SLOTS):
            if self.brokers[k].code > 0:
                share = ratio(self.brokers[k].gross, 2 * self.last_100.lots)
                shares += share * share
                most = max(most, self.brokers[k].net)
                least = min(least, self.brokers[k].net)
        row[CONCENTRATION] = shares
        row[LEAD] = ratio(0 if most == -least else (most if most > -least else least), self.last_100.lots)

    cdef void count_broker(self, int32_t code, int64_t bought, int64_t sold) noexcept nogil:
        cdef int64_t slot = code & BROKER_MASK
        while self.brokers[slot].code != code and self.brokers[slot].code != 0:
            slot = (slot + 1) & BROKER_MASK
        self.brokers[slot].code = code
        self.brokers[slot].gross += bought + sold
        self.brokers[slot].net += bought - sold

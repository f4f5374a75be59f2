"""Volume at price by aggressor, per closed candle and over the last twelve.

A print goes into the profile of the forming candle; the close seals it, adds the last twelve into one profile and
computes the readings once. Between closes a sample only copies. Cost of a close: 12 x the prices touched.
"""
from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free

from qt_core.candles cimport qt_candle_t
from qt_core.readings.windows cimport ratio
from qt_core.tape cimport qt_print_t

cdef enum:
    MASK = 2047
    SHORT = 3               # candles in the short delta
    EXTREME_PRICES = 2      # prices at each end that count as the extreme
    IMBALANCE_MULTIPLE = 3  # buyers at p against sellers one tick below (and mirrored)
    STACK_MIN = 3           # imbalances in a row that make a stack

cdef enum:  # columns of registry.FOOTPRINT
    DELTA_3, DELTA_12, HIGH_DELTA, LOW_DELTA, POC_OFFSET, STACKED, EXHAUSTION, CLOSE_POSITION


cdef void clear(qt_profile_t* f) noexcept nogil:
    cdef int64_t price
    if f.used:
        for price in range(f.low, <int64_t>f.high + 1):
            f.buy[price & MASK] = f.sell[price & MASK] = f.total[price & MASK] = 0
    f.bought = f.sold = 0
    f.used = f.wide = False


cdef void widen(qt_profile_t* f, int32_t low, int32_t high) noexcept nogil:
    """Make room for prices low..high; what does not fit leaves the profile wide, and its range as it was."""
    if f.used:
        low, high = min(low, f.low), max(high, f.high)
    if <int64_t>high - low >= LEVELS:
        f.wide = True
        return
    f.low, f.high, f.used = low, high, True


cdef void add_profile(qt_profile_t* into, const qt_profile_t* f) noexcept nogil:
    cdef int64_t price
    into.bought += f.bought
    into.sold += f.sold
    into.wide |= f.wide
    if not f.used:
        return
    widen(into, f.low, f.high)
    if into.wide:
        return
    for price in range(f.low, <int64_t>f.high + 1):
        into.buy[price & MASK] += f.buy[price & MASK]
        into.sell[price & MASK] += f.sell[price & MASK]
        into.total[price & MASK] += f.total[price & MASK]


cdef double extreme_delta(const qt_profile_t* f, int64_t first, int64_t last) noexcept nogil:
    """(B - S) / (B + S) at prices first..last; 0 where no aggressor traded."""
    cdef int64_t price, bought = 0, sold = 0
    for price in range(max(first, <int64_t>f.low), min(last, <int64_t>f.high) + 1):
        bought += f.buy[price & MASK]
        sold += f.sell[price & MASK]
    return ratio(bought - sold, bought + sold) if bought + sold > 0 else 0.0


cdef double poc_offset(const qt_profile_t* f, int64_t close) noexcept nogil:
    """close - price with the most lots; of equals the nearest; one equally near on each side: 0."""
    cdef int64_t price, lots, offset, most = 0, nearest = 0
    cdef bint above = False, below = False
    for price in range(f.low, <int64_t>f.high + 1):
        lots = f.total[price & MASK]
        offset = price - close if price > close else close - price
        if lots > most or (lots == most and offset < nearest):
            most, nearest, above, below = lots, offset, price > close, price < close
        elif lots == most and offset == nearest:
            above, below = above or price > close, below or price < close
    return 0.0 if above and below else <double>(-nearest if above else nearest)


cdef bint imbalanced(int64_t strong, int64_t against, int64_t mean_levels, int64_t lots) noexcept nogil:
    """At least 3 x the diagonal neighbour and half the mean aggressor lots per price (compared without division)."""
    return strong > 0 and strong >= IMBALANCE_MULTIPLE * against and 2 * strong * mean_levels >= lots


cdef int64_t stack(const qt_profile_t* f, bint buyers) noexcept nogil:
    """The longest run of imbalances, counted from STACK_MIN on."""
    cdef int64_t levels = <int64_t>f.high - f.low + 1
    cdef int64_t k, run = 0, longest = 0
    cdef bint hit
    for k in range(f.low + 1, <int64_t>f.high + 1):     # the pair (k - 1, k): sellers below, buyers above
        if buyers:
            hit = imbalanced(f.buy[k & MASK], f.sell[(k - 1) & MASK], levels, f.bought + f.sold)
        else:
            hit = imbalanced(f.sell[(k - 1) & MASK], f.buy[k & MASK], levels, f.bought + f.sold)
        run = run + 1 if hit else 0
        longest = max(longest, run)
    return longest if longest >= STACK_MIN else 0


cdef double exhausted(int64_t at_extreme, int64_t lots, int64_t levels) noexcept nogil:
    """How far the last aggressors at an extreme fall short of their mean per price: 0 no shortage, 1 none came."""
    cdef double share = <double>(at_extreme * levels) / <double>lots if lots > 0 else 1.0
    return 1.0 - share if share < 1.0 else 0.0


cdef class FootprintReadings:
    """The 8 readings of registry.FOOTPRINT. Update: O(1). Memory: 14 profiles of 48 kB, allocated once."""

    def __cinit__(self):
        self.candles = <qt_profile_t*>calloc(CANDLES + 1, sizeof(qt_profile_t))
        self.whole = <qt_profile_t*>calloc(1, sizeof(qt_profile_t))
        if self.candles is NULL or self.whole is NULL:
            raise MemoryError("no memory for the footprint profiles")
        self.open_session()

    def __dealloc__(self):
        free(self.candles)
        free(self.whole)

    cdef void open_session(self) noexcept nogil:
        cdef int k
        for k in range(CANDLES + 1):
            clear(&self.candles[k])
        for k in range(FP_COLUMNS):
            self.row[k] = NAN
        clear(self.whole)
        self.closed = 0

    cdef qt_profile_t* closed_candle(self, int64_t k) noexcept nogil:
        """The k-th closed candle from the end, 0 = newest; k = -1 is the forming one."""
        return &self.candles[(self.closed - 1 - k) % (CANDLES + 1)]

    cdef void on_print(self, const qt_print_t* new) noexcept nogil:
        cdef qt_profile_t* f = self.closed_candle(-1)
        cdef int64_t at = new.price & MASK
        f.bought += new.qty if new.side > 0 else 0
        f.sold += new.qty if new.side < 0 else 0
        widen(f, new.price, new.price)
        if f.wide:
            return
        f.total[at] += new.qty
        f.buy[at] += new.qty if new.side > 0 else 0
        f.sell[at] += new.qty if new.side < 0 else 0

    cdef void on_close(self, const qt_candle_t* candle) noexcept nogil:
        cdef int k
        self.closed += 1
        clear(self.closed_candle(-1))
        for k in range(FP_COLUMNS):
            self.row[k] = NAN
        if self.closed >= SHORT:
            self.row[DELTA_3] = self.delta(SHORT)
        if self.closed >= CANDLES:
            self.row[DELTA_12] = self.delta(CANDLES)
            self.merge()
            if self.whole.used and not self.whole.wide and self.whole.bought + self.whole.sold > 0:
                self.write_profile(candle.close)

    cdef double delta(self, int64_t n) noexcept nogil:
        cdef int64_t k, bought = 0, sold = 0
        for k in range(n):
            bought += self.closed_candle(k).bought
            sold += self.closed_candle(k).sold
        return ratio(bought - sold, bought + sold)

    cdef void merge(self) noexcept nogil:
        cdef int64_t k
        clear(self.whole)
        for k in range(CANDLES):
            add_profile(self.whole, self.closed_candle(k))

    cdef void write_profile(self, int32_t close) noexcept nogil:
        cdef qt_profile_t* f = self.whole
        cdef int64_t levels = <int64_t>f.high - f.low + 1
        self.row[HIGH_DELTA] = extreme_delta(f, <int64_t>f.high - EXTREME_PRICES + 1, f.high)
        self.row[LOW_DELTA] = extreme_delta(f, f.low, <int64_t>f.low + EXTREME_PRICES - 1)
        self.row[POC_OFFSET] = poc_offset(f, close)
        self.row[STACKED] = stack(f, True) - stack(f, False)
        self.row[EXHAUSTION] = (exhausted(f.sell[f.low & MASK], f.sold, levels)
                                - exhausted(f.buy[f.high & MASK], f.bought, levels))
        self.row[CLOSE_POSITION] = ratio(2 * (<int64_t>close - f.low), levels - 1) - 1.0 if levels > 1 else 0.0

    cdef void sample(self, double* row) noexcept nogil:
        cdef int k
        for k in range(FP_COLUMNS):
            row[k] = self.row[k]

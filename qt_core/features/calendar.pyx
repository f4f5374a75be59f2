"""Where in the day and in the session (features 43 and 60-65)."""
cimport cython
from libc.math cimport NAN
from libc.stdint cimport INT64_MIN, int64_t
from libc.stdlib cimport calloc, free

from qt_core.features.windows cimport CALENDAR, TECHNICAL

import numpy as np

cdef int64_t SECOND = 1_000_000_000
cdef int64_t MINUTE = 60 * SECOND
cdef int64_t HALF_HOUR = 30 * MINUTE
cdef int64_t DAY = 1440 * MINUTE


@cython.final
cdef class Calendar:
    """Minute, hour and weekday (Monday 0) on the exchange's clock, lunch hour, and the session's edges.

    Warm-up: none. An unbounded session has neither length nor edges: 43, 63 and 64 are NaN.
    """

    def __cinit__(self):
        self.since = NULL
        self.offset = NULL

    def __init__(self, since, offset):
        self.open_session(0, 0)
        self.set_offsets(since, offset)

    def __dealloc__(self):
        free(self.since)
        free(self.offset)

    def set_offsets(self, since, offset) -> None:
        """Instants (UTC ns, ascending) from which an offset (seconds east) holds; the first holds before, too.

        Raises ValueError if the table is empty, uneven or out of order, or an offset is not whole minutes.
        """
        cdef int64_t i
        starts = np.ascontiguousarray(since, np.int64)
        offsets = np.ascontiguousarray(offset, np.int64)
        if starts.ndim != 1 or starts.shape != offsets.shape or starts.size == 0 or (np.diff(starts) <= 0).any():
            raise ValueError("the table of UTC offsets needs one offset per instant, instants ascending")
        if (np.abs(offsets) >= 86_400).any() or (offsets % 60).any():
            raise ValueError("a UTC offset must be whole minutes and less than a day")
        free(self.since)
        free(self.offset)
        self.size = starts.size
        self.since = <int64_t*>calloc(self.size, sizeof(int64_t))
        self.offset = <int64_t*>calloc(self.size, sizeof(int64_t))
        if self.since is NULL or self.offset is NULL:
            raise MemoryError("no memory for the table of UTC offsets")
        for i in range(self.size):
            self.since[i] = starts[i]
            self.offset[i] = <int64_t>offsets[i] * SECOND
        self.minute_ns = INT64_MIN

    cdef void open_session(self, int64_t open_ns, int64_t close_ns) noexcept nogil:
        self.open_ns = open_ns
        self.close_ns = close_ns

    cdef int64_t local(self, int64_t t_ns) noexcept nogil:
        """Local time of an instant, as ns of a clock without a zone."""
        cdef int64_t low = 0, high = self.size, middle
        while high - low > 1:
            middle = (low + high) // 2
            if self.since[middle] <= t_ns:
                low = middle
            else:
                high = middle
        return t_ns + self.offset[low]

    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil:
        if t_ns < self.minute_ns or t_ns >= self.minute_ns + MINUTE:
            self._set_minute(t_ns)
        row[CALENDAR] = self.minute
        row[CALENDAR + 1] = self.hour
        row[CALENDAR + 2] = self.day
        row[CALENDAR + 5] = self.lunch
        self._session(t_ns, row)

    cdef void _set_minute(self, int64_t t_ns) noexcept nogil:
        """Offsets are whole minutes and change on whole minutes, so one minute has one answer."""
        cdef int64_t now = self.local(t_ns)
        cdef int64_t of_day = (now % DAY + DAY) % DAY
        self.minute_ns = t_ns - of_day % MINUTE
        self.minute = <double>(of_day // MINUTE % 60)
        self.hour = <double>(of_day // (60 * MINUTE))
        self.day = <double>((((now - of_day) // DAY + 3) % 7 + 7) % 7)     # 1970-01-01 was a Thursday
        self.lunch = 1.0 if self.hour == 12.0 else 0.0

    cdef void _session(self, int64_t t_ns, double* row) noexcept nogil:
        cdef double part
        row[TECHNICAL + 6] = NAN
        row[CALENDAR + 3] = NAN
        row[CALENDAR + 4] = NAN
        if self.close_ns <= self.open_ns:
            return
        part = <double>(t_ns - self.open_ns) / <double>(self.close_ns - self.open_ns)
        row[TECHNICAL + 6] = 0.0 if part < 0.0 else 1.0 if part > 1.0 else part
        row[CALENDAR + 3] = self.open_ns <= t_ns < self.open_ns + HALF_HOUR
        row[CALENDAR + 4] = self.close_ns - HALF_HOUR <= t_ns < self.close_ns

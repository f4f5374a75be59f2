# cython: language_level=3
"""Where in the day and in the session (features 43 and 60-65)."""
cimport cython
from libc.stdint cimport int32_t, int64_t


@cython.final
cdef class Calendar:
    cdef int64_t* since         # owned; UTC ns from which offset[i] holds, ascending
    cdef int64_t* offset        # owned; ns east of UTC
    cdef int32_t size
    cdef int64_t open_ns        # of the session, 0 none
    cdef int64_t close_ns       # 0 unbounded
    cdef int64_t minute_ns      # start of the cached minute
    cdef double minute
    cdef double hour
    cdef double day
    cdef double lunch
    cdef void open_session(self, int64_t open_ns, int64_t close_ns) noexcept nogil
    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil
    cdef int64_t local(self, int64_t t_ns) noexcept nogil
    cdef void _set_minute(self, int64_t t_ns) noexcept nogil
    cdef void _session(self, int64_t t_ns, double* row) noexcept nogil

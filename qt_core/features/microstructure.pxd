# cython: language_level=3
"""Who trades, and who started it (features 44-59), from the tape."""
cimport cython
from qt_core.tape cimport Tape


@cython.final
cdef class Microstructure:
    cdef Tape tape
    cdef void sample(self, double* row) noexcept nogil
    cdef void _ranks(self, double* out) noexcept nogil
    cdef void _aggressor(self, double* out) noexcept nogil

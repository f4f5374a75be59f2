"""Who trades, and who started it (features 44-59), from the tape."""
cimport cython
from libc.math cimport NAN
from libc.stdint cimport int64_t

from qt_core._types cimport QT_TRADE_AUCTION, QT_TRADE_CROSS, QT_TRADE_RLP
from qt_core.features.windows cimport MICROSTRUCTURE
from qt_core.tape cimport RECENT, TOP, Tape, qt_print_t


@cython.final
cdef class Microstructure:
    """Whether the session's biggest buyers and sellers are still active, and the last print's parties.

    Warm-up: 100 prints for the ranks, 2 for the changes, 1 for the aggressor; NaN before.
    Unknown broker codes: the ranks look at the whole session, so one print without both codes makes 44-55 NaN until
    the next session; the changes look at two prints. A print whose type says nothing about the aggressor (type 32 and
    every type but aggression, cross, RLP and auction) makes 58 and 59 NaN: unknown is not "neither".
    """

    def __init__(self, Tape tape not None):
        self.tape = tape

    cdef void sample(self, double* row) noexcept nogil:
        cdef double* out = &row[MICROSTRUCTURE]
        cdef int64_t newest = self.tape.count - 1
        cdef int i, changed
        for i in range(16):
            out[i] = NAN
        if self.tape.count >= 100 and self.tape.unknown_broker == 0:
            self._ranks(out)
        if self.tape.count >= 2 and self.tape.knows_brokers(2):
            changed = self.tape.changed[newest & (RECENT - 1)]
            out[12] = changed & 1
            out[13] = changed >> 1
        if self.tape.count >= 1:
            self._aggressor(&out[14])

    cdef void _ranks(self, double* out) noexcept nogil:
        cdef int side, i, active, total
        cdef int64_t net
        for side in range(2):
            total = 0
            for i in range(TOP):
                active = 0
                if i < self.tape.rank[side].size:
                    net = self.tape.brokers[self.tape.rank[side].who[i]].net
                    active = net > 0 if side == 0 else net < 0
                out[side * TOP + i] = active
                total += active
            out[2 * TOP + side] = total

    cdef void _aggressor(self, double* out) noexcept nogil:
        cdef const qt_print_t* p = self.tape.last(0)
        if p.side != 0 or p.code == QT_TRADE_CROSS or p.code == QT_TRADE_RLP or p.code == QT_TRADE_AUCTION:
            out[0] = p.side > 0
            out[1] = p.side < 0

"""A native thread that fires a trade callback by its address, for ``qt bench``; the caller says at what."""
from libc.stdint cimport int64_t, uintptr_t
from libc.string cimport memset

from qt_core._types cimport qt_mono_ns
from qt_core.ring cimport Ring

cdef Ring kept_plain = None     # the plain callback's ring must outlive its calls


cdef class Hose:
    """``count`` calls of the TradeV2 callback at ``address``, from a thread of its own without the GIL.

    ring: the thread waits while this ring is nearly full, so that nothing is dropped. gap_ns: pace of the calls, 0 back
    to back; the thread spins through a gap, or sleeps through it when ``rests``. timed: every call is measured.
    Raises ValueError, and OSError when no thread can be made.
    """

    def __init__(self, uintptr_t address, int64_t count, *, Ring ring=None, int64_t gap_ns=0, bint rests=False,
                 bint timed=False):
        if not address or count < 0 or gap_ns < 0:
            raise ValueError(f"address {address}, count {count} and gap_ns {gap_ns}: an address and no negative number")
        memset(&self.hose, 0, sizeof(qt_hose_t))
        self.hose.callback = <TTradeV2Callback><void*>address
        self.hose.count = count
        self.hose.gap_ns = gap_ns
        self.hose.rests = rests
        self.hose.timed = timed
        self.ring = ring
        if ring is not None:
            self.hose.ring = ring.ptr

    def __dealloc__(self):
        if self.running:
            with nogil:
                qt_hose_join(&self.hose)

    def start(self) -> None:
        """Begins to fire; a hose fires once."""
        if self.fired:
            raise ValueError("this hose has fired: make another one")
        if qt_hose_start(&self.hose) != 0:
            raise OSError("no thread could be made for the hose")
        self.running = self.fired = True

    def join(self) -> float:
        """Waits without the GIL until all calls returned; seconds from the first call to the last return."""
        if self.running:
            with nogil:
                qt_hose_join(&self.hose)
            self.running = False
        return (self.hose.ended_ns - self.hose.begun_ns) * 1e-9

    def race(self, Ring ring not None) -> float:
        """Fires and takes every event out of ``ring`` on this thread; seconds from the first call to the last event."""
        cdef int64_t done
        self.start()
        with nogil:
            qt_hose_drain(ring.ptr, self.hose.count)
            done = qt_mono_ns()
        self.join()
        return (done - self.hose.begun_ns) * 1e-9

    def quantile(self, double q) -> int:
        """ns that the fraction q of the timed calls did not exceed, right within 1/16; -1 when none was timed."""
        return qt_histogram_quantile(&self.hose.took, q)


def translate_address() -> int:
    """A TranslateTrade for the handles that a hose fires."""
    return <uintptr_t>&qt_hose_translate


def plain_address(Ring ring not None, bint stamped=False) -> int:
    """The yardstick's callback, writing into ``ring`` (one at a time, while no hose fires); stamped: with clocks."""
    global qt_plain_ring, kept_plain
    qt_plain_ring = ring.ptr
    kept_plain = ring
    return <uintptr_t>&qt_plain_stamped_trade if stamped else <uintptr_t>&qt_plain_trade

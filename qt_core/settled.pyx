"""Orders that have ended and are booked: an enumeration leaves them out, but for what they traded."""
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free


cdef class SettledOrders:
    """For ``enumerate_unsettled``. Used on the thread that enumerates, alone."""

    def __dealloc__(self):
        free(self.table.slots)

    def settle(self, int64_t local_id, uint64_t mark) -> None:
        """Leaves out an order that was shown with this mark, until anything about it changes.

        An order without a local id is always shown.
        """
        if qt_settled_put(&self.table, local_id, mark):
            raise MemoryError(f"no room for {self.table.used} settled orders")

    def reopen(self, int64_t local_id) -> None:
        """Shows it again, changed or not."""
        self.settle(local_id, 0)

"""Order updates on their way from the library's callback thread to the one Python thread that keeps the orders."""
from collections import namedtuple

from libc.stdint cimport int64_t, uint16_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

cdef enum:
    LINE = 64   # QT_CACHE_LINE

OrderUpdate = namedtuple("OrderUpdate", (
    "source", "local_id", "cl_ord_id", "message_id", "broker", "account", "ticker", "side", "type", "status", "qty",
    "traded", "leaves", "price", "stop_price", "avg_price", "text", "result_code", "ts_ns", "recv_ns", "error",
    "sub_account", "exchange", "validity", "event_id", "truncated"),
    defaults=("", -1, 0, "", "", 0, 0, 0, 0, 0, 0, -1.0, -1.0, 0.0, "", 0, 0, 0, 0, "", "", 0, 0, False))
OrderUpdate.__doc__ = """What one callback told about an order.

source "order": the order as it stood inside the callback; side 1 buy, 2 sell; type, status and validity are the
vendor's numbers; quantities in contracts, prices in points, avg_price 0 before a fill. source "message": a stage of a
routing message (result_code, message_id, text); its local_id may be 0. error is not 0 when the details could not be
read: an NL_ code, or -1 for contents that no order can have; then only the ids are known. truncated: a text was longer
than its room.
"""

AccountInfo = namedtuple("AccountInfo", ("broker", "account", "broker_name", "holder"))
AccountInfo.__doc__ = "An account as its callback told it: broker number, account, the broker's name, the holder's."

cdef tuple SOURCES = ("", "order", "message")


cdef str text_of(const uint16_t* units, int n):
    return (<const char*> units)[:2 * n].decode("utf-16-le", "replace")


cdef object record_of(const qt_order_update_t* u):
    return OrderUpdate(
        SOURCES[u.source], u.local_id, text_of(u.cl_ord_id, u.cl_ord_n), u.message_id, u.broker,
        text_of(u.account, u.account_n), text_of(u.ticker, u.ticker_n), u.side, u.type, u.status, u.qty, u.traded,
        u.leaves, u.price, u.stop_price, u.avg_price, text_of(u.text, u.text_n), u.result, u.ts_ns, u.recv_ns, u.error,
        text_of(u.sub_account, u.sub_account_n), chr(u.exchange) if u.exchange else "", u.validity, u.event_id,
        u.cut != 0)


cdef class OrderUpdates:
    """Order updates between the library's callback thread and one reader; full means drop and count.

    capacity: records of about 1 kB, a power of two. All memory is taken and touched here, none later.
    Raises ValueError when capacity is not a power of two, MemoryError when there is no room.
    """

    def __cinit__(self, int64_t capacity=4096):
        if capacity < 2 or capacity & (capacity - 1) or capacity > 1 << 20:
            raise ValueError(f"capacity {capacity} of order updates is not a power of two between 2 and 2**20")
        cdef size_t header = lines(sizeof(qt_update_ring_t)), slots = capacity * sizeof(qt_order_update_t)
        cdef size_t total = header + slots + sizeof(qt_accounts_t) + LINE
        self.block = malloc(total)
        if self.block == NULL:
            raise MemoryError(f"no room for {capacity} order updates")
        memset(self.block, 0, total)   # touch every page now, not in the first callback that reaches it
        cdef char* base = <char*> ((<uintptr_t> self.block + (LINE - 1)) & ~<uintptr_t> (LINE - 1))
        self.ptr = <qt_update_ring_t*> base
        self.table = <qt_accounts_t*> (base + header + slots)
        qt_updates_init(self.ptr, <qt_order_update_t*> (base + header), capacity)

    def __dealloc__(self):
        free(self.block)

    @property
    def capacity(self) -> int:
        """Records."""
        return qt_spsc_capacity(self.ptr)

    @property
    def fill(self) -> int:
        """Records waiting; exact only when both sides rest."""
        return qt_spsc_fill(self.ptr)

    @property
    def pushed(self) -> int:
        """Records stored since the start."""
        return qt_spsc_pushed(self.ptr)

    @property
    def dropped(self) -> int:
        """Records refused since the start because the ring was full: enumerate the orders."""
        return qt_spsc_dropped(self.ptr)

    def pop(self, int64_t max_records=1024) -> list[OrderUpdate]:
        """Takes up to max_records out, oldest first. One thread only."""
        cdef int64_t n = max(0, min(qt_spsc_peek_all(self.ptr), max_records)), i
        out = [record_of(qt_updates_at(self.ptr, i)) for i in range(n)]
        qt_spsc_pop(self.ptr, n)
        return out

    def accounts(self) -> list[AccountInfo]:
        """The accounts that were announced so far, each once, as first told. Any thread."""
        cdef int64_t n = qt_load_acquire(&self.table.count), i
        cdef const qt_account_t* row
        out = []
        for i in range(n):
            row = &self.table.row[i]
            out.append(AccountInfo(row.broker, text_of(row.account, row.account_n), text_of(row.name, row.name_n),
                                   text_of(row.holder, row.holder_n)))
        return out

    @property
    def accounts_lost(self) -> int:
        """Accounts announced without a number, with one too long, or beyond the table's room."""
        return qt_load_relaxed(&self.table.lost)


cdef inline size_t lines(size_t size) noexcept nogil:
    return (size + LINE - 1) // LINE * LINE

"""The order book: rows in, levels and orders out; best in O(1), nothing allocated after the start."""
from libc.stdlib cimport calloc, free
from libc.string cimport memset

import numpy as np

from qt_core._types cimport (
    QT_ASK, QT_BAD_POSITION, QT_BAD_QTY, QT_BAD_TYPE, QT_BID, QT_BOOK_ADD, QT_BOOK_DELETE, QT_BOOK_DELETE_FROM,
    QT_BOOK_EDIT, QT_BOOK_IMAGE, QT_EV_LEVEL, QT_EV_ORDER, QT_F_FIRST, QT_F_LAST, QT_MAX_LOTS, QT_NO_PRICE, QT_OK,
    QT_OUTSIDE_LADDER, qt_event_t,
)

from qt_core._types import EVENT_DTYPE

DEF_WINDOW_BITS = 17
DEF_ORDER_BITS = 17
cdef int64_t NOBODY = -0x7FFFFFFFFFFFFFFF    # an order id that no feed uses


cdef class Book:
    """One symbol's book in ticks and lots.

    LEVEL rows carry a level's new total, ORDER rows an order's new remaining quantity; after an image (or at the
    start) the first row decides which of the two this book takes. Rows come in groups; the book is consistent only
    after a row with LAST, so ``ready`` is false inside a group.

    ``ready`` begins with the first complete image, or, for a feed without one, with the first group that leaves both
    sides present and not crossed. A row that does not fit (an unknown order, the end of an unknown level, an
    impossible quantity) is refused and marks its side broken: until the next image, or, when the feed never sent
    one, until a later group ends without a refusal. A group that ends crossed makes the book not ready until one
    ends uncrossed.

    The ladder covers 2**window_bits ticks; prices outside are refused (``outside``). The window follows the best
    prices; a level that it leaves is forgotten, an order is not. Holds at most 2**order_bits orders.
    Memory: 2 * 16 bytes a tick and 48 bytes an order, allocated once. Raises ValueError for sizes out of range.
    """

    def __cinit__(self, int window_bits=DEF_WINDOW_BITS, int order_bits=DEF_ORDER_BITS):
        if not 12 <= window_bits <= 18 or not 4 <= order_bits <= 22:
            raise ValueError(f"window_bits {window_bits} must be 12..18 and order_bits {order_bits} 4..22")
        self.ladder_memory = calloc(1, qt_ladder_bytes(window_bits))
        self.orders_memory = calloc(1, qt_orders_bytes(order_bits))
        if self.ladder_memory == NULL or self.orders_memory == NULL:
            raise MemoryError("no memory for the order book")
        qt_ladder_init(&self.ladder, self.ladder_memory, window_bits)
        qt_orders_init(&self.orders, self.orders_memory, order_bits)
        self.reset()

    def __dealloc__(self):
        free(self.ladder_memory)
        free(self.orders_memory)

    cdef void reset(self) noexcept nogil:
        """Empty, as new; the counters stay."""
        self.begin_image()
        self.loading = self.imaged = self.group_open = self.group_bad = self.started = False
        self.consistent = True

    cdef void begin_image(self) noexcept nogil:
        qt_ladder_clear(&self.ladder, 0)
        qt_ladder_clear(&self.ladder, 1)
        qt_orders_clear(&self.orders)
        self.ladder.placed = 0
        self.rows = 0
        self.broken = 0
        self.group_bad = False
        self.loading = True
        self.imaged = True

    cdef int apply(self, const qt_event_t* ev) noexcept nogil:
        cdef int code
        if ev.flags & QT_F_FIRST:
            self.begin_image()
        code = self.row(ev)
        self.group_open = True
        if code == QT_OUTSIDE_LADDER:
            self.outside += 1
        elif code != QT_OK:
            self.refused += 1
            self.group_bad = True
            self.broken |= 1 << qt_side_index(ev.side) if ev.side else 3
        if ev.flags & QT_F_LAST:
            self.end_group()
        return code

    cdef int row(self, const qt_event_t* ev) noexcept nogil:
        if ev.code == QT_BOOK_IMAGE and ev.price == QT_NO_PRICE and ev.qty == 0:
            return QT_OK    # an image of an empty book: only its marks count
        if ev.side != QT_BID and ev.side != QT_ASK:
            return QT_BAD_TYPE
        if ev.qty < 0 or ev.qty > QT_MAX_LOTS:
            return QT_BAD_QTY
        if self.rows != ev.kind:
            if self.rows != 0:
                return QT_BAD_TYPE
            self.rows = ev.kind
        if ev.kind == QT_EV_LEVEL:
            return self.level(ev)
        return self.order(ev) if ev.kind == QT_EV_ORDER else QT_BAD_TYPE

    cdef void end_group(self) noexcept nogil:
        cdef bint both = self.ladder.side[0].best != QT_NO_PRICE and self.ladder.side[1].best != QT_NO_PRICE
        self.consistent = not self.crossed()
        self.crossings += not self.consistent
        if self.loading:
            self.started = True
            self.loading = False
        elif not self.imaged and not self.group_bad:
            self.broken = 0
        if not self.started:
            self.started = both and self.consistent
        self.group_open = False
        self.group_bad = False
        self.follow()

    cdef bint ready(self) noexcept nogil:
        return self.started and self.consistent and not self.broken and not self.group_open

    # -- levels

    cdef int level(self, const qt_event_t* ev) noexcept nogil:
        cdef int s = qt_side_index(ev.side), code = ev.code
        cdef int64_t old, qty = 0 if code == QT_BOOK_DELETE else ev.qty
        if code == QT_BOOK_DELETE_FROM:
            return self.best_levels(s, <int64_t>ev.pos + 1)
        if code > QT_BOOK_IMAGE:
            return QT_BAD_TYPE
        if not qt_ladder_inside(&self.ladder, ev.price) or not self.ladder.placed:
            if not self.place(ev.price):
                return QT_OUTSIDE_LADDER
        old = qt_ladder_level(&self.ladder, s, ev.price).qty
        qt_ladder_set(&self.ladder, s, ev.price, qty, ev.b if ev.b > 0 else 0)
        if code == QT_BOOK_DELETE and not old and self.known_lo <= ev.price < self.known_hi:
            return QT_BAD_POSITION
        return QT_OK

    cdef int best_levels(self, int s, int64_t count) noexcept nogil:
        """Delete from: the `count` best levels go."""
        if count < 1 or count > self.ladder.side[s].count:
            return QT_BAD_POSITION
        while count:
            qt_ladder_set(&self.ladder, s, self.ladder.side[s].best, 0, 0)
            count -= 1
        return QT_OK

    # -- orders

    cdef int order(self, const qt_event_t* ev) noexcept nogil:
        cdef qt_order_t* order
        cdef int64_t old
        if ev.code == QT_BOOK_ADD or ev.code == QT_BOOK_IMAGE:
            return self.add_order(ev)
        if ev.code != QT_BOOK_EDIT and ev.code != QT_BOOK_DELETE:
            return QT_BAD_TYPE
        order = qt_orders_find(&self.orders, ev.id)
        if order == NULL or order.side != ev.side:
            return QT_BAD_POSITION
        old = order.qty
        order.qty = 0 if ev.code == QT_BOOK_DELETE else ev.qty
        self.shift_level(order.side, order.price, order.qty - old, (order.qty > 0) - (old > 0))
        if ev.code == QT_BOOK_DELETE:
            qt_orders_remove(&self.orders, order)
        return QT_OK

    cdef int add_order(self, const qt_event_t* ev) noexcept nogil:
        cdef qt_order_t* order
        cdef bint inside
        if ev.id == 0 or ev.qty == 0 or ev.price == QT_NO_PRICE:
            return QT_BAD_QTY if ev.qty == 0 else QT_BAD_TYPE
        if qt_orders_find(&self.orders, ev.id) != NULL:
            return QT_BAD_POSITION
        inside = self.ladder.placed and qt_ladder_inside(&self.ladder, ev.price)
        inside = inside or self.place(ev.price)
        order = qt_orders_add(&self.orders, ev.id)
        if order == NULL:
            return QT_BAD_POSITION
        order.qty = ev.qty
        order.price = ev.price
        order.side = ev.side
        self.shift_level(ev.side, ev.price, ev.qty, 1)
        return QT_OK if inside else QT_OUTSIDE_LADDER    # kept by id: its edits and its end stay known

    cdef void shift_level(self, int side, int32_t ticks, int64_t qty, int orders) noexcept nogil:
        cdef int s = qt_side_index(side)
        cdef qt_level_t* level
        if not self.ladder.placed or not qt_ladder_inside(&self.ladder, ticks):
            return
        level = qt_ladder_level(&self.ladder, s, ticks)
        qt_ladder_set(&self.ladder, s, ticks, level.qty + qty, level.orders + orders)

    cdef bint has_order(self, int64_t order_id) noexcept nogil:
        return qt_orders_find(&self.orders, order_id) != NULL

    cdef bint breaking_row(self, int side, qt_event_t* out) noexcept nogil:
        cdef int32_t best = self.ladder.side[qt_side_index(side)].best
        if best == QT_NO_PRICE:
            best = self.ladder.side[qt_side_index(-side)].best
        if best == QT_NO_PRICE:
            return False
        memset(out, 0, sizeof(qt_event_t))
        out.kind = <unsigned char>self.rows
        out.code = QT_BOOK_DELETE
        out.side = <signed char>side
        out.flags = QT_F_LAST      # ends the group that it spoils, so that the next one can heal
        out.pos = -1
        out.price = best + side    # one better than the best: nothing can rest there
        out.id = NOBODY if self.rows == QT_EV_ORDER else 0
        return True

    # -- the window

    cdef int place(self, int32_t ticks) noexcept nogil:
        """Puts the window of an empty ladder round a price; false when the ladder holds levels elsewhere."""
        if ticks == QT_NO_PRICE or self.ladder.side[0].count or self.ladder.side[1].count:
            return False
        qt_ladder_move(&self.ladder, qt_ladder_origin(&self.ladder, ticks))
        self.known_lo = self.ladder.lo
        self.known_hi = self.ladder.lo + self.ladder.size
        self.restore_orders(self.known_hi)
        return True

    cdef void follow(self) noexcept nogil:
        """Centres the window again once a best price comes within an eighth of its edge."""
        cdef int64_t old_lo = self.ladder.lo, lo, margin = self.ladder.size >> 3
        cdef int32_t bid = self.ladder.side[0].best, ask = self.ladder.side[1].best
        if bid == QT_NO_PRICE:
            bid = ask
        if ask == QT_NO_PRICE:
            ask = bid
        if bid == QT_NO_PRICE or (bid >= old_lo + margin and ask < old_lo + self.ladder.size - margin):
            return
        lo = qt_ladder_origin(&self.ladder, <int32_t>((<int64_t>bid + ask) >> 1))
        if lo == old_lo or ask - <int64_t>bid >= self.ladder.size - 2 * margin:
            return
        qt_ladder_move(&self.ladder, lo)
        self.moves += 1
        self.known_lo = max(self.known_lo, lo)
        self.known_hi = min(self.known_hi, lo + self.ladder.size)
        self.restore_orders(old_lo)

    cdef void restore_orders(self, int64_t old_lo) noexcept nogil:
        """Orders whose price the window has just reached come back to their levels."""
        cdef int64_t i
        cdef qt_order_t* order
        if self.orders.count == 0:
            return
        for i in range(self.orders.mask + 1):
            order = &self.orders.slots[i]
            if order.id == 0 or order.qty == 0 or old_lo <= order.price < old_lo + self.ladder.size:
                continue
            self.shift_level(order.side, order.price, order.qty, 1)

    # -- questions

    cdef int32_t best(self, int side) noexcept nogil:
        return self.ladder.side[qt_side_index(side)].best

    cdef int64_t qty_at(self, int side, int32_t ticks) noexcept nogil:
        if not qt_ladder_inside(&self.ladder, ticks):
            return 0
        return qt_ladder_level(&self.ladder, qt_side_index(side), ticks).qty

    cdef int32_t orders_at(self, int side, int32_t ticks) noexcept nogil:
        if not qt_ladder_inside(&self.ladder, ticks):
            return 0
        return qt_ladder_level(&self.ladder, qt_side_index(side), ticks).orders

    cdef int32_t next_level(self, int side, int32_t ticks) noexcept nogil:
        return qt_ladder_worse(&self.ladder, qt_side_index(side), ticks)

    cdef int64_t depth(self, int side, int levels) noexcept nogil:
        cdef int64_t total = 0
        cdef int32_t ticks = self.best(side)
        while levels > 0 and ticks != QT_NO_PRICE:
            total += self.qty_at(side, ticks)
            ticks = self.next_level(side, ticks)
            levels -= 1
        return total

    cdef bint crossed(self) noexcept nogil:
        cdef int32_t ask = self.ladder.side[1].best
        return ask != QT_NO_PRICE and self.ladder.side[0].best > ask

    cdef bint locked(self) noexcept nogil:
        cdef int32_t ask = self.ladder.side[1].best
        return ask != QT_NO_PRICE and self.ladder.side[0].best >= ask

    # -- for readers and tests

    def feed(self, events):
        """Applies LEVEL and ORDER rows (EVENT_DTYPE, one dimension); returns the refusal code of each (uint8)."""
        if events.dtype != EVENT_DTYPE:
            raise ValueError(f"events have dtype {events.dtype}, not EVENT_DTYPE")
        codes = np.zeros(len(events), dtype=np.uint8)
        cdef const unsigned char[::1] raw = np.ascontiguousarray(events).view(np.uint8)
        cdef unsigned char[::1] out = codes
        cdef Py_ssize_t i, n = out.shape[0]
        if n == 0:
            return codes
        cdef const qt_event_t* rows = <const qt_event_t*>&raw[0]
        with nogil:
            for i in range(n):
                out[i] = <unsigned char>self.apply(rows + i)
        return codes

    def clear(self) -> None:
        """Empty, as new; the counters stay."""
        self.reset()

    def levels(self, int side, Py_ssize_t count):
        """The best `count` levels of a side (+1 bid, -1 ask), best first: int64 (n, 3) of ticks, lots, orders."""
        cdef Py_ssize_t n = 0, room = max(0, min(count, self.ladder.side[qt_side_index(side)].count))
        rows = np.empty((room, 3), dtype=np.int64)
        cdef int64_t[:, ::1] out = rows
        cdef int32_t ticks = self.best(side)
        while n < room:
            out[n, 0] = ticks
            out[n, 1] = self.qty_at(side, ticks)
            out[n, 2] = self.orders_at(side, ticks)
            ticks = self.next_level(side, ticks)
            n += 1
        return rows

    def order_of(self, int64_t order_id) -> tuple[int, int, int] | None:
        """(side, ticks, lots) of a resting order, None when unknown."""
        order = qt_orders_find(&self.orders, order_id)
        return None if order == NULL else (order.side, order.price, order.qty)

    @property
    def best_bid(self) -> int | None:
        """Ticks, None when the side is empty."""
        best = self.best(QT_BID)
        return None if best == QT_NO_PRICE else best

    @property
    def best_ask(self) -> int | None:
        """Ticks, None when the side is empty."""
        best = self.best(QT_ASK)
        return None if best == QT_NO_PRICE else best

    @property
    def is_ready(self) -> bool:
        return self.ready()

    @property
    def is_crossed(self) -> bool:
        return self.crossed()

    @property
    def order_count(self) -> int:
        """Orders resting (L3)."""
        return self.orders.count

    @property
    def window(self) -> tuple[int, int]:
        """First tick of the ladder and the first tick after it."""
        return self.ladder.lo, self.ladder.lo + self.ladder.size

"""The positional offer book: the vendor counts positions from the best; everybody else names orders."""
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memmove

import numpy as np

from qt_core._types cimport (
    QT_ASK, QT_BAD_POSITION, QT_BAD_QTY, QT_BAD_TYPE, QT_BID, QT_BOOK_ADD, QT_BOOK_DELETE,
    QT_BOOK_DELETE_FROM, QT_BOOK_EDIT, QT_BOOK_IMAGE, QT_EV_OFFER, QT_EV_ORDER, QT_F_FIRST, QT_F_HAS_AGENT,
    QT_F_HAS_ID, QT_F_HAS_PRICE, QT_F_HAS_QTY, QT_F_LAST, QT_MAX_LOTS, QT_NO_PRICE, QT_OK, qt_event_t,
)
from qt_core.book cimport Book, qt_side_index

from qt_core._types import EVENT_DTYPE


cdef class Offers:
    """Keeps the vendor's two lists and turns each OFFER event into ORDER rows for the Book.

    A list holds int32 handles, best price last: index = size - 1 - position (an add: size - position, so position 0
    to size inclusive). An edit's quantity is a signed difference; its other fields count only with their flag. Delete
    from removes positions 0..p. An image row appends in list order, worst first; FIRST (or an image row while none is
    open) clears its side, LAST completes it, and a row with neither price nor quantity carries only flags (an empty
    image). An entry without a price (a market order in an auction) keeps its place and has no ORDER row.

    Every resolved row names its order: by the vendor's id, or by a negative one of ours where none was sent or the id
    is in use. An edit of price or id becomes delete and add. The vendor marks no groups: the last row of each resolved
    event has LAST, unless the book is locked or crossed at that moment, or a side is loading or out of step.

    A position outside the list, a quantity below zero, or a price that breaks the order of the list (an event was
    lost) makes the side stale: its events are ignored until the next image, and the Book gets one row that it refuses,
    so that a replay of the resolved rows breaks at the same point. ``needs_resync`` tells that an image must be asked
    for. Holds 2**side_bits entries a side; memory is allocated once: 24 bytes an entry and 64 bytes for its row.
    """

    def __cinit__(self, Book book not None, int side_bits=16):
        if not 4 <= side_bits <= 20:
            raise ValueError(f"side_bits {side_bits} must be 4..20")
        self.book = book
        self.capacity = 1 << side_bits
        self.pool = <qt_offer_t*>malloc(2 * self.capacity * sizeof(qt_offer_t))
        self.free_handles = <int32_t*>malloc(2 * self.capacity * sizeof(int32_t))
        self.lists[0].handles = <int32_t*>malloc(self.capacity * sizeof(int32_t))
        self.lists[1].handles = <int32_t*>malloc(self.capacity * sizeof(int32_t))
        self.out = <qt_event_t*>malloc((self.capacity + 4) * sizeof(qt_event_t))
        if self.pool == NULL or self.free_handles == NULL or self.lists[0].handles == NULL \
                or self.lists[1].handles == NULL or self.out == NULL:
            raise MemoryError("no memory for the offer book")
        self.next_id = -1
        self.reset()

    def __dealloc__(self):
        free(self.pool)
        free(self.free_handles)
        free(self.lists[0].handles)
        free(self.lists[1].handles)
        free(self.out)

    cdef void reset(self) noexcept nogil:
        """Both lists empty and in step; the book is not touched."""
        cdef int32_t i
        for i in range(2 * self.capacity):
            self.free_handles[i] = 2 * self.capacity - 1 - i
        self.free_count = 2 * self.capacity
        self.out_count = 0
        for i in range(2):
            self.lists[i].size = 0
            self.lists[i].loading = self.lists[i].stale = self.lists[i].skipping = False

    cdef bint in_step(self) noexcept nogil:
        cdef qt_offer_list_t* bids = &self.lists[0]
        cdef qt_offer_list_t* asks = &self.lists[1]
        return not (bids.loading or bids.stale or asks.loading or asks.stale)

    # -- events

    cdef int resolve(self, const qt_event_t* ev) noexcept nogil:
        cdef int code, s
        self.out_count = 0
        if ev.kind != QT_EV_OFFER or (ev.side != QT_BID and ev.side != QT_ASK):
            self.refused += 1
            return QT_BAD_TYPE
        s = qt_side_index(ev.side)
        if ev.code == QT_BOOK_IMAGE:
            code = self.image(ev, s)
        elif self.lists[s].stale:
            return QT_OK
        else:
            code = self.change(ev, s)
        if code != QT_OK:
            self.refused += 1
            self.mark_stale(s)
        return code

    cdef bint settled(self) noexcept nogil:
        return self.in_step() and not self.book.locked()

    cdef void lose(self) noexcept nogil:
        self.out_count = 0
        self.mark_stale(0)
        self.mark_stale(1)

    cdef void mark_stale(self, int s) noexcept nogil:
        """The side waits for an image; a row that the book refuses says so in the resolved stream."""
        cdef int side = QT_ASK if s else QT_BID
        if not self.lists[s].stale and self.book.breaking_row(side, &self.out[self.out_count]):
            self.out_count += 1
        self.lists[s].stale = True
        self.lists[s].skipping |= self.lists[s].loading
        self.lists[s].loading = False

    cdef int image(self, const qt_event_t* ev, int s) noexcept nogil:
        cdef qt_offer_list_t* side = &self.lists[s]
        cdef int code = QT_OK
        if side.skipping and not ev.flags & QT_F_FIRST:
            side.skipping = not ev.flags & QT_F_LAST
            return QT_OK
        if ev.flags & QT_F_FIRST or not side.loading:
            self.remove_from(ev, s, 0, side.size)
            side.loading = True
            side.stale = side.skipping = False
        if ev.price != QT_NO_PRICE or ev.qty:
            code = self.insert(ev, s, side.size)
        if ev.flags & QT_F_LAST:
            side.loading = False
        return code

    cdef int change(self, const qt_event_t* ev, int s) noexcept nogil:
        cdef int32_t size = self.lists[s].size, index = size - 1 - ev.pos
        if ev.pos < 0 or index < (-1 if ev.code == QT_BOOK_ADD else 0):
            return QT_BAD_POSITION
        if ev.code == QT_BOOK_ADD:
            return self.insert(ev, s, index + 1)
        if ev.code == QT_BOOK_EDIT:
            return self.edit(ev, s, index)
        if ev.code == QT_BOOK_DELETE:
            self.remove_from(ev, s, index, 1)
        elif ev.code == QT_BOOK_DELETE_FROM:
            self.remove_from(ev, s, index, ev.pos + 1)
        else:
            return QT_BAD_TYPE
        return QT_OK

    cdef int insert(self, const qt_event_t* ev, int s, int32_t index) noexcept nogil:
        cdef qt_offer_list_t* side = &self.lists[s]
        cdef qt_offer_t* offer
        if ev.qty <= 0 or ev.qty > QT_MAX_LOTS:
            return QT_BAD_QTY
        if side.size == self.capacity or not self.fits(s, index - 1, index, ev.price):
            return QT_BAD_POSITION
        self.free_count -= 1
        memmove(side.handles + index + 1, side.handles + index, (side.size - index) * sizeof(int32_t))
        side.handles[index] = self.free_handles[self.free_count]
        side.size += 1
        offer = &self.pool[side.handles[index]]
        offer.id = self.own_id(ev, ev.id > 0)
        offer.qty = ev.qty
        offer.price = ev.price
        offer.agent = ev.a if ev.a > 0 else -1
        self.emit(ev, offer, QT_BOOK_ADD, side.size - 1 - index)
        return QT_OK

    cdef int edit(self, const qt_event_t* ev, int s, int32_t index) noexcept nogil:
        cdef qt_offer_t* offer = &self.pool[self.lists[s].handles[index]]
        cdef int64_t qty = offer.qty + ev.qty if ev.flags & QT_F_HAS_QTY else offer.qty
        cdef int32_t price = ev.price if ev.flags & QT_F_HAS_PRICE else offer.price
        cdef bint renamed = ev.flags & QT_F_HAS_ID and ev.id > 0 and ev.id != offer.id
        if qty < 0 or qty > QT_MAX_LOTS or (qty == 0 and (renamed or price != offer.price)):
            return QT_BAD_QTY
        if price != offer.price and not self.fits(s, index - 1, index + 1, price):
            return QT_BAD_POSITION
        offer.qty = qty
        if ev.flags & QT_F_HAS_AGENT:
            offer.agent = ev.a if ev.a > 0 else -1
        if price == offer.price and not renamed:
            self.emit(ev, offer, QT_BOOK_EDIT, ev.pos)
            return QT_OK
        self.emit(ev, offer, QT_BOOK_DELETE, ev.pos)
        offer.price = price
        offer.id = self.own_id(ev, True) if renamed else offer.id
        self.emit(ev, offer, QT_BOOK_ADD, ev.pos)
        return QT_OK

    cdef bint fits(self, int s, int32_t below, int32_t above, int32_t price) noexcept nogil:
        """Whether a price may stand between its neighbours: bids rise towards the best, asks fall."""
        cdef qt_offer_list_t* side = &self.lists[s]
        cdef int sign = -1 if s else 1
        cdef int32_t worse = self.pool[side.handles[below]].price if below >= 0 else QT_NO_PRICE
        cdef int32_t better = self.pool[side.handles[above]].price if above < side.size else QT_NO_PRICE
        if price == QT_NO_PRICE:
            return True
        if worse != QT_NO_PRICE and sign * <int64_t>worse > sign * <int64_t>price:
            return False
        return better == QT_NO_PRICE or sign * <int64_t>better >= sign * <int64_t>price

    cdef void remove_from(self, const qt_event_t* ev, int s, int32_t index, int32_t count) noexcept nogil:
        """Takes `count` entries out, from `index` towards the best; their rows go best first."""
        cdef qt_offer_list_t* side = &self.lists[s]
        cdef int32_t i, handle, after = side.size - index - count
        for i in range(index + count - 1, index - 1, -1):
            handle = side.handles[i]
            self.emit(ev, &self.pool[handle], QT_BOOK_DELETE, after)
            self.free_handles[self.free_count] = handle
            self.free_count += 1
        memmove(side.handles + index, side.handles + index + count, after * sizeof(int32_t))
        side.size -= count

    cdef int64_t own_id(self, const qt_event_t* ev, bint given) noexcept nogil:
        if given and not self.book.has_order(ev.id):
            return ev.id
        self.next_id -= 1
        return self.next_id

    cdef void emit(self, const qt_event_t* ev, const qt_offer_t* offer, int code, int32_t pos) noexcept nogil:
        """One ORDER row with the stamps of its OFFER event; none for an order without a price."""
        cdef qt_event_t* row = &self.out[self.out_count]
        if offer.price == QT_NO_PRICE:
            return
        self.out_count += 1
        memcpy(row, ev, sizeof(qt_event_t))
        row.kind = QT_EV_ORDER
        row.code = <unsigned char>code
        row.flags = 0
        row.id = offer.id
        row.qty = 0 if code == QT_BOOK_DELETE else offer.qty
        row.price = offer.price
        row.a = offer.agent
        row.b = 0
        row.pos = pos

    # -- for readers and tests

    def apply(self, events):
        """Resolves OFFER events (EVENT_DTYPE) into the book; returns (rows, codes): the resolved ORDER rows and
        the refusal code of each event (uint8)."""
        if events.dtype != EVENT_DTYPE:
            raise ValueError(f"events have dtype {events.dtype}, not EVENT_DTYPE")
        cdef const unsigned char[::1] raw
        cdef Py_ssize_t i, n = len(events)
        cdef int64_t k
        cdef const qt_event_t* ev
        codes = np.zeros(n, dtype=np.uint8)
        rows = [np.empty(0, dtype=EVENT_DTYPE)]
        if n == 0:
            return rows[0], codes
        raw = np.ascontiguousarray(events).view(np.uint8)
        ev = <const qt_event_t*>&raw[0]
        for i in range(n):
            codes[i] = self.resolve(ev + i)
            for k in range(self.out_count):
                self.book.apply(&self.out[k])
            if self.out_count:
                if self.settled():
                    self.out[self.out_count - 1].flags |= QT_F_LAST
                    self.book.end_group()
                rows.append(self.resolved())
        return np.concatenate(rows), codes

    def resolved(self):
        """The rows of the last resolved event, a copy."""
        rows = np.empty(self.out_count, dtype=EVENT_DTYPE)
        cdef unsigned char[::1] raw = rows.view(np.uint8)
        if self.out_count:
            memcpy(&raw[0], self.out, self.out_count * sizeof(qt_event_t))
        return rows

    def entries(self, int side) -> list[tuple[int, int, int, int]]:
        """A side (+1 bid, -1 ask) in the vendor's positions, best first: (id, ticks, lots, agent)."""
        cdef qt_offer_list_t* one = &self.lists[qt_side_index(side)]
        cdef int32_t i
        return [(self.pool[one.handles[i]].id, self.pool[one.handles[i]].price, self.pool[one.handles[i]].qty,
                 self.pool[one.handles[i]].agent) for i in range(one.size - 1, -1, -1)]

    def lost(self) -> None:
        """Events were lost: both sides wait for an image."""
        self.lose()
        for k in range(self.out_count):
            self.book.apply(&self.out[k])

    @property
    def needs_resync(self) -> bool:
        """A side is out of step: unsubscribe and subscribe again."""
        return self.lists[0].stale or self.lists[1].stale

    @property
    def loading(self) -> bool:
        """An image is arriving."""
        return self.lists[0].loading or self.lists[1].loading

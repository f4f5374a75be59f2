"""The engine: drains events without the GIL, lets time pass, and stops whenever Python owes an answer."""
cimport cython
from libc.stdint cimport INT32_MAX, INT32_MIN, INT64_MAX, int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort
from libc.string cimport memcpy, memset

import numpy as np

from qt_core._types cimport (
    QT_ASK, QT_BAD_PRICE, QT_BAD_QTY, QT_BAD_TIME, QT_BAD_TYPE, QT_BID, QT_CONTROL_FILLED, QT_CONTROL_GAP,
    QT_EV_ACCOUNT, QT_EV_CLOCK, QT_EV_CONTROL,
    QT_EV_DAILY, QT_EV_HISTORY, QT_EV_INVALID_TICKER, QT_EV_KINDS, QT_EV_LEVEL, QT_EV_NONE, QT_EV_OFFER, QT_EV_ORDER,
    QT_EV_ORDER_UPDATE, QT_EV_PHASE, QT_EV_PROGRESS, QT_EV_QUOTE, QT_EV_STATE, QT_EV_TINY, QT_EV_TRADE, QT_F_DONE,
    QT_F_EDIT, QT_F_LAST, QT_MAX_LOTS, QT_NO_PRICE, QT_OK, QT_TIME_BACK, QT_TRADE_AUCTION, qt_event_t,
    qt_mono_ns, qt_sleep_ns, qt_yield,
)
from qt_core.candles cimport candle_end
from qt_core.clockwork cimport AT_INTERVAL, AT_TRADE, COLUMNS, NOTICE, PRICE, REPORTS, SAMPLE, Clockwork
from qt_core.market cimport print_counts
from qt_core.offers cimport Offers
from qt_core.paper cimport PaperMatcher
from qt_core.ring cimport Ring, qt_ring_at, qt_ring_dropped, qt_ring_peek, qt_ring_pop, qt_ring_t, qt_ring_try_push

from qt_core._types import EVENT_DTYPE, Refusal

cdef extern from "qt_atomics.h" nogil:
    int64_t qt_load_acquire(const int64_t* p)
    void qt_store_release(int64_t* p, int64_t v)
    void qt_store_relaxed(int64_t* p, int64_t v)
    void qt_pause()

DUE_SAMPLE = 1    # engine.row and engine.reading hold a new sample
DUE_REPORTS = 2   # the paper matcher has reports
DUE_NOTICE = 4    # engine.notices() has events
DUE_PRICE = 8     # the market has reached a price that watch_prices was told of

cdef enum:
    BATCH = 256              # ring events between two pops
    NOTICES = 4096           # rare events kept for Python
    HELD = 1 << 20           # live events kept while history arrives
    NUMBERS = 1 << 13        # trade numbers remembered: told again soon after, a print is a duplicate

cdef int64_t SECOND = 1000000000
cdef int64_t YEAR_2100 = 4102444800 * SECOND


@cython.final
cdef class Engine(Clockwork):
    """One symbol's engine; one thread feeds it.

    Every event goes through the same steps: refuse what cannot be; time = max(stamp, now); every instant up to that
    time in order (session open, candle close, sample, session close); then, unless a sample fell due, the event
    itself. So a row at T is computed from events before T, and a clock event only makes it happen sooner. A call stops
    before the event when a sample is due and after it when reports or notices wait; the next call continues.

    ``sample``: ``close`` a row per closed candle, ``trade`` after each print of the session, ``interval`` at each
    multiple of ``interval_ns`` (UTC) t with open < t <= close. The first sample follows the first event: nothing is
    decided about the past. A session that passed without events is skipped; a candle that the close cuts is dropped.

    Warm start: after ``begin_backfill`` HISTORY events are applied as prints at their exchange time and live market
    events wait; at the event with DONE (or ``end_backfill``) those that the history does not contain follow, without
    samples. A recording of the resolved events, fed after ``begin_backfill``, repeats it exactly.

    Gap: a CONTROL event GAP means that prints are missed. From it on event time stands still: live market events wait
    and history is collected, each print once, whatever the order and however often it is told. The CONTROL event FILLED
    applies what is new of it at the exchange's time, then what waited, without samples. Another GAP throws away what
    was collected. Prints that lie behind the time reached (it went on during the gap) are recorded and nothing else.

    tick, qty_step: num/den of one tick in points and of one lot in contracts. sessions: int64 (n, 2), open and close
    in UTC ns, ascending; None = one unbounded session from the first event. Raises ValueError for impossible
    arguments. Nothing is allocated after __init__ but the held events of a backfill, and what ``path`` keeps.
    """

    def __init__(self, tick, qty_step=(1, 1), sessions=None, int64_t candle_ns=5_000_000_000, sample="interval",
                 int64_t interval_ns=1_000_000_000, bint features=True, bint readings=True, bint paper=False,
                 int symbol=0):
        super().__init__(tick, qty_step, sessions, candle_ns, sample, interval_ns, features, readings)
        self.paper = PaperMatcher(self.market) if paper else None
        self.offers = Offers(self.market.book)
        self.symbol = symbol
        self.notice = <qt_event_t*>malloc(NOTICES * sizeof(qt_event_t))
        self.numbers = <uint64_t*>calloc(NUMBERS, sizeof(uint64_t))
        if self.notice == NULL or self.numbers == NULL:
            raise MemoryError("no memory for the engine's notices and trade numbers")

    def __dealloc__(self):
        free(self.held)
        free(self.staged)
        free(self.numbers)
        free(self.notice)

    # -- a batch from the ring

    cdef int64_t pull(self, qt_ring_t* ring, int64_t max_events) noexcept nogil:
        cdef int64_t consumed = 0, ready, i
        self.due = 0
        self.see_drops(ring)
        while consumed < max_events and not self.due:
            ready = min(qt_ring_peek(ring), max_events - consumed, <int64_t>BATCH)
            if ready == 0:
                break
            i = 0
            while i < ready and not self.due:
                i += self.take(qt_ring_at(ring, i))   # tick 3/8: the engine drains a batch without the GIL
            qt_ring_pop(ring, i)
            consumed += i
        return consumed

    cdef void see_drops(self, qt_ring_t* ring) noexcept nogil:
        cdef int64_t dropped = qt_ring_dropped(ring)
        if ring != self.drained:
            self.drained = ring
            self.drops_seen = 0
        if dropped != self.drops_seen:
            self.lose(dropped - self.drops_seen)
            self.drops_seen = dropped

    def drain(self, Ring ring not None, int64_t max_events=4096) -> int:
        """Like feed, from a ring whose consumer is this thread; returns how many ring events were consumed.

        Drops that the ring counted since the last call put the book out of step.
        """
        cdef int64_t consumed
        with nogil:
            consumed = self.pull(ring.ptr, max_events)
        return consumed

    # -- one event

    cdef bint take(self, const qt_event_t* source) noexcept nogil:
        cdef qt_event_t ev
        cdef int code
        if self.gated:
            self.gate(source)
            return True
        code = self.check(source)
        if code != QT_OK:
            self.refusals[code] += code > 0
            return True
        memcpy(&ev, source, sizeof(qt_event_t))
        if ev.ts_ns < self.market.now_ns:
            ev.ts_ns = self.market.now_ns
        if ev.ts_ns >= self.next_instant:
            self.pick(&ev)
            if not self.pass_time(ev.ts_ns):
                return False
        self.apply(&ev)
        return True

    cdef void pick(self, const qt_event_t* ev) noexcept nogil:
        """This event makes something due: from here the row's cost counts."""
        self.picked_ns = qt_mono_ns() if self.timed else 0
        self.last_recv_ns = ev.recv_ns

    cdef int check(self, const qt_event_t* ev) noexcept nogil:
        """QT_OK, a refusal, or -1 for an event that is not ours (counted here)."""
        cdef int code
        if ev.symbol != self.symbol and is_market(ev.kind):
            self.other_symbol += 1
            return -1
        if ev.kind == QT_EV_LEVEL or ev.kind == QT_EV_ORDER:    # the book checks the rest of its rows
            return self.check_time(ev.ts_ns)
        if ev.kind == QT_EV_NONE or ev.kind >= QT_EV_KINDS:
            return QT_BAD_TYPE
        if ev.kind == QT_EV_HISTORY and not self.gated:
            self.stray_history += 1
            return -1
        if ev.kind == QT_EV_TRADE or ev.kind == QT_EV_HISTORY or ev.kind == QT_EV_TINY:
            code = check_print(ev)
        elif ev.kind == QT_EV_QUOTE:
            code = check_quote(ev)
        else:
            code = QT_OK
        if code == QT_OK and ev.kind == QT_EV_TRADE and self.repeated(ev):
            self.duplicates += 1
            return -1
        return code if code != QT_OK else self.check_time(ev.exch_ns if ev.kind == QT_EV_HISTORY else ev.ts_ns)

    cdef int check_time(self, int64_t ts_ns) noexcept nogil:
        if ts_ns <= 0 or ts_ns >= YEAR_2100:
            return QT_BAD_TIME
        return QT_OK if ts_ns >= self.market.now_ns - SECOND else QT_TIME_BACK

    cdef void apply(self, qt_event_t* ev) noexcept nogil:
        self.market.now_ns = ev.ts_ns
        if ev.kind == QT_EV_OFFER:
            self.positional = True
            self.apply_offer(ev)
            return
        if ev.kind == QT_EV_TINY:
            self.complete_quote(ev)
        self.update(ev, False)
        if ev.kind == QT_EV_CONTROL and ev.code == QT_CONTROL_GAP:
            self.shut()
            if self.path is not None:
                self.path.see(ev, self.market, True)

    cdef void apply_offer(self, qt_event_t* ev) noexcept nogil:
        """A positional change becomes the order rows that it means."""
        cdef int64_t k
        cdef int code = self.offers.resolve(ev)
        if code != QT_OK:
            self.refusals[code] += 1
        for k in range(self.offers.out_count):
            self.offers.out[k].ts_ns = ev.ts_ns
            self.offers.out[k].symbol = ev.symbol
            self.update(&self.offers.out[k], k == self.offers.out_count - 1)

    cdef void complete_quote(self, qt_event_t* ev) noexcept nogil:
        """A one-sided best quote joins the other side of the last L1 event."""
        cdef int64_t qty = ev.qty
        cdef int32_t price = ev.price
        ev.price = price if ev.side == QT_BID else self.market.l1.bid
        ev.qty = qty if ev.side == QT_BID else self.market.l1.bid_qty
        ev.price2 = price if ev.side == QT_ASK else self.market.l1.ask
        ev.qty2 = qty if ev.side == QT_ASK else self.market.l1.ask_qty
        ev.kind = QT_EV_QUOTE
        ev.side = 0

    cdef void update(self, qt_event_t* ev, bint settles) noexcept nogil:
        """Applies one resolved event to everything that follows the market."""
        cdef bint past = ev.kind == QT_EV_HISTORY, printed
        cdef int code
        if past:
            ev.kind = QT_EV_TRADE
        printed = ev.kind == QT_EV_TRADE and print_counts(self.market, ev)
        if printed and self.mode == AT_TRADE and not self.quiet:
            self.pick(ev)
        code = self.market.apply(ev)   # tick 4/8: book, tape and candles; then features and readings
        if settles and self.offers.settled():
            ev.flags |= QT_F_LAST
            self.market.end_group()
        if printed:
            if self.features is not None:
                self.features.on_trade(ev)
            self.next_instant = min(self.next_instant, candle_end(self.market.candles))
        if self.readings is not None:
            self.readings.on_event(ev)
        if self.paper is not None and self.paper.working() and self.paper.on_event(ev):
            self.due |= REPORTS
        if past:
            ev.kind = QT_EV_HISTORY
        self.count(ev, printed, code)
        if self.watching:
            self.see_prices()
        if self.path is not None:
            self.path.see(ev, self.market, self.gap)
        if printed and self.mode == AT_TRADE and not self.quiet:
            self.sample(ev.ts_ns)

    cdef void see_prices(self) noexcept nogil:
        """The best prices move at the end of a group or with a quote: live and replay stop after the same event."""
        if self.quiet:
            return
        if (self.market.bid != QT_NO_PRICE and self.market.bid <= self.bid_floor) \
                or (self.market.ask != QT_NO_PRICE and self.market.ask >= self.ask_ceiling):
            self.watching = False
            self.due |= PRICE

    cdef void count(self, const qt_event_t* ev, bint printed, int code) noexcept nogil:
        """Numbers the resolved event, hands it to the recorder, and to Python if it is a rare one."""
        self.seq += 1
        self.kinds[ev.kind] += 1
        if code != QT_OK:
            self.refusals[code] += 1
        if ev.kind == QT_EV_TRADE or ev.kind == QT_EV_HISTORY:
            if ev.id > self.known_id():
                self.last_trade_id = ev.id
            if not ev.flags & QT_F_EDIT:
                self.numbers[ev.id & (NUMBERS - 1)] = name_of(ev)
                if self.is_new(ev):
                    self.last_print_ns, self.last_print_id = ev.exch_ns, ev.id
            if ev.flags & QT_F_EDIT:
                self.edits += 1
            elif ev.code == QT_TRADE_AUCTION:
                self.auctions += 1
            elif not printed and ev.qty:
                self.off_session += 1
        elif is_rare(ev.kind):
            self.tell(ev)
        if self.sink is not None:
            qt_ring_try_push(self.sink.ptr, ev)

    cdef int64_t known_id(self) noexcept nogil:
        """Highest trade number applied in this session; the exchange counts anew each day."""
        if self.ids_of_ns != self.market.session_open_ns:
            self.ids_of_ns = self.market.session_open_ns
            self.last_trade_id = 0
        return self.last_trade_id

    cdef void tell(self, const qt_event_t* ev) noexcept nogil:
        self.due |= NOTICE
        if self.notice_count == NOTICES:
            self.notices_lost += 1
            return
        memcpy(&self.notice[self.notice_count], ev, sizeof(qt_event_t))
        self.notice_count += 1

    # -- warm start

    cdef void gate(self, const qt_event_t* ev) noexcept nogil:
        """While history arrives: prints of the past now, rare events at once, everything else later."""
        cdef qt_event_t copy
        cdef int code
        if ev.symbol == self.symbol and ev.kind == QT_EV_HISTORY:
            if self.gap:
                self.stage(ev)
            else:
                self.backfill(ev)
            return
        if ev.kind == QT_EV_CONTROL and ev.code == QT_CONTROL_FILLED:
            self.fill(ev)
            return
        code = self.check(ev)
        if code != QT_OK:
            self.refusals[code] += code > 0
        elif is_rare(ev.kind) and ev.kind != QT_EV_PHASE and ev.kind != QT_EV_DAILY:
            memcpy(&copy, ev, sizeof(qt_event_t))
            self.count(&copy, False, QT_OK)    # keeps its own stamp: the past is still being filled
            if ev.kind == QT_EV_CONTROL and ev.code == QT_CONTROL_GAP:
                self.shut()
        else:
            self.hold(ev)

    cdef void backfill(self, const qt_event_t* source) noexcept nogil:
        cdef qt_event_t ev
        cdef int code = QT_OK
        memcpy(&ev, source, sizeof(qt_event_t))
        ev.flags &= ~QT_F_DONE
        if ev.qty or not source.flags & QT_F_DONE:    # DONE may come without a print
            if 0 < ev.id <= self.known_id():
                self.duplicates += 1
            else:
                code = self.check(&ev)
                if code == QT_OK:
                    self.history += 1
                    ev.ts_ns = max(ev.exch_ns, self.market.now_ns)
                    self.pass_time(ev.ts_ns)
                    self.apply(&ev)
                else:
                    self.refusals[code] += code > 0
        if source.flags & QT_F_DONE:
            self.release(source)

    cdef void hold(self, const qt_event_t* ev) noexcept nogil:
        if self.held == NULL or self.held_count == HELD:
            self.held_dropped += 1
            return
        memcpy(&self.held[self.held_count], ev, sizeof(qt_event_t))
        self.held_count += 1

    cdef void release(self, const qt_event_t* marker) noexcept nogil:
        """Ends the backfill: what the history does not contain follows it; then a marker for the recorder."""
        cdef qt_event_t ev
        self.release_held()
        memset(&ev, 0, sizeof(qt_event_t))
        ev.kind = QT_EV_HISTORY
        ev.flags = QT_F_DONE
        ev.symbol = self.symbol
        ev.price = QT_NO_PRICE
        ev.ts_ns = ev.exch_ns = self.market.now_ns
        if marker != NULL:
            ev.recv_ns = marker.recv_ns
        self.count(&ev, False, QT_OK)
        self.resume_samples()

    cdef void release_held(self) noexcept nogil:
        cdef int64_t i
        cdef qt_event_t ev
        cdef int64_t told_ns = self.last_print_ns, told_id = self.last_print_id
        self.gated = self.gap = False
        for i in range(self.held_count):
            memcpy(&ev, &self.held[i], sizeof(qt_event_t))
            if ev.kind == QT_EV_TRADE and not ev.flags & QT_F_EDIT and self.was_told(&ev, told_ns, told_id):
                self.duplicates += 1
                continue
            ev.ts_ns = max(ev.ts_ns, self.market.now_ns)
            self.pass_time(ev.ts_ns)
            self.apply(&ev)
        free(self.held)
        self.held = NULL
        if self.held_dropped:
            self.lose(0)

    cdef void resume_samples(self) noexcept nogil:
        self.quiet = False
        if self.mode == AT_INTERVAL and self.market.session_open_ns != 0:
            self.next_sample = (self.market.now_ns // self.interval_ns + 1) * self.interval_ns
        self.plan()

    def begin_backfill(self) -> None:
        """From now on history is applied and live market events wait; call it before asking for history."""
        if self.gated:
            return
        self.close_gate()
        if self.held == NULL:
            raise MemoryError("no memory for the events held during a backfill")

    cdef void close_gate(self) noexcept nogil:
        """Without memory every event is dropped and counted, so the book is out of step afterwards."""
        self.held = <qt_event_t*>malloc(HELD * sizeof(qt_event_t))
        self.held_count = 0
        self.gated = self.quiet = True
        self.next_sample = INT64_MAX
        self.plan()

    def end_backfill(self) -> int:
        """Ends a backfill that its history did not end; returns how many held events there were. ``due`` may be set."""
        if not self.gated or self.gap:
            return 0
        self.due = 0
        with nogil:
            self.release(NULL)
        return self.held_count

    @property
    def backfilling(self) -> bool:
        return self.gated

    # -- a gap

    cdef bint is_new(self, const qt_event_t* ev) noexcept nogil:
        """Later than the last print, by the exchange's time and then by number; numbers begin anew each day."""
        return ev.exch_ns > self.last_print_ns or (ev.exch_ns == self.last_print_ns and ev.id > self.last_print_id)

    cdef bint was_told(self, const qt_event_t* ev, int64_t told_ns, int64_t told_id) noexcept nogil:
        """Whether a print that waited is in the history, which reaches to ``told``, or waited twice."""
        if self.repeated(ev):
            return True
        if ev.exch_ns > 0:
            return ev.exch_ns < told_ns or (ev.exch_ns == told_ns and ev.id <= told_id)
        return 0 < ev.id <= self.known_id()

    cdef bint repeated(self, const qt_event_t* ev) noexcept nogil:
        """A live print whose number came a short while ago; recordings were judged when they were made."""
        return ev.recv_ns != 0 and ev.id > 0 and not ev.flags & QT_F_EDIT \
            and self.numbers[ev.id & (NUMBERS - 1)] == name_of(ev)

    cdef void shut(self) noexcept nogil:
        """From now on live market events wait, and history is collected until FILLED."""
        if not self.gated:
            self.close_gate()
        if self.staged == NULL:
            self.staged = <qt_event_t*>malloc(HELD * sizeof(qt_event_t))
        self.staged_count = 0
        self.gap = True

    cdef void stage(self, const qt_event_t* source) noexcept nogil:
        cdef int code
        if source.qty == 0 and source.flags & QT_F_DONE:
            return    # the end of a request, without a print
        code = check_print(source)
        if code == QT_OK and not 0 < source.exch_ns < YEAR_2100:
            code = QT_BAD_TIME
        if code != QT_OK:
            self.refusals[code] += 1
        elif self.staged == NULL or self.staged_count == HELD:
            self.held_dropped += 1
        else:
            memcpy(&self.staged[self.staged_count], source, sizeof(qt_event_t))
            self.staged_count += 1

    cdef void fill(self, const qt_event_t* control) noexcept nogil:
        """Ends the gap: each missed print once and in order, then what waited, then the control event itself."""
        cdef qt_event_t ev
        cdef int64_t i
        if self.staged_count:
            qsort(self.staged, self.staged_count, sizeof(qt_event_t), by_time_and_number)
        for i in range(self.staged_count):
            self.restore(&self.staged[i])
        free(self.staged)
        self.staged = NULL
        self.staged_count = 0
        self.release_held()
        memcpy(&ev, control, sizeof(qt_event_t))
        ev.ts_ns = self.market.now_ns
        self.count(&ev, False, QT_OK)
        self.resume_samples()

    cdef void restore(self, qt_event_t* ev) noexcept nogil:
        cdef bint late = ev.exch_ns < self.market.now_ns - SECOND
        ev.flags &= ~QT_F_DONE
        if ev.flags & QT_F_EDIT or not self.is_new(ev):
            self.duplicates += 1
            return
        self.history += 1
        ev.ts_ns = max(ev.exch_ns, self.market.now_ns)
        if late:
            self.late += 1
            self.count(ev, True, QT_OK)
            return
        self.pass_time(ev.ts_ns)
        self.apply(ev)

    def collected(self) -> tuple[int, int, int, int]:
        """Of a gap: prints collected, exchange times of the first and last of them, and of the first live print that
        waits (UTC ns, 0 none)."""
        cdef int64_t i, first = 0, last = 0, waiting = 0
        for i in range(self.staged_count):
            last = max(last, self.staged[i].exch_ns)
            first = self.staged[i].exch_ns if first == 0 else min(first, self.staged[i].exch_ns)
        for i in range(self.held_count if self.gated else 0):
            if self.held[i].kind == QT_EV_TRADE and not self.held[i].flags & QT_F_EDIT:
                waiting = self.held[i].exch_ns
                break
        return self.staged_count, first, last, waiting

    # -- losses

    cdef void lose(self, int64_t events) noexcept nogil:
        """Events are missing: the book is out of step until its next image, in the resolved stream too."""
        cdef qt_event_t row
        cdef int64_t k
        cdef int side
        self.ring_lost += events
        if self.positional:
            self.offers.lose()
            for k in range(self.offers.out_count):
                self.spoil(&self.offers.out[k])
            return
        for side in range(QT_ASK, QT_BID + 1, 2):
            if self.market.book.breaking_row(side, &row):
                self.spoil(&row)

    cdef void spoil(self, qt_event_t* row) noexcept nogil:
        row.ts_ns = self.market.now_ns
        row.symbol = self.symbol
        self.update(row, False)

    def lose_book(self) -> None:
        """The feed was interrupted: the book is out of step until its next image."""
        self.due = 0
        with nogil:
            self.lose(0)

    @property
    def needs_resync(self) -> bool:
        """The positional book is out of step: unsubscribe and subscribe again."""
        return self.offers.needs_resync

    # -- Python's side

    cdef Py_ssize_t run(self, const qt_event_t* events, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
        cdef Py_ssize_t i = start
        self.due = 0
        while i < end and not self.due:
            i += self.take(events + i)
        return i

    def feed(self, events, Py_ssize_t start=0) -> int:
        """Processes events[start:] until something is due or the batch ends; returns the index of the first event
        that was not applied. Raises ValueError unless events is a one-dimensional EVENT_DTYPE array."""
        cdef Py_ssize_t done
        if events is not self.batch or self.batch is None:
            self.open_batch(events)
        if not 0 <= start <= self.batch_size:
            raise ValueError(f"start {start} lies outside the {self.batch_size} events")
        with nogil:
            done = self.run(self.batch_at, start, self.batch_size)
        return done

    cdef int open_batch(self, object events) except -1:
        """Finds the memory of an array of events, and keeps both until another one is given."""
        self.batch = None
        self.batch_bytes = event_bytes(events)
        cdef const unsigned char[::1] raw = self.batch_bytes
        self.batch_size = raw.shape[0] // <Py_ssize_t>sizeof(qt_event_t)
        self.batch_at = <const qt_event_t*>&raw[0] if self.batch_size else NULL
        if events.flags.c_contiguous:
            self.batch = events
        return 0

    def rows(self, events, int64_t[::1] ts_out, double[:, ::1] rows_out, Py_ssize_t start=0,
             double[:, ::1] readings_out=None) -> tuple[int, int]:
        """Offline: events[start:] without stops, each sample written to ts_out, rows_out (n, 65) and readings_out.

        Returns (index of the first event not applied, rows written); stops early when the output is full.
        """
        cdef const unsigned char[::1] raw = event_bytes(events)
        cdef Py_ssize_t n = raw.shape[0] // <Py_ssize_t>sizeof(qt_event_t), i = start, written = 0
        cdef Py_ssize_t room = min(ts_out.shape[0], rows_out.shape[0])
        cdef Py_ssize_t width = len(self.reading)
        cdef const qt_event_t* source = <const qt_event_t*>&raw[0] if n else NULL
        if rows_out.shape[1] != COLUMNS or not 0 <= start <= n:
            raise ValueError(f"rows_out has {rows_out.shape[1]} columns, needs {COLUMNS}; or start {start} not 0-{n}")
        if readings_out is not None and (readings_out.shape[0] < room or readings_out.shape[1] != width):
            raise ValueError(f"readings_out is {readings_out.shape[0]} x {readings_out.shape[1]}, not {room} x {width}")
        self.timed = False
        with nogil:
            while i < n and written < room:
                self.due = 0
                i += self.take(source + i)
                if self.due & SAMPLE:
                    ts_out[written] = self.sample_ns
                    memcpy(&rows_out[written, 0], self.row_at, COLUMNS * sizeof(double))
                    if readings_out is not None:
                        memcpy(&readings_out[written, 0], self.reading_at, width * sizeof(double))
                    written += 1
        self.timed = True
        self.due = 0
        self.notice_count = 0
        return i, written

    def advance(self, int64_t ts_ns) -> bool:
        """Time passes without an event: instants <= ts_ns, up to the first that is due. Nothing during a backfill."""
        self.due = 0
        if self.gated or ts_ns <= self.market.now_ns:
            return False
        self.picked_ns = qt_mono_ns()
        self.last_recv_ns = 0
        with nogil:
            if self.next_instant == 0 or self.pass_time(ts_ns):    # 0: an unbounded session waits for its first event
                self.market.now_ns = ts_ns
        return self.due != 0

    def wait(self, Ring ring not None, int64_t spin_ns, int64_t yield_ns, int64_t sleep_ns, int64_t timeout_ns) -> bool:
        """Waits, without the GIL, until the ring has events (True), or time is up or ``wake`` was called (False).

        Spins for spin_ns, then yields the processor for yield_ns, then sleeps sleep_ns at a time (0: yields on).
        """
        cdef bint found
        with nogil:
            found = self.await_events(ring.ptr, spin_ns, yield_ns, sleep_ns, timeout_ns)
        return found

    cdef bint await_events(self, qt_ring_t* ring, int64_t spin, int64_t yielding, int64_t sleep,
                           int64_t limit) noexcept nogil:
        cdef int64_t start = qt_mono_ns(), passed
        while qt_ring_peek(ring) == 0:
            if qt_load_acquire(&self.woken):    # pairs with the release in wake
                qt_store_relaxed(&self.woken, 0)
                return False
            passed = qt_mono_ns() - start
            if passed >= limit:
                return False
            if passed < spin:
                qt_pause()
            elif passed < spin + yielding or sleep <= 0:
                qt_yield()
            else:
                qt_sleep_ns(min(sleep, limit - passed))
        return True

    def watch_prices(self, bid_floor=None, ask_ceiling=None) -> None:
        """Stop with DUE_PRICE, once, when the best bid is at or below the one or the best ask at or above the other.

        Ticks; None: that side is not watched.
        """
        self.watching = bid_floor is not None or ask_ceiling is not None
        self.bid_floor = INT32_MIN if bid_floor is None else bid_floor
        self.ask_ceiling = INT32_MAX if ask_ceiling is None else ask_ceiling

    def wake(self) -> None:
        """Any thread: ends the wait that is under way, or the next one."""
        qt_store_release(&self.woken, 1)        # pairs with the acquire in await_events

    def notices(self):
        """STATE, PROGRESS, INVALID_TICKER, ACCOUNT, ORDER_UPDATE, PHASE, CONTROL and DAILY events since the last call,
        at most 4,096 (others are counted as notices_lost)."""
        out = np.empty(self.notice_count, dtype=EVENT_DTYPE)
        cdef unsigned char[::1] raw = out.view(np.uint8)
        if self.notice_count:
            memcpy(&raw[0], self.notice, self.notice_count * sizeof(qt_event_t))
        self.notice_count = 0
        return out

    def counters(self) -> dict[str, int]:
        """Everything counted since the start: applied events by sort, what was left out, and refusals by kind."""
        counts = {
            "trades": self.kinds[QT_EV_TRADE], "history": self.history,
            "book": self.kinds[QT_EV_LEVEL] + self.kinds[QT_EV_ORDER], "quotes": self.kinds[QT_EV_QUOTE],
            "clock": self.kinds[QT_EV_CLOCK], "samples": self.samples, "candles": self.closed,
            "edits": self.edits, "auctions": self.auctions, "off_session": self.off_session,
            "other_symbol": self.other_symbol, "duplicates": self.duplicates, "stray_history": self.stray_history,
            "held": self.held_count, "held_dropped": self.held_dropped, "late": self.late,
            "notices_lost": self.notices_lost,
            "ring_lost": self.ring_lost, "crossed_books": self.market.book.crossings,
            "crossed_quotes": self.market.crossed_quotes, "ladder_moves": self.market.book.moves,
        }
        for refusal in Refusal:
            if refusal != QT_OK:
                counts[f"refused_{refusal.name.lower()}"] = self.refusals[refusal]
        return counts


cdef inline bint is_rare(int kind) noexcept nogil:
    """Events that Python wants to see one by one."""
    return kind in (QT_EV_PHASE, QT_EV_DAILY, QT_EV_STATE, QT_EV_INVALID_TICKER, QT_EV_PROGRESS, QT_EV_ACCOUNT,
                    QT_EV_ORDER_UPDATE, QT_EV_CONTROL)


cdef inline bint is_market(int kind) noexcept nogil:
    """Events that speak of one symbol; the clock's, the connection's and the operator's concern all."""
    return kind in (QT_EV_PHASE, QT_EV_DAILY) or not (kind == QT_EV_CLOCK or is_rare(kind))


cdef inline uint64_t name_of(const qt_event_t* ev) noexcept nogil:
    """One number for the exchange's time and the trade's number, which begins anew each day."""
    return <uint64_t>ev.exch_ns * 1000003 + <uint64_t>ev.id


cdef int by_time_and_number(const void* a, const void* b) noexcept nogil:
    cdef const qt_event_t* x = <const qt_event_t*>a
    cdef const qt_event_t* y = <const qt_event_t*>b
    if x.exch_ns != y.exch_ns:
        return 1 if x.exch_ns > y.exch_ns else -1
    return (x.id > y.id) - (x.id < y.id)


cdef inline int check_print(const qt_event_t* ev) noexcept nogil:
    """A print, or one side of a best quote, where no price means an empty side."""
    if ev.price <= 0 and (ev.kind != QT_EV_TINY or ev.price != QT_NO_PRICE):
        return QT_BAD_PRICE
    if ev.qty > QT_MAX_LOTS or ev.qty < 0 or (ev.qty == 0 and ev.kind != QT_EV_TINY):
        return QT_BAD_QTY
    if ev.side < QT_ASK or ev.side > QT_BID or (ev.side == 0 and ev.kind == QT_EV_TINY):
        return QT_BAD_TYPE
    return QT_OK


cdef inline int check_quote(const qt_event_t* ev) noexcept nogil:
    """A side may be unknown (QT_NO_PRICE) and so may a quantity (0)."""
    if (ev.price <= 0 and ev.price != QT_NO_PRICE) or (ev.price2 <= 0 and ev.price2 != QT_NO_PRICE):
        return QT_BAD_PRICE
    if ev.qty < 0 or ev.qty2 < 0 or ev.qty > QT_MAX_LOTS or ev.qty2 > QT_MAX_LOTS:
        return QT_BAD_QTY
    return QT_OK


cdef event_bytes(events):
    if events.dtype != EVENT_DTYPE or events.ndim != 1:
        raise ValueError(f"events are {events.ndim}-dimensional {events.dtype}, not one-dimensional EVENT_DTYPE")
    return np.ascontiguousarray(events).view(np.uint8)

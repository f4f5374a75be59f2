"""What the vendor calls, one function per callback.

The vendor runs every callback on its one ConnectorThread, from one queue, and forbids calls into the DLL from inside,
except the accessors that belong to a callback (TranslateTrade, GetPriceGroup, GetPriceDepthSideCount,
GetTheoreticalValues, GetOrderDetails, FreePointer). So each function copies, stamps, pushes or counts, and returns: no
allocation, no lock, no GIL. The arithmetic and the checks are plain C in include/qt_door.h, qt_door_book.h and
qt_door_orders.h.

| vendor callback    | given by                       | function           | event                                   |
|--------------------|--------------------------------|--------------------|-----------------------------------------|
| TradeV2            | SetTradeCallbackV2             | on_trade           | TRADE                                   |
| TradeV2            | SetHistoryTradeCallbackV2      | on_history         | HISTORY                                 |
| OfferBookV2        | SetOfferBookCallbackV2         | on_offer_book      | OFFER                                   |
| PriceDepth         | SetPriceDepthCallback          | on_price_depth     | LEVEL, THEORETICAL                      |
| Daily              | init slot, SetDailyCallback    | on_daily           | DAILY                                   |
| TinyBook           | init slot, SetTinyBookCallback | on_tiny_book       | TINY                                    |
| TheoreticalPrice   | SetTheoreticalPriceCallback    | on_theoretical     | THEORETICAL                             |
| ChangeStateTicker  | SetChangeStateTickerCallback   | on_ticker_state    | PHASE                                   |
| State              | init slot, SetStateCallback    | on_state           | STATE                                   |
| Progress           | init slot, SetSerieProgress... | on_progress        | PROGRESS                                |
| InvalidTicker      | SetInvalidTickerCallback       | on_invalid_ticker  | INVALID_TICKER                          |
| Account            | init slot, SetAccountCallback  | on_account         | ACCOUNT                                 |
| Order              | SetOrderCallback               | on_order           | ORDER_UPDATE with a = 1, and its record |
| TradingMessageRes. | SetTradingMessageResultCall... | on_message_result  | ORDER_UPDATE with a = 2, and its record |
| AccountId          | SetOrderHistoryCallback        | on_order_history   | ACCOUNT with b = 1                      |
| Health             | SetHealthCallback              | on_health          | none: any thread may call it            |
| AssetListInfo, V2  | SetAssetListInfoCallback, V2   | asset_info.pyx     | none: a table of contracts              |
"""
from collections import namedtuple

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uintptr_t
from libc.string cimport memcpy, memset

from qt_core._types cimport (
    QT_EV_ACCOUNT, QT_EV_INVALID_TICKER, QT_EV_KINDS, QT_BAD_TICKER,
    QT_BOOK_IMAGE, QT_F_HAS_AGENT, QT_F_HAS_ID, QT_F_HAS_PRICE, QT_F_HAS_QTY, QT_REFUSALS, qt_mono_ns
)
from qt_core.order_updates cimport OrderUpdates
from qt_core.profit cimport QT_CHANNELS
from qt_core.ring cimport Ring, qt_ring_fill

from qt_core._types import Kind, Refusal

cdef qt_door_t door
cdef qt_order_desk_t desk
cdef object kept = None     # both rings must outlive every callback that may still arrive
cdef int64_t connector      # the vendor's callback thread, 0 before it was seen
cdef int64_t caller         # the thread of our own last call: a callback on it came from inside that call


# ---- market data

cdef void __stdcall on_trade(TConnectorAssetIdentifier asset, void* trade, uint32_t flags) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    if qt_door_open(&door):
        qt_on_trade(&door, &asset, trade, flags, entered)
    qt_door_timed(&door, entered)


cdef void __stdcall on_history(TConnectorAssetIdentifier asset, void* trade, uint32_t flags) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    if qt_door_open(&door):
        qt_on_history(&door, &asset, trade, flags, entered)
    qt_door_timed(&door, entered)


cdef inline int symbol_of(qt_text_t ticker) noexcept nogil:
    """Index of the ticker, or -1: refused and counted."""
    cdef int symbol = qt_find_symbol(&door, ticker) if qt_door_open(&door) else -1
    if symbol < 0 and door.ring != NULL:
        qt_refuse(&door, QT_BAD_TICKER)
    return symbol


cdef inline uint8_t flag(uint16_t given, int bit) noexcept nogil:
    return <uint8_t> bit if given & 0xFF else 0   # only the low byte of the vendor's Char means anything


cdef void __stdcall on_offer_book(
        TAssetIDRec asset, int32_t action, int32_t position, int32_t side, int64_t qty, int32_t agent,
        int64_t offer_id, double price, uint16_t has_price, uint16_t has_qty, uint16_t has_date,
        uint16_t has_id, uint16_t has_agent, qt_text_t date, void* sells, void* buys) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol = symbol_of(asset.Ticker)
    cdef qt_offer_t offer
    if action == QT_BOOK_IMAGE:
        offer_arrays(symbol, sells, buys, entered)
    elif symbol >= 0:
        offer.action, offer.position, offer.side = action, position, side
        offer.qty, offer.agent, offer.id, offer.price = qty, agent, offer_id, price
        offer.date = date if has_date & 0xFF else NULL
        offer.flags = (flag(has_price, QT_F_HAS_PRICE) | flag(has_qty, QT_F_HAS_QTY)
                       | flag(has_id, QT_F_HAS_ID) | flag(has_agent, QT_F_HAS_AGENT))
        qt_on_offer(&door, symbol, &offer, entered)
    qt_door_timed(&door, entered)


cdef inline void offer_arrays(int symbol, void* sells, void* buys, int64_t entered) noexcept nogil:
    """Both arrays are ours to free, whether or not anybody wants the symbol."""
    qt_on_offer_array(&door, symbol, 1, sells, entered)
    qt_on_offer_array(&door, symbol, 0, buys, entered)


cdef void __stdcall on_price_depth(
        TConnectorAssetIdentifier asset, uint8_t side, int32_t position, uint8_t update) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol = symbol_of(asset.Ticker)
    if symbol >= 0:
        qt_on_depth(&door, symbol, &asset, side, position, update, entered)
    qt_door_timed(&door, entered)


cdef void __stdcall on_daily(
        TAssetIDRec asset, qt_text_t date, double open_, double high, double low, double close, double volume,
        double settlement, double max_limit, double min_limit, double buyer_volume, double seller_volume,
        int32_t qty, int32_t trades, int32_t open_contracts, int32_t buyer_qty, int32_t seller_qty,
        int32_t buyer_trades, int32_t seller_trades) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol = symbol_of(asset.Ticker)
    if symbol >= 0:
        qt_on_daily(&door, symbol, date, close, qty, trades, entered)
    qt_door_timed(&door, entered)


cdef void __stdcall on_tiny_book(TAssetIDRec asset, double price, int32_t qty, int32_t side) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol = symbol_of(asset.Ticker)
    if symbol >= 0:
        qt_on_tiny(&door, symbol, price, qty, side, entered)
    qt_door_timed(&door, entered)


cdef void __stdcall on_theoretical(TAssetIDRec asset, double price, int64_t qty) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol = symbol_of(asset.Ticker)
    if symbol >= 0:
        qt_on_theoretical(&door, symbol, price, qty, entered)
    qt_door_timed(&door, entered)


cdef void __stdcall on_ticker_state(TAssetIDRec asset, qt_text_t date, int32_t state) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol = symbol_of(asset.Ticker)
    if symbol >= 0:
        qt_on_phase(&door, symbol, date, state, entered)


# ---- connection, accounts, orders

cdef void __stdcall on_state(int32_t type, int32_t result) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int64_t here = <int64_t> PyThread_get_thread_ident()
    if here != qt_load_relaxed(&caller):
        qt_store_relaxed(&connector, here)   # the first callback of every session
    if qt_door_open(&door):
        qt_on_state(&door, type, result, entered)


cdef void __stdcall on_progress(TAssetIDRec asset, int32_t percent) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol = symbol_of(asset.Ticker)
    if symbol >= 0:
        qt_on_progress(&door, symbol, percent, entered)


cdef void __stdcall on_invalid_ticker(TConnectorAssetIdentifier asset) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    cdef int symbol
    if qt_door_open(&door):
        symbol = qt_find_symbol(&door, asset.Ticker)
        qt_on_notice(&door, QT_EV_INVALID_TICKER, symbol if symbol >= 0 else QT_UNKNOWN_SYMBOL, 0, 0, 0, entered)


cdef void __stdcall on_account(int32_t broker, qt_text_t name, qt_text_t account, qt_text_t holder) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    if qt_door_open(&door):
        qt_on_account(&door, &desk, broker, name, account, holder, entered)


cdef void __stdcall on_order(TConnectorOrderIdentifier order) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    if qt_door_open(&door):
        qt_on_order(&door, &desk, &order, entered)
    qt_door_timed(&door, entered)


cdef void __stdcall on_message_result(const TConnectorTradingMessageResult* result) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    if qt_door_open(&door):
        qt_on_message(&door, &desk, result, entered)
    qt_door_timed(&door, entered)


cdef void __stdcall on_order_history(TConnectorAccountIdentifier account) noexcept nogil:
    cdef int64_t entered = qt_mono_ns()
    if qt_door_open(&door):
        qt_on_notice(&door, QT_EV_ACCOUNT, 0, account.BrokerID, 1, 0, entered)


cdef void __stdcall on_health(int32_t state) noexcept nogil:
    qt_store_relaxed(&door.health, state)   # not the ConnectorThread: nothing but this


# ---- the door, from our side

Symbol = namedtuple("Symbol", ("ticker", "exchange", "tick", "qty_step", "multiplier"), defaults=((1, 1), 0.0))
Symbol.__doc__ = """A subscribed contract: UTF-16 ticker, one-letter exchange, points per tick and contracts per lot as
(numerator, denominator), money per point and contract (0 unknown: money volume is not checked)."""

cdef dict ADDRESSES = {
    "on_trade": <uintptr_t> &on_trade, "on_history": <uintptr_t> &on_history,
    "on_offer_book": <uintptr_t> &on_offer_book, "on_price_depth": <uintptr_t> &on_price_depth,
    "on_daily": <uintptr_t> &on_daily, "on_tiny_book": <uintptr_t> &on_tiny_book,
    "on_theoretical": <uintptr_t> &on_theoretical, "on_ticker_state": <uintptr_t> &on_ticker_state,
    "on_state": <uintptr_t> &on_state, "on_progress": <uintptr_t> &on_progress,
    "on_invalid_ticker": <uintptr_t> &on_invalid_ticker, "on_account": <uintptr_t> &on_account,
    "on_order": <uintptr_t> &on_order, "on_message_result": <uintptr_t> &on_message_result,
    "on_order_history": <uintptr_t> &on_order_history, "on_health": <uintptr_t> &on_health,
}
NAMES = tuple(ADDRESSES)


cdef qt_door_t* the_door() noexcept nogil:
    return &door


cdef bint may_call() noexcept nogil:
    cdef int64_t here = <int64_t> PyThread_get_thread_ident()
    if qt_load_relaxed(&connector) == here:
        return False
    qt_store_relaxed(&caller, here)
    return True


cdef int64_t ring_fill() noexcept nogil:
    return qt_ring_fill(door.ring) if door.ring != NULL else 0


def address(str name) -> int:
    """Address of a trampoline, or of ``ring_fill``, for tests and benchmarks that call from C. Raises KeyError."""
    return <uintptr_t> &ring_fill if name == "ring_fill" else ADDRESSES[name]


cdef int write_text(str text, uint16_t* out, int units) except -1:
    raw = text.encode("utf-16-le")
    cdef int n = len(raw) // 2, i
    if n == 0 or n >= units or "\0" in text:
        raise ValueError(f"text {text!r} must have 1 to {units - 1} UTF-16 units")
    for i in range(n):
        out[i] = raw[2 * i] | raw[2 * i + 1] << 8
    out[n] = 0
    return 0


cdef qt_scale_t scale(tuple ratio) except *:
    cdef qt_scale_t s
    s.num, s.den = ratio
    if s.num < 1 or s.den < 1:
        raise ValueError(f"step {ratio} is not two positive integers")
    return s


cdef int register(qt_symbol_t* slot, object symbol) except -1:
    memset(slot, 0, sizeof(qt_symbol_t))
    write_text(symbol.ticker, slot.text, QT_TICKER_UNITS)
    write_text(symbol.exchange, slot.exchange, 4)
    slot.tick = scale(symbol.tick)
    slot.step = scale(symbol.qty_step)
    slot.multiplier = symbol.multiplier
    return 0


cdef void forget_threads() noexcept:
    """The numbers of threads that ended are given to others."""
    qt_store_relaxed(&connector, 0)
    qt_store_relaxed(&caller, 0)


def attach(Ring ring not None, symbols, int depth=20, OrderUpdates orders=None) -> None:
    """Opens the door: callbacks now push into ``ring``; event.symbol is the index into ``symbols``.

    depth: price-depth levels read a side. orders: gets the record of each order update, texts included, before its
    event enters ``ring``. Call it before the library's initialisation, or while it is quiet. All figures start again.
    Raises ValueError.
    """
    global kept
    if not 1 <= len(symbols) <= QT_MAX_SYMBOLS:
        raise ValueError(f"{len(symbols)} symbols: 1 to {QT_MAX_SYMBOLS} can be attached")
    if not 1 <= depth <= QT_DEPTH_MAX:
        raise ValueError(f"depth {depth}: 1 to {QT_DEPTH_MAX} levels can be read")
    cdef qt_door_t fresh
    cdef int i
    memset(&fresh, 0, sizeof(qt_door_t))
    for i in range(len(symbols)):
        register(&fresh.symbol[i], symbols[i])
    for i in range(QT_CHANNELS):
        fresh.channel[i] = QT_NO_CHANNEL
    fresh.clock = NULL
    fresh.offset_s = QT_BRASILIA_S
    fresh.depth = depth
    fresh.symbols = len(symbols)
    fresh.ring = ring.ptr
    memset(&desk, 0, sizeof(qt_order_desk_t))
    if orders is not None:
        desk.ring, desk.accounts = orders.ptr, orders.table
    desk.version = 1
    forget_threads()
    memcpy(&door, &fresh, sizeof(qt_door_t))
    kept = (ring, orders)


def bind(*, uintptr_t translate=0, uintptr_t price_group=0, uintptr_t side_count=0, uintptr_t theoretical=0,
         uintptr_t free_pointer=0, uintptr_t details=0, int order_version=1, bint depth_sides=True,
         uintptr_t clock=0) -> None:
    """Tells the trampolines the library's accessors and its market clock, by address; 0 leaves one out.

    order_version: of the order record; it falls when the library refuses it.
    depth_sides: whether price depth tells the side that changed; without, both are read again.
    Without a clock events carry the wall clock. Call it after ``attach`` and before the library is initialised.
    """
    door.translate = <void*> translate
    door.price_group = <void*> price_group
    door.side_count = <void*> side_count
    door.theoretical = <void*> theoretical
    door.free_pointer = <void*> free_pointer
    door.one_sided = not depth_sides
    desk.details = <void*> details
    qt_store_relaxed(&desk.version, order_version)
    door.clock = <qt_clock_fn> clock if clock else NULL


def detach() -> None:
    """Closes the door: callbacks are only counted. Only after the library is finalised: one may be running."""
    global kept
    door.ring = NULL
    desk.ring = NULL
    desk.accounts = NULL
    kept = None
    forget_threads()


def set_timing(bint on) -> None:
    """Switches the histogram of nanoseconds inside callbacks; it costs one more clock reading each."""
    door.timing = on


def clock_ns() -> int:
    """Market time, UTC ns: the exchange's clock when it has one, else the wall clock, without its jumps."""
    return qt_clock_now(&door)


def clock_skew_ns() -> int:
    """How far the wall clock has jumped away from market time; 0 when it has not, or the exchange has its own clock."""
    return 0 if door.clock != NULL else qt_clock_skew(&door)


def shift_wall(int64_t ns) -> None:
    """Makes the wall clock wrong by so much until the next ``attach``: for tests of a clock that jumps."""
    qt_store_relaxed(&door.wall_shift_ns, ns)


def channels() -> tuple[int, int, int, int]:
    """Last results of login, routing, market data and activation; -1 where none was reported."""
    return tuple([qt_load_acquire(&door.channel[i]) for i in range(QT_CHANNELS)])


cdef qt_symbol_t* slot(int symbol) except NULL:
    if not 0 <= symbol < door.symbols:
        raise ValueError(f"symbol {symbol}: {door.symbols} are attached")
    return &door.symbol[symbol]


def history_begin(int symbol, bint muted) -> None:
    """Before each history request: starts its figures; a muted request's trades are counted and thrown away."""
    qt_history_begin(slot(symbol), QT_HISTORY_MUTED if muted else QT_HISTORY_WANTED)


def history(int symbol) -> tuple[bool, int, int]:
    """Of the last history request: whether it ended, trades delivered, earliest exchange stamp (UTC ns, 0 none)."""
    cdef qt_symbol_t* s = slot(symbol)
    cdef bint done = qt_load_acquire(&s.history_done)
    return done, qt_load_relaxed(&s.history_count), qt_load_relaxed(&s.history_first_ns)


def counters() -> dict[str, int]:
    """Events by kind, refusals (refused_<kind>), orders unread, impossible or written behind their record, offer images
    dropped, calls with the door closed, health."""
    out = {Kind(i).name.lower(): qt_load_relaxed(&door.pushed[i]) for i in range(1, QT_EV_KINDS)}
    for i in range(1, QT_REFUSALS):
        out[f"refused_{Refusal(i).name.lower()}"] = qt_load_relaxed(&door.refused[i])
    out["orders_unread"] = qt_load_relaxed(&desk.unread)
    out["orders_nonsense"] = qt_load_relaxed(&desk.nonsense)
    out["orders_overrun"] = qt_load_relaxed(&desk.overrun)
    out["images_dropped"] = qt_load_relaxed(&door.images_dropped)
    out["closed"] = qt_load_relaxed(&door.closed)
    out["health"] = qt_load_relaxed(&door.health)
    return out


def histogram() -> list[int]:
    """Callbacks by duration: entry k counts 2**k <= ns < 2**(k+1) (entry 0: under 2). Empty unless timing is on."""
    return [qt_load_relaxed(&door.took[i]) for i in range(64)]

"""Any shared library that exports ProfitDLL's interface: load, resolve, register, call.

Every call releases the GIL (the library may wait for its callback thread) and belongs on one command thread. Results
are checked: an NL_ error raises DllError, which names the call, the code and the remedy. A loaded library is never
unloaded, because its threads outlive DLLFinalize.
"""
import re
import sys
import threading
from collections import namedtuple
from pathlib import Path

from libc.stdint cimport int32_t, int64_t, intptr_t, uint16_t, uintptr_t
from libc.string cimport memset

from qt_core cimport profit as p
from qt_core cimport trampolines
from qt_core.ring cimport Ring

from qt_core import trampolines as door
from qt_core.nl import DllError, DllLoadError

Account = namedtuple("Account", ("broker", "account", "sub_account"), defaults=("",))
Account.__doc__ = "A trading account: broker number, account text, sub-account text or empty."

HISTORY_TIME = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d")
_SIDES = {"buy": 1, "sell": 2}
_TYPES = {"market": 1, "limit": 2, "stop_limit": 4}

cdef enum:
    MAX_ACCOUNTS = 64

ctypedef p.TConnectorAccountIdentifierOut AccountOut


cdef bytes utf16(str text):
    """NUL-terminated UTF-16; keep the result alive while the library reads it."""
    return (text + "\0").encode("utf-16-le")


cdef inline p.qt_text_t wide(bytes text) noexcept:
    return <p.qt_text_t> <const char*> text


cdef str from_units(const uint16_t* units, int length):
    return (<const char*> units)[:2 * length].decode("utf-16-le", "replace")


cdef str from_text(p.qt_text_t text):
    cdef int n = 0
    if text == NULL:
        return ""
    while text[n]:
        n += 1
    return from_units(text, n)


cdef int64_t checked(str call, int64_t code) except? -1:
    """The code itself when it is no error: NL_OK, a count or a positive id."""
    if code < 0:
        raise DllError(call, code)
    return code


cdef class _AccountText:
    """An account identifier and the texts it points to."""
    cdef p.TConnectorAccountIdentifier record
    cdef bytes account, sub

    def __cinit__(self, account):
        memset(&self.record, 0, sizeof(self.record))
        self.account = utf16(account.account)
        self.sub = utf16(account.sub_account)
        self.record.BrokerID = account.broker
        self.record.AccountID = wide(self.account)
        self.record.SubAccountID = wide(self.sub) if account.sub_account else NULL


cdef class _AssetText:
    """An asset identifier and the texts it points to."""
    cdef p.TConnectorAssetIdentifier record
    cdef bytes ticker, exchange

    def __cinit__(self, str ticker, str exchange):
        memset(&self.record, 0, sizeof(self.record))
        self.ticker = utf16(ticker)
        self.exchange = utf16(exchange)
        self.record.Ticker = wide(self.ticker)
        self.record.Exchange = wide(self.exchange)


cdef int32_t __stdcall collect_order(const p.TConnectorOrder* o, intptr_t out) noexcept with gil:
    """Runs on the thread that enumerates, inside the call; the record dies when this returns."""
    (<list> <object> <void*> out).append({
        "local_id": o.OrderID.LocalOrderID, "cl_ord_id": from_text(o.OrderID.ClOrderID),
        "ticker": from_text(o.AssetID.Ticker), "side": o.OrderSide, "type": o.OrderType, "status": o.OrderStatus,
        "qty": o.Quantity, "traded": o.TradedQuantity, "leaves": o.LeavesQuantity, "price": o.Price,
        "stop_price": o.StopPrice, "avg_price": o.AveragePrice, "text": from_text(o.TextMessage),
    })
    return 1


cdef class Dll:
    """A library at ``path``.

    Raises DllLoadError: no file there, the system cannot load it, or needed exports are missing (``.missing``).
    """
    cdef p.qt_profit_api_t api      # one pointer per export
    cdef readonly str path          # absolute
    cdef readonly str version       # "4.0.0.42", the simulated exchange's own, or "unknown"
    cdef readonly bint simulated    # exports SIM_Version: a simulated exchange
    cdef bint attached              # the trampolines know a ring: initialising is allowed

    def __cinit__(self, path):
        where = Path(path).absolute()
        if not where.is_file():
            raise DllLoadError(f"no library at {where}: set PROFIT_DLL_PATH or --dll to the ProfitDLL file")
        self.path = str(where)
        cdef bytes name = self.path.encode()
        cdef const char* raw = name
        cdef void* lib
        cdef char why[512]
        with nogil:
            lib = p.qt_lib_open(raw)
        if lib == NULL:
            p.qt_lib_error(why, sizeof(why))
            reason = (<bytes> why).decode(errors="replace")
            bits = sys.maxsize.bit_length() + 1
            raise DllLoadError(f"{where} cannot be loaded: {reason}; use the library of this {bits}-bit system with "
                               "its companion files beside it")
        self.resolve(lib)
        self.read_version(raw)

    cdef int resolve(self, void* lib) except -1:
        cdef int i = 0
        cdef const p.qt_export_t* export = p.qt_export(0)
        missing = []
        while export != NULL:
            if not p.qt_export_resolve(&self.api, lib, i) and export.needed:
                missing.append((<bytes> export.name).decode())
            i += 1
            export = p.qt_export(i)
        if missing:
            named = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            raise DllLoadError(f"{self.path} does not export {named}: it is no ProfitDLL, or one too old",
                               tuple(missing))
        return 0

    cdef int read_version(self, const char* path) except -1:
        cdef uint16_t parts[4]
        self.simulated = self.api.SIM_Version != NULL
        self.version = "unknown"
        if self.simulated:
            self.version = (<bytes> self.api.SIM_Version()).decode()
        elif p.qt_lib_version(path, parts):
            self.version = f"{parts[0]}.{parts[1]}.{parts[2]}.{parts[3]}"
        return 0

    # ---- life cycle

    def attach(self, Ring ring not None, symbols, int depth=20) -> None:
        """Opens the trampolines onto ``ring`` for ``symbols`` (trampolines.Symbol); before initialising."""
        door.attach(ring, symbols, depth)
        door.bind(
            translate=<uintptr_t> self.api.TranslateTrade, price_group=<uintptr_t> self.api.GetPriceGroup,
            side_count=<uintptr_t> self.api.GetPriceDepthSideCount,
            theoretical=<uintptr_t> self.api.GetTheoreticalValues, free_pointer=<uintptr_t> self.api.FreePointer,
            clock=<uintptr_t> self.api.SIM_ClockNs)
        if self.api.SIM_SetBacklog != NULL:
            self.api.SIM_SetBacklog(trampolines.ring_fill)
        self.attached = True

    cdef int ready_to_initialize(self) except -1:
        if not self.attached:
            raise ValueError("attach a ring before the login: callbacks start at once")
        return 0

    def initialize_market_login(self, str key, str user, str password) -> None:
        """Starts the login for market data; success is reported through the four channels. Raises DllError."""
        self.ready_to_initialize()
        cdef bytes k = utf16(key), u = utf16(user), w = utf16(password)
        cdef p.qt_text_t kp = wide(k), up = wide(u), wp = wide(w)
        cdef int32_t code
        with nogil:   # V1 slots of what has a V2 setter stay NULL
            code = self.api.DLLInitializeMarketLogin(
                kp, up, wp, trampolines.on_state, NULL, trampolines.on_daily, NULL, NULL, NULL,
                trampolines.on_progress, trampolines.on_tiny_book)
        checked("DLLInitializeMarketLogin", code)

    def initialize_login(self, str key, str user, str password) -> None:
        """Starts the login for market data and routing. Raises DllError."""
        self.ready_to_initialize()
        cdef bytes k = utf16(key), u = utf16(user), w = utf16(password)
        cdef p.qt_text_t kp = wide(k), up = wide(u), wp = wide(w)
        cdef int32_t code
        with nogil:
            code = self.api.DLLInitializeLogin(
                kp, up, wp, trampolines.on_state, NULL, NULL, trampolines.on_account, NULL, trampolines.on_daily,
                NULL, NULL, NULL, trampolines.on_progress, trampolines.on_tiny_book)
        checked("DLLInitializeLogin", code)

    def set_callbacks(self) -> None:
        """Registers every V2 callback; at once after initialising. Raises DllError."""
        cdef int32_t c[12]
        with nogil:
            c[0] = self.api.SetStateCallback(trampolines.on_state)
            c[1] = self.api.SetTradeCallbackV2(trampolines.on_trade)
            c[2] = self.api.SetHistoryTradeCallbackV2(trampolines.on_history)
            c[3] = self.api.SetOfferBookCallbackV2(trampolines.on_offer_book)
            c[4] = self.api.SetPriceDepthCallback(trampolines.on_price_depth)
            c[5] = self.api.SetInvalidTickerCallback(trampolines.on_invalid_ticker)
            c[6] = self.api.SetDailyCallback(trampolines.on_daily)
            c[7] = self.api.SetTinyBookCallback(trampolines.on_tiny_book)
            c[8] = self.api.SetSerieProgressCallback(trampolines.on_progress)
            c[9] = self.api.SetOrderHistoryCallback(trampolines.on_order_history)
            c[10] = self.api.SetOrderCallback(trampolines.on_order)
            c[11] = self.api.SetAccountCallback(trampolines.on_account)
        names = ("SetStateCallback", "SetTradeCallbackV2", "SetHistoryTradeCallbackV2", "SetOfferBookCallbackV2",
                 "SetPriceDepthCallback", "SetInvalidTickerCallback", "SetDailyCallback", "SetTinyBookCallback",
                 "SetSerieProgressCallback", "SetOrderHistoryCallback", "SetOrderCallback", "SetAccountCallback")
        for i, name in enumerate(names):
            checked(name, c[i])
        self.set_optional_callbacks()

    cdef int set_optional_callbacks(self) except -1:
        cdef int32_t c = 0
        if self.api.SetTheoreticalPriceCallback != NULL:
            with nogil:
                c = self.api.SetTheoreticalPriceCallback(trampolines.on_theoretical)
            checked("SetTheoreticalPriceCallback", c)
        if self.api.SetChangeStateTickerCallback != NULL:
            with nogil:
                c = self.api.SetChangeStateTickerCallback(trampolines.on_ticker_state)
            checked("SetChangeStateTickerCallback", c)
        if self.api.SetHealthCallback != NULL:
            with nogil:
                c = self.api.SetHealthCallback(trampolines.on_health)
            checked("SetHealthCallback", c)
        return 0

    def finalize(self, double timeout=2.0) -> bool:
        """Ends the session; False when the library did not return within ``timeout`` seconds (it can hang).

        After True the trampolines are closed and the ring is free; after False callbacks may still come.
        """
        worker = threading.Thread(target=self.finalize_now, name="qt-finalize", daemon=True)
        worker.start()
        worker.join(timeout)
        if worker.is_alive():
            return False
        door.detach()
        self.attached = False
        return True

    def finalize_now(self) -> None:
        """DLLFinalize without a limit."""
        with nogil:
            self.api.DLLFinalize()

    # ---- market data

    cdef int ticker_call(self, str name, p.TickerFn function, str ticker, str exchange) except -1:
        cdef bytes t = utf16(ticker), e = utf16(exchange)
        cdef p.qt_text_t tp = wide(t), ep = wide(e)
        cdef int32_t code
        with nogil:
            code = function(tp, ep)
        checked(name, code)
        return 0

    def subscribe_ticker(self, str ticker, str exchange) -> None:
        """Trades, daily summary and best quote; no book. Raises DllError."""
        self.ticker_call("SubscribeTicker", self.api.SubscribeTicker, ticker, exchange)

    def unsubscribe_ticker(self, str ticker, str exchange) -> None:
        """Raises DllError."""
        self.ticker_call("UnsubscribeTicker", self.api.UnsubscribeTicker, ticker, exchange)

    def subscribe_offer_book(self, str ticker, str exchange) -> None:
        """The book order by order: an image, then changes. Raises DllError."""
        self.ticker_call("SubscribeOfferBook", self.api.SubscribeOfferBook, ticker, exchange)

    def unsubscribe_offer_book(self, str ticker, str exchange) -> None:
        """Raises DllError."""
        self.ticker_call("UnsubscribeOfferBook", self.api.UnsubscribeOfferBook, ticker, exchange)

    def subscribe_price_depth(self, str ticker, str exchange) -> None:
        """The book by price. Raises DllError."""
        cdef _AssetText asset = _AssetText(ticker, exchange)
        cdef int32_t code
        with nogil:
            code = self.api.SubscribePriceDepth(&asset.record)
        checked("SubscribePriceDepth", code)

    def unsubscribe_price_depth(self, str ticker, str exchange) -> None:
        """Raises DllError."""
        cdef _AssetText asset = _AssetText(ticker, exchange)
        cdef int32_t code
        with nogil:
            code = self.api.UnsubscribePriceDepth(&asset.record)
        checked("UnsubscribePriceDepth", code)

    def get_history_trades(self, str ticker, str exchange, str start, str end) -> None:
        """Asks for past trades in [start, end), both ``DD/MM/YYYY HH:MM:SS`` in Brazilian time; they come as HISTORY.

        Raises ValueError for a date without a time (the library would accept it and deliver nothing), DllError.
        """
        for text in (start, end):
            if not HISTORY_TIME.fullmatch(text):
                raise ValueError(f"history date {text!r} is not DD/MM/YYYY HH:MM:SS")
        cdef bytes t = utf16(ticker), e = utf16(exchange), s = utf16(start), f = utf16(end)
        cdef p.qt_text_t tp = wide(t), ep = wide(e), sp = wide(s), fp = wide(f)
        cdef int32_t code
        with nogil:
            code = self.api.GetHistoryTrades(tp, ep, sp, fp)
        checked("GetHistoryTrades", code)

    def server_clock(self) -> tuple[int, int, int, int, int, int, int]:
        """Year, month, day, hour, minute, second, millisecond at the server, Brazilian time. Raises DllError."""
        cdef double days = 0.0
        cdef int32_t v[7]
        cdef int32_t code
        with nogil:
            code = self.api.GetServerClock(&days, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6])
        checked("GetServerClock", code)
        return (v[0], v[1], v[2], v[3], v[4], v[5], v[6])

    # ---- accounts and positions

    def accounts(self) -> list[Account]:
        """Accounts announced so far, without repeats. Raises DllError."""
        cdef int32_t known, filled
        cdef AccountOut rows[MAX_ACCOUNTS]
        with nogil:
            known = self.api.GetAccountCount()
        known = min(<int> checked("GetAccountCount", known), MAX_ACCOUNTS)
        memset(rows, 0, sizeof(rows))   # Version 0 in each
        with nogil:
            filled = self.api.GetAccounts(0, 0, known, rows)
        filled = min(<int> checked("GetAccounts", filled), known)
        found = [Account(rows[i].BrokerID, from_units(rows[i].AccountID, min(100, max(0, rows[i].AccountIDLength))),
                         from_units(rows[i].SubAccountID, min(100, max(0, rows[i].SubAccountIDLength))))
                 for i in range(filled)]
        return list(dict.fromkeys(found))

    def get_position(self, account, str ticker, str exchange, int position_type=1) -> dict[str, object] | None:
        """Open position (position_type 1 day trade, 2 consolidated): side +1/-1/0, qty, avg_price; None never traded.

        Raises DllError.
        """
        cdef _AccountText a = _AccountText(account)
        cdef _AssetText s = _AssetText(ticker, exchange)
        cdef p.TConnectorTradingAccountPosition r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.Version = 1
        r.AccountID, r.AssetID = a.record, s.record
        r.PositionType = position_type
        with nogil:
            code = self.api.GetPositionV2(&r)
        if code == p.NL_NO_POSITION:
            return None
        checked("GetPositionV2", code)
        side = 0 if r.OpenQuantity == 0 else {1: 1, 2: -1}.get(r.OpenSide, 0)   # flat positions carry a garbage side
        return {"side": side, "qty": r.OpenQuantity, "avg_price": r.OpenAveragePrice,
                "bought": r.DailyBuyQuantity, "sold": r.DailySellQuantity}

    # ---- orders

    def send_order(self, account, str ticker, str exchange, str side, str kind, int64_t qty, double price=-1.0,
                   double stop_price=-1.0, str password="") -> tuple[int, int]:
        """Sends a day order: side buy/sell, kind market/limit/stop_limit, qty contracts. (local id, message id or -1).

        The id only says "handed to the router". Raises ValueError, DllError.
        """
        cdef _AccountText a = _AccountText(account)
        cdef _AssetText s = _AssetText(ticker, exchange)
        cdef bytes secret = utf16(password)
        cdef p.TConnectorSendOrder r
        cdef int64_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.AssetID, r.Password = a.record, s.record, wide(secret)
        r.OrderSide, r.OrderType = choice(_SIDES, side), choice(_TYPES, kind)
        r.Price, r.StopPrice, r.Quantity, r.MessageID = price, stop_price, qty, -1
        r.Version = 2
        with nogil:
            code = self.api.SendOrder(&r)
            if code == p.NL_VERSION_NOT_SUPPORTED:
                r.Version = 1   # never 0: its enumerations mean other things
                code = self.api.SendOrder(&r)
        return checked("SendOrder", code), r.MessageID

    def change_order(self, account, int64_t local_id, str cl_ord_id, int64_t qty, double price, double stop_price=-1.0,
                     str password="") -> int:
        """Changes a live order, named by either id (-1 or empty: not known). Message id or -1. Raises DllError."""
        cdef _AccountText a = _AccountText(account)
        cdef bytes c = utf16(cl_ord_id), secret = utf16(password)
        cdef p.TConnectorChangeOrder r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.Password = a.record, wide(secret)
        r.OrderID.LocalOrderID, r.OrderID.ClOrderID = local_id, wide(c) if cl_ord_id else NULL
        r.Price, r.StopPrice, r.Quantity, r.MessageID = price, stop_price, qty, -1
        r.Version = 1
        with nogil:
            code = self.api.SendChangeOrderV2(&r)
            if code == p.NL_VERSION_NOT_SUPPORTED:
                r.Version = 0
                code = self.api.SendChangeOrderV2(&r)
        checked("SendChangeOrderV2", code)
        return r.MessageID

    def cancel_order(self, account, int64_t local_id, str cl_ord_id="", str password="") -> int:
        """Cancels one order, named by either id. Message id or -1. Raises DllError."""
        cdef _AccountText a = _AccountText(account)
        cdef bytes c = utf16(cl_ord_id), secret = utf16(password)
        cdef p.TConnectorCancelOrder r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.Password, r.MessageID = a.record, wide(secret), -1
        r.OrderID.LocalOrderID, r.OrderID.ClOrderID = local_id, wide(c) if cl_ord_id else NULL
        r.Version = 1
        with nogil:
            code = self.api.SendCancelOrderV2(&r)
            if code == p.NL_VERSION_NOT_SUPPORTED:
                r.Version = 0
                code = self.api.SendCancelOrderV2(&r)
        checked("SendCancelOrderV2", code)
        return r.MessageID

    def cancel_orders(self, account, str ticker, str exchange, str password="") -> None:
        """Cancels every order of one contract. Raises DllError."""
        cdef _AccountText a = _AccountText(account)
        cdef _AssetText s = _AssetText(ticker, exchange)
        cdef bytes secret = utf16(password)
        cdef p.TConnectorCancelOrders r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.AssetID, r.Password = a.record, s.record, wide(secret)
        with nogil:
            code = self.api.SendCancelOrdersV2(&r)
        checked("SendCancelOrdersV2", code)

    def cancel_all_orders(self, account, str password="") -> None:
        """Cancels every order of the account. Raises DllError."""
        cdef _AccountText a = _AccountText(account)
        cdef bytes secret = utf16(password)
        cdef p.TConnectorCancelAllOrders r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.Password = a.record, wide(secret)
        with nogil:
            code = self.api.SendCancelAllOrdersV2(&r)
        checked("SendCancelAllOrdersV2", code)

    def zero_position(self, account, str ticker, str exchange, double price=-1.0, int position_type=1,
                      str password="") -> tuple[int, int]:
        """Closes the position (price -1 = at market). (local id, message id or -1). Raises DllError."""
        cdef _AccountText a = _AccountText(account)
        cdef _AssetText s = _AssetText(ticker, exchange)
        cdef bytes secret = utf16(password)
        cdef p.TConnectorZeroPosition r
        cdef int64_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.AssetID, r.Password = a.record, s.record, wide(secret)
        r.Price, r.PositionType, r.MessageID = price, position_type, -1
        r.Version = 2
        with nogil:
            code = self.api.SendZeroPositionV2(&r)
            if code == p.NL_VERSION_NOT_SUPPORTED:
                r.Version = 1
                code = self.api.SendZeroPositionV2(&r)
        return checked("SendZeroPositionV2", code), r.MessageID

    def order_details(self, int64_t local_id, str cl_ord_id="") -> dict[str, object]:
        """One order as it stands now, text included (two passes). Raises DllError."""
        cdef bytes c = utf16(cl_ord_id)
        cdef p.TConnectorOrderOut r
        cdef bytearray text, ticker, exchange
        memset(&r, 0, sizeof(r))
        r.OrderID.LocalOrderID, r.OrderID.ClOrderID = local_id, wide(c) if cl_ord_id else NULL
        self.details_pass(&r)
        text, ticker, exchange = room(r.TextMessageLength), room(r.AssetID.TickerLength), room(r.AssetID.ExchangeLength)
        r.TextMessage = <uint16_t*> <char*> text
        r.AssetID.Ticker, r.AssetID.Exchange = <uint16_t*> <char*> ticker, <uint16_t*> <char*> exchange
        self.details_pass(&r)
        return {"local_id": r.OrderID.LocalOrderID, "ticker": in_room(ticker), "side": r.OrderSide, "type": r.OrderType,
                "status": r.OrderStatus, "qty": r.Quantity, "traded": r.TradedQuantity, "leaves": r.LeavesQuantity,
                "price": r.Price, "stop_price": r.StopPrice, "avg_price": r.AveragePrice, "text": in_room(text)}

    cdef int details_pass(self, p.TConnectorOrderOut* r) except -1:
        cdef int32_t code
        with nogil:
            code = self.api.GetOrderDetails(r)
        checked("GetOrderDetails", code)
        return 0

    def enumerate_orders(self, account) -> list[dict[str, object]]:
        """Every order the library knows of the account. Raises DllError."""
        cdef _AccountText a = _AccountText(account)
        cdef list orders = []
        cdef intptr_t out = <intptr_t> <void*> orders
        cdef int32_t code
        with nogil:
            code = self.api.EnumerateAllOrders(&a.record, 0, out, collect_order)
        checked("EnumerateAllOrders", code)
        return orders

    def set_day_trade(self, bint on) -> None:
        """Tags the orders that follow as day trades. Raises DllError."""
        cdef int32_t code, flag = on
        with nogil:
            code = self.api.SetDayTrade(flag)
        checked("SetDayTrade", code)

    def set_order_history(self, bint on) -> None:
        """Leave it on: positions are wrong without. Raises DllError."""
        cdef int32_t code, flag = on
        with nogil:
            code = self.api.SetEnabledHistOrder(flag)
        checked("SetEnabledHistOrder", code)

    # ---- the simulated exchange's side channel

    def sim_set(self, str key, str value) -> None:
        """Sets a parameter of the simulated exchange, before the login. Raises ValueError."""
        cdef bytes k = key.encode(), v = value.encode()
        cdef const char* kp = k
        cdef const char* vp = v
        cdef int32_t code
        if self.api.SIM_Set == NULL:
            raise ValueError(f"{self.path} is no simulated exchange: it has no parameter {key!r}")
        with nogil:
            code = self.api.SIM_Set(kp, vp)
        if code != 0:
            raise ValueError(f"the simulated exchange refuses {key} = {value!r}")

    def sim_stat(self, str name) -> int:
        """A figure of the simulated exchange. Raises ValueError when the library is none."""
        cdef bytes n = name.encode()
        cdef const char* np_ = n
        cdef int64_t value
        if self.api.SIM_Stat == NULL:
            raise ValueError(f"{self.path} is no simulated exchange: it has no figure {name!r}")
        with nogil:
            value = self.api.SIM_Stat(np_)
        return value

    def sim_release(self) -> None:
        """Lets a market go that was held at its start. Raises ValueError when the library cannot hold one."""
        cdef int32_t code
        if self.api.SIM_Release == NULL:
            raise ValueError(f"{self.path} is no simulated exchange that can be held")
        with nogil:
            code = self.api.SIM_Release()
        if code != 0:
            raise ValueError("the simulated exchange does not let its market go: log in first")

    def stats(self) -> dict[str, int]:
        """Counters of the trampolines."""
        return door.counters()


cdef int choice(dict table, str word) except -1:
    if word not in table:
        raise ValueError(f"{word!r} is not one of {', '.join(table)}")
    return table[word]


cdef bytearray room(int32_t units):
    """A zeroed buffer for that many UTF-16 units and a terminator."""
    return bytearray(2 * (max(0, min(units, 1 << 16)) + 1))


cdef str in_room(bytearray text):
    return bytes(text).decode("utf-16-le", "replace").split("\0", 1)[0]

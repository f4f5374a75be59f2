"""Reading orders from our own thread: one by either id, all of an account, those of an interval."""
from libc.stdint cimport int32_t, int64_t, intptr_t, uint64_t
from libc.string cimport memset

from qt_core cimport profit as p
from qt_core.account_calls cimport AccountCalls
from qt_core.library cimport AccountText, checked, from_text, from_units, older, utf16, wide
from qt_core.settled cimport SettledOrders, qt_order_mark, qt_order_signed, qt_settled_holds, qt_settled_t
from qt_core.trampolines cimport (
    QT_BRASILIA_S, qt_details_possible, qt_listed_possible, qt_load_relaxed, qt_read_details, qt_store_relaxed,
)

from qt_core import nl
from qt_core.nl import DllLayoutError
from qt_core.refusals import refuse_order_ids

cdef extern from "qt_time.h" nogil:
    int qt_system_time_ns(const p.TSystemTime* t, int32_t offset_s, int64_t* ns)


cdef int64_t instant(const p.TSystemTime* t) noexcept:
    """UTC ns, or 0 where the vendor gives no date."""
    cdef int64_t ns = 0
    return 0 if qt_system_time_ns(t, QT_BRASILIA_S, &ns) else ns


cdef p.TSystemTime system_time(when) except *:
    """A Brazilian local time, without a zone, as the vendor's record; its weeks begin on Sunday."""
    cdef p.TSystemTime t
    if when.tzinfo is not None:
        raise ValueError(f"{when} carries a time zone: give Brazilian local time without one")
    t.wYear, t.wMonth, t.wDayOfWeek, t.wDay = when.year, when.month, when.isoweekday() % 7, when.day
    t.wHour, t.wMinute, t.wSecond = when.hour, when.minute, when.second
    t.wMilliseconds = when.microsecond // 1000
    return t


cdef dict listed(const p.TConnectorOrder* o, bint events):
    """An order of an enumeration. error is 0, or a code when its contents are impossible: then only the ids stand."""
    cdef dict found = {"error": 0, "local_id": o.OrderID.LocalOrderID, "cl_ord_id": from_text(o.OrderID.ClOrderID)}
    if not qt_listed_possible(o):
        found["error"] = nl.NL_NOT_CONSISTENT
    found.update({
        "ticker": from_text(o.AssetID.Ticker), "exchange": from_text(o.AssetID.Exchange),
        "broker": o.AccountID.BrokerID, "account": from_text(o.AccountID.AccountID),
        "sub_account": from_text(o.AccountID.SubAccountID), "side": o.OrderSide, "type": o.OrderType,
        "status": o.OrderStatus, "qty": o.Quantity, "traded": o.TradedQuantity, "leaves": o.LeavesQuantity,
        "price": o.Price, "stop_price": o.StopPrice, "avg_price": o.AveragePrice if o.TradedQuantity else 0.0,
        "text": from_text(o.TextMessage), "validity": o.ValidityType, "date_ns": instant(&o.Date),
        "update_ns": instant(&o.LastUpdate), "close_ns": instant(&o.CloseDate),
        "validity_ns": instant(&o.ValidityDate), "event_id": o.EventID if events else 0})
    return found


cdef class _Sink:
    """Where an enumeration leaves its orders, or what went wrong while it did."""
    cdef list orders
    cdef object failure
    cdef bint events    # the records carry an event number

    def __cinit__(self, bint events):
        self.orders, self.events = [], events


cdef int32_t __stdcall collect_order(const p.TConnectorOrder* o, intptr_t out) noexcept with gil:
    """Runs on the thread that enumerates, inside the call; the record dies when this returns."""
    cdef _Sink sink = <_Sink> <void*> out
    try:
        sink.orders.append(listed(o, sink.events))
    except BaseException as error:   # it must not cross the library; the caller raises it
        sink.failure = error
        return 0
    return 1


cdef struct Survey:     # an enumeration that leaves settled orders out
    const qt_settled_t* settled
    int64_t traded      # contracts, signed, of those left out
    void* sink


cdef int32_t __stdcall collect_unsettled(const p.TConnectorOrder* o, intptr_t out) noexcept nogil:
    """Most orders of a long day are settled: they cost neither an object nor the interpreter."""
    cdef Survey* survey = <Survey*> out
    cdef uint64_t mark = qt_order_mark(o)
    if not qt_settled_holds(survey.settled, o.OrderID.LocalOrderID, mark):
        return collect_marked(o, mark, survey.sink)
    survey.traded += qt_order_signed(o)
    return 1


cdef int32_t collect_marked(const p.TConnectorOrder* o, uint64_t mark, void* out) noexcept with gil:
    cdef _Sink sink = <_Sink> out
    if not collect_order(o, <intptr_t> out):
        return 0
    (<dict> sink.orders[len(sink.orders) - 1])["mark"] = mark
    return 1


cdef list told(str call, int64_t code, _Sink sink):
    if sink.failure is not None:
        raise sink.failure
    checked(call, code)
    return sink.orders


cdef class OrderReading(AccountCalls):

    def order_details(self, int64_t local_id, str cl_ord_id="") -> dict[str, object]:
        """One order as it stands now, text included (two passes), by either id. Raises ValueError, DllError."""
        refuse_order_ids(local_id, cl_ord_id)
        cdef bytes c = utf16(cl_ord_id)
        cdef p.TConnectorOrderIdentifier id
        cdef int32_t code
        self.enter("GetOrderDetails", <const void*> self.api.GetOrderDetails)
        memset(&id, 0, sizeof(id))
        id.LocalOrderID, id.ClOrderID = local_id, wide(c) if cl_ord_id else NULL
        self.desk.details = <void*> self.api.GetOrderDetails
        qt_store_relaxed(&self.desk.version, self.records.order)
        with nogil:
            code = qt_read_details(&self.desk, &id)
        self.records.order = qt_load_relaxed(&self.desk.version)
        checked("GetOrderDetails", code)
        return self.details_told(cl_ord_id)

    cdef dict details_told(self, str cl_ord_id):
        cdef p.TConnectorOrderOut* r = &self.desk.room.record
        if not p.qt_guard_whole(self.desk.room.guard):
            raise DllLayoutError("GetOrderDetails", "wrote behind its record")
        if not qt_details_possible(r):
            raise DllLayoutError("GetOrderDetails", f"told {r.TradedQuantity} of {r.Quantity} at {r.AveragePrice!r}")
        return {"local_id": r.OrderID.LocalOrderID, "cl_ord_id": cl_ord_id, "broker": r.AccountID.BrokerID,
                "account": from_units(r.AccountID.AccountID, min(100, r.AccountID.AccountIDLength)),
                "sub_account": from_units(r.AccountID.SubAccountID, min(100, r.AccountID.SubAccountIDLength)),
                "ticker": from_text(r.AssetID.Ticker), "exchange": from_text(r.AssetID.Exchange), "side": r.OrderSide,
                "type": r.OrderType, "status": r.OrderStatus, "qty": r.Quantity, "traded": r.TradedQuantity,
                "leaves": r.LeavesQuantity, "price": r.Price, "stop_price": r.StopPrice,
                "avg_price": r.AveragePrice if r.TradedQuantity else 0.0, "text": from_text(r.TextMessage),
                "validity": r.ValidityType, "date_ns": instant(&r.Date), "update_ns": instant(&r.LastUpdate),
                "close_ns": instant(&r.CloseDate), "validity_ns": instant(&r.ValidityDate),
                "event_id": r.EventID if self.records.order >= 1 else 0}

    def enumerate_orders(self, account) -> list[dict[str, object]]:
        """Every order the library knows of the account. Raises DllError."""
        cdef AccountText a = AccountText(account)
        cdef _Sink sink = _Sink(self.records.order >= 1)
        cdef intptr_t out = <intptr_t> <void*> sink
        cdef int32_t code
        self.enter("EnumerateAllOrders", <const void*> self.api.EnumerateAllOrders)
        with nogil:
            code = self.api.EnumerateAllOrders(&a.record, self.records.order, out, collect_order)
            while older(code, &self.records.order, 0):
                code = self.api.EnumerateAllOrders(&a.record, self.records.order, out, collect_order)
        return told("EnumerateAllOrders", code, sink)

    def enumerate_unsettled(self, account, SettledOrders settled) -> tuple[list[dict[str, object]], int]:
        """The orders of the account that are not settled, each with its ``mark``, and the contracts, signed, that those
        left out have traded. Raises DllError."""
        cdef AccountText a = AccountText(account)
        cdef _Sink sink = _Sink(self.records.order >= 1)
        cdef Survey survey = Survey(&settled.table, 0, <void*> sink)
        cdef int32_t code
        self.enter("EnumerateAllOrders", <const void*> self.api.EnumerateAllOrders)
        with nogil:
            code = self.api.EnumerateAllOrders(&a.record, self.records.order, <intptr_t> &survey, collect_unsettled)
            while older(code, &self.records.order, 0):
                code = self.api.EnumerateAllOrders(&a.record, self.records.order, <intptr_t> &survey,
                                                   collect_unsettled)
        return told("EnumerateAllOrders", code, sink), survey.traded

    def enumerate_orders_by_interval(self, account, start, end) -> list[dict[str, object]]:
        """The account's orders of [start, end], Brazilian local datetimes without a zone; load them first, see
        ``has_orders_in_interval``. Raises ValueError, DllError."""
        cdef AccountText a = AccountText(account)
        cdef p.TSystemTime s = system_time(start), e = system_time(end)
        cdef _Sink sink = _Sink(self.records.order >= 1)
        cdef intptr_t out = <intptr_t> <void*> sink
        cdef int32_t code
        self.enter("EnumerateOrdersByInterval", <const void*> self.api.EnumerateOrdersByInterval)
        with nogil:
            code = self.api.EnumerateOrdersByInterval(&a.record, self.records.order, s, e, out, collect_order)
            while older(code, &self.records.order, 0):
                code = self.api.EnumerateOrdersByInterval(&a.record, self.records.order, s, e, out, collect_order)
        return told("EnumerateOrdersByInterval", code, sink)

    def has_orders_in_interval(self, account, start, end) -> bool:
        """Whether the orders of the interval are loaded; False: they are being fetched, ask again. Raises DllError."""
        cdef AccountText a = AccountText(account)
        cdef p.TSystemTime s = system_time(start), e = system_time(end)
        cdef int32_t code
        self.enter("HasOrdersInInterval", <const void*> self.api.HasOrdersInInterval)
        with nogil:
            code = self.api.HasOrdersInInterval(&a.record, s, e)
        if code == p.NL_WAITING_SERVER:
            return False
        checked("HasOrdersInInterval", code)
        return True

"""Calls that send, change and cancel orders. What no order can be is refused here, before any call."""
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from qt_core cimport profit as p
from qt_core.library cimport AccountText, AssetText, checked, older, utf16, wide
from qt_core.order_reading cimport OrderReading

from qt_core.refusals import refuse_contract, refuse_order_ids, refuse_price, refuse_quantity

_SIDES = {"buy": 1, "sell": 2}
_TYPES = {"market": 1, "limit": 2, "stop_limit": 4}


cdef int choice(dict table, str word) except -1:
    if word not in table:
        raise ValueError(f"{word!r} is not one of {', '.join(table)}")
    return table[word]


cdef class OrderCalls(OrderReading):

    def send_order(self, account, str ticker, str exchange, str side, str kind, int64_t qty, double price=-1.0,
                   double stop_price=-1.0, str password="") -> tuple[int, int]:
        """Sends a day order: side buy/sell, kind market/limit/stop_limit, qty contracts. (local id, message id or -1).

        Prices that the kind does not use are not sent. The id only says "handed to the router".
        Raises ValueError, DllError.
        """
        cdef p.TConnectorSendOrder r
        cdef int64_t code
        memset(&r, 0, sizeof(r))
        r.OrderSide, r.OrderType = choice(_SIDES, side), choice(_TYPES, kind)
        refuse_contract(ticker, exchange)
        refuse_quantity(qty)
        if kind != "market":
            refuse_price("price", price)
        if kind == "stop_limit":
            refuse_price("stop price", stop_price)
        cdef AccountText a = AccountText(account)
        cdef AssetText s = AssetText(ticker, exchange)
        cdef bytes secret = utf16(password)
        r.AccountID, r.AssetID, r.Password = a.record, s.record, wide(secret)
        r.Price = price if kind != "market" else -1.0
        r.StopPrice = stop_price if kind == "stop_limit" else -1.0
        r.Quantity, r.MessageID = qty, -1
        self.enter("SendOrder", <const void*> self.api.SendOrder)
        with nogil:
            r.Version = self.records.send
            code = self.api.SendOrder(&r)
            while older(code, &self.records.send, 1):   # never 0: its enumerations mean other things
                r.Version = self.records.send
                code = self.api.SendOrder(&r)
        return checked("SendOrder", code), r.MessageID

    def change_order(self, account, int64_t local_id, str cl_ord_id, int64_t qty, double price, double stop_price=-1.0,
                     str password="") -> int:
        """Changes a live order, named by either id (-1 or empty: not known). Message id or -1.

        qty is the new total. Raises ValueError, DllError.
        """
        refuse_order_ids(local_id, cl_ord_id)
        refuse_quantity(qty)
        refuse_price("price", price)
        if stop_price != -1.0:
            refuse_price("stop price", stop_price)
        cdef AccountText a = AccountText(account)
        cdef bytes c = utf16(cl_ord_id), secret = utf16(password)
        cdef p.TConnectorChangeOrder r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.Password = a.record, wide(secret)
        r.OrderID.LocalOrderID, r.OrderID.ClOrderID = local_id, wide(c) if cl_ord_id else NULL
        r.Price, r.StopPrice, r.Quantity, r.MessageID = price, stop_price, qty, -1
        self.enter("SendChangeOrderV2", <const void*> self.api.SendChangeOrderV2)
        with nogil:
            r.Version = self.records.change
            code = self.api.SendChangeOrderV2(&r)
            while older(code, &self.records.change, 0):
                r.Version = self.records.change
                code = self.api.SendChangeOrderV2(&r)
        checked("SendChangeOrderV2", code)
        return r.MessageID

    def cancel_order(self, account, int64_t local_id, str cl_ord_id="", str password="") -> int:
        """Cancels one order, named by either id. Message id or -1. Raises ValueError, DllError."""
        refuse_order_ids(local_id, cl_ord_id)
        cdef AccountText a = AccountText(account)
        cdef bytes c = utf16(cl_ord_id), secret = utf16(password)
        cdef p.TConnectorCancelOrder r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.Password, r.MessageID = a.record, wide(secret), -1
        r.OrderID.LocalOrderID, r.OrderID.ClOrderID = local_id, wide(c) if cl_ord_id else NULL
        self.enter("SendCancelOrderV2", <const void*> self.api.SendCancelOrderV2)
        with nogil:
            r.Version = self.records.cancel
            code = self.api.SendCancelOrderV2(&r)
            while older(code, &self.records.cancel, 0):
                r.Version = self.records.cancel
                code = self.api.SendCancelOrderV2(&r)
        checked("SendCancelOrderV2", code)
        return r.MessageID

    def cancel_orders(self, account, str ticker, str exchange, str password="") -> None:
        """Cancels every order of one contract. Raises ValueError, DllError."""
        refuse_contract(ticker, exchange)
        cdef AccountText a = AccountText(account)
        cdef AssetText s = AssetText(ticker, exchange)
        cdef bytes secret = utf16(password)
        cdef p.TConnectorCancelOrders r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.AssetID, r.Password = a.record, s.record, wide(secret)
        self.enter("SendCancelOrdersV2", <const void*> self.api.SendCancelOrdersV2)
        with nogil:
            code = self.api.SendCancelOrdersV2(&r)
        checked("SendCancelOrdersV2", code)

    def cancel_all_orders(self, account, str password="") -> None:
        """Cancels every order of the account. Raises DllError."""
        cdef AccountText a = AccountText(account)
        cdef bytes secret = utf16(password)
        cdef p.TConnectorCancelAllOrders r
        cdef int32_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.Password = a.record, wide(secret)
        self.enter("SendCancelAllOrdersV2", <const void*> self.api.SendCancelAllOrdersV2)
        with nogil:
            code = self.api.SendCancelAllOrdersV2(&r)
        checked("SendCancelAllOrdersV2", code)

    def zero_position(self, account, str ticker, str exchange, double price=-1.0, int position_type=1,
                      str password="") -> tuple[int, int]:
        """Closes the position (price -1 = at market). (local id, message id or -1). Raises ValueError, DllError."""
        refuse_contract(ticker, exchange)
        if price != -1.0:
            refuse_price("price", price)
        if position_type not in (1, 2):
            raise ValueError(f"position type {position_type} is neither 1 (day trade) nor 2 (consolidated)")
        cdef AccountText a = AccountText(account)
        cdef AssetText s = AssetText(ticker, exchange)
        cdef bytes secret = utf16(password)
        cdef p.TConnectorZeroPosition r
        cdef int64_t code
        memset(&r, 0, sizeof(r))
        r.AccountID, r.AssetID, r.Password = a.record, s.record, wide(secret)
        r.Price, r.PositionType, r.MessageID = price, position_type, -1
        self.enter("SendZeroPositionV2", <const void*> self.api.SendZeroPositionV2)
        with nogil:
            r.Version = self.records.zero
            code = self.api.SendZeroPositionV2(&r)
            while older(code, &self.records.zero, 1):
                r.Version = self.records.zero
                code = self.api.SendZeroPositionV2(&r)
        return checked("SendZeroPositionV2", code), r.MessageID

    cdef int flag_call(self, str name, FlagFn function, bint on) except -1:
        cdef int32_t code, flag = on
        self.enter(name, <const void*> function)
        with nogil:
            code = function(flag)
        checked(name, code)
        return 0

    def set_day_trade(self, bint on) -> None:
        """Tags the orders that follow as day trades. Raises DllError."""
        self.flag_call("SetDayTrade", self.api.SetDayTrade, on)

    def set_order_history(self, bint on) -> None:
        """Leave it on: positions are wrong without. Raises DllError."""
        self.flag_call("SetEnabledHistOrder", self.api.SetEnabledHistOrder, on)

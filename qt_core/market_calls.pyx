"""Calls about market data: subscriptions, history, contracts, names, the server's clock and health."""
import re

from libc.stdint cimport int32_t, uint16_t

from qt_core cimport profit as p
from qt_core.library cimport AssetText, Library, checked, from_units, utf16, wide

from qt_core import asset_info
from qt_core.nl import DllLayoutError

HISTORY_TIME = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d")

cdef enum:
    NAME_UNITS = 512


cdef class MarketCalls(Library):

    cdef int ticker_call(self, str name, p.TickerFn function, str ticker, str exchange) except -1:
        cdef bytes t = utf16(ticker), e = utf16(exchange)
        cdef p.qt_text_t tp = wide(t), ep = wide(e)
        cdef int32_t code
        self.enter(name, <const void*> function)
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

    cdef int depth_call(self, str name, p.SubscribePriceDepthFn function, str ticker, str exchange) except -1:
        cdef AssetText asset = AssetText(ticker, exchange)
        cdef int32_t code
        self.enter(name, <const void*> function)
        with nogil:
            code = function(&asset.record)
        checked(name, code)
        return 0

    def subscribe_price_depth(self, str ticker, str exchange) -> None:
        """The book by price. Raises DllError."""
        self.depth_call("SubscribePriceDepth", self.api.SubscribePriceDepth, ticker, exchange)

    def unsubscribe_price_depth(self, str ticker, str exchange) -> None:
        """Raises DllError."""
        self.depth_call("UnsubscribePriceDepth", self.api.UnsubscribePriceDepth, ticker, exchange)

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
        self.enter("GetHistoryTrades", <const void*> self.api.GetHistoryTrades)
        with nogil:
            code = self.api.GetHistoryTrades(tp, ep, sp, fp)
        checked("GetHistoryTrades", code)

    # ---- contracts

    def request_ticker_info(self, str ticker, str exchange) -> None:
        """Asks for a contract's tick, multiplier, lot, expiry; ``ticker_info`` has them soon after. Raises DllError."""
        self.ticker_call("RequestTickerInfo", self.api.RequestTickerInfo, ticker, exchange)

    def ticker_info(self, str ticker, str exchange) -> asset_info.AssetInfo | None:
        """The newest answer about the contract, or None: not asked for, or not answered yet."""
        told = reversed(asset_info.told_so_far())
        return next((i for i in told if i.ticker == ticker and i.exchange in (exchange, "")), None)

    def last_daily_close(self, str ticker, str exchange, bint adjusted=False) -> float | None:
        """The last day's close, in points; None: it is being fetched, ask again. Subscribe first. Raises DllError."""
        cdef bytes t = utf16(ticker), e = utf16(exchange)
        cdef p.qt_text_t tp = wide(t), ep = wide(e)
        cdef double close = 0.0
        cdef int32_t code, flag = adjusted
        self.enter("GetLastDailyClose", <const void*> self.api.GetLastDailyClose)
        with nogil:
            code = self.api.GetLastDailyClose(tp, ep, &close, flag)
        if code == p.NL_WAITING_SERVER:
            return None
        checked("GetLastDailyClose", code)
        if not 0.0 < close < 1e9:
            raise DllLayoutError("GetLastDailyClose", f"told a close of {close!r}")
        return close

    # ---- names and clocks

    def agent_name(self, int32_t agent, bint short=False) -> str | None:
        """The name of a broker by its number; None for a number that the library does not know. Raises DllError."""
        cdef uint16_t units[NAME_UNITS]
        cdef int32_t length, code = 0
        cdef int i
        self.enter("GetAgentNameLength", <const void*> self.api.GetAgentNameLength)
        self.enter("GetAgentName", <const void*> self.api.GetAgentName)
        for i in range(NAME_UNITS):
            units[i] = 0
        with nogil:
            length = self.api.GetAgentNameLength(agent, short)
            if 0 < length < NAME_UNITS // 2:
                code = self.api.GetAgentName(length, agent, units, short)
        if p.NL_NOT_FOUND in (length, code):
            return None
        checked("GetAgentNameLength", length)
        if length >= NAME_UNITS // 2:
            raise DllLayoutError("GetAgentNameLength", f"told a name of {length} letters")
        checked("GetAgentName", code)   # the copied length from 4.0.0.36, NL_OK before
        return from_units(units, length).split("\0", 1)[0]

    def server_clock(self) -> tuple[int, int, int, int, int, int, int]:
        """Year, month, day, hour, minute, second, millisecond at the server, Brazilian time. Raises DllError."""
        cdef double days = 0.0
        cdef int32_t v[7]
        cdef int32_t code
        self.enter("GetServerClock", <const void*> self.api.GetServerClock)
        with nogil:
            code = self.api.GetServerClock(&days, &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6])
        checked("GetServerClock", code)
        return (v[0], v[1], v[2], v[3], v[4], v[5], v[6])

    def responsive(self) -> bool:
        """Whether the library says that it is alive; it never blocks. Raises DllError (from 4.0.0.41 only)."""
        cdef int32_t state = 0, code
        self.enter("GetHealthStatus", <const void*> self.api.GetHealthStatus)
        with nogil:
            code = self.api.GetHealthStatus(&state)
        checked("GetHealthStatus", code)
        return state == 0

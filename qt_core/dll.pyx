"""Any shared library that exports ProfitDLL's interface: log in, register, finalise; its calls come with it.

Every call releases the GIL (the library may wait for its callback thread) and belongs on one command thread. Results
are checked: an NL_ error raises DllError, which names the call, the code and the remedy. A loaded library is never
unloaded, because its threads outlive DLLFinalize.
"""
import threading

from libc.stdint cimport int32_t, int64_t, uintptr_t

from qt_core cimport profit as p
from qt_core cimport trampolines
from qt_core.asset_info cimport asset_info_callback, asset_info_v2_callback
from qt_core.library cimport checked, utf16, wide
from qt_core.order_calls cimport OrderCalls
from qt_core.order_updates cimport OrderUpdates
from qt_core.ring cimport Ring

from qt_core import account_calls, asset_info
from qt_core import trampolines as door

Account = account_calls.Account
_NEEDED = ("SetStateCallback", "SetTradeCallbackV2", "SetHistoryTradeCallbackV2", "SetOfferBookCallbackV2",
           "SetPriceDepthCallback", "SetInvalidTickerCallback", "SetDailyCallback", "SetTinyBookCallback",
           "SetSerieProgressCallback", "SetOrderHistoryCallback", "SetOrderCallback", "SetAccountCallback")


cdef int optional(str call, int32_t code) except -1:
    """A setter that a library may have without having what it is for."""
    if code != p.NL_NOT_IMPLEMENTED:
        checked(call, code)
    return 0


cdef class Dll(OrderCalls):
    """A library at ``path``.

    Raises DllLoadError: no file there, the system cannot load it, or needed exports are missing (``.missing``).
    """
    cdef bint attached              # the trampolines know a ring: initialising is allowed

    # ---- life cycle

    def attach(self, Ring ring not None, symbols, int depth=20, OrderUpdates orders=None) -> None:
        """Opens the trampolines onto ``ring`` and ``orders`` for ``symbols`` (trampolines.Symbol); before the login."""
        self.read_version()
        door.attach(ring, symbols, depth, orders)
        asset_info.forget()
        door.bind(
            translate=<uintptr_t> self.api.TranslateTrade, price_group=<uintptr_t> self.api.GetPriceGroup,
            side_count=<uintptr_t> self.api.GetPriceDepthSideCount,
            theoretical=<uintptr_t> self.api.GetTheoreticalValues, free_pointer=<uintptr_t> self.api.FreePointer,
            details=<uintptr_t> self.api.GetOrderDetails, order_version=self.records.order,
            depth_sides=self.depth_sides, clock=<uintptr_t> self.api.SIM_ClockNs)
        if self.api.SIM_SetBacklog != NULL:
            self.api.SIM_SetBacklog(trampolines.ring_fill)
        self.attached = True

    cdef int ready_to_initialize(self, str call, const void* function) except -1:
        if not self.attached:
            raise ValueError("attach a ring before the login: callbacks start at once")
        return self.enter(call, function)

    def initialize_market_login(self, str key, str user, str password) -> None:
        """Starts the login for market data; success is reported through the four channels. Raises DllError."""
        self.ready_to_initialize("DLLInitializeMarketLogin", <const void*> self.api.DLLInitializeMarketLogin)
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
        self.ready_to_initialize("DLLInitializeLogin", <const void*> self.api.DLLInitializeLogin)
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
        self.enter(_NEEDED[0], <const void*> self.api.SetStateCallback)
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
        for i, name in enumerate(_NEEDED):
            checked(name, c[i])
        self.set_optional_callbacks()
        self.set_asset_info_callbacks()

    cdef int set_optional_callbacks(self) except -1:
        cdef int32_t c = 0
        if self.api.SetTheoreticalPriceCallback != NULL:
            with nogil:
                c = self.api.SetTheoreticalPriceCallback(trampolines.on_theoretical)
            optional("SetTheoreticalPriceCallback", c)
        if self.api.SetChangeStateTickerCallback != NULL:
            with nogil:
                c = self.api.SetChangeStateTickerCallback(trampolines.on_ticker_state)
            optional("SetChangeStateTickerCallback", c)
        if self.api.SetHealthCallback != NULL:
            with nogil:
                c = self.api.SetHealthCallback(trampolines.on_health)
            optional("SetHealthCallback", c)
        if self.api.SetTradingMessageResultCallback != NULL:
            with nogil:
                c = self.api.SetTradingMessageResultCallback(trampolines.on_message_result)
            optional("SetTradingMessageResultCallback", c)
        return 0

    cdef int set_asset_info_callbacks(self) except -1:
        """The form with the sector if there is one; its quantities are as wide as the library's version says."""
        cdef void* callback
        cdef int32_t c
        if self.api.SetAssetListInfoCallbackV2 != NULL:
            callback = asset_info_v2_callback(self.wide_quantities)
            with nogil:
                c = self.api.SetAssetListInfoCallbackV2(callback)
            optional("SetAssetListInfoCallbackV2", c)
        elif self.api.SetAssetListInfoCallback != NULL:
            callback = asset_info_callback(self.wide_quantities)
            with nogil:
                c = self.api.SetAssetListInfoCallback(callback)
            optional("SetAssetListInfoCallback", c)
        return 0

    def finalize(self, double timeout=2.0) -> bool:
        """Ends the session; False when the library did not return within ``timeout`` seconds (it can hang).

        After True the trampolines are closed and the rings are free; after False callbacks may still come.
        """
        self.enter("DLLFinalize", <const void*> self.api.DLLFinalize)
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

    # ---- the simulated exchange's side channel

    cdef str sim_reason(self):
        """Why the exchange refused the last of these calls: ": ..." or nothing."""
        words = (<bytes> self.api.SIM_Error()).decode() if self.api.SIM_Error != NULL else ""
        return f": {words}" if words else ""

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
            raise ValueError(f"the simulated exchange refuses {key} = {value!r}{self.sim_reason()}")
        self.read_version()

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

    def sim_run_until(self, str clock) -> None:
        """Lets a held market run to HH:MM[:SS[.mmm]] and holds it again there. Raises ValueError."""
        cdef bytes text = clock.encode()
        cdef const char* raw = text
        cdef int32_t code
        if self.api.SIM_RunUntil == NULL:
            raise ValueError(f"{self.path} is no simulated exchange that can be held")
        with nogil:
            code = self.api.SIM_RunUntil(raw)
        if code != 0:
            raise ValueError(f"the simulated exchange does not run until {clock!r}{self.sim_reason()}")

    def sim_faults(self, str script, bint check=False) -> None:
        """Loads a fault script, before the login; ``check`` only reads it. Raises ValueError naming the line."""
        cdef bytes text = script.encode()
        cdef const char* raw = text
        cdef int32_t code
        if self.api.SIM_Faults == NULL or self.api.SIM_CheckFaults == NULL:
            raise ValueError(f"{self.path} is no simulated exchange: it takes no faults")
        with nogil:
            code = self.api.SIM_CheckFaults(raw) if check else self.api.SIM_Faults(raw)
        if code != 0:
            raise ValueError(f"the fault script is refused{self.sim_reason()}")

    def stats(self) -> dict[str, int]:
        """Counters of the trampolines."""
        return door.counters()

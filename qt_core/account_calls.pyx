"""Calls about accounts and positions. Only a login with routing has any."""
from collections import namedtuple

from libc.stdint cimport int32_t, intptr_t, uint16_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from qt_core cimport profit as p
from qt_core.library cimport AccountText, AssetText, checked, from_text, from_units, older
from qt_core.market_calls cimport MarketCalls

from qt_core.nl import DllLayoutError
from qt_core.refusals import refuse_contract

Account = namedtuple("Account", ("broker", "account", "sub_account"), defaults=("",))
Account.__doc__ = "A trading account: broker number, account text, sub-account text or empty."

AccountDetails = namedtuple("AccountDetails", ("broker_name", "owner", "sub_owner", "is_sub", "enabled", "type"))
AccountDetails.__doc__ = "Who holds an account; type is a vendor.AccountType number, or -1 when the library is too old."

_SIDES = {1: 1, 2: -1}

cdef enum:
    MOST_ACCOUNTS = 1 << 14
    NAME_UNITS = 1024       # longest name that is asked for; the buffers are twice as long


cdef list rows_of(const AccountOut* rows, int32_t n):
    """Accounts by their told lengths, without repeats: each reconnection announces them all again."""
    found = [Account(rows[i].BrokerID, from_units(rows[i].AccountID, min(100, rows[i].AccountIDLength)),
                     from_units(rows[i].SubAccountID, min(100, rows[i].SubAccountIDLength))) for i in range(n)]
    return list(dict.fromkeys(found))


cdef AccountOut* room_for(int32_t n) except NULL:
    """Version 0 in each; one row more than is asked for."""
    cdef AccountOut* rows = <AccountOut*> calloc(n + 1, sizeof(AccountOut))
    if rows == NULL:
        raise MemoryError(f"no room for {n} accounts")
    return rows


cdef list announced(str call, int32_t filled, int32_t known, AccountOut* rows):
    """The filled rows; their memory is given back whatever happens."""
    try:
        return rows_of(rows, min(<int32_t> checked(call, filled), known))
    finally:
        free(rows)


cdef int32_t believable(str call, int32_t n) except -1:
    if checked(call, n) > MOST_ACCOUNTS:
        raise DllLayoutError(call, f"told {n} accounts")
    return n


cdef uint16_t* name_room(uint16_t* buffer, int32_t length) noexcept:
    memset(buffer, 0, 2 * NAME_UNITS * sizeof(uint16_t))
    return buffer if 0 < length <= NAME_UNITS else NULL


cdef int32_t __stdcall collect_asset(p.TConnectorAssetIdentifier asset, intptr_t out) noexcept with gil:
    """Runs on the thread that enumerates, inside the call; the record dies when this returns."""
    (<list> <object> <void*> out).append((from_text(asset.Ticker), from_text(asset.Exchange)))
    return 1


cdef class AccountCalls(MarketCalls):

    def accounts(self) -> list[Account]:
        """Accounts announced so far, without repeats. Raises DllError."""
        cdef int32_t known, filled
        cdef AccountOut* rows
        self.enter("GetAccounts", <const void*> self.api.GetAccounts)
        with nogil:
            known = self.api.GetAccountCount()
        rows = room_for(believable("GetAccountCount", known))
        with nogil:
            filled = self.api.GetAccounts(0, 0, known, rows)
        return announced("GetAccounts", filled, known, rows)

    def accounts_of_broker(self, int32_t broker) -> list[Account]:
        """The same of one broker. Raises DllError."""
        cdef int32_t known, filled
        cdef AccountOut* rows
        self.enter("GetAccountCountByBroker", <const void*> self.api.GetAccountCountByBroker)
        self.enter("GetAccountsByBroker", <const void*> self.api.GetAccountsByBroker)
        with nogil:
            known = self.api.GetAccountCountByBroker(broker)
        rows = room_for(believable("GetAccountCountByBroker", known))
        with nogil:
            filled = self.api.GetAccountsByBroker(broker, 0, 0, known, rows)
        return announced("GetAccountsByBroker", filled, known, rows)

    def sub_accounts(self, master) -> list[Account]:
        """The sub-accounts of a master account.

        Raises DllError; NL_LICENSE_NOT_ALLOWED means that the licence hides them, not that there are none.
        """
        cdef AccountText m = AccountText(master)
        cdef int32_t known, filled
        cdef AccountOut* rows
        self.enter("GetSubAccountCount", <const void*> self.api.GetSubAccountCount)
        self.enter("GetSubAccounts", <const void*> self.api.GetSubAccounts)
        with nogil:
            known = self.api.GetSubAccountCount(&m.record)
        rows = room_for(believable("GetSubAccountCount", known))
        with nogil:
            filled = self.api.GetSubAccounts(&m.record, 0, 0, known, rows)
        return announced("GetSubAccounts", filled, known, rows)

    def announce_accounts(self) -> None:
        """Asks for the account callbacks again. Raises DllError."""
        cdef int32_t code
        self.enter("GetAccount", <const void*> self.api.GetAccount)
        with nogil:
            code = self.api.GetAccount()
        checked("GetAccount", code)

    # ---- details, in two passes

    cdef int32_t holder_pass(self, p.qt_holder_room_t* room) except? -1:
        cdef int32_t code
        with nogil:
            room.record.Version = self.records.holder
            code = self.api.GetAccountDetails(&room.record)
            while older(code, &self.records.holder, 0):
                room.record.Version = self.records.holder
                code = self.api.GetAccountDetails(&room.record)
        checked("GetAccountDetails", code)
        if not p.qt_guard_whole(room.guard):
            raise DllLayoutError("GetAccountDetails", "wrote behind its record")
        return code

    def account_details(self, account) -> AccountDetails:
        """Names and kind of an account, as they are now. Raises DllError."""
        cdef AccountText a = AccountText(account)
        cdef p.qt_holder_room_t room
        cdef uint16_t broker[2 * NAME_UNITS]
        cdef uint16_t owner[2 * NAME_UNITS]
        cdef uint16_t sub[2 * NAME_UNITS]
        self.enter("GetAccountDetails", <const void*> self.api.GetAccountDetails)
        memset(&room.record, 0, sizeof(room.record))
        p.qt_guard_set(room.guard)
        room.record.AccountID = a.record
        self.holder_pass(&room)
        room.record.BrokerName = name_room(broker, room.record.BrokerNameLength)
        room.record.OwnerName = name_room(owner, room.record.OwnerNameLength)
        room.record.SubOwnerName = name_room(sub, room.record.SubOwnerNameLength)
        self.holder_pass(&room)
        return AccountDetails(from_text(broker, NAME_UNITS), from_text(owner, NAME_UNITS), from_text(sub, NAME_UNITS),
                              room.record.AccountFlags & 1 != 0, room.record.AccountFlags & 2 != 0,
                              room.record.AccountType if self.records.holder >= 1 else -1)

    # ---- positions

    def get_position(self, account, str ticker, str exchange, int position_type=1) -> dict[str, object] | None:
        """Open position (position_type 1 day trade, 2 consolidated): side +1/-1/0, qty, avg_price; None never traded.

        Raises ValueError for a continuous name (the library would answer zeros), DllError.
        """
        refuse_contract(ticker, exchange)
        if position_type not in (1, 2):
            raise ValueError(f"position type {position_type} is neither 1 (day trade) nor 2 (consolidated)")
        cdef AccountText a = AccountText(account)
        cdef AssetText s = AssetText(ticker, exchange)
        cdef p.qt_position_room_t room
        cdef p.TConnectorTradingAccountPosition* r = &room.record
        cdef int32_t code
        self.enter("GetPositionV2", <const void*> self.api.GetPositionV2)
        memset(r, 0, sizeof(room.record))
        p.qt_guard_set(room.guard)
        r.AccountID, r.AssetID = a.record, s.record
        r.PositionType = position_type
        with nogil:
            r.Version = self.records.position
            code = self.api.GetPositionV2(r)
            while older(code, &self.records.position, 1):
                r.Version = self.records.position
                code = self.api.GetPositionV2(r)
        if code == p.NL_NO_POSITION:
            return None
        checked("GetPositionV2", code)
        return position_of(&room)

    def position_assets(self, account) -> list[tuple[str, str]]:
        """(ticker, exchange) of every contract with a position in the account. Raises DllError."""
        cdef AccountText a = AccountText(account)
        cdef list assets = []
        cdef intptr_t out = <intptr_t> <void*> assets
        cdef int32_t code
        self.enter("EnumerateAllPositionAssets", <const void*> self.api.EnumerateAllPositionAssets)
        with nogil:
            code = self.api.EnumerateAllPositionAssets(&a.record, 0, out, collect_asset)
        checked("EnumerateAllPositionAssets", code)
        return assets


cdef dict position_of(p.qt_position_room_t* room):
    """The side is read only when there is a position: a flat account carries garbage there."""
    cdef p.TConnectorTradingAccountPosition* r = &room.record
    if not p.qt_guard_whole(room.guard):
        raise DllLayoutError("GetPositionV2", "wrote behind its record")
    if not 0 <= r.OpenQuantity <= 10**12:
        raise DllLayoutError("GetPositionV2", f"told a position of {r.OpenQuantity} contracts")
    if r.OpenQuantity and (r.OpenSide not in _SIDES or not 0.0 < r.OpenAveragePrice < 1e9):
        raise DllLayoutError("GetPositionV2", f"told side {r.OpenSide} at {r.OpenAveragePrice!r}")
    return {"side": _SIDES[r.OpenSide] if r.OpenQuantity else 0, "qty": r.OpenQuantity,
            "avg_price": r.OpenAveragePrice if r.OpenQuantity else 0.0, "bought": r.DailyBuyQuantity,
            "sold": r.DailySellQuantity}

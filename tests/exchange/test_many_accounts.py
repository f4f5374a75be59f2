"""Several accounts: lists, details, positions and the ledger of each."""

from __future__ import annotations

import ctypes as c

import pytest
from exchange_desk import BUY, LIMIT, MARKET, SELL, Desk
from exchange_harness import (
    FUNCTYPE,
    INVALID_ARGS,
    LICENSE,
    NOT_FOUND,
    OK,
    VERSION,
    Account,
    AccountOut,
    Asset,
    CancelOrder,
    Exchange,
    OrderId,
    Text,
    narrow,
)
from exchange_records import AccountDetails, LedgerOrder


def text_of(entry: AccountOut) -> str:
    return bytes(entry.account)[: 2 * entry.length].decode("utf-16-le")


def test_every_account_is_announced_and_announced_again(sim: Exchange) -> None:
    sim.connect("account", "brokers", start="09:01", accounts=3)
    sim.wait(lambda: sim.of("brokers"))
    assert [e[3] for e in sim.of("account")] == ["1000001", "1000002", "1000003"]
    assert sim.of("account")[2][4] == "Ângela Müller & Irmãos Ltda."
    assert sim.dll.GetAccount() == OK
    sim.wait(lambda: len(sim.of("account")) == 6)
    sim.wait(lambda: sim.of("brokers") == [("brokers", 32003, 1)] * 2)


def test_lists_are_copied_from_and_to_where_the_caller_says(sim: Exchange) -> None:
    sim.connect(start="09:01", accounts=4)
    dll, room = sim.dll, (AccountOut * 5)()
    assert (dll.GetAccountCount(), dll.GetAccountCountByBroker(32003), dll.GetAccountCountByBroker(1)) == (4, 4, 0)
    assert dll.GetAccounts(1, 2, 2, room) == 2
    assert [text_of(a) for a in room] == ["", "", "1000002", "1000003", ""]
    assert dll.GetAccounts(3, 0, 5, room) == 1 and text_of(room[0]) == "1000004"
    assert dll.GetAccounts(4, 0, 5, room) == 0
    assert dll.GetAccounts(-1, 0, 1, room) == INVALID_ARGS
    assert dll.GetAccountsByBroker(32003, 0, 4, 1, room) == 1 and text_of(room[4]) == "1000001"
    assert dll.GetAccountsByBroker(7, 0, 0, 4, room) == 0
    room[1].version = 9
    assert dll.GetAccounts(0, 0, 1, room) == 1
    assert dll.GetAccounts(0, 0, 2, room) == VERSION


def test_sub_accounts_are_not_licensed(sim: Exchange) -> None:
    sim.connect(start="09:01")
    master = sim.account()
    assert sim.dll.GetSubAccountCount(c.byref(master)) == LICENSE
    assert sim.dll.GetSubAccounts(c.byref(master), 0, 0, 1, (AccountOut * 1)()) == LICENSE
    assert sim.dll.GetSubAccountCount(c.byref(sim.account("77"))) == NOT_FOUND
    sub = Account(0, 32003, sim.keep("1000001"), sim.keep("9"), 0)
    assert sim.dll.GetAccountDetails(c.byref(AccountDetails(version=1, account=sub))) == LICENSE


def test_account_details_come_in_two_passes_and_end_where_their_version_ends(sim: Exchange) -> None:
    sim.connect(start="09:01", accounts=2)
    out = AccountDetails(version=0, account=sim.account("1000002"), type=0xEE)
    assert sim.dll.GetAccountDetails(c.byref(out)) == OK
    rooms = [(c.c_uint16 * n)() for n in (out.broker_length, out.owner_length)]
    out.broker_name, out.owner_name = (c.cast(r, Text) for r in rooms)
    assert sim.dll.GetAccountDetails(c.byref(out)) == OK
    assert [bytes(r).decode("utf-16-le") for r in rooms] == ["Corretora Simulador", "Conceição Araújo"]
    assert (out.sub_length, out.flags, out.type) == (0, 2, 0xEE)
    out.version = 1
    assert sim.dll.GetAccountDetails(c.byref(out)) == OK and out.type == 0
    out.version = 2
    assert sim.dll.GetAccountDetails(c.byref(out)) == VERSION


def test_each_account_has_its_own_position_and_orders(sim: Exchange) -> None:
    d = Desk(sim, accounts=2)
    d.wait_status(d.send(MARKET, BUY, 3), 2)
    d.wait_status(d.send(MARKET, SELL, 2, account="1000002"), 2)
    assert [(p.open, p.side) for _, p in (d.position(), d.position(account="1000002"))] == [(3, 1), (2, 2)]
    resting = d.send(LIMIT, BUY, 1, d.best(0) - 30, account="1000002")
    d.wait_status(resting, 0)
    foreign = CancelOrder(1, sim.account("1000001"), OrderId(0, resting, None))
    assert sim.dll.SendCancelOrderV2(c.byref(foreign)) == NOT_FOUND
    assert [sim.stat(f"{name}:{n}") for n in (1, 2) for name in ("position", "bought", "sold")] == [3, 3, 0, -2, 0, 2]
    assert sim.stat("position:3") == -1


def test_the_ledger_agrees_with_what_was_told(sim: Exchange) -> None:
    d = Desk(sim)
    for side, qty in ((BUY, 5), (SELL, 2), (SELL, 6)):
        d.wait_status(d.send(MARKET, side, qty), 2)
    working = d.send(LIMIT, SELL, 1, d.best(1) + 30)
    d.wait_status(working, 0)
    orders = [LedgerOrder() for _ in range(sim.stat("orders"))]
    assert [sim.dll.SIM_LedgerOrder(i, c.byref(o)) for i, o in enumerate(orders)] == [0] * 4
    told = [(o.side, o.type, o.status, o.traded) for o in orders]
    assert told == [(1, 1, 2, 5), (2, 1, 2, 2), (2, 1, 2, 6), (2, 2, 0, 0)]
    sides = {1: -1, 2: 1}
    assert sim.stat("cash_ticks") == sum(sides[o.side] * o.value_ticks for o in orders)
    assert orders[0].value_ticks == d.of(orders[0].local)[-1][8] * 2 * 5
    assert (sim.stat("position"), sim.stat("bought"), sim.stat("sold")) == (-3, 5, 8)
    assert (sim.stat("sends"), sim.stat("working"), orders[3].local) == (4, 1, working)
    assert sim.stat("fills") == sum(len(d.of(o.local)) - 3 for o in orders[:3])
    assert sim.dll.SIM_LedgerOrder(4, c.byref(LedgerOrder())) == -1
    assert sim.dll.SIM_Error() == b"SIM_LedgerOrder: no order 4, there are 4"


def test_the_position_list_takes_the_place_of_the_account_callback(sim: Exchange) -> None:
    d = Desk(sim, "account", "positions")
    sim.wait(lambda: sim.of("positions"))
    assert sim.of("positions")[0] == ("positions", 32003, "-1", 0)
    told = len(sim.of("account"))
    assert sim.dll.GetAccount() == OK
    sim.wait(lambda: len(sim.of("positions")) >= 2)
    d.wait_status(d.send(MARKET, BUY, 1), 2)
    sim.wait(lambda: sim.of("positions")[-1][2] == "WDOZ26")
    assert sim.of("positions")[-1][3] == d.position()[1].event and len(sim.of("account")) == told


def test_assets_of_positions_are_listed_on_the_calling_thread(sim: Exchange) -> None:
    d = Desk(sim, accounts=2)
    d.wait_status(d.send(MARKET, BUY, 1), 2)
    seen: list[str] = []

    def look(asset: Asset, param: int) -> int:
        seen.append(f"{narrow(asset.ticker)}:{narrow(asset.exchange)}:{param}")
        return 1

    proc = FUNCTYPE(c.c_int32, Asset, c.c_ssize_t)(look)
    for account in ("1000001", "1000002"):
        assert sim.dll.EnumerateAllPositionAssets(c.byref(sim.account(account)), 0, c.c_ssize_t(7), proc) == OK
    assert seen == ["WDOZ26:F:7"]
    assert sim.dll.EnumerateAllPositionAssets(c.byref(sim.account()), 1, c.c_ssize_t(7), proc) == VERSION


@pytest.mark.slow
def test_far_more_orders_than_any_table_was_made_for(sim: Exchange) -> None:
    """Sent while the market stands, so that every command and every timer is alive at once."""
    d = Desk(sim, start="09:05", until="09:05:02", speed=0, hold=1)
    sim.dll.SetOrderCallback(None)
    first = d.send(MARKET, BUY, 1, symbol="WDOFUT")
    locals_ = [d.send(MARKET, BUY, 1, symbol="WDOFUT") for _ in range(20_000)]
    assert locals_ == list(range(first + 1, first + 20_001))
    sim.release()
    sim.until_rest()
    assert (sim.stat("orders"), sim.stat("working"), sim.stat("sends")) == (20_001, 0, 20_001)
    out = LedgerOrder()
    assert sim.dll.SIM_LedgerOrder(20_000, c.byref(out)) == 0 and out.status == 204

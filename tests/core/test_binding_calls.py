"""The whole set of calls against the simulated exchange, in each version of the interface."""
import ctypes
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sim_desk import WDO, SimDesk

from qt_core import asset_info, nl, trampolines
from qt_core._types import BookAction, Kind
from qt_core.dll import Account
from qt_core.library import words_about
from qt_core.ring import Ring
from qt_core.settled import SettledOrders
from qt_core.vendor import AccountType, OrderStatus, is_simulator, is_terminal


class Rec(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("ticker", ctypes.c_void_p), ("exchange", ctypes.c_void_p), ("feed", ctypes.c_int32)]


OLD, MIDDLE, NEW = "4.0.0.31", "4.0.0.38", "4.0.0.42"


@pytest.fixture(scope="module", params=[OLD, MIDDLE, NEW])
def desk(request: pytest.FixtureRequest) -> Iterator[SimDesk]:
    desk = SimDesk(version=request.param, accounts="2")
    yield desk
    assert desk.dll.sim_stat("reentrant") == 0
    desk.close()


@pytest.mark.lengthy
def test_version_is_read_and_chooses_the_records(desk: SimDesk) -> None:
    versions = desk.dll.record_versions()
    assert desk.dll.version_note == ""
    assert (versions["send"], versions["change"]) == ((2, 1) if desk.dll.version == NEW else (1, 0))


@pytest.mark.lengthy
def test_order_lives_and_dies_in_every_version(desk: SimDesk) -> None:
    limit = best_bid(desk) - 100.0
    local_id, message_id = desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "limit", 2, limit)
    assert (message_id > 0) is (desk.dll.version == NEW)
    order = desk.until(local_id, OrderStatus.NEW)
    assert (order.price, order.qty, order.leaves) == (limit, 2, 2)
    desk.dll.change_order(desk.me, local_id, "", 3, limit - 1.0)
    desk.wait(lambda: any(u.qty == 3 for u in desk.seen), "change")
    details = desk.dll.order_details(-1, order.cl_ord_id)   # by the permanent id
    assert (details["local_id"], details["qty"], details["ticker"]) == (local_id, 3, "WDOZ26")
    assert details["date_ns"]
    desk.dll.cancel_order(desk.me, local_id)
    assert is_terminal(desk.until(local_id, OrderStatus.CANCELED).status)


def best_bid(desk: SimDesk) -> float:
    close: list[float | None] = [None]

    def known() -> bool:
        close[0] = desk.dll.last_daily_close("WDOZ26", "F")
        return close[0] is not None
    desk.wait(known, "close of yesterday")   # the first call only asks for it
    assert close[0]
    return close[0]


@pytest.mark.lengthy
def test_position_side_quantity_and_enumeration_agree_with_the_orders(desk: SimDesk) -> None:
    before = desk.dll.get_position(desk.me, "WDOZ26", "F")
    held = 0 if before is None else int(str(before["side"])) * int(str(before["qty"]))
    local_id, _ = desk.dll.send_order(desk.me, "WDOZ26", "F", "sell", "market", 3)
    desk.until(local_id, OrderStatus.FILLED)
    position = desk.dll.get_position(desk.me, "WDOZ26", "F")
    assert position is not None
    assert int(str(position["side"])) * int(str(position["qty"])) == held - 3
    assert ("WDOZ26", "F") in desk.dll.position_assets(desk.me)
    order = next(o for o in desk.dll.enumerate_orders(desk.me) if o["local_id"] == local_id)
    assert (order["status"], order["traded"], order["account"], order["validity"]) == (2, 3, desk.me.account, 0)
    assert 0 < int(str(order["date_ns"])) <= int(str(order["update_ns"]))
    closing, _ = desk.dll.zero_position(desk.me, "WDOZ26", "F")
    desk.until(closing, OrderStatus.FILLED)
    flat = desk.dll.get_position(desk.me, "WDOZ26", "F")
    assert flat is not None
    assert (flat["side"], flat["qty"]) == (0, 0)


@pytest.mark.lengthy
def test_settled_orders_are_left_out_until_they_change_but_for_what_they_traded(desk: SimDesk) -> None:
    settled, names = SettledOrders(), []
    _, earlier = desk.dll.enumerate_unsettled(desk.me, settled)
    assert earlier == 0
    for side, qty in (("buy", 3), ("sell", 1)):
        local_id, _ = desk.dll.send_order(desk.me, "WDOZ26", "F", side, "market", qty)
        desk.until(local_id, OrderStatus.FILLED)
        names.append(local_id)
    low = round(2 * float(str(desk.dll.order_details(names[0])["avg_price"]))) / 2 - 20.0     # on the grid
    resting, _ = desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "limit", 2, low)
    desk.until(resting, OrderStatus.NEW)
    shown, _ = desk.dll.enumerate_unsettled(desk.me, settled)
    for order in shown:
        if order["local_id"] in (*names, resting):
            settled.settle(int(str(order["local_id"])), int(str(order["mark"])))
    rest, traded = desk.dll.enumerate_unsettled(desk.me, settled)
    assert traded == 2 and {o["local_id"] for o in rest}.isdisjoint((*names, resting))
    desk.dll.cancel_order(desk.me, resting)
    desk.until(resting, OrderStatus.CANCELED)
    settled.reopen(names[0])
    rest, traded = desk.dll.enumerate_unsettled(desk.me, settled)
    assert traded == -1 and {names[0], resting} <= {o["local_id"] for o in rest}
    assert {o["local_id"] for o in shown} == {o["local_id"] for o in desk.dll.enumerate_orders(desk.me)}


def test_a_table_of_settled_orders_grows_and_forgets_none(desk: SimDesk) -> None:
    settled = SettledOrders()
    local_id, _ = desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "market", 1)
    desk.until(local_id, OrderStatus.FILLED)
    marks = {int(str(o["local_id"])): int(str(o["mark"])) for o in desk.dll.enumerate_unsettled(desk.me, settled)[0]}
    settled.settle(local_id, marks[local_id])
    for other in range(1, 5000):
        settled.settle(other, other)
    assert local_id not in {o["local_id"] for o in desk.dll.enumerate_unsettled(desk.me, settled)[0]}
    settled.settle(0, 1)    # without a name: nothing to find it by


def test_orders_of_an_interval(desk: SimDesk) -> None:
    local_id, _ = desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "market", 1)
    desk.until(local_id, OrderStatus.FILLED)
    year, month, day, *_ = desk.dll.server_clock()
    start = datetime(year, month, day)
    desk.wait(lambda: desk.dll.has_orders_in_interval(desk.me, start, start + timedelta(hours=23)), "loaded orders")
    found = desk.dll.enumerate_orders_by_interval(desk.me, start, start + timedelta(hours=23))
    assert local_id in {o["local_id"] for o in found}
    assert not desk.dll.enumerate_orders_by_interval(desk.me, start, start + timedelta(hours=1))
    with pytest.raises(nl.DllError, match="NL_OUT_OF_RANGE"):
        desk.dll.has_orders_in_interval(desk.me, start + timedelta(days=9), start + timedelta(days=10))
    with pytest.raises(ValueError, match="carries a time zone"):
        desk.dll.enumerate_orders_by_interval(desk.me, start.astimezone(), start)


def test_accounts_their_details_and_what_the_licence_hides(desk: SimDesk) -> None:
    accounts = desk.dll.accounts()
    assert len(accounts) == 2
    assert desk.dll.accounts_of_broker(accounts[0].broker)[0] == accounts[0]
    details = desk.dll.account_details(accounts[0])
    assert is_simulator(accounts[0].broker, details.broker_name)
    assert (details.owner, details.enabled, details.is_sub) == ("João da Simulação", True, False)
    assert details.type == AccountType.OWNER
    with pytest.raises(nl.DllError, match=r"NL_LICENSE_NOT_ALLOWED.*licence does not include"):
        desk.dll.sub_accounts(accounts[0])
    with pytest.raises(nl.DllError, match="NL_NOT_FOUND"):
        desk.dll.account_details(Account(32003, "nobody"))


def test_contract_describes_itself_in_the_versions_own_widths(desk: SimDesk) -> None:
    desk.dll.request_ticker_info("WDOZ26", "F")
    desk.wait(lambda: desk.dll.ticker_info("WDOZ26", "F") is not None, "ticker info")
    info = desk.dll.ticker_info("WDOZ26", "F")
    assert info is not None
    assert (info.tick, info.multiplier, info.lot, info.min_qty, info.max_qty) == (0.5, 10.0, 1, 1, 1000)
    assert (info.security_type, info.sub_type, info.name) == (0, 13, "Dólar mini")
    assert info.expiry.startswith("01/12/2026")
    assert desk.dll.ticker_info("WINZ26", "F") is None


def test_agents_have_names(desk: SimDesk) -> None:
    known = next(n for n in range(1, 400) if desk.dll.agent_name(n))
    name, short = desk.dll.agent_name(known), desk.dll.agent_name(known, short=True)
    assert name
    assert short
    assert desk.dll.agent_name(999_999) is None


def test_health_is_known_from_the_newest_version_on(desk: SimDesk) -> None:
    if desk.dll.version == NEW:
        assert desk.dll.responsive()
    else:
        with pytest.raises(nl.DllError, match="NL_NOT_IMPLEMENTED"):
            desk.dll.responsive()


def test_messages_tell_their_stages_where_the_version_has_them(desk: SimDesk) -> None:
    _, message_id = desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "market", 1)
    if desk.dll.version != NEW:
        assert message_id == -1
        return
    desk.wait(lambda: any(u.source == "message" and u.message_id == message_id for u in desk.seen), "message")


@pytest.mark.lengthy
def test_depth_without_sides_is_read_again_whole(desk: SimDesk) -> None:
    """Builds before 4.0.0.34 call every side "buy": one level read alone would end up on the wrong side."""
    edits = {OLD: 0, MIDDLE: 100, NEW: 100}[desk.dll.version]
    desk.dll.subscribe_price_depth("WDOZ26", "F")
    seen: list[tuple[int, int]] = []
    tick = threading.Event()
    for _ in range(20000):
        levels = desk.ring.pop()
        levels = levels[levels["kind"] == Kind.LEVEL]
        seen += zip(levels["code"].tolist(), levels["side"].tolist(), strict=True)
        if len(seen) >= 4000 and sum(code == BookAction.EDIT for code, _ in seen) >= edits:
            break
        tick.wait(0.001)
    desk.dll.unsubscribe_price_depth("WDOZ26", "F")
    told = {side for code, side in seen if code == BookAction.EDIT}
    assert told == (set() if desk.dll.version == OLD else {1, -1})
    assert {side for code, side in seen if code == BookAction.IMAGE} >= {1, -1}


def test_no_order_was_unread_or_impossible(desk: SimDesk) -> None:
    counters = trampolines.counters()
    assert (counters["orders_unread"], counters["orders_nonsense"], counters["orders_overrun"]) == (0, 0, 0)


@pytest.mark.parametrize(("version", "words"), [
    (OLD, ""), (NEW, ""), ("4.0.0.43", "newer than 4.0.0.42"), ("5.0.0.0", "newer than"), ("4.0.0.30", "older than"),
    ("unknown", "does not tell its version: the layouts of ProfitDLL 4.0.0.42"), ("fake 1", "does not tell")])
def test_unknown_version_is_warned_of(version: str, words: str) -> None:
    note = words_about("ProfitDLL.dll", version)
    assert words in note if words else note == ""


@pytest.mark.parametrize("name", asset_info.NAMES)
def test_each_width_of_the_contract_callback_reads_its_own_quantities(name: str) -> None:
    trampolines.attach(Ring(8), [WDO])
    asset_info.forget()
    narrow, extra = name.endswith("narrow"), 3 * ("v2" in name)
    quantity = ctypes.c_int64                 # a register each; the narrow form must not see the upper half
    dirt = 0x5A5A5A5A << 32 if narrow else 0
    types = [Rec, ctypes.c_void_p, ctypes.c_void_p, *[quantity] * 5, ctypes.c_double, ctypes.c_double,
             *[ctypes.c_void_p] * (2 + extra)]
    ticker, exchange = (ctypes.create_string_buffer((t + "\0").encode("utf-16-le")) for t in ("WDOZ26", "F"))
    told = ctypes.CFUNCTYPE(None, *types)(asset_info.address(name))
    told(Rec(ctypes.addressof(ticker), ctypes.addressof(exchange), 0), None, None, dirt | 1,
         dirt | (1000 if narrow else 2**40), dirt | 5, 0, 13, 0.5, 10.0, *[None] * (2 + extra))
    trampolines.detach()
    info = asset_info.told_so_far()[0]
    assert (info.ticker, info.exchange, info.min_qty, info.lot, info.tick) == ("WDOZ26", "F", 1, 5, 0.5)
    assert info.max_qty == (1000 if narrow else 2**40)
    assert asset_info.lost() == 0

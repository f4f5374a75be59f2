"""Trap 3: a protective order outlives its position and opens another one."""
import pytest
from trap_kit import desk, fault

from qt_app.instruments import instrument
from qt_app.journal.entries import OpenOrder, Order
from qt_app.orders.broker import BrokerGateway
from qt_app.risk.rate import OrderRate
from qt_app.votes import OrderRequest

pytestmark = pytest.mark.slow


def test_a_new_process_finds_position_and_orders_of_the_old_one_and_can_take_them_away() -> None:
    with desk() as s:
        s.placed = 1
        s.gateway.submit(OrderRequest(1, 0, s.feed.clock_ns(), 1, 2, None, None, "ENTRY"))
        s.until(lambda: s.gateway.position == 2, "the entry fills")
        far = s.market.last_price + 200
        s.gateway.submit(OrderRequest(2, 0, s.feed.clock_ns(), -1, 2, far, None, "TARGET"))
        s.until(lambda: s.stat("working") == 1, "the target works")

        router, timing = s.gateway.router, s.gateway._timing
        s.until(lambda: any(row.price > 0 and row.cl_ord_id for row in router.orders().rows), "the target has a name")
        (name,) = [row.cl_ord_id for row in router.orders().rows if row.price > 0]
        # the process dies here; another one starts
        s.gateway = BrokerGateway(router, instrument("WDOZ26"), max_position=5, rate=OrderRate(100, 1000),
                                  market=s.market, timing=timing)
        target = Order(2, 0, s.feed.clock_ns(), "WDOZ26", "32003:1", "target", -1, 2, far, None, "TARGET")
        s.gateway.restore([OpenOrder(target, "accepted", 1, name, "dead", 0, 0, cancel_asked=False, ended=False)], 2)
        s.until(lambda: s.gateway.settled, "the target is found")
        assert (s.gateway.position, s.stat("position"), s.stat("working"), s.gateway.blocks) == (2, 2, 1, ())
        s.gateway.cancel(2, s.feed.clock_ns())
        s.until(lambda: s.gateway.settled and s.stat("working") == 0, "the orphan is gone")
        s.gateway.zero(3, 0, s.feed.clock_ns())
        s.until(lambda: s.gateway.settled and s.stat("position") == 0, "flat")
        for _ in range(5):
            s.let_run(2.0)
        assert (s.stat("position"), s.stat("working")) == (0, 0)


def test_both_legs_filled_during_an_outage_end_flat_with_no_order() -> None:
    script = (fault("outage", channel="routing", at="09:30:20", seconds=150)
              + fault("position", at="09:30:25", qty=-2))       # the exit that fills beside the stop
    with desk(script) as s:
        s.gateway.submit(OrderRequest(1, 0, s.feed.clock_ns(), 1, 2, None, None, "ENTRY"))
        s.until(lambda: s.gateway.position == 2, "the entry fills")
        stop = s.market.last_price - 3
        s.gateway.submit(OrderRequest(2, 0, s.feed.clock_ns(), -1, 2, stop - 20, stop, "STOP"))
        s.until(lambda: s.stat("working") == 1, "the stop works")
        s.until(lambda: "routing" in s.gateway.router.unready(), "the outage")
        assert s.stat("position") == s.gateway.position == 2
        s.until(lambda: s.stat("position") == -2, "both legs fill")
        assert "routing" in s.gateway.router.unready() and s.gateway.position == 2, "nobody has told us"

        s.until(lambda: s.gateway.settled and s.gateway.position == -2, "the books follow the broker")
        s.gateway.zero(3, 0, s.feed.clock_ns())
        s.until(lambda: s.gateway.settled and s.stat("position") == 0, "flat")
        for _ in range(5):
            s.let_run(2.0)
        assert (s.stat("position"), s.stat("working"), s.gateway.position) == (0, 0, 0)
        assert [o.traded for o in s.ledger()] == [2, 2, 2]

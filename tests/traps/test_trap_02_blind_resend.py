"""Trap 2: an order that seems stuck is sent again, and the position doubles."""
from dataclasses import replace

import pytest
from trap_kit import PATIENCE, desk, fault

from qt_app.risk.reasons import Reason
from qt_app.votes import OrderRequest

pytestmark = pytest.mark.slow

SCRIPTS = {"twice": fault("duplicate", callback="order", copies=3),
           "late": fault("delay", callback="order", seconds=4.0),
           "never": fault("drop", callback="order"),
           "early": fault("early", steps=4) + fault("duplicate", callback="order", copies=2),
           "in pieces, out of order": fault("partial", slices=3, seconds=0.5)
           + fault("reorder", callback="order", by=2, seconds=2.0) + fault("duplicate", callback="order", copies=2)}


@pytest.mark.parametrize("name", SCRIPTS)
def test_one_order_gives_the_true_position_whatever_is_told_of_it(name: str) -> None:
    with desk(SCRIPTS[name]) as s:
        s.placed = 1
        s.gateway.submit(OrderRequest(1, 0, s.feed.clock_ns(), 1, 3, None, None, "TRAP"))
        s.until(lambda: any(r.status in ("filled", "cancelled", "rejected") for r in s.reports), "the order's end")
        assert (s.stat("sends"), s.stat("position")) == (1, 3), "sent once, bought once"
        s.until(lambda: s.gateway.settled, "books and broker are equal")
        assert (s.stat("sends"), s.stat("position"), s.gateway.position) == (1, 3, 3)
        assert sum(r.last_qty for r in s.reports) == 3


def test_an_order_that_goes_nowhere_is_told_blocks_entries_and_is_never_sent_again() -> None:
    timing = replace(PATIENCE, arrive_s=1.0, census_s=0.5)
    with desk(fault("stuck", reaches_exchange=False, count=1), timing=timing) as s:
        for s.placed in (1, 2):
            s.gateway.submit(OrderRequest(s.placed, 0, s.feed.clock_ns(), 1, 3, None, None, "TRAP"))
            s.until(lambda: s.gateway.blocks == (Reason.ORDER_STUCK,), "the order counts as stuck")
        s.until(lambda: s.reports, "the second is refused")
        assert (s.stat("sends"), s.stat("position"), s.gateway.position) == (1, 0, 0)
        assert s.alerts["an order does not reach the exchange: it is cancelled, entries wait"] == 1
        assert [(r.order_id, r.text[:11]) for r in s.reports] == [(2, "ORDER_STUCK")]
        assert not s.gateway.confirmed

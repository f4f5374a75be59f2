"""Trap 9: orders vanish that were sent while routing was on its way."""
import pytest
from e2e.random_session import Session
from trap_kit import desk, fault, wait

from qt_app.votes import OrderRequest
from qt_core import trampolines

pytestmark = pytest.mark.slow


def let_out(s: Session) -> bool:
    """Whatever may go has gone and come back: from here on no call can race with the market's next change."""
    s._take()
    return not s.gateway.under_way and not s.gateway._lane.waiting


def test_nothing_is_sent_while_routing_flaps_not_even_an_exit() -> None:
    script = fault("flap", **{"from": "09:30:20", "period": 6.0, "seconds": 3.0, "count": 8})
    with desk(script, step_s=1.0) as s:
        s.placed = 1000
        s.gateway.submit(OrderRequest(1000, 0, s.feed.clock_ns(), 1, 40, None, None, "ENTRY"))
        s.until(lambda: s.gateway.position == 40 and s.gateway.settled, "the entry fills")
        unready = 0
        for n in range(1, 41):
            state = trampolines.channels()[1]
            assert bool(s.gateway.router.unready()) is (state != 5)
            unready += state != 5
            for side, order_id in ((1, n), (-1, 100 + n)):   # one that opens more, one that closes
                s.placed = order_id
                s.gateway.submit(OrderRequest(order_id, 0, s.feed.clock_ns(), side, 1, None, None, "TRAP"))
            wait(lambda: let_out(s), "the orders go out or are refused")
            s.let_run(1.0)
        assert 3 < unready < 37
        assert s.stat("unready_sends") == 0 and s.stat("sends") > 1

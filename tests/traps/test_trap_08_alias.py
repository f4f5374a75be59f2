"""Trap 8: a continuous name gets a valid order id, and the order dies."""
import pytest
from trap_kit import ME, desk, wire

from qt_app.instruments import generic
from qt_app.orders.lastdoor import Exposure, LastDoor


def test_the_binding_refuses_a_continuous_name_and_sends_nothing() -> None:
    with wire() as w:
        for call in (lambda: w.dll.send_order(ME, "WDOFUT", "F", "buy", "market", 1),
                     lambda: w.dll.zero_position(ME, "WINFUT", "F"), lambda: w.dll.get_position(ME, "WDOFUT", "F"),
                     lambda: w.dll.cancel_orders(ME, "wdofut", "F")):
            with pytest.raises(ValueError, match="name the contract itself"):
                call()
        assert (w.dll.sim_stat("sends"), w.dll.sim_stat("orders")) == (0, 0)


@pytest.mark.lengthy
def test_the_last_door_refuses_what_has_no_maturity() -> None:
    refusal = LastDoor(generic("WDOFUT", (1, 2)), 5).check(1, 1, None, None, Exposure(0, 0, 0))
    assert refusal is not None and refusal.reason.name == "NOT_A_CONTRACT"
    with desk() as s:
        assert s.stat("sends") == 0

"""What a stop asks for, and when it is done."""
from __future__ import annotations

import pytest
from order_world import World

from qt_app.errors import RefusedError
from qt_app.home import Home
from qt_app.orders import leaving
from qt_app.services import farewell
from qt_app.services.process import Owner


@pytest.mark.parametrize(("args", "mode", "position", "wanted"), [
    ({}, "paper", 1, "flatten"), ({}, "simulator", -1, "flatten"), ({}, "live", 0, "flatten"),
    ({"position": "keep"}, "live", 1, "keep"), ({"position": "flatten"}, "live", 1, "flatten"),
    ({"position": "keep"}, "paper", 0, "keep")])
def test_what_a_stop_asks_for(args: dict[str, str], mode: str, position: int, wanted: str) -> None:
    assert leaving.wanted(args, mode, position) == wanted


@pytest.mark.parametrize("position", [1, -2])
def test_real_money_in_the_market_needs_a_word(position: int) -> None:
    with pytest.raises(RefusedError, match=rf"{abs(position)} lots is open with real money.*--position keep"):
        leaving.wanted({}, "live", position)


def test_a_kept_position_waits_for_its_protection_and_a_flat_run_for_nothing() -> None:
    world = World()
    assert leaving.settled(world.trader, keep=True) and leaving.settled(world.trader, keep=False)
    world.decide("buy")
    assert not leaving.settled(world.trader, keep=True)      # the entry works
    world.wait(15, step=5)
    assert world.account.position and not leaving.settled(world.trader, keep=True)     # its stop is on its way
    world.wait(2000)
    assert world.trader.state == "protected"
    assert leaving.settled(world.trader, keep=True) and not leaving.settled(world.trader, keep=False)


def test_what_stays_is_told(home_of: Home) -> None:
    world = World()
    world.decide("buy")
    world.wait(2000)
    farewell.note(home_of, world.trader, "1171:42")
    left = farewell.read(home_of, Owner.me())
    assert left is not None and left["position"] == 1
    said = farewell.words(left)
    assert said.startswith("position +1 WDOZ26 stays in account 1171:42; at the broker rest: stop to sell 1, trigger ")
    assert "stays in the paper account" in farewell.words({**left, "account": None})
    assert "NOTHING PROTECTS IT" in farewell.words({**left, "orders": []})
    targets = [order for order in left["orders"] if order["purpose"] == "target"]
    assert targets and "NOTHING PROTECTS IT" in farewell.words({**left, "orders": targets})
    assert "NOTHING PROTECTS IT" not in said
    assert farewell.words({**left, "position": 0, "orders": []}) == "flat, nothing works"
    assert farewell.read(home_of, Owner(1, 5.0)) is None and "look at the log" in farewell.words(None)


@pytest.fixture
def home_of(tmp_path_factory: pytest.TempPathFactory) -> Home:
    found = Home(tmp_path_factory.mktemp("home"))
    found.prepare()
    return found

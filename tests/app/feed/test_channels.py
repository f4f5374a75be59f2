"""The login state machine: four channels, no order among them."""
import itertools

import pytest

from qt_app.feed.channels import ACTIVATION, LOGIN, MARKET, NEVER, ROUTING, ChannelStates


def states(*reports: tuple[int, int]) -> ChannelStates:
    made = ChannelStates()
    for channel, result in reports:
        made.update(channel, result)
    return made


def test_nothing_is_ready_before_anything_is_reported() -> None:
    made = ChannelStates()
    assert not made.data_ready
    assert not made.orders_ready
    assert made.failure is None
    assert made.waiting_for(orders=True) == ("login: no answer, activation: no answer, market data: no answer, "
                                             "routing: no answer")


@pytest.mark.parametrize("order", list(itertools.permutations([(LOGIN, 0), (ACTIVATION, 0), (MARKET, 4)])))
def test_data_is_ready_in_any_order(order: tuple[tuple[int, int], ...]) -> None:
    assert states(*order).data_ready
    assert not states(*order[:2]).data_ready
    assert states(*order).waiting_for(orders=False) == ""


@pytest.mark.parametrize(("market", "ready", "slow"), [
    (NEVER, False, False), (0, False, False), (1, False, False), (2, False, False), (3, False, False),
    (4, True, False), (5, True, True), (6, True, True), (7, False, False)])
def test_market_results(market: int, ready: bool, slow: bool) -> None:
    made = states((LOGIN, 0), (ACTIVATION, 0), (MARKET, market))
    assert (made.data_ready, made.slow) == (ready, slow)


@pytest.mark.parametrize(("routing", "ready"), [(NEVER, False), (0, False), (2, False), (4, False), (5, True)])
def test_orders_need_the_broker_itself(routing: int, ready: bool) -> None:
    assert states((LOGIN, 0), (ACTIVATION, 0), (MARKET, 4), (ROUTING, routing)).orders_ready == ready


def test_routing_flaps() -> None:
    made = states((LOGIN, 0), (ACTIVATION, 0), (MARKET, 4))
    seen = []
    for result in (5, 2, 5):
        made.update(ROUTING, result)
        seen.append(made.orders_ready)
    assert seen == [True, False, True]


@pytest.mark.parametrize(("result", "cause", "remedy"), [
    (1, "login is invalid", "PROFIT_USER"), (2, "password is invalid", "PROFIT_PASSWORD"), (3, "blocked", "unblock"),
    (4, "expired", "renew"), (200, "unknown reason", "other session"), (99, "result 99", "vendor")])
def test_login_failure_has_cause_and_remedy(result: int, cause: str, remedy: str) -> None:
    failure = states((LOGIN, result)).failure
    assert failure is not None
    assert cause in failure[0]
    assert remedy in failure[1]


def test_invalid_activation_is_a_failure() -> None:
    failure = states((LOGIN, 0), (ACTIVATION, 1)).failure
    assert failure is not None
    assert "PROFIT_KEY" in failure[1]


def test_unknown_channel_is_ignored_and_unknown_results_have_words() -> None:
    made = states((9, 1), (MARKET, 77))
    assert made.words()["market data"] == "result 77"
    made.load((0, 5, 4, 0))
    assert made.orders_ready

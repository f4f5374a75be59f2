"""Limits, hours and protective stops."""
from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.config.model import Risk
from qt_app.errors import ConfigError, RefusedError
from qt_app.risk.intent import ProtectiveStop
from qt_app.risk.limits import RANGES, Limits, from_settings
from qt_app.risk.rate import MINUTE_NS, SECOND_NS, OrderRate
from qt_app.risk.schedule import Schedule
from qt_app.risk.view import MarketView

OPEN, CLOSE = 1_000 * MINUTE_NS, 1_570 * MINUTE_NS


def test_the_defaults_are_the_documented_ones() -> None:
    limits = Limits()
    assert (limits.max_position, limits.stop_loss) == (1, 0.005)
    assert (limits.min_confidence, limits.max_daily_trades) == (0.60, 10)


def test_the_configuration_has_every_limit_under_the_same_name() -> None:
    assert from_settings(Risk()) == Limits()
    assert {f.name for f in fields(Risk)} == set(RANGES)


@pytest.mark.parametrize("name", sorted(RANGES))
def test_every_limit_has_a_range(name: str) -> None:
    low, high = RANGES[name]
    kind = type(getattr(Limits(), name))
    Limits(**{name: kind(low)})
    Limits(**{name: kind(high)})
    for bad in (low - 1, high + 1, float("nan")):
        with pytest.raises(ConfigError, match=name):
            Limits(**{name: bad})


@pytest.mark.parametrize(("now", "window"), [
    (OPEN - 1, "closed"), (OPEN, "opening"), (OPEN + 5 * MINUTE_NS, "open"), (CLOSE - 45 * MINUTE_NS - 1, "open"),
    (CLOSE - 45 * MINUTE_NS, "closing"), (CLOSE - 35 * MINUTE_NS, "flat_by"), (CLOSE, "closed"),
])
def test_windows_of_a_session(now: int, window: str) -> None:
    schedule = Schedule.of(Limits())
    view = MarketView(now, None, None, None, 0, None, OPEN, CLOSE)
    assert schedule.window(view) == window
    assert schedule.must_be_flat(view) == (window == "flat_by")
    endless = replace(view, close_ns=None)
    assert schedule.window(endless) in {"closed", "opening", "open"}


def test_outside_any_session_is_closed() -> None:
    assert Schedule.of(Limits()).window(MarketView(5, None, None, None, 0, None, None, None)) == "closed"


def test_order_rate_windows_are_half_open() -> None:
    rate = OrderRate(2, 3)
    rate.add(0)
    rate.add(0)
    assert rate.exceeded(SECOND_NS - 1)
    assert not rate.exceeded(SECOND_NS)
    rate.add(SECOND_NS)
    assert rate.exceeded(MINUTE_NS - 1)
    assert not rate.exceeded(MINUTE_NS)


# protective stops

def test_golden_stops_of_half_a_percent() -> None:
    """WDO at 5,450.0 is 10,900 ticks: 54.5 ticks away, rounded towards the entry."""
    entry = Fraction(10_900)
    assert ProtectiveStop.at_loss(1, entry, 0.005, 40) == ProtectiveStop(1, entry, 10_846, 10_806)
    assert ProtectiveStop.at_loss(-1, entry, 0.005, 40) == ProtectiveStop(-1, entry, 10_954, 10_994)


@pytest.mark.parametrize(("side", "trigger", "limit"), [
    (1, 100, 90), (1, 101, 90), (-1, 100, 110), (-1, 99, 110),   # on the wrong side of an entry at 100
    (1, 95, 96), (-1, 105, 104), (1, 0, 0), (0, 95, 90),
])
def test_a_stop_on_the_wrong_side_cannot_be_built(side: int, trigger: int, limit: int) -> None:
    with pytest.raises(RefusedError, match="stop"):
        ProtectiveStop(side, Fraction(100), trigger, limit)


@pytest.mark.lengthy
@given(st.sampled_from([-1, 1]), st.fractions(2, 10**6, max_denominator=100), st.floats(0.0001, 0.05),
       st.integers(0, 100))
def test_a_stop_loses_at_most_what_was_said_but_at_least_a_part_of_a_tick(
        side: int, entry: Fraction, loss: float, slip: int) -> None:
    stop = ProtectiveStop.at_loss(side, entry, loss, slip)
    distance = side * (entry - stop.trigger)
    assert distance > 0
    assert distance <= max(entry * Fraction(repr(loss)), 1)
    assert side * (stop.trigger - stop.limit) >= 0


def test_orders_of_a_run_that_was_further_on_in_its_day_use_up_nothing() -> None:
    rate = OrderRate(2, 3)
    for second in (100, 101, 102):
        rate.add(second * SECOND_NS)
    assert not rate.exceeded(10 * SECOND_NS)
    rate.add(10 * SECOND_NS)
    rate.add(10 * SECOND_NS)
    assert rate.exceeded(10 * SECOND_NS) and not rate.exceeded(12 * SECOND_NS)

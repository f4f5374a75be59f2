"""Labels against a slow oracle, and the cases that one can check by hand."""
from __future__ import annotations

from typing import Any

import label_oracle
import numpy as np
import pytest
from session_kit import NS, T0, session, wandering

from qt_app.dataset.labels import BUY, HOLD, SELL, label
from qt_app.dataset.session import LabelRule
from qt_app.dataset.weights import average_uniqueness
from qt_app.errors import ConfigError
from qt_app.instruments import generic, instrument
from qt_app.risk.limits import Limits
from qt_core.features.registry import NAMES


def rule(kind: Any = "horizon", horizon_s: float = 10.0, **more: Any) -> LabelRule:
    return LabelRule(**({"kind": kind, "horizon_s": horizon_s, "latency_ms": 0.0, "cost_ticks": 0.5,
                         "dead_zone_ticks": 1.0} | more))


RULES = [rule(), rule(latency_ms=250.0), rule(horizon_s=3.0, flat_by_s=7.0),
         rule("barrier", stop=0.0004, target=0.0006, latency_ms=50.0, horizon_s=20.0),
         rule("barrier", stop=0.0003, latency_ms=900.0, horizon_s=86_400.0, flat_by_s=4.0),
         rule("barrier", target=0.0002, horizon_s=8.0), rule("barrier", stop=0.0001, target=0.0001, horizon_s=30.0)]


@pytest.mark.lengthy
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("which", range(len(RULES)))
def test_labels_are_those_of_the_oracle(seed: int, which: int) -> None:
    made, want = wandering(seed), RULES[which]
    found, expected = label(made, want), label_oracle.labels(made, want)
    assert found.resolved.tolist() == [one is not None for one in expected]
    for i, one in enumerate(expected):
        if one is not None:
            assert (found.label[i], found.long_ticks[i], found.short_ticks[i], found.end_ns[i]) == one
    assert np.isnan(found.long_ticks[~found.resolved]).all() and (found.weight[~found.resolved] == 0).all()
    assert ((found.weight[found.resolved] > 0) & (found.weight[found.resolved] <= 1)).all()


@pytest.mark.lengthy
def test_the_oracle_meets_every_outcome() -> None:
    """Otherwise the comparison above would prove nothing."""
    met = {one if one is None else one[0] for seed in range(12) for want in RULES
           for one in label_oracle.labels(wandering(seed), want)}
    assert met == {None, SELL, HOLD, BUY}


def test_a_rise_beyond_spread_and_dead_zone_is_a_buy() -> None:
    made = session([0], [(0, 100, 101), (5, 103, 104), (20, 103, 104)])
    found = label(made, rule())
    assert (found.label[0], found.long_ticks[0], found.short_ticks[0]) == (BUY, 2.0, -4.0)
    assert found.end_ns[0] == T0 + 10 * NS


def test_a_gain_of_exactly_the_dead_zone_is_a_hold() -> None:
    made = session([0], [(0, 100, 101), (5, 102, 103), (20, 102, 103)])
    assert label(made, rule()).label[0] == HOLD


def test_an_order_meets_the_quote_after_its_latency() -> None:
    quotes = [(0, 100, 101), (0.2, 104, 105), (20, 104, 105)]
    assert label(session([0], quotes), rule(latency_ms=250.0)).long_ticks[0] == -1.0
    assert label(session([0], quotes), rule(latency_ms=150.0)).long_ticks[0] == 3.0


def test_a_stop_is_left_at_what_the_market_gives_after_the_latency() -> None:
    made = session([0], [(0, 9_999, 10_000), (2, 9_994, 9_995), (2.1, 9_980, 9_981), (30, 10_100, 10_101)])
    found = label(made, rule("barrier", stop=0.0005, horizon_s=20.0, latency_ms=200.0))
    assert found.long_ticks[0] == -20.0


def test_a_target_fills_at_its_own_price_even_if_the_market_jumps_past_it() -> None:
    made = session([0], [(0, 9_999, 10_000), (2, 10_040, 10_041), (30, 10_040, 10_041)])
    assert label(made, rule("barrier", target=0.001, stop=0.01)).long_ticks[0] == 10.0


def test_a_row_near_the_end_is_dropped_even_if_it_met_a_barrier() -> None:
    made = session([0, 15], [(0, 9_999, 10_000), (16, 10_040, 10_041), (20, 10_040, 10_041)])
    assert label(made, rule("barrier", target=0.001)).resolved.tolist() == [True, False]


def test_nothing_is_held_beyond_flat_by() -> None:
    made = session([0, 8], [(0, 100, 101), (4.5, 110, 111), (6, 150, 151), (60, 100, 101)], close_s=10)
    barrier = label(made, rule("barrier", horizon_s=86_400.0, stop=0.4, flat_by_s=5.0))
    assert (barrier.long_ticks[0], barrier.end_ns[0]) == (9.0, T0 + 5 * NS)
    assert barrier.resolved.tolist() == [True, False]
    assert label(made, rule(horizon_s=5.0, flat_by_s=5.0)).resolved.tolist() == [True, False]
    assert not label(made, rule(horizon_s=5.1, flat_by_s=5.0)).resolved.any()


def test_a_session_without_a_close_knows_no_flat_by() -> None:
    made = session([0, 3], [(0, 100, 101), (9, 100, 101)], close_s=9, bounded=False)
    assert label(made, rule("barrier", horizon_s=6.0, stop=0.4, flat_by_s=3600.0)).resolved.all()


@pytest.mark.parametrize("hole", [(0, 0, 101), (0, 100, 0), (10, 0, 101), (10, 100, 0)])
def test_without_a_quote_at_either_end_nothing_is_said(hole: tuple[float, int, int]) -> None:
    quotes = [hole, (1, 100, 101), (20, 100, 101)] if hole[0] == 0 else [(0, 100, 101), hole, (20, 100, 101)]
    assert not label(session([0], quotes), rule()).resolved[0]


def test_a_session_without_quotes_resolves_nothing() -> None:
    assert not label(session([0, 1, 50], []), RULES[3]).resolved.any()
    assert len(label(session([], []), RULES[3]).label) == 0


def test_only_inputs_have_to_be_known() -> None:
    rows = np.zeros((2, len(NAMES)))
    rows[0, 0] = np.nan
    made = session([0, 1], [(0, 100, 101), (60, 100, 101)], rows=rows)
    assert label(made, rule()).resolved.tolist() == [False, True]
    assert label(made, rule(), NAMES[1:]).resolved.tolist() == [True, True]


def test_mirrored_prices_give_mirrored_labels() -> None:
    made = wandering(5, holes=0.0)
    q = made.quotes
    mirror = session((made.ts_ns - T0) / NS, [((t - T0) / NS, 20_000 - a, 20_000 - b) for t, b, a in
                                              zip(q.ts_ns, q.bid, q.ask, strict=True)], rows=made.rows,
                     close_s=(made.close_ns - T0) / NS)
    up, down = label(made, rule(horizon_s=3.0)), label(mirror, rule(horizon_s=3.0))
    assert (up.label == 2 - down.label).all() and (up.resolved == down.resolved).all()
    np.testing.assert_array_equal(up.long_ticks, down.short_ticks)


def test_uniqueness_is_the_oracles() -> None:
    rng = np.random.default_rng(3)
    start = np.sort(rng.integers(0, 60, 25))
    end = start + rng.integers(1, 20, 25)
    np.testing.assert_allclose(average_uniqueness(start, end),
                               label_oracle.uniqueness(start.tolist(), end.tolist()), rtol=1e-12)
    assert average_uniqueness(np.array([0, 100]), np.array([50, 120])).tolist() == [1.0, 1.0]


# -- the rule of the risk settings


def test_the_rule_takes_the_risk_settings_and_the_fees_of_the_day() -> None:
    limits = Limits(stop_loss=0.004, take_profit=0.008, flat_by_minutes=20)
    made = LabelRule.of(limits, instrument("WDOZ26"), "2026-11-18")
    assert (made.kind, made.stop, made.target, made.flat_by_s) == ("barrier", 0.004, 0.008, 1200.0)
    assert 0.05 < made.cost_ticks == made.dead_zone_ticks < 1.0
    assert LabelRule.of(limits, instrument("WDOZ26"), "2026-11-18", kind="horizon", horizon_s=60.0).stop == 0.0
    assert LabelRule.of(limits, generic("BTCUSDT", (1, 100)), "2026-11-18").cost_ticks == 0.0


@pytest.mark.parametrize(("change", "words"), [
    ({"dead_zone_ticks": 0.4}, "dead zone of 0.4 ticks is less than the 0.5 ticks"),
    ({"horizon_s": 0.0}, "horizon_s"), ({"latency_ms": -1.0}, "latency_ms"), ({"stop": float("nan")}, "stop"),
    ({"kind": "wish"}, "wish"), ({"kind": "barrier"}, "need a stop or a target")])
def test_a_rule_that_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        rule(**change)

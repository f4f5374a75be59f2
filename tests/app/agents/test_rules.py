"""Each rule of each agent: what fires it upwards, what fires it downwards, and what leaves it silent."""
from __future__ import annotations

import pytest
from opinions import AGENTS, arguments

from qt_app.agents import Agent
from qt_app.agents.footprint import Footprint
from qt_app.agents.liquidity import Liquidity
from qt_app.agents.order_flow import OrderFlow
from qt_app.agents.scripted import QUIET, Values, mirror
from qt_app.agents.tape_reading import TapeReading

#: agent, rule, what pushes it up, and something of the same kind that is too little or of the wrong shape.
RULES: list[tuple[type[Agent], str, Values, Values]] = [
    (OrderFlow, "IMBALANCE", {"order_flow_imbalance_10": 0.4, "signed_share_50": 0.3},
     {"order_flow_imbalance_10": 0.10, "signed_share_50": 0.05}),
    (OrderFlow, "PERSISTENCE", {"order_flow_imbalance_50": 0.2}, {"order_flow_imbalance_50": 0.04}),
    (OrderFlow, "ABSORPTION", {"absorption_10s": 0.6, "volume_ratio_20": 1.8},
     {"absorption_10s": 0.6, "volume_ratio_20": 0.5}),
    (OrderFlow, "SWEEP", {"sweep_ticks_10s": 4.0}, {"sweep_ticks_10s": 1.0}),
    (OrderFlow, "DIVERGENCE", {"aggressive_buy_10s": 60.0, "aggressive_sell_10s": 140.0, "price_move_10s": 3.0},
     {"aggressive_buy_10s": 60.0, "aggressive_sell_10s": 140.0, "price_move_10s": -3.0}),
    (Liquidity, "DEPTH", {"depth_imbalance_5": 0.4, "depth_imbalance_10": 0.3}, {"depth_imbalance_5": 0.07}),
    (Liquidity, "MICROPRICE", {"microprice_offset_ticks": 0.3}, {"microprice_offset_ticks": 0.05}),
    (Liquidity, "REFILL", {"bid_replenish_10s": 120.0, "ask_consume_10s": 120.0},
     {"bid_replenish_10s": 120.0, "bid_consume_10s": 120.0}),
    (Liquidity, "WALL", {"bid_wall_ratio": 6.0, "bid_wall_ticks": 1.0}, {"bid_wall_ratio": 6.0, "bid_wall_ticks": 9.0}),
    (TapeReading, "SIGN", {"signed_share_50": 0.4}, {"signed_share_50": 0.08}),
    (TapeReading, "LARGE", {"large_flow_100": 0.2}, {"large_flow_100": 0.02}),
    (TapeReading, "RUN", {"run_length": 12.0}, {"run_length": 3.0}),
    (TapeReading, "SPEED", {"trade_rate_10s": 60.0, "signed_share_100": 0.3},
     {"trade_rate_10s": 60.0, "signed_share_100": 0.0}),
    (TapeReading, "SIZE", {"size_ratio_100": 2.0, "signed_share_100": 0.3},
     {"size_ratio_100": 2.0, "signed_share_100": 0.0}),
    (TapeReading, "BROKER", {"broker_lead_100": 0.5}, {"broker_lead_100": 0.1}),
    (Footprint, "DELTA", {"fp_delta_3": 0.4, "fp_delta_12": 0.2}, {"fp_delta_3": 0.1}),
    (Footprint, "STACKED", {"fp_stacked_12": 4.0}, {"fp_stacked_12": 0.0}),
    (Footprint, "EXHAUSTION", {"fp_exhaustion_12": 0.6, "fp_close_position_12": -0.6},
     {"fp_exhaustion_12": 0.6, "fp_close_position_12": 0.6}),
    (Footprint, "TRAPPED", {"fp_low_delta_12": -0.6, "fp_close_position_12": 0.6},
     {"fp_low_delta_12": -0.6, "fp_close_position_12": -0.6}),
    (Footprint, "POC", {"fp_poc_offset_12": 4.0}, {"fp_poc_offset_12": 1.0}),
]

IDS = [f"{agent.name}-{rule}" for agent, rule, _, _ in RULES]


@pytest.mark.parametrize(("agent", "rule", "up", "silent"), RULES, ids=IDS)
def test_rule_fires_both_ways_and_only_then(agent: type[Agent], rule: str, up: Values, silent: Values) -> None:
    rising = agent().evaluate(arguments(agent(), QUIET | up))
    falling = agent().evaluate(arguments(agent(), mirror(QUIET | up)))
    nothing = agent().evaluate(arguments(agent(), QUIET | silent))
    assert rising[0] > 0.05
    assert rising[2] == f"BUY {rule}"
    assert falling[0] == -rising[0]
    assert falling[2] == f"SELL {rule}"
    assert nothing[0] == pytest.approx(0.0, abs=0.05)
    assert nothing[2] == "QUIET"


def test_every_rule_in_the_code_has_its_row_here(repo) -> None:
    for agent in AGENTS:
        source = (repo / "qt_app" / "agents" / f"{agent.name}.py").read_text(encoding="utf-8")
        written = {line.split('"')[1] for line in source.splitlines() if line.strip().startswith('("')}
        assert written == {rule for owner, rule, _, _ in RULES if owner is agent}


def test_a_wide_spread_and_a_thin_book_lower_trust_but_turn_nothing() -> None:
    bullish = QUIET | {"depth_imbalance_5": 0.4, "depth_imbalance_10": 0.4}
    good = Liquidity().evaluate(arguments(Liquidity(), bullish))
    wide = Liquidity().evaluate(arguments(Liquidity(), bullish | {"spread_ticks": 4.0}))
    thin = Liquidity().evaluate(arguments(Liquidity(), bullish | {"bid_depth_5": 20.0, "ask_depth_5": 20.0}))
    assert wide[0] == thin[0] == good[0] > 0.0
    assert wide[1] < good[1]
    assert thin[1] < good[1]


@pytest.mark.parametrize("values", [{"spread_ticks": 6.0}, {"bid_depth_5": 1.0, "ask_depth_5": 1.0}])
def test_spread_and_depth_alone_have_no_direction(values: Values) -> None:
    assert Liquidity().evaluate(arguments(Liquidity(), QUIET | values))[0] == 0.0


@pytest.mark.parametrize("values", [{"trade_rate_10s": 90.0}, {"size_ratio_100": 4.0}])
def test_speed_and_size_alone_have_no_direction(values: Values) -> None:
    assert TapeReading().evaluate(arguments(TapeReading(), QUIET | values))[0] == 0.0


def test_a_retail_tape_lowers_trust() -> None:
    buying = QUIET | {"signed_share_50": 0.5}
    signal, conviction, _ = TapeReading().evaluate(arguments(TapeReading(), buying | {"rlp_share_60s": 0.9}))
    assert (signal, conviction) == (TapeReading().evaluate(arguments(TapeReading(), buying))[0], 0.5)


def test_an_anonymous_tape_silences_the_broker_rule_only() -> None:
    buying = QUIET | {"signed_share_50": 0.4}
    named = TapeReading().evaluate(arguments(TapeReading(), buying))
    assert TapeReading().evaluate(arguments(TapeReading(), buying | {"broker_lead_100": float("nan")})) == named


def test_absorbed_buying_cancels_the_imbalance_it_comes_from() -> None:
    flow = QUIET | {"order_flow_imbalance_10": 0.3, "signed_share_50": 0.3, "volume_ratio_20": 1.8}
    followed = OrderFlow().evaluate(arguments(OrderFlow(), flow))
    absorbed = OrderFlow().evaluate(arguments(OrderFlow(), flow | {"absorption_10s": -0.6}))
    assert absorbed[0] < followed[0]

"""The panel: what each agent is shown, when it abstains and why, and what is refused at boot."""
from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from opinions import AGENTS

from qt_app.agents import AgentPanel, default_agents, default_panel
from qt_app.agents.base import Opinion
from qt_app.agents.order_flow import OrderFlow
from qt_app.agents.scripted import BEARISH, BULLISH, QUIET, Values
from qt_app.errors import ConfigError
from qt_app.votes import Vote
from qt_core.features.registry import NAMES as FEATURES
from qt_core.readings.registry import NAMES as READINGS
from qt_core.readings.registry import READINGS as REGISTRY

Rows = tuple[NDArray[np.float64], NDArray[np.float64]]


def rows(values: Values) -> Rows:
    """Feature and reading rows; what no agent declares is NaN, which must not matter."""
    return (np.array([values.get(name, math.nan) for name in FEATURES]),
            np.array([values.get(name, math.nan) for name in READINGS]))


def panel() -> AgentPanel:
    return default_panel(FEATURES, READINGS)


def vote_of(name: str, values: Values, frozen: frozenset[str] = frozenset()) -> Vote:
    table = panel()
    table.frozen = frozen
    votes, _ = table.votes(*rows(values))
    return next(vote for vote in votes if vote.voter == name)


def test_four_agents_vote_in_order_each_for_the_side_it_sees() -> None:
    for values, action in ((BULLISH, 2), (QUIET, 1), (BEARISH, 0)):
        votes, weights = panel().votes(*rows(values))
        assert [vote.voter for vote in votes] == ["order_flow", "liquidity", "tape_reading", "footprint"]
        assert [vote.p.index(max(vote.p)) for vote in votes if vote.p is not None] == [action] * 4
        assert weights == (0.30, 0.20, 0.25, 0.25)


@pytest.mark.parametrize("agent", AGENTS, ids=[a.name for a in AGENTS])
def test_each_declared_input_that_is_nan_makes_the_agent_abstain(agent: type[OrderFlow]) -> None:
    for name in agent.inputs:
        vote = vote_of(agent.name, BULLISH | {name: math.nan})
        assert (vote.p, vote.reason) == (None, f"NAN {name}")
        assert vote.age_ns == (-1 if name in agent.ages else round(BULLISH[agent.ages[0]] * 1e6))


@pytest.mark.parametrize("agent", AGENTS, ids=[a.name for a in AGENTS])
def test_an_infinite_input_makes_the_agent_abstain(agent: type[OrderFlow]) -> None:
    assert vote_of(agent.name, BULLISH | {agent.inputs[0]: math.inf}).abstains


@pytest.mark.parametrize("agent", AGENTS, ids=[a.name for a in AGENTS])
def test_an_agent_sees_only_what_it_declares(agent: type[OrderFlow]) -> None:
    seen = {name: BULLISH[name] for name in agent.inputs + agent.optional}
    assert vote_of(agent.name, seen) == vote_of(agent.name, BULLISH)


def test_stale_book_silences_liquidity_and_only_it() -> None:
    votes, _ = panel().votes(*rows(BULLISH | {"book_age_ms": 7_240.0}))
    silent = [vote for vote in votes if vote.abstains]
    assert silent == [Vote("liquidity", None, 7_240_000_000, "STALE book 7.2 s")]


def test_stale_data_is_called_stale_even_where_its_readings_are_unknown() -> None:
    vote = vote_of("order_flow", BULLISH | {"trade_age_ms": 12_000.0, "absorption_10s": math.nan})
    assert vote.reason == "STALE trade 12.0 s"


def test_data_exactly_at_the_limit_still_counts() -> None:
    assert not vote_of("liquidity", BULLISH | {"book_age_ms": 5_000.0}).abstains
    assert vote_of("liquidity", BULLISH | {"book_age_ms": 5_000.001}).abstains


def test_a_silent_tape_leaves_no_agent_but_liquidity_within_ten_seconds() -> None:
    votes, _ = panel().votes(*rows(BULLISH | {"trade_age_ms": 10_001.0}))
    assert [vote.voter for vote in votes if not vote.abstains] == ["liquidity"]


def test_vote_carries_the_age_of_its_data() -> None:
    assert vote_of("tape_reading", BULLISH | {"trade_age_ms": 41.5}).age_ns == 41_500_000


def test_frozen_input_silences_its_voters_until_it_moves() -> None:
    frozen = frozenset({"order_flow_imbalance_50", "volatility_10"})
    assert vote_of("order_flow", BULLISH, frozen).reason == "FROZEN order_flow_imbalance_50"
    assert not vote_of("footprint", BULLISH, frozen).abstains


def test_only_broker_readings_may_be_optional() -> None:
    needs = {reading.name: reading.needs for reading in REGISTRY}
    for agent in default_agents():
        assert all(needs[name] == "brokers" for name in agent.optional)


class Wishful(OrderFlow):
    """Declares an input that nobody computes."""

    name = "wishful"
    inputs = ("trade_age_ms", "spread_zscore")


class Ageless(OrderFlow):
    """Declares no age of its data."""

    name = "ageless"
    inputs = ("signed_share_50",)
    ages = ()


def test_unknown_input_stops_the_boot() -> None:
    with pytest.raises(ConfigError, match=r"wishful.*'spread_zscore'"):
        AgentPanel([Wishful()], FEATURES, READINGS)


def test_an_agent_must_know_the_age_of_its_data() -> None:
    with pytest.raises(ConfigError, match=r"ageless.*age"):
        AgentPanel([Ageless()], FEATURES, READINGS)


def test_two_agents_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="same name"):
        AgentPanel([OrderFlow(), OrderFlow()], FEATURES, READINGS)


def test_features_and_readings_must_not_share_a_name() -> None:
    with pytest.raises(ConfigError, match="share a name"):
        AgentPanel([OrderFlow()], FEATURES, (*READINGS, FEATURES[0]))


class Single:
    """The smallest agent: one input, its age."""

    name = "single"
    inputs = ("trade_age_ms",)
    optional = ()
    ages = ("trade_age_ms",)
    max_age_ms = 100.0

    def evaluate(self, values: tuple[float, ...]) -> Opinion:
        return 0.5, 0.5, "TEST"


def test_another_agent_joins_by_the_protocol_alone() -> None:
    votes, weights = AgentPanel([Single()], FEATURES, READINGS).votes(*rows(QUIET))
    assert votes == (Vote("single", (0.0, 0.75, 0.25), 40_000_000, "TEST"),)
    assert weights == (1.0,)

"""What holds for every agent whatever it sees: bounds, mirror symmetry, monotone rules, reachable sides."""
from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opinions import AGENTS, arguments, bounds

from qt_app.agents import Agent
from qt_app.agents.base import triple
from qt_app.agents.scripted import BEARISH, BULLISH, QUIET, Values, mirror

each_agent = pytest.mark.parametrize("kind", AGENTS, ids=[agent.name for agent in AGENTS])


def values_of(agent: Agent) -> st.SearchStrategy[Values]:
    columns = {name: st.floats(*bounds(name), allow_nan=False) for name in agent.inputs + agent.optional}
    return st.fixed_dictionaries(columns)


@pytest.mark.lengthy
@each_agent
@given(data=st.data())
def test_opinion_is_bounded_and_its_triple_sums_to_one(kind: type[Agent], data: st.DataObject) -> None:
    agent = kind()
    signal, conviction, reason = agent.evaluate(arguments(agent, data.draw(values_of(agent))))
    assert -1.0 <= signal <= 1.0
    assert 0.0 <= conviction <= 1.0
    assert reason
    p = triple(signal, conviction)
    assert min(p) >= 0.0
    assert math.fsum(p) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.lengthy
@each_agent
@given(data=st.data())
def test_mirrored_market_gives_the_mirrored_opinion(kind: type[Agent], data: st.DataObject) -> None:
    agent = kind()
    values = data.draw(values_of(agent))
    signal, conviction, _ = agent.evaluate(arguments(agent, values))
    reflected, same, _ = agent.evaluate(arguments(agent, mirror(values)))
    assert reflected == pytest.approx(-signal, abs=1e-12)
    assert same == pytest.approx(conviction, abs=1e-12)


#: Inputs that may only push one way, per agent (the others depend on context).
MONOTONE = {
    "order_flow": ("order_flow_imbalance_10", "order_flow_imbalance_50", "signed_share_50", "sweep_ticks_10s",
                   "absorption_10s"),
    "liquidity": ("depth_imbalance_5", "depth_imbalance_10", "microprice_offset_ticks", "bid_wall_ratio"),
    "tape_reading": ("signed_share_50", "signed_share_100", "large_flow_100", "run_length", "broker_lead_100"),
    "footprint": ("fp_delta_3", "fp_delta_12", "fp_stacked_12", "fp_poc_offset_12"),
}


@pytest.mark.lengthy
@each_agent
@given(data=st.data())
def test_more_of_a_bullish_input_never_lowers_buy_nor_raises_sell(kind: type[Agent], data: st.DataObject) -> None:
    agent = kind()
    values = data.draw(values_of(agent))
    name = data.draw(st.sampled_from(MONOTONE[agent.name]))
    more = values | {name: data.draw(st.floats(values[name], bounds(name)[1]))}
    low = triple(*agent.evaluate(arguments(agent, values))[:2])
    high = triple(*agent.evaluate(arguments(agent, more))[:2])
    assert high[2] >= low[2] - 1e-12
    assert high[0] <= low[0] + 1e-12


@given(signal=st.floats(-1, 1), conviction=st.floats(0, 1), less=st.floats(0, 1))
def test_hold_falls_with_conviction_and_the_triple_mirrors(signal: float, conviction: float, less: float) -> None:
    sell, hold, buy = triple(signal, conviction)
    assert triple(-signal, conviction) == (buy, hold, sell)
    assert triple(signal, conviction * less)[1] >= hold


@each_agent
def test_agent_reaches_all_three_actions_with_tradable_probability(kind: type[Agent]) -> None:
    agent = kind()
    assert triple(*agent.evaluate(arguments(agent, BULLISH))[:2])[2] >= 0.60
    assert triple(*agent.evaluate(arguments(agent, QUIET))[:2])[1] >= 0.60
    assert triple(*agent.evaluate(arguments(agent, BEARISH))[:2])[0] >= 0.60


CLOCKS_AND_CHANCE = {"time", "datetime", "random", "secrets", "uuid"}
DECISION_FILES = ("agents", "consensus.py", "votes.py", "inference", "risk")


def forbidden(path: Path) -> set[str]:
    """What a module uses of clocks and chance: imports, np.random, wall_ns."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] in CLOCKS_AND_CHANCE}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {n for n in names if n.split(".")[0] in CLOCKS_AND_CHANCE}
            found |= {n for n in names if n.endswith((".wall_ns", "numpy.random"))}
        elif isinstance(node, ast.Attribute) and node.attr in {"random", "wall_ns", "default_rng"}:
            found.add(node.attr)
    return found


@pytest.mark.parametrize("part", DECISION_FILES)
def test_decision_modules_know_neither_clock_nor_chance(part: str, repo: Path) -> None:
    path = repo / "qt_app" / part
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    assert files
    assert {str(file): found for file in files if (found := forbidden(file))} == {}


@pytest.mark.parametrize("line", ["import time", "from datetime import datetime", "from qt_core._types import wall_ns",
                                  "import numpy as np\nnp.random.default_rng()", "from numpy import random",
                                  "import random as r"])
def test_the_scan_finds_what_it_looks_for(line: str, tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(line, encoding="utf-8")
    assert forbidden(module)

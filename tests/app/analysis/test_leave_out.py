from __future__ import annotations

from pathlib import Path

import pytest
from app.analysis.results_kit import HOLD, buys, sells, write

from qt_app.analysis.leave_out import ALL_AGENTS, without
from qt_app.analysis.results import read_result
from qt_app.consensus import Consensus
from qt_app.errors import DataError

SELL, WAIT, BUY = 0, 1, 2


def left_out(folder: Path, *told: object, consensus: Consensus | None = None) -> dict[str, list[int]]:
    result = read_result(write(folder / "r", told, consensus=consensus))   # type: ignore[arg-type]
    return {name: actions.tolist() for name, actions in without(result, consensus or Consensus()).items()}


def test_the_others_keep_their_weights(tmp_path: Path) -> None:
    # 0.4 * 1 + 0.6 * (0.3 + 0.25) = 0.73; without order flow the agents pool to 0.25 / 0.7: 0.4 + 0.214 = 0.614.
    one = (buys(1.0), buys(1.0), HOLD, buys(1.0), HOLD)
    found = left_out(tmp_path, one)
    assert found["order_flow"] == [BUY]
    assert found["model"] == [WAIT]         # the agents alone reach 0.55
    assert found[ALL_AGENTS] == [BUY]
    assert found["liquidity"] == [BUY]


def test_a_vote_may_be_pivotal_either_way(tmp_path: Path) -> None:
    needed = (buys(0.9), buys(1.0), HOLD, buys(0.8), HOLD)              # 0.36 + 0.6 * 0.5 = 0.66
    opposed = (buys(0.9), buys(0.9), sells(1.0), buys(0.9), buys(0.9))  # 0.36 + 0.54 * 0.8 = 0.792
    held = (buys(0.7), buys(0.5), sells(1.0), buys(0.5), buys(0.5))     # 0.28 + 0.3 * 0.8 = 0.52
    found = left_out(tmp_path, needed, opposed, held)
    assert found["order_flow"] == [WAIT, BUY, WAIT]
    assert found["liquidity"] == [BUY, BUY, WAIT]
    assert found[ALL_AGENTS] == [BUY, BUY, BUY]


def test_below_the_quorum_nothing_is_decided(tmp_path: Path) -> None:
    found = left_out(tmp_path, (buys(1.0), buys(1.0), buys(1.0), None, None))
    assert found["order_flow"] == [WAIT]
    assert found["tape_reading"] == [BUY]


def test_without_the_model_the_agents_decide_alone(tmp_path: Path) -> None:
    assert left_out(tmp_path, (HOLD, *[buys(1.0)] * 4))["model"] == [BUY]


def test_decisions_of_other_weights_are_refused(tmp_path: Path) -> None:
    one = (buys(1.0), HOLD, HOLD, buys(0.1), HOLD)
    result = read_result(write(tmp_path / "r", [one], consensus=Consensus(0.9, 0.1)))
    with pytest.raises(DataError, match="1 of 1 decisions are not those of the configured weights"):
        without(result, Consensus())

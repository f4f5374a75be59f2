"""An input stops: its voters leave within their limit, the others stay, and too few of them mean hold."""
from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.readings_streams import Stream, mirrored, without

from qt_app.agents import default_panel
from qt_app.consensus import Consensus
from qt_app.votes import Decision, Vote
from qt_core._types import EVENT_DTYPE, Kind
from qt_core.engine import DUE_SAMPLE, Engine
from qt_core.features.registry import NAMES as FEATURES
from qt_core.readings.registry import NAMES as READINGS

S = 1_000_000_000
WARM_STEPS = 2500
ALL = {"order_flow", "liquidity", "tape_reading", "footprint"}
MODEL = Vote("model", (0.2, 0.4, 0.4), 0, "TEST")


def decisions(events: NDArray[np.void]) -> list[Decision]:
    """What the agents and a steady model decide every second; candles of 1 s, so that all is warm soon."""
    engine = Engine(tick=(1, 2), sessions=None, candle_ns=S)
    panel, consensus, done, out = default_panel(FEATURES, READINGS), Consensus(), 0, []
    while done < len(events):
        done = engine.feed(events, done)
        if engine.due & DUE_SAMPLE:
            votes, weights = panel.votes(engine.row, engine.reading)
            out.append(consensus.decide(engine.seq, engine.sample_ns, MODEL, votes, weights))
    return out


def clocks(start_ns: int, seconds: int) -> NDArray[np.void]:
    out = np.zeros(seconds, dtype=EVENT_DTYPE)
    out["kind"] = Kind.CLOCK
    out["ts_ns"] = start_ns + np.arange(1, seconds + 1) * S
    return out


def voters(decision: Decision) -> set[str]:
    return {vote.voter for vote in decision.votes if not vote.abstains} - {"model"}


@pytest.fixture(scope="module")
def warm() -> NDArray[np.void]:
    return Stream(21).run(WARM_STEPS)


@pytest.mark.lengthy
def test_all_four_vote_on_a_live_market(warm: NDArray[np.void]) -> None:
    assert any(voters(decision) == ALL for decision in decisions(warm))


@pytest.mark.lengthy
def test_when_everything_stops_every_vote_leaves_within_its_limit(warm: NDArray[np.void]) -> None:
    end = int(warm["ts_ns"][-1])
    after = [d for d in decisions(np.concatenate([warm, clocks(end, 14)])) if d.ts_ns > end]
    for decision in after:
        age = decision.ts_ns - end
        if age > 5 * S:
            assert voters(decision) <= {"footprint"}
            assert decision.action == "hold"
            assert decision.reason.startswith("AGENTS_BELOW_QUORUM")
        if age > 10 * S:
            assert voters(decision) == set()
    assert {vote.voter: vote.reason.split(" ")[0] for vote in after[-1].votes[1:]} == dict.fromkeys(ALL, "STALE")


@pytest.mark.lengthy
def test_when_the_book_stops_only_liquidity_leaves(warm: NDArray[np.void]) -> None:
    more = Stream(21).run(WARM_STEPS + 300)[len(warm):]
    end = int(warm["ts_ns"][warm["kind"] == Kind.LEVEL][-1])
    late = [d for d in decisions(np.concatenate([warm, without(more, Kind.LEVEL)])) if d.ts_ns > end + 5 * S]
    assert late
    for decision in late:
        liquidity = decision.votes[2]
        assert liquidity.reason.startswith("STALE book")
        assert liquidity.age_ns > 5 * S
    assert any(voters(decision) == ALL - {"liquidity"} for decision in late)


@pytest.mark.lengthy
def test_mirrored_market_gives_mirrored_votes(warm: NDArray[np.void]) -> None:
    """Readings mirror exactly; the few features in use are ratios of lots, which do too."""
    straight, upside_down = decisions(warm), decisions(mirrored(warm))
    assert len(straight) == len(upside_down)
    for one, other in zip(straight, upside_down, strict=True):
        for vote, reflected in zip(one.votes[1:], other.votes[1:], strict=True):
            assert (vote.p is None) == (reflected.p is None)
            if vote.p is not None and reflected.p is not None:
                assert reflected.p == pytest.approx(vote.p[::-1], abs=1e-12)

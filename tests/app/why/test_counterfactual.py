"""What would have had to be different is asked of the consensus: each answer is tried here, on both sides of it."""
from __future__ import annotations

from math import fsum, isclose

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qt_app.consensus import Consensus
from qt_app.votes import ACTIONS, Triple, Vote
from qt_app.why.counterfactual import Opinions, counterfactual, nearest

NAMES = ("model", "order_flow", "liquidity", "tape_reading", "footprint")
STEP = 1e-6


def opinions(*triples: Triple | None, limit: float = 0.6,
             weights: tuple[float, ...] = (0.3, 0.2, 0.25, 0.25)) -> Opinions:
    votes = tuple(Vote(name, p, 0, "T") for name, p in zip(NAMES, triples, strict=True))
    return Opinions(Consensus(min_confidence=limit), votes, weights)


@st.composite
def triple(draw: st.DrawFn) -> Triple | None:
    if draw(st.integers(0, 7)) == 0:
        return None
    parts = [draw(st.integers(0, 20)) for _ in range(3)]
    assume(sum(parts) > 0)
    total = sum(parts)
    return parts[0] / total, parts[1] / total, parts[2] / total


def changed(p: Triple | None, k: int, q: float) -> Triple:
    """With q for one side; the others keep their proportion, hold takes all where there was none."""
    others = [n for n in range(3) if n != k]
    rest = 0.0 if p is None else p[others[0]] + p[others[1]]
    made = [0.0, 0.0, 0.0]
    made[k] = q
    for n in others:
        made[n] = (1 - q) * ((1.0 if n == 1 else 0.0) if p is None or rest == 0 else p[n] / rest)
    return made[0], made[1], made[2]


@pytest.mark.lengthy
@given(st.tuples(triple(), triple(), triple(), triple(), triple()), st.sampled_from([0.34, 0.45, 0.6, 0.9]))
def test_each_need_turns_the_decision_where_it_says(triples: tuple[Triple | None, ...], limit: float) -> None:
    asked = opinions(*triples, limit=limit)
    found, decision = counterfactual(asked), asked.decide()
    k = ACTIONS.index(found.side)
    assert found.traded == (decision.action != "hold") and found.side == nearest(decision)
    for at, need in enumerate(found.needs):
        # By their texts: an unknown confidence is NaN, which equals nothing.
        assert repr(need.without) == repr(asked.with_vote(at, None))

        def trades(q: float, at: int = at) -> bool:
            p = changed(triples[at], k, min(1.0, max(0.0, q)))
            return asked.with_vote(at, p).action == found.side

        if need.needed is None:
            assert len({trades(n / 50) for n in range(51)}) == 1
        else:
            assert trades(need.needed + STEP) and not trades(need.needed - STEP)


@pytest.mark.lengthy
@given(st.tuples(triple(), triple(), triple(), triple(), triple()))
def test_shares_make_the_joint_opinion(triples: tuple[Triple | None, ...]) -> None:
    asked = opinions(*triples)
    decision, shares = asked.decide(), asked.shares()
    if decision.p is None:
        assert set(shares) == {0.0}
        return
    assert isclose(fsum(shares), 1.0)
    for n in range(3):
        joint = fsum(share * p[n] for share, p in zip(shares, triples, strict=True) if p is not None)
        assert isclose(joint, decision.p[n], abs_tol=1e-12)


@pytest.mark.lengthy
@given(st.tuples(triple(), triple(), triple(), triple(), triple()), st.sampled_from([0.34, 0.6]))
def test_the_limit_that_would_have_done(triples: tuple[Triple | None, ...], limit: float) -> None:
    found = counterfactual(opinions(*triples, limit=limit))
    if found.limit_needed is None:
        assert opinions(*triples, limit=0.0).decide().action != found.side or found.p is None
        return
    assert opinions(*triples, limit=found.limit_needed).decide().action == found.side
    if found.limit_needed < 1 - 1e-9:
        assert opinions(*triples, limit=found.limit_needed + 1e-9).decide().action == "hold"


def test_a_near_miss_in_figures() -> None:
    """0.4 x 0.5 + 0.6 x 0.6 = 0.56: short of 0.60 by 0.04. The model needs 0.04 / 0.4 more: 0.60."""
    p = (0.1, 0.3, 0.6)
    found = counterfactual(opinions((0.2, 0.3, 0.5), p, p, p, p))
    assert (found.traded, found.side, found.rival) == (False, "buy", None)
    assert found.p == pytest.approx(0.56) and found.missed_by == pytest.approx(0.04)
    assert found.needs[0].share == 0.4 and found.needs[0].needed == pytest.approx(0.60)
    assert found.needs[1].share == pytest.approx(0.18) and found.needs[1].needed == pytest.approx(0.6 + 0.04 / 0.18)


def test_without_a_consensus_nothing_is_invented() -> None:
    p = (0.1, 0.3, 0.6)
    found = counterfactual(opinions(None, p, p, p, p))
    assert (found.p, found.missed_by, found.limit_needed) == (None, None, None)
    assert found.needs[0].needed is not None and found.needs[1].needed is None

"""Five votes to one decision: the pool, the two weights, the gate, ties, quorum, and what the stack can reach."""
from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.agents import default_panel, scripted_votes
from qt_app.consensus import Consensus, pool, prove_reachable
from qt_app.votes import ACTIONS, Action, Triple, Vote
from qt_core.features.registry import NAMES as FEATURES
from qt_core.readings.registry import NAMES as READINGS

WEIGHTS = (0.30, 0.20, 0.25, 0.25)
NAMES = ("order_flow", "liquidity", "tape_reading", "footprint")
BUY, HOLD, SELL = (0.0, 0.1, 0.9), (0.05, 0.9, 0.05), (0.9, 0.1, 0.0)


def model(p: Triple | None, reason: str = "MODEL") -> Vote:
    return Vote("model", p, 0, reason)


def agents(*triples: Triple | None) -> tuple[Vote, ...]:
    return tuple(Vote(name, p, 0, "TEST") for name, p in zip(NAMES, triples, strict=True))


def flipped(p: Triple | None) -> Triple | None:
    return None if p is None else (p[2], p[1], p[0])


@st.composite
def triples(draw: st.DrawFn) -> Triple:
    a, b = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    return a, b - a, 1.0 - b


votes_of_four = st.tuples(*[triples() | st.none()] * 4)


def test_all_agree_buy() -> None:
    decision = Consensus().decide(7, 99, model(BUY), agents(BUY, BUY, BUY, BUY), WEIGHTS)
    assert (decision.seq, decision.ts_ns, decision.action, decision.reason) == (7, 99, "buy", "BUY")
    assert decision.confidence == pytest.approx(0.9)
    assert [vote.voter for vote in decision.votes] == ["model", *NAMES]


def test_forty_sixty_by_hand() -> None:
    decision = Consensus().decide(1, 1, model((0.1, 0.3, 0.6)), agents(BUY, HOLD, BUY, SELL), WEIGHTS)
    pooled = (0.30 * 0.0 + 0.20 * 0.05 + 0.25 * 0.0 + 0.25 * 0.9, 0.30 * 0.1 + 0.20 * 0.9 + 0.25 * 0.1 + 0.25 * 0.1,
              0.30 * 0.9 + 0.20 * 0.05 + 0.25 * 0.9 + 0.25 * 0.0)
    assert decision.p == pytest.approx([0.4 * m + 0.6 * a for m, a in zip((0.1, 0.3, 0.6), pooled, strict=True)])


@pytest.mark.lengthy
@given(model_p=triples(), votes=votes_of_four)
def test_decision_is_a_distribution_with_a_reason(model_p: Triple, votes: tuple[Triple | None, ...]) -> None:
    decision = Consensus().decide(1, 1, model(model_p), agents(*votes), WEIGHTS)
    assert decision.reason
    if decision.p is None:
        assert (decision.action, math.isnan(decision.confidence)) == ("hold", True)
        assert sum(v is not None for v in votes) < 2
        return
    assert math.fsum(decision.p) == pytest.approx(1.0, abs=1e-12)
    assert decision.confidence == decision.p[ACTIONS.index(decision.action)]
    if decision.action != "hold":
        assert decision.confidence >= 0.60


@pytest.mark.lengthy
@given(model_p=triples(), votes=votes_of_four)
def test_mirrored_votes_give_exactly_the_mirrored_decision(model_p: Triple, votes: tuple[Triple | None, ...]) -> None:
    decision = Consensus().decide(1, 1, model(model_p), agents(*votes), WEIGHTS)
    mirrored = Consensus().decide(1, 1, model(flipped(model_p)), agents(*map(flipped, votes)), WEIGHTS)
    assert mirrored.p == flipped(decision.p)
    assert mirrored.action == {"buy": "sell", "sell": "buy", "hold": "hold"}[decision.action]


@pytest.mark.lengthy
@given(votes=st.tuples(*[triples()] * 4), stronger=st.floats(0, 1), which=st.integers(0, 3))
def test_a_stronger_buy_vote_never_lowers_buy(votes: tuple[Triple, ...], stronger: float, which: int) -> None:
    sell, hold, _ = votes[which]
    left = 1.0 - stronger
    raised = (sell * left, hold * left, 1.0 - sell * left - hold * left)
    more = (*votes[:which], raised, *votes[which + 1:])
    before = Consensus().decide(1, 1, model(HOLD), agents(*votes), WEIGHTS).p
    after = Consensus().decide(1, 1, model(HOLD), agents(*more), WEIGHTS).p
    assert after[2] >= before[2] - 1e-12


@pytest.mark.lengthy
@given(votes=st.tuples(*[triples()] * 4), silent=st.integers(0, 3))
def test_an_abstaining_agent_does_not_change_the_pool_of_the_others(votes: tuple[Triple, ...], silent: int) -> None:
    speaking = [k for k in range(4) if k != silent]
    shown = [None if k == silent else votes[k] for k in range(4)]
    decision = Consensus(0.0, 1.0).decide(1, 1, model(HOLD), agents(*shown), WEIGHTS)
    total = math.fsum(WEIGHTS[k] for k in speaking)
    expected = [math.fsum(WEIGHTS[k] * votes[k][action] for k in speaking) / total for action in range(3)]
    assert decision.p == pytest.approx(expected, abs=1e-12)


def test_model_abstaining_means_hold_and_says_why() -> None:
    decision = Consensus().decide(1, 1, model(None, "NAN volatility_10"), agents(BUY, BUY, BUY, BUY), WEIGHTS)
    assert (decision.action, decision.p, decision.reason) == ("hold", None, "MODEL_ABSTAINS NAN volatility_10")


@pytest.mark.parametrize(("votes", "reason"), [((None, None, None, None), "AGENTS_BELOW_QUORUM 0/4"),
                                               ((BUY, None, None, None), "AGENTS_BELOW_QUORUM 1/4")])
def test_fewer_than_two_agents_mean_hold(votes: tuple[Triple | None, ...], reason: str) -> None:
    decision = Consensus().decide(1, 1, model(BUY), agents(*votes), WEIGHTS)
    assert (decision.action, decision.p, decision.reason) == ("hold", None, reason)


def test_two_agents_are_a_quorum() -> None:
    assert Consensus().decide(1, 1, model(BUY), agents(BUY, None, None, BUY), WEIGHTS).action == "buy"


def test_two_live_agents_without_weight_are_none() -> None:
    decision = Consensus().decide(1, 1, model(BUY), agents(BUY, BUY, None, None), (0.0, 0.0, 0.5, 0.5))
    assert decision.reason == "AGENTS_BELOW_QUORUM 2/4"


def test_confidence_below_the_gate_holds_and_says_so() -> None:
    decision = Consensus().decide(1, 1, model((0.1, 0.32, 0.58)), agents(*[(0.1, 0.32, 0.58)] * 4), WEIGHTS)
    assert (decision.action, decision.reason) == ("hold", "LOW_CONFIDENCE buy 0.58")
    assert decision.confidence == pytest.approx(0.32)


def test_confidence_exactly_at_the_gate_trades() -> None:
    p = (0.0, 0.25, 0.75)
    decision = Consensus(0.5, 0.5, 0.75).decide(1, 1, model(p), agents(p, p, p, p), (0.25,) * 4)
    assert (decision.action, decision.confidence) == ("buy", 0.75)


@pytest.mark.parametrize("p", [(0.5, 0.0, 0.5), (0.45, 0.1, 0.45), (0.0, 0.5, 0.5), (0.5, 0.5, 0.0)])
def test_an_exact_tie_for_the_most_probable_is_hold(p: Triple) -> None:
    decision = Consensus(0.5, 0.5, 0.0).decide(1, 1, model(p), agents(p, p, p, p), (0.25,) * 4)
    assert (decision.action, decision.reason) == ("hold", "TIE")


def test_equal_and_opposite_votes_tie() -> None:
    opposed = agents(BUY, SELL, BUY, SELL)
    decision = Consensus(min_confidence=0.0).decide(1, 1, model((0.4, 0.2, 0.4)), opposed, (0.25,) * 4)
    assert (decision.action, decision.reason) == ("hold", "TIE")


@pytest.mark.parametrize("p", [(0.5, 0.5, 0.5), (math.nan, 0.5, 0.5), (-0.2, 0.2, 1.0)])
def test_what_is_no_distribution_never_trades(p: Triple) -> None:
    first = Consensus().decide(1, 1, model(p), agents(BUY, BUY, BUY, BUY), WEIGHTS)
    second = Consensus().decide(1, 1, model(BUY), agents(BUY, BUY, p, BUY), WEIGHTS)
    assert (first.action, first.reason) == ("hold", "NOT_A_DISTRIBUTION model")
    assert (second.action, second.reason) == ("hold", "NOT_A_DISTRIBUTION tape_reading")


@pytest.mark.parametrize("arguments", [(0.5, 0.6), (1.2, -0.2), (math.nan, 0.6), (0.4, 0.6, 1.1), (0.4, 0.6, math.nan)])
def test_impossible_weights_and_gates_are_refused(arguments: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"weights|min_confidence"):
        Consensus(*arguments)


@pytest.mark.parametrize("weights", [(0.3, 0.2, 0.25), (0.3, 0.2, 0.25, 0.26), (-0.2, 0.7, 0.25, 0.25),
                                     (math.nan, 0.5, 0.25, 0.25)])
def test_agent_weights_must_sum_to_one(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="4 agents need"):
        Consensus().decide(1, 1, model(BUY), agents(BUY, BUY, BUY, BUY), weights)


def test_pool_of_nothing_is_none() -> None:
    assert pool([], []) is None


#: What a three-class model says on a good day.
MODEL_SAYS = {"buy": (0.15, 0.35, 0.50), "hold": (0.20, 0.60, 0.20), "sell": (0.50, 0.35, 0.15)}


@pytest.mark.parametrize("action", ACTIONS)
def test_the_stack_reaches_each_action(action: Action) -> None:
    votes, weights = scripted_votes(default_panel(FEATURES, READINGS))[action]
    decision = Consensus().decide(1, 1, model(MODEL_SAYS[action]), votes, weights)
    assert (decision.action, decision.reason) == (action, action.upper())
    assert decision.confidence >= 0.60


def test_reachability_is_proven_at_boot() -> None:
    prove_reachable(Consensus(), scripted_votes(default_panel(FEATURES, READINGS)))


def test_a_gate_that_never_opens_is_refused_at_boot() -> None:
    with pytest.raises(ValueError, match=r"sell cannot be reached.*LOW_CONFIDENCE sell.*min_confidence 0\.99"):
        prove_reachable(Consensus(min_confidence=0.99), scripted_votes(default_panel(FEATURES, READINGS)))


def test_agents_that_know_one_side_only_are_refused_at_boot() -> None:
    scripted = scripted_votes(default_panel(FEATURES, READINGS))
    with pytest.raises(ValueError, match="sell cannot be reached"):
        prove_reachable(Consensus(), scripted | {"sell": scripted["buy"]})

"""What would have had to be different in the opinions: asked of the consensus itself, one vote changed at a time."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

from qt_app.consensus import HOLD, Consensus
from qt_app.votes import ACTIONS, Action, Decision, Triple, Vote

STEPS = 60      # halvings: far below what a float tells apart


@dataclass(frozen=True, slots=True)
class Need:
    """One voter. ``share``: of the joint opinion, 0 when it abstained; ``p``: its probability of the side.

    ``needed``: with the others as they were, from which probability on the decision would have been the other way: a
    trade, or none any more; None when no opinion of this voter alone could do that. ``without``: the decision had it
    abstained.
    """

    voter: str
    share: float
    p: float | None
    needed: float | None
    without: Decision


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """About the trade that was made, or the one that was nearest. ``p`` and the rest None without a consensus.

    ``missed_by``: what its probability lacked to ``limit``; below zero: what it had to spare. ``rival``: an action that
    was at least as probable, in whose way no limit stood. ``limit_needed``: the highest MIN_CONFIDENCE under which it
    would have been a trade, None when a rival was in the way.
    """

    traded: bool
    side: Action
    p: float | None
    limit: float
    missed_by: float | None
    rival: Action | None
    limit_needed: float | None
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Opinions:
    """What went into one decision, to be asked again."""

    consensus: Consensus
    votes: tuple[Vote, ...]         # the model's first
    weights: tuple[float, ...]      # of the agents

    def decide(self, votes: Sequence[Vote] | None = None) -> Decision:
        model, *agents = self.votes if votes is None else votes
        return self.consensus.decide(0, 0, model, tuple(agents), self.weights)

    def with_vote(self, at: int, p: Triple | None) -> Decision:
        """The decision had this voter been of another opinion."""
        reason = "ABSTAINED" if p is None else "CHANGED"
        return self.decide([replace(vote, p=p, reason=reason) if n == at else vote
                            for n, vote in enumerate(self.votes)])

    def shares(self) -> tuple[float, ...]:
        """Each voter's part of the joint opinion; all 0 without one."""
        if self.decide().p is None:
            return (0.0,) * len(self.votes)
        live = fsum(w for vote, w in zip(self.votes[1:], self.weights, strict=True) if vote.p is not None)
        agents = (0.0 if vote.p is None else self.consensus.agent_weight * w / live
                  for vote, w in zip(self.votes[1:], self.weights, strict=True))
        return (self.consensus.ml_weight, *agents)


def counterfactual(opinions: Opinions) -> Counterfactual:
    """About one decision, as the consensus makes it of these opinions."""
    decision, limit = opinions.decide(), opinions.consensus.min_confidence
    traded, side = decision.action != "hold", nearest(decision)
    k, shares = ACTIONS.index(side), opinions.shares()
    needs = tuple(Need(vote.voter, shares[at], None if vote.p is None else vote.p[k],
                       _needed(opinions, at, k, traded=traded), opinions.with_vote(at, None))
                  for at, vote in enumerate(opinions.votes))
    if decision.p is None:
        return Counterfactual(traded, side, None, limit, None, None, None, needs)
    p = decision.p[k]
    rival = next((action for n, action in enumerate(ACTIONS) if n != k and decision.p[n] >= p), None)
    return Counterfactual(traded, side, p, limit, limit - p, rival, None if rival else p, needs)


def nearest(decision: Decision) -> Action:
    """What was traded, else the more probable of both sides; buy when they are equal, or nothing is known."""
    if decision.action != "hold":
        return decision.action
    return "buy" if decision.p is None or decision.p[2] >= decision.p[0] else "sell"


def _needed(opinions: Opinions, at: int, k: int, *, traded: bool) -> float | None:
    """Where the decision turns, as this voter moves from certainly not the side to certainly the side."""
    def trades(q: float) -> bool:
        return opinions.with_vote(at, _towards(opinions.votes[at].p, k, q)).action == ACTIONS[k]

    low, high = 0.0, 1.0
    if trades(low) or not trades(high):     # it trades whatever this voter says, or never
        return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if trades(middle) else (middle, high)
    return low if traded else high


def _towards(p: Triple | None, k: int, q: float) -> Triple:
    """The same opinion with probability ``q`` for the side: the others keep their proportion, hold what had none."""
    others = [n for n in range(3) if n != k]
    rest = 0.0 if p is None else fsum(p[n] for n in others)
    moved = [0.0, 0.0, 0.0]
    moved[k] = q
    for n in others:
        share = (1.0 if n == HOLD else 0.0) if p is None or rest <= 0.0 else p[n] / rest
        moved[n] = (1.0 - q) * share
    return moved[0], moved[1], moved[2]

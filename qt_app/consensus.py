"""The consensus: agents join by a weighted linear opinion pool, then model and agents join by two weights.

Linear pool: Stone (1961), "The opinion pool". Sums are correctly rounded (fsum), so their order does not matter and
a mirrored set of votes gives exactly the mirrored decision.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum, nan

from qt_app.votes import ACTIONS, Action, Decision, Triple, Vote

QUORUM = 2
SUM_TOLERANCE = 1e-9
TRIPLE_TOLERANCE = 1e-6

HOLD = ACTIONS.index("hold")


def pool(triples: Sequence[Triple], weights: Sequence[float]) -> Triple | None:
    """The weighted mean of opinions; None when the weights sum to 0."""
    total = fsum(weights)
    if total <= 0.0:
        return None
    sell, hold, buy = [fsum([w * p[k] for p, w in zip(triples, weights, strict=True)]) / total for k in range(3)]
    return sell, hold, buy


def is_distribution(p: Triple) -> bool:
    """Three probabilities that sum to 1; False for NaN."""
    return abs(p[0] + p[1] + p[2] - 1.0) <= TRIPLE_TOLERANCE and min(p) >= 0.0


class Consensus:
    """Five opinions in, one decision out. Pure: no clock, no random source, no memory.

    Hold needs no confidence; a trade needs ``min_confidence``. Without the model, or with fewer than two agents,
    there is no consensus: hold, ``p`` None, ``confidence`` NaN. Raises ValueError for weights that do not sum to 1
    and for a confidence outside [0, 1].
    """

    def __init__(self, ml_weight: float = 0.40, agent_weight: float = 0.60, min_confidence: float = 0.60) -> None:
        if not (abs(ml_weight + agent_weight - 1.0) <= SUM_TOLERANCE and 0.0 <= ml_weight <= 1.0):
            raise ValueError(f"weights {ml_weight} (model) and {agent_weight} (agents) must sum to 1, each in [0, 1]")
        if not 0.0 <= min_confidence <= 1.0:
            raise ValueError(f"min_confidence {min_confidence} must be from 0 to 1")
        self.ml_weight = ml_weight
        self.agent_weight = agent_weight
        self.min_confidence = min_confidence

    def decide(self, seq: int, ts_ns: int, model_vote: Vote, agent_votes: tuple[Vote, ...],
               weights: Sequence[float]) -> Decision:
        """Join the votes. ``weights`` belong to ``agent_votes`` one by one; ValueError when they do not sum to 1."""
        if len(weights) != len(agent_votes) or not (abs(fsum(weights) - 1.0) <= SUM_TOLERANCE and min(weights) >= 0.0):
            raise ValueError(f"{len(agent_votes)} agents need as many weights >= 0 that sum to 1; got {tuple(weights)}")
        p, why = self._join(model_vote, agent_votes, weights)
        votes = (model_vote, *agent_votes)
        if p is None:
            return Decision(seq, ts_ns, "hold", nan, None, why, votes)
        choice, why = self._choose(p)
        return Decision(seq, ts_ns, ACTIONS[choice], p[choice], p, why, votes)

    def _join(self, model_vote: Vote, agent_votes: tuple[Vote, ...], weights: Sequence[float]
              ) -> tuple[Triple | None, str]:
        """The joint opinion, or None and why there is none."""
        model = model_vote.p
        if model is None:
            return None, f"MODEL_ABSTAINS {model_vote.reason}"
        for vote in (model_vote, *agent_votes):
            if vote.p is not None and not is_distribution(vote.p):
                return None, f"NOT_A_DISTRIBUTION {vote.voter}"
        live = [(vote.p, weight) for vote, weight in zip(agent_votes, weights, strict=True) if vote.p is not None]
        agents = pool([p for p, _ in live], [weight for _, weight in live]) if len(live) >= QUORUM else None
        if agents is None:
            return None, f"AGENTS_BELOW_QUORUM {len(live)}/{len(agent_votes)}"
        m, a = self.ml_weight, self.agent_weight
        return (m * model[0] + a * agents[0], m * model[1] + a * agents[1], m * model[2] + a * agents[2]), ""

    def _choose(self, p: Triple) -> tuple[int, str]:
        """The action's index and the reason; an exact tie for the most probable is hold."""
        best = max(p)
        if p.count(best) > 1:
            return HOLD, "TIE"
        choice = p.index(best)
        if choice == HOLD:
            return HOLD, "HOLD"
        if best < self.min_confidence:
            return HOLD, f"LOW_CONFIDENCE {ACTIONS[choice]} {best:.2f}"
        return choice, ACTIONS[choice].upper()


Scripted = Mapping[Action, tuple[tuple[Vote, ...], Sequence[float]]]


def prove_reachable(consensus: Consensus, scripted: Scripted, model: Mapping[Action, Vote] | None = None) -> None:
    """Show the consensus the agents' votes in scripted markets, beside the model's own most decided vote for the same.

    ``model``: its strongest vote for each action; without one, a model that is sure. Raises ValueError naming the first
    action that cannot be reached, or whose mirror image does not lead to the mirrored decision: a stack that can never
    trade, or never hold, or knows one side only, must not start.
    """
    for action, (votes, weights) in scripted.items():
        opinion = (model or {}).get(action) or _sure(action)
        decision = consensus.decide(0, 0, opinion, tuple(votes), weights)
        if decision.action != action:
            who = f"the model is most sure of it with {_shown(opinion)}, " if model else ""
            raise ValueError(f"{action} cannot be reached: {who}a market made for it gives {decision.reason}; "
                             f"lower min_confidence {consensus.min_confidence} or correct the agents")
        seen = consensus.decide(0, 0, mirrored(opinion), tuple(mirrored(vote) for vote in votes), weights)
        if seen.action != _OPPOSITE[action]:
            raise ValueError(f"the mirror image of a market made for {action} gives {seen.action} ({seen.reason}), not "
                             f"{_OPPOSITE[action]}: correct the consensus")


_OPPOSITE: dict[Action, Action] = {"sell": "buy", "hold": "hold", "buy": "sell"}


def mirrored(vote: Vote) -> Vote:
    """The same opinion of the market upside down."""
    return vote if vote.p is None else replace(vote, p=(vote.p[2], vote.p[1], vote.p[0]))


def _sure(action: Action) -> Vote:
    return Vote("model", (float(action == "sell"), float(action == "hold"), float(action == "buy")), 0, "SCRIPTED")


def _shown(vote: Vote) -> str:
    return " ".join(f"{name} {value:.2f}" for name, value in zip(ACTIONS, vote.p or (), strict=True))

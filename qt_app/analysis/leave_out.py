"""What the consensus would have decided without one of its voters."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qt_app.agents.coordinator import Coordinator
from qt_app.analysis.results import Ints, Result
from qt_app.consensus import Consensus
from qt_app.errors import DataError
from qt_app.votes import ACTIONS, Vote
from qt_core.features.registry import NAMES

#: Stands for the four together in the list of who can be left out.
ALL_AGENTS = "agents"


def without(result: Result, consensus: Consensus) -> dict[str, Ints]:
    """Left-out voter → (n,) actions. An agent is left out by abstaining, the others keep their weights among each
    other; without the model the agents decide alone, without ``ALL_AGENTS`` the model.

    Raises DataError when this consensus does not give the decisions that were recorded: then other weights were in
    force, and nothing can be said.
    """
    decide = _Again(result)
    _refuse_other_weights(result, decide.actions(consensus))
    model, agents = result.votes[0].voter, [one.voter for one in result.votes[1:]]
    confidence = consensus.min_confidence
    return {model: decide.actions(Consensus(0.0, 1.0, confidence)),
            ALL_AGENTS: decide.actions(Consensus(1.0, 0.0, confidence)),
            **{name: decide.actions(consensus, silent=name) for name in agents}}


class _Again:
    """The recorded votes, with the weights that the coordinator gave them by the recorded features."""

    def __init__(self, result: Result) -> None:
        names = tuple(one.voter for one in result.votes[1:])
        coordinator = Coordinator(names, NAMES)
        self._weights = [coordinator.weights(row) for row in result.rows.tolist()]
        self._votes = [_rebuilt(result, at) for at in range(len(result))]

    def actions(self, consensus: Consensus, silent: str | None = None) -> Ints:
        found = [consensus.decide(0, 0, votes[0], _silenced(votes[1:], silent), weights).action
                 for votes, weights in zip(self._votes, self._weights, strict=True)]
        return np.array([ACTIONS.index(action) for action in found], dtype=np.int64)


def _rebuilt(result: Result, at: int) -> tuple[Vote, ...]:
    return tuple(Vote(one.voter, None if np.isnan(one.p[at, 0]) else tuple(one.p[at].tolist()), 0, one.reasons[at])
                 for one in result.votes)


def _silenced(votes: Sequence[Vote], silent: str | None) -> tuple[Vote, ...]:
    return tuple(Vote(vote.voter, None, 0, "LEFT_OUT") if vote.voter == silent else vote for vote in votes)


def _refuse_other_weights(result: Result, again: Ints) -> None:
    other = np.flatnonzero(again != result.action)
    if len(other):
        raise DataError(f"{result.folder}: {len(other)} of {len(result)} decisions are not those of the configured "
                        "weights and MIN_CONFIDENCE; name the home that it ran in with --home, or set them as they "
                        "were")

"""``qt analyze agents``: each voter against the outcomes, and what the consensus would be without it."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qt_app.analysis.leave_out import without
from qt_app.analysis.outcomes import Asked, Outcomes, outcomes, recording_of
from qt_app.analysis.results import Ints, Result, Votes, read_result
from qt_app.analysis.voters import Contribution, Voter, contribution, judge
from qt_app.config import Config
from qt_app.consensus import Consensus
from qt_app.dataset.session import LabelRule, Labels
from qt_app.errors import DataError
from qt_app.home import Home


@dataclass(frozen=True, slots=True)
class AgentAnalysis:
    """``voters`` in the order of the votes, the model first, then the consensus itself; ``contributions`` of each that
    can be left out. ``effective`` is about how many independent outcomes there are."""

    results: tuple[str, ...]
    recordings: tuple[str, ...]
    synthetic: bool
    rules: tuple[LabelRule, ...]
    instants: int
    labelled: int
    failed: int
    effective: float
    voters: tuple[Voter, ...]
    contributions: tuple[Contribution, ...]


def analyze(folders: Sequence[Path], home: Home, config: Config, asked: Asked, *, recording: Path | None = None,
            progress: Callable[[int, int], None] | None = None) -> AgentAnalysis:
    """Raises DataError for results without votes, without their recording, or decided by other weights."""
    consensus = Consensus(config.consensus.ml_weight, config.consensus.agent_weight, config.risk.min_confidence)
    results, told, changed = list[Result](), list[Outcomes](), list[Mapping[str, Ints]]()
    for folder in folders:
        if progress is not None:
            progress(len(results), len(folders))
        result = read_result(folder)
        results.append(result)
        told.append(outcomes(result, recording_of(result, home, recording), asked, config))
        changed.append(without(result, consensus))
    _refuse_other_voters(results)
    return _analysis(results, told, changed)


def _analysis(results: Sequence[Result], told: Sequence[Outcomes],
              changed: Sequence[Mapping[str, Ints]]) -> AgentAnalysis:
    labels = _joined([one.labels for one in told])
    rules = tuple(dict.fromkeys(rule for one in told for rule in one.rules))
    action = np.concatenate([result.action for result in results])
    costs = np.concatenate([one.cost_ticks for one in told])
    voters = [judge(_together([result.votes[at] for result in results]), labels)
              for at in range(len(results[0].votes))]
    joint = judge(_together([result.joint for result in results]), labels)
    return AgentAnalysis(
        tuple(str(result.folder) for result in results), tuple(one.recording for one in told),
        any(result.synthetic for result in results), rules, len(action), int(labels.resolved.sum()),
        sum(result.failed for result in results), float(labels.weight.sum()), (*voters, joint),
        tuple(contribution(name, action, np.concatenate([one[name] for one in changed]), labels, costs)
              for name in changed[0]))


def _together(votes: Sequence[Votes]) -> Votes:
    return Votes(votes[0].voter, np.concatenate([one.p for one in votes]),
                 tuple(reason for one in votes for reason in one.reasons))


def _joined(labels: Sequence[Labels]) -> Labels:
    return Labels(*(np.concatenate([getattr(one, name) for one in labels])
                    for name in ("label", "resolved", "end_ns", "long_ticks", "short_ticks", "weight")))


def _refuse_other_voters(results: Sequence[Result]) -> None:
    first = [one.voter for one in results[0].votes]
    for result in results[1:]:
        if [one.voter for one in result.votes] != first:
            raise DataError(f"{result.folder}: other voters than in {results[0].folder}; analyze them apart")

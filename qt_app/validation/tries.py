"""How often it was tried, as the ledger tells: every fitted configuration of this home, failed ones too."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_app.home import Home
from qt_app.training.ledger import Trial, entries
from qt_app.training.rundir import RunFacts

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tries:
    """``count`` of all trials, the Sharpe ratios of those that ended, and how many rivals chose among the same data.

    ``results`` (sessions, n): the run's own trial and its rivals on the sessions that all of them were tested on.
    """

    count: int
    sharpes: Floats
    rivals: int
    results: Floats


def tries(home: Home, facts: RunFacts) -> Tries:
    """Raises DataError when the ledger was changed."""
    trials = entries(home)
    ratios = [trial.oof.get("sharpe") for trial in trials]
    sharpes = np.array([ratio for ratio in ratios if ratio is not None], dtype=np.float64)
    same = [trial for trial in trials if trial.data_sha256 == facts.data_sha256]
    rivals = [trial for trial in same if trial.n != facts.trial and not trial.key]
    tested = [trial for trial in same if trial.net and not trial.key]
    return Tries(max(len(trials), facts.trial, 1), sharpes, len(rivals), _results(tested))


def _results(tested: Sequence[Trial]) -> Floats:
    """(sessions, trials) on the sessions that all of them were tested on."""
    shared = sorted(set.intersection(*(set(trial.net) for trial in tested))) if tested else []
    return np.array([[trial.net[digest] for trial in tested] for digest in shared],
                    dtype=np.float64).reshape(len(shared), len(tested))

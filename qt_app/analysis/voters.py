"""How good each voter's opinions were, against what round trips then earned."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from qt_app.analysis.results import Floats, Ints, Votes
from qt_app.dataset.session import Labels
from qt_app.validation.metrics import bins_of_equal_mass, brier_scores, log_losses
from qt_app.votes import ACTIONS

HOLD, SELL, BUY = (ACTIONS.index(action) for action in ("hold", "sell", "buy"))

#: Standard normal quantile of a two-sided 95 % interval.
Z = 1.959963984540054
BINS = 10


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of ``n`` cases with Wilson's interval (Wilson 1927); NaN for none."""

    value: float
    low: float
    high: float
    n: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Votes of about equal confidence: the mean probability told of the side, how often it came true, how many."""

    told: float
    came: float
    count: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Brier and log-loss, rows weighed by uniqueness; the constant ones are those of the rows' class shares."""

    brier: float
    brier_constant: float
    log_loss: float
    log_loss_constant: float


@dataclass(frozen=True, slots=True)
class Voter:
    """One voter over all instants with a known outcome.

    ``hits``: of the votes whose likeliest class is a side, those that the outcome confirmed, the interval by count;
    ``effective`` the same with as many cases as there are independent outcomes (sum of the labels' uniqueness).
    ``base``: how often those sides came true at any instant: what tossing them at random would have hit. ``opposite``:
    how often the other side came true. ``ece``: mean |told − came| of the side voted for. None where nothing was voted.
    """

    name: str
    instants: int
    votes: int
    abstentions: Mapping[str, int]
    sided: int
    hits: Rate
    effective: Rate
    base: float | None
    opposite: float | None
    scores: Scores | None
    ece: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What changes when a voter is left out: how many decisions, which way, and whether for better.

    ``better``: changed decisions that were right with the voter and wrong without; ``ticks``: gain of the decisions
    with the voter minus without, a round trip each, after costs, over the known outcomes.
    """

    name: str
    instants: int
    changed: int
    into_trade: int
    into_hold: int
    to_other_side: int
    better: int
    worse: int
    ticks: float


def judge(votes: Votes, labels: Labels) -> Voter:
    """``labels`` belong to the votes' instants one by one."""
    known = votes.voted & labels.resolved
    p, label, weight = votes.p[known], labels.label[known], labels.weight[known]
    side = p.argmax(axis=1)
    sided = side != HOLD
    hit = side[sided] == label[sided]
    told = p[sided, side[sided]]
    shares = _shares(labels)
    return Voter(
        votes.voter, len(votes.p), int(votes.voted.sum()), _abstentions(votes), int(sided.sum()),
        wilson(float(hit.sum()), float(len(hit))),
        wilson(float((weight[sided] * hit).sum()), float(weight[sided].sum())),
        _mean(shares[side[sided]]), _mean((label[sided] == BUY + SELL - side[sided]).astype(np.float64)),
        _scores(p, label, weight), *_calibration(told, hit))


def contribution(name: str, with_it: Ints, without: Ints, labels: Labels, cost_ticks: Floats) -> Contribution:
    """Two (n,) arrays of actions at the labels' instants, and what a round trip costs there."""
    changed = with_it != without
    known = changed & labels.resolved
    right, right_without = with_it[known] == labels.label[known], without[known] == labels.label[known]
    gain = _gain(with_it, labels, cost_ticks) - _gain(without, labels, cost_ticks)
    return Contribution(
        name, len(with_it), int(changed.sum()), int((changed & (without == HOLD)).sum()),
        int((changed & (with_it == HOLD)).sum()), int((changed & (without != HOLD) & (with_it != HOLD)).sum()),
        int((right & ~right_without).sum()), int((right_without & ~right).sum()), float(gain[known].sum()))


def wilson(hits: float, n: float) -> Rate:
    """Score interval of a binomial share; ``n`` may be an effective, broken number of cases."""
    if n <= 0.0:
        return Rate(float("nan"), float("nan"), float("nan"), 0.0)
    share, room = hits / n, Z * Z / n
    middle = (share + room / 2) / (1 + room)
    half = Z / (1 + room) * sqrt(share * (1 - share) / n + room / (4 * n))
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half), n)


def _abstentions(votes: Votes) -> Mapping[str, int]:
    """Reasons by their code, the most frequent first."""
    codes = Counter((reason.split() or ["NOT_ASKED"])[0]
                    for reason, voted in zip(votes.reasons, votes.voted.tolist(), strict=True) if not voted)
    return dict(sorted(codes.items(), key=lambda pair: (-pair[1], pair[0])))


def _scores(p: Floats, label: Ints, weight: Floats) -> Scores | None:
    if not len(label):
        return None
    shares = np.bincount(label, weights=weight, minlength=len(ACTIONS)) / weight.sum()
    constant = np.tile(shares, (len(label), 1))
    return Scores(*(float(np.average(score(said, label), weights=weight))
                    for score in (brier_scores, log_losses) for said in (p, constant)))


def _calibration(told: Floats, hit: NDArray[np.bool_]) -> tuple[float | None, tuple[Bin, ...]]:
    if not len(told):
        return None, ()
    place = bins_of_equal_mass(told, BINS)
    bins = tuple(Bin(float(told[place == at].mean()), float(hit[place == at].mean()), int((place == at).sum()))
                 for at in np.unique(place))
    return sum(one.count * abs(one.told - one.came) for one in bins) / len(told), bins


def _shares(labels: Labels) -> Floats:
    """(3,) how often each class came true, of all known outcomes."""
    counts = np.bincount(labels.label[labels.resolved], minlength=len(ACTIONS))
    return np.asarray(counts / max(counts.sum(), 1), dtype=np.float64)


def _gain(action: Ints, labels: Labels, cost_ticks: Floats) -> Floats:
    gross = np.select([action == BUY, action == SELL], [labels.long_ticks, labels.short_ticks], 0.0)
    return np.where(action == HOLD, 0.0, gross - cost_ticks)


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None

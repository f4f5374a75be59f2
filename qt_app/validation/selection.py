"""What is left of a Sharpe ratio when one counts how often one tried.

Everything here is per session: (t,) or (t, n) results of whole sessions, never of trades, and ratios are not
annualised. Sources: Bailey and López de Prado (2012), "The Sharpe ratio efficient frontier"; Bailey and López de Prado
(2014), "The deflated Sharpe ratio"; Bailey, Borwein, López de Prado and Zhu (2017), "The probability of backtest
overfitting".
"""
from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import e, log, nan, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EULER_MASCHERONI = 0.5772156649015329
NORMAL = NormalDist()
#: Blocks of sessions that the combinations are drawn from, at most: 12870 splits.
MAX_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class Deflated:
    """A Sharpe ratio against the best that luck alone would have found in as many trials.

    ``sharpe`` per session; ``hurdle`` the expected best of ``trials`` trials without skill; ``probability`` that the
    true ratio is above the hurdle, NaN where it cannot be said.
    """

    sharpe: float
    hurdle: float
    probability: float
    trials: int
    sessions: int


def sharpe(results: Floats) -> float:
    """Mean over standard deviation (n - 1) of results per session; NaN where they do not vary."""
    if len(results) < 2:
        return nan
    spread = float(results.std(ddof=1))
    return float(results.mean()) / spread if spread > 0.0 else nan


def moments(results: Floats) -> tuple[float, float]:
    """Skewness and kurtosis (3 for a normal), each by the population's formula."""
    deviation = results - results.mean()
    variance = float((deviation**2).mean())
    return float((deviation**3).mean()) / variance**1.5, float((deviation**4).mean()) / variance**2


def probabilistic_sharpe(ratio: float, benchmark: float, sessions: int, skew: float = 0.0, kurtosis: float = 3.0
                         ) -> float:
    """Probability that the true ratio is above the benchmark, given an estimate from so many sessions."""
    scale = 1.0 - skew * ratio + (kurtosis - 1.0) / 4.0 * ratio**2
    if sessions < 2 or not scale > 0.0:
        return nan
    return NORMAL.cdf((ratio - benchmark) * sqrt(sessions - 1) / sqrt(scale))


def expected_best(trials: int, variance: float) -> float:
    """Expected highest ratio of independent trials whose true ratio is 0 and whose estimates have this variance."""
    if trials < 2:
        return 0.0
    high = NORMAL.inv_cdf(1.0 - 1.0 / trials)
    higher = NORMAL.inv_cdf(1.0 - 1.0 / (trials * e))
    return sqrt(variance) * ((1.0 - EULER_MASCHERONI) * high + EULER_MASCHERONI * higher)


def deflate(results: Floats, trials: int, others: Floats) -> Deflated:
    """Judge results per session after ``trials`` tries, whose ratios, as far as they are known, are ``others``.

    The variance over the trials is measured where at least two are known, else what chance alone makes of ratios
    from as many sessions, 1 / (t - 1).
    """
    own, count = sharpe(results), len(results)
    known = others[np.isfinite(others)]
    if not np.isfinite(own):
        return Deflated(own, nan, nan, trials, count)
    variance = float(known.var(ddof=1)) if len(known) >= 2 else 1.0 / (count - 1)
    hurdle = expected_best(trials, variance)
    return Deflated(own, hurdle, probabilistic_sharpe(own, hurdle, count, *moments(results)), trials, count)


def overfitting_probability(results: Floats, blocks: int = MAX_BLOCKS) -> float:
    """How often the best of n configurations in one half of the sessions is below the median in the other half.

    ``results`` is (t, n), one column per configuration. Combinatorially symmetric cross-validation: all ways to put
    half of ``blocks`` runs of sessions on either side. NaN with fewer than two configurations or four sessions.
    """
    sessions, configurations = results.shape
    blocks = min(blocks, sessions // 2 * 2)
    if configurations < 2 or blocks < 4:
        return nan
    sums = _block_sums(results, blocks)
    logits = [_logit(sums, np.array(inside)) for inside in combinations(range(blocks), blocks // 2)]
    return float(np.mean([logit <= 0.0 for logit in logits]))


def _block_sums(results: Floats, blocks: int) -> Floats:
    """(blocks, 3, n): count, sum and sum of squares of consecutive sessions."""
    parts = np.array_split(results, blocks)
    return np.stack([np.stack([np.full(results.shape[1], float(len(p))), p.sum(axis=0), (p**2).sum(axis=0)])
                     for p in parts])


def _logit(sums: Floats, inside: NDArray[np.int64]) -> float:
    """Of the relative rank, outside, of the configuration that was best inside."""
    outside = np.setdiff1d(np.arange(len(sums)), inside)
    best = int(np.argmax(_ratios(sums[inside].sum(axis=0))))
    there = _ratios(sums[outside].sum(axis=0))
    below, equal = float((there < there[best]).sum()), float((there == there[best]).sum())
    rank = (below + (equal + 1.0) / 2.0) / (len(there) + 1.0)
    return log(rank / (1.0 - rank))


def _ratios(sums: Floats) -> Floats:
    """(n,) Sharpe ratios from (3, n) sums; a configuration that never varies, such as one without trades, has 0."""
    count, total, squares = sums
    variance = (squares - total**2 / count) / (count - 1.0)
    floor = 1e-12 * np.maximum(squares, 1e-300)
    ratios = np.divide(total / count, np.sqrt(np.maximum(variance, floor)), out=np.zeros_like(total),
                       where=variance > floor)
    return np.asarray(ratios, dtype=np.float64)


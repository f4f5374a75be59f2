from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from run_kit import write_run
from scipy.stats import binom
from tape_kit import walk

from qt_app.fees import Fees
from qt_app.validation.case import read_case
from qt_app.validation.evidence import Terms
from qt_app.validation.luck import Luck, binomial_bound, promote
from qt_app.validation.money import Gate


@pytest.mark.parametrize(("n", "rate", "risk"), [(200, 0.05, 0.001), (50, 0.3, 0.01), (10, 0.0, 0.001)])
def test_the_bound_is_the_binomial_quantile(n: int, rate: float, risk: float) -> None:
    assert binomial_bound(n, rate, risk) == int(binom.ppf(1 - risk, n, rate))


@pytest.mark.lengthy
def test_random_strategies_pass_at_the_nominal_rate_and_never_the_gate(tmp_path: Path) -> None:
    case = read_case(write_run(tmp_path, [walk(seed, instants=200) for seed in range(14)]))
    found = promote(case, Terms(Gate(0.6, 10), Fees()), seed=5, strategies=60)
    assert 0 < found.uncounted <= found.bound
    assert found.counted <= 1
    assert found.promoted == 0
    assert found.fair


def test_more_than_luck_explains_is_unfair() -> None:
    luck = Luck(200, 10, 0, 0)
    assert (luck.nominal, luck.fair) == (pytest.approx(10.0), True)
    assert not replace(luck, uncounted=luck.bound + 1).fair
    assert not replace(luck, counted=11).fair
    assert not replace(luck, promoted=11).fair

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from run_kit import flow_says, random_says, write_run
from tape_kit import walk

from qt_app.fees import Fees
from qt_app.validation.case import read_case
from qt_app.validation.evidence import REFERENCE, Evidence, Terms, weigh
from qt_app.validation.money import LATENCIES_MS, SLIPPAGES_TICKS, Gate
from qt_app.validation.selection import sharpe
from qt_app.validation.tries import Tries

ALONE = Tries(1, np.array([]), 0, np.zeros((0, 0)))
TERMS = Terms(Gate(0.6, 10), Fees(), seed=1)


def evidence(folder: Path, drive: float, says: object, sessions: int = 14, **more: object) -> Evidence:
    case = read_case(write_run(folder, [walk(seed, drive=drive) for seed in range(sessions)], says, **more))
    return weigh(case, TERMS, ALONE)


@pytest.mark.lengthy
def test_a_planted_edge_beats_every_baseline(tmp_path: Path) -> None:
    found = evidence(tmp_path, 1.0, flow_says)
    assert set(found.money) == {(latency, slip) for latency in LATENCIES_MS for slip in SLIPPAGES_TICKS}
    assert found.money[REFERENCE].net.low > 0
    assert all(found.beside[name].gain.low > 0 for name in ("constant", "persistence"))
    assert found.beside["constant"].ahead == found.money[REFERENCE].net
    assert found.chance.at_least < 0.01
    assert found.deflated.probability > 0.99
    assert found.deflated.sharpe == pytest.approx(sharpe(found.net_by_session))
    assert np.isnan(found.overfitting)
    assert min(found.reachable.values()) > 0


@pytest.mark.lengthy
def test_random_decisions_on_a_random_walk_lose_the_costs(tmp_path: Path) -> None:
    found = evidence(tmp_path, 0.0, random_says)
    assert found.money[REFERENCE].net.high < 0
    assert found.beside["constant"].gain.high < 0
    assert found.chance.at_least > 0.05
    assert found.deflated.probability < 0.5


@pytest.mark.lengthy
def test_dearer_cells_of_the_grid_earn_less(tmp_path: Path) -> None:
    money = evidence(tmp_path, 1.0, flow_says).money
    for latency in LATENCIES_MS:
        totals = [money[latency, slip].total_brl for slip in SLIPPAGES_TICKS]
        trades = money[latency, 0].trades
        assert np.diff(totals) == pytest.approx([-2 * 5.0 * trades] * 2)
    assert money[0.0, 0].total_brl > money[250.0, 0].total_brl


@pytest.mark.lengthy
def test_of_several_paths_the_median_one_stands_for_all(tmp_path: Path) -> None:
    found = evidence(tmp_path, 0.0, random_says, sessions=8, times=3)
    assert len(found.path_totals) == 3
    assert found.net_by_session.sum() == pytest.approx(sorted(found.path_totals)[1])


@pytest.mark.lengthy
def test_rivals_on_the_same_sessions_give_a_probability_of_overfitting(tmp_path: Path) -> None:
    case = read_case(write_run(tmp_path, [walk(seed, drive=1.0) for seed in range(12)], flow_says))
    results = np.random.default_rng(1).normal(0, 30, (len(case.tested), 9))
    results[:, 4] += 100
    found = weigh(case, TERMS, Tries(10, np.array([0.1, 0.2]), 8, results))
    assert found.overfitting < 0.2
    assert found.deflated.hurdle > 0


@pytest.mark.lengthy
def test_the_same_seed_gives_the_same_evidence(tmp_path: Path) -> None:
    case = read_case(write_run(tmp_path, [walk(seed) for seed in range(6)]))
    one, other = weigh(case, TERMS, ALONE), weigh(case, TERMS, ALONE)
    assert one.probabilities == other.probabilities
    assert one.chance == other.chance

from __future__ import annotations

import numpy as np
import pytest
from tape_kit import walk

from qt_app.dataset.labels import label
from qt_app.dataset.session import LabelRule
from qt_app.fees import Fees
from qt_app.validation.baselines import last_known, random_totals, shares, sides, sign, states, tallies
from qt_app.validation.money import Gate, account, round_trips, trade

RULE = LabelRule("horizon", 20.0, 0.0, 0.3, 0.3)


@pytest.mark.parametrize("seed", range(4))
def test_persistence_knows_only_what_had_come_true(seed: int) -> None:
    session = walk(seed)
    made = label(session, LabelRule("barrier", 30.0, 0.0, 0.3, 0.3, stop=0.0005, target=0.0008))
    found = last_known(session.ts_ns, made)
    assert {0, 1, 2, 3} >= set(found.tolist()) > {3}
    for row, ts in enumerate(session.ts_ns):
        known = [made.label[k] for k in range(len(session)) if made.resolved[k] and made.end_ns[k] <= ts]
        assert found[row] == (known[-1] if known else 3)


def test_states_as_decisions() -> None:
    session = walk(0)
    constant, persistence, flow = states([session], [label(session, RULE)])
    assert not sides(constant, constant.of_rows[0]).any()
    assert sides(persistence, np.array([0, 1, 2, 3])).tolist() == [-1, 0, 1, 0]
    assert sides(flow, sign(np.array([-0.2, 0.0, np.nan, 0.4]))).tolist() == [-1, 0, 0, 1]


def test_shares_come_from_the_training_rows_of_each_state() -> None:
    sessions = [walk(seed) for seed in range(3)]
    made = [label(s, RULE) for s in sessions]
    _, _, flow = states(sessions, made)
    table = shares(tallies(flow, made)[[0, 2]])
    for value in range(3):
        weights = [sum(made[i].weight[(flow.of_rows[i] == value) & made[i].resolved & (made[i].label == k)].sum()
                       for i in (0, 2)) + 1.0 for k in range(3)]
        assert table[value] == pytest.approx(np.array(weights) / sum(weights))


def test_random_positions_keep_the_turnover_and_lose_the_costs() -> None:
    sessions = [walk(seed) for seed in range(6)]
    trips = [round_trips(s, RULE, 50.0, Fees()) for s in sessions]
    gate = Gate(0.5, 8)
    taken = []
    for index, (s, trip) in enumerate(zip(sessions, trips, strict=True)):
        wanted = np.random.default_rng(index).choice([-1, 0, 1], len(s))
        rows = trade(wanted, trip, gate)
        taken.append(np.where(np.isin(np.arange(len(s)), rows), wanted, 0))
    totals = random_totals(taken, trips, gate, 1, seed=3, draws=60)
    positions = sum(int(np.count_nonzero(t)) for t in taken)
    spread_fees_slippage = positions * (5.0 + 10.0 + trips[0].cost_brl)
    assert totals.mean() == pytest.approx(-spread_fees_slippage, rel=0.35)
    assert (random_totals(taken, trips, gate, 1, seed=3, draws=60) == totals).all()


def test_timing_that_knows_the_market_beats_random_timing() -> None:
    sessions = [walk(seed, drive=1.5) for seed in range(6)]
    trips = [round_trips(s, RULE, 50.0, Fees()) for s in sessions]
    gate = Gate(0.5, 8)
    strong = [np.where(np.abs(s.rows[:, 20]) > 1.0, np.sign(s.rows[:, 20]), 0).astype(np.int64) for s in sessions]
    taken = [np.where(np.isin(np.arange(len(w)), trade(w, t, gate)), w, 0) for w, t in zip(strong, trips, strict=True)]
    own = account(strong, trips, gate, 1).net_brl.sum()
    assert own > np.quantile(random_totals(taken, trips, gate, 1, seed=3, draws=100), 0.95)

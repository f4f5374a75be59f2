from __future__ import annotations

from math import inf, isnan

import numpy as np
import pytest
from tape_kit import NS, T0, walk

from qt_app.dataset.labels import outcomes
from qt_app.dataset.session import LabelRule, Quotes, SessionRows
from qt_app.fees import Fees
from qt_app.validation.money import Gate, Trades, account, choose, drawdown, reachability, round_trips, summarize, trade

FEES = Fees(brokerage_side_brl=0.5)
RULE = LabelRule("barrier", 20.0, 0.0, 0.3, 0.3, stop=0.0008, target=0.001)
OPEN = Gate(0.5, 0)


def random_sides(session: SessionRows, seed: int, share: float = 0.3) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.choice([-1, 0, 1], len(session), p=[share / 2, 1 - share, share / 2])


def slow(side: np.ndarray, session: SessionRows, rule: LabelRule, limit: int, slippage: float, cost: float
         ) -> list[tuple[int, float]]:
    """One row at a time: a position blocks every decision before its end."""
    long, short = outcomes(session, rule)
    busy_until, out = -1, []
    for row in range(len(session)):
        own = long if side[row] > 0 else short
        if not side[row] or session.ts_ns[row] < busy_until or not own.known[row] or (limit and len(out) == limit):
            continue
        out.append((row, (own.gain[row] - 2 * slippage) * session.tick_value_brl - cost))
        busy_until = own.end_ns[row]
    return out


@pytest.mark.lengthy
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("limit", [0, 5])
def test_trades_equal_a_slow_loop(seed: int, limit: int) -> None:
    session = walk(seed)
    trips = round_trips(session, RULE, 50.0, FEES)
    side = random_sides(session, seed)
    found = account([side], [trips], Gate(0.5, limit), 1)
    delayed = LabelRule("barrier", 20.0, 50.0, 0.3, 0.3, stop=0.0008, target=0.001)
    expected = slow(side, session, delayed, limit, 1, trips.cost_brl)
    assert list(zip(found.row, found.net_brl, strict=True)) == [(row, pytest.approx(net)) for row, net in expected]
    assert len(found) == (5 if limit else len(found)) > 0


def hand_made() -> SessionRows:
    """Ask and bid a tick apart: 100/101, at 1.1 s 103/104, at 10 s 110/111; decisions at 1 s and at 2 s."""
    base = walk(0, instants=3)
    at = T0 + np.array([0, 1.1 * NS, 10 * NS, 30 * NS], dtype=np.int64)
    bid = np.array([100, 103, 110, 110], dtype=np.int32)
    ts = T0 + np.array([1, 2, 12], dtype=np.int64) * NS
    return SessionRows(base.symbol, base.day, T0, T0 + 60 * NS, base.tick, base.tick_value_brl, base.schema_id, True,
                       base.digest, base.source, ts, base.rows, base.readings, Quotes(at, bid, bid + 1))


def test_a_round_trip_by_hand_with_latency_slippage_and_fees() -> None:
    session, rule = hand_made(), LabelRule("horizon", 10.0, 0.0, 0.3, 0.3)
    fast, late = round_trips(session, rule, 0.0, FEES), round_trips(session, rule, 250.0, FEES)
    assert fast.gain_ticks[0].tolist() == [100 - 111, 110 - 101]       # short, long: decided at 1 s, left at 11 s
    assert late.gain_ticks[0].tolist() == [103 - 111, 110 - 104]       # entered at 1.25 s, after the jump
    assert fast.free[0].tolist() == [2, 2]
    side = np.array([1, 1, 0])
    net = account([side], [late], OPEN, 1).net_brl
    assert net == pytest.approx([(6 - 2) * 5.0 - late.cost_brl])       # the second decision met an open position
    assert late.cost_brl == pytest.approx(FEES.round_trip_brl(_wdo(), "2026-11-18", 1))


def _wdo():
    from qt_app.instruments import instrument
    return instrument("WDOZ26")


def test_the_gate_asks_for_the_most_probable_action_and_its_confidence() -> None:
    p = np.array([[0.6, 0.3, 0.1], [0.59, 0.3, 0.11], [0.1, 0.2, 0.7], [0.2, 0.8, 0.0], [0.5, 0.0, 0.5]])
    assert choose(p, 0.6).tolist() == [-1, 0, 1, 0, 0]
    assert choose(p, 0.5).tolist() == [-1, -1, 1, 0, 0]


def test_each_action_is_reached_by_the_rows_that_the_gate_decides_so() -> None:
    p = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.3, 0.4, 0.3], [0.1, 0.3, 0.6]])
    assert reachability(p, 0.6) == {"sell": 0.25, "hold": 0.5, "buy": 0.25}


def test_figures_of_a_hand_made_account() -> None:
    trades = Trades(np.array([0, 0, 2]), np.array([1, 5, 2]), np.array([1, -1, 1]), np.array([10.0, -4.0, -8.0]))
    money = summarize(trades, 3, seed=1)
    assert (money.total_brl, money.trades, money.turnover, money.drawdown_brl) == (-2.0, 3, 2.0, 12.0)
    assert money.profit_factor == pytest.approx(10 / 12)
    assert money.hit_rate == pytest.approx(1 / 3)
    assert money.net.value == pytest.approx(-2 / 3)
    assert trades.by_session(3).tolist() == [6.0, 0.0, -8.0]


def test_an_account_without_trades_has_no_factor_and_no_hit_rate() -> None:
    nothing = account([np.zeros(400, dtype=np.int64)], [round_trips(walk(1), RULE, 0.0, FEES)], OPEN, 0)
    money = summarize(nothing, 1, seed=1)
    assert (money.trades, money.total_brl) == (0, 0.0)
    assert isnan(money.profit_factor)
    assert isnan(money.hit_rate)


def test_drawdown_begins_at_zero_and_gains_alone_have_none() -> None:
    assert drawdown(np.array([-3.0, 1.0])) == 3.0
    assert drawdown(np.array([3.0, 1.0])) == 0.0
    only = Trades(np.zeros(2, dtype=int), np.arange(2), np.ones(2, dtype=int), np.array([3.0, 1.0]))
    assert summarize(only, 1, seed=1).profit_factor == inf


def test_a_position_that_ends_at_once_does_not_let_the_same_row_trade_twice() -> None:
    session = walk(1)
    trips = round_trips(session, RULE, 0.0, FEES)
    rows = trade(np.ones(len(session), dtype=np.int64), trips, OPEN)
    assert (np.diff(rows) > 0).all()


def test_each_latency_and_tick_of_slippage_costs_the_driven_market_money() -> None:
    session = walk(3, drive=1.5)
    side = np.sign(session.rows[:, 20]).astype(np.int64)
    nets = [account([side], [round_trips(session, RULE, 50.0, FEES)], OPEN, s).net_brl.sum() for s in (0, 1, 2)]
    assert nets[0] > nets[1] > nets[2]

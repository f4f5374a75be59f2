"""Money as a fold of fills: equal to the account's own figures, and every trade adds up."""
from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.backtest.figures import drawdown, figures, sharpe, sharpe_error
from qt_app.backtest.money import Purse
from qt_app.backtest.task import Outcome
from qt_app.bench.stream import OPEN_NS
from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.orders.account import BOOKS, Account, Fill

WDO = instrument("WDOZ26")
FEES = Fees(0.5)


def summary(opened: float | None = 0.0) -> dict[str, Any]:
    return {"pnl_brl": {name: {"open": opened} for name in BOOKS}}


def record(number: int, side: int, qty: int, price: int, better: int = 0) -> dict[str, Any]:
    cost = qty * price
    return {"order_id": number, "seq": number, "ts_ns": OPEN_NS + number, "side": side, "qty": qty, "price": price,
            "cost_probable": cost - side * better, "cost_optimistic": cost - 2 * side * better}


def test_one_round_trip() -> None:
    orders = [{"order_id": 1, "purpose": "entry", "reason": "BUY"},
              {"order_id": 2, "purpose": "stop", "reason": "STOP"}]
    purse = Purse(WDO, Fees())
    (trade,), money = purse.day(orders, [record(1, 1, 2, 10_000, 1), record(2, -1, 2, 9_990)], summary())
    assert (trade.side, trade.contracts, trade.entry, trade.exit) == (1, 2.0, 5000.0, 4995.0)
    assert (trade.entry_reason, trade.exit_reason) == ("buy", "stop")
    assert trade.gross_brl == (-100.0, -95.0, -90.0)
    assert trade.net_brl is not None and money.net_brl == pytest.approx(trade.net_brl)
    assert trade.costs_brl == pytest.approx(Fees().round_trip_brl(WDO, "2026-11-18", 2)) == money.costs_brl
    assert purse.open_trade is None


def test_a_turn_in_one_fill_ends_one_trade_and_begins_another() -> None:
    purse = Purse(WDO, FEES)
    (ended,), _ = purse.day([], [record(1, 1, 1, 10_000), record(2, -1, 3, 10_010)], summary())
    opened = purse.open_trade
    assert ended.gross_brl == (50.0, 50.0, 50.0) and opened is not None
    assert (opened.side, opened.contracts, opened.entry, opened.exit_ns) == (-1, 2.0, 5005.0, None)


def test_what_stayed_open_without_a_quote_is_said() -> None:
    purse = Purse(WDO, Fees())
    _, money = purse.day([], [record(1, 1, 1, 10_000)], summary(None))
    assert not money.marked and money.net_brl[0] == pytest.approx(-Fees().side_brl(WDO, "2026-11-18", 1))


FILLS = st.lists(st.tuples(st.sampled_from([1, -1]), st.integers(1, 3), st.integers(9_900, 10_100),
                           st.integers(0, 3)), min_size=1, max_size=12)


@pytest.mark.lengthy
@given(FILLS, st.integers(0, 12))
def test_days_add_up_to_the_account(fills: list[tuple[int, int, int, int]], cut: int) -> None:
    """However the fills are split over two days, both together are what the account says of all of them."""
    records = [record(number, *fill) for number, fill in enumerate(fills, start=1)]
    account = Account(WDO, FEES)
    marks = []
    for at, one in enumerate(records):
        if at == cut:
            marks.append([account.figures(name, 10_000, 10_001) for name in BOOKS])
        account.fill(Fill(*one.values()), entry=False)  # type: ignore[arg-type]
    marks = [*marks, [account.figures(name, 10_000, 10_001) for name in BOOKS]]
    purse, days = Purse(WDO, FEES), [records[:cut], records[cut:]] if cut < len(records) else [records]
    found, trades = [], []
    for part, mark in zip(days, marks, strict=True):
        told = {"pnl_brl": {name: {"open": one.open_brl} for name, one in zip(BOOKS, mark, strict=True)}}
        ended, money = purse.day([], part, told)
        found.append(money)
        trades += ended
    for at, one in enumerate(marks[-1]):
        assert math.isclose(sum(money.net_brl[at] for money in found), one.net_brl or 0.0, abs_tol=1e-6)
    opened = 0.0 if purse.open_trade is None else purse.open_trade.costs_brl
    assert math.isclose(sum(trade.costs_brl for trade in trades) + opened, account.costs_brl, abs_tol=1e-6) or \
        account.position != 0
    if account.position == 0:
        assert math.isclose(sum((trade.net_brl or (0.0,))[0] for trade in trades), marks[-1][0].net_brl or 0.0,
                            abs_tol=1e-6)


@pytest.mark.lengthy
def test_a_day_from_nothing_is_what_its_summary_says(fresh: list[Outcome]) -> None:
    for outcome in fresh:
        (day,) = outcome.days
        for at, name in enumerate(BOOKS):
            assert day.money.net_brl[at] == pytest.approx(day.summary["pnl_brl"][name]["net"], abs=1e-9)
        assert day.money.costs_brl == pytest.approx(day.summary["costs_brl"])
        closed = [trade for trade in day.trades if trade.exit_ns is not None]
        assert len(closed) == day.summary["trades"] > 5
        assert sum((trade.net_brl or (0.0,))[0] > 0 for trade in closed) == day.summary["wins"]


@pytest.mark.lengthy
def test_figures_of_days(fresh: list[Outcome]) -> None:
    days = [day for outcome in fresh for day in outcome.days]
    found, net = figures(days), [day.money.net_brl[0] for day in days]
    assert found["net_brl"]["pessimistic"] == pytest.approx(sum(net))
    assert found["net_brl"]["pessimistic"] <= found["net_brl"]["probable"] <= found["net_brl"]["optimistic"]
    assert (found["best_day_brl"], found["worst_day_brl"], found["days"]) == (max(net), min(net), 3)


def test_drawdown_and_sharpe_by_hand() -> None:
    assert drawdown([5.0, -8.0, 2.0, -1.0, 20.0]) == 8.0 and drawdown([-3.0]) == 3.0 and drawdown([1.0]) == 0.0
    assert sharpe([1.0, 3.0]) == pytest.approx(2.0 / math.sqrt(2.0))
    assert sharpe([1.0]) is None and sharpe([2.0, 2.0]) is None and sharpe_error([2.0, 2.0]) is None
    assert sharpe_error([1.0, 3.0]) == pytest.approx(1.0)

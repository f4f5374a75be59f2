"""Position and money as a fold of fills."""
from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.fees import Fees, side_brl
from qt_app.instruments import instrument
from qt_app.orders.account import BOOKS, Account, Fill, Ledger, day_of

WDO = instrument("WDOZ26")
NOON = 1_764_000_000_000_000_000
FEE = side_brl(WDO, day_of(NOON), 1)


def fill(side: int, price: int, qty: int = 1, order_id: int = 0, kinder: int = 0) -> Fill:
    """A fill that cost ``kinder`` ticks less per lot in the probable book and twice that in the optimistic one."""
    return Fill(order_id, 0, NOON, side, qty, price, qty * (price - side * kinder), qty * (price - 2 * side * kinder))


def account(*fills: Fill) -> Account:
    made = Account(WDO, Fees())
    for f in fills:
        made.fill(f, entry=made.position * f.side >= 0)
    return made


def test_a_round_trip_in_brl() -> None:
    """Ten ticks of WDO are R$ 50; two sides of fees."""
    made = account(fill(1, 10_000), fill(-1, 10_010))
    figures = made.figures("pessimistic", None, None)
    assert figures.realised_brl == 50.0
    assert figures.costs_brl == pytest.approx(2 * FEE)
    assert figures.net_brl == pytest.approx(50.0 - 2 * FEE)
    assert (made.today.trades, made.today.wins, made.today.losses, made.today.entries) == (1, 1, 0, 1)


def test_a_trade_that_pays_only_its_fees_is_a_loss() -> None:
    assert account(fill(1, 10_000), fill(-1, 10_000)).today.losses == 1


def test_open_money_is_marked_at_the_exit_side() -> None:
    long, short = account(fill(1, 10_000)), account(fill(-1, 10_000))
    assert long.figures("pessimistic", 9_998, 10_004).open_brl == -10.0
    assert short.figures("pessimistic", 9_998, 10_004).open_brl == -20.0


def test_an_unknown_quote_leaves_open_money_unknown() -> None:
    figures = account(fill(1, 10_000)).figures("pessimistic", None, 10_001)
    assert figures.open_brl is None
    assert figures.net_brl is None
    assert account().figures("pessimistic", None, None).open_brl == 0.0


def test_the_average_price_is_exact() -> None:
    made = account(fill(1, 10_000), fill(1, 10_001, qty=2))
    assert made.average_ticks == Fraction(30_002, 3)
    assert made.average_points == pytest.approx(30_002 / 6)
    assert account().average_points is None


def test_turning_around_ends_one_trade_and_begins_another() -> None:
    made = account(fill(1, 10_000, qty=2), fill(-1, 10_010, qty=3))
    assert made.position == -1
    assert made.average_ticks == 10_010
    assert (made.today.trades, made.today.wins) == (1, 1)


def test_three_figures_price_the_same_lots() -> None:
    made = account(fill(1, 10_001, kinder=1), fill(-1, 10_000, kinder=1))
    assert [made.figures(book, None, None).realised_brl for book in BOOKS] == [-5.0, 5.0, 15.0]
    assert {made.ledgers[book].position for book in BOOKS} == {0}


def test_the_session_restarts_what_belongs_to_the_day() -> None:
    made = account(fill(1, 10_000), fill(-1, 10_010))
    made.open_session()
    assert made.today.trades == 0
    assert made.total.trades == 1
    assert made.day(None, None).net_brl == 0.0
    assert made.figures("pessimistic", None, None).realised_brl == 50.0


def test_partial_fills_of_one_entry_count_once() -> None:
    made = account(fill(1, 10_000, order_id=1), fill(1, 10_001, order_id=1), fill(1, 10_001, order_id=2))
    assert made.today.entries == 2


def test_drawdown_follows_the_marks() -> None:
    made = account(fill(1, 10_000))
    for bid in (10_010, 10_002, 10_006, 9_990, 10_020):
        made.mark(bid, bid + 1)
    made.mark(None, None)
    assert made.max_drawdown_brl == pytest.approx(100.0)


@pytest.mark.lengthy
@given(st.lists(st.tuples(st.sampled_from([-1, 1]), st.integers(1, 5), st.integers(9_000, 11_000)), max_size=40))
def test_position_is_the_sum_of_fills_and_money_is_conserved(trades: list[tuple[int, int, int]]) -> None:
    """Realised + open at any one price equals the cash of all fills plus the position at that price, exactly."""
    ledger, cash = Ledger(), 0
    for side, qty, price in trades:
        ledger.fill(side, qty, qty * price)
        cash -= side * qty * price
    assert ledger.position == sum(side * qty for side, qty, _ in trades)
    opened = ledger.open(10_000, 10_000)
    assert opened is not None
    assert ledger.realised + opened == cash + ledger.position * 10_000
    assert ledger.position or ledger.cost == 0

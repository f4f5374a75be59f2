"""Golden fees, and where they come from."""
from __future__ import annotations

import datetime as dt

import pytest

from qt_app.errors import ConfigError, DataError
from qt_app.fees import Fees, round_trip_brl, side_brl, table, table_ages, valid_row
from qt_app.instruments import generic, instrument

DAY = dt.date(2026, 11, 23)


def test_golden_round_trips() -> None:
    """About R$ 0.51 (WIN) and US$ 0.41, about R$ 2.20 (WDO): half a tick each."""
    assert round_trip_brl(instrument("WINZ26"), DAY, 1) == pytest.approx(0.5122)
    assert round_trip_brl(instrument("WDOZ26"), DAY, 1) == pytest.approx(2 * 0.2037 * 5.37)
    assert round_trip_brl(instrument("WDOZ26"), DAY, 1) == pytest.approx(2.20, abs=0.02)


def test_a_full_contract_pays_the_full_tariff() -> None:
    """WDO is a quarter of DOL's tariff, WIN a fifth of IND's."""
    assert round_trip_brl(instrument("DOLK20"), "2020-04-02", 1) == pytest.approx(
        4 * round_trip_brl(instrument("WDOK20"), "2020-04-02", 1))
    assert side_brl(instrument("INDZ26"), DAY, 1) == pytest.approx(5 * side_brl(instrument("WINZ26"), DAY, 1))


def test_a_position_held_overnight_pays_more() -> None:
    assert Fees().side_brl(instrument("WINZ26"), DAY, 1, day_trade=False) == pytest.approx(0.394)


def test_costs_grow_with_lots_and_ignore_the_sign() -> None:
    contract = instrument("WDOZ26")
    assert side_brl(contract, DAY, -3) == pytest.approx(3 * side_brl(contract, DAY, 1))


def test_brokerage_is_paid_per_side() -> None:
    contract = instrument("WDOZ26")
    assert Fees(0.25).round_trip_brl(contract, DAY, 2) - Fees().round_trip_brl(contract, DAY, 2) == pytest.approx(1.0)


def test_an_uncovered_instrument_needs_its_fee_said() -> None:
    pair = generic("BTCUSDT", (1, 10), (1, 1000))
    with pytest.raises(ConfigError, match="BTCUSDT"):
        Fees().side_brl(pair, DAY, 1)
    assert Fees(other_side_brl=2.0).side_brl(pair, DAY, 500) == pytest.approx(1.0)


@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf")])
def test_impossible_fees_are_refused(value: float) -> None:
    with pytest.raises(ConfigError, match="brokerage"):
        Fees(value)


def test_the_newest_valid_row_counts() -> None:
    rows = [{"valid_from": "2025-01-01"}, {"valid_from": "2026-03-01"}, {"valid_from": "2027-01-01"}]
    assert valid_row(rows, dt.date(2026, 2, 28), "x") is rows[0]
    assert valid_row(rows, dt.date(2026, 3, 1), "x") is rows[1]


def test_days_before_the_table_are_refused() -> None:
    with pytest.raises(DataError, match="fees of WDO"):
        side_brl(instrument("WDOZ26"), "2014-12-31", 1)
    with pytest.raises(DataError, match="'soon'"):
        side_brl(instrument("WDOZ26"), "soon", 1)


@pytest.mark.parametrize("name", ["exchange_fees.csv", "fee_fx.csv"])
def test_every_row_names_its_source(name: str) -> None:
    for row in table(name):
        assert row["source"]
        dt.date.fromisoformat(row["valid_from"])
        dt.date.fromisoformat(row["collected"])


def test_tables_tell_their_age() -> None:
    ages = {age.name: age.age_days for age in table_ages(dt.date(2026, 12, 1))}
    assert ages == {"exchange_fees.csv": 30, "fee_fx.csv": 30, "day_trade_tax.csv": 30}

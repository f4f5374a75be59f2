"""The golden money table, and symbols that are refused by name."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.errors import DataError
from qt_app.instruments import ROOTS, generic, instrument


@pytest.mark.parametrize(("symbol", "point_brl", "tick_points", "tick_brl"), [
    ("WDOZ26", 10.0, 0.5, 5.0),
    ("WINZ26", 0.2, 5.0, 1.0),
    ("DOLK20", 50.0, 0.5, 25.0),
    ("INDZ26", 1.0, 5.0, 5.0),
])
def test_golden_money_table(symbol: str, point_brl: float, tick_points: float, tick_brl: float) -> None:
    contract = instrument(symbol)
    assert contract.points_to_brl(1.0) == point_brl
    assert contract.to_points(1) == tick_points
    assert contract.tick_value_brl == tick_brl
    assert contract.ticks_to_brl(3, 2) == 6 * tick_brl


def test_a_contract_names_its_maturity() -> None:
    contract = instrument("WDOZ26")
    assert (contract.root, contract.exchange, contract.year, contract.month) == ("WDO", "F", 2026, 12)
    assert contract.multiplier == contract.point_value_brl


@pytest.mark.parametrize(("symbol", "named"), [
    ("WDO", "WDOZ26"), ("", "WDOZ26"), ("WDOFUT", "WDOZ26"), ("wdoz26", "WDOZ26"),
    ("ABCZ26", "'ABC'"), ("WINF26", "'F'"), ("WDOA26", "'A'"),
])
def test_bad_symbols_say_what_is_wrong(symbol: str, named: str) -> None:
    with pytest.raises(DataError, match=named):
        instrument(symbol)


@given(st.sampled_from(sorted(ROOTS)), st.integers(1, 2_000_000))
def test_ticks_survive_points(root: str, ticks: int) -> None:
    contract = instrument(root + "Z26")
    assert contract.to_ticks(contract.to_points(ticks)) == ticks


@given(st.integers(-10**6, 10**6), st.integers(1, 100))
def test_money_of_ticks_is_money_of_points(ticks: int, lots: int) -> None:
    contract = instrument("WDOZ26")
    assert contract.ticks_to_brl(ticks, lots) == contract.points_to_brl(ticks * 0.5, contract.to_contracts(lots))


@pytest.mark.parametrize("points", [5000.25, 0.0, -1.0, float("nan"), float("inf")])
def test_prices_off_the_grid_are_refused(points: float) -> None:
    with pytest.raises(DataError, match="WDOZ26"):
        instrument("WDOZ26").to_ticks(points)


def test_lots_of_a_fractional_step() -> None:
    perpetual = generic("BTCUSDT", tick=(1, 10), qty_step=(1, 1000), point_value=1.0)
    assert perpetual.to_lots(0.013) == 13
    assert perpetual.to_contracts(13) == 0.013
    assert perpetual.tick_value_brl == 0.0001
    for contracts in (0.0005, float("nan"), float("inf")):
        with pytest.raises(DataError, match="contracts are not a multiple"):
            perpetual.to_lots(contracts)


@pytest.mark.parametrize("bad", [{"tick": (0, 1)}, {"tick": (1, 1), "qty_step": (1, 0)},
                                 {"tick": (1, 1), "point_value": 0.0}, {"tick": (1, 1), "point_value": float("nan")}])
def test_an_impossible_instrument_cannot_be_built(bad: dict[str, object]) -> None:
    with pytest.raises(DataError, match="X:"):
        generic("X", **bad)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.replay import grid


@pytest.mark.parametrize(("values", "step"), [
    ([5231.5, 5250.0], (1, 2)),
    ([5231.0, 5250.0], (1, 1)),
    ([0.35, 0.48], (1, 100)),
    ([0.35, 0.40], (1, 20)),
    ([61590.3, 61839.9], (1, 10)),
    ([5214.25, 5214.5], (1, 4)),
    ([118_005.0, 118_010.0], (5, 1)),
    ([0.00001, 0.98261], (1, 100_000)),
    ([1.09125, 1.0912], (1, 20_000)),
])
def test_infer_step_finds_the_coarsest_usual_grid(values: list[float], step: grid.Step) -> None:
    assert grid.infer_step(np.array(values)) == step


def test_infer_step_of_nothing_positive_is_none() -> None:
    assert grid.infer_step(np.array([0.0, -1.0])) is None


def test_infer_step_of_a_third_is_none() -> None:
    assert grid.infer_step(np.array([1.0 / 3.0])) is None


@pytest.mark.lengthy
@given(st.integers(1, 10**7), st.sampled_from([(1, 2), (5, 1), (1, 100), (1, 4), (1, 100_000), (3, 8)]))
def test_every_price_of_a_grid_returns_as_the_same_float(ticks: int, step: grid.Step) -> None:
    value = np.array([ticks * step[0] / step[1]])
    back = grid.on_grid(value, step)
    assert back[0] == ticks
    assert grid.to_values(back, step)[0] == value[0]


@pytest.mark.lengthy
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), st.sampled_from([(1, 2), (1, 100), (1, 4), (5, 1)]))
def test_points_do_not_depend_on_which_fitting_grid_is_used(ticks: list[int], step: grid.Step) -> None:
    values = np.array(ticks) * step[0] / step[1]
    inferred = grid.infer_step(values)
    assert inferred is not None
    assert np.array_equal(grid.to_values(grid.on_grid(values, inferred), inferred), values)


@pytest.mark.parametrize("value", [5231.25, float("nan"), float("inf"), -0.5])
def test_a_value_off_the_grid_has_no_steps(value: float) -> None:
    assert grid.on_grid(np.array([value]), (1, 2))[0] == -1


@pytest.mark.parametrize(("text", "step"), [("0.5", (1, 2)), ("1/2", (1, 2)), ("5", (5, 1)), ("0.010", (1, 100))])
def test_parse_step_reads_decimals_and_fractions(text: str, step: grid.Step) -> None:
    assert grid.parse_step(text) == step


@pytest.mark.parametrize("text", ["", "0", "-1", "1/0", "half", "0.0"])
def test_parse_step_refuses_what_is_no_positive_number(text: str) -> None:
    with pytest.raises(ValueError, match="step"):
        grid.parse_step(text)


@pytest.mark.parametrize(("name", "symbol"), [
    ("b3_dolk20_20200402_trades.parquet", "DOLK20"), ("b3_wdou25_202508_log_l1.parquet", "WDOU25"),
    ("binance_usdm_btcusdt_20240808_book.parquet", "BTCUSDT"), ("cut.parquet", "CUT"), ("trades.parquet", "TRADES"),
])
def test_the_symbol_is_read_from_the_file_name(name: str, symbol: str) -> None:
    assert grid.symbol_of(Path(name), {}) == symbol


def test_metadata_names_the_symbol_before_the_file_name_does() -> None:
    assert grid.symbol_of(Path("b3_dolk20_trades.parquet"), {"symbol": "WDOZ26"}) == "WDOZ26"

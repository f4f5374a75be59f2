"""``qt features`` on recorded markets, at every row, against definitions that share no code with it."""
from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from oracle.features_oracle import assert_rows_equal, oracle_candles, oracle_rows

from qt_app.cli.features import features

pytestmark = [pytest.mark.realdata, pytest.mark.slow]


def door(out: Path, *args: object) -> pd.DataFrame:
    result = CliRunner().invoke(features, [*map(str, args), "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return pd.read_parquet(out)


@pytest.mark.parametrize("with_quotes", [False, True])
def test_the_dollar_session_equals_the_oracle_at_every_close(realdata: Path, tmp_path: Path, with_quotes: bool) -> None:
    trades = realdata / "b3_dolk20_20200402_trades.parquet"
    quotes = ["--l1", realdata / "b3_dolk20_20200402_l1.parquet"] if with_quotes else []
    got = door(tmp_path / "f.parquet", "--trades", trades, *quotes)
    want = oracle_rows(pd.read_parquet(trades), session="09:00-18:00")
    assert len(want) > 6_000
    assert len(got) - len(want) == with_quotes   # a quote after the last trade closes one candle more
    assert_rows_equal(got[:len(want)], want)


def test_the_dollar_session_equals_the_oracle_after_trades(realdata: Path, tmp_path: Path) -> None:
    trades = realdata / "b3_dolk20_20200402_trades.parquet"
    got = door(tmp_path / "f.parquet", "--trades", trades, "--at", "trade", "--session", "none")
    want = oracle_rows(pd.read_parquet(trades), at="trade", every=37)
    assert_rows_equal(got[::37].reset_index(drop=True), want)


@pytest.mark.parametrize(("at", "session"), [("close", "none"), ("close", "10:30-11:30"), ("trade", "none")])
def test_an_option_with_brokers_equals_the_oracle(realdata: Path, tmp_path: Path, at: str, session: str) -> None:
    trades = realdata / "b3_petrl80_20151126_trades.parquet"
    got = door(tmp_path / "f.parquet", "--trades", trades, "--at", at, "--session", session)
    assert_rows_equal(got, oracle_rows(pd.read_parquet(trades), at=at, session=session))


@pytest.mark.parametrize(("name", "seconds", "session", "same"), [
    ("b3_dolk20_20200402_m1", 60, "none", "none"), ("b3_dolk20_20200402_m1", 60, "b3", "09:00-18:00"),
    ("b3_dolk20_m1_20200401_20200407", 60, "b3", "09:00-18:00"),
])
def test_minute_candles_equal_the_oracle(
        realdata: Path, tmp_path: Path, name: str, seconds: int, session: str, same: str) -> None:
    candles = realdata / f"{name}.parquet"
    got = door(tmp_path / "f.parquet", "--candles", candles, "--candle-seconds", seconds, "--session", session)
    assert_rows_equal(got, oracle_candles(pd.read_parquet(candles), seconds, session=same))

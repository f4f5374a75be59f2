from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from app.data import exports
from app.replay import files

from qt_app.data.exports import Export
from qt_app.data.metatrader import is_metatrader, read_metatrader
from qt_app.data.text import read_text
from qt_app.errors import DataError

SP = ZoneInfo("America/Sao_Paulo")
MS = 1_000_000


def read(path: Path, lines: tuple[str, ...], zone: ZoneInfo = SP) -> Export:
    text = read_text(exports.write(path / "WDOK20.csv", lines))
    assert is_metatrader(text)
    return read_metatrader(path / "WDOK20.csv", text, zone)


def test_ticks_are_trades_and_changes_of_the_best_prices(tmp_path: Path) -> None:
    found = read(tmp_path, exports.TICKS)
    trades, quotes = found.sources
    assert (found.format, found.symbol, trades.kind, quotes.kind) == ("MetaTrader 5 ticks", "", "trades", "l1")
    assert ((trades.columns["ts_ns"] - files.T0) // MS).tolist() == [250, 1000, 2000]
    assert trades.columns["price"].tolist() == [5250.5, 5250.5, 5251.0]
    assert trades.columns["qty"].tolist() == [10.0, 5.0, 20.0]
    assert trades.columns["aggressor"].tolist() == [1, -1, 0]
    assert trades.columns["trade_type"].tolist() == [2, 3, 32]
    assert ((quotes.columns["ts_ns"] - files.T0) // MS).tolist() == [100, 250, 1500, 2000]
    assert quotes.columns["bid"].tolist() == [5250.0, 5250.5, 5250.5, 5250.5]
    assert quotes.columns["ask"].tolist()[:2] == [5250.5, 5251.0]
    assert np.isnan(quotes.columns["ask"][2]) and quotes.columns["ask"][3] == 5251.0


def test_one_numbering_puts_a_trade_before_the_quote_it_left(tmp_path: Path) -> None:
    lines = (exports.TICKS_HEAD, "2020.04.02\t10:00:00.100\t5250.0\t5250.5\t5250.5\t5\t62")
    trades, quotes = read(tmp_path, lines).sources
    assert (trades.columns["seq"].tolist(), quotes.columns["seq"].tolist()) == ([0], [1])


def test_messages_name_the_line(tmp_path: Path) -> None:
    trades, _ = read(tmp_path, exports.TICKS).sources
    assert trades.where(1).endswith("WDOK20.csv: line 5")


@pytest.mark.parametrize(("zone", "hours"), [("Etc/GMT-3", -6), ("Europe/Athens", -6), ("UTC", -3)])
def test_the_server_s_clock_may_be_elsewhere(tmp_path: Path, zone: str, hours: int) -> None:
    here, there = (read(tmp_path, exports.TICKS, one).sources[0].columns["ts_ns"] for one in (SP, ZoneInfo(zone)))
    assert (there - here).tolist() == [hours * 3_600_000 * MS] * 3


def test_without_flags_a_row_is_one_or_the_other(tmp_path: Path) -> None:
    bare = tuple(line.rpartition("\t")[0] for line in exports.TICKS[:-1])
    assert [len(source) for source in read(tmp_path, bare).sources] == [3, 3]
    both = tuple(line.rpartition("\t")[0] for line in exports.TICKS)
    with pytest.raises(DataError, match=r"line 8: last is '5251.0', beside a quote, and no FLAGS column"):
        read(tmp_path, both)


def test_quotes_alone_are_an_export_too(tmp_path: Path) -> None:
    lines = (exports.TICKS_HEAD, "2020.04.02\t10:00:00.100\t5250.0\t5250.5\t0.00\t0\t6")
    assert [source.kind for source in read(tmp_path, lines).sources] == ["l1"]


def test_bars_are_candles_by_their_start(tmp_path: Path) -> None:
    (candles,) = read(tmp_path, exports.BARS).sources
    assert ((candles.columns["ts_ns"] - files.T0) // files.SECOND).tolist() == [0, 60, 300]
    assert candles.columns["close"].tolist() == [5251.0, 5250.5, 5250.5]
    assert candles.columns["volume"].tolist() == [900.0, 300.0, 5.0]
    assert candles.columns["trades"].tolist() == [40, 20, 1]
    assert np.isnan(candles.columns["buy_volume"]).all()


@pytest.mark.parametrize(("line", "text", "words"), [
    (3, "2020.04.02\t10:00:00.250\t\t\tx\t10.00\t56", "line 3: last is 'x', not a number"),
    (4, "2020.04.31\t10:00:00.250\t5250.5\t5251.0\t\t\t6", "line 4: date is '2020.04.31', a day that no calendar has"),
    (5, "2020.04.02\t10:00:01.000\t\t\t5250.5\t5.00\t", "line 5: flags is '', not a whole number"),
    (6, "2020.04.02\t10:00:01.500", "line 6: has 2 cells, not 7"),
])
def test_a_bad_line_is_named(tmp_path: Path, line: int, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, exports.changed(exports.TICKS, line, text))


def test_other_files_are_not_taken_for_its_own() -> None:
    for lines in (exports.TAPE, exports.HISTORY, exports.CANDLES, ("a\tb", "1\t2")):
        assert not is_metatrader("\n".join(lines))

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from app.data import exports
from app.replay import files

from qt_app.data.exports import Export
from qt_app.data.profit import is_profit, read_profit
from qt_app.data.text import read_text
from qt_app.errors import DataError

SP = ZoneInfo("America/Sao_Paulo")


def read(folder: Path, lines: tuple[str, ...], encoding: str = "latin-1") -> Export:
    text = read_text(exports.write(folder / "tt.csv", lines, encoding=encoding))
    assert is_profit(text)
    return read_profit(folder / "tt.csv", text, SP)


def seconds(found: Export) -> list[int]:
    return ((found.sources[0].columns["ts_ns"] - files.T0) // files.SECOND).tolist()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-16"])
def test_a_tape_is_turned_round_and_its_words_become_codes(tmp_path: Path, encoding: str) -> None:
    found = read(tmp_path, exports.TAPE, encoding)
    columns = found.sources[0].columns
    assert (found.format, found.symbol) == ("Profit trades", "WDOK20")
    assert seconds(found) == [-3600, 1, 1, 2, 3]
    assert columns["price"].tolist() == [5250.0, 5251.0, 5250.5, 5250.5, 5251.0]
    assert columns["qty"].tolist() == [50.0, 3.0, 4.0, 1200.0, 1.0]
    assert columns["aggressor"].tolist() == [0, 1, -1, 0, 0]
    assert columns["trade_type"].tolist() == [4, 2, 3, 1, 13]
    assert columns["buyer"].tolist() == [-1, 85, 85, 85, 3]
    assert columns["seller"].tolist() == [8, 8, 8, 114, 3]
    assert [found.sources[0].where(row) for row in (0, 4)] == [f"{tmp_path / 'tt.csv'}: line {n}" for n in (6, 2)]


def test_an_ascending_tape_keeps_its_order(tmp_path: Path) -> None:
    upward = (exports.TAPE_HEAD, *reversed(exports.TAPE[1:]))
    assert seconds(read(tmp_path, upward)) == [-3600, 1, 1, 2, 3]


def test_a_tape_without_a_header(tmp_path: Path) -> None:
    found = read(tmp_path, exports.BARE_TAPE)
    assert (found.symbol, seconds(found)) == ("WDOK20", [0, 1])
    assert found.sources[0].columns["price"].tolist() == [5250.5, 5251.0]
    assert found.sources[0].columns["buyer"].tolist() == [3, 3]


def test_the_history_numbers_its_prints_and_names_brokers_without_codes(tmp_path: Path) -> None:
    found = read(tmp_path, exports.HISTORY)
    columns = found.sources[0].columns
    assert (found.symbol, seconds(found)) == ("WDOFUT", [-3600, 1, 86_401])
    assert columns["trade_id"].tolist() == [10, 20, 10]
    assert columns["trade_type"].tolist() == [4, 2, 3]
    assert columns["buyer"].tolist() == columns["seller"].tolist() == [-1, -1, -1]


def test_columns_are_found_by_name_wherever_they_stand(tmp_path: Path) -> None:
    lines = ("Agressor;Preço;Negócio;Quantidade;Hora;Data;Observação",
             "Comprador;5.250,50;7;2;10:00:00,125;02/04/2020;x")
    found = read(tmp_path, lines)
    assert (found.symbol, seconds(found)) == ("", [0])
    assert found.sources[0].columns["trade_id"].tolist() == [7]


def test_candles_count_contracts_not_money(tmp_path: Path) -> None:
    found = read(tmp_path, exports.CANDLES)
    columns = found.sources[0].columns
    assert (found.format, found.symbol, seconds(found)) == ("Profit candles", "WINJ20", [0, 300])
    assert columns["open"].tolist() == [70_000.0, 70_010.0]
    assert columns["volume"].tolist() == [24_228.0, 25_878.0]
    assert columns["trades"].tolist() == [-1, -1]


@pytest.mark.parametrize(("line", "text", "words"), [
    (3, "WDOK20;02/04/2020;10:00:02;85;5.250,50;4;8;Ninguém", "line 3: aggressor is 'Ninguém', none of Comprador"),
    (3, "WDOM20;02/04/2020;10:00:02;85;5.250,50;4;8;Vendedor", "symbol is 'WDO.20', another contract than WDO.20"),
    (4, "WDOK20;02/04/2020;10:00:01;85;cinco;4;8;Vendedor", "line 4: price is 'cinco', not a number"),
    (5, "WDOK20;2/4/2020;10:00:01;85;5.250,50;4;8;Vendedor", "line 5: date is '2/4/2020', not a date"),
    (2, "WDOK20;02/04/2020", "line 2: has 2 cells, not 8"),
])
def test_a_bad_line_is_named(tmp_path: Path, line: int, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, exports.changed(exports.TAPE, line, text))


def test_other_files_are_not_taken_for_its_own() -> None:
    for lines in (exports.TICKS, exports.BARS, ("Data;Hora;Valor", "02/04/2020;10:00;1")):
        assert not is_profit("\n".join(lines))

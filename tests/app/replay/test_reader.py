from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from app.replay import files

from qt_app.errors import DataError
from qt_app.replay.reader import inside, read_candles, read_events, refuse_crossed
from qt_core._types import NO_PRICE, Flag, Kind

KINDS = ("trades", "book", "l1")
MAKERS = {"trades": files.trades, "book": files.book, "l1": files.l1}


def write_all(folder: Path, **columns: files.Columns) -> dict[str, Path]:
    return {kind: files.write(folder / f"b3_dolk20_{kind}.parquet", kind, columns.get(kind, MAKERS[kind]()))
            for kind in KINDS}


def refused(**paths: Path) -> str:
    with pytest.raises(DataError) as caught:
        refuse_crossed(read_events(**paths), None)
    return str(caught.value)


def test_events_of_three_files_come_in_the_order_of_seq(tmp_path: Path) -> None:
    recording = read_events(**write_all(tmp_path))
    assert len(recording.events) == 400 + 104 + 400
    assert np.all(np.diff(recording.seq) > 0)
    assert np.all(np.diff(recording.events["ts_ns"]) >= 0)
    assert recording.merged_by == "seq"


def test_a_trade_row_becomes_a_trade_event(tmp_path: Path) -> None:
    columns = files.trades(5)
    event = read_events(files.write(tmp_path / "b3_dolk20_trades.parquet", "trades", columns)).events[3]
    assert event["kind"] == Kind.TRADE
    assert (event["code"], event["side"]) == (columns["trade_type"][3], columns["aggressor"][3])
    assert event["price"] == columns["price"][3] * 2
    assert (event["qty"], event["a"], event["b"]) == (columns["qty"][3], columns["buyer"][3], columns["seller"][3])
    assert (event["id"], event["exch_ns"]) == (columns["trade_id"][3], columns["exch_ts_ns"][3])
    assert (event["recv_ns"], event["pos"], event["symbol"]) == (0, -1, 0)


def test_the_first_row_of_an_image_clears_and_only_the_last_completes(tmp_path: Path) -> None:
    events = read_events(book=files.write(tmp_path / "book.parquet", "book", files.book(3))).events
    assert events["flags"][:5].tolist() == [Flag.FIRST, 0, 0, Flag.LAST, Flag.LAST]
    assert set(events["kind"]) == {Kind.LEVEL}


def test_a_second_image_at_another_instant_clears_again(tmp_path: Path) -> None:
    columns = files.cut(files.book(0), [0, 1, 2, 3, 0, 1, 2, 3])
    columns["ts_ns"] = columns["ts_ns"] + np.repeat([0, files.SECOND], 4)
    columns["seq"] = np.arange(8)
    events = read_events(book=files.write(tmp_path / "book.parquet", "book", columns)).events
    assert np.flatnonzero(events["flags"] & Flag.FIRST).tolist() == [0, 4]


def test_rows_with_an_order_id_are_orders(tmp_path: Path) -> None:
    columns = files.book(3) | {"order_id": np.arange(1, 8), "agent": np.arange(7)}
    events = read_events(book=files.write(tmp_path / "book.parquet", "book", columns)).events
    assert set(events["kind"]) == {Kind.ORDER}
    assert events["a"].tolist() == list(range(7))


def test_unknown_quotes_stay_unknown(tmp_path: Path) -> None:
    columns = files.changed(files.changed(files.l1(3), "bid", 1, np.nan), "ask_qty", 1, np.nan)
    event = read_events(l1=files.write(tmp_path / "b3_dolk20_l1.parquet", "l1", columns)).events[1]
    assert event["price"] == NO_PRICE
    assert (event["a"], event["id"]) == (columns["ask"][1] * 2, 0)


def test_part_files_of_a_folder_are_joined(tmp_path: Path) -> None:
    columns = files.trades(30)
    for part, rows in ((1, slice(0, 10)), (2, slice(10, 30))):
        files.write(tmp_path / f"trades-{part:04d}.parquet", "trades", files.cut(columns, rows))
    recording = read_events(tmp_path)
    assert len(recording.events) == 30
    assert recording.where("trades", 12) == f"{tmp_path / 'trades-0002.parquet'}: row 2"


def test_files_with_separate_numberings_are_merged_by_time(tmp_path: Path) -> None:
    quotes = files.l1(seq_step=2) | {"ts_ns": files.l1()["ts_ns"] + 1}
    paths = write_all(tmp_path, trades=files.trades(seq_step=1), l1=quotes)
    recording = read_events(paths["trades"], l1=paths["l1"])
    assert recording.merged_by == "time"
    assert np.all(np.diff(recording.events["ts_ns"]) >= 0)


def test_one_numbering_that_contradicts_the_times_is_refused(tmp_path: Path) -> None:
    paths = write_all(tmp_path, l1=files.l1() | {"ts_ns": files.l1()["ts_ns"] + 5 * files.SECOND})
    assert "contradict" in refused(trades=paths["trades"], l1=paths["l1"])


def test_the_grid_comes_from_the_contract_and_arguments_win(tmp_path: Path) -> None:
    path = write_all(tmp_path)["trades"]
    assert (read_events(path).tick, read_events(path).grid_source) == ((1, 2), "instrument DOL")
    finer = read_events(path, tick=(1, 100))
    assert (finer.tick, finer.qty_step, finer.grid_source) == ((1, 100), (1, 1), "arguments")
    unknown = read_events(files.write(tmp_path / "abc.parquet", "trades", files.trades()))
    assert (unknown.tick, unknown.symbol, unknown.grid_source) == ((1, 2), "ABC", "inferred")


def bad(kind: str, name: str, row: int, value: Any, reason: str) -> Any:
    return pytest.param(kind, name, row, value, reason, id=f"{kind}-{name}-{value}")


@pytest.mark.parametrize(("kind", "name", "row", "value", "reason"), [
    bad("trades", "price", 7, np.nan, "price is not a positive price"),
    bad("trades", "price", 7, 0.0, "price is not a positive price"),
    bad("trades", "price", 7, -1.5, "price is not a positive price"),
    bad("trades", "price", 7, np.inf, "price is not a positive price"),
    bad("trades", "price", 7, 5250.3, "off the grid of 1/2"),
    bad("trades", "qty", 7, np.nan, "quantity is not a positive number"),
    bad("trades", "qty", 7, -3.0, "quantity is not a positive number"),
    bad("trades", "qty", 7, 7577984695221092352.0, "absurd"),
    bad("trades", "qty", 7, 1.5, "quantity is off the grid"),
    bad("trades", "trade_type", 7, 77, "unknown trade type"),
    bad("trades", "aggressor", 7, 3, "aggressor is none of"),
    bad("trades", "ts_ns", 7, files.T0, "ts_ns .* is out of order"),
    bad("trades", "ts_ns", 0, 0, "time is not a UTC epoch"),
    bad("trades", "seq", 7, 1, "seq 1 is out of order"),
    bad("book", "price", 7, np.nan, "price is not a positive price"),
    bad("book", "qty", 7, -1.0, "quantity is negative"),
    bad("book", "qty", 7, np.nan, "quantity is negative"),
    bad("book", "kind", 7, 9, "unknown kind of book row"),
    bad("book", "side", 7, 0, "side is none of"),
    bad("book", "last", 7, 4, "last is neither"),
    bad("book", "ts_ns", 7, files.T0 - 1, "out of order"),
    bad("l1", "bid", 7, -2.0, "bid is not a positive price"),
    bad("l1", "bid", 7, 6000.0, "crossed"),
    bad("l1", "ask_qty", 7, -2.0, "ask quantity is negative"),
])
def test_a_bad_value_is_refused_with_file_row_and_reason(
        tmp_path: Path, kind: str, name: str, row: int, value: Any, reason: str) -> None:
    path = files.write(tmp_path / f"b3_dolk20_{kind}.parquet", kind, files.changed(MAKERS[kind](), name, row, value))
    with pytest.raises(DataError, match=reason) as caught:
        refuse_crossed(read_events(**{kind: path}), None)
    assert str(caught.value).startswith(f"{path}: row {row}: ")


@pytest.mark.parametrize("kind", KINDS)
def test_all_missing_columns_are_named(tmp_path: Path, kind: str) -> None:
    path = files.write(tmp_path / "x.parquet", kind, MAKERS[kind](), drop=("ts_ns", "seq"))
    message = refused(**{kind: path})
    assert str(path) in message and "missing columns ts_ns, seq" in message


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = files.write(tmp_path / "x.parquet", kind, files.cut(MAKERS[kind](), slice(0, 0)))
    assert "row 0: the file has no rows" in refused(**{kind: path})


def test_a_column_of_text_is_refused(tmp_path: Path) -> None:
    table = pq.read_table(files.write(tmp_path / "x.parquet", "trades", files.trades(3)))
    at = table.column_names.index("price")
    pq.write_table(table.set_column(at, "price", pa.array(["1", "2", "3"])), tmp_path / "x.parquet")
    assert "price is string, not double" in refused(trades=tmp_path / "x.parquet")


def test_an_empty_cell_in_a_whole_number_column_is_refused(tmp_path: Path) -> None:
    table = pq.read_table(files.write(tmp_path / "x.parquet", "trades", files.trades(3)))
    at = table.column_names.index("buyer")
    pq.write_table(table.set_column(at, "buyer", pa.array([1, None, 3], pa.int32())), tmp_path / "x.parquet")
    assert "row 1: buyer is empty" in refused(trades=tmp_path / "x.parquet")


@pytest.mark.parametrize("content", [b"", b"not a parquet file", b"PAR1 truncated"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    assert "not a readable Parquet file" in refused(trades=path)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    assert "nothing.parquet" in refused(trades=tmp_path / "nothing.parquet")


@pytest.mark.lengthy
def test_a_truncated_parquet_is_refused(tmp_path: Path) -> None:
    path = files.write(tmp_path / "x.parquet", "trades", files.trades())
    path.write_bytes(path.read_bytes()[:-100])
    assert "not a readable Parquet file" in refused(trades=path)


def crossed_book() -> files.Columns:
    """Row 8 adds a bid above the ask inside a group; row 9 completes the group."""
    columns = files.book(10)
    for name, value in (("kind", 0), ("side", 1), ("price", 5260.0), ("qty", 3.0), ("last", 0)):
        columns = files.changed(columns, name, 8, value)
    return columns


def test_a_crossed_book_is_refused_at_the_row_that_completes_the_group(tmp_path: Path) -> None:
    path = files.write(tmp_path / "b3_dolk20_book.parquet", "book", crossed_book())
    assert refused(book=path).startswith(f"{path}: row 9: the book is crossed")


def test_a_book_crossed_outside_the_session_is_let_through(tmp_path: Path) -> None:
    recording = read_events(book=files.write(tmp_path / "b3_dolk20_book.parquet", "book", crossed_book()))
    refuse_crossed(recording, np.array([[files.T0, files.T0 + 3 * files.SECOND]]))


def test_a_book_that_uncrosses_before_its_group_ends_is_sound(tmp_path: Path) -> None:
    columns = crossed_book()
    for name, value in (("kind", 2), ("side", 1), ("price", 5260.0), ("qty", 0.0)):
        columns = files.changed(columns, name, 9, value)
    refuse_crossed(read_events(book=files.write(tmp_path / "b3_dolk20_book.parquet", "book", columns)), None)


def test_a_crossed_order_book_is_refused_until_the_crossing_order_leaves(tmp_path: Path) -> None:
    columns = crossed_book()
    columns["order_id"] = np.array([1, 2, 3, 4, 3, 1, 3, 1, 5, 3, 1, 3, 1, 3])
    path = files.write(tmp_path / "b3_dolk20_book.parquet", "book", columns)
    assert "row 9: the book is crossed" in refused(book=path)
    for name, value in (("kind", 2), ("qty", 0.0), ("order_id", 5), ("side", 1)):
        columns = files.changed(columns, name, 9, value)
    refuse_crossed(read_events(book=files.write(path, "book", columns)), None)


def test_files_of_different_symbols_are_not_mixed(tmp_path: Path) -> None:
    paths = write_all(tmp_path)
    for kind, symbol in (("trades", "WDOZ26"), ("l1", "WDOF27")):
        table = pq.read_table(paths[kind])
        pq.write_table(table.replace_schema_metadata({"symbol": symbol}), paths[kind])
    assert "symbol is WDOF27" in refused(trades=paths["trades"], l1=paths["l1"])


@pytest.mark.parametrize(("name", "value", "reason"), [
    ("open", np.nan, "open is not a positive price"), ("low", 9999.0, "low or high lies inside"),
    ("volume", -1.0, "volume is negative"), ("volume", np.nan, "volume is negative"),
    ("trades", -2, "trade count is negative"), ("ts_ns", files.T0, "out of order"),
    ("ts_ns", files.T0 + 61 * files.SECOND, "starts less than 60 s after"),
])
def test_a_bad_candle_is_refused(tmp_path: Path, name: str, value: Any, reason: str) -> None:
    path = files.write(tmp_path / "m1.parquet", "candles", files.changed(files.candles(), name, 2, value))
    with pytest.raises(DataError, match=f"row 2: .*{reason}"):
        read_candles(path, 60 * files.SECOND)


def test_inside_takes_the_open_and_leaves_the_close() -> None:
    sessions = np.array([[10, 20], [30, 40]])
    assert inside(np.array([9, 10, 19, 20, 30, 40]), sessions).tolist() == [False, True, True, False, True, False]
    assert not inside(np.array([1]), sessions[:0]).any()


@pytest.mark.lengthy
@pytest.mark.realdata
@pytest.mark.parametrize(("stem", "rows"), [
    ("b3_dolk20_20200402", 56_125), ("binance_spot_btcusdt_20240808", 145_787), ("cme_esm4_20240508", 13_813),
    ("cme_esu4_20240701", 2_286), ("b3_wdou25_20250811", 2_881),
])
def test_recorded_markets_are_read_whole_and_uncrossed(realdata: Path, stem: str, rows: int) -> None:
    paths = {kind: realdata / f"{stem}_{kind}.parquet" for kind in KINDS}
    recording = read_events(**{kind: path for kind, path in paths.items() if path.exists()})
    refuse_crossed(recording, None)
    assert len(recording.events) == rows


@pytest.mark.realdata
def test_a_closing_call_may_cross_and_is_left_out_by_the_session(realdata: Path) -> None:
    recording = read_events(book=realdata / "b3_petr4f_20151103_book.parquet")
    day = 1_446_508_800 * files.SECOND
    refuse_crossed(recording, np.array([[day, day + (18 * 60 + 55) * 60 * files.SECOND]]))
    with pytest.raises(DataError, match="crossed"):
        refuse_crossed(recording, None)

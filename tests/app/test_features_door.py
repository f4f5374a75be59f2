from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest
from app.replay import files

from qt_app import features_door as door
from qt_app.errors import DataError
from qt_app.replay.hours import parse_session
from qt_core.features.registry import NAMES, schema_id

B3 = parse_session("b3", ZoneInfo("America/Sao_Paulo"))
NONE = parse_session("none", ZoneInfo("America/Sao_Paulo"))
P = 5 * files.SECOND
CUTS = (1, 2, 50, 199, 200, 399)
AT = ("close", "trade", "interval:700")


def table_of(folder: Path, columns: files.Columns, *, at: str = "close", session: Any = B3,
             **more: Path) -> door.FeatureTable:
    path = files.write(folder / "b3_dolk20_trades.parquet", "trades", columns)
    return door.features_of_files(path, more.get("book"), more.get("l1"), session=session, candle_ns=P,
                                  sampling=door.parse_sampling(at))


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Bit for bit, NaN in the same places."""
    return a.tobytes() == b.tobytes()


def test_rows_stand_at_the_ends_of_closed_candles(tmp_path: Path) -> None:
    table = table_of(tmp_path, files.trades(400))
    first = (files.T0 // P) * P
    assert table.ts_ns.tolist() == list(range(first + P, files.T0 + 399 * files.SECOND + 1, P))


def test_returns_are_those_of_the_candles(tmp_path: Path) -> None:
    columns = files.trades(400)
    table = table_of(tmp_path, columns)
    last_of = {int(ts // P): price for ts, price in zip(columns["ts_ns"], columns["price"], strict=True)}
    closes = np.array([last_of[int(ts // P) - 1] for ts in table.ts_ns])
    expected = np.concatenate([[np.nan], closes[1:] / closes[:-1] - 1.0])
    np.testing.assert_allclose(table.rows[:, NAMES.index("returns_1")], expected, rtol=1e-12)


def test_at_trade_writes_a_row_after_each_print_of_the_tape(tmp_path: Path) -> None:
    columns = files.changed(files.trades(50), "trade_type", 7, 4)
    table = table_of(tmp_path, columns, at="trade")
    assert table.ts_ns.tolist() == np.delete(columns["ts_ns"], 7).tolist()
    aggressor = np.delete(columns["aggressor"], 7)
    assert table.rows[:, NAMES.index("is_buyer_aggressor")].tolist() == (aggressor == 1).astype(float).tolist()


def test_an_interval_writes_rows_at_its_multiples(tmp_path: Path) -> None:
    table = table_of(tmp_path, files.trades(50), at="interval:700")
    assert set(table.ts_ns % 700_000_000) == {0}
    assert len(table.ts_ns) == 49 * 1000 // 700


@pytest.mark.lengthy
@pytest.mark.parametrize("at", AT)
def test_cutting_the_input_leaves_the_rows_before_the_cut(tmp_path: Path, at: str) -> None:
    columns = files.trades(400)
    whole = table_of(tmp_path, columns, at=at)
    for cut in CUTS:
        part = table_of(tmp_path, files.cut(columns, slice(0, cut)), at=at)
        assert same(part.ts_ns, whole.ts_ns[:len(part.ts_ns)])
        assert same(part.rows, whole.rows[:len(part.rows)])


@pytest.mark.lengthy
@pytest.mark.parametrize("at", AT)
def test_poisoning_the_future_changes_nothing_up_to_then(tmp_path: Path, at: str) -> None:
    columns = files.trades(400)
    whole = table_of(tmp_path, columns, at=at)
    for cut in CUTS:
        poisoned = {**columns, "price": columns["price"].copy(), "qty": columns["qty"].copy()}
        poisoned["price"][cut:] *= 3
        poisoned["qty"][cut:] += 7
        part = table_of(tmp_path, poisoned, at=at)
        before = whole.ts_ns < columns["ts_ns"][cut] if cut < 400 else whole.ts_ns > 0
        assert same(part.rows[:before.sum()], whole.rows[before])


def test_a_book_and_quotes_beside_the_trades_change_no_feature_at_close(tmp_path: Path) -> None:
    book = files.write(tmp_path / "b3_dolk20_book.parquet", "book", files.book(400))
    l1 = files.write(tmp_path / "b3_dolk20_l1.parquet", "l1", files.l1(400))
    alone = table_of(tmp_path, files.trades(400))
    together = table_of(tmp_path, files.trades(400), book=book, l1=l1)
    assert same(together.rows, alone.rows)


def test_trades_outside_the_session_enter_nothing(tmp_path: Path) -> None:
    hours = parse_session("10:01-10:03", ZoneInfo("America/Sao_Paulo"))
    columns = files.trades(400)
    inside = (columns["ts_ns"] >= files.T0 + 60 * files.SECOND) & (columns["ts_ns"] < files.T0 + 180 * files.SECOND)
    table = table_of(tmp_path, columns, session=hours, at="trade")
    assert same(table.rows, table_of(tmp_path, files.cut(columns, inside), session=hours, at="trade").rows)
    assert len(table.rows) == 120


def test_without_a_session_the_place_in_it_is_unknown(tmp_path: Path) -> None:
    bounded, free = table_of(tmp_path, files.trades(400)), table_of(tmp_path, files.trades(400), session=NONE)
    unknown = [NAMES.index(name) for name in ("time_normalized", "is_opening_30min", "is_closing_30min")]
    assert np.isnan(free.rows[:, unknown]).all() and not np.isnan(bounded.rows[:, unknown]).any()
    rest = np.delete(np.arange(len(NAMES)), unknown)
    assert same(np.ascontiguousarray(free.rows[:, rest]), np.ascontiguousarray(bounded.rows[:, rest]))


@pytest.mark.lengthy
def test_many_rows_per_event_are_all_written(tmp_path: Path) -> None:
    columns = files.trades(3, gap_ns=80 * files.SECOND)
    table = table_of(tmp_path, columns, at="interval:1")
    assert len(table.ts_ns) == 160_000
    assert np.all(np.diff(table.ts_ns) == 1_000_000)


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = files.write(tmp_path / "b3_dolk20_trades.parquet", "trades", files.trades(400))
    door.features_of_files(path, None, None, session=B3, candle_ns=P, sampling=door.Sampling("close"),
                           progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (400, 400)


def test_the_file_has_the_65_in_order_and_says_what_it_is(tmp_path: Path) -> None:
    table = table_of(tmp_path, files.trades(400))
    door.write_features(table, tmp_path / "out" / "f.parquet")
    written = pq.read_table(tmp_path / "out" / "f.parquet")
    assert written.column_names == ["ts_ns", *NAMES]
    assert [str(field.type) for field in written.schema] == ["int64"] + ["double"] * 65
    assert written.column("ts_ns").null_count == 0
    metadata = written.schema.metadata
    assert metadata[b"schema_id"].decode() == schema_id(5.0, "b3")
    assert (metadata[b"schema"], metadata[b"symbol"], metadata[b"synthetic"]) == (b"qt65/1", b"DOLK20", b"false")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["f.parquet"]
    assert np.array_equal(np.column_stack(written.columns[1:]), table.rows, equal_nan=True)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        door.write_features(table_of(tmp_path, files.trades(400)), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def candles_of(folder: Path, columns: files.Columns, session: Any = B3, period: int = 60) -> door.FeatureTable:
    path = files.write(folder / "b3_dolk20_m1.parquet", "candles", columns)
    return door.features_of_candles(path, session=session, candle_ns=period * files.SECOND)


def test_each_candle_gives_a_row_at_its_end(tmp_path: Path) -> None:
    columns = files.candles(120)
    table = candles_of(tmp_path, columns)
    assert table.ts_ns.tolist() == (columns["ts_ns"] + 60 * files.SECOND).tolist()
    close = columns["close"]
    np.testing.assert_allclose(table.rows[1:, NAMES.index("returns_1")], close[1:] / close[:-1] - 1, rtol=1e-12)
    np.testing.assert_allclose(table.rows[:, NAMES.index("trade_intensity")], columns["trades"] / 60.0, rtol=1e-12)


def test_candles_say_nothing_of_the_tape_nor_of_unknown_flow(tmp_path: Path) -> None:
    rows = candles_of(tmp_path, files.candles(300)).rows
    for name in ("agent_turnover", "top_buyer_0_active", "is_buyer_aggressor", "order_flow_imbalance_10"):
        assert np.isnan(rows[:, NAMES.index(name)]).all()


def test_cutting_the_candles_leaves_the_rows_before_the_cut(tmp_path: Path) -> None:
    whole = candles_of(tmp_path, files.candles(300))
    for cut in (1, 30, 201):
        part = candles_of(tmp_path, files.cut(files.candles(300), slice(0, cut)))
        assert same(part.rows, whole.rows[:cut])


def test_candles_of_another_session_start_anew(tmp_path: Path) -> None:
    columns = files.candles(60)
    columns["ts_ns"] = columns["ts_ns"] + np.where(np.arange(60) < 30, 0, 24 * 3600 * files.SECOND)
    table = candles_of(tmp_path, columns)
    returns = table.rows[:, NAMES.index("returns_1")]
    assert np.flatnonzero(np.isnan(returns)).tolist() == [0, 30]
    unbounded = candles_of(tmp_path, columns, NONE).rows[:, NAMES.index("returns_1")]
    assert np.flatnonzero(np.isnan(unbounded)).tolist() == [0]


def test_a_crossed_book_is_refused_and_nothing_computed(tmp_path: Path) -> None:
    crossed = files.changed(files.changed(files.book(400), "price", 30, 5300.0), "kind", 30, 0)
    crossed = files.changed(crossed, "side", 30, 1)
    book = files.write(tmp_path / "b3_dolk20_book.parquet", "book", crossed)
    with pytest.raises(DataError, match="row 30: the book is crossed"):
        table_of(tmp_path, files.trades(400), book=book)


@pytest.mark.parametrize("text", ["", "open", "interval", "interval:0", "interval:-1", "interval:x", "close:5"])
def test_an_unknown_sampling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither close, trade nor"):
        door.parse_sampling(text)


@pytest.mark.realdata
def test_a_recorded_session_can_be_cut_anywhere(realdata: Path, tmp_path: Path) -> None:
    names = {kind: realdata / f"b3_dolk20_20200402_{kind}.parquet" for kind in ("trades", "l1")}
    columns = {name: column.to_numpy() for name, column in
               zip(pq.read_schema(names["trades"]).names, pq.read_table(names["trades"]).columns, strict=True)}
    whole = table_of(tmp_path, columns, at="trade", l1=names["l1"])
    for cut in (117, 5_000, 20_011):
        part = table_of(tmp_path, files.cut(columns, slice(0, cut)), at="trade")
        assert same(part.rows, whole.rows[:len(part.rows)])
        assert len(part.rows) == cut - 117

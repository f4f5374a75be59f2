"""``qt replay`` from files to files: the same bytes twice, and nothing that happened depends on what came later."""
from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from app.replay import files

from qt_app.config import Config
from qt_app.errors import DataError
from qt_app.instruments import instrument
from qt_app.replay.hours import parse_session
from qt_app.replay.outputs import TABLES
from qt_app.replay.reader import read_events
from qt_app.replay.recorder import Recorder
from qt_app.replay.run import ReplayOrder, instrument_of, run_replay, sessions_of
from qt_core._types import Kind
from qt_core.ring import Ring

NONE = parse_session("none", ZoneInfo("America/Sao_Paulo"))
KINDS = {"trades": files.trades, "book": files.book, "l1": files.l1}
Paths = dict[str, Path]


def write_day(folder: Path, upto_ns: int | None = None, poison_ns: int | None = None) -> Paths:
    """Trades, book and quotes of one morning, cut after ``upto_ns`` or different from ``poison_ns`` on."""
    folder.mkdir()
    paths = {}
    for kind, make in KINDS.items():
        columns = make(400)
        if poison_ns is not None and kind == "trades":
            later = columns["ts_ns"] >= poison_ns
            columns |= {"price": columns["price"] + 5 * later, "qty": columns["qty"] + 3 * later}
        kept = columns if upto_ns is None else files.cut(columns, columns["ts_ns"] <= upto_ns)
        paths[kind] = files.write(folder / f"b3_dolk20_{kind}.parquet", kind, kept)
    return paths


def run(out: Path, paths: Paths, **rest: object) -> dict[str, bytes]:
    run_replay(ReplayOrder(out=out, **paths, **rest), Config(), None)  # type: ignore[arg-type]
    return {path.name: path.read_bytes() for path in out.iterdir()}


def rows_before(out: Path, name: str, ts_ns: int) -> pa.Table:
    table = pq.read_table(out / f"{name}.parquet")
    return table.filter(pa.compute.less_equal(table.column("ts_ns"), ts_ns))


def assert_same_past(a: Path, b: Path, ts_ns: int) -> None:
    for name in TABLES:
        earlier, later = rows_before(a, name, ts_ns), rows_before(b, name, ts_ns)
        assert earlier.num_rows == later.num_rows
        for mine, other in zip(earlier.columns, later.columns, strict=True):
            np.testing.assert_array_equal(mine.to_pandas().to_numpy(), other.to_pandas().to_numpy())


@pytest.mark.lengthy
def test_two_replays_write_the_same_bytes(tmp_path: Path) -> None:
    paths = write_day(tmp_path / "day")
    first = run(tmp_path / "a", paths)
    assert run(tmp_path / "b", paths) == first
    assert set(first) == {*(f"{name}.parquet" for name in TABLES), "summary.json", "summary.txt"}
    assert pq.read_metadata(tmp_path / "a" / "decisions.parquet").num_rows > 300


@pytest.mark.lengthy
@pytest.mark.parametrize("cut_s", [1, 40, 150, 333])
def test_what_was_written_before_a_cut_stays(tmp_path: Path, cut_s: int) -> None:
    cut = files.T0 + cut_s * files.SECOND
    run(tmp_path / "whole", write_day(tmp_path / "day"))
    run(tmp_path / "part", write_day(tmp_path / "cut", upto_ns=cut))
    assert_same_past(tmp_path / "part", tmp_path / "whole", cut)


@pytest.mark.lengthy
def test_a_poisoned_future_changes_nothing_before_it(tmp_path: Path) -> None:
    cut = files.T0 + 200 * files.SECOND
    run(tmp_path / "whole", write_day(tmp_path / "day"))
    run(tmp_path / "poisoned", write_day(tmp_path / "other", poison_ns=cut))
    assert_same_past(tmp_path / "poisoned", tmp_path / "whole", cut)


def test_a_crossed_book_leaves_no_results(tmp_path: Path) -> None:
    paths = write_day(tmp_path / "day")
    crossed = files.changed(files.l1(400), "bid", 9, 9000.0)
    files.write(paths["l1"], "l1", crossed)
    with pytest.raises(DataError, match="row 9: the book is crossed"):
        run(tmp_path / "out", paths)
    assert [path.name for path in tmp_path.iterdir()] == ["day"]


def test_sessions_are_those_asked_for_else_recorded_else_the_exchange_s(tmp_path: Path) -> None:
    plain = read_events(write_day(tmp_path / "day")["trades"])
    assert sessions_of(plain)[1] == "b3"
    ring = Ring(1024)
    noted = np.array([[files.T0, files.T0 + 60 * files.SECOND]])
    recorder = Recorder(tmp_path / "data", "DOLK20", ring, tick=(1, 2), qty_step=(1, 1), synthetic=False,
                        sessions=noted, meta={"calendar": "mine"})
    ring.push(plain.events)
    recorder.drain()
    recorder.flush()
    recorded = read_events(next(tmp_path.rglob("trades-*.parquet")))
    sessions, calendar = sessions_of(recorded)
    assert sessions is not None and (sessions.tolist(), calendar) == (noted.tolist(), "mine")
    assert sessions_of(recorded, NONE) == (None, "none")


def test_the_instrument_is_the_contract_unless_the_grid_differs(tmp_path: Path) -> None:
    paths = write_day(tmp_path / "day")
    assert instrument_of(read_events(paths["trades"])) == instrument("DOLK20")
    finer = instrument_of(read_events(paths["trades"], tick=(1, 10)))
    assert (finer.symbol, finer.tick, finer.point_value_brl) == ("DOLK20", (1, 10), 1.0)


@pytest.mark.slow
@pytest.mark.realdata
def test_the_recorded_dollar_session_replays_the_same_and_can_be_cut(realdata: Path, tmp_path: Path) -> None:
    paths = {kind: realdata / f"b3_dolk20_20200402_{kind}.parquet" for kind in ("trades", "l1")}
    assert run(tmp_path / "a", paths) == run(tmp_path / "b", paths)
    cut = int(pq.read_table(paths["trades"]).column("ts_ns")[9_876].as_py())
    part = {}
    for kind, path in paths.items():
        table = pq.read_table(path)
        part[kind] = tmp_path / path.name
        pq.write_table(table.filter(pa.compute.less_equal(table.column("ts_ns"), cut)), part[kind])
    run(tmp_path / "part", part)
    assert_same_past(tmp_path / "part", tmp_path / "a", cut)


@pytest.mark.slow
@pytest.mark.realdata
def test_a_recorded_book_replays_the_same(realdata: Path, tmp_path: Path) -> None:
    paths = {kind: realdata / f"binance_usdm_btcusdt_20240808_{kind}.parquet" for kind in KINDS}
    assert run(tmp_path / "a", paths, session=NONE) == run(tmp_path / "b", paths, session=NONE)
    events = read_events(**paths).of_kind(Kind.LEVEL)
    assert len(events) == 379_915

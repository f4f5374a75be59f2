from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from app.replay import files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.replay.reader import read_events
from qt_app.replay.recorder import Recorder
from qt_app.replay.recording import read_recording, recorded_runs
from qt_core._types import EVENT_DTYPE, NO_PRICE, BookAction, Control, Flag, Kind, Phase
from qt_core.ring import Ring

TICK, STEP = (1, 2), (1, 1)
I32 = st.integers(-(2**31), 2**31 - 1)
I64 = st.integers(-(2**63), 2**63 - 1)
PRICE = st.integers(1, 2**31 - 1)
LOTS = st.integers(0, 10**9)
BROKER = st.integers(-1, 10**6)
FLAGS = st.integers(0, 255)
STAMP = st.integers(0, 2**62)

Fields = dict[str, Any]


def fields(kind: Kind, **strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Fields]:
    return st.fixed_dictionaries({"kind": st.just(int(kind)), "exch_ns": STAMP, **strategies})


def control(kind: Kind) -> st.SearchStrategy[Fields]:
    """What is not a market row is kept as it stands, whatever the fields mean."""
    return fields(kind, code=FLAGS, side=st.integers(-128, 127), flags=FLAGS, price=I32, qty=I64, id=I64, a=I32, b=I32,
                  pos=I32)


BOOK_CODE = st.sampled_from([int(action) for action in BookAction])
EVENT = st.one_of(
    fields(Kind.TRADE, code=st.sampled_from([1, 2, 3, 4, 13, 32]), side=st.sampled_from([-1, 0, 1]),
           flags=st.sampled_from([0, int(Flag.EDIT), int(Flag.LAST)]), price=PRICE, qty=st.integers(1, 10**9),
           id=st.integers(0, 2**62), a=BROKER, b=BROKER),
    fields(Kind.LEVEL, code=BOOK_CODE, side=st.sampled_from([-1, 1]), flags=st.sampled_from([0, 1, 2, 3]), price=PRICE,
           qty=LOTS, a=BROKER, b=st.integers(-1, 999), pos=st.integers(-1, 999)),
    fields(Kind.ORDER, code=BOOK_CODE, side=st.sampled_from([-1, 1]), flags=st.sampled_from([0, 1, 2, 3]), price=PRICE,
           qty=LOTS, id=I64.filter(bool), a=BROKER, b=st.integers(-1, 999), pos=st.integers(-1, 999)),
    fields(Kind.QUOTE, flags=st.sampled_from([0, 1]), price=PRICE | st.just(NO_PRICE), a=PRICE | st.just(NO_PRICE),
           qty=LOTS, id=LOTS),
    *(control(kind) for kind in (Kind.CLOCK, Kind.PHASE, Kind.THEORETICAL, Kind.DAILY, Kind.STATE, Kind.CONTROL,
                                 Kind.INVALID_TICKER, Kind.PROGRESS, Kind.ACCOUNT, Kind.ORDER_UPDATE)),
)


def array(rows: list[Fields], gaps_ns: list[int] | None = None) -> NDArray[Any]:
    """Events of the rows, at growing times from T0; pos is -1 where the row doesn't say."""
    events = np.zeros(len(rows), EVENT_DTYPE)
    events["pos"] = -1
    for event, row in zip(events, rows, strict=True):
        for name, value in row.items():
            event[name] = value
    events["ts_ns"] = files.T0 + np.cumsum(gaps_ns or [1000] * len(rows))
    return events


def market(n: int = 1000) -> NDArray[Any]:
    """Trades, quotes and clock events in turn."""
    k = np.arange(n)
    events = array([{"kind": int((Kind.TRADE, Kind.QUOTE, Kind.CLOCK)[i % 3])} for i in range(n)])
    traded = events["kind"] == Kind.TRADE
    for name, values in (("price", 10_500 + k % 7), ("qty", 1 + k % 5), ("code", 2), ("side", 1), ("a", 3), ("b", 8)):
        events[name] = np.where(traded, values, 0)
    quoted = events["kind"] == Kind.QUOTE
    for name, values in (("price", 10_500), ("a", 10_501), ("qty", 5), ("id", 6)):
        events[name] = np.where(quoted, values, events[name])
    return events


def record(folder: Path, events: NDArray[Any], *, capacity: int = 1 << 14, **options: Any) -> Recorder:
    ring = Ring(capacity)
    recorder = Recorder(folder, "WDOZ26", ring, tick=TICK, qty_step=STEP, synthetic=True, **options)
    ring.push(events)
    recorder.start()
    recorder.stop()
    return recorder


@pytest.mark.lengthy
@given(st.lists(st.tuples(EVENT, st.integers(0, 10**9)), min_size=1, max_size=40), st.integers(1, 40))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_recorded_is_read_back_bit_for_bit(
        tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Fields, int]], part: int) -> None:
    folder = tmp_path_factory.mktemp("recording")
    events = array([row for row, _ in rows], [gap for _, gap in rows])
    record(folder, events, part_events=part)
    back = read_recording(folder)
    assert back.events.tobytes() == events.tobytes()
    assert back.seq.tolist() == list(range(1, len(events) + 1))


@pytest.mark.parametrize("row", [
    {"kind": int(Kind.LEVEL), "code": int(BookAction.IMAGE), "flags": int(Flag.FIRST | Flag.LAST), "price": NO_PRICE},
    {"kind": int(Kind.LEVEL), "code": 200, "price": -5, "qty": -1, "side": 9},
    {"kind": int(Kind.ORDER), "code": 0, "price": 5, "qty": 2**62, "side": 1, "id": 4},
    {"kind": int(Kind.ORDER), "code": 2, "price": 5, "side": 1, "id": 0},
    {"kind": int(Kind.TRADE), "code": 77, "price": 0, "qty": 0},
    {"kind": int(Kind.QUOTE), "price": -4, "a": 7, "qty": 1, "id": -2},
])
def test_what_no_market_table_can_hold_is_kept_raw(tmp_path: Path, row: Fields) -> None:
    events = array([row])
    record(tmp_path, events)
    assert [path.name for path in tmp_path.rglob("*.parquet")] == ["control-0001.parquet"]
    assert read_recording(tmp_path).events.tobytes() == events.tobytes()


def warm_start() -> NDArray[Any]:
    """A connection event with a later stamp, history, a held live trade, the end marker, and a live trade."""
    print_ = {"code": 2, "price": 100, "qty": 1, "side": 1}
    events = array([{"kind": int(Kind.STATE), "a": 2, "b": 4}, {"kind": int(Kind.HISTORY), "id": 1, **print_},
                    {"kind": int(Kind.HISTORY), "id": 2, **print_}, {"kind": int(Kind.TRADE), "id": 3, **print_},
                    {"kind": int(Kind.HISTORY), "flags": int(Flag.DONE), "price": NO_PRICE},
                    {"kind": int(Kind.TRADE), "id": 4, **print_}])
    events["ts_ns"][0] += 60 * files.SECOND
    return events


def test_a_warm_start_is_read_back_in_the_order_it_was_applied(tmp_path: Path) -> None:
    record(tmp_path, warm_start())
    back = read_recording(tmp_path)
    assert back.events.tobytes() == warm_start().tobytes()
    assert back.warm_started


def test_the_prints_of_a_warm_start_are_ordinary_trades_without_the_control_table(tmp_path: Path) -> None:
    record(tmp_path, warm_start())
    back = read_events(next(tmp_path.rglob("trades-0001.parquet")))
    assert back.events["kind"].tolist() == [Kind.TRADE] * 4
    assert (back.warm_started, back.missing) == (False, 0)


def test_metadata_says_what_the_recording_is(tmp_path: Path) -> None:
    sessions = np.array([[files.T0, files.T0 + 1000]])
    record(tmp_path, market(10), sessions=sessions, meta={"run_id": "r1", "config": "abc"})
    back = read_recording(tmp_path)
    assert (back.symbol, back.tick, back.qty_step, back.grid_source) == ("WDOZ26", TICK, STEP, "metadata")
    assert (back.synthetic, back.missing, back.merged_by) == (True, 0, "seq")
    assert back.metadata["config"] == "abc"
    assert back.sessions is not None and back.sessions.tolist() == sessions.tolist()


def test_files_lie_by_day_and_symbol_and_a_midnight_divides_them(tmp_path: Path) -> None:
    events = market(9)
    events["ts_ns"][5:] += 20 * 3600 * files.SECOND
    record(tmp_path, events)
    days = sorted(path.name for path in tmp_path.iterdir())
    assert days == ["20200402", "20200403"]
    assert {path.name for path in (tmp_path / "20200402" / "WDOZ26").iterdir()} == {
        "trades-0001.parquet", "l1-0001.parquet", "control-0001.parquet"}
    with pytest.raises(DataError, match="2 recordings"):
        read_recording(tmp_path)
    assert len(read_recording(tmp_path / "20200403").events) == 4


def test_parts_are_written_as_they_fill(tmp_path: Path) -> None:
    ring = Ring(1024)
    recorder = Recorder(tmp_path, "WDOZ26", ring, tick=TICK, qty_step=STEP, synthetic=True, part_events=100)
    for batch in np.split(market(300), 6):
        ring.push(batch)
        recorder.drain()
    assert len(list(tmp_path.rglob("trades-*.parquet"))) == 3
    recorder.flush()
    assert len(read_recording(tmp_path).events) == 300
    assert recorder.stats()["files"] == 9


def test_an_old_part_is_written_although_it_is_not_full(tmp_path: Path) -> None:
    ring = Ring(1024)
    recorder = Recorder(tmp_path, "WDOZ26", ring, tick=TICK, qty_step=STEP, synthetic=True, part_seconds=0.0)
    ring.push(market(3))
    recorder.drain()
    assert recorder.stats()["files"] == 3


def test_dropped_events_leave_a_hole_and_are_counted(tmp_path: Path) -> None:
    ring = Ring(64)
    recorder = Recorder(tmp_path, "WDOZ26", ring, tick=TICK, qty_step=STEP, synthetic=True)
    events = market(200)
    ring.push(events[:100])
    recorder.drain()
    ring.push(events[100:150])
    recorder.drain()
    recorder.flush()
    assert recorder.stats()["missing"] == 36
    assert recorder.stats()["events"] == 64 + 50
    back = read_recording(tmp_path)
    assert back.missing == 36
    assert back.seq[64] == 101


def test_events_dropped_after_the_last_kept_one_are_counted_too(tmp_path: Path) -> None:
    ring = Ring(64)
    recorder = Recorder(tmp_path, "WDOZ26", ring, tick=TICK, qty_step=STEP, synthetic=True, part_events=30)
    events = market(130)
    ring.push(events[:30])
    recorder.drain()
    ring.push(events[30:])
    recorder.drain()
    assert read_recording(tmp_path).missing == 36


def test_a_second_run_continues_the_part_numbers_and_the_newest_is_read(tmp_path: Path) -> None:
    record(tmp_path, market(30), meta={"run_id": "first"})
    record(tmp_path, market(60), meta={"run_id": "second"})
    assert len(read_recording(tmp_path).events) == 60
    assert len(read_recording(tmp_path, run="first").events) == 30
    assert list(recorded_runs(tmp_path / "20200402" / "WDOZ26")) == ["first", "second"]
    with pytest.raises(DataError, match="no run 'third'"):
        read_recording(tmp_path, run="third")


def test_a_failing_disk_ends_the_recording_and_not_the_run(tmp_path: Path) -> None:
    (tmp_path / "20200402").write_text("a file where the folder should be")
    stats = record(tmp_path, market(10)).stats()
    assert stats["error"] is not None
    assert stats["files"] == 0


def test_no_temporary_file_stays(tmp_path: Path) -> None:
    record(tmp_path, market(300), part_events=50)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".parquet"}


def test_files_have_the_columns_of_recorded_markets(tmp_path: Path) -> None:
    record(tmp_path, market(30))
    table = pq.read_table(next(tmp_path.rglob("trades-*.parquet")))
    assert table.column_names == [*files.trades(1), "flags", "history"]
    assert table.column("price")[0].as_py() == 5250.0


def test_a_folder_without_a_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no recording"):
        read_recording(tmp_path)
    files.write(tmp_path / "trades-0001.parquet", "trades", files.trades(3))
    with pytest.raises(DataError, match="not written by the recorder"):
        read_recording(tmp_path)


def test_phase_and_control_events_survive(tmp_path: Path) -> None:
    events = array([{"kind": int(Kind.PHASE), "code": int(Phase.AUCTION)},
                    {"kind": int(Kind.CONTROL), "code": int(Control.HALT)}])
    record(tmp_path, events)
    assert read_recording(tmp_path).events["code"].tolist() == [Phase.AUCTION, Control.HALT]

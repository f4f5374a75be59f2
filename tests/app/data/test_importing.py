from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest
from app.data import exports, tapes
from app.replay import files

from qt_app.data.catalogue import scan, sessions
from qt_app.data.digest import digest_of
from qt_app.data.importing import Imported, ImportOrder, run_import
from qt_app.data.publishing import importing
from qt_app.errors import ConfigError, DataError, NotRunningError
from qt_app.features_door import Sampling, features_of_candles, features_of_files
from qt_app.home import Home
from qt_app.replay.hours import parse_session
from qt_app.replay.reader import read_events
from qt_app.replay.recording import read_recording
from qt_app.replay.run import instrument_of, sessions_of

SP = ZoneInfo("America/Sao_Paulo")
HOURS = "09:00-18:00"


def bring(home: Path, *paths: Path, hours: str = HOURS, **rest: Any) -> Imported:
    return run_import(Home(home), ImportOrder(paths, parse_session(hours, SP), SP, **rest))


def parquet(folder: Path, n: int = 60) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Any] = {"trades": files.trades, "book": files.book, "l1": files.l1}
    return {kind: files.write(folder / f"dolk20_{kind}.parquet", kind, make(n)) for kind, make in makers.items()}


def left(home: Path) -> list[str]:
    """Everything below the home's data folder but the lock."""
    return [path.name for path in (home / "data").rglob("*") if path.name not in ("imported", ".lock")]


def test_parquet_files_of_one_market_become_one_recording_with_the_same_content(tmp_path: Path) -> None:
    paths = parquet(tmp_path / "files")
    (entry,) = bring(tmp_path, *paths.values()).entries
    original = read_events(**paths)
    assert entry.digest == digest_of(original)
    assert entry.read().events.tobytes() == original.events.tobytes()
    assert (entry.day, entry.symbol, entry.run) == ("2020-04-02", "DOLK20", f"import-{entry.digest[:12]}")
    assert entry.kinds == ("book", "l1", "trades")
    assert sessions(Home(tmp_path)) == [entry]


def test_it_is_read_like_what_the_recorder_wrote(tmp_path: Path) -> None:
    paths = parquet(tmp_path / "files")
    done = bring(tmp_path, *paths.values())
    recording = read_recording(done.folder)
    trading, calendar = sessions_of(recording)
    assert calendar == "09:00-18:00 America/Sao_Paulo"
    hours = ((trading if trading is not None else np.empty(0)) - files.T0) / (3600 * files.SECOND)
    assert hours.tolist() == [[-1.0, 8.0]]
    assert instrument_of(recording).symbol == "DOLK20"
    folder = done.entries[0].folder
    asked: Any = {"session": parse_session(HOURS, SP), "candle_ns": 5 * files.SECOND, "sampling": Sampling("close")}
    direct = features_of_files(paths["trades"], None, None, **asked)
    through = features_of_files(folder, None, None, **asked)
    assert np.array_equal(direct.rows, through.rows, equal_nan=True)


def test_the_metadata_says_where_it_came_from(tmp_path: Path) -> None:
    paths = parquet(tmp_path / "files")
    (entry,) = bring(tmp_path, paths["trades"]).entries
    metadata = entry.read().metadata
    (source,) = orjson.loads(metadata["sources"])
    assert (metadata["origin"], source["name"]) == ("Parquet", "dolk20_trades.parquet")
    assert len(source["sha256"]) == 64 and source["bytes"] == paths["trades"].stat().st_size
    assert entry.origin == "Parquet: dolk20_trades.parquet"


def test_a_profit_tape_is_a_session_of_the_contract_it_names(tmp_path: Path) -> None:
    (entry,) = bring(tmp_path, exports.write(tmp_path / "tt.csv", exports.TAPE, encoding="latin-1")).entries
    events = entry.read().events
    assert (entry.symbol, dict(entry.rows)) == ("WDOK20", {"trades": 5})
    assert events["price"].tolist() == [10_500, 10_502, 10_501, 10_501, 10_502]
    assert events["side"].tolist() == [0, 1, -1, 0, 0]


def test_metatrader_s_contract_stands_in_the_file_s_name(tmp_path: Path) -> None:
    (entry,) = bring(tmp_path, exports.write(tmp_path / "WDOK20_202004021000.csv", exports.TICKS)).entries
    assert (entry.symbol, dict(entry.rows)) == ("WDOK20", {"trades": 3, "l1": 4})


def test_each_day_is_a_session_of_its_own_contract(tmp_path: Path) -> None:
    path = exports.write(tmp_path / "h.csv", exports.HISTORY)
    with pytest.raises(DataError, match=r"WDOFUT is a platform's series .* --symbol WDO takes"):
        bring(tmp_path, path)
    done = bring(tmp_path, path, symbol="WDO")
    assert [(entry.day, entry.symbol) for entry in done.entries] == [("2020-04-02", "WDOK20"), ("2020-04-03", "WDOK20")]
    assert "gives no broker codes" in done.warnings[0]


def test_a_contract_that_the_file_contradicts_is_refused(tmp_path: Path) -> None:
    path = exports.write(tmp_path / "tt.csv", exports.TAPE)
    with pytest.raises(DataError, match="holds WDOK20, not WINJ20"):
        bring(tmp_path, path, symbol="WINJ20")
    assert bring(tmp_path, path, symbol="WDO").entries[0].symbol == "WDOK20"


def test_pieces_of_a_day_are_joined_and_pieces_that_overlap_refused(tmp_path: Path) -> None:
    whole = files.trades(60)
    early, late = (files.write(tmp_path / f"dolk20_{at}.parquet", "trades", files.cut(whole, rows))
                   for at, rows in ((1, slice(0, 30)), (2, slice(30, 60))))
    (entry,) = bring(tmp_path / "home", late, early).entries
    assert entry.digest == digest_of(read_events(files.write(tmp_path / "dolk20.parquet", "trades", whole)))
    again = files.write(tmp_path / "dolk20_3.parquet", "trades", files.cut(whole, slice(29, 60)))
    with pytest.raises(DataError, match="both tell of DOLK20 on 2020-04-02 at the same time"):
        bring(tmp_path / "other", early, again)


def test_candles_are_kept_beside_and_cannot_be_replayed(tmp_path: Path) -> None:
    mt5 = exports.write(tmp_path / "WDOK20_M1.csv", exports.BARS)
    done = bring(tmp_path, mt5, exports.write(tmp_path / "c.csv", exports.CANDLES))
    assert [(entry.symbol, entry.kinds, entry.replayable) for entry in done.entries] == [
        ("WDOK20", ("candles",), False), ("WINJ20", ("candles",), False)]
    assert sessions(Home(tmp_path)) == []
    table = features_of_candles(done.entries[0].folder, session=parse_session(HOURS, SP), candle_ns=60 * files.SECOND)
    assert len(table.ts_ns) == 3


@pytest.mark.parametrize("name", ["tape", "parquet", "candles"])
def test_the_same_content_twice_is_refused(tmp_path: Path, name: str) -> None:
    paths = {"tape": lambda: exports.write(tmp_path / "tt.csv", exports.TAPE),
             "parquet": lambda: parquet(tmp_path / "files")["trades"],
             "candles": lambda: exports.write(tmp_path / "WDOK20.csv", exports.BARS)}
    path = paths[name]()
    bring(tmp_path, path)
    other = tmp_path / f"again{path.suffix}"
    shutil.copy(path, other)
    before = left(tmp_path)
    with pytest.raises(DataError, match=r"again.* holds the same .* import-.*; nothing was imported"):
        bring(tmp_path, other, symbol=None if name == "tape" else "WDOK20")
    assert left(tmp_path) == before


def test_what_the_engine_recorded_is_not_imported_once_more(tmp_path: Path) -> None:
    paths = parquet(tmp_path / "files")
    tapes.record(tmp_path / "data", read_events(**paths).events)
    with pytest.raises(DataError, match="holds the same DOLK20 as 2020-04-02 DOLK20 run r1"):
        bring(tmp_path, *paths.values())


def test_an_overlap_with_another_recording_is_told(tmp_path: Path) -> None:
    tapes.record(tmp_path / "data", tapes.market(60))
    done = bring(tmp_path, parquet(tmp_path / "files")["trades"])
    assert any("overlap in time" in warning for warning in done.warnings)


def test_invented_prices_are_marked(tmp_path: Path) -> None:
    assert bring(tmp_path, exports.write(tmp_path / "tt.csv", exports.TAPE), synthetic=True).entries[0].synthetic
    assert not bring(tmp_path, parquet(tmp_path / "files")["trades"]).entries[0].synthetic


def test_one_bad_line_and_nothing_is_imported(tmp_path: Path) -> None:
    good = parquet(tmp_path / "files")["trades"]
    bad = exports.write(tmp_path / "tt.csv", exports.changed(
        exports.TAPE, 4, "WDOK20;02/04/2020;10:00:01;85;5.250,30;4;8;Vendedor"))
    with pytest.raises(DataError, match=r"tt.csv: line 4: price is off the grid of 1/2 points"):
        bring(tmp_path, good, bad)
    assert left(tmp_path) == []


@pytest.mark.parametrize(("rows", "words"), [
    ((exports.TAPE[2], exports.TAPE[3], exports.TAPE[1]), "line 3: ts_ns .* out of order"),
    (("WDOK20;02/04/2020;10:00:02;85;0,00;4;8;Vendedor",), "line 2: price is not a positive price"),
    (("WDOK20;02/04/2020;10:00:02;85;5.250,00;0;8;Vendedor",), "line 2: quantity is not a positive number"),
    (("WDOK20;04/04/2020;10:00:02;85;5.250,00;1;8;Vendedor",), "no exchange session on the days"),
])
def test_what_no_replay_could_use_is_refused(tmp_path: Path, rows: tuple[str, ...], words: str) -> None:
    path = exports.write(tmp_path / "tt.csv", (exports.TAPE_HEAD, *rows))
    with pytest.raises(DataError, match=words):
        bring(tmp_path, path, hours="b3" if "session" in words else HOURS)
    assert left(tmp_path) == []


def test_a_crossed_book_is_refused(tmp_path: Path) -> None:
    book = files.changed(files.changed(files.book(60), "price", 9, 5300.0), "kind", 9, 0)
    with pytest.raises(DataError, match="the book is crossed"):
        bring(tmp_path, files.write(tmp_path / "dolk20_book.parquet", "book", book))


def test_files_that_are_nothing_known_are_refused_with_what_is(tmp_path: Path) -> None:
    tapes.record(tmp_path / "other", tapes.market(60))
    ours = next((tmp_path / "other").rglob("trades-*"))
    odd = tmp_path / "odd.parquet"
    pq.write_table(pq.read_table(files.write(tmp_path / "x.parquet", "l1", files.l1(3))).select(["ts_ns"]), odd)
    for path, words in ((exports.write(tmp_path / "n.csv", ("a,b", "1,2")), "'a,b' begins none of the exports"),
                        (tmp_path / "absent.csv", "cannot be read"), (tmp_path, "is a folder"),
                        (ours, "belongs to a recording of qt"), (odd, "columns ts_ns are those of no table")):
        with pytest.raises(DataError, match=words):
            bring(tmp_path, path)


def test_an_import_that_was_killed_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = exports.write(tmp_path / "tt.csv", exports.TAPE)
    partial = tmp_path / "data" / "imported" / ".partial" / "20200402"
    partial.mkdir(parents=True)
    (partial / "trades-0001.parquet").write_bytes(b"half")
    bring(tmp_path, path)
    assert not partial.parent.exists()
    monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(ConfigError, match="No space left on device"):
        bring(tmp_path, parquet(tmp_path / "files")["trades"])
    assert len(scan(Home(tmp_path))[0]) == 1


def test_two_imports_at_once_are_refused(tmp_path: Path) -> None:
    with importing(Home(tmp_path)), pytest.raises(NotRunningError, match="another import"):
        bring(tmp_path, exports.write(tmp_path / "tt.csv", exports.TAPE))


@pytest.mark.realdata
def test_the_recorded_dollar_session_is_imported_as_it_is(realdata: Path, tmp_path: Path) -> None:
    paths = {kind: realdata / f"b3_dolk20_20200402_{kind}.parquet" for kind in ("trades", "l1")}
    (entry,) = bring(tmp_path, *paths.values(), hours="b3").entries
    assert entry.digest == digest_of(read_events(**paths))
    assert (dict(entry.rows), entry.missing) == ({"trades": 33_118, "l1": 23_007}, 0)

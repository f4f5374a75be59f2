from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import orjson
import pytest
from app.data import tapes
from app.replay import files

from qt_app.data.catalogue import refuse_shared, scan, sessions
from qt_app.errors import DataError
from qt_app.home import Home

DAY_NS = 86_400 * files.SECOND


def home_with(folder: Path, *runs: tuple[str, str, int]) -> Home:
    """A home with a recording for each (symbol, run, first second after T0)."""
    for symbol, run, second in runs:
        tapes.record(folder / "data", tapes.market(60, at_s=second), symbol, run=run)
    return Home(folder)


def test_an_entry_says_what_a_recording_is(tmp_path: Path) -> None:
    tapes.record(tmp_path / "data", tapes.market(60), run="r1", synthetic=True, part_events=25)
    (entry,), unreadable = scan(Home(tmp_path))
    assert not unreadable
    assert (entry.day, entry.symbol, entry.run, entry.synthetic) == ("2020-04-02", "DOLK20", "r1", True)
    assert dict(entry.rows) == {"control": 20, "l1": 20, "trades": 20}
    assert (entry.first_ns, entry.last_ns) == (files.T0, files.T0 + 58 * files.SECOND)
    assert (entry.missing, entry.tick, entry.origin) == (0, "1/2", "recorded")
    assert entry.read().events.tobytes() == tapes.market(60).tobytes()
    assert entry.digest == tapes.digest_of(entry.read())


def test_entries_come_in_order_of_day_and_contract(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("WDOK20", "b", 86_400), ("WINJ20", "a", 0), ("WDOK20", "a", 0))
    assert [(entry.day, entry.symbol) for entry in scan(home)[0]] == [
        ("2020-04-02", "WDOK20"), ("2020-04-02", "WINJ20"), ("2020-04-03", "WDOK20")]


def test_lost_events_are_counted(tmp_path: Path) -> None:
    tapes.record(tmp_path / "data", tapes.market(200), capacity=64)
    assert scan(Home(tmp_path))[0][0].missing == 136


def test_a_run_past_midnight_misses_nothing_of_its_second_day(tmp_path: Path) -> None:
    events = tapes.market(90)
    events["ts_ns"][50:] += 20 * 3600 * files.SECOND
    tapes.record(tmp_path / "data", events)
    assert [(entry.day, entry.missing) for entry in scan(Home(tmp_path))[0]] == [("2020-04-02", 0), ("2020-04-03", 0)]


def test_what_is_no_recording_is_passed_over(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0))
    part = next((tmp_path / "data").rglob("trades-*.parquet"))
    for other in ("runs/r1", "imported/.partial-1/20200402/DOLK20"):
        (tmp_path / "data" / other).mkdir(parents=True)
        (tmp_path / "data" / other / part.name).write_bytes(part.read_bytes())
    assert len(scan(home)[0]) == 1
    assert scan(Home(tmp_path / "nothing")) == ([], [])


def test_the_second_look_reads_no_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0), ("DOLK20", "b", 100))
    before = scan(home)
    monkeypatch.setattr("qt_app.data.catalogue.entry_of", None)
    assert scan(home) == before
    monkeypatch.undo()
    tapes.record(home.data, tapes.market(30, at_s=300), run="c")
    assert [entry.run for entry in scan(home)[0]] == ["a", "b", "c"]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0))
    before = scan(home)[0][0].digest
    shutil.rmtree(home.data)
    tapes.record(home.data, tapes.market(57), run="a")
    assert scan(home)[0][0].digest != before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", orjson.dumps({"version": 0, "entries": {}})])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, content: bytes) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0))
    before = scan(home)
    (home.cache / "catalogue.json").write_bytes(content)
    assert scan(home) == before


def test_a_broken_file_is_told_and_hides_nothing_else(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0), ("WINJ20", "a", 0))
    next((home.data / "20200402" / "WINJ20").glob("l1-*")).write_bytes(b"PAR1 no more")
    entries, unreadable = scan(home)
    assert [entry.symbol for entry in entries] == ["DOLK20"]
    assert "not a readable Parquet file" in str(unreadable[0].error)
    assert len(sessions(home, "DOL")) == 1
    with pytest.raises(DataError, match="l1-0001"):
        sessions(home)


def test_sessions_are_chosen_by_contract_root_day_and_kind(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0), ("DOLM20", "b", 86_400), ("WINJ20", "c", 86_500))
    tapes.record(home.data, tapes.market(60, at_s=200_000), "DOLM20", run="d", synthetic=True)
    day = dt.date(2020, 4, 3)
    assert [entry.run for entry in sessions(home, "DOL")] == ["a", "b", "d"]
    assert [entry.run for entry in sessions(home, "DOLM20")] == ["b", "d"]
    assert [entry.run for entry in sessions(home, until=day - dt.timedelta(1))] == ["a"]
    assert [entry.run for entry in sessions(home, since=day, until=day)] == ["b", "c"]
    assert [entry.run for entry in sessions(home, synthetic=True)] == ["d"]
    assert sessions(home, "WDO") == []


def test_the_same_events_twice_are_refused_by_name(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0), ("DOLM20", "b", 0))
    with pytest.raises(DataError, match=r"DOLK20 run a .* DOLM20 run b .* hold the same events .* move one"):
        sessions(home)


def test_two_runs_that_overlap_are_refused_by_name(tmp_path: Path) -> None:
    home = home_with(tmp_path, ("DOLK20", "a", 0), ("DOLK20", "b", 58), ("DOLM20", "c", 10))
    with pytest.raises(DataError, match=r"run a .* run b .* overlap in time"):
        sessions(home)
    assert len(sessions(home, "DOLM20")) == 1


def test_overlaps_are_found_behind_a_longer_recording(tmp_path: Path) -> None:
    tapes.record(tmp_path / "data", tapes.market(300), run="long")
    home = home_with(tmp_path, ("DOLK20", "short", 400), ("DOLK20", "inside", 100))
    entries = scan(home)[0]
    with pytest.raises(DataError, match=r"run long .* run inside"):
        refuse_shared(entries)


def test_history_of_a_warm_start_does_not_overlap(tmp_path: Path) -> None:
    """The second run of a day asks for the prints of the first one's hours before it goes on."""
    first, second = tapes.market(60), tapes.market(60, at_s=100)
    past = tapes.history(first)
    home = Home(tmp_path)
    tapes.record(home.data, first, run="a")
    tapes.record(home.data, np.concatenate([past, second]), run="b")
    assert [entry.run for entry in sessions(home)] == ["a", "b"]

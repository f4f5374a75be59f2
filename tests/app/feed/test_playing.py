"""A recording as the exchange's market: which files, what is traded and when, and what contradicts it."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from app.replay import files

from qt_app.calendar import bounds
from qt_app.config import load
from qt_app.errors import ConfigError, DataError
from qt_app.feed import playing
from qt_app.feed.generated import generated
from qt_app.feed.playing import played, siblings
from qt_app.feed.profit import exchange_library
from qt_app.feed.traded import Traded
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.replay.play import play_events, write_play
from qt_app.replay.reader import read_events
from qt_app.replay.recorder import Recorder
from qt_app.replay.recording import read_recording
from qt_core._types import EVENT_DTYPE, NO_PRICE, Flag, Kind
from qt_core.dll import Dll
from qt_core.ring import Ring

DAY = dt.date(2020, 4, 2)


@pytest.fixture(autouse=True)
def no_recording_is_left() -> Iterator[None]:
    yield
    Dll(exchange_library()).sim_set("play", "")


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    files.write(tmp_path / "wdok20_l1.parquet", "l1", files.l1())
    return files.write(tmp_path / "wdok20_trades.parquet", "trades", files.trades())


def market(path: Path, until: dt.time | None = None, **keys: str) -> Traded:
    given = {name.replace("__", "."): value for name, value in keys.items()}
    config = load(Home(path.parent), {"simulator.play": str(path), **given}, environ={})
    return played(config, exchange_library(), path.parent / "cache", until)


def playing_now() -> int:
    return Dll(exchange_library()).sim_stat("playing")


def test_the_files_of_a_recording_are_found_by_one_of_them(tape: Path) -> None:
    assert siblings(tape) == siblings(tape.with_name("wdok20_l1.parquet")) == {
        "trades": tape, "l1": tape.with_name("wdok20_l1.parquet")}


def test_a_contract_is_traded_in_its_own_session(tape: Path) -> None:
    found = market(tape)
    assert found.contract == instrument("WDOK20") and found.calendar == "b3"
    assert np.array_equal(found.sessions, [bounds("WDO", DAY)])
    assert next(iter(found.settings)) == "play" and Path(found.settings["play"]).parent == tape.parent / "cache"
    assert playing_now() == 1


def test_another_market_is_open_from_its_first_to_its_last_event(tmp_path: Path) -> None:
    coins = files.trades() | {"qty": np.full(400, 0.001)}
    found = market(files.write(tmp_path / "btcusdt_trades.parquet", "trades", coins))
    assert (found.sessions, found.calendar) == (None, "none")
    # the interface counts whole contracts: a lot takes the place of one, and money follows
    assert (found.contract.symbol, found.contract.exchange, found.contract.qty_step) == ("BTCUSDT", "B", (1, 1))
    assert found.contract.point_value_brl == pytest.approx(0.001)


@pytest.mark.parametrize(("hours", "calendar"), [
    (None, "none"), (bounds("WDO", DAY), "b3"),
    ((files.T0 - 1800 * files.SECOND, files.T0 + 3600 * files.SECOND), "09:30-11:00 America/Sao_Paulo")])
def test_a_ready_file_brings_its_hours(tape: Path, hours: tuple[int, int] | None, calendar: str) -> None:
    path = tape.with_name("ready.qtplay")
    write_play(path, read_events(tape), hours)
    found = market(path)
    assert found.calendar == calendar and found.contract.symbol == "WDOK20"
    assert found.settings["play"] == str(path)
    assert hours is None or np.array_equal(found.sessions, [hours])


def test_a_recorded_run_is_played_without_what_its_book_refused(tmp_path: Path) -> None:
    events, ring = np.zeros(5, EVENT_DTYPE), Ring(128)
    events["kind"] = [Kind.HISTORY, Kind.HISTORY, Kind.HISTORY, Kind.ORDER, Kind.TRADE]
    events["ts_ns"] = files.T0 + np.arange(5)
    events["price"], events["qty"], events["code"], events["side"] = 10_500, 1, 2, 1
    events["id"] = [10, 20, 0, 0, 20]
    events["price"][2], events["qty"][2], events["flags"][2] = NO_PRICE, 0, Flag.DONE     # the backfill's end
    recorder = Recorder(tmp_path / "data", "WDOK20", ring, tick=(1, 2), qty_step=(1, 1), synthetic=False)
    ring.push(events)
    recorder.start()
    recorder.stop()
    found = market(tmp_path / "data")
    assert play_events(read_recording(tmp_path / "data"))["id"].tolist() == [10, 20]
    assert found.contract.symbol == "WDOK20" and found.first_ns == files.T0


def test_history_reaches_back_to_the_first_event(tape: Path) -> None:
    found = market(tape, simulator__start="10:02")
    assert found.settings["start"] == "10:02:00"
    assert found.history_from(files.T0 + 120 * files.SECOND) == files.T0
    assert found.history_from(files.T0 - files.SECOND) is None


def test_the_market_ends_where_it_is_told_to(tape: Path) -> None:
    assert market(tape, dt.time(10, 3)).settings["until"] == "10:03:00"


@pytest.mark.parametrize(("keys", "until", "reason"), [
    ({"trading__symbol": "WIN"}, None, "trading.symbol WIN is not what was recorded, WDOK20"),
    ({"trading__symbol": "WDOJ20"}, None, "WDOJ20 is not what was recorded"),
    ({"simulator__day": "2026-11-19"}, None, "2026-11-19 is not the day that was recorded, 2020-04-02"),
    ({"simulator__start": "09:59"}, None, "09:59 is outside the recording, 10:00:00 to 10:06:39"),
    ({"simulator__start": "10:07"}, None, "10:07 is outside the recording"),
    ({"simulator__activity": "2"}, None, "simulator.activity 2 is for the generated market"),
    ({}, dt.time(10, 0), "--until 10:00 is not after"),
    ({"simulator__start": "10:03"}, dt.time(10, 2), "--until 10:02 is not after the market's beginning at 10:03:00"),
])
def test_settings_that_contradict_the_recording_are_refused(tape: Path, keys: dict[str, str], until: dt.time | None,
                                                            reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        market(tape, until, **keys)


def test_settings_that_agree_with_the_recording_are_taken(tape: Path) -> None:
    agreed = {"trading__symbol": "WDO", "simulator__day": "2020-04-02", "simulator__start": "10:00"}
    assert market(tape, **agreed).contract.symbol == "WDOK20"


def test_a_real_library_plays_nothing(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "is_simulated", lambda library: False)
    with pytest.raises(ConfigError, match="is none: leave --play out"):
        market(tape)


def test_a_recording_of_several_days_is_refused(tmp_path: Path) -> None:
    path = files.write(tmp_path / "wdok20_trades.parquet", "trades", files.trades(gap_ns=600 * files.SECOND))
    with pytest.raises(DataError, match="events in 2 sessions, and the exchange plays one"):
        market(path)


def test_files_that_are_no_recording_are_refused(tape: Path) -> None:
    cut, other = tape.with_name("cut.qtplay"), tape.with_name("candles_m5.parquet")
    write_play(cut, read_events(tape))
    cut.write_bytes(cut.read_bytes()[:-1])
    tape.rename(other)
    for path, reason in ((cut, "shorter or longer than its header says"), (other, "does not say what it holds"),
                         (tape, "no such recording"), (tape.parent, "holds no recording")):
        with pytest.raises(DataError, match=reason):
            market(path)
    assert playing_now() == 0


def test_the_generated_market_comes_back_after_a_recording(tape: Path) -> None:
    market(tape)
    for key, value in generated(load(Home(tape.parent), environ={}), dt.date(2026, 11, 23), None).settings.items():
        Dll(exchange_library()).sim_set(key, value)
    assert playing_now() == 0

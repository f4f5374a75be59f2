"""Sources: which market they play, and a warm start whose history stops coming."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qt_app.assembly import build_engine
from qt_app.config import Config, load
from qt_app.errors import BrokerError, ConfigError
from qt_app.feed import sources
from qt_app.feed.generated import account_file
from qt_app.feed.profit import exchange_library
from qt_app.feed.sources import LibrarySource
from qt_app.home import Home

MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(Home(tmp_path), environ={})


def test_the_generated_day_is_the_last_session_before_today(config: Config, tmp_path: Path) -> None:
    source = LibrarySource(config, simulated=True, today=MONDAY, cache=tmp_path)
    opened = int(source.market.sessions[0, 0]) // sources.NS
    assert dt.datetime.fromtimestamp(opened, dt.UTC).date() == dt.date(2026, 11, 19)   # the 20th is a holiday
    assert source.market.instrument.symbol == "WDOZ26"
    assert source.market.synthetic


def test_a_day_without_a_session_is_refused(tmp_path: Path) -> None:
    config = load(Home(tmp_path), {"simulator.day": "2026-11-21"}, environ={})
    with pytest.raises(ConfigError, match="no trading day"):
        LibrarySource(config, simulated=True, today=MONDAY, cache=tmp_path)


def test_profit_without_a_path_is_refused(config: Config, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PROFIT_DLL_PATH"):
        LibrarySource(config, simulated=False, today=MONDAY, cache=tmp_path)


def test_a_history_that_stops_coming_is_not_waited_for(config: Config, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(sources, "monotonic", lambda: now[0])
    monkeypatch.setattr(sources.trampolines, "history", lambda symbol: (False, 5, 0))
    source = LibrarySource(config, simulated=True, today=MONDAY, cache=tmp_path)
    engine = build_engine(config, source.market.instrument, source.market.sessions)
    engine.begin_backfill()
    source.pump(engine)
    now[0] += sources.HISTORY_PATIENCE_S
    source.pump(engine)
    assert engine.backfilling
    now[0] += 1.0
    source.pump(engine)
    assert not engine.backfilling


def test_a_simulated_exchange_named_by_its_path_is_marked_too(tmp_path: Path) -> None:
    config = load(Home(tmp_path), {"feed.dll_path": str(exchange_library())}, environ={})
    assert LibrarySource(config, simulated=False, today=MONDAY, cache=tmp_path).market.synthetic


def test_a_library_that_is_none_is_refused(tmp_path: Path) -> None:
    config = load(Home(tmp_path), {"feed.dll_path": str(tmp_path / "ProfitDLL64.dll")}, environ={})
    with pytest.raises(BrokerError, match=r"ProfitDLL64\.dll"):
        LibrarySource(config, simulated=False, today=MONDAY, cache=tmp_path)


def test_a_simulator_account_is_always_found_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    home.exchange_account.write_bytes(b"kept")
    config = load(home, {"trading.mode": "simulator"}, environ={})
    assert account_file(config, home, recovering=False) == home.exchange_account
    assert home.exchange_account.read_bytes() == b"kept"


def test_a_paper_market_goes_on_at_its_clock_only_after_a_crash(config: Config, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    home.exchange_clock.write_bytes(b"kept")
    assert account_file(config, home, recovering=True).read_bytes() == b"kept"
    assert not account_file(config, home, recovering=False).exists()

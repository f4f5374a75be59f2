"""The market that a simulated exchange is asked to make: its day, its hours, its pace and its faults."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

from qt_app.calendar import SAO_PAULO, bounds, is_session, root_of, session_before, session_on_or_after
from qt_app.config import Config
from qt_app.errors import ConfigError
from qt_app.feed.profit import is_simulated
from qt_app.feed.traded import Traded, by_calendar, contract_of
from qt_app.home import Home
from qt_core.dll import Dll

NS = 1_000_000_000


def market_day(config: Config, today: dt.date) -> dt.date:
    """The generated session's day: as configured, else the last session before today."""
    if config.simulator.day is None:
        return session_before(today)
    day = dt.date.fromisoformat(config.simulator.day)
    if not is_session(day):
        raise ConfigError(f"simulator.day {day} is no trading day of B3; the next one is {session_on_or_after(day)}")
    return day


def generated(config: Config, today: dt.date, until: dt.time | None) -> Traded:
    """The generated market. Raises ConfigError for a day, a time or a symbol that cannot be."""
    day = market_day(config, today)
    return by_calendar(config, day, settings(config, contract_of(config, day).symbol, day, until))


def settings(config: Config, symbol: str, day: dt.date, until: dt.time | None) -> dict[str, str]:
    """The exchange's side channel: what market it makes."""
    s = config.simulator
    opened, closed = (dt.datetime.fromtimestamp(ns // NS, SAO_PAULO) for ns in bounds(root_of(symbol), day))
    _check_hours(s.start, until, closed)
    # play first: an earlier run of this process may have left a recording
    wanted = {"play": "", "seed": str(s.seed), "day": day.isoformat(), "start": f"{s.start}:00",
              "speed": f"{s.speed:g}", "activity": f"{s.activity:g}", "symbol": symbol,
              "open": f"{opened:%H:%M:%S}", "close": f"{closed:%H:%M:%S}",
              # Held until everything is subscribed: no run misses an event, and the same seed gives the same run.
              "hold": "1"}
    return wanted if until is None else wanted | {"until": f"{until:%H:%M:%S}"}


def faults(config: Config, library: Path) -> dict[str, str]:
    """The fault script of the simulated exchange, read and checked before anything runs. Raises ConfigError."""
    if config.simulator.faults is None:
        return {"faults": ""}    # nor those of an earlier run of this process
    if not is_simulated(library):
        raise ConfigError(f"simulator.faults makes a simulated exchange hostile, {library} is none: leave --faults out")
    path = Path(config.simulator.faults)
    try:
        Dll(library).sim_faults(path.read_text(encoding="utf-8"), check=True)
    except UnicodeDecodeError as error:
        line = error.object[:error.start].count(b"\n") + 1
        raise ConfigError(f"{path}: line {line}: not UTF-8 text: save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"the fault script {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    return {"faults": str(path)}


def account_file(config: Config, home: Home, *, recovering: bool) -> Path:
    """Where the simulated exchange keeps what outlives its client: accounts, orders and the market's clock.

    A simulator account is found again by every start. With the paper account only the clock matters, and only a
    restart after a crash goes on with it: any other start begins the market where the configuration says.
    """
    if config.trading.mode != "paper":
        return home.exchange_account
    if not recovering:
        home.exchange_clock.unlink(missing_ok=True)
    return home.exchange_clock


def _check_hours(start: str, until: dt.time | None, closed: dt.datetime) -> None:
    """A generated session that would be over before it begins is a mistake."""
    if start >= f"{closed:%H:%M}":
        raise ConfigError(f"simulator.start {start} is not before the session's close at {closed:%H:%M}")
    if until is not None and f"{until:%H:%M}" <= start:
        raise ConfigError(f"--until {until:%H:%M} is not after simulator.start {start}")

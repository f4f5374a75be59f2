"""A recording as the simulated exchange's market: which files it is, what it trades and when, where it is joined."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qt_app.config import Config
from qt_app.errors import ConfigError, DataError
from qt_app.feed.profit import is_simulated
from qt_app.feed.traded import Traded
from qt_app.instruments import Instrument
from qt_app.replay.grid import contract
from qt_app.replay.hours import SessionSpec
from qt_app.replay.play import PlayFile, read_play, write_play
from qt_app.replay.reader import Recording, Sessions, read_events
from qt_app.replay.recording import read_recording
from qt_app.replay.run import sessions_of
from qt_app.zone import SAO_PAULO
from qt_core.dll import Dll

NS = 1_000_000_000
#: The exchange's clock, on every day.
BRASILIA = dt.timezone(dt.timedelta(hours=-3))
KINDS = ("trades", "book", "l1")


@dataclass(frozen=True, slots=True)
class Played:
    """A recording in the form that the exchange plays; times are UTC ns."""

    path: Path
    file: PlayFile
    sessions: Sessions | None
    calendar: str

    @property
    def contract(self) -> Instrument:
        return self.file.contract

    @property
    def day(self) -> dt.date:
        return _clock(self.file.first_ns).date()


def played(config: Config, library: Path, cache: Path, until: dt.time | None) -> Traded:
    """The market of ``simulator.play``.

    Raises DataError for a recording that cannot be played, ConfigError for a library that is no simulated exchange
    and for settings that contradict the recording.
    """
    assert config.simulator.play is not None
    if not is_simulated(library):
        raise ConfigError(f"simulator.play is the market of a simulated exchange, {library} is none: leave --play out")
    play = prepare(Path(config.simulator.play), library, cache)
    _refuse_other_market(config, play)
    start, end = _joined(config, play), _ended(play, until)
    _refuse_empty(play, start, end)
    s = config.simulator
    # play first: it takes back what an earlier market was told
    wanted = {"play": str(play.path), "seed": str(s.seed), "speed": f"{s.speed:g}", "hold": "1"}
    wanted |= {} if start is None else {"start": f"{start:%H:%M:%S}"}
    wanted |= {} if end is None else {"until": f"{end:%H:%M:%S}"}
    return Traded(play.contract, play.sessions, play.calendar, wanted, play.file.first_ns)


# ---- the recording


def prepare(path: Path, library: Path, cache: Path) -> Played:
    """The recording as a file that the exchange takes; written into ``cache`` unless it is one. Raises DataError."""
    if not path.exists():
        raise DataError(f"{path}: no such recording; give a folder that qt recorded, a NAME_trades.parquet or a "
                        ".qtplay file")
    if path.suffix == ".qtplay":
        file = _taken(path, library)
        return Played(path, file, *_hours(file))
    recording = _read(path)
    sessions, calendar = _sessions(recording)
    target = cache / "play.qtplay"
    write_play(target, recording, _session(path, recording, sessions))
    return Played(target, _taken(target, library), sessions, calendar)


def _read(path: Path) -> Recording:
    if path.is_dir():
        return read_recording(path)
    files = siblings(path)
    return read_events(files.get("trades"), files.get("book"), files.get("l1"))


def siblings(path: Path) -> dict[str, Path]:
    """The files of one recording by kind: NAME_trades, NAME_book and NAME_l1 that lie together.

    Raises DataError when the name says no kind.
    """
    name, _, kind = path.stem.rpartition("_")
    if path.suffix != ".parquet" or kind not in KINDS:
        raise DataError(f"{path}: the name does not say what it holds; name it NAME_trades.parquet, NAME_book.parquet "
                        "or NAME_l1.parquet")
    files = {one: path.with_name(f"{name}_{one}.parquet") for one in KINDS}
    return {one: file for one, file in files.items() if file.is_file()}


def _sessions(recording: Recording) -> tuple[Sessions | None, str]:
    """As recorded, else the exchange's; a symbol of another market has no hours that are known."""
    if "sessions" in recording.metadata or contract(recording.symbol) is not None:
        return sessions_of(recording)
    return None, "none"


def _session(path: Path, recording: Recording, sessions: Sessions | None) -> tuple[int, int] | None:
    """The one session that the recording covers; None without bounds. Raises DataError for none or several."""
    if sessions is None:
        return None
    stamps = recording.events["ts_ns"]
    found = [(int(opened), int(closed)) for opened, closed in sessions
             if ((stamps >= opened) & (stamps < closed)).any()]
    if len(found) != 1:
        raise DataError(f"{path}: it has events in {len(found)} sessions, and the exchange plays one: cut out the "
                        "hours of one day")
    return found[0]


def _taken(path: Path, library: Path) -> PlayFile:
    """Checked by the exchange itself, whole, before anything runs."""
    try:
        Dll(library).sim_set("play", str(path))
    except ValueError as error:
        raise DataError(str(error)) from error
    return read_play(path)


def _hours(file: PlayFile) -> tuple[NDArray[np.int64] | None, str]:
    """Sessions and the calendar's name of a ready file: the exchange's when its hours are those, else its own."""
    if file.session is None:
        return None, "none"
    opened, closed = file.session
    mine = np.array([[opened, closed]], dtype=np.int64)
    try:
        usual = SessionSpec("b3", SAO_PAULO).sessions(file.contract.symbol, opened, closed)
    except DataError:
        usual = None
    if usual is not None and np.array_equal(mine, usual):
        return mine, "b3"
    times = (dt.datetime.fromtimestamp(ns // NS, SAO_PAULO) for ns in file.session)
    return mine, f"{'-'.join(f'{time:%H:%M}' for time in times)} {SAO_PAULO.key}"


# ---- what the configuration says beside it


def _given(config: Config, path: str) -> bool:
    return config.origin(path) != "default"


def _refuse_other_market(config: Config, play: Played) -> None:
    symbol, s, recorded = config.trading.symbol, config.simulator, play.contract
    if _given(config, "trading.symbol") and symbol not in (recorded.symbol, recorded.root):
        raise ConfigError(f"trading.symbol {symbol} is not what was recorded, {recorded.symbol}: leave --symbol out")
    if s.day is not None and s.day != play.day.isoformat():
        raise ConfigError(f"simulator.day {s.day} is not the day that was recorded, {play.day}: leave --day out")
    if _given(config, "simulator.activity"):
        raise ConfigError(f"simulator.activity {s.activity:g} is for the generated market, a recording is as busy as "
                          "it was: leave --activity out")


def _joined(config: Config, play: Played) -> dt.datetime | None:
    """Where the market is joined; None for its beginning. Raises ConfigError outside the recording."""
    if not _given(config, "simulator.start"):
        return None
    start = _at(play, dt.time.fromisoformat(config.simulator.start))
    first, last = _clock(play.file.first_ns), _clock(play.file.last_ns)
    if not first.replace(second=0, microsecond=0) <= start < last:
        raise ConfigError(f"simulator.start {start:%H:%M} is outside the recording, {first:%H:%M:%S} to "
                          f"{last:%H:%M:%S}: leave --start-time out to play all of it")
    return start if start > first else None


def _ended(play: Played, until: dt.time | None) -> dt.datetime | None:
    return None if until is None else _at(play, until)


def _refuse_empty(play: Played, start: dt.datetime | None, end: dt.datetime | None) -> None:
    begins = start or _clock(play.file.first_ns)
    if end is not None and end <= begins:
        raise ConfigError(f"--until {end:%H:%M} is not after the market's beginning at {begins:%H:%M:%S}")


def _clock(ts_ns: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(ts_ns / NS, BRASILIA)


def _at(play: Played, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(play.day, time, BRASILIA)

"""What to look at before the market opens; ``qt start`` belongs a quarter of an hour before it."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from qt_app import calendar
from qt_app.config import Config
from qt_app.config.values import Problem
from qt_app.errors import ExitCode, NotRunningError, QtError, TimedOutError
from qt_app.home import Home
from qt_app.journal.reader import Reader
from qt_app.logs.parts import every_part
from qt_app.risk.latch import HALT, Latch
from qt_app.services import doctor
from qt_app.services.control import ControlClient
from qt_app.services.finding import Finding
from qt_app.services.lock import running
from qt_app.zone import SAO_PAULO

#: The system is up this long before the open.
AHEAD = dt.timedelta(minutes=15)


def before_open(home: Home, config: Config, problems: list[Problem], now: dt.datetime) -> list[Finding]:
    """Every point, in the order of the manual. ``problems``: of the configuration that ``config`` was read from."""
    day = now.astimezone(SAO_PAULO).date()
    return [*connection(home, config), doctor.disk(home), old_logs(home, config, day), *risk(config, problems),
            *halt(home), doctor.model(home, config), doctor.sessions(config, day), start(home, config, now)]


def connection(home: Home, config: Config) -> Iterator[Finding]:
    """To the market: proven by the running engine, else what it will need is there."""
    if running(home) is None:
        missing = list(doctor.credentials(config))
        yield from missing
        found = doctor.library(config, None)
        yield found if found.verdict != "ok" or missing else Finding(
            "connection", "ok", f"{found.name} loads; the engine proves the connection once it runs")
        return
    try:
        feed = ControlClient(home).call("status")["feed"]
    except (NotRunningError, TimedOutError) as error:
        yield Finding("connection", "fail", f"the engine does not answer: {error}", "look at `qt logs --level ERROR`",
                      ExitCode.TIMEOUT)
        return
    if feed["connected"]:
        yield Finding("connection", "ok", f"{feed['source']} is connected")
    else:
        yield Finding("connection", "fail", f"{feed['source']} is {feed['state']}", "look at `qt logs --component "
                      "Feed`, and try the library with `qt doctor --dll PATH`", ExitCode.BROKER)


def old_logs(home: Home, config: Config, day: dt.date) -> Finding:
    """What the rotation would have removed, had an engine run."""
    found = every_part(home.logs)
    size = sum(part.path.stat().st_size for part in found) / 2**20
    old = [part for part in found if config.log.keep_days and (day - part.day).days > config.log.keep_days]
    if old:
        return Finding("old logs", "warn", f"{len(old)} of {len(found)} files are older than {config.log.keep_days} "
                       f"days; all together take {size:.1f} MB", "remove them with `qt clean --yes`")
    return Finding("old logs", "ok", f"none: {len(found)} files take {size:.1f} MB")


def risk(config: Config, problems: list[Problem]) -> Iterator[Finding]:
    """The limits that will hold today, to be read by a person; none of them holds while the configuration is wrong."""
    for problem in problems:
        yield Finding("risk", "fail", str(problem), "correct it and run `qt config check`", ExitCode.CONFIG)
    if problems:
        return
    r = config.risk
    words = (f"{config.trading.mode}, at most {r.max_position} contracts, {r.max_daily_trades} entries, loss of "
             f"the day R$ {r.max_daily_loss_brl:.2f}, stop {r.stop_loss:.2%}, confidence from {r.min_confidence:g}")
    loose = [name for name, off in (("risk.max_losses_in_row", r.max_losses_in_row == 0),
                                    ("risk.take_profit", r.take_profit == 0)) if off]
    if config.trading.mode != "paper" and loose:
        yield Finding("risk", "warn", f"{words}; switched off: {', '.join(loose)}",
                      "set them, or go on knowing that they do not hold")
    else:
        yield Finding("risk", "ok", words)


def halt(home: Home) -> Iterator[Finding]:
    """A halt that was latched goes on today."""
    if not home.journal.is_file():
        return
    try:
        with Reader(home.journal) as reader:
            facts = reader.facts(HALT)
    except QtError as error:
        yield Finding("journal", "fail", str(error), "restore a backup with `qt restore`", error.code)
        return
    latch = Latch.of({HALT: facts[-1]}) if facts else None
    if latch is None:
        yield Finding("halt", "ok", "none")
    else:
        yield Finding("halt", "warn", f"{latch.kind} since {latch.at} by {latch.by}: {latch.reason or 'no reason'}",
                      "nothing is entered until `qt resume`")


def start(home: Home, config: Config, now: dt.datetime) -> Finding:
    """Whether the engine is up in time."""
    local = now.astimezone(SAO_PAULO)
    try:
        contract = calendar.resolve_symbol(config.trading.symbol, local.date())
        session = calendar.session_on_or_after(local.date())
        opened, closed = (dt.datetime.combine(session, time, SAO_PAULO) for time in calendar.hours(contract, session))
    except QtError as error:
        return Finding("start", "fail", str(error), "set trading.symbol to WDO, WIN, or one of their contracts",
                       error.code)
    owner = running(home)
    if owner is not None:
        return Finding("start", "ok", f"running as process {owner.pid} for {owner.uptime_s / 60:.0f} minutes")
    if local > closed:
        return Finding("start", "ok", "today's session is over")
    if local < opened - AHEAD:
        when = f"opens on {opened:%Y-%m-%d at %H:%M}: start by {opened - AHEAD:%H:%M}"
        return Finding("start", "ok", f"{contract} {when}")
    late = "is open since" if local >= opened else "opens at"
    return Finding("start", "warn", f"{contract} {late} {opened:%H:%M} and the engine is not running",
                   "start it now: `qt start --detach`")

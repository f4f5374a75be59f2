"""The topics made for screens, added to a run that broadcasts."""
from __future__ import annotations

from collections.abc import Callable

from qt_app.feed.brokers import BrokerNames, Library
from qt_app.pipeline import Pipeline
from qt_app.services.broadcast import Broadcaster
from qt_app.services.day import DayTeller
from qt_app.services.log import Log
from qt_app.services.log_topic import LogTeller
from qt_app.services.market import MarketTeller


def tell_log(log: Log, out: Broadcaster, moment: Callable[[], tuple[int, int | None]]) -> LogTeller:
    """From now on every line of the log is told."""
    log.on_line = teller = LogTeller(out, moment)
    return teller


def attach(pipeline: Pipeline, out: Broadcaster | None, log: LogTeller | None, link: Library | None) -> None:
    """After the outputs that say what was decided: a late reader counts on from what it is told.

    ``link`` knows the names of brokers.
    """
    if out is not None and log is not None:
        pipeline.outputs += [MarketTeller(pipeline, out, BrokerNames(link).of), DayTeller(pipeline, out, log.newest)]

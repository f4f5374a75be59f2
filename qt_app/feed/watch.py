"""Looks after a run's feed: stale or fresh, up or down, whole or with a gap. On the engine's thread.

What it decides that changes decisions goes into the stream as CONTROL events, so that a replay repeats it.
"""
from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import numpy as np

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.config import Config
from qt_app.feed.connection import Act, Connection, History, Look, Patience, Step
from qt_app.feed.connection import Phase as Link
from qt_app.feed.profit import ProfitFeed
from qt_app.feed.sources import Source
from qt_app.pipeline import Pipeline
from qt_app.risk.controls import Cause
from qt_core._types import Control, Phase

NS = 1_000_000_000
#: How long a new image of the book may take before it is asked for again.
RESYNC_S = 5.0


def patience_of(config: Config) -> Patience:
    """The configured waits."""
    feed = config.feed
    return Patience(round(feed.settle_s * NS), round(feed.mute_after_s * NS), round(feed.retry_s * NS),
                    round(feed.retry_max_s * NS), round(feed.hold_s * NS))


class FeedWatch:
    """``control`` injects a CONTROL event of a code and a detail, ``alert`` tells people.

    The way of orders follows its channel by itself.
    """

    def __init__(self, config: Config, source: Source, pipeline: Pipeline, control: Callable[..., None],
                 alert: Tell) -> None:
        self._source = source
        self._pipeline = pipeline
        self._control = control
        self._alert = alert
        self._stale_s = config.risk.stale_after_ms / 1000
        self._moved_s = monotonic()
        self._next_resync_s = 0.0
        self._answered_at = -1
        self._arrived = -1
        self.stale = False
        self.connection = Connection(patience_of(config))

    # ---- what the loop calls

    def moved(self) -> None:
        """Events came."""
        self._moved_s = monotonic()

    @property
    def age_ms(self) -> float:
        """Since the last event, real time."""
        return (monotonic() - self._moved_s) * 1000

    def look(self) -> None:
        """After notices, and whenever there is time."""
        if self._source.link is not None:
            self._follow(self._source.link)
        self._watch_age()

    def act(self) -> None:
        """Every turn of the loop: only what cannot wait until there is time."""
        if self.connection.phase not in (Link.CONNECTING, Link.READY):
            self.look()
        elif self.stale and monotonic() - self._moved_s < self._stale_s:
            self._watch_age()

    def idle(self) -> None:
        """The ring is empty."""
        self.look()
        self._watch_book()

    def close(self) -> None:
        """The run ends: what waits behind a gap belongs into the recording."""
        if self._pipeline.engine.gap:
            self._control(Control.FILLED)

    def state(self) -> tuple[str, bool]:
        """In words, and whether the feed is connected and whole."""
        words, connected = self._source.state()
        phase = self.connection.phase
        if self._source.link is None or phase in (Link.CONNECTING, Link.READY):
            return words, connected
        return self.connection.words, False

    # ---- the connection

    def _follow(self, link: ProfitFeed) -> None:
        for step in self.connection.step(self._seen(link)):
            self._carry_out(step, link)

    def _seen(self, link: ProfitFeed) -> Look:
        now_ns, arrived = self._moment(link)
        states = link.states
        failure = states.failure
        return Look(now_ns, monotonic(), states.data_ready, arrived, self._open(now_ns), self._source.finished(),
                    states.waiting_for(orders=False), "; ".join(failure) if failure else "", states.slow,
                    self._history(link))

    def _moment(self, link: ProfitFeed) -> tuple[int, int]:
        """Market time and what had come by then. A market in fast motion may run between the two readings: silence is
        counted to the time before nothing came, and from the time after something did."""
        now_ns, arrived = link.clock_ns(), link.arrived()
        if arrived != self._arrived:
            self._arrived, now_ns = arrived, link.clock_ns()
        return now_ns, arrived

    def _open(self, now_ns: int) -> bool:
        """Data should flow: by the calendar, and by the trading phase that was told last."""
        sessions = self._source.market.sessions
        inside = sessions is not None and bool(np.any((sessions[:, 0] <= now_ns) & (now_ns < sessions[:, 1])))
        return inside and self._pipeline.engine.market.phase == Phase.OPEN

    def _history(self, link: ProfitFeed) -> History:
        """What came of the answer: all of it once the engine has read everything that was pushed until its end."""
        engine = self._pipeline.engine
        if self.connection.phase is not Link.BACKFILLING:
            return History()
        if self._answered_at < 0 and link.gap.answered():
            self._answered_at = link.ring.pushed
        done = self._answered_at >= 0 and link.ring.pushed - link.ring.fill >= self._answered_at
        return History(done, *engine.collected(), engine.last_print_ns)

    def _carry_out(self, step: Step, link: ProfitFeed) -> None:
        engine = self._pipeline.engine
        if step.act is Act.SAY:
            self._alert(step.code, step.words, {"connection": self.connection.words})
        elif step.act is Act.SHUT:
            self._shut()
        elif step.act is Act.RENEW:
            link.renew()
        elif step.act is Act.ASK:
            self._control(Control.GAP)
            self._answered_at = -1
            link.ask_gap(engine.last_print_ns)
        elif step.act is Act.HALT:
            self._control(Control.REDUCE, Cause.GAP)
        else:
            self._control(Control.FILLED)

    def _shut(self) -> None:
        if not self.stale:
            self.stale = True
            self._control(Control.STALE)
        self._pipeline.engine.lose_book()
        self._pipeline.on_due()
        self._control(Control.GAP)

    # ---- age and book

    def _watch_age(self) -> None:
        """A connected feed that is silent inside the session is stale until it speaks again."""
        engine = self._pipeline.engine
        if engine.backfilling or self.connection.phase not in (Link.CONNECTING, Link.READY):
            return
        age_ms = self.age_ms
        silent = age_ms > self._stale_s * 1000 and engine.market.session_open_ns > 0 and engine.market.is_open
        if silent != self.stale:
            self.stale = silent
            self._control(Control.STALE if silent else Control.FRESH)
            self._alert(Code.FEED_STALE if silent else Code.FEED_FRESH,
                        "feed is stale" if silent else "feed is fresh again", {"age_ms": round(age_ms)})

    def _watch_book(self) -> None:
        """A positional book that fell out of step gets a new image; asking again waits for the answer."""
        engine = self._pipeline.engine
        if engine.needs_resync and not engine.gap and monotonic() >= self._next_resync_s:
            self._next_resync_s = monotonic() + RESYNC_S
            self._source.resync()
            self._alert(Code.BOOK_RESYNC, "book out of step: a new image was asked for", {})

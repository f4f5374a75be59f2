"""What every tab shows, drawn once for all of them: however many look on, the work is the same."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from qt_app.monitor.feed import Feed
from qt_app.monitor.show import account, charts, features, head, health, micro, price, votes
from qt_app.monitor.show.charts import Options
from qt_app.monitor.show.view import View
from qt_app.monitor.state import Link, Mark, Monitor
from qt_app.monitor.text import Text

PERIOD_S = 0.5      # between two drawings
#: Between two looks at whether the engine still talks: its silence shows after ``STALE_S`` and at most this much more.
LOOK_S = 0.1

Draw = Callable[[View], str]
Chart = Callable[[View], Options]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page: ``name`` is its key and its title's word, ``topic`` what its age is that of."""

    name: str
    topic: str
    draw: Draw | None = None
    chart: Chart | None = None
    alt: str = ""       # word that describes the chart
    day: Chart | None = None    # the same over the whole day, for who chooses it


PANELS = (
    Panel("price_panel", "market", chart=price.newest, alt="price_alt", day=price.day),
    Panel("votes_panel", "votes", votes.votes),
    Panel("position_panel", "metrics", account.position),
    Panel("risk_panel", "metrics", account.risk),
    Panel("money_panel", "metrics", account.money, charts.curve, "curve_alt"),
    Panel("alerts_panel", "metrics", health.alerts),
    Panel("book_panel", "market", micro.ladder),
    Panel("depth_panel", "market", micro.balance, charts.depth, "depth_panel"),
    Panel("footprint_panel", "market", micro.footprint),
    Panel("tape_panel", "market", micro.tape),
    Panel("features_panel", "features", features.features),
    Panel("latency_panel", "market", health.latency),
    Panel("health_panel", "metrics", health.health),
)
TOPS: dict[str, Draw] = {"head": head.head, "banner": head.banner, "ribbon": head.ribbon, "tiles": head.tiles}


class Screen:
    """The newest drawing. ``refresh`` is called by one loop, everything else reads."""

    def __init__(self, feed: Feed, text: Text, port: int, clock: Callable[[], float] = monotonic) -> None:
        self.monitor = Monitor()
        self.text = text
        self.html: dict[str, str] = {}
        self.charts: dict[str, Options] = {}
        self._feed = feed
        self._port = port
        self._clock = clock
        self._drawn = -1
        self._link: Link = "waiting"
        self._due_s = 0.0
        self._day_of: tuple[int, Mark | None] | None = None
        #: Of each tab: sends what differs from what it has. Told by the one loop, so that no tab waits for its turn.
        self.tabs: set[Callable[[], None]] = set()
        self.refresh()

    @property
    def view(self) -> View:
        return View(self.monitor, self.text, self._clock(), self._port)

    def look(self) -> None:
        """Called often: refreshes when it is time, and at once when the engine has fallen silent."""
        view = self.view
        if view.now_s >= self._due_s or (self._link == "live" and view.link == "stale"):
            self._due_s = view.now_s + PERIOD_S
            self.refresh()

    def refresh(self) -> None:
        """Takes what has come, draws what is new and shows it in every tab; ages are drawn in any case."""
        for topic, body, now_s in self._feed.new():
            self.monitor.take(topic, body, now_s)
        view = self.view
        self._link = view.link
        self.monitor.look(view.now_s)
        fresh = self.monitor.version != self._drawn
        self._drawn = self.monitor.version
        for name, draw in TOPS.items():
            self.html[name] = draw(view)
        for panel in PANELS:
            self.html[f"{panel.name}.age"] = view.chip(panel.topic)
            if fresh and panel.draw is not None:
                self.html[panel.name] = panel.draw(view)
            if fresh and panel.chart is not None:
                self.charts[panel.name] = panel.chart(view)
            if fresh and panel.day is not None:
                self._draw_day(panel.name, panel.day, view)
        for show in tuple(self.tabs):
            show()

    def _draw_day(self, name: str, draw: Chart, view: View) -> None:
        """A day is much to send: only with a new candle or a new fill."""
        known = view.monitor.bars.until_ns, view.monitor.marks[-1] if view.monitor.marks else None
        if known != self._day_of:
            self._day_of = known
            self.charts[f"{name}.day"] = draw(view)

"""What a panel is drawn from, and the small pieces that panels share."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qt_app.monitor.state import Link, Monitor
from qt_app.monitor.text import Text

#: A panel whose data is older than this is marked, even while the engine talks.
OLD_S = 5.0


@dataclass(frozen=True, slots=True)
class View:
    """The engine as known at ``now_s``, in one language. ``port``: where the engine is listened to."""

    monitor: Monitor
    text: Text
    now_s: float
    port: int

    @property
    def link(self) -> Link:
        return self.monitor.link(self.now_s)

    @property
    def metrics(self) -> Mapping[str, Any]:
        return self.monitor.metrics or {}

    @property
    def market(self) -> Mapping[str, Any]:
        return self.monitor.market or {}

    @property
    def feed_stale(self) -> bool:
        """The engine lives, and its market does not."""
        feed, risk = self.metrics.get("feed"), self.metrics.get("risk")
        if feed is None or risk is None:
            return False
        limit, age = risk["limits"]["stale_after_ms"], feed["age_ms"]
        return not feed["connected"] or "STALE_FEED" in risk["blocks"] or (age is not None and age > limit)

    def ticks(self, ticks: float | None) -> str:
        """A price in ticks, shown in points."""
        return self.points(self.monitor.price(ticks))

    def points(self, value: float | None) -> str:
        instrument = self.market.get("instrument")
        return self.text.number(value, 1 if instrument is None or instrument["tick"][1] > 1 else 0)

    def chip(self, topic: str) -> str:
        """How old a panel's data is."""
        age = self.monitor.age_s(topic, self.now_s)
        if age is None:
            return f'<span class="chip none">{self.text.word("never")}</span>'
        if self.link == "stale":
            return f'<span class="chip stale">■ {self.text.word("stale")} · {self.text.span(age)}</span>'
        if age > OLD_S:
            return f'<span class="chip old">▲ {self.text.word("age", age=self.text.span(age))}</span>'
        return f'<span class="chip live">● {self.text.word("live")}</span>'


def table(head: Iterable[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table of cells that are HTML already; a cell may bring its own ``<td``."""
    titles = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join("<tr>" + "".join(c if c.startswith("<td") else f"<td>{c}</td>" for c in row) + "</tr>"
                   for row in rows)
    top = f"<thead><tr>{titles}</tr></thead>" if titles else ""
    return f'<table class="{kind}">{top}<tbody>{body}</tbody></table>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in pairs)
    return f'<dl class="facts">{rows}</dl>'


def side_class(value: float | None) -> str:
    """The colour of a sign: blue up, orange down."""
    return "up" if value is not None and value > 0 else "down" if value is not None and value < 0 else "even"


def arrow(side: int) -> str:
    """The shape of a side, so that colour never has to tell it."""
    return '<span class="up">▲</span>' if side > 0 else '<span class="down">▼</span>' if side < 0 else "·"


def meter(name: str, shown: str, share: float | None) -> str:
    """A bar from empty to its limit; it warns from three quarters on."""
    width = 0.0 if share is None else min(1.0, max(0.0, share)) * 100
    kind = "full" if width >= 100 else "near" if width >= 75 else ""
    return (f'<div class="meter {kind}"><span>{name}</span><b>{shown}</b>'
            f'<i><i style="width:{width:.0f}%"></i></i></div>')


def spark(values: Sequence[float | None], width: int = 84, height: int = 18) -> str:
    """A small line; unknown values leave a hole."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return f'<svg class="spark" viewBox="0 0 {width} {height}" aria-hidden="true"></svg>'
    low, high = min(known), max(known)
    scale = (height - 4) / (high - low) if high > low else 0.0
    step = width / max(1, len(values) - 1)
    path, pen = [], "M"
    for i, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        y = height - 2 - (value - low) * scale if scale else height / 2
        path.append(f"{pen}{i * step:.0f} {y:.0f}")
        pen = "L"
    return (f'<svg class="spark" viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true">'
            f'<path d="{"".join(path)}"/></svg>')

"""How the engine itself is: where the time of a decision goes, what came in and what was lost, what it complains of."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from html import escape
from typing import Any

from qt_app.catalogue import remedy
from qt_app.monitor.show.view import View, facts, spark, table
from qt_app.monitor.text import marked
from qt_app.zone import SAO_PAULO


def latency(view: View) -> str:
    """A row per stage, a column per class of duration; the darker, the more decisions fell there."""
    t, told = view.text, view.market.get("latency")
    if told is None:
        return f'<p class="empty">{t.word("never")}</p>'
    ends = told["classes_us"]
    head = (t.word("lat_stage"), t.word("p50"), t.word("p99"), *(_class(view, end) for end in ends),
            f"&gt; {_class(view, ends[-1])[2:]}")
    rows = [_stage(view, name, stage) for name, stage in told["stages"].items()]
    name = t.word("latency_panel")
    return f'<div class="wide" role="group" aria-label="{name}" tabindex="0">{table(head, rows, "heat")}</div>'


def _class(view: View, end_us: float) -> str:
    return f"≤ {view.text.number(end_us / 1000)} ms" if end_us >= 1000 else f"≤ {view.text.number(end_us)} µs"


def _stage(view: View, name: str, stage: Mapping[str, Any]) -> list[str]:
    total = sum(stage["counts"])
    cells = [f'<td class="cell" style="--share:{count / total if total else 0:.3f}" title="{count}">'
             f'{_part(view, count, total)}</td>' for count in stage["counts"]]
    return [f"<b>{view.text.known(f'lat.{name}', name)}</b>", _us(view, stage["p50"]), _us(view, stage["p99"]), *cells]


def _part(view: View, count: int, total: int) -> str:
    if not count:
        return ""
    return view.text.share(count / total) if count * 200 >= total else f"&lt; {view.text.share(0.01)}"


def _us(view: View, us: float | None) -> str:
    if us is None:
        return '<td class="num">–</td>'
    shown = f"{view.text.number(us / 1000, 2)} ms" if us >= 1000 else f"{view.text.number(us)} µs"
    return f'<td class="num">{shown}</td>'


def health(view: View) -> str:
    t, d, m = view.text, view.metrics, view.monitor
    if not d:
        return f'<p class="empty">{t.word("never")}</p>'
    feed, process = d["feed"], d["process"]
    link = t.word("connected") if feed["connected"] else f'<b class="warn">{t.word("disconnected")}</b>'
    lost = process["queue_depths"].get("broadcast_dropped")
    return (f'<div class="pace"><span>{t.word("events_per_s")}</span>{spark(tuple(m.pace), 240, 36)}'
            f'<b>{t.number(m.pace[-1] if m.pace else None)}</b></div>' + facts((
                (t.word("feed"), f"{escape(str(feed['source']))}, {link}"),
                (t.word("dropped"), _bad(view, feed["dropped"])),
                (t.word("refused"), _bad(view, sum(feed["refused"].values()))),
                (t.word("broadcast_lost"), _bad(view, lost)), (t.word("reader_lost"), _bad(view, m.missed)),
                (t.word("reader_bad"), _bad(view, m.bad)),
                (t.word("memory"), f"{t.number(process['rss_mb'])} MB"),
                (t.word("disk"), f"{t.number(process['disk_free_gb'], 1)} GB"),
                (t.word("uptime"), t.span(d["uptime_s"])), (t.word("restarts"), _bad(view, d["restarts"])),
                (t.word("supervisor"), _supervisor(view, process["supervisor"])),
                (t.word("model"), _model(view)))))


def _bad(view: View, count: int | None) -> str:
    shown = view.text.number(count)
    return f'<b class="warn">▲ {shown}</b>' if count else shown


def _supervisor(view: View, told: Mapping[str, Any]) -> str:
    if told["pid"] is None:
        return view.text.word("without")
    return view.text.word("alive") if told["alive"] else f'<b class="warn">▲ {view.text.word("gone")}</b>'


def _model(view: View) -> str:
    model = view.metrics["model"]
    if model is None:
        return "–"
    made = f' <em>({view.text.word("synthetic_model")})</em>' if model["synthetic"] else ""
    return f'<span class="id">{escape(str(model["id"]))}</span>{made}'


def alerts(view: View) -> str:
    t, told = view.text, view.metrics.get("alerts")
    if told is None:
        return f'<p class="empty">{t.word("never")}</p>'
    if not told["active"]:
        return f'<p class="empty good">✓ {t.word("no_alerts")}</p>'
    return "".join(_alert(view, alert) for alert in told["active"])


def _alert(view: View, alert: Mapping[str, Any]) -> str:
    t, code = view.text, str(alert["code"])
    try:
        what = marked(escape(remedy(code, t.language)))
    except KeyError:
        what = ""
    since = dt.datetime.fromisoformat(alert["since"]).astimezone(SAO_PAULO).strftime("%H:%M:%S")
    help_ = f"<p>{t.word('what_to_do')}: {what}</p>" if what else ""
    return (f'<div class="alert {str(alert["level"]).lower()}"><b>{_sign(str(alert["level"]))} {t.meaning(code)}</b>'
            f'<small>{t.word("since", time=since)} · {escape(code)}</small><p>{escape(str(alert["message"]))}</p>'
            f'{help_}</div>')


def _sign(level: str) -> str:
    return {"CRITICAL": "■", "ERROR": "▲", "WARNING": "△"}.get(level, "●")

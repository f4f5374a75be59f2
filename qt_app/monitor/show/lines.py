"""The live stream, filtered."""
from __future__ import annotations

from html import escape

from qt_app.monitor.show.view import View
from qt_app.monitor.stream import Filter, Line
from qt_app.zone import SAO_PAULO

SHOWN = 120
SIGNS = {"CRITICAL": "■", "ERROR": "▲", "WARNING": "△", "SIGNAL": "◆"}


def lines(view: View, wanted: Filter | None = None) -> str:
    """Newest first; the text is looked for in what is shown, ``#123`` finds a trace."""
    t, found = view.text, []
    wanted = wanted or Filter()
    text = wanted.text.strip().casefold()
    for line in reversed(view.monitor.stream.lines):
        if not wanted.takes(line):
            continue
        words = t.line(line, view.monitor.points)
        if text in f"{words} {line.component} {line.level} {_trace(line)}".casefold():
            found.append(_row(view, line, words))
        if len(found) == SHOWN:
            break
    if not found:
        return f'<p class="empty">{t.word("no_lines")}</p>'
    return f'<div class="lines" role="log" tabindex="0" aria-label="{t.word("stream_panel")}">{"".join(found)}</div>'


def _trace(line: Line) -> str:
    return "" if line.trace is None else f"#{line.trace}"


def _time(view: View, line: Line) -> str:
    """Event time; of a log's line from before the first event the computer's."""
    if line.ts_ns is None and line.kind == "log":
        return f'{line.data["at"].astimezone(SAO_PAULO):%H:%M:%S}'
    return view.text.clock(line.ts_ns)


def _row(view: View, line: Line, words: str) -> str:
    t = view.text
    kind = escape(line.component) if line.kind == "log" else t.word(f"kind.{line.kind}")
    return (f'<div class="line of-{line.kind} {escape(line.level.lower())}"><time>{_time(view, line)}</time>'
            f'<span class="sign">{SIGNS.get(line.level, "·")}</span><span class="kind">{kind}</span>'
            f'<span class="words">{words}</span><small>{_trace(line)}</small></div>')

"""The live stream, filtered."""
from __future__ import annotations

from qt_app.monitor.show.view import View
from qt_app.monitor.stream import Line

SHOWN = 120
SIGNS = {"CRITICAL": "■", "ERROR": "▲", "WARNING": "△", "SIGNAL": "◆"}


def lines(view: View, kind: str = "all", wanted: str = "") -> str:
    """Newest first; ``kind`` of the lines or all, ``wanted`` is looked for in what is shown."""
    t, found = view.text, []
    for line in reversed(view.monitor.stream.lines):
        if kind not in ("all", line.kind):
            continue
        words = t.line(line, view.monitor.points)
        if wanted.casefold() in f"{words} {line.level} {line.trace or ''}".casefold():
            found.append(_row(view, line, words))
        if len(found) == SHOWN:
            break
    if not found:
        return f'<p class="empty">{t.word("no_lines")}</p>'
    return f'<div class="lines" role="log" tabindex="0" aria-label="{t.word("stream_panel")}">{"".join(found)}</div>'


def _row(view: View, line: Line, words: str) -> str:
    t = view.text
    trace = "" if line.trace is None else f"#{line.trace}"
    kind = t.word(f"kind.{line.kind}")
    return (f'<div class="line {line.level.lower()}"><time>{t.clock(line.ts_ns)}</time>'
            f'<span class="sign">{SIGNS.get(line.level, "·")}</span><span class="kind">{kind}</span>'
            f'<span class="words">{words}</span><small>{trace}</small></div>')

"""The document: sections, tables, figures. Every text that is put in is escaped here."""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from qt_app.report.numbers import UNKNOWN, Language

#: What stands in a column of figures: a number with its unit, an interval, a date, nothing, or unknown.
_FIGURE = re.compile(rf"(R\$ )?\[?[-+]?\d.*|{UNKNOWN}|")
#: Letters of a cell that never wraps.
_ONE_LINE = 24

_STYLE = """
:root { color-scheme: light; --ink: #1c2733; --soft: #5b6b7b; --line: #d8dfe6; --main: #0b5cad; --bad: #b3261e; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; color: var(--ink); margin: 0 auto; max-width: 68rem;
       padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
header p, figcaption, .note { color: var(--soft); } header { border-bottom: 2px solid var(--line); }
.mark { background: #fff3cd; border: 1px solid #e0c060; border-radius: 4px; padding: .1rem .5rem; font-weight: 600; }
.verdict { font-size: 1.1rem; border-left: 4px solid var(--main); padding: .3rem .8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child, .words { text-align: left; } td.long { white-space: normal; min-width: 8rem; }
.scroll + .scroll { margin-top: 1rem; }
figure { margin: 1rem 0; } svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; }
@media print { body { max-width: none; padding: 0; } figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; } .scroll { overflow: visible; }
  table { font-size: .62rem; } th, td { padding: .12rem .25rem; } td.long { min-width: 3.4rem; } }
"""


def page(title: str, language: Language, sections: Iterable[str], *, lead: str = "", mark: str = "") -> str:
    """The whole file. ``lead``: a line under the title; ``mark``: such as SYNTHETIC, beside it."""
    shown = f' <span class="mark">{escape(mark)}</span>' if mark else ""
    return (f'<!doctype html>\n<html lang="{language.replace("_", "-")}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
            f"<style>{_STYLE}</style>\n</head>\n<body>\n<header><h1>{escape(title)}{shown}</h1>{text(lead)}</header>\n"
            + "<main>\n" + "\n".join(sections) + "\n</main>\n</body>\n</html>\n")


def section(title: str, *parts: str) -> str:
    """``parts``: made by the functions here."""
    return f"<section>\n<h2>{escape(title)}</h2>\n" + "\n".join(parts) + "\n</section>"


def text(words: str, kind: str = "") -> str:
    """A paragraph; ``kind`` may be note or verdict. Nothing for no words."""
    name = f' class="{kind}"' if kind else ""
    return f"<p{name}>{escape(words)}</p>" if words else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns of figures stand to the right; words stand to the left, and sentences behind the first column wrap."""
    kept = [list(row) for row in rows]
    words = {at for row in kept for at, cell in enumerate(row) if at and not _FIGURE.fullmatch(cell)}
    long = {at for row in kept for at, cell in enumerate(row) if at in words and len(cell) > _ONE_LINE}
    kinds = [' class="words long"' if at in long else ' class="words"' if at in words else ""
             for at in range(len(head))]
    lines = ["".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True)) for row in kept]
    return ('<div class="scroll" tabindex="0"><table><thead><tr>'
            + "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, head, strict=True))
            + "</tr></thead>\n<tbody>" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "</tbody></table></div>")


def bullets(items: Iterable[str]) -> str:
    """A list of sentences. Nothing for none."""
    found = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f"<ul>{found}</ul>" if found else ""


def figure(svg: str, caption: str) -> str:
    """A chart of ``qt_app.report.charts`` with what it shows; the caption stands for the picture where none is seen."""
    named = svg.replace("<svg ", f'<svg aria-label="{escape(caption)}" ', 1)
    return f"<figure>{named}<figcaption>{escape(caption)}</figcaption></figure>"

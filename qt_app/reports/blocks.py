"""A document as data: the same sections become a page, Markdown, or the text of a terminal."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qt_app.report import page
from qt_app.report.numbers import Language


@dataclass(frozen=True, slots=True)
class Text:
    """``kind``: as in ``qt_app.report.page.text``."""

    words: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences one below the other."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The first column is text, the others are figures."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Shown on the page alone: whatever it shows stands in a table too."""

    svg: str
    caption: str


Block = Text | Bullets | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """``lead``: a line under the title; ``mark``: such as SYNTHETIC, beside it."""

    title: str
    lead: str
    mark: str
    language: Language
    sections: Sequence[Section]


def to_html(document: Document) -> str:
    """The page, self-contained."""
    sections = [page.section(one.title, *(_html(block) for block in one.blocks)) for one in document.sections]
    return page.page(document.title, document.language, sections, lead=document.lead, mark=document.mark)


def to_markdown(document: Document) -> str:
    mark = f" — {document.mark}" if document.mark else ""
    parts = [f"# {_plain(document.title)}{mark}", _plain(document.lead)]
    for section in document.sections:
        parts += [f"## {_plain(section.title)}", *(_markdown(block) for block in section.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(block: Block) -> str:
    if isinstance(block, Text):
        return page.text(block.words, block.kind)
    if isinstance(block, Bullets):
        return page.bullets(block.items)
    if isinstance(block, Table):
        return page.table(block.head, block.rows)
    return page.figure(block.svg, block.caption)


def _markdown(block: Block) -> str:
    if isinstance(block, Text):
        return _plain(block.words)
    if isinstance(block, Bullets):
        return "\n".join(f"- {_plain(item)}" for item in block.items)
    if isinstance(block, Chart):
        return ""
    rule = ["---"] + ["---:"] * (len(block.head) - 1)
    head, *rows = (_row(map(_plain, cells)) for cells in (block.head, *block.rows))
    return "\n".join([head, _row(rule), *rows])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """What Markdown would take for its own."""
    for sign in "\\`*_{}[]<>#|":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")

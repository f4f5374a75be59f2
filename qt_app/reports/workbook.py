"""Sheets as an Excel workbook: numbers and dates are real ones, texts stay texts whatever they look like."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from qt_app.catalogue.workbook import WORDS
from qt_app.errors import DataError
from qt_app.replay.atomic import written_file
from qt_app.report.numbers import Language
from qt_app.reports.sheets import Cell, Drawn, Kind, Sheet

#: Excel writes separators by the reader's own locale; 416 is Brazilian Portuguese and holds the currency and the dates.
_FIGURES: dict[Kind, str] = {
    "count": "#,##0", "quantity": "General", "number": "#,##0.00##", "points": "#,##0.0", "share": "0.0%",
    "money": "[$R$-416] #,##0.00;[Red]-[$R$-416] #,##0.00"}
_FORMATS: dict[Language, dict[Kind, str]] = {
    "pt_BR": {**_FIGURES, "day": "[$-416]dd/mm/yyyy", "moment": "[$-416]dd/mm/yyyy hh:mm:ss"},
    "en": {**_FIGURES, "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss"},
}
#: Characters; texts and headings make a column wider.
_WIDTHS: dict[Kind, int] = {"text": 8, "count": 11, "quantity": 11, "number": 12, "points": 12, "money": 16,
                            "share": 10, "day": 12, "moment": 20}
_WIDEST = 48
_HEAD_POINTS = 32   # two lines
#: The table's style says it too; programs that do not know styles show this.
_HEAD = {"bold": True, "text_wrap": True, "valign": "vcenter", "font_color": "#ffffff", "bg_color": "#0b3d66",
         "indent": 1}
#: A text that would be taken for a formula, an address or a number is written as a text all the same.
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_BROAD = 10         # columns of a table that fills its page, so that a chart beside it is for the screen alone
_CHART = {"width": 760, "height": 340}


def write_workbook(path: Path, sheets: Sequence[Sheet], language: Language, *, synthetic: bool) -> None:
    """Complete or not at all. Raises DataError when the file cannot be written."""
    try:
        with written_file(path) as temporary, xlsxwriter.Workbook(str(temporary), _OPTIONS) as book:
            title = WORDS[language]["SYNTHETIC"] if synthetic else ""
            book.set_properties({"title": "QuantumTrader ML", "comments": title})
            formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS[language].items()}
            formats["text"] = book.add_format({"indent": 1})
            for sheet in sheets:
                _write(book, sheet, language, formats, title)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise DataError(f"{path}: the workbook cannot be written ({error}); close it in Excel, or give another --out") \
            from error


def _write(book: Workbook, sheet: Sheet, language: Language, formats: dict[Kind, Format], title: str) -> None:
    words = WORDS[language]
    place: Worksheet = book.add_worksheet(words[sheet.name])
    head, bold = sheet.head(language), book.add_format(_HEAD)
    for at, wide in enumerate(_widths(sheet, head)):
        place.set_column(at, at, wide)
    for down, row in enumerate(sheet.rows, 1):
        for at, ((_, kind), value) in enumerate(zip(sheet.columns, row, strict=True)):
            _cell(place, down, at, value, formats.get(kind))
    for at, name in enumerate(head):
        place.write_string(0, at, name, bold)
    if sheet.rows:
        place.add_table(0, 0, len(sheet.rows), len(head) - 1, {
            "style": "Table Style Light 9", "name": f"qt_{sheet.name}",
            "columns": [{"header": name, "header_format": bold} for name in head]})
    place.set_row(0, _HEAD_POINTS)
    place.freeze_panes(1, 0)
    place.set_landscape()
    place.fit_to_pages(1, 0)
    place.repeat_rows(0)
    if len(head) > _BROAD:
        place.print_area(0, 0, len(sheet.rows), len(head) - 1)
    if title:
        place.set_header(f"&C&\"Calibri,Bold\"{title}")
    for number, drawn in enumerate(sheet.charts if sheet.rows else ()):
        place.insert_chart(1 + number * 18, len(head) + 1, _drawn(book, sheet, drawn, words))   # right of the table


def _widths(sheet: Sheet, head: Sequence[str]) -> list[int]:
    """So that figures and texts are whole; headings may wrap between words."""
    found = []
    for at, ((_, kind), name) in enumerate(zip(sheet.columns, head, strict=True)):
        texts = [len(str(row[at])) for row in sheet.rows if kind == "text" and row[at] is not None]
        words = max(map(len, name.split())) + 5     # the table's filter button
        found.append(min(_WIDEST, max(_WIDTHS[kind], words, *(wide + 3 for wide in texts))))
    return found


def _cell(place: Worksheet, down: int, at: int, value: Cell, shape: Format | None) -> None:
    """By the kind of the value, never by what its text looks like."""
    if value is None:
        return
    if isinstance(value, str):
        place.write_string(down, at, value, shape)
    elif isinstance(value, dt.datetime | dt.date):
        place.write_datetime(down, at, value, shape)
    else:
        place.write_number(down, at, value, shape)


def _drawn(book: Workbook, sheet: Sheet, drawn: Drawn, words: Mapping[str, str]) -> Any:
    names = [name for name, _ in sheet.columns]
    chart: Any = book.add_chart({"type": drawn.kind})
    last, where = len(sheet.rows), words[sheet.name]
    for y in drawn.ys:
        column = names.index(y)
        chart.add_series({
            "name": words[y], "categories": [where, 1, names.index(drawn.x), last, names.index(drawn.x)],
            "values": [where, 1, column, last, column], "invert_if_negative": True,
            "invert_if_negative_color": "#b3261e", "fill": {"color": "#0b5cad"}, "line": {"color": "#0b5cad"}})
    chart.set_title({"name": words[drawn.title]})
    chart.set_legend({"none": True})
    chart.set_x_axis({"name": words[drawn.x], "text_axis": True, "label_position": "low"})
    chart.set_y_axis({"num_format": "#,##0.00"})
    chart.set_size(_CHART)
    return chart

"""The workbook read back: the figures of the journal to the cent, real dates, charts inside, no formula anywhere."""
from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from app.reports import days_kit as kit
from click.testing import CliRunner
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from qt_app.cli.main import qt
from qt_app.config import load
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.journal.entries import Fill, Order
from qt_app.reports.facts import Past, gather_all
from qt_app.reports.sheets import Sheet, sheets_of
from qt_app.reports.workbook import write_workbook

pytestmark = pytest.mark.lengthy

NAMES = ["Dias", "Operações", "Horas", "Execuções", "Ordens", "Votantes", "Features", "Barreiras", "Alertas", "Sessões"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[object], Path]:
    home = Home(tmp_path_factory.mktemp("book"))
    entries = kit.week(home)
    done = CliRunner().invoke(qt, ["export-excel", "--quick", "--home", str(home.root)])
    assert done.exit_code == 0, done.output
    return home, list(entries), home.reports / "2026-11-09_2026-11-13.xlsx"


@pytest.fixture(scope="module")
def book(made: tuple[Home, list[object], Path]) -> Workbook:
    return openpyxl.load_workbook(made[2])


def table(sheet: Worksheet) -> list[dict[str, object]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_days_are_those_of_the_journal_to_the_cent(made: tuple[Home, list[object], Path], book: Workbook) -> None:
    wanted = kit.sums(made[1])      # type: ignore[arg-type]
    rows, so_far = table(book["Dias"]), dict[str, float]()
    assert len(rows) == len(wanted) == 9
    for row in rows:
        day, account = row["Dia"], str(row["Conta"])
        assert isinstance(day, dt.datetime)
        own = wanted[day.date(), account]
        net = [float(gross - own.costs) for gross in own.gross]
        assert [row[f"Bruto {name}"] for name in ("pessimista", "provável", "otimista")] == list(map(float, own.gross))
        assert row["Custos"] == float(own.costs) and row["Operações"] == len(own.trips)
        assert [row[f"Líquido {name}"] for name in ("pessimista", "provável", "otimista")] == net
        so_far[account] = round(so_far.get(account, 0.0) + net[0], 2)
        assert row["Líquido acumulado"] == so_far[account]


def test_trades_fills_and_orders_are_all_there(made: tuple[Home, list[object], Path], book: Workbook) -> None:
    entries = made[1]
    fills, orders = ([e for e in entries if isinstance(e, kind)] for kind in (Fill, Order))
    rows = table(book["Execuções"])
    assert len(rows) == len(fills) and len(table(book["Ordens"])) == len(orders)
    known = {order.order_id: order for order in orders}     # type: ignore[union-attr]
    for row in rows:
        order = known[int(str(row["Ordem"]))]
        assert (row["Conta"], row["Contrato"]) == (order.account, order.symbol)     # type: ignore[union-attr]
    deals = table(book["Operações"])
    assert sorted(round(float(str(row["Líquido pessimista"])), 2) for row in deals) == sorted(
        float(net) for own in kit.sums(entries).values() for net in own.trips)      # type: ignore[arg-type]
    first = min(fills, key=lambda fill: fill.ts_ns)     # type: ignore[union-attr]
    moments = [row["Entrada"] for row in deals]
    assert min(moments) == dt.datetime.fromtimestamp(           # type: ignore[type-var]
        first.ts_ns / 1e9, dt.timezone(dt.timedelta(hours=-3))).replace(tzinfo=None)    # type: ignore[union-attr]


def test_cells_are_numbers_and_dates_in_brazilian_formats(book: Workbook) -> None:
    assert book.sheetnames == NAMES
    days = book["Dias"]
    assert days["A2"].is_date and days["A2"].number_format == "[$-416]dd/mm/yyyy"
    assert days["D2"].data_type == "n" and "[$R$-416]" in days["D2"].number_format
    assert "hh:mm:ss" in book["Operações"]["F2"].number_format
    assert [len(sheet._charts) for sheet in (days, book["Operações"], book["Horas"])] == [2, 1, 1]
    assert all(sheet.tables for sheet in (days, book["Execuções"])) and not book["Votantes"].tables


def test_no_text_becomes_a_formula_or_a_link(made: tuple[Home, list[object], Path], tmp_path: Path) -> None:
    home = made[0]
    past = Past.read(home, load(home, environ={}))
    found = gather_all(past, past.days[:1], recordings=False)
    evil = ("=HYPERLINK(\"http://x\")", "+1+1", "@SUM(A1)", "http://example.com", "00123", "{=1}", "-2")
    books = tuple(replace(found[0].books[0], account=text) for text in evil)
    path = tmp_path / "evil.xlsx"
    write_workbook(path, sheets_of(past, [replace(found[0], books=books)], "en"), "en", synthetic=False)
    read = openpyxl.load_workbook(path)
    cells = [cell for row in read["Days"].iter_rows(min_row=2) for cell in row if cell.column_letter == "B"]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in evil]
    with zipfile.ZipFile(path) as parts:
        assert not any(b"<f>" in parts.read(name) or b"<hyperlink" in parts.read(name)
                       for name in parts.namelist() if "/worksheets/sheet" in name)


def test_a_simulated_market_is_marked_on_every_printed_sheet(book: Workbook) -> None:
    assert all("SINTÉTICO" in str(sheet.oddHeader.center.text) for sheet in book)


def test_what_is_unknown_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "one.xlsx"
    write_workbook(path, [Sheet("features", (("day", "day"), ("correlation", "number")), [(None, None)])], "en",
                   synthetic=False)
    assert openpyxl.load_workbook(path)["Features"]["B2"].value is None


def test_days_without_data_and_a_place_that_takes_no_file_are_refused(made: tuple[Home, list[object], Path],
                                                                      tmp_path: Path) -> None:
    home = made[0]
    done = CliRunner().invoke(qt, ["export-excel", "--since", "2027-01-01", "--home", str(home.root)])
    assert isinstance(done.exception, DataError) and "from 2027-01-01 to today" in str(done.exception)
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        write_workbook(tmp_path / "file" / "x.xlsx", [], "en", synthetic=False)

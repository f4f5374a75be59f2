"""A page of a report as people meet it: nothing in it keeps anybody out, and on a phone it fits."""
from __future__ import annotations

from pathlib import Path

import pytest
from e2e.browser import PHONE, chromium, needs_chromium

from qt_app.report import page
from qt_app.report.charts import Axes, Line, bars, cells, lines
from qt_app.report.numbers import Numbers

pytestmark = [pytest.mark.slow, needs_chromium]

PT = Numbers("pt_BR")


def test_a_page_is_open_to_everybody(tmp_path: Path) -> None:
    charts = (lines([Line("a", [(0, 1), (1, 2)]), Line("b", [(0, 2), (1, 1)], "soft")], Axes("dia", "R$"), PT),
              bars([f"order_flow_imbalance_{n}" for n in range(30)], [float(n - 9) for n in range(30)],
                   Axes("", "R$"), PT),
              cells(["r"], ["c", "d"], [[1.0, -20.0]], PT))
    wide = page.table([f"column {n}" for n in range(30)], [[str(n) for n in range(30)]])
    made = tmp_path / "page.html"
    made.write_text(page.page("Relatório", "pt_BR", [
        page.section("Tabelas", page.text("Um parágrafo.", "note"), wide, page.bullets(["um", "dois"])),
        page.section("Gráficos", *(page.figure(chart, "legenda") for chart in charts))],
        lead="de ontem", mark="SINTÉTICO"), "utf-8")
    with chromium(*PHONE) as browser:
        browser.be_a_phone()
        browser.driver.get(made.as_uri())
        assert browser.barriers() == [] and browser.complaints() == [] and browser.asked_hosts() == set()
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= 390

"""Pages hold what they were given, escaped and whole; charts are well-formed and keep to their plane."""
from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_app.report import page
from qt_app.report.charts import HEIGHT, WIDTH, Axes, Line, bars, cells, lines
from qt_app.report.numbers import UNKNOWN, Numbers

PT, EN = Numbers("pt_BR"), Numbers("en")
AXES = Axes("x", "y")
VALUES = st.lists(st.floats(-1e9, 1e9) | st.just(math.nan), max_size=30)


@pytest.mark.parametrize(("value", "portuguese", "english"), [
    (1234.5, "R$ 1.234,50", "R$ 1,234.50"), (-0.001, "R$ 0,00", "R$ 0.00"), (-1234567.0, "R$ -1.234.567,00",
                                                                             "R$ -1,234,567.00"),
    (None, UNKNOWN, UNKNOWN), (math.nan, UNKNOWN, UNKNOWN), (math.inf, UNKNOWN, UNKNOWN)])
def test_money_is_written_as_the_language_does(value: float | None, portuguese: str, english: str) -> None:
    assert (PT.money(value), EN.money(value)) == (portuguese, english)


def test_shares_are_per_cent() -> None:
    assert (PT.share(0.1234), EN.share(0.5, 0), EN.share(None)) == ("12,3 %", "50 %", UNKNOWN)


def test_days_are_written_as_the_language_does() -> None:
    assert (PT.day("2026-08-03"), EN.day("2026-08-03")) == ("03/08/2026", "2026-08-03")


def test_a_column_of_words_stands_to_the_left_and_figures_to_the_right() -> None:
    rows = [["a", "R$ -1,00", "12 of them"], ["b", UNKNOWN, "because"], ["c", "[-0,1; 2]", ""]]
    made = page.table(["name", "R$", "why"], rows)
    root = ET.fromstring(made)
    assert [cell.get("class") for cell in root.iter("th")] == [None, None, "words"]
    assert [cell.get("class") for cell in root.iter("td")] == [None, None, "words"] * 3
    told = page.table(["name", "why"], [["a", "short"], ["b", "a whole sentence, which may wrap"]])
    assert [cell.get("class") for cell in ET.fromstring(told).iter("td")] == [None, "words long"] * 2


def test_names_slant_where_they_would_run_into_each_other() -> None:
    names = [f"order_flow_imbalance_{n}" for n in range(20)]
    svg = bars(names, [1.0] * 20, AXES, EN)
    slanting = [text.text for text in ET.fromstring(svg).iter("text") if "rotate(-35" in text.get("transform", "")]
    assert slanting == [f"{name[:8]}…{name[-9:]}" for name in names]
    assert "rotate(-35" not in bars(names[:2], [1.0, 2.0], AXES, EN)


@pytest.mark.lengthy
@settings(max_examples=20)
@given(VALUES, VALUES)
def test_charts_are_well_formed_and_stay_in_their_plane(first: list[float], second: list[float]) -> None:
    series = [Line("a<b", list(enumerate(first))), Line("second", list(enumerate(second)), "dashed")]
    for svg in (lines(series, AXES, PT), bars([f"day {n}" for n in range(len(first))], first, AXES, EN)):
        root = ET.fromstring(svg)
        for path in root.iter("path"):
            for x, y in places(path.get("d", "")):
                assert 0 <= x <= 72 * WIDTH and 0 <= y <= 72 * HEIGHT


def places(drawn: str) -> list[tuple[float, float]]:
    numbers = [float(part) for part in re.findall(r"-?[\d.]+", drawn)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_a_line_is_broken_where_nothing_is_known() -> None:
    svg = lines([Line("a", [(0, 1), (1, 2), (2, math.nan), (3, math.inf), (4, 3), (5, 4)])], AXES, EN)
    [path] = [path for path in ET.fromstring(svg).iter("path") if path.attrib["d"].count("M") == 2]
    assert [a[0] < b[0] for a, b in pairwise(places(path.attrib["d"]))] == [True] * 3


def test_cells_show_every_figure() -> None:
    root = ET.fromstring(cells(["r1", "r2"], ["c1", "c2"], [[1.0, -2.0], [math.nan, 4.0]], EN, 1))
    shown = [node.text for node in root.iter("text")]
    assert sorted(shown) == sorted(["c1", "c2", "r1", "1.0", "-2.0", "r2", UNKNOWN, "4.0"])


def test_figures_on_axes_and_bars_are_written_as_the_language_does() -> None:
    shown = [node.text for node in ET.fromstring(bars(["a", "b"], [1234.0, -0.5], Axes("", "R$"), PT)).iter("text")]
    assert {"a", "b", "R$", "1.234", "1.000"} <= set(shown) and "1000" not in shown
    shown = [node.text for node in ET.fromstring(lines([Line("x", [(0, 0.0), (1, 0.25)])], AXES, PT)).iter("text")]
    assert {"0,00", "0,05", "0,25"} <= set(shown)


@pytest.mark.parametrize("most", [0.13, 0.62, 0.9, 7.3, 48.0, 1234.0])
def test_figures_on_an_axis_stand_as_far_apart_as_they_say(most: float) -> None:
    svg = lines([Line("x", [(0, 0.0), (1, most)])], Axes("", "", [(0, "a"), (1, "b")]), EN)
    shown = [float(text.replace(",", "")) for node in ET.fromstring(svg).iter("text")
             if (text := node.text or "").replace(",", "").replace(".", "").isdigit()]
    assert len(shown) > 3 and len({round(b - a, 9) for a, b in pairwise(sorted(shown))}) == 1


@pytest.mark.lengthy
def test_charts_can_stand_together_and_look_the_same_each_time() -> None:
    """Parts have no names that could clash in one page; equal charts are equal bytes, and ask nobody for anything."""
    made = [lines([Line("a", [(0, 1), (1, 2)])], AXES, PT) for _ in range(2)]
    assert made[0] == made[1]
    for svg in (made[0], bars(["a"], [1.0], AXES, PT), cells(["r"], ["c"], [[1.0]], PT), lines([], AXES, PT)):
        for named in (" id=", "url(", "http", "<style", "<script"):
            assert named not in svg


def test_a_page_escapes_every_text_and_needs_no_network() -> None:
    made = page.page("<Título>", "pt_BR", [page.section("A & B", page.text("<script>", "note"), page.text(""),
                     page.table(["nome", "R$"], [["x<y", "1"]]), page.figure("<svg ></svg>", 'leg>en"da'))],
                     lead="de <ontem>", mark="SINTÉTICO")
    assert '<html lang="pt-BR">' in made and '<span class="mark">SINTÉTICO</span>' in made
    for harm in ("<script>", "x<y", "<Título>", "<ontem>", "http:", "https:", "url("):
        assert harm not in made
    assert "&lt;script&gt;" in made and 'aria-label="leg&gt;en&quot;da"' in made

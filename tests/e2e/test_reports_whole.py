"""A week of sessions, run by the program: whatever is reported of it agrees with its journal to the cent."""
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.installation import Installation, until
from e2e.office import needs_office, opens_without_a_warning_and_sees_the_same
from e2e.week import SETTINGS, WEEK, Week, compare, run, workbook

from qt_app.errors import ExitCode

pytestmark = pytest.mark.slow

FRIDAY = WEEK[-1].day
BACKGROUND_S = 300.0


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    """Only Friday's session reports by itself."""
    qt = Installation(tmp_path_factory.mktemp("week") / "home", SETTINGS)
    yield run(qt, WEEK, {"QT_REPORTS_DAILY": "true"})
    qt.put_down()


def test_a_session_reports_its_day_by_itself(week: Week) -> None:
    qt, folder = week.qt, week.qt.home.reports / "daily"
    until("the report", (folder / f"{FRIDAY}.html").is_file, BACKGROUND_S)
    told = json.loads((folder / f"{FRIDAY}.json").read_bytes())
    (run_told,), traded = told["runs"], {one["account"]: one["trades"] for one in told["accounts"]}
    assert traded["paper"] > 2 and told["synthetic"]
    latency = run_told["latency"]
    assert latency["p99_ms"] > 0 and run_told["quality"]["missing"] == 0
    assert latency["decisions"] == run_told["decisions"] and latency["stages"]["model"]["p50_ms"] > 0
    assert {voter["name"] for voter in run_told["voters"]} >= {"model", "order_flow", "consensus"}
    assert "SINTÉTICO" in (folder / f"{FRIDAY}.md").read_text("utf-8")

    analysed = json.loads(qt.good("analyze", "agents", qt.run_folder(), "--json"))
    hit = {one["name"]: (one["sided"], one["effective"]["value"], one["ece"]) for one in analysed["voters"]}
    assert hit == {voter["name"]: (voter["judged"]["sided"], voter["judged"]["hit_rate"], voter["judged"]["ece"])
                   for voter in run_told["voters"]}

    parts = {part: part.read_bytes() for part in qt.home.data.glob(f"{FRIDAY.replace('-', '')}/*/trades-*.parquet")}
    for part in parts:
        part.write_bytes(b"PAR1 and nothing else")
    done = qt.qt("report", "daily")
    assert done.returncode == ExitCode.DATA and "--quick" in done.stderr and done.stderr.count("\n") == 1
    assert json.loads(qt.good("report", "daily", "--quick", "--json"))["accounts"] == told["accounts"]
    for part, content in parts.items():
        part.write_bytes(content)


def test_reports_workbook_tax_and_why_agree_with_the_journal_to_the_cent(week: Week) -> None:
    """The sums are made anew from the journal by ``week_sums``, which knows nothing of the program."""
    trips = [trip for trip in week.sums.trips if trip.ended]
    assert sum(trip.net > 0 for trip in trips) > 5 and sum(trip.net < 0 for trip in trips) > 5
    assert any(trip.fills[0].day != trip.ended for trip in trips), "one was held over night"
    found = compare(week, WEEK)
    assert found.differences == []
    assert set(found.counts) == {
        "the daily reports", "the daily pages", "the weekly report", "the weekly page", "the tax statements",
        "the workbook", "the workbook's kinds of cells", "`qt why`"} and sum(found.counts.values()) > 5000


@needs_office
def test_libreoffice_opens_the_week_s_workbook_without_a_warning(week: Week, tmp_path: Path) -> None:
    opens_without_a_warning_and_sees_the_same(workbook(week), tmp_path)

"""A week is the sum of its days, to the cent, and of the journal by arithmetic that knows nothing of the program."""
from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from app.reports import days_kit as kit
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from qt_app.cli.main import qt
from qt_app.config import load
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.orders.account import BOOKS
from qt_app.reports.blocks import to_html
from qt_app.reports.facts import Past
from qt_app.reports.records import AlertCount, Book, DayFacts, Drift, Judged, Result, RunDay, VoterDay
from qt_app.reports.shown import Shown
from qt_app.reports.week import GROUPS, Week, gather_week, pooled, regimes, voters
from qt_app.reports.weekly import document_of

Sums = dict[tuple[dt.date, str], kit.Sum]


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Sums]:
    home = Home(tmp_path_factory.mktemp("weekly"))
    return home, kit.sums(kit.week(home))


def past(home: Home) -> Past:
    return Past.read(home, load(home, environ={}))


@pytest.mark.lengthy
def test_the_week_is_the_sum_of_the_journal_s_days(traded: tuple[Home, Sums]) -> None:
    home, sums = traded
    done = CliRunner().invoke(qt, ["report", "weekly", "--week", "2026-W46", "--json", "--home", str(home.root)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert [one["account"] for one in told["accounts"]] == ["32003:7", "paper"]
    for account in told["accounts"]:
        own = [found for (_, name), found in sums.items() if name == account["account"]]
        costs = sum((found.costs for found in own), Decimal(0))
        gross = [sum((found.gross[at] for found in own), Decimal(0)) for at in range(len(BOOKS))]
        assert account["gross_brl"] == dict(zip(BOOKS, map(float, gross), strict=True))
        assert account["costs_brl"] == float(costs)
        assert account["net_brl"] == dict(zip(BOOKS, (float(value - costs) for value in gross), strict=True))
        assert account["trades"] == sum(len(found.trips) for found in own)
        assert sum(len(one["nets"]) for one in account["regimes"]) == account["trades"]
    nets = {day["day"]: {one["account"]: one["net_brl"]["pessimistic"] for one in day["accounts"]}
            for day in told["days"]}
    assert nets == {day.isoformat(): {name: float(found.gross[0] - found.costs) for (when, name), found
                                      in sums.items() if when == day} for day in kit.WEEK}
    assert sorted(path.name for path in (home.reports / "weekly").iterdir()) == [
        "2026-W46.html", "2026-W46.json", "2026-W46.md"]


@pytest.mark.lengthy
def test_sessions_without_data_are_named(tmp_path: Path) -> None:
    home, market = Home(tmp_path), kit.Market()
    for at in (0, 3):
        kit.write(home, f"r{at}", list(market.trips(kit.WEEK[at], "WINZ26", "paper", 1)))
    week = gather_week(past(home), kit.WEEK[1])
    assert week.missing == (kit.WEEK[1], kit.WEEK[2]) and [day.day for day in week.days] == [kit.WEEK[0], kit.WEEK[3]]
    page = to_html(document_of(week, Shown("pt_BR")))
    assert "Pregões da semana sem dados: 10/11/2026, 11/11/2026." in page and "SINTÉTICO" in page


@pytest.mark.lengthy
def test_a_week_without_data_and_words_that_are_no_week_are_refused(traded: tuple[Home, Sums]) -> None:
    with pytest.raises(DataError, match=r"2026-11-16 to 2026-11-22: nothing .* 2026-11-09 to 2026-11-13"):
        gather_week(past(traded[0]), dt.date(2026, 11, 18))
    for word in ("last", "2026-W99", "2026-13-01"):
        done = CliRunner().invoke(qt, ["report", "weekly", "--week", word, "--home", str(traded[0].root)])
        assert done.exit_code == 2 and "is no week" in done.output


def judged(sided: int, hit: float, chance: float, *bins: tuple[float, float, int]) -> Judged:
    return Judged(sided, hit, 0.0, 1.0, chance, 0.5, 0.0, bins)


def run(name: str, voter: VoterDay, drift: Drift, decided: dict[str, int]) -> RunDay:
    return RunDay(name, "sim", "paper", True, voters=(voter,), drift=drift, regimes=decided)


def test_voters_drift_regimes_and_alerts_fold_over_the_days() -> None:
    days = (
        DayFacts(kit.WEEK[0], (), (run("a", VoterDay("consensus", 100, 90, {"NAN": 10}, judged(
            10, 0.5, 0.4, (0.5, 0.5, 10))), Drift(0.5, {"x": 1.0}), {"quiet": 60, "normal": 40}),),
            (AlertCount("FEED_STALE", "ERROR", 2),)),
        DayFacts(kit.WEEK[1], (), (run("b", VoterDay("consensus", 300, 300, {}, judged(
            30, 0.7, 0.5, (0.9, 0.6, 30))), Drift(1.5, {"y": 3.0}), {"normal": 300}),),
            (AlertCount("FEED_STALE", "ERROR", 1), AlertCount("CONNECTED", "INFO", 5))))
    week = Week(kit.MONDAY, days, ())
    (one,) = voters(week)
    assert (one.votes, one.instants, one.sided) == (390, 400, 40)
    assert one.hit_rate == pytest.approx((10 * 0.5 + 30 * 0.7) / 40) and one.chance == pytest.approx(0.475)
    assert one.ece == pytest.approx((10 * 0.0 + 30 * 0.3) / 40)
    assert [found.mean for _, _, found in week.drifts] == [0.5, 1.5]
    assert [(alert.code, alert.count) for alert in week.alerts] == [("FEED_STALE", 3), ("CONNECTED", 5)]
    page = to_html(document_of(week, Shown("en")))
    assert "Mean PSI" in page and "The diagonal is perfect calibration." in page
    assert week.name == "2026-W46"
    empty = Book("paper", "paper", (), (), Result.of((0.0, 0.0, 0.0), 0.0), ())
    assert [(found.name, found.decisions) for found in regimes(week, empty)] == [("normal", 340), ("quiet", 60)]


BINS = st.lists(st.tuples(st.floats(0.34, 1.0), st.floats(0.0, 1.0), st.integers(1, 500)), min_size=1, max_size=60)


@given(BINS)
def test_pooled_votes_keep_their_number_and_their_means(bins: list[tuple[float, float, int]]) -> None:
    found = pooled(bins)
    total = sum(count for _, _, count in bins)
    assert len(found) <= GROUPS and sum(count for _, _, count in found) == total
    for at in (0, 1):
        assert sum(one[at] * one[2] for one in found) == pytest.approx(sum(one[at] * one[2] for one in bins))
    assert all(after[0] >= before[0] - 1e-9 for before, after in pairwise(found))

"""Months computed by hand, and the journal's own month by arithmetic that knows nothing of the program."""
from __future__ import annotations

import datetime as dt
import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from app.reports import days_kit as kit
from click.testing import CliRunner, Result

from qt_app.cli.main import qt
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.journal.entries import Entry, Fill, Order
from qt_app.reports.tax import Carried, Month, TaxDay, month_of

D = Decimal
NOVEMBER, DECEMBER = dt.date(2026, 11, 1), dt.date(2026, 12, 1)


def day(number: int, gross: str, costs: str = "0.00", first: dt.date = NOVEMBER, account: str = "1:2") -> TaxDay:
    return TaxDay(first.replace(day=number), account, 1, D(gross), D(costs))


def told(month: Month) -> tuple[Decimal, ...]:
    return month.net_brl, month.withheld_brl, month.taxable_brl, month.tax_brl, month.deducted_brl, month.due_brl


def test_a_good_month() -> None:
    """1,000.00 - 10.00 and 500.00 - 5.00 and -300.00 - 5.00: net 1,180.00; withheld 9.90 + 4.95; tax 236.00."""
    days = [day(3, "1000.00", "10.00"), day(4, "500.00", "5.00"), day(5, "-300.00", "5.00")]
    month = month_of(NOVEMBER, days, Carried())
    assert told(month) == (D("1180.00"), D("14.85"), D("1180.00"), D("236.00"), D("14.85"), D("221.15"))
    assert month.after == Carried() and month.rules.darf_code == "6015"
    assert month.due_on == dt.date(2026, 12, 30)        # 2026-12-31 is no business day of banks and exchange


def test_a_loss_is_carried_and_set_off() -> None:
    lost = month_of(NOVEMBER, [day(3, "100.00"), day(4, "-850.00")], Carried())
    assert told(lost) == (D("-750.00"), D("1.00"), D("0.00"), D("0.00"), D("0.00"), D("0.00"))
    assert lost.after == Carried(D("750.00"), D("1.00"), D("0.00"))
    won = month_of(DECEMBER, [day(1, "1000.00", first=DECEMBER)], lost.after)
    assert told(won) == (D("1000.00"), D("10.00"), D("250.00"), D("50.00"), D("11.00"), D("39.00"))
    assert won.after == Carried() and won.due_on == dt.date(2027, 1, 29)
    partly = month_of(DECEMBER, [day(1, "500.00", first=DECEMBER)], lost.after)
    assert told(partly)[2:] == (D("0.00"), D("0.00"), D("0.00"), D("0.00"))
    assert partly.after == Carried(D("250.00"), D("6.00"), D("0.00"))


def test_under_ten_reais_nothing_is_paid_until_it_is_more() -> None:
    little = month_of(NOVEMBER, [day(3, "40.00")], Carried())
    assert told(little) == (D("40.00"), D("0.40"), D("40.00"), D("8.00"), D("0.40"), D("0.00"))
    assert little.after.small_brl == D("7.60")
    more = month_of(DECEMBER, [day(1, "20.00", first=DECEMBER)], little.after)
    assert more.due_brl == D("11.40") and more.after == Carried()      # 7.60 + 4.00 - 0.20
    exactly = month_of(NOVEMBER, [day(3, "50.00"), day(4, "2.63")], Carried())
    assert (exactly.tax_brl, exactly.withheld_brl, exactly.due_brl) == (D("10.53"), D("0.53"), D("10.00"))


def test_brokers_withhold_apart_and_one_s_loss_is_the_other_s_deduction() -> None:
    month = month_of(NOVEMBER, [day(3, "1000.00"), day(3, "-900.00", account="3:4")], Carried())
    assert told(month) == (D("100.00"), D("10.00"), D("100.00"), D("20.00"), D("10.00"), D("10.00"))


def test_more_withheld_than_owed_is_deducted_later() -> None:
    month = month_of(NOVEMBER, [day(3, "1000.00"), day(4, "-990.00")], Carried())
    assert (month.tax_brl, month.deducted_brl, month.after.withheld_brl) == (D("2.00"), D("2.00"), D("8.00"))


def call(home: Home, *words: str) -> Result:
    return CliRunner().invoke(qt, ["tax", *words, "--home", str(home.root)])


def document(home: Home, *words: str) -> dict[str, object]:
    done = call(home, *words, "--json")
    assert done.exit_code == 0, done.output or done.exception
    found: dict[str, object] = json.loads(done.output)
    return found


@pytest.mark.lengthy
def test_the_journal_s_month_to_the_cent(tmp_path: Path) -> None:
    home = Home(tmp_path)
    sums = kit.sums(kit.week(home))
    nets = {key: own.gross[0] - own.costs for key, own in sums.items() if key[1] != "paper"}
    withheld = sum(((net * D("0.01")).quantize(D("0.01"), ROUND_HALF_UP) for net in nets.values() if net > 0), D(0))
    net = sum(nets.values(), D(0))
    found = document(home, "2026-11", "--loss-before", "12.34")
    taxable = max(net - D("12.34"), D(0))
    tax = (taxable * D("0.20")).quantize(D("0.01"), ROUND_HALF_UP)
    assert (found["net_brl"], found["withheld_brl"], found["tax_brl"]) == (str(net), str(withheld), str(tax))
    assert found["accounts"] == ["32003:7"] and found["real_money"] is True and found["synthetic"] is False
    assert found["taxable_brl"] == str(taxable.quantize(D("0.01"))) and found["due_brl"] in (
        str(tax - min(tax, withheld)), "0.00")
    assert {path.suffix for path in (home.reports / "tax").iterdir()} == {".html", ".md", ".json"}
    later = document(home, "2027-01", "--loss-before", "12.34")
    assert later["net_brl"] == "0.00"
    assert later["before"]["withheld_brl"] == "0.00"    # type: ignore[index]  # a new year


@pytest.mark.lengthy
def test_simulated_money_owes_nothing_and_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    kit.write(home, "20261109-090000", list(kit.Market().trips(kit.MONDAY, "WINZ26", "paper", 3)))
    found = document(home, "2026-11")
    assert found["real_money"] is False and found["darf"] is None and found["synthetic"] is True
    page = (home.reports / "tax" / "2026-11.html").read_text("utf-8")
    assert "SINTÉTICO" in page and "A conta é simulada" in page and "contador" in page
    assert "an exercise, nothing is due" in call(home, "2026-11").output


def held_over_night(home: Home) -> None:
    """Bought on Monday, sold on Tuesday, and a day trade beside it."""
    moments = [kit.at_ns(kit.WEEK[0], 10), kit.at_ns(kit.WEEK[1], 10), kit.at_ns(kit.WEEK[1], 11),
               kit.at_ns(kit.WEEK[1], 12)]
    entries: list[Entry] = []
    for number, (when, side, price) in enumerate(zip(moments, (1, -1, 1, -1), (10_000, 10_020, 10_000, 10_040),
                                                     strict=True), 1):
        entries += [Order(number, number, when, "WDOZ26", "1:2", "entry", side, 1, None, None, "BUY"),
                    Fill(number, number, when, side, 1, price, price, price, side > 0, (number % 2))]
    kit.write(home, "20261109-090000", entries, "profit, live")


@pytest.mark.lengthy
def test_a_position_held_over_night_is_no_day_trade(tmp_path: Path) -> None:
    home = Home(tmp_path)
    held_over_night(home)
    found = document(home, "2026-11")
    round_trip = (2 * kit.SIDE_BRL["WDOZ26"]).quantize(D("0.01"))
    assert found["net_brl"] == str(200 - round_trip)
    assert found["not_day_trades"] == {"trades": 1, "net_brl": str(100 - round_trip)}
    assert found["darf"] == {"code": "6015", "due_on": "2026-12-30", "brl": found["due_brl"]}


@pytest.mark.lengthy
@pytest.mark.parametrize(("words", "error"), [
    (("2026-10",), "2026-10: nothing was traded in that month or before it; the journal has 2026-11-09 to 2026-11-13"),
    (("2026-11", "--account", "9:9"), "account '9:9' traded nothing; the journal knows 32003:7, paper"),
])
def test_what_cannot_be_stated_is_refused(tmp_path: Path, words: tuple[str, ...], error: str) -> None:
    home = Home(tmp_path)
    kit.week(home)
    done = call(home, *words)
    assert isinstance(done.exception, DataError) and str(done.exception).startswith(error)


@pytest.mark.lengthy
def test_between_simulated_accounts_somebody_must_choose(tmp_path: Path) -> None:
    home, market = Home(tmp_path), kit.Market()
    kit.write(home, "a", list(market.trips(kit.MONDAY, "WINZ26", "paper", 1)))
    kit.write(home, "b", list(market.trips(kit.MONDAY, "WINZ26", "1:2", 1)), "profit, simulator")
    done = call(home, "2026-11")
    assert isinstance(done.exception, DataError) and "--account" in str(done.exception)
    assert call(home, "2026-11", "--account", "paper").exit_code == 0


@pytest.mark.parametrize("words", [("November",), ("2026-13",), ("2026-11", "--loss-before", "-1"),
                                   ("2026-11", "--loss-before", "much")])
def test_words_that_are_no_month_and_no_amount_are_wrong_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert call(Home(tmp_path), *words).exit_code == 2

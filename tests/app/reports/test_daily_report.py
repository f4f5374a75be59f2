"""A day's report agrees with the journal to the cent, says what is unknown, and refuses a day without data."""
from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from app.analysis.results_kit import NS, T0, buys, sells
from app.analysis.results_kit import write as write_run
from app.reports import days_kit as kit
from click.testing import CliRunner

from qt_app.alerts.alert import Alert
from qt_app.alerts.codes import Code
from qt_app.alerts.jsonl import AlertFile
from qt_app.analysis.results import read_result
from qt_app.cli.main import qt
from qt_app.config import load
from qt_app.errors import DataError, JournalError
from qt_app.home import Home
from qt_app.journal.entries import Decision, Fill, Order
from qt_app.journal.journal import Journal
from qt_app.latency import Latencies
from qt_app.measured import StageWriter, path_of
from qt_app.orders.account import BOOKS
from qt_app.reports import automatic, ending
from qt_app.reports.blocks import Document, Section, Table, to_html, to_markdown
from qt_app.reports.daily import document_of, json_of
from qt_app.reports.facts import Past, gather
from qt_app.reports.runs import _uses
from qt_app.reports.shown import Shown
from qt_app.services import files
from qt_core.features.registry import NAMES

pytestmark = pytest.mark.lengthy

PT, EN = Shown("pt_BR"), Shown("en")


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[tuple[dt.date, str], kit.Sum]]:
    home = Home(tmp_path_factory.mktemp("week"))
    return home, kit.sums(kit.week(home), Decimal("0.35"))


def past(home: Home) -> Past:
    return Past.read(home, load(home, {"paper.brokerage_brl": 0.35}, environ={}))


def test_money_is_that_of_the_fills_to_the_cent(traded: tuple[Home, dict[tuple[dt.date, str], kit.Sum]]) -> None:
    home, wanted = traded
    known = past(home)
    seen = set()
    for day in kit.WEEK:
        for book in gather(known, day).books:
            own = wanted[day, book.account]
            seen.add((day, book.account))
            assert book.result.gross_brl == tuple(map(float, own.gross))
            assert book.result.costs_brl == float(own.costs)
            assert book.result.net_brl == tuple(float(gross - own.costs) for gross in own.gross)
            assert sorted(round(net, 2) for net in book.nets) == sorted(map(float, own.trips))
            assert book.win_rate == sum(net > 0 for net in own.trips) / len(own.trips)
            won, lost = (sum(n for n in own.trips if n * sign > 0) for sign in (1, -1))
            assert book.profit_factor == (pytest.approx(float(-won / lost), abs=0.01) if lost else None)
            assert sum(count for count, _ in book.hours.values()) == len(own.trips)
            assert round(sum(net for _, net in book.hours.values()), 2) == book.result.net_brl[0]
    assert seen == set(wanted)


def test_accounts_are_told_apart_and_never_added_up(traded: tuple[Home, dict[tuple[dt.date, str], kit.Sum]]) -> None:
    facts = gather(past(traded[0]), kit.MONDAY)
    assert [(book.account, book.mode) for book in facts.books] == [("32003:7", "live"), ("paper", "paper")]
    assert facts.books[1].symbols == ("WDOZ26", "WINZ26") and facts.synthetic
    assert [run.complete for run in facts.runs] == [False, False]


def test_the_document_for_programs_has_the_same_money(traded: tuple[Home, dict[tuple[dt.date, str], kit.Sum]]) -> None:
    home, wanted = traded
    known = past(home)
    told = json_of(gather(known, kit.WEEK[1]), known.config, PT)
    for account in told["accounts"]:
        own = wanted[kit.WEEK[1], account["account"]]
        assert account["gross_brl"] == dict(zip(BOOKS, map(float, own.gross), strict=True))
        assert [round(deal["net_brl"][0], 2) for deal in account["deals"]] != []
    assert told["runs"][0]["latency"] is None and told["synthetic"] is True


class Links(HTMLParser):
    """Whatever would leave the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href") or tag in ("script", "link")]


def test_the_page_stands_alone_and_speaks_the_language(
        traded: tuple[Home, dict[tuple[dt.date, str], kit.Sum]]) -> None:
    home, wanted = traded
    known = past(home)
    facts = gather(known, kit.MONDAY)
    pages = {shown.language: to_html(document_of(facts, known.config, shown)) for shown in (PT, EN)}
    links = Links()
    links.feed(pages["pt_BR"])
    assert links.found == [] and "SINTÉTICO" in pages["pt_BR"] and "SYNTHETIC" in pages["en"]
    net = wanted[kit.MONDAY, "paper"].gross[0] - wanted[kit.MONDAY, "paper"].costs
    assert PT.money(float(net)) in pages["pt_BR"] and EN.money(float(net)) in pages["en"]
    assert "09/11/2026" in pages["pt_BR"] and "2026-11-09" in pages["en"]
    for heading in ("Horas de ganho e de perda", "Features mais usadas", "Agentes e modelo", "Sugestões"):
        assert heading in pages["pt_BR"]


def test_markdown_takes_no_text_for_its_own(traded: tuple[Home, dict[tuple[dt.date, str], kit.Sum]]) -> None:
    known = past(traded[0])
    text = to_markdown(document_of(gather(known, kit.MONDAY), known.config, PT))
    assert text.startswith("# Relatório diário de 09/11/2026") and "decisão contrária" in text
    deals = [line for line in text.splitlines() if "decisão contrária" in line]
    assert len(deals) == 9 and {line.count(" | ") for line in deals} == {11}
    odd = Document("A_B", "", "", "en", [Section("*C*", [Table(["d|e"], [["f_g | h"]])])])
    assert all(text in to_markdown(odd) for text in ("# A\\_B\n", "## \\*C\\*\n", "d\\|e", "f\\_g \\| h"))


def voted(home: Home, count: int = 300) -> str:
    """A run that decided and traded on 2020-04-02, with results and no recording; returns its name."""
    run, chance = "20200402-100000", np.random.default_rng(3)
    lean = chance.uniform(0.4, 0.9, count)
    told = [(buys(p), buys(0.7), buys(0.8), None if at < 30 else sells(0.9), buys(0.9)) for at, p in enumerate(lean)]
    write_run(home.data / "runs" / run, told, symbol="WDOK20")
    entry_ns, exit_ns = T0 + 5 * NS, T0 + 60 * NS
    kit.write(home, run, [
        Decision(1, T0, "hold", 0.5, "HOLD", ""),
        Order(1, 1, entry_ns, "WDOK20", "paper", "entry", 1, 1, None, None, "BUY"),
        Fill(1, 1, entry_ns + 7, 1, 1, 10_400, 10_400, 10_400, True, 1),
        Order(2, 2, exit_ns, "WDOK20", "paper", "exit", -1, 1, None, None, "OPPOSITE_DECISION"),
        Fill(2, 2, exit_ns + 7, -1, 1, 10_410, 10_410, 10_410, False, 0)])
    return run


def test_a_trade_knows_what_stood_behind_it_and_voters_are_counted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    voted(home)
    facts = gather(past(home), dt.date(2020, 4, 2))
    (deal,), (run,) = facts.deals, facts.runs
    assert deal.regime == "normal" and deal.sides is not None
    assert deal.sides["model"] in ("buy", "hold") and "tape_reading" not in deal.sides
    tape = next(one for one in run.voters if one.name == "tape_reading")
    assert (tape.instants, tape.votes, dict(tape.abstentions)) == (300, 270, {"STALE": 30})
    assert run.decisions == 300 and sum((run.actions or {}).values()) == 300 and run.regimes == {"normal": 300}
    assert run.quality is None and tape.judged is None and run.latency is None and run.parity is None
    rules = [one["rule"] for one in json_of(facts, load(home, environ={}), PT)["suggestions"]]
    assert "ABSTENTIONS" in rules and "FEW_TRADES" in rules


def test_a_trade_that_ended_at_its_instant_still_knows_its_entry(tmp_path: Path) -> None:
    home, run, at = Home(tmp_path), "20200402-100000", T0 + 5 * NS
    write_run(home.data / "runs" / run, [(buys(0.7),) * 5] * 10, symbol="WDOK20")
    kit.write(home, run, [Order(1, 1, at, "WDOK20", "paper", "entry", 1, 1, None, None, "BUY"),
                          Fill(1, 1, at + 7, 1, 1, 10_400, 10_400, 10_400, True, 1),
                          Order(2, 2, at + 3, "WDOK20", "paper", "stop", -1, 1, None, None, "STOP_LOSS"),
                          Fill(2, 2, at + 7, -1, 1, 10_399, 10_399, 10_399, False, 0)])
    (deal,) = gather(past(home), dt.date(2020, 4, 2)).deals
    assert (deal.regime, deal.trade.exit_reason) == ("normal", "stop")


def test_what_was_held_over_night_knows_the_decision_of_the_day_before(tmp_path: Path) -> None:
    home = Home(tmp_path)
    run = "20200402-100000"
    said = (buys(0.7), buys(0.7), buys(0.8), sells(0.9), buys(0.9))
    write_run(home.data / "runs" / run, [said] * 10, symbol="WDOK20")
    entry_ns, exit_ns = T0 + 5 * NS, T0 + 86_400 * NS
    kit.write(home, run, [Order(1, 1, entry_ns, "WDOK20", "paper", "entry", 1, 1, None, None, "BUY"),
                          Fill(1, 1, entry_ns + 7, 1, 1, 10_400, 10_400, 10_400, True, 1)])
    kit.write(home, "20200403-100000", [Order(2, 2, exit_ns, "WDOK20", "paper", "exit", -1, 1, None, None, "FLAT_BY"),
                                        Fill(2, 2, exit_ns + 7, -1, 1, 10_410, 10_410, 10_410, False, 0)])
    known = past(home)
    (first,), (second,) = (gather(known, dt.date(2020, 4, day)).books for day in (2, 3))
    assert (first.held[0].lots, first.held[0].open_brl, first.deals) == (1, None, ()) and second.held == ()
    side = float(round(kit.SIDE_BRL["WDOZ26"] + Decimal("0.35"), 2))
    assert (first.result.net_brl[0], second.result.net_brl[0]) == (-side, 50.0 - side)
    (deal,) = second.deals
    assert deal.regime == "normal" and deal.sides is not None and deal.sides["tape_reading"] == "sell"


def test_an_account_that_only_holds_is_told_of_until_its_contract_expires(tmp_path: Path) -> None:
    home, market, when = Home(tmp_path), kit.Market(number=1), kit.at_ns(kit.MONDAY, 10)
    kit.write(home, "a", [Order(1, 1, when, "WDOZ26", "paper", "entry", 1, 1, None, None, "BUY"),
                          Fill(1, 1, when + 7, 1, 1, 10_400, 10_400, 10_400, True, 1)])
    later = dt.date(2026, 12, 2)
    for run, day in (("b", kit.WEEK[1]), ("c", later)):
        kit.write(home, run, list(market.trips(day, "WINZ26", "1:2", 1)))
    known = past(home)
    _, paper = gather(known, kit.WEEK[1]).books
    assert (paper.account, paper.symbols, [(one.symbol, one.lots) for one in paper.held]) == (
        "paper", ("WDOZ26",), [("WDOZ26", 1)])
    assert (paper.result.net_brl, paper.deals, paper.win_rate) == ((0.0, 0.0, 0.0), (), None)
    assert [book.account for book in gather(known, later).books] == ["1:2"]


def test_adopted_lots_are_the_account_s_that_they_were_adopted_for(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    journal = Journal.open(home.journal, "r")
    journal.begin("WDOZ26", "32003:7")
    for side, price, position in ((1, 10_000, 1), (-1, 10_010, 0)):
        journal.put(Fill(0, 1, kit.at_ns(kit.MONDAY, 10), side, 1, price, price, price, False, position))
    journal.close()
    (book,) = gather(past(home), kit.MONDAY).books
    assert (book.account, book.mode, book.result.gross_brl[0], len(book.deals)) == ("32003:7", None, 50.0, 1)


def test_a_model_that_follows_one_feature_names_it_first(tmp_path: Path) -> None:
    """Rank correlation by hand: the lean is a monotone function of what stands in the row."""
    home = Home(tmp_path)
    run = voted(home)
    found = read_result(home.data / "runs" / run)
    rows = np.random.default_rng(5).normal(size=found.rows.shape)
    rows[:, NAMES.index("returns_5")] = -np.exp(found.votes[0].p[:, 2])
    uses = _uses(replace(found, rows=rows))
    assert uses[0].name == "returns_5" and uses[0].correlation == pytest.approx(-1.0) and len(uses) == 10


def test_metrics_are_kept_for_the_run_that_they_are_of_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    run = voted(home)
    home.metrics.parent.mkdir(exist_ok=True)
    latency = {"mean": 1.5, "p50": 1.0, "p99": 60.0, "max": 80.0}
    home.metrics.write_text(json.dumps({"session_id": "another", "decision": {"latency_ms": latency}}))
    ending.keep_metrics(home, run)
    assert gather(past(home), dt.date(2020, 4, 2)).runs[0].latency is None
    home.metrics.write_text(json.dumps({"session_id": run, "decision": {"latency_ms": latency}}))
    ending.keep_metrics(home, run)
    facts = gather(past(home), dt.date(2020, 4, 2))
    assert facts.runs[0].latency is not None and facts.runs[0].latency.p99_ms == 60.0
    assert "SLOW" in [one["rule"] for one in json_of(facts, load(home, environ={}), EN)["suggestions"]]


def test_latency_is_that_of_every_decision_of_the_day_by_stage(tmp_path: Path) -> None:
    """More decisions than the recent window holds, of two days; the metrics of the run's last ones are left aside."""
    home = Home(tmp_path)
    run = voted(home)
    files.replace(home.data / "runs" / run / ending.METRICS, b'{"decision": {"latency_ms": {"p99": 1e9}}}')
    latencies = Latencies()
    writer = StageWriter(path_of(home, run), latencies, pytest.fail)
    for at in range(2000):
        latencies.add(at * 1000, 0, 0, 0, 0, 2_000_000)
        decision = type("", (), {"ts_ns": T0 + (at >= 1500) * 86_400 * NS, "seq": at})
        writer.decision(decision, *[np.empty(0)] * 2)   # type: ignore[arg-type]
    writer.close()
    facts = gather(past(home), dt.date(2020, 4, 2))
    latency = facts.runs[0].latency
    assert latency is not None and latency.stages is not None and latency.decisions == 1500
    assert latency.stages["features"].max_ms == pytest.approx(1.499) and latency.max_ms == pytest.approx(3.499)
    assert latency.stages["features"].p50_ms == pytest.approx(0.7495) and latency.stages["orders"].mean_ms == 2.0
    page = to_markdown(document_of(facts, load(home, environ={}), PT))
    assert f"Latência por etapa (ms), 1.500 decisões de {run}" in page and "| ordens | 2,000 |" in page


def test_alerts_count_for_the_day_of_their_event(tmp_path: Path) -> None:
    home = Home(tmp_path)
    run = voted(home)
    sink = AlertFile(home.alerts, {"session_id": run})
    for ts_ns in (T0, T0 + 1, None, T0 - 86_400 * NS):
        sink(Alert("ERROR", Code.EVENTS_DROPPED, "Feed", "lost", {}, ts_ns, dt.datetime.now(dt.UTC), count=2))
    (one,) = gather(past(home), dt.date(2020, 4, 2)).alerts
    assert (one.code, one.level, one.count) == ("EVENTS_DROPPED", "ERROR", 6)


def cli(home: Home, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(qt, [*words, "--home", str(home.root)])
    return done.exit_code, done.output if done.exception is None else str(done.exception)


def test_three_files_are_written_and_the_newest_day_is_the_default(tmp_path: Path) -> None:
    home = Home(tmp_path)
    voted(home)
    code, output = cli(home, "report", "daily", "--language", "en")
    assert code == 0 and "2020-04-02: 1 runs, 300 decisions" in output
    assert sorted(path.name for path in (home.reports / "daily").iterdir()) == [
        f"2020-04-02.{end}" for end in ("html", "json", "md")]
    assert json.loads((home.reports / "daily" / "2020-04-02.json").read_bytes())["format"] == "qt-daily/1"


def test_a_day_without_data_is_refused(traded: tuple[Home, dict[tuple[dt.date, str], kit.Sum]]) -> None:
    with pytest.raises(DataError, match=r"2026-11-21: nothing was decided or traded .* 2026-11-09 to 2026-11-13"):
        gather(past(traded[0]), dt.date(2026, 11, 21))


def test_a_journal_that_is_missing_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is none yet"):
        past(Home(tmp_path))
    home = Home(tmp_path)
    home.prepare()
    home.journal.write_bytes(b"no journal" * 500)
    with pytest.raises(JournalError, match="no SQLite file"):
        past(home)
    kit.write(Home(tmp_path / "empty"), "r", [])
    with pytest.raises(DataError, match="nothing was decided"):
        assert past(Home(tmp_path / "empty")).newest


@pytest.mark.parametrize("name", ["decisions.parquet", "refusals.parquet", "features.parquet"])
def test_results_that_cannot_be_read_are_refused(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path)
    run = voted(home)
    (home.data / "runs" / run / name).write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataError, match=name):
        gather(past(home), dt.date(2020, 4, 2))


def test_the_process_after_a_session_says_in_the_log_what_became_of_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    run = voted(home)
    assert automatic.made(home, load(home, environ={}), run) == 0
    assert (home.reports / "daily" / "2020-04-02.html").is_file()
    (home.data / "runs" / run / "decisions.parquet").write_bytes(b"nothing")
    assert automatic.made(home, load(home, environ={}), run) == 9
    log = "".join(path.read_text("utf-8") for path in home.logs.glob("*.log"))
    assert "daily report of 2020-04-02" in log and "has no daily report" in log


def test_a_report_is_wanted_of_an_account_s_own_run_that_left_results(tmp_path: Path) -> None:
    config = load(Home(tmp_path), environ={})
    assert not ending.wanted(config, "sim", tmp_path)
    (tmp_path / "summary.json").touch()
    assert ending.wanted(config, "sim", tmp_path) and not ending.wanted(config, "recording", tmp_path)
    assert not ending.wanted(load(Home(tmp_path), {"reports.daily": False}, environ={}), "sim", tmp_path)

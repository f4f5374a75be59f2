"""Decisions of a run are rebuilt from its recording: the same, to the last digit, as the run's own tables have them."""
from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from math import fsum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from e2e.installation import UNBROKEN, Installation

from qt_app.__main__ import main
from qt_app.backtest.money import Purse
from qt_app.config import Config, load
from qt_app.costs import fees_of
from qt_app.errors import DataError, ExitCode
from qt_app.fees import Fees
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.journal.entries import Fill
from qt_app.replay import beginning
from qt_app.replay.outputs import CERTIFICATE
from qt_app.why.answer import Answer, as_json, ask
from qt_app.why.page import as_html
from qt_app.why.past import Past, Row, day_of, find_run, open_run
from qt_app.why.text import as_text
from qt_app.why.trades import Trade, trades
from qt_app.why.which import UnclearError, meant

pytestmark = pytest.mark.slow

EAGER = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "500", "STOP_LOSS": "0.001", "QT_TAKE_PROFIT": "0.001",
         "QT_REPORTS_DAILY": "false", **UNBROKEN}
MINUTES = 6


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A run of six minutes that trades at the slightest reason."""
    qt = Installation(tmp_path_factory.mktemp("why"), EAGER)
    qt.good("start", "--speed", 0, "--until", f"10:{30 + MINUTES}")
    yield qt.home
    qt.put_down()


@pytest.fixture(scope="module")
def config(home: Home) -> Config:
    return load(home, keyring=False)


@pytest.fixture(scope="module")
def past(home: Home, config: Config) -> Iterator[Past]:
    with open_run(home, find_run(home, None, None), config) as found:
        yield found


def asked(home: Home, config: Config, question: object) -> Answer:
    return ask(home, config, str(question))


def chosen(past: Past) -> dict[str, dict[str, Any]]:
    """A decision of each sort: traded, refused, short of the limit, held, against the position."""
    entries = {row["seq"] for row in past.orders if row["purpose"] == "entry"}
    refused = {row["seq"] for row in past.rows("refusals")}
    sorts: dict[str, dict[str, Any]] = {}
    for row in past.decisions:
        sort = ("traded" if row["seq"] in entries else "refused" if row["seq"] in refused else
                "closed" if row["action"] != "hold" else row["reason"].split()[0])
        sorts.setdefault(sort, row)
    return sorts


def test_every_sort_of_decision_is_rebuilt_as_the_run_made_it(home: Home, config: Config, past: Past) -> None:
    sorts = chosen(past)
    assert {"traded", "refused", "closed", "HOLD", "LOW_CONFIDENCE"} <= set(sorts)
    votes = pd.DataFrame(past.rows("votes"))
    for sort, row in sorts.items():
        answer = asked(home, config, f"seq:{row['seq']}")
        assert answer.repeats is True
        assert (answer.decision.action, answer.decision.reason) == (row["action"], row["reason"])
        mine = votes[votes["seq"] == row["seq"]]
        assert list(mine["voter"]) == [vote.voter for vote in answer.seen.opinions.votes]
        if answer.decision.p is not None:
            shares = answer.seen.opinions.shares()
            for n, column in enumerate(("p_sell", "p_hold", "p_buy")):
                told = fsum(s * p for s, p in zip(shares, mine[column], strict=True) if p == p and p is not None)
                assert told == pytest.approx(row[column], abs=1e-12)
        first = next((check.refusal for check in answer.seen.checks if check.refusal is not None), None)
        if sort == "refused":
            record = next(r for r in past.rows("refusals") if r["seq"] == row["seq"])
            assert first is not None and (first.reason.name, record["detail"]) == (record["code"], first.detail)
        assert (sort == "traded") is (first is None and not answer.seen.hypothetical)
        assert answer.seen.closes is (sort == "closed")


def test_ranks_are_those_of_the_day(home: Home, config: Config, past: Past) -> None:
    row = past.decisions[len(past.decisions) // 2]
    answer = asked(home, config, f"seq:{row['seq']}")
    day = past.table("features").to_pandas()
    at = int(day.index[day["seq"] == row["seq"]][0])
    assert len(answer.values) == 65
    for value in answer.values:
        column = day[value.name].dropna()
        if value.value is None:
            assert pd.isna(day[value.name][at])
            continue
        assert value.value == day[value.name][at]
        # pandas gives equal values the mean of their places, which counts from 1
        assert value.rank == pytest.approx((column.rank()[at] - 0.5) / len(column))
        if value.z is not None:
            assert value.z == pytest.approx((value.value - column.mean()) / column.std(ddof=0))


def test_orders_of_the_next_trade_are_not_this_one_s_whatever_a_broker_s_clock_says() -> None:
    """Fills come stamped by the broker; decisions by the market's events, which may be seconds behind."""
    def row(number: int, purpose: str, ts_ns: int) -> Row:
        return {"order_id": number, "purpose": purpose, "ts_ns": ts_ns}

    def fill(number: int, ts_ns: int, position: int, realised_brl: float) -> Row:
        return {"order_id": number, "ts_ns": ts_ns, "position": position, "realised_brl": realised_brl,
                "costs_brl": number * 1.0}

    orders = [row(1, "entry", 10), row(2, "stop", 11), row(3, "exit", 12), row(4, "entry", 20), row(5, "entry", 21),
              row(6, "stop", 22), row(7, "entry", 30), row(8, "stop", 31)]
    fills = [fill(1, 40, 1, 0.0), fill(3, 41, 0, 5.0), fill(5, 42, 1, 5.0), fill(6, 43, 0, 2.0), fill(7, 44, 1, 2.0)]
    found = trades(SimpleNamespace(orders=orders, fills=fills, carried_brl=(0.0, 0.0)))     # type: ignore[arg-type]
    assert [[order["order_id"] for order in trade.orders] for trade in found] == [[1, 2, 3], [5, 6], [7, 8]]
    assert [(trade.realised_brl, trade.costs_brl) for trade in found] == [(5.0, 3.0), (-3.0, 3.0), (None, 1.0)]


def test_the_first_trade_holds_no_money_of_the_run_before(past: Past, tmp_path: Path) -> None:
    """A contract's account goes on from run to run; what it had made and paid before is no part of a trade."""
    noon = past.fills[0]["ts_ns"]
    before = (Fill(1, 1, noon, 1, 1, 10_000, 0, 0, True, 1), Fill(2, 2, noon, -1, 1, 10_010, 0, 0, False, 0))
    beginning.write(tmp_path, beginning.to_json(replace(beginning.NOTHING, next_order_id=7, fills=before)))
    unnamed = {key: value for key, value in past.recording.metadata.items() if key != beginning.KEY}
    onward = replace(past, folder=tmp_path, recording=replace(past.recording, metadata=unnamed))
    costs_brl = 2 * fees_of(past.config).side_brl(instrument("WDOZ26"), day_of(noon), 1)
    assert onward.carried_brl == (pytest.approx(50.0), pytest.approx(costs_brl))

    def shifted(fill: Row) -> Row:
        realised_brl, paid_brl = onward.carried_brl
        return fill | {"realised_brl": fill["realised_brl"] + realised_brl, "costs_brl": fill["costs_brl"] + paid_brl}

    told = trades(SimpleNamespace(orders=past.orders, fills=[shifted(fill) for fill in past.fills],  # type: ignore[arg-type]
                                  carried_brl=onward.carried_brl))
    assert [trade.net_brl for trade in told] == pytest.approx([trade.net_brl for trade in trades(past)])


def test_trades_agree_with_the_account_to_the_cent(past: Past) -> None:
    summary = json.loads((past.folder / "summary.json").read_text())
    purse = Purse(instrument("WDOZ26"), Fees())
    theirs, _ = purse.day(past.orders, past.fills, summary)
    mine = [trade for trade in trades(past) if trade.closed]
    assert len(mine) >= 3 and [trade.number for trade in trades(past)] == list(range(1, len(trades(past)) + 1))
    assert [round(trade.net_brl or 0.0, 2) for trade in mine] == [
        round((trade.net_brl or (0.0,))[0], 2) for trade in theirs]
    for trade in mine:
        assert sum(fill["side"] * fill["qty"] for fill in trade.fills) == 0
        assert {fill["order_id"] for fill in trade.fills} <= {order["order_id"] for order in trade.orders}
        assert [o["purpose"] for o in trade.orders].count("entry") == 1
    owned = [order["order_id"] for trade in trades(past) for order in trade.orders]
    assert len(owned) == len(set(owned))


def test_each_way_to_name_it_finds_the_same(past: Past) -> None:
    trade: Trade = trades(past)[1]
    entry = trade.entry
    time = pd.Timestamp(entry["ts_ns"], unit="ns", tz="America/Sao_Paulo").strftime("%H:%M:%S")
    for question in ("trade:2", "#2", f"order:{entry['order_id']}", str(entry["order_id"]), f"seq:{entry['seq']}",
                     str(entry["seq"]), time, f"{time}.000", f" {time} "):
        found = meant(past, question)
        assert found.decision["seq"] == entry["seq"] and found.trade == trade
    leg = next(order for order in trade.orders if order["purpose"] == "stop")
    assert meant(past, f"order:{leg['order_id']}").decision["seq"] == entry["seq"]


def test_an_exit_by_the_opposite_decision_is_told_by_that_one(past: Past) -> None:
    order = next(row for row in past.orders if row["reason"] == "OPPOSITE_DECISION")
    found = meant(past, f"order:{order['order_id']}")
    assert found.decision["action"] == ("buy" if order["side"] > 0 else "sell")
    assert found.trade is not None and found.decision["ts_ns"] > found.trade.entry["ts_ns"]


@pytest.mark.parametrize("question", ["seq:5", "99999999999", "trade:99", "trade:0", "order:9999", "10:29:59",
                                      "23:59:59"])
def test_what_does_not_exist_names_what_does(past: Past, question: str) -> None:
    with pytest.raises(DataError, match=rf"there are {len(past.decisions)} decisions from event \d+ to \d+, "
                                        r"2026-11-19T10:30:01 to 2026-11-19T10:36:00, and orders 1 to \d+"):
        meant(past, question)


@pytest.mark.parametrize("question", ["", "yesterday", "25:00:00", "10:31", "-3", "trade:x", "order:1.5"])
def test_what_names_nothing_is_wrong_usage(past: Past, question: str) -> None:
    with pytest.raises(UnclearError):
        meant(past, question)


def test_the_terminal_says_all_of_it(home: Home, config: Config, past: Past) -> None:
    answer = asked(home, config, f"seq:{chosen(past)['LOW_CONFIDENCE']['seq']}")
    text, p = as_text(answer), answer.after
    assert p.p is not None and p.missed_by is not None
    assert f"missed MIN_CONFIDENCE 0.400 by {p.missed_by:.3f}" in text
    assert "SYNTHETIC" in text and "came to the same row and the same decision as the run" in text
    for words in ("order_flow alone would have brought it about", "The gate was not asked", "halts and breakers",
                  "Rank of the day", "volatility_gk", "Best bid", "known", "later", "µs"):
        assert words in text
    refused = as_text(asked(home, config, f"seq:{chosen(past)['refused']['seq']}"))
    assert re.search(r"and risk refused: [A-Z_]+ \(.+\)\.", refused)
    assert "For risk to let it pass all of this would have had to be different: " in refused
    assert refused.index("For risk to let it pass") < refused.index("With MIN_CONFIDENCE above")


@pytest.mark.parametrize(("language", "words"), [
    ("pt_BR", ["Por quê? 19/11/2026 10:3", "SINTÉTICO", "O que precisaria ter sido diferente", "R$ ", "0,4"]),
    ("en", ["Why? 2026-11-19 10:3", "SYNTHETIC", "What would have had to be different", "R$ ", "0.4"])])
def test_the_page_stands_by_itself(home: Home, config: Config, language: Any, words: list[str]) -> None:
    html = as_html(asked(home, config, "trade:1"), language)
    for found in words:
        assert found in html
    assert html.count("<tr>") > 90 and "<svg" in html
    assert ("nem entrada, nem saída" in html) is (language == "pt_BR")
    assert not re.search(r"<script|https?://|<link|@import", html)


def test_the_command(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--home", str(home.root)]
    assert main(["why", "trade:1", "--json", *where]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "qt-why/1" and document["repeats_the_run"] is True
    assert len(document["features"]) == 65 and len(document["votes"]) == 5 and document["story"]["trade"]["number"] == 1
    stages = {"features", "model", "agents", "consensus", "risk", "orders"}
    for times in (document["latency"]["run_us"], document["latency"]["replay_us"]):
        assert set(times) == stages | {"total"} and all(us >= 0 for us in times.values())
        assert times["total"] == pytest.approx(sum(times[stage] for stage in stages), abs=0.01)
    assert main(["why", "trade:1", "--html", *where]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.parent == home.reports / "why" and "Por quê?" in path.read_text("utf-8")
    assert main(["why", "trade:99", *where]) == ExitCode.DATA
    assert main(["why", "nonsense", *where]) == ExitCode.USAGE
    assert main(["why", "trade:1", "--day", "2026-01-02", *where]) == ExitCode.DATA
    assert main(["why", "trade:1", "--run", "20200101-000000", *where]) == ExitCode.DATA
    assert "Traceback" not in capsys.readouterr().err


def test_a_run_that_never_ended_is_replayed_as_far_as_it_is_recorded(home: Home, config: Config, tmp_path: Path,
                                                                     past: Past) -> None:
    """As after a kill: the recording and what the run began from are there, results are not."""
    killed = Home(tmp_path)
    shutil.copytree(home.data, killed.data)
    for path in (killed.data / "runs" / past.name).iterdir():
        if path.suffix == ".parquet" or path.name in ("summary.json", "summary.txt", CERTIFICATE):
            path.unlink()
    mine, theirs = (as_json(ask(which, config, "trade:2")) for which in (killed, home))
    assert mine["run"]["ended"] is False and mine["repeats_the_run"] is None
    for name in ("decision", "votes", "risk", "counterfactual", "features", "market", "story"):
        assert mine[name] == theirs[name]
    assert mine["latency"]["run_us"] is None
    assert "the run did not keep each decision's" in as_text(ask(killed, config, "trade:2"))
    assert not (killed.cache / "why" / past.name).exists()


def test_another_recording_than_the_runs_is_told(home: Home, config: Config, tmp_path: Path, past: Past) -> None:
    """One print more in one trade: whatever follows is the replay's, and it says so."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    bent = Home(tmp_path)
    shutil.copytree(home.data, bent.data)
    path = sorted(bent.data.glob("*/*/trades-*.parquet"))[0]
    table = pq.ParquetFile(path).read()
    quantities, column = table["qty"].to_numpy().copy(), table.schema.get_field_index("qty")
    quantities[len(quantities) // 3:] += 1
    pq.write_table(table.set_column(column, table.schema.field(column), pa.array(quantities)), path)
    answer = ask(bent, config, f"seq:{past.decisions[-1]['seq']}")
    assert answer.repeats is False and "THE REPLAY DIFFERS FROM THE RUN" in as_text(answer)
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match="trades-"):
        ask(bent, config, "trade:1")

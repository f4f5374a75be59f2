from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app.data import tapes
from app.replay import files
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from qt_app.data import measures
from qt_app.data.catalogue import scan
from qt_app.data.entry import Entry
from qt_app.data.quality import Report, check
from qt_app.home import Home
from qt_core._types import EVENT_DTYPE, BookAction, Flag, Kind, Phase, TradeType

S = files.SECOND
#: A session of two hours around the tape.
SESSIONS = np.array([[files.T0 - S, files.T0 + 7200 * S]])


def entry(folder: Path, events: NDArray[Any], **options: Any) -> Entry:
    tapes.record(folder / "data", events, **{"sessions": SESSIONS, **options})
    return scan(Home(folder))[0][0]


def judged(folder: Path, events: NDArray[Any], **options: Any) -> Report:
    return check(entry(folder, events, **options))


def codes(report: Report) -> dict[str, str]:
    return {fault.code: fault.level for fault in report.faults}


def full(n: int = 7200) -> NDArray[Any]:
    """A tape that fills the session."""
    return tapes.market(n)


def changed(field: str, rows: Any, value: Any, events: NDArray[Any] | None = None) -> NDArray[Any]:
    copy = (full() if events is None else events).copy()
    copy[field][rows] = value
    return copy


def test_a_sound_recording_has_nothing_odd(tmp_path: Path) -> None:
    report = judged(tmp_path, full())
    assert (report.verdict, report.faults) == ("good", ())
    assert report.figures["prints"]["trades"] == 2400
    assert report.figures["silences"]["median_s"] == pytest.approx(1.0)
    assert report.figures["quotes"]["two_sided"] == 1.0


def test_sessions_that_the_recorder_only_expected_are_not_missed(tmp_path: Path) -> None:
    days = SESSIONS + np.array([[0], [1], [4]]) * 86_400 * S
    report = judged(tmp_path, full(), sessions=days)
    assert report.faults == () and report.figures["coverage"]["session_s"] == pytest.approx(7201.0)


def test_a_gap_is_told_with_its_time_and_length(tmp_path: Path) -> None:
    events = full()
    events["ts_ns"][3600:] += 200 * S
    events["exch_ns"] = events["ts_ns"]
    report = judged(tmp_path, events)
    assert codes(report) == {"GAPS": "warning"}
    assert report.figures["silences"]["longest"][0] == {"at": "2020-04-02T10:59:58.000-03:00", "s": 202.0}
    assert "1 silences out of its rhythm, 202 s in all, the longest of 202 s at 10:59:58" in report.faults[0].text


def test_a_slow_market_is_judged_by_its_own_rhythm_and_an_auction_is_no_gap(tmp_path: Path) -> None:
    slow = full(240)
    slow["ts_ns"] = slow["exch_ns"] = files.T0 + np.arange(240) * 29 * S
    assert "GAPS" not in codes(judged(tmp_path / "slow", slow))
    events = full()
    events["ts_ns"][3600:] += 200 * S
    for row, phase in ((3599, Phase.AUCTION), (3602, Phase.OPEN)):
        events[row] = np.zeros((), EVENT_DTYPE)
        events["kind"][row], events["code"][row], events["ts_ns"][row] = Kind.PHASE, phase, events["ts_ns"][row - 1]
    assert "GAPS" not in codes(judged(tmp_path / "auction", events))


def test_half_a_day_is_told(tmp_path: Path) -> None:
    late = judged(tmp_path / "late", tapes.market(6000, at_s=1190))
    assert "20 min after the open it begins" in late.faults[0].text
    assert codes(judged(tmp_path / "early", full(6000))) == {"EARLY_END": "warning"}
    assert codes(judged(tmp_path / "out", full(), sessions=SESSIONS + 4000 * S))["OUTSIDE"] == "warning"


def test_lost_events_warn_and_many_are_unusable(tmp_path: Path) -> None:
    events = full()
    one = entry(tmp_path, events)
    for missing, level in ((3, "warning"), (300, "unusable")):
        assert codes(check(replace(one, missing=missing))) == {"MISSING_EVENTS": level}


@pytest.mark.parametrize(("share", "level"), [(0.04, None), (0.2, "warning"), (0.7, "unusable")])
def test_prints_without_an_aggressor(tmp_path: Path, share: float, level: str | None) -> None:
    events = full()
    rows = np.flatnonzero(events["kind"] == Kind.TRADE)[: int(2400 * share)]
    assert codes(judged(tmp_path, changed("side", rows, 0))).get("UNKNOWN_AGGRESSOR") == level


def test_rlp_and_auctions_are_counted_and_have_no_aggressor_to_miss(tmp_path: Path) -> None:
    trades = np.flatnonzero(full()["kind"] == Kind.TRADE)
    events = changed("code", trades[:480], TradeType.RLP)
    events = changed("code", trades[480:720], TradeType.AUCTION, changed("side", trades[:720], 0, events))
    report = judged(tmp_path, events)
    assert report.verdict == "good"
    prints = report.figures["prints"]
    assert (prints["rlp_prints"], prints["auction_prints"], prints["unknown_aggressor"]) == (0.2, 0.1, 0.0)
    qty = full()["qty"][trades]
    assert prints["rlp_volume"] == pytest.approx(qty[:480].sum() / qty.sum())
    assert "MOSTLY_RLP" in codes(judged(tmp_path / "rlp", changed("code", trades, TradeType.RLP)))


@pytest.mark.lengthy
def test_the_clock_against_the_exchange_s(tmp_path: Path) -> None:
    ts_ns = full()["ts_ns"]
    assert judged(tmp_path / "same", full()).figures["clock"]["exchange_times"] is True
    off = judged(tmp_path / "off", changed("exch_ns", slice(None), ts_ns - 7 * S))
    assert codes(off) == {"CLOCK_OFF": "warning"}
    assert off.figures["clock"]["lag_median_s"] == 7.0
    drift = judged(tmp_path / "drift", changed("exch_ns", slice(None), ts_ns - np.linspace(0, 2 * S, 7200).astype(int)))
    assert codes(drift) == {"CLOCK_DRIFT": "warning"}
    jump = judged(tmp_path / "jump", changed("exch_ns", slice(3600, None), ts_ns[3600:] - 3 * S))
    assert {"LAG", "LAG_JUMPS", "CLOCK_DRIFT"} <= set(codes(jump))
    back = changed("exch_ns", 4500, ts_ns[4500] - 10 * S)
    assert codes(judged(tmp_path / "back", back))["EXCHANGE_BACKWARDS"] == "warning"


@pytest.mark.lengthy
def test_prints_far_away_are_unusable_and_jumps_are_told(tmp_path: Path) -> None:
    assert codes(judged(tmp_path / "far", changed("price", 3000, 105_000)))["FAR_PRICES"] == "unusable"
    report = judged(tmp_path / "jump", changed("price", 3000, 10_800))
    assert codes(report) == {"JUMPS": "warning"}
    assert report.figures["outliers"]["jumps"] == 2
    assert report.figures["outliers"]["largest_move_at"].startswith("2020-04-02T10:50:0")
    assert codes(judged(tmp_path / "size", changed("qty", 3000, 5000))) == {"SIZES": "warning"}
    assert codes(judged(tmp_path / "ids", changed("id", 3000, 10))) == {"REPEATED": "warning"}


@pytest.mark.lengthy
def test_crossed_and_one_sided_quotes(tmp_path: Path) -> None:
    quotes = np.flatnonzero(full()["kind"] == Kind.QUOTE)
    few = judged(tmp_path / "few", changed("a", quotes[:10], 10_000))
    assert codes(few) == {"CROSSED_QUOTES": "warning"}
    assert few.figures["quotes"]["crossed_quotes"] == 10
    assert codes(judged(tmp_path / "many", changed("a", quotes[:100], 10_000)))["CROSSED_QUOTES"] == "unusable"
    outside = judged(tmp_path / "outside", changed("a", quotes[:100], 10_000), sessions=SESSIONS + 400 * S)
    assert "CROSSED_QUOTES" not in codes(outside)
    assert codes(judged(tmp_path / "one", changed("a", quotes[:600], -2**31))) == {"ONE_SIDED": "warning"}


def test_a_crossed_book_is_counted_by_groups(tmp_path: Path) -> None:
    events = full()
    for row, side, price, action in ((1, 1, 10_500, BookAction.IMAGE), (4, -1, 10_501, BookAction.ADD),
                                     (7, 1, 10_505, BookAction.ADD), (10, 1, 10_505, BookAction.DELETE)):
        events[row] = np.zeros((), EVENT_DTYPE)
        events["ts_ns"][row] = events["ts_ns"][row - 1] + 1
        for name, value in (("kind", Kind.LEVEL), ("code", action), ("side", side), ("price", price), ("qty", 5),
                            ("pos", 0), ("flags", Flag.LAST | (Flag.FIRST if row == 1 else 0))):
            events[name][row] = value
    report = judged(tmp_path, events)
    assert report.figures["quotes"]["crossed_book"] == 1
    assert codes(report)["CROSSED_BOOK"] == "unusable"


def test_what_no_research_can_use(tmp_path: Path) -> None:
    only = full()[full()["kind"] == Kind.TRADE]
    assert codes(judged(tmp_path / "t", only)) == {"NO_QUOTES": "unusable"}
    assert codes(judged(tmp_path / "q", full()[full()["kind"] == Kind.QUOTE])) == {"NO_TRADES": "unusable"}
    thin = full()[::1000].copy()
    thin["kind"] = Kind.TRADE
    assert codes(judged(tmp_path / "thin", thin))["THIN"] == "warning"


def test_a_recording_that_was_changed_after_its_import_is_unusable(tmp_path: Path) -> None:
    one = entry(tmp_path, full(), run="import-0123456789ab")
    assert codes(check(one)) == {"CHANGED": "unusable"}
    assert codes(check(replace(one, run=f"import-{one.digest[:12]}"))) == {}


def test_files_that_went_meanwhile_are_unusable_by_name(tmp_path: Path) -> None:
    one = entry(tmp_path, full())
    shutil.rmtree(one.folder)
    report = check(one)
    assert codes(report) == {"UNREADABLE": "unusable"}
    assert "trades-0001.parquet" in report.faults[0].text


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**11), min_size=2, max_size=60))
def test_silences_equal_a_slow_count(gaps: list[int]) -> None:
    events = tapes.market(len(gaps))
    events["kind"] = Kind.TRADE
    events["ts_ns"] = files.T0 + np.cumsum(gaps)
    recording = tapes.recording(events)
    found = measures.silences(measures.tape_of(recording, None))
    waits = [gap / 1e9 for gap in gaps[1:]]
    usual = float(np.quantile(waits, 0.99))
    odd = [wait for wait in waits if wait > max(10 * usual, 30)]
    assert (found["out_of_rhythm"], found["out_of_rhythm_s"]) == (len(odd), pytest.approx(sum(odd)))
    assert [one["s"] for one in found["longest"]] == pytest.approx(sorted(waits, reverse=True)[:5])


@pytest.mark.lengthy
@pytest.mark.realdata
def test_recorded_markets_are_judged_as_their_notes_say(realdata: Path, tmp_path: Path) -> None:
    from app.data.test_importing import bring

    def report(name: str, *kinds: str, hours: str = "b3") -> Report:
        done = bring(tmp_path / name, *(realdata / f"{name}_{kind}.parquet" for kind in kinds), hours=hours)
        return check(done.entries[0])

    dollar = report("b3_dolk20_20200402", "trades", "l1")
    assert (dollar.verdict, dollar.figures["prints"]["trades"]) == ("warning", 33_118)
    assert dollar.figures["prints"]["auction_prints"] == pytest.approx(117 / 33_118)
    assert set(codes(dollar)) == {"SIZES"}
    bitcoin = report("binance_usdm_btcusdt_20240808", "trades", "l1", hours="none")
    assert bitcoin.figures["clock"]["lag_median_s"] == pytest.approx(-1.27, abs=0.01)
    assert bitcoin.verdict == "good"
    mini = report("b3_wdou25_20250811", "book", "l1")
    assert codes(mini)["NO_TRADES"] == "unusable"

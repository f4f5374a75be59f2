"""A recording becomes rows by the live engine alone, and the future changes nothing that was known before it."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from app.replay import files

from qt_app.data.digest import digest_of
from qt_app.dataset.build import Instants, build
from qt_app.dataset.session import SessionRows
from qt_app.errors import DataError
from qt_app.features_door import Sampling, features_of
from qt_app.instruments import instrument
from qt_app.replay.hours import parse_session
from qt_app.replay.reader import Recording, read_events
from qt_core._types import Control, Flag, Kind
from qt_core.features.registry import schema_id

ZONE = ZoneInfo("America/Sao_Paulo")
B3 = parse_session("b3", ZONE)
EVERY = Instants(5 * files.SECOND, files.SECOND)


def recorded(folder: Path, n: int = 400, **columns: files.Columns) -> Recording:
    made = {"trades": files.trades(n), "l1": files.l1(n)} | columns
    paths = {kind: files.write(folder / f"b3_dolk20_{kind}.parquet", kind, made[kind]) for kind in made}
    return read_events(**paths)


def only(sessions: list[SessionRows]) -> SessionRows:
    assert len(sessions) == 1
    return sessions[0]


def test_rows_are_those_of_the_feature_door(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    made = only(build(recording, EVERY, session=B3))
    door = features_of(recording, session=B3, candle_ns=EVERY.candle_ns, sampling=Sampling("interval", EVERY.every_ns))
    assert made.ts_ns.tobytes() == door.ts_ns.tobytes() and made.rows.tobytes() == door.rows.tobytes()
    assert len(made) == 399 and made.readings.shape[0] == 399


def test_a_session_says_what_it_is(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    made = only(build(recording, EVERY, session=B3))
    assert (made.symbol, made.day, made.tick, made.synthetic) == ("DOLK20", "2020-04-02", (1, 2), False)
    assert made.tick_value_brl == instrument("DOLK20").tick_value_brl
    assert made.schema_id == schema_id(5.0, "b3") and made.digest == digest_of(recording)
    assert made.open_ns < files.T0 < made.close_ns and made.source == str(tmp_path)


def test_the_quote_path_is_that_of_the_file_and_ends_with_it(tmp_path: Path) -> None:
    made, l1 = only(build(recorded(tmp_path), EVERY, session=B3)), files.l1(400)
    change = np.r_[True, np.diff(l1["bid"]) != 0]
    assert made.quotes.ts_ns[:-1].tolist() == l1["ts_ns"][change].tolist()
    assert made.quotes.bid[:-1].tolist() == (l1["bid"][change] * 2).tolist()
    assert made.quotes.ask[:-1].tolist() == (l1["ask"][change] * 2).tolist()
    last = int(l1["ts_ns"][-1])
    assert (made.quotes.ts_ns[-1], made.quotes.bid[-1], made.quotes.ask[-1]) == (last + 1, 0, 0)
    assert made.quotes.at(np.array([last]))[0][0] > 0


def poisoned(recording: Recording, cut: int, how: str) -> Recording:
    events = recording.events.copy()
    if how == "left out":
        return replace(recording, events=events[:cut], seq=recording.seq[:cut])
    if how in {"prices", "all"}:
        events["price"][cut:] += 40
        events["a"][cut:] += 60    # asks, and the brokers of prints
    if how in {"sizes", "all"}:
        events["qty"][cut:] += 7
    if how in {"later", "all"}:
        events["ts_ns"][cut:] += 123_456_789
    if how in {"sides", "all"}:
        events["side"][cut:] *= -1
    return replace(recording, events=events)


@pytest.mark.lengthy
@pytest.mark.parametrize("how", ["prices", "sizes", "later", "sides", "all", "left out"])
@pytest.mark.parametrize("cut", [3, 97, 398, 640, 799])
def test_changing_every_event_from_an_instant_on_changes_nothing_up_to_it(tmp_path: Path, cut: int, how: str) -> None:
    recording = recorded(tmp_path)
    whole, other = (only(build(one, EVERY, session=B3)) for one in (recording, poisoned(recording, cut, how)))
    poison_ns = int(recording.events["ts_ns"][cut])
    n, m = int((whole.ts_ns <= poison_ns).sum()), int((whole.quotes.ts_ns < poison_ns).sum())
    if how == "left out":    # without an event at or after it, an instant does not fall due
        n, m = min(n, len(other)), min(m, len(other.quotes.ts_ns) - 1)
    assert n > 0 or cut == 3
    for a, b in ((whole.ts_ns, other.ts_ns), (whole.rows, other.rows), (whole.readings, other.readings)):
        assert a[:n].tobytes() == b[:n].tobytes()
    for a, b in zip(*([q.ts_ns, q.bid, q.ask] for q in (whole.quotes, other.quotes)), strict=True):
        assert a[:m].tobytes() == b[:m].tobytes()
    assert other.digest != whole.digest or (how, cut) == ("sides", 799)    # the last event is a quote


def test_two_days_are_two_sessions(tmp_path: Path) -> None:
    both = {kind: two_days(make(100)) for kind, make in (("trades", files.trades), ("l1", files.l1))}
    made = build(recorded(tmp_path, **both), EVERY, session=B3)
    assert [one.day for one in made] == ["2020-04-02", "2020-04-03"]
    assert made[0].close_ns < made[1].open_ns and made[0].digest != made[1].digest
    alone = only(build(recorded(tmp_path, 100), EVERY, session=B3))
    n = len(alone)    # the first day goes on to its close, for an event follows that
    assert made[0].rows[:n].tobytes() == alone.rows.tobytes()
    assert made[0].quotes.bid[:-1].tobytes() == alone.quotes.bid[:-1].tobytes()


def two_days(columns: files.Columns) -> files.Columns:
    n, day_ns = len(columns["ts_ns"]), 86_400 * files.SECOND
    moved = {name: np.asarray(values) for name, values in columns.items()}
    later = moved | {"ts_ns": moved["ts_ns"] + day_ns, "exch_ts_ns": moved["exch_ts_ns"] + day_ns,
                     "seq": moved["seq"] + 3 * n}
    return {name: np.concatenate([moved[name], later[name]]) for name in moved}


def test_without_a_calendar_the_session_is_the_recording(tmp_path: Path) -> None:
    made = only(build(recorded(tmp_path), EVERY, session=parse_session("none", ZONE)))
    assert (made.open_ns, made.close_ns) == (files.T0, files.T0 + 399 * files.SECOND + 1)
    assert made.schema_id == schema_id(5.0, "none") and not made.bounded


def test_a_gap_that_was_recorded_hides_the_quotes(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    events = recording.events.copy()
    at = int(np.flatnonzero(events["kind"] == Kind.QUOTE)[200])
    gap = np.zeros(2, events.dtype)
    gap["kind"], gap["code"], gap["ts_ns"] = Kind.CONTROL, (Control.GAP, Control.FILLED), events["ts_ns"][at]
    events = np.concatenate([events[:at + 1], gap, events[at + 1:]])
    made = only(build(replace(recording, events=events), EVERY, session=B3))
    dark = (made.quotes.ts_ns == gap["ts_ns"][0]) & (made.quotes.bid == 0)
    assert dark.sum() == 1


def test_a_recorded_warm_start_is_repeated_as_one(tmp_path: Path) -> None:
    """Prints that a run was told as history warm its features up, and no row falls due on them."""
    recording = recorded(tmp_path, 1200)
    prints = recording.events["kind"] == Kind.TRADE
    past = prints & (np.cumsum(prints) <= 1100)
    events = recording.events.copy()
    events["kind"][past], events["exch_ns"][past] = Kind.HISTORY, events["ts_ns"][past]
    events["id"][past] = np.arange(1, 1101)
    events = np.concatenate([events[past], events[~past & (np.cumsum(prints) > 1100)]])
    events["flags"][1099] |= int(Flag.DONE)
    warm = only(build(replace(recording, events=events), EVERY, session=B3))
    cold = only(build(recording, EVERY, session=B3))
    assert int(warm.ts_ns[0]) > int(events["ts_ns"][1099]) and len(warm) == 100
    assert warm.rows.tobytes() == cold.rows[-100:].tobytes()


def test_a_recording_with_missing_events_gives_no_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="7 events are missing"):
        build(replace(recorded(tmp_path), missing=7), EVERY, session=B3)


def test_a_crossed_recording_gives_no_rows(tmp_path: Path) -> None:
    crossed = files.changed(files.l1(400), "ask", 50, 5000.0)
    with pytest.raises(DataError, match="crossed"):
        build(recorded(tmp_path, l1=crossed), EVERY, session=B3)


def test_a_tape_without_quotes_cannot_be_labelled(tmp_path: Path) -> None:
    path = files.write(tmp_path / "b3_dolk20_trades.parquet", "trades", files.trades(400))
    with pytest.raises(DataError, match="no quote stood inside a session"):
        build(read_events(path), EVERY, session=B3)


def test_events_outside_every_session_give_no_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no decision instant"):
        build(recorded(tmp_path), EVERY, session=parse_session("19:00-20:00", ZONE))


def test_another_contract_than_the_recorded_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not that of WINZ26"):
        build(recorded(tmp_path), EVERY, session=B3, contract=instrument("WINZ26"))


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    seen: list[Any] = []
    build(recorded(tmp_path), EVERY, session=B3, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (800, 800)

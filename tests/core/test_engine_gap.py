"""A gap in the prints: time stands still, history is collected, and afterwards nothing shows that it was ever there."""
from __future__ import annotations

import numpy as np
import pytest
from book_kit import SECOND, Events, clock, event, join, trade
from test_engine import CLOSE, OPEN, Sample, engine, run, stream

from qt_core._types import NO_PRICE, Control, Flag, Kind, Phase
from qt_core.engine import DUE_NOTICE, Engine
from qt_core.ring import Ring

DAY = 86_400 * SECOND


def control(code: Control, ts_ns: int) -> Events:
    return event(Kind.CONTROL, ts_ns, code=code)


def told(prints: Events, now_ns: int = OPEN + 300 * SECOND) -> Events:
    """Prints as an answer to a history request that comes at ``now_ns``."""
    past = prints.copy()
    past["kind"], past["ts_ns"] = Kind.HISTORY, now_ns
    past["flags"][-1:] |= int(Flag.DONE)
    return past


def prints_of(n: int) -> Events:
    events = stream(n)
    events["exch_ns"] = events["ts_ns"]
    return events[events["kind"] == Kind.TRADE]


def recorded(eng: Engine) -> Events:
    assert eng.sink is not None
    return eng.sink.pop(1 << 14)


def numbers(record: Events) -> list[int]:
    prints = record[np.isin(record["kind"], (Kind.TRADE, Kind.HISTORY)) & (record["qty"] > 0)]
    return [int(number) for number in prints["id"]]


def gapped(*answers: Events, prints: Events, lost: slice) -> tuple[Engine, list[Sample]]:
    """An engine that missed ``prints[lost]`` live and got these answers; what follows waits behind them."""
    eng = engine(readings=False)
    eng.sink = Ring(1 << 14)
    seen = int(prints["ts_ns"][lost.start - 1])
    samples = run(eng, join(prints[:lost.start], control(Control.GAP, seen)))
    waiting = prints[lost.stop:lost.stop + 200]
    samples += run(eng, join(waiting[:100], *answers, waiting[100:], control(Control.FILLED, seen)))
    assert not eng.gap
    return eng, samples + run(eng, prints[lost.stop + 200:])


LOST = slice(700, 900)


def test_features_after_a_gap_equal_those_of_a_run_without_one() -> None:
    prints = prints_of(3000)
    whole = run(engine(readings=False), prints)
    _, samples = gapped(told(prints[600:950]), prints=prints, lost=LOST)
    filled = int(prints["ts_ns"][LOST.stop + 199])
    before = [s for s in whole if s[0] <= int(prints["ts_ns"][LOST.start - 1])]
    after = [(s[0], s[2]) for s in whole if s[0] > filled]
    assert [(s[0], s[2]) for s in samples[len(before):]] == after and len(after) > 20
    assert samples[:len(before)] == before    # and nothing was decided in between


def test_every_print_is_recorded_once_however_often_and_in_whatever_order_it_is_told() -> None:
    prints = prints_of(3000)
    shuffled = told(prints[600:950][np.random.default_rng(1).permutation(350)])
    eng, samples = gapped(shuffled, told(prints[650:900]), shuffled, prints=prints, lost=LOST)
    tidy, wanted = gapped(told(prints[690:910]), prints=prints, lost=LOST)
    record = recorded(eng)
    assert numbers(record) == prints["id"].tolist()
    assert (np.diff(record["ts_ns"]) >= 0).all()
    assert record[["ts_ns", "id"]].tolist() == recorded(tidy)[["ts_ns", "id"]].tolist()
    assert samples == wanted


def test_a_recorded_gap_replays_alike() -> None:
    prints = prints_of(3000)
    live, samples = gapped(control(Control.HALT, OPEN), told(prints[650:920]), prints=prints, lost=LOST)
    record = recorded(live)
    again = engine(readings=False)
    again.sink = Ring(1 << 14)
    assert run(again, record) == samples
    assert recorded(again).tobytes() == record.tobytes()


def test_a_second_gap_event_throws_away_what_was_collected() -> None:
    prints = prints_of(3000)
    half = told(prints[800:900])
    again = control(Control.GAP, int(prints["ts_ns"][LOST.start - 1]))
    eng, _ = gapped(half, again, told(prints[690:910]), prints=prints, lost=LOST)
    assert numbers(recorded(eng)) == prints["id"].tolist()


def test_what_was_collected_can_be_judged_before_it_is_applied() -> None:
    eng = engine()
    run(eng, join(trade(OPEN + SECOND, 10_000, trade_id=10), control(Control.GAP, OPEN + SECOND)))
    assert eng.last_print_ns == OPEN + SECOND and eng.collected() == (0, 0, 0, 0)
    run(eng, join(trade(OPEN + 9 * SECOND, 10_004, trade_id=50),
                  told(join(trade(OPEN + SECOND, 10_000, trade_id=10), trade(OPEN + 3 * SECOND, 10_002, trade_id=30)))))
    assert eng.collected() == (2, OPEN + SECOND, OPEN + 3 * SECOND, OPEN + 9 * SECOND)
    assert eng.market.tape.count == 1 and eng.backfilling and eng.end_backfill() == 0
    run(eng, control(Control.FILLED, OPEN))
    assert eng.market.tape.count == 3 and eng.market.last_price == 10_004 and not eng.backfilling


def test_time_stands_still_and_the_operator_is_heard() -> None:
    eng = engine()
    run(eng, join(trade(OPEN + SECOND, 10_000, trade_id=10), control(Control.GAP, OPEN + SECOND)))
    assert eng.feed(join(clock(OPEN + 60 * SECOND), control(Control.HALT, OPEN + SECOND))) == 2
    assert eng.due == DUE_NOTICE and eng.notices()["code"].tolist() == [Control.HALT]
    assert eng.now_ns == OPEN + SECOND and not eng.advance(OPEN + 90 * SECOND)


def test_a_gap_over_the_night_opens_the_new_session_and_keeps_its_small_numbers() -> None:
    sessions = np.array([[OPEN, CLOSE], [OPEN + DAY, CLOSE + DAY]], np.int64)
    eng = engine(sessions=sessions)
    eng.sink = Ring(256)
    run(eng, join(trade(OPEN + SECOND, 10_000, trade_id=900), control(Control.GAP, OPEN + SECOND)))
    missed = join(trade(OPEN + SECOND, 10_000, trade_id=900), trade(OPEN + 5 * SECOND, 10_001, trade_id=910),
                  trade(OPEN + DAY + SECOND, 10_010, trade_id=10))
    run(eng, join(trade(OPEN + DAY + 2 * SECOND, 10_011, trade_id=20), told(missed), control(Control.FILLED, OPEN)))
    assert numbers(recorded(eng)) == [900, 910, 10, 20]
    assert eng.market.session_open_ns == OPEN + DAY and eng.market.tape.count == 2


def test_prints_behind_the_time_reached_are_recorded_and_change_nothing_else() -> None:
    eng = engine()
    eng.sink = Ring(256)
    run(eng, join(trade(OPEN + SECOND, 10_000, trade_id=10), clock(OPEN + 60 * SECOND),
                  control(Control.GAP, OPEN + 60 * SECOND)))
    missed = join(trade(OPEN + 3 * SECOND, 10_002, trade_id=20), trade(OPEN + 61 * SECOND, 10_003, trade_id=30))
    run(eng, join(told(missed), control(Control.FILLED, OPEN)))
    record = recorded(eng)
    assert numbers(record) == [10, 20, 30] and eng.counters()["late"] == 1
    assert (np.diff(record["ts_ns"]) >= 0).all()
    assert eng.market.tape.count == 2 and eng.market.last_price == 10_003


def test_a_gap_during_a_warm_start_is_filled_with_it() -> None:
    eng = engine()
    eng.sink = Ring(256)
    eng.begin_backfill()
    early = told(join(trade(OPEN + SECOND, 10_000, trade_id=10), trade(OPEN + 2 * SECOND, 10_001, trade_id=20)))
    early["flags"] = 0    # the rest of it, and its end, were lost with the connection
    run(eng, join(early, control(Control.GAP, OPEN + 9 * SECOND)))
    rest = told(join(early, trade(OPEN + 3 * SECOND, 10_002, trade_id=30)))
    run(eng, join(rest, trade(OPEN + 4 * SECOND, 10_003, trade_id=40), control(Control.FILLED, OPEN)))
    assert numbers(recorded(eng)) == [10, 20, 30, 40] and not eng.backfilling


@pytest.mark.parametrize("fields", [{"price": 0}, {"price": NO_PRICE}, {"qty": -3}, {"exch_ns": 0}, {"side": 5}])
def test_nonsense_in_an_answer_is_refused_and_counted(fields: dict[str, int]) -> None:
    eng = engine()
    bad = told(trade(OPEN + 3 * SECOND, 10_002, trade_id=20))
    for name, value in fields.items():
        bad[name] = value
    run(eng, join(control(Control.GAP, OPEN), bad, event(Kind.HISTORY, OPEN, flags=Flag.DONE, price=NO_PRICE)))
    assert eng.collected()[0] == 0
    assert sum(n for name, n in eng.counters().items() if name.startswith("refused_")) == 1


def test_filled_without_a_gap_changes_nothing() -> None:
    eng = engine()
    run(eng, join(trade(OPEN + SECOND, 10_000, trade_id=10), control(Control.FILLED, OPEN + 2 * SECOND),
                  event(Kind.PHASE, OPEN + 3 * SECOND, code=Phase.AUCTION)))
    assert eng.market.phase == Phase.AUCTION and not eng.backfilling and eng.seq == 3


def live(prints: Events) -> Events:
    """As the door stamps them: with the time of their arrival."""
    came = prints.copy()
    came["recv_ns"] = 1
    return came


def test_a_live_print_that_is_told_again_counts_once_also_out_of_order_and_behind_a_gap() -> None:
    prints = live(prints_of(400))
    twice = np.concatenate([prints[:80], prints[40:60], prints[82:83], prints[80:82], prints[83:100]])
    eng = engine(readings=False)
    eng.sink = Ring(1 << 12)
    seen = int(prints["ts_ns"][99])
    waiting = np.concatenate([prints[120:130], prints[125:128], prints[131:132], prints[130:131], prints[132:150]])
    run(eng, join(twice, control(Control.GAP, seen), waiting, told(prints[90:122]), control(Control.FILLED, seen)))
    record = recorded(eng)
    assert sorted(numbers(record)) == prints["id"][:150].tolist()
    assert eng.counters()["duplicates"] == 20 + 3 + 10 + 2    # live, waiting, history before the gap, waiting but told


def test_numbers_begin_anew_with_the_session() -> None:
    sessions = np.array([[OPEN, CLOSE], [OPEN + DAY, CLOSE + DAY]], np.int64)
    eng = engine(sessions=sessions)
    run(eng, live(join(trade(OPEN + SECOND, 10_000, trade_id=10), trade(OPEN + DAY + SECOND, 10_001, trade_id=10))))
    assert eng.counters()["trades"] == 2 and eng.counters()["duplicates"] == 0

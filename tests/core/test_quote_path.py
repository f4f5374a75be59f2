"""The quote path against the market itself, looked at after every event; and what nobody could have traded on."""
from __future__ import annotations

import numpy as np
import pytest
from book_kit import ADD, ASK, BID, DELETE, FIRST, IMAGE, LAST, SECOND, Events, clock, event, join, level, quote, trade
from test_engine import CLOSE, OPEN, engine, run, stream

from qt_core._types import NO_PRICE, Control, Kind, Phase
from qt_core.engine import Engine
from qt_core.features.registry import NAMES
from qt_core.quote_path import QuotePath
from qt_core.readings.registry import NAMES as READINGS

Change = tuple[int, int, int]


def path_of(*events: Events, **options: object) -> list[Change]:
    """(seconds after the open, bid, ask) of each change."""
    eng = engine(readings=False, features=False, **options)
    eng.path = QuotePath()
    run(eng, join(*events))
    return [((ts - OPEN) // SECOND, bid, ask) for ts, bid, ask in taken(eng)]


def taken(eng: Engine) -> list[Change]:
    assert eng.path is not None
    return list(zip(*(column.tolist() for column in eng.path.take()), strict=True))


def at(seconds: int) -> int:
    return OPEN + seconds * SECOND


def quotes(*rows: tuple[int, int, int]) -> Events:
    return join(*(quote(at(s), bid, 3, ask, 3) for s, bid, ask in rows))


@pytest.mark.lengthy
@pytest.mark.parametrize("kinds", [("book", "quotes"), ("quotes",)])
def test_the_path_is_the_market_after_every_event(kinds: tuple[str, ...]) -> None:
    events = stream(8000, seed=9)
    of = {"book": Kind.LEVEL, "quotes": Kind.QUOTE}
    events = events[np.isin(events["kind"], [Kind.TRADE, *(of[kind] for kind in kinds)])]
    eng = engine(sample="close", features=False, readings=False)
    eng.path = QuotePath()
    seen: list[Change] = [(0, 0, 0)]
    trusted = True
    for one in range(len(events)):
        kind, crossed = events["kind"][one], eng.counters()["crossed_quotes"]
        while eng.feed(events[one:one + 1]) == 0:
            pass
        eng.notices()
        if kind == Kind.QUOTE:
            trusted = eng.counters()["crossed_quotes"] == crossed
        elif kind == Kind.LEVEL and (eng.market.book_ready or "quotes" not in kinds):
            trusted = eng.market.book_ready
        bid, ask = (0 if price == NO_PRICE else price for price in (eng.market.bid, eng.market.ask))
        if not (trusted and eng.market.is_open) or bid >= ask > 0:
            bid = ask = 0
        if (bid, ask) != seen[-1][1:]:
            seen.append((eng.market.now_ns, bid, ask))
    assert len(seen) > 300
    assert taken(eng) == seen[1:]


def test_each_change_is_kept_once_and_times_stay() -> None:
    assert path_of(quotes((1, 100, 101), (2, 100, 101), (3, 101, 102), (3, 100, 102))) == [
        (1, 100, 101), (3, 101, 102), (3, 100, 102)]


def test_a_side_without_offers_is_zero() -> None:
    assert path_of(quotes((1, 100, 101)), quote(at(2), NO_PRICE, 0, 101, 1)) == [(1, 100, 101), (2, 0, 101)]


def test_a_locked_or_crossed_market_is_no_market() -> None:
    assert path_of(quotes((1, 100, 101), (2, 101, 101), (3, 100, 102), (4, 103, 102), (5, 100, 102))) == [
        (1, 100, 101), (2, 0, 0), (3, 100, 102), (4, 0, 0), (5, 100, 102)]


def test_nothing_trades_in_an_auction_or_outside_the_session() -> None:
    auction = event(Kind.PHASE, at(2), code=Phase.AUCTION)
    again = event(Kind.PHASE, at(4), code=Phase.OPEN)
    late = join(clock(CLOSE + SECOND), quote(CLOSE + 2 * SECOND, 90, 1, 91, 1))
    assert path_of(quotes((-5, 99, 100)), clock(at(1)), auction, quotes((3, 100, 101)), again, late) == [
        (1, 99, 100), (2, 0, 0), (4, 100, 101), (601, 0, 0)]


def test_a_gap_hides_the_quote_until_the_next_one() -> None:
    gap, filled = (event(Kind.CONTROL, at(s), code=code) for s, code in ((2, Control.GAP), (5, Control.FILLED)))
    held = quotes((4, 90, 91))
    later = join(trade(at(6), 100), quotes((7, 100, 101)))
    assert path_of(quotes((1, 100, 101)), gap, filled, later) == [(1, 100, 101), (2, 0, 0), (7, 100, 101)]
    assert path_of(quotes((1, 100, 101)), gap, held, filled) == [(1, 100, 101), (2, 0, 0), (4, 90, 91)]


def test_a_book_out_of_step_hides_its_quote_until_the_next_image() -> None:
    image = [join(level(BID, 100, 5, IMAGE, FIRST, at(s)), level(ASK, 101, 5, IMAGE, LAST, at(s))) for s in (1, 4)]
    odd = level(BID, 50, 0, DELETE, LAST, at(2))    # a level that is not there
    assert path_of(image[0], odd, level(BID, 99, 1, ADD, LAST, at(3)), image[1]) == [
        (1, 100, 101), (2, 0, 0), (4, 100, 101)]
    # where L1 quotes come too, they speak
    assert path_of(image[0], quotes((1, 100, 101)), odd, quotes((3, 98, 99))) == [(1, 100, 101), (3, 98, 99)]


def test_an_engine_with_a_path_does_the_same() -> None:
    plain, followed = engine(), engine()
    followed.path = QuotePath()
    assert run(plain, stream(4000)) == run(followed, stream(4000))


def test_taking_begins_anew_and_long_paths_are_kept_whole() -> None:
    eng = engine(features=False, readings=False)
    eng.path = QuotePath()
    n = 40_000
    rows, k = np.repeat(quote(OPEN, 100, 1, 102, 1), n), np.arange(n)
    rows["ts_ns"] += (k + 1) * 1000
    rows["price"] += k % 2
    run(eng, rows)
    first = taken(eng)
    assert len(first) == n and first[-1] == (OPEN + n * 1000, 100 + (n - 1) % 2, 102)
    run(eng, quote(at(9), 90, 1, 91, 1))
    assert taken(eng) == [(at(9), 90, 91)] and taken(eng) == []


def test_rows_come_with_their_readings() -> None:
    events, room = stream(4000), 700
    ts, rows, readings = np.empty(room, np.int64), np.empty((room, len(NAMES))), np.empty((room, len(READINGS)))
    eng = engine()
    done, written = eng.rows(events, ts, rows, 0, readings)
    samples = run(engine(), events)
    assert done == len(events) and written == len(samples) > 100
    assert [(int(ts[k]), rows[k].tobytes(), readings[k].tobytes()) for k in range(written)] == [
        (when, row, reading) for when, _, row, reading in samples]


@pytest.mark.parametrize("shape", [(5, len(READINGS)), (10, len(READINGS) - 1)])
def test_readings_that_do_not_fit_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="readings_out"):
        engine().rows(stream(50), np.empty(10, np.int64), np.empty((10, len(NAMES))), 0, np.empty(shape))

"""The compiled readings against the oracle at every sample, and what must hold of any market."""
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle.readings_oracle import Oracle
from oracle.readings_streams import MS, START_NS, Stream, mirrored, without

from qt_app.replay.reader import read_events
from qt_core._types import EVENT_DTYPE, Flag, Kind, TradeType
from qt_core.engine import DUE_SAMPLE, Engine
from qt_core.readings.registry import NAMES, READINGS

S = 1000 * MS
Sampled = list[tuple[int, NDArray[np.float64]]]


def engine(**options: object) -> Engine:
    return Engine(tick=(1, 2), sessions=None, features=False, **options)


def samples(events: NDArray[np.void], **options: object) -> Sampled:
    """(t, readings) at every decision instant."""
    run, out, done = engine(**options), [], 0
    while done < len(events):
        done = run.feed(events, done)
        if run.due & DUE_SAMPLE:
            out.append((run.sample_ns, run.reading.copy()))
    return out


def expected(events: NDArray[np.void], instants: list[int], candle_ns: int) -> list[list[float]]:
    oracle, done, out = Oracle(candle_ns), 0, []
    for t in instants:
        while done < len(events) and events[done]["ts_ns"] < t:
            oracle.feed(events[done])
            done += 1
        values = oracle.at(t)
        assert set(values) <= set(NAMES)
        out.append([values.get(name, math.nan) for name in NAMES])
    return out


def compare(events: NDArray[np.void], every: int = 1, candle_ns: int = 5 * S) -> NDArray[np.float64]:
    got = samples(events, candle_ns=candle_ns)[::every]
    instants = [t for t, _ in got]
    table = np.array([row for _, row in got])
    wanted = np.array(expected(events, instants, candle_ns))
    for column, name in enumerate(NAMES):
        np.testing.assert_allclose(table[:, column], wanted[:, column], rtol=1e-9, atol=1e-12, err_msg=name)
    return table


@pytest.mark.slow
def test_every_reading_equals_the_oracle_at_every_sample() -> None:
    table = compare(Stream(7).run(3000), every=3)
    for column, name in enumerate(NAMES):
        assert len(np.unique(table[:, column][~np.isnan(table[:, column])])) > 1, f"{name} never moved"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_other_markets_equal_the_oracle(seed: int) -> None:
    compare(Stream(seed).run(6000), every=5, candle_ns=1 * S)


@pytest.mark.lengthy
def test_without_brokers_only_the_broker_readings_are_unknown() -> None:
    table = compare(Stream(3, brokers=False).run(1500), every=20)
    unknown = {name for column, name in enumerate(NAMES) if np.isnan(table[:, column]).all()}
    assert unknown == {reading.name for reading in READINGS if reading.needs == "brokers"}


def test_without_aggressors_nothing_signed_is_known_of_the_tape() -> None:
    table = compare(Stream(4, sides=False).run(1500), every=20)
    known = {name for column, name in enumerate(NAMES) if not np.isnan(table[:, column]).all()}
    signed_tape = {r.name for r in READINGS if r.needs == "tape" and (r.sign < 0 or r.name.startswith("aggressive"))}
    assert known.isdisjoint(signed_tape - {"price_move_10s"})
    assert {"trade_rate_10s", "rlp_share_60s", "size_ratio_100"} <= known


def test_without_a_book_nothing_is_known_of_it() -> None:
    table = compare(Stream(5, book=False).run(1200), every=20)
    for column, reading in enumerate(READINGS):
        assert np.isnan(table[:, column]).all() == (reading.needs in ("book", "quote")), reading.name


def test_without_a_tape_only_the_book_is_known() -> None:
    table = np.array([row for _, row in samples(without(Stream(6).run(1200), Kind.TRADE))])
    for column, reading in enumerate(READINGS):
        assert np.isnan(table[-1, column]) == (reading.needs in ("tape", "brokers")), reading.name


@pytest.mark.lengthy
def test_mirrored_market_gives_mirrored_readings() -> None:
    events = Stream(11).run(3000)
    table = np.array([row for _, row in samples(events)])
    other = np.array([row for _, row in samples(mirrored(events))])
    for column, reading in enumerate(READINGS):
        np.testing.assert_allclose(other[:, NAMES.index(reading.mirror)], reading.sign * table[:, column], rtol=0,
                                   atol=1e-12, err_msg=reading.name)


@pytest.mark.lengthy
def test_readings_stay_within_their_bounds() -> None:
    table = np.array([row for _, row in samples(Stream(12).run(4000))])
    for column, reading in enumerate(READINGS):
        values = table[:, column][~np.isnan(table[:, column])]
        assert len(values)
        assert reading.low - 1e-12 <= values.min() <= values.max() <= reading.high + 1e-12, reading.name


@pytest.mark.lengthy
def test_the_future_changes_nothing_before_it() -> None:
    events = Stream(13).run(2000)
    poisoned = events.copy()
    poisoned["qty"][1000:][poisoned["kind"][1000:] == Kind.TRADE] = 999
    clean, dirty = samples(events), samples(poisoned)
    before = [k for k, (t, _) in enumerate(clean) if t <= events["ts_ns"][1000]]
    assert before
    for k in before:
        np.testing.assert_array_equal(clean[k][1], dirty[k][1])


def test_how_often_one_looks_changes_nothing() -> None:
    events = Stream(14).run(1500)
    often = dict(samples(events, interval_ns=100 * MS))
    for t, row in samples(events):
        np.testing.assert_array_equal(row, often[t])


@pytest.mark.lengthy
def test_a_new_session_starts_like_a_new_engine_but_keeps_the_book() -> None:
    first, second = Stream(15).run(800), Stream(16).run(800)
    gap = 86_400 * S
    second["ts_ns"] += gap
    opens = np.array([START_NS, START_NS + gap], dtype=np.int64)
    sessions = np.column_stack([opens, opens + 20_000 * S])

    def both(events: NDArray[np.void]) -> Sampled:
        run, out, done = Engine(tick=(1, 2), sessions=sessions, features=False), [], 0
        while done < len(events):
            done = run.feed(events, done)
            if run.due & DUE_SAMPLE:
                out.append((run.sample_ns, run.reading.copy()))
        return out

    joined = {t: row for t, row in both(np.concatenate([first, second])) if t >= START_NS + gap}
    alone = dict(both(second))
    tape = [k for k, reading in enumerate(READINGS) if reading.needs in ("tape", "brokers")]
    assert alone
    for t, row in alone.items():
        np.testing.assert_array_equal(joined[t][tape], row[tape])


# -- single rules, by hand


def event(ts_ns: int, kind: Kind, **fields: int) -> NDArray[np.void]:
    out = np.zeros(1, dtype=EVENT_DTYPE)
    out["ts_ns"], out["kind"] = ts_ns, kind
    for name, value in fields.items():
        out[name] = value
    return out


def print_(ms: int, price: int, qty: int, side: int) -> NDArray[np.void]:
    code = {1: TradeType.BUY, -1: TradeType.SELL, 0: TradeType.RLP}[side]
    return event(START_NS + ms * MS, Kind.TRADE, price=price, qty=qty, side=side, code=code, a=3, b=4)


def quote(ms: int, bid: int, bid_qty: int, ask: int, ask_qty: int) -> NDArray[np.void]:
    return event(START_NS + ms * MS, Kind.QUOTE, price=bid, qty=bid_qty, a=ask, id=ask_qty)


def last_reading(*events: NDArray[np.void], until_ms: int) -> dict[str, float]:
    run = engine()
    stream = np.concatenate([*events, event(START_NS + until_ms * MS, Kind.CLOCK)])
    done, row = 0, None
    while done < len(stream):
        done = run.feed(stream, done)
        if run.due & DUE_SAMPLE:
            row = run.reading.copy()
    assert row is not None
    return dict(zip(NAMES, row.tolist(), strict=True))


def test_sweep_counts_ticks_beyond_its_first_price_and_ends_after_100_ms() -> None:
    sweep = [print_(0, 100, 1, 1), print_(10_000, 100, 5, 1), print_(10_050, 101, 5, 1), print_(10_100, 103, 5, 1),
             print_(10_101, 110, 5, 1)]
    assert last_reading(*sweep, until_ms=11_000)["sweep_ticks_10s"] == 3.0


def test_a_run_passes_over_prints_without_aggressor() -> None:
    prints = [print_(0, 100, 1, 1), print_(1, 100, 1, -1), print_(2, 100, 1, 0), print_(3, 100, 1, -1)]
    assert last_reading(*prints, until_ms=1000)["run_length"] == -2.0


def test_absorbed_buying_reads_minus_one_and_followed_buying_zero() -> None:
    start = print_(0, 100, 1, 0)
    absorbed = [print_(11_000, 100, 50, 1), print_(12_000, 100, 50, 1)]
    followed = [print_(11_000, 101, 50, 1), print_(12_000, 102, 50, 1)]
    assert last_reading(start, *absorbed, until_ms=13_000)["absorption_10s"] == -1.0
    assert last_reading(start, *followed, until_ms=13_000)["absorption_10s"] == 0.0


def test_a_silent_tape_ages_and_its_ratios_become_unknown() -> None:
    readings = last_reading(print_(0, 100, 5, 1), until_ms=90_000)
    assert readings["trade_age_ms"] == pytest.approx(90_000, abs=1000)
    assert readings["trade_rate_10s"] == 0.0
    assert math.isnan(readings["rlp_share_60s"])
    assert math.isnan(readings["absorption_10s"])


def test_quotes_give_touch_flows_when_there_is_no_book() -> None:
    quotes = [quote(0, 100, 50, 101, 50), quote(5000, 100, 80, 101, 20), quote(6000, 101, 10, 102, 40)]
    readings = last_reading(*quotes, until_ms=11_000)
    assert (readings["bid_replenish_10s"], readings["ask_consume_10s"]) == (4.0, 5.0)
    assert readings["touch_imbalance"] == -0.6
    assert readings["microprice_offset_ticks"] == pytest.approx(-0.3)
    assert math.isnan(readings["bid_depth_5"])


def test_quotes_without_sizes_give_the_spread_and_nothing_counted() -> None:
    readings = last_reading(quote(0, 100, 0, 102, 0), quote(3000, 101, 0, 102, 0), until_ms=15_000)
    assert (readings["spread_ticks"], readings["bid_queue_age_ms"]) == (1.0, 12_000.0)
    for name in ("touch_imbalance", "microprice_offset_ticks", "bid_replenish_10s", "ask_consume_10s"):
        assert math.isnan(readings[name])


def test_auction_and_corrected_prints_do_not_count() -> None:
    auction, edited = print_(500, 100, 900, 1), print_(600, 100, 900, 1)
    auction["code"], edited["flags"] = TradeType.AUCTION, Flag.EDIT
    with_them = last_reading(print_(0, 100, 1, 1), auction, edited, print_(700, 100, 1, 1), until_ms=70_000)
    without_them = last_reading(print_(0, 100, 1, 1), print_(700, 100, 1, 1), until_ms=70_000)
    assert str(with_them) == str(without_them)


def test_a_profile_wider_than_its_window_is_unknown_and_heals() -> None:
    ordinary = [print_(k * 1000, 1000 + k % 3, 2, 1 if k % 2 else -1) for k in range(130)]
    wide = print_(20_500, 9000, 2, 1)
    broken = last_reading(*ordinary[:21], wide, *ordinary[21:70], until_ms=70_000)
    healed = last_reading(*ordinary[:21], wide, *ordinary[21:], until_ms=130_000)
    assert math.isnan(broken["fp_poc_offset_12"])
    assert not math.isnan(broken["fp_delta_12"])
    assert healed["fp_poc_offset_12"] in (-2.0, -1.0, 0.0, 1.0, 2.0)


def test_a_stack_of_three_buy_imbalances_counts_three() -> None:
    lots = {100: (10, -1), 101: (30, 1), 102: (30, 1), 103: (30, 1)}
    prints = [print_(k * 1000, price, qty, side) for k, (price, (qty, side)) in enumerate(lots.items())]
    assert last_reading(*prints, until_ms=61_000)["fp_stacked_12"] == 3.0


# -- recorded markets


@pytest.mark.realdata
@pytest.mark.slow
def test_a_recorded_book_and_tape_equal_the_oracle(realdata: Path) -> None:
    name = "binance_usdm_btcusdt_20240808_{}.parquet"
    recording = read_events(trades=realdata / name.format("trades"), book=realdata / name.format("book"))
    compare(recording.events[:60_000], every=4)


@pytest.mark.realdata
@pytest.mark.slow
def test_a_recorded_tape_with_brokers_equals_the_oracle(realdata: Path) -> None:
    recording = read_events(trades=realdata / "b3_petrl80_20151126_trades.parquet")
    table = compare(recording.events, every=100)
    assert not np.isnan(table[:, NAMES.index("broker_lead_100")]).all()

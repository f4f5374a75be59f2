"""A generated day against figures of real ones. Tolerances are wide where real days differ among themselves."""

from __future__ import annotations

import ctypes as c
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exchange_harness import CALLBACKS, FUNCTYPE, Exchange, Trade, wide

pytestmark = [pytest.mark.slow, pytest.mark.realdata]
SIGN = {2: 1, 3: -1}


@pytest.fixture(scope="module")
def figures(realdata: Path) -> dict[str, Any]:
    return dict(json.loads((realdata / "b3_wdo_calibration.json").read_text()))


@pytest.fixture(scope="module")
def tape() -> Iterator[np.ndarray]:
    """One whole session: rows of seconds since 09:00, price, quantity, buyer, seller, type."""
    sim, rows, trade = Exchange(), [], Trade()
    # All of them: the library keeps what an earlier test of this process set.
    sim.set(seed=1, day="2026-11-18", open="09:00", start="18:30", until="close", close="18:30", speed=0, hold=1,
            activity=1, symbol="WDOZ26", start_price=0, pages=500)
    ref = c.byref(trade)

    def keep(_: Any, handle: int, __: int) -> None:
        sim.dll.TranslateTrade(handle, ref)
        rows.append((trade.date.of_day() - 32400, trade.price, trade.qty, trade.buyer, trade.seller, trade.type))

    history = FUNCTYPE(None, *CALLBACKS["history"][1])(keep)
    sim.connect("progress")
    assert sim.dll.SetHistoryTradeCallbackV2(history) == 0
    sim.subscribe()
    assert (
        sim.dll.GetHistoryTrades(wide("WDOZ26"), wide("F"), wide("18/11/2026 08:00:00"), wide("18/11/2026 19:00:00"))
        == 0
    )
    sim.wait(lambda: any(e[0] == "progress" and e[2] == 100 for e in sim.events), 120.0)
    sim.finish()
    yield np.array(rows)


def autocorrelation(x: np.ndarray, lag: int) -> float:
    x = x - x.mean()
    return float((x[:-lag] * x[lag:]).mean() / x.var())


def test_prints_of_the_day(tape: np.ndarray, figures: dict[str, Any]) -> None:
    days = figures["wdo_day"]["trades"]
    assert 0.8 * min(days) < len(tape) < 1.2 * max(days)


def test_sizes(tape: np.ndarray, figures: dict[str, Any]) -> None:
    day = figures["wdo_day"]
    assert tape[:, 2].mean() == pytest.approx(np.mean(day["mean_qty_all"]), rel=0.1)
    aggressed = tape[np.isin(tape[:, 5], (2, 3)), 2]
    assert aggressed.mean() == pytest.approx(np.mean(day["mean_qty_aggressed"]), rel=0.1)
    assert (tape[:, 2] == 1).mean() == pytest.approx(0.60, abs=0.08)
    assert tape[:, 2].max() >= 50


def test_retail_liquidity(tape: np.ndarray, figures: dict[str, Any]) -> None:
    day = figures["wdo_day"]
    silent = ~np.isin(tape[:, 5], (2, 3))
    assert silent.mean() == pytest.approx(np.mean(day["share_trades_without_aggressor(RLP,cross,auction)"]), abs=0.02)
    share = tape[silent, 2].sum() / tape[:, 2].sum()
    assert share == pytest.approx(np.mean(day["share_volume_without_aggressor"]), abs=0.03)
    rlp = tape[tape[:, 5] == 13]
    assert (rlp[:, 3] == rlp[:, 4]).all()


def test_signs_cluster(tape: np.ndarray, figures: dict[str, Any]) -> None:
    signs = np.array([SIGN[int(k)] for k in tape[:, 5] if k in SIGN], dtype=float)
    wanted = figures["dol_ticks_20200402"]["sign_autocorr"]
    for lag, tolerance in ((1, 0.05), (2, 0.08), (5, 0.12), (10, 0.12), (20, 0.10)):
        assert autocorrelation(signs, lag) == pytest.approx(wanted[str(lag)], abs=tolerance), lag
    assert abs(signs.mean()) < 0.05


def test_arrivals_follow_the_day_and_burst(tape: np.ndarray, figures: dict[str, Any]) -> None:
    wanted = np.array(list(figures["wdo_m5_2018_2019"]["volume_share_by_half_hour_brt"].values())[:19])
    half = np.bincount((tape[:, 0] // 1800).astype(int), weights=tape[:, 2], minlength=19)[:19]
    half /= half.sum()
    assert np.corrcoef(np.log(half), np.log(wanted))[0, 1] > 0.85
    assert (half / wanted < 2.2).all() and (half / wanted > 0.45).all()
    counts = np.bincount((tape[:, 0] // 10).astype(int), minlength=3420)[:3420]
    log = np.log(np.maximum(counts, 0.5))
    rates = figures["wdo_trades_per_10s"]
    assert log.std() == pytest.approx(rates["log_rate_sd"], abs=0.25)
    assert autocorrelation(log, 1) == pytest.approx(rates["lag1_autocorr_log"], abs=0.12)


def test_the_price_moves_as_the_dollar_does(tape: np.ndarray, figures: dict[str, Any]) -> None:
    minute = (tape[:, 0] // 60).astype(int)
    last = np.array([tape[minute == m, 1][-1] for m in np.unique(minute)])
    sd_bp = 1e4 * np.diff(np.log(last)).std()
    assert 2.0 < sd_bp < figures["dol_m1"]["sd_bp"] * 1.1
    ranges = figures["wdo_day"]["range_points"]
    assert 0.7 * min(ranges) < np.ptp(tape[:, 1]) < 1.3 * max(ranges)


@pytest.fixture(scope="module")
def quotes() -> tuple[np.ndarray, dict[int, int], int]:
    """Ten minutes of best quotes sampled each second, the book's message counts, and prints."""
    sim: Exchange = Exchange()
    sim.set(seed=2, start="10:30", until="10:40", close="18:30", speed=0, hold=1, activity=1, symbol="WDOZ26")
    best: dict[int, tuple[float, int]] = {}
    samples, actions, prints = [], dict.fromkeys(range(5), 0), [0]
    second = [0]

    def tiny(_: Any, price: float, qty: int, side: int) -> None:
        best[side] = (price, qty)
        now = sim.clock() // 10**9
        if len(best) == 2 and now > second[0]:
            second[0] = now
            samples.append((*best[0], *best[1]))

    def offer(_: Any, action: int, *rest: Any) -> None:
        actions[action] += 1
        for pointer in rest[-2:]:
            sim.take(pointer)

    def trade(*_: Any) -> None:
        prints[0] += 1

    handlers = {"tiny": tiny, "offer": offer, "trade": trade}
    made = {k: FUNCTYPE(None, *CALLBACKS[k][1])(f) for k, f in handlers.items()}
    sim.connect()
    for kind, callback in made.items():
        assert getattr(sim.dll, CALLBACKS[kind][0])(callback) == 0
    sim.subscribe(offers=True)
    sim.until_rest()
    sim.release()
    sim.until_rest(120.0)
    sim.finish()
    return np.array(samples), actions, prints[0]


def test_the_spread_is_one_tick(quotes: tuple[np.ndarray, dict[int, int], int], figures: dict[str, Any]) -> None:
    rows = quotes[0]
    spread = rows[:, 2] - rows[:, 0]
    assert (spread == 0.5).mean() > figures["wdo_l1_20250811"]["spread_time_share"]["0.5"] - 0.02
    touch = rows[:, [1, 3]].mean()
    assert touch == pytest.approx(figures["wdo_l1_20250811"]["both_qty_mean"], rel=0.35)


def test_book_messages_per_print(quotes: tuple[np.ndarray, dict[int, int], int], figures: dict[str, Any]) -> None:
    _, actions, prints = quotes
    real = figures["wdo_book_messages"]["per_second"]
    assert actions[0] / prints == pytest.approx(real["offer_add"] / real["trade_msgs"], rel=0.2)
    assert actions[1] / prints == pytest.approx(real["offer_edit"] / real["trade_msgs"], rel=0.6)
    assert actions[2] / prints == pytest.approx(real["offer_delete"] / real["trade_msgs"], rel=0.25)

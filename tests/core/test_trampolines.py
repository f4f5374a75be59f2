"""Trampolines called the way the vendor calls them: by address, from a thread that Python knows nothing of."""
import ctypes
from collections.abc import Iterator

import numpy as np
import pytest
from c import build

from qt_core import trampolines
from qt_core._types import NO_PRICE, Kind
from qt_core.ring import Ring

WDO = trampolines.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)


def pointer(function: object) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


@pytest.fixture(scope="module")
def hose(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    lib = ctypes.CDLL(str(build.library("firehose", tmp_path_factory.mktemp("c"))))
    lib.hose_start.restype = ctypes.c_void_p
    lib.hose_start.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint32]
    lib.hose_join.argtypes, lib.hose_join.restype = [ctypes.c_void_p], ctypes.c_int64
    lib.hose_expected.argtypes, lib.hose_expected.restype = [ctypes.c_int64], ctypes.c_uint64
    lib.hose_drained.argtypes = [ctypes.c_uint64, ctypes.c_void_p, ctypes.c_int64]
    lib.hose_drained.restype = ctypes.c_uint64
    return lib


@pytest.fixture
def ring() -> Iterator[Ring]:
    ring = Ring(1 << 14)
    trampolines.attach(ring, [WDO])
    yield ring
    trampolines.detach()


def fire(hose: ctypes.CDLL, ring: Ring, count: int, wait: bool) -> tuple[int, int]:
    """Fires `count` trades while this thread drains; (events drained, their checksum)."""
    trampolines.bind(translate=pointer(hose.hose_translate), clock=pointer(hose.hose_clock))
    fill = trampolines.address("ring_fill") if wait else None
    thread = hose.hose_start(trampolines.address("on_trade"), count, fill, 8192, 0)
    drained = checksum = 0
    while drained + ring.dropped < count:
        batch = ring.pop(1 << 14)
        drained += len(batch)
        checksum = hose.hose_drained(checksum, batch.ctypes.data, len(batch))
    hose.hose_join(thread)
    return drained, checksum


@pytest.mark.native
def test_foreign_thread_at_full_speed_loses_only_what_is_counted(hose: ctypes.CDLL, ring: Ring) -> None:
    drained, _ = fire(hose, ring, 300_000, wait=False)
    assert drained + ring.dropped == 300_000
    assert trampolines.counters()["trade"] == drained
    assert sum(v for k, v in trampolines.counters().items() if k.startswith("refused")) == 0


@pytest.mark.native
def test_every_field_of_every_trade_arrives(hose: ctypes.CDLL, ring: Ring) -> None:
    drained, checksum = fire(hose, ring, 300_000, wait=True)
    assert (drained, ring.dropped) == (300_000, 0)
    assert checksum == hose.hose_expected(300_000)


@pytest.mark.native
@pytest.mark.slow
def test_hundred_million_events_lose_only_what_is_counted(hose: ctypes.CDLL, ring: Ring) -> None:
    count = 100_000_000
    drained, checksum = fire(hose, ring, count, wait=True)
    assert drained + ring.dropped == count
    assert ring.dropped or checksum == hose.hose_expected(count)


# ---- called directly, records by value

class Asset(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("ticker", ctypes.c_void_p), ("exchange", ctypes.c_void_p), ("feed", ctypes.c_int32)]


TEXTS = {name: ctypes.create_string_buffer((name + "\0").encode("utf-16-le")) for name in ("WDOZ26", "OTHER", "", "F")}


def asset(name: str = "WDOZ26") -> Asset:
    return Asset(ctypes.addressof(TEXTS[name]), ctypes.addressof(TEXTS["F"]), 0)


def call(name: str, *types: object) -> object:
    return ctypes.CFUNCTYPE(None, *types)(trampolines.address(name))


def test_best_quote_and_garbage(ring: Ring) -> None:
    tiny = call("on_tiny_book", Asset, ctypes.c_double, ctypes.c_int32, ctypes.c_int32)
    tiny(asset(), 5400.5, 7, 1)
    tiny(asset(), 0.0, 0, 0)
    for price, qty, side in ((float("nan"), 1, 0), (-1.0, 1, 0), (5400.3, 1, 0), (5400.5, -3, 1), (5400.5, 1, 9)):
        tiny(asset(), price, qty, side)
    tiny(asset("OTHER"), 5400.5, 7, 1)
    tiny(asset(""), 5400.5, 7, 1)
    tiny(Asset(None, None, 0), 5400.5, 7, 1)
    quote, empty = ring.pop()
    assert (quote["kind"], quote["price"], quote["qty"], quote["side"]) == (Kind.TINY, 10801, 7, -1)
    assert (empty["price"], empty["qty"], empty["side"]) == (NO_PRICE, 0, 1)
    counters = trampolines.counters()
    refused = {k: v for k, v in counters.items() if k.startswith("refused") and v}
    assert refused == {"refused_bad_price": 2, "refused_off_tick": 1, "refused_bad_qty": 1, "refused_bad_type": 1,
                       "refused_bad_ticker": 3}


def test_states_are_readable_at_any_time(ring: Ring) -> None:
    state = call("on_state", ctypes.c_int32, ctypes.c_int32)
    assert trampolines.channels() == (-1, -1, -1, -1)
    for channel, result in ((0, 0), (3, 0), (2, 4), (1, 5), (7, 1)):
        state(channel, result)
    assert trampolines.channels() == (0, 5, 4, 0)
    events = ring.pop()
    assert [(int(e["a"]), int(e["b"])) for e in events] == [(0, 0), (3, 0), (2, 4), (1, 5)]
    assert trampolines.counters()["refused_bad_type"] == 1


def test_unknown_phase_is_refused(ring: Ring) -> None:
    phase = call("on_ticker_state", Asset, ctypes.c_void_p, ctypes.c_int32)
    phase(asset(), None, 4)
    phase(asset(), None, 5)
    assert ring.pop()["code"].tolist() == [4]
    assert trampolines.counters()["refused_bad_type"] == 1


def test_stamps_are_wall_clock_without_a_market_clock_and_never_decrease(ring: Ring) -> None:
    state = call("on_state", ctypes.c_int32, ctypes.c_int32)
    for _ in range(50):
        state(0, 0)
    events = ring.pop()
    assert (np.diff(events["ts_ns"]) >= 0).all()
    assert (np.diff(events["recv_ns"]) >= 0).all()
    assert events["ts_ns"][0] > 1_600_000_000_000_000_000


def test_progress_of_nothing_ends_the_history(ring: Ring) -> None:
    progress = call("on_progress", Asset, ctypes.c_int32)
    trampolines.history_begin(0, False)
    progress(asset(), 50)
    assert trampolines.history(0) == (False, 0, 0)
    progress(asset(), 100)
    assert trampolines.history(0) == (True, 0, 0)
    marker = ring.pop()[-1]
    assert (marker["kind"], marker["flags"], marker["price"], marker["qty"]) == (Kind.HISTORY, 0x80, NO_PRICE, 0)


def test_muted_history_tells_its_end_and_pushes_nothing(ring: Ring) -> None:
    progress = call("on_progress", Asset, ctypes.c_int32)
    trampolines.history_begin(0, True)
    progress(asset(), 100)
    assert trampolines.history(0)[0]
    assert Kind.HISTORY not in ring.pop()["kind"]


def test_closed_door_only_counts() -> None:
    ring = Ring(8)
    trampolines.attach(ring, [WDO])
    trampolines.detach()
    call("on_state", ctypes.c_int32, ctypes.c_int32)(0, 0)
    call("on_tiny_book", Asset, ctypes.c_double, ctypes.c_int32, ctypes.c_int32)(asset(), 5400.5, 7, 1)
    assert ring.fill == 0
    assert trampolines.counters()["closed"] == 2


def test_timing_fills_the_histogram(ring: Ring) -> None:
    trampolines.set_timing(True)
    tiny = call("on_tiny_book", Asset, ctypes.c_double, ctypes.c_int32, ctypes.c_int32)
    for _ in range(10):
        tiny(asset(), 5400.5, 7, 1)
    assert sum(trampolines.histogram()) == 10


@pytest.mark.parametrize(("symbols", "depth", "words"), [
    ([], 20, "0 symbols"), ([WDO] * 17, 20, "17 symbols"), ([WDO], 0, "depth 0"), ([WDO], 65, "depth 65"),
    ([WDO._replace(ticker="")], 20, "1 to 23"), ([WDO._replace(ticker="X" * 24)], 20, "1 to 23"),
    ([WDO._replace(tick=(0, 1))], 20, "not two positive")])
def test_impossible_registrations_are_refused(symbols: list[trampolines.Symbol], depth: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        trampolines.attach(Ring(8), symbols, depth)


def test_every_trampoline_has_an_address_and_a_row_in_the_table() -> None:
    for name in trampolines.NAMES:
        assert trampolines.address(name) > 0
        assert f"| {name} " in (trampolines.__doc__ or "")


DIRT = 0x5A5A5A5A << 32  # above narrow arguments, where the vendor leaves what was there before


class AssetId(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint8), ("ticker", ctypes.c_void_p), ("exchange", ctypes.c_void_p),
                ("feed", ctypes.c_uint8)]


def test_garbage_above_narrow_arguments_is_not_read(ring: Ring) -> None:
    wide = ctypes.c_int64
    call("on_state", wide, wide)(DIRT | 2, DIRT | 4)
    call("on_tiny_book", Asset, ctypes.c_double, wide, wide)(asset(), 5400.5, DIRT | 7, DIRT | 1)
    call("on_ticker_state", Asset, ctypes.c_void_p, wide)(asset(), None, DIRT | 4)
    call("on_progress", Asset, wide)(asset(), DIRT | 50)
    call("on_account", wide, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(DIRT | 32003, None, None, None)
    call("on_health", wide)(DIRT | 1)
    state, tiny, phase, progress, account = ring.pop()
    assert (state["a"], state["b"], trampolines.channels()[2]) == (2, 4, 4)
    assert (tiny["qty"], tiny["side"], phase["code"], progress["a"], account["a"]) == (7, -1, 4, 50, 32003)
    counters = trampolines.counters()
    assert counters["health"] == 1
    assert not any(count for name, count in counters.items() if name.startswith("refused"))


@pytest.mark.parametrize(("side", "update"), [(7, 1), (200, 1), (0, 77), (253, 4)])
def test_depth_of_an_unknown_kind_is_refused_or_reads_nothing(ring: Ring, side: int, update: int) -> None:
    depth = call("on_price_depth", AssetId, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
    wdo = AssetId(0, ctypes.addressof(TEXTS["WDOZ26"]), ctypes.addressof(TEXTS["F"]), 0)
    depth(wdo, DIRT | side, DIRT, DIRT | update)
    assert not (ring.pop()["kind"] == Kind.LEVEL).any()  # no accessor is bound: nothing may be made up

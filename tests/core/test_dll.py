"""The binding against a small stand-in for the vendor's library."""
import ctypes
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from c import build

from qt_core import nl, trampolines
from qt_core._types import NO_PRICE, BookAction, Flag, Kind
from qt_core.dll import Account, Dll
from qt_core.ring import Ring

pytestmark = pytest.mark.native

WDO = trampolines.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)
ME = Account(32003, "A1")
GARBAGE, LOSE = 7, 8


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    return build.library("fake_dll", tmp_path_factory.mktemp("c"), "FAKE_SIM")


@pytest.fixture
def ring() -> Ring:
    return Ring(1 << 12)


@pytest.fixture
def dll(fake: Path, ring: Ring) -> Iterator[Dll]:
    library = Dll(fake)
    library.attach(ring, [WDO])
    library.initialize_market_login("key", "user", "password")
    library.set_callbacks()
    yield library
    assert library.finalize(5.0)


def side_channel(fake: Path) -> ctypes.CDLL:
    lib = ctypes.CDLL(str(fake))
    lib.fake_ledger.restype = ctypes.c_int64
    return lib


def collect(ring: Ring, kind: Kind, count: int) -> np.ndarray:
    """Events of a kind, once there are `count` of them; other kinds are thrown away."""
    found: list[np.ndarray] = []
    tick = threading.Event()
    for _ in range(5000):
        batch = ring.pop()
        found.append(batch[batch["kind"] == kind])
        if sum(map(len, found)) >= count:
            return np.concatenate(found)
        tick.wait(0.001)
    raise AssertionError(f"{sum(map(len, found))} of {count} {kind.name} events came")


def test_path_without_a_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(nl.DllLoadError, match=r"no library at .*nothing\.so") as caught:
        Dll(tmp_path / "nothing.so")
    assert caught.value.missing == ()


def test_file_that_is_no_library_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.so"
    path.write_text("not a library")
    with pytest.raises(nl.DllLoadError, match="cannot be loaded"):
        Dll(path)


def test_missing_exports_are_named(tmp_path: Path) -> None:
    with pytest.raises(nl.DllLoadError, match="TranslateTrade, SendOrder") as caught:
        Dll(build.library("fake_dll", tmp_path, "FAKE_INCOMPLETE"))
    assert caught.value.missing == ("TranslateTrade", "SendOrder")


def test_simulated_library_says_so(fake: Path) -> None:
    library = Dll(str(fake))
    assert (library.version, library.simulated, library.path) == ("fake 1", True, str(fake))
    library.sim_set("seed", "7")
    assert library.sim_stat("abc") == 3
    with pytest.raises(ValueError, match="refuses colour"):
        library.sim_set("colour", "red")


def test_library_without_side_channel_is_not_simulated(tmp_path: Path) -> None:
    library = Dll(build.library("fake_dll", tmp_path))
    assert (library.version, library.simulated) == ("unknown", False)
    with pytest.raises(ValueError, match="no simulated exchange"):
        library.sim_set("seed", "7")
    with pytest.raises(ValueError, match="no simulated exchange"):
        library.sim_stat("abc")
    with pytest.raises(ValueError, match="no simulated exchange"):
        library.sim_release()


def test_login_before_attach_is_refused(fake: Path) -> None:
    with pytest.raises(ValueError, match="attach a ring"):
        Dll(fake).initialize_market_login("key", "user", "password")


def test_refused_call_names_code_and_remedy(fake: Path, ring: Ring) -> None:
    library = Dll(fake)
    library.attach(ring, [WDO])
    with pytest.raises(nl.DllError, match="DLLInitializeMarketLogin answered NL_NO_LICENSE") as caught:
        library.initialize_market_login("", "user", "password")
    assert (caught.value.call, caught.value.name) == ("DLLInitializeMarketLogin", "NL_NO_LICENSE")
    trampolines.detach()


def test_login_reports_its_channels(dll: Dll, ring: Ring) -> None:
    states = collect(ring, Kind.STATE, 5)
    assert [(int(e["a"]), int(e["b"])) for e in states] == [(0, 0), (3, 0), (2, 1), (2, 2), (2, 4)]
    assert trampolines.channels() == (0, -1, 4, 0)


def test_ticker_brings_trades_quotes_daily_and_phase(dll: Dll, ring: Ring) -> None:
    dll.subscribe_ticker("WDOZ26", "F")
    trades = collect(ring, Kind.TRADE, 5)
    first = trades[0]
    assert trades["id"].tolist() == [5001, 5002, 5003, 5004, 5005]
    assert [int(first[f]) for f in ("price", "qty", "a", "b", "code", "side")] == [10801, 3, 85, 120, 2, 1]
    assert first["exch_ns"] == 1795438820100000000
    assert first["ts_ns"] == 1795446000000000000  # the exchange's own clock
    counters = dll.stats()
    assert (counters["daily"], counters["tiny"], counters["phase"], counters["trade"]) == (1, 2, 1, 5)


def test_offer_book_image_in_pages_then_changes(dll: Dll, ring: Ring, fake: Path) -> None:
    ledger = side_channel(fake).fake_ledger
    given = ledger(0)
    dll.subscribe_offer_book("WDOZ26", "F")
    offers = collect(ring, Kind.OFFER, 10)
    image = offers[offers["code"] == BookAction.IMAGE]
    sells, buys = image[image["side"] == -1], image[image["side"] == 1]
    assert sells["price"].tolist() == [10804, 10803, 10802, 10801]  # two pages, worst first
    assert sells["flags"].tolist() == [Flag.FIRST, 0, 0, Flag.LAST]
    assert buys["price"].tolist() == [10798, 10799, 10800]
    assert buys["flags"].tolist() == [Flag.FIRST, 0, Flag.LAST]
    assert buys["id"].tolist() == [7000000000, 7000000001, 7000000002]
    assert (buys["exch_ns"] == 0).tolist() == [False, True, False]  # the entry without a date
    add, edit, delete = offers[-3:]
    assert (add["code"], add["pos"], add["side"], add["price"], add["qty"], add["a"], add["id"]) == \
        (BookAction.ADD, 3, 1, 10797, 4, 555, 8000000001)
    assert (edit["code"], edit["pos"], edit["side"], edit["qty"]) == (BookAction.EDIT, 0, -1, -2)
    assert edit["flags"] == Flag.HAS_QTY
    assert edit["price"] == NO_PRICE
    assert (delete["code"], delete["pos"], delete["flags"]) == (BookAction.DELETE, 1, 0)
    assert (ledger(0) - given, ledger(0) - ledger(1), ledger(2)) == (3, 0, 0)  # each array freed once, at its size


def test_price_depth_reads_levels_inside_the_callback(dll: Dll, ring: Ring) -> None:
    dll.subscribe_price_depth("WDOZ26", "F")
    levels = collect(ring, Kind.LEVEL, 11)
    for image in (levels[:5], levels[6:]):  # full book, then the flush of a burst
        assert image["side"].tolist() == [1, 1, 1, -1, -1]
        assert image["price"].tolist() == [10800, 10799, 10798, 10801, 10802]
        assert image["qty"].tolist() == [20, 21, 22, 20, 21]
        assert image["flags"].tolist() == [Flag.FIRST, 0, 0, 0, Flag.LAST]
    assert (levels[5]["price"], levels[5]["qty"], levels[5]["flags"], levels[5]["b"]) == (10799, 21, Flag.LAST, 4)


def test_garbage_is_refused_by_kind(dll: Dll, ring: Ring, fake: Path) -> None:
    dll.subscribe_ticker("WDOZ26", "F")
    collect(ring, Kind.TRADE, 5)
    side_channel(fake).fake_post(GARBAGE)
    side_channel(fake).fake_post(LOSE)  # something to wait for behind it
    collect(ring, Kind.STATE, 2)
    refused = {k.removeprefix("refused_"): v for k, v in dll.stats().items() if k.startswith("refused") and v}
    assert refused == {"bad_price": 2, "off_tick": 1, "bad_qty": 2, "bad_volume": 1, "bad_type": 1, "bad_time": 1,
                       "time_back": 1, "not_translated": 1, "bad_ticker": 3}
    assert dll.stats()["trade"] == 5


def test_history_ends_with_a_mark(dll: Dll, ring: Ring) -> None:
    trampolines.history_begin(0, False)
    dll.get_history_trades("WDOZ26", "F", "23/11/2026 09:00:00", "23/11/2026 11:00:00")
    trades = collect(ring, Kind.HISTORY, 11)
    assert trades["id"].tolist() == list(range(90, 101))  # the first request: only the tail
    assert trades["flags"].tolist() == [0] * 10 + [Flag.DONE]
    assert trampolines.history(0) == (True, 11, int(trades["exch_ns"][0]))


@pytest.mark.parametrize("date", ["23/11/2026", "2026-11-23 09:00:00", "23/11/2026 09:00", ""])
def test_history_date_without_time_is_refused(dll: Dll, date: str) -> None:
    with pytest.raises(ValueError, match="DD/MM/YYYY HH:MM:SS"):
        dll.get_history_trades("WDOZ26", "F", date, "23/11/2026 11:00:00")


def test_unknown_exchange_and_unknown_ticker(dll: Dll, ring: Ring) -> None:
    with pytest.raises(nl.DllError, match="NL_EXCHANGE_UNKNOWN"):
        dll.subscribe_ticker("WDOZ26", "BMF")
    dll.subscribe_ticker("XXXX", "F")
    assert collect(ring, Kind.INVALID_TICKER, 1)["symbol"].tolist() == [0xFFFF]


def test_orders_carry_the_new_enumerations(dll: Dll, ring: Ring, fake: Path) -> None:
    asked = side_channel(fake).fake_order
    for side, kind, numbers in (("buy", "market", (1, 1)), ("sell", "market", (1, 2)), ("buy", "limit", (2, 1)),
                                ("sell", "stop_limit", (4, 2))):
        local_id, _ = dll.send_order(ME, "WDOZ26", "F", side, kind, 1, 5400.5, 5399.0)
        assert local_id == 126000000000001
        assert (asked(0), asked(1)) == numbers
    assert collect(ring, Kind.ORDER_UPDATE, 4)["id"].tolist() == [126000000000001] * 4
    with pytest.raises(nl.DllError, match="SendOrder answered NL_INVALID_ARGS"):
        dll.send_order(ME, "WDOZ26", "F", "buy", "market", 5000)
    with pytest.raises(ValueError, match="'hold' is not one of buy, sell"):
        dll.send_order(ME, "WDOZ26", "F", "hold", "market", 1)


def test_other_order_calls(dll: Dll) -> None:
    assert dll.change_order(ME, 5, "", 1, 5400.0) == 5
    assert dll.cancel_order(ME, 5) == -1
    with pytest.raises(nl.DllError, match="NL_NOT_FOUND"):
        dll.cancel_order(ME, -1, "c1")
    dll.cancel_orders(ME, "WDOZ26", "F")
    dll.cancel_all_orders(ME)
    assert dll.zero_position(ME, "WDOZ26", "F") == (126000000000002, 6)
    assert [o["cl_ord_id"] for o in dll.enumerate_orders(ME)] == ["c1", "c1"]
    dll.set_day_trade(True)
    dll.set_order_history(True)


def test_order_text_survives_two_passes(dll: Dll) -> None:
    details = dll.order_details(5)
    assert (details["text"], details["ticker"], details["status"], details["qty"]) == ("Lote é", "WDOZ26", 8, 2**33)


def test_accounts_use_lengths_and_are_not_repeated(dll: Dll) -> None:
    assert dll.accounts() == [Account(32003, "Aç1", "")]


def test_position_side_of_a_flat_account_is_not_read(dll: Dll) -> None:
    flat, short = dll.get_position(ME, "WDOZ26", "F"), dll.get_position(ME, "SHORT", "F")
    assert flat is not None and (flat["side"], flat["qty"]) == (0, 0)
    assert short is not None and (short["side"], short["qty"]) == (-1, 2)
    assert dll.get_position(ME, "NONE", "F") is None


def test_server_clock(dll: Dll) -> None:
    assert dll.server_clock() == (2026, 11, 23, 12, 0, 1, 234)


def test_result_codes_have_names_and_remedies() -> None:
    assert nl.nl_name(0) == "NL_OK"
    assert nl.nl_name(-2147483640 + 2) == "NL_MARKET_ONLY"
    assert nl.nl_name(-2147483602) == "NL_HISTORY_PERIOD_LIMIT"
    assert nl.nl_name(-1) == "0xFFFFFFFF"
    assert "manual" in nl.nl_remedy(-1)


def test_names_agree_with_the_header(repo: Path) -> None:
    text = (repo / "include" / "qt_profit.h").read_text()
    codes = [line.split("=") for line in text.splitlines() if line.strip().startswith("NL_")]
    assert len(codes) == 47
    for name, value in codes:
        assert nl.nl_name(int(value.split(",")[0].split("/*")[0])) == name.strip()

"""What is refused before any call to the library: aliases, impossible numbers, calls from the library's own thread."""
import ctypes
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from c import build

from qt_core import nl, trampolines
from qt_core.dll import Account, Dll
from qt_core.ring import Ring

pytestmark = pytest.mark.native

#: Callbacks that a library's thread may still be returning from when the test that made them is over.
KEPT: list[object] = []
WDO = trampolines.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)
ME = Account(32003, "A1")
LOSE = 8
OVERRUN, ABSURD_QTY, ABSURD_SIDE, ABSURD_PRICE = 1, 2, 3, 4
NAN, INF = math.nan, math.inf


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    return build.library("fake_dll", tmp_path_factory.mktemp("c"), "FAKE_SIM")


@pytest.fixture
def lib(fake: Path) -> Iterator[ctypes.CDLL]:
    lib = ctypes.CDLL(str(fake))
    yield lib
    lib.fake_misbehave(0)


@pytest.fixture
def dll(fake: Path) -> Iterator[Dll]:
    library = Dll(fake)
    library.attach(Ring(1 << 12), [WDO])
    library.initialize_login("key", "user", "password")
    library.set_callbacks()
    yield library
    assert library.finalize(5.0)


def send(dll: Dll, **changes: object) -> object:
    order: dict[str, object] = {"account": ME, "ticker": "WDOZ26", "exchange": "F", "side": "buy", "kind": "limit",
                                "qty": 1, "price": 5400.5}
    return dll.send_order(**(order | changes))  # type: ignore[arg-type]


@pytest.mark.lengthy
@pytest.mark.parametrize(("changes", "words"), [
    ({"ticker": "WDOFUT"}, "WDOFUT is a continuous name"), ({"ticker": "winfut"}, "winfut is a continuous name"),
    ({"ticker": "DI1FUT"}, "DI1FUT is a continuous name"), ({"ticker": ""}, "the contract is empty"),
    ({"exchange": "BMF"}, "'BMF' is not one letter"), ({"exchange": ""}, "'' is not one letter"),
    ({"qty": 0}, "quantity 0 is not"), ({"qty": -1}, "quantity -1 is not"), ({"qty": 2**40}, "is not 1 to"),
    ({"price": NAN}, "price nan is no price"), ({"price": INF}, "price inf is no price"),
    ({"price": 0.0}, "price 0.0 is no price"), ({"price": -1.0}, "price -1.0 is no price"),
    ({"kind": "stop_limit"}, "stop price -1.0 is no price"),
    ({"kind": "stop_limit", "stop_price": NAN}, "stop price nan is no price"),
    ({"account": Account(32003, " ")}, "the account is empty"), ({"account": Account(0, "A1")}, "broker number 0")])
def test_impossible_order_is_refused_and_never_sent(
        dll: Dll, lib: ctypes.CDLL, changes: dict[str, object], words: str) -> None:
    before = lib.fake_order(3)
    with pytest.raises(ValueError, match=words):
        send(dll, **changes)
    assert lib.fake_order(3) == before


@pytest.mark.parametrize(("call", "words"), [
    (lambda d: d.get_position(ME, "WDOFUT", "F"), "continuous name"),
    (lambda d: d.get_position(ME, "WDOZ26", "BMF"), "not one letter"),
    (lambda d: d.get_position(ME, "WDOZ26", "F", 3), "position type 3"),
    (lambda d: d.zero_position(ME, "WINFUT", "F"), "continuous name"),
    (lambda d: d.zero_position(ME, "WINZ26", "F", NAN), "price nan"),
    (lambda d: d.cancel_orders(ME, "WINFUT", "F"), "continuous name"),
    (lambda d: d.change_order(ME, -1, "", 1, 5400.0), "names no order"),
    (lambda d: d.change_order(ME, 5, "", 0, 5400.0), "quantity 0"),
    (lambda d: d.change_order(ME, 5, "", 1, INF), "price inf"),
    (lambda d: d.cancel_order(ME, 0), "names no order"),
    (lambda d: d.order_details(-1), "names no order"),
    (lambda d: d.cancel_all_orders(Account(32003, "")), "account is empty")])
def test_other_impossible_requests_are_refused(dll: Dll, call: Callable[[Dll], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(dll)


def test_prices_that_the_kind_does_not_use_are_not_sent(dll: Dll) -> None:
    assert send(dll, kind="market", price=NAN, stop_price=INF) == (126000000000001, -1)


def test_refused_record_version_is_remembered(dll: Dll, lib: ctypes.CDLL) -> None:
    assert dll.record_versions()["send"] == 2
    before = lib.fake_order(3)
    send(dll)
    assert (lib.fake_order(3) - before, dll.record_versions()["send"]) == (2, 1)  # asked again once, one version down
    send(dll)
    assert lib.fake_order(3) - before == 3


def test_only_a_refused_version_makes_the_call_again(dll: Dll, lib: ctypes.CDLL) -> None:
    send(dll)
    before = lib.fake_order(3)
    with pytest.raises(nl.DllError, match="NL_INVALID_ARGS"):
        send(dll, qty=5000)
    assert (lib.fake_order(3) - before, dll.record_versions()["send"]) == (1, 1)


def test_call_from_the_librarys_thread_never_reaches_it(dll: Dll, lib: ctypes.CDLL) -> None:
    answers: list[object] = []
    done = threading.Event()

    @ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_int32)
    def on_state(channel: int, result: int) -> None:
        for call in (lambda: send(dll), lambda: dll.subscribe_ticker("WDOZ26", "F"), dll.accounts, dll.finalize):
            try:
                answers.append(call())
            except RuntimeError as error:
                answers.append(str(error))
        done.set()

    KEPT.append(on_state)
    wait_for(lambda: trampolines.channels()[1] == 5)   # the library's thread was seen
    before = lib.fake_order(3)
    lib.fake_state(on_state)
    lib.fake_post(LOSE)
    assert done.wait(10.0)
    lib.fake_state(ctypes.c_void_p(trampolines.address("on_state")))
    assert lib.fake_order(3) == before
    refused = [str(answer).split(" ", 1)[0] for answer in answers[:4]]
    assert refused == ["SendOrder", "SubscribeTicker", "GetAccounts", "DLLFinalize"]
    assert "post it to the command thread" in str(answers[0])
    assert send(dll)[0] > 0  # type: ignore[index]


def test_callback_inside_our_own_call_closes_no_door(dll: Dll) -> None:
    dll.accounts()
    ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_int32)(trampolines.address("on_state"))(2, 4)  # on this thread
    assert dll.accounts()


def wait_for(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(5000):
        if condition():
            return
        tick.wait(0.001)
    raise AssertionError("it never happened")


@pytest.mark.parametrize(("how", "call", "words"), [
    (OVERRUN, lambda d: d.get_position(ME, "SHORT", "F"), "wrote behind its record"),
    (OVERRUN, lambda d: d.order_details(5), "wrote behind its record"),
    (ABSURD_QTY, lambda d: d.get_position(ME, "SHORT", "F"), "181900000000000000 contracts"),
    (ABSURD_SIDE, lambda d: d.get_position(ME, "SHORT", "F"), "side 200"),
    (ABSURD_PRICE, lambda d: d.get_position(ME, "SHORT", "F"), "nan"),
    (ABSURD_QTY, lambda d: d.order_details(5), "0 of -1"),
    (ABSURD_QTY, lambda d: d.accounts(), "told 1073741824 accounts")])
def test_answers_that_cannot_be_are_no_answers(
        dll: Dll, lib: ctypes.CDLL, how: int, call: Callable[[Dll], object], words: str) -> None:
    lib.fake_misbehave(how)
    with pytest.raises(nl.DllLayoutError, match=words):
        call(dll)


def test_enumerated_order_that_cannot_be_says_so(dll: Dll, lib: ctypes.CDLL) -> None:
    assert [o["error"] for o in dll.enumerate_orders(ME)] == [0, 0]
    lib.fake_misbehave(ABSURD_QTY)
    assert [o["error"] for o in dll.enumerate_orders(ME)] == [nl.NL_NOT_CONSISTENT] * 2


def test_more_accounts_than_a_screenful(dll: Dll, lib: ctypes.CDLL) -> None:
    lib.fake_misbehave(OVERRUN)
    assert len(dll.accounts()) == 200


@pytest.mark.parametrize(("name", "call"), [
    ("EnumerateAllPositionAssets", lambda d: d.position_assets(ME)),
    ("GetAccountDetails", lambda d: d.account_details(ME)),
    ("GetSubAccountCount", lambda d: d.sub_accounts(ME)), ("GetAgentNameLength", lambda d: d.agent_name(3)),
    ("GetHealthStatus", lambda d: d.responsive()),
    ("RequestTickerInfo", lambda d: d.request_ticker_info("WDOZ26", "F")),
    ("GetLastDailyClose", lambda d: d.last_daily_close("WDOZ26", "F")),
    ("GetAccountCountByBroker", lambda d: d.accounts_of_broker(32003))])
def test_missing_optional_export_is_named(dll: Dll, name: str, call: Callable[[Dll], object]) -> None:
    with pytest.raises(nl.DllMissingError, match=f"does not export {name}: install a newer"):
        call(dll)

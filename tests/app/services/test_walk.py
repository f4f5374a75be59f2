"""The doctor's walk through a library's life: whatever is wrong is named, with its remedy and exit code."""
from __future__ import annotations

import ctypes
import shutil
import struct
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from c import build

from qt_app.config import load
from qt_app.errors import ExitCode
from qt_app.feed.profit import exchange_library
from qt_app.home import Home
from qt_app.services.finding import Finding
from qt_app.services.library_file import library_file, width
from qt_app.services.licence import LicenceLock
from qt_app.services.walk import Errand, Walk
from qt_app.services.walking import errand_of, walk

pytestmark = pytest.mark.native


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    return build.library("fake_dll", tmp_path_factory.mktemp("c"), "FAKE_SIM")


@pytest.fixture
def fake(built: Path, tmp_path: Path) -> Path:
    """A copy of its own for each test: a library that was loaded before keeps its state."""
    return Path(shutil.copy(built, tmp_path / "fake.so"))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("QT_STATE_DIR", str(tmp_path / "state"))
    yield


def walked(library: Path, **changes: object) -> dict[str, Finding]:
    errand = Errand(str(library), "WDOZ26", str(library.parent), login_s=0.5, routing_s=0.5, accounts_s=0.2,
                    facts_s=0.05, data_s=0.5, history_s=0.5, finalize_s=0.5)
    return {f.name: f for f in Walk(replace(errand, **changes), lambda step: None).steps()}


@pytest.mark.lengthy
def test_a_sound_library_passes_and_only_missing_facts_are_told(fake: Path) -> None:
    found = walked(fake)
    assert {name for name, f in found.items() if f.verdict != "ok"} <= {"version", "contract", "accounts"}
    assert list(found)[-1] == "finalize"
    assert {"login", "activation", "market data", "routing", "subscription", "first data", "history"} <= set(found)


@pytest.mark.parametrize(("login", "name", "remedy"), [
    (1, "login", "PROFIT_USER"), (2, "login", "PROFIT_PASSWORD"), (3, "login", "unblock"), (4, "login", "renew"),
    (200, "login", "close any other session")])
def test_a_refused_login_is_named_and_not_repeated(fake: Path, login: int, name: str, remedy: str) -> None:
    ctypes.CDLL(str(fake)).fake_login(login, 4)
    found = walked(fake)
    assert (found[name].verdict, found[name].code) == ("fail", ExitCode.BROKER)
    assert remedy in found[name].remedy and "do not try again and again" in found[name].remedy
    assert list(found)[-1] == "finalize"


@pytest.mark.lengthy
@pytest.mark.parametrize(("market", "remedy"), [(2, "no market data"), (1, "network")])
def test_market_data_that_does_not_come_up_is_named(fake: Path, market: int, remedy: str) -> None:
    ctypes.CDLL(str(fake)).fake_login(0, market)
    finding = walked(fake)["market data"]
    assert (finding.verdict, finding.code) == ("fail", ExitCode.TIMEOUT)
    assert remedy in finding.remedy


def test_a_slow_connection_is_connected_and_warned_of(fake: Path) -> None:
    ctypes.CDLL(str(fake)).fake_login(0, 6)
    finding = walked(fake)["market data"]
    assert finding.verdict == "warn" and "too slow" in finding.remedy


@pytest.mark.lengthy
@pytest.mark.parametrize(("orders", "verdict"), [(True, "fail"), (False, "warn")])
def test_a_broker_that_is_not_connected_bars_orders_alone(fake: Path, orders: bool, verdict: str) -> None:
    ctypes.CDLL(str(fake)).fake_broker(2)
    found = walked(fake, orders=orders)
    assert (found["routing"].verdict, found["routing"].code) == (verdict, ExitCode.BROKER)
    assert "link the account" in found["routing"].remedy
    assert found["first data"].verdict == "ok"


@pytest.mark.lengthy
def test_a_hanging_finalize_is_a_warning_within_the_limit(fake: Path) -> None:
    ctypes.CDLL(str(fake)).fake_hang(1)
    assert walked(fake)["finalize"].verdict == "warn"


def test_a_licence_in_use_is_told_with_its_holder(fake: Path, tmp_path: Path) -> None:
    with LicenceLock("k", Home(tmp_path / "other")):
        found = walked(fake, key="k", user="u", password="p")
    assert found["licence"].code is ExitCode.NOT_RUNNING and str(tmp_path / "other") in found["licence"].detail
    assert "login" not in found


def test_files_that_are_no_library_of_this_process(tmp_path: Path) -> None:
    assert "no file" in library_file(tmp_path / "none.dll").detail
    (tmp_path / "text.dll").write_text("hello")
    assert "is no library" in library_file(tmp_path / "text.dll").detail
    narrow = {8: 4, 4: 8}[struct.calcsize("P")] * 8
    (tmp_path / "narrow.so").write_bytes(b"\x7fELF" + bytes([narrow // 32]) + bytes(64))
    assert f"{narrow}-bit" in library_file(tmp_path / "narrow.so").detail
    pe = bytearray(128)
    pe[:2], pe[60], pe[64:68], pe[68:70] = b"MZ", 64, b"PE\0\0", struct.pack("<H", 0x14C)
    assert width(bytes(pe)) == 32


@pytest.mark.lengthy
def test_missing_exports_are_named(tmp_path: Path) -> None:
    found = walked(build.library("fake_dll", tmp_path, "FAKE_INCOMPLETE"))
    assert "TranslateTrade" in found["exports"].detail
    assert found["exports"].code is ExitCode.BROKER


def test_the_vendors_library_wants_credentials(tmp_path: Path) -> None:
    finding = walked(build.library("fake_dll", tmp_path))["credentials"]
    assert finding.detail == "PROFIT_KEY, PROFIT_USER, PROFIT_PASSWORD not set"
    assert finding.code is ExitCode.CONFIG


@pytest.mark.slow
def test_the_exchange_under_another_name_passes_whole(tmp_path: Path) -> None:
    library = Path(shutil.copy(exchange_library(), tmp_path / "ProfitDLL64.so"))
    found = list(walk(errand_of(load(Home(tmp_path), environ={}), Home(tmp_path), library)))
    assert [f.name for f in found if f.verdict == "fail"] == []
    assert any("a simulator account" in f.detail for f in found)


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "name", "code"), [
    ('kind = "mute"', "first data", ExitCode.TIMEOUT),
    ('kind = "answer"\nfunction = "SubscribeTicker"\ncode = "NL_NO_LICENSE"', "call", ExitCode.BROKER),
    ('kind = "history_stuck"\nseconds = 36000', "history", ExitCode.TIMEOUT),
])
def test_a_hostile_exchange_is_seen_through(tmp_path: Path, fault: str, name: str, code: ExitCode) -> None:
    (tmp_path / "faults.toml").write_text(f"[[fault]]\n{fault}\n")
    config = load(Home(tmp_path), {"trading.mode": "simulator"}, environ={})
    errand = errand_of(config, Home(tmp_path), exchange_library())
    settings = errand.settings | {"faults": str(tmp_path / "faults.toml")}
    found = list(walk(replace(errand, settings=settings, routing_s=2, data_s=2, history_s=2)))
    failed = next(f for f in found if f.verdict == "fail")
    assert (failed.name, failed.code) == (name, code)
    assert failed.remedy


@pytest.mark.slow
@pytest.mark.parametrize(("code", "words"), [
    ("import os, sys; print('{\"at\": \"login\"}', flush=True); os._exit(9)", "ended the process"),
    ("print('{\"at\": \"login\"}', flush=True); import time; time.sleep(60)", "did not come back"),
])
def test_a_library_that_crashes_or_hangs_the_walker_is_named_with_the_step(code: str, words: str, tmp_path: Path,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qt_app.services.walking.SPARE_S", 0.5)
    errand = Errand("x", "WDOZ26", str(tmp_path), login_s=0.5, routing_s=0, data_s=0, history_s=0, finalize_s=0)
    found = list(walk(errand, (sys.executable, "-c", code)))
    assert [f.name for f in found] == ["login"]
    assert words in found[0].detail

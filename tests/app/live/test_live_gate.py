"""The gate to real money: every condition closes it, all are told at once, and only the command line asks."""
from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qt_app.config import KEYS, Config, load
from qt_app.errors import ExitCode, NotRunningError, RefusedError
from qt_app.home import Home
from qt_app.inference.manifest import read_manifest
from qt_app.live import gate, passport
from qt_app.live.conditions import Request, same_account, unmet
from qt_app.live.provenance import synthetic
from qt_app.services.finding import Finding
from qt_app.services.lock import InstanceLock
from qt_app.services.start import StartOptions
from qt_app.services.walk import ACCOUNT, KIND, Errand

SECRETS = {"PROFIT_KEY": "a-key-1", "PROFIT_USER": "a-user-1", "PROFIT_PASSWORD": "a-pass-1",
           "PROFIT_ROUTING_PASSWORD": "a-rout-1"}
ASKED = {"trading.mode": "live", "feed.dll_path": "/somewhere/ProfitDLL64.dll"}
PORTS = {"QT_ZMQ_ENABLED": "0"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key.env, raising=False)
    monkeypatch.delenv(passport.VARIABLE, raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def model(tmp_path: Path, repo: Path) -> Path:
    """A model that says it was trained on a real market."""
    folder = shutil.copytree(repo / "models_onnx", tmp_path / "model")
    replace(read_manifest(folder), synthetic=False).write(folder)
    return folder


@pytest.fixture
def good(home: Home, model: Path) -> Request:
    """Nothing stands against this one; a person is there."""
    return asked(home, {"model.path": str(model)})


def asked(home: Home, overrides: dict[str, object] | None = None, environ: dict[str, str] | None = None) -> Request:
    config = load(home, ASKED | (overrides or {}), SECRETS | PORTS | (environ or {}))
    return Request(config, home, "profit", terminal=True)


class Walker:
    """Stands for the process that walks through the library: says what it is told to."""

    def __init__(self, account: str = "90:R123", fail: Finding | None = None, kind: Finding | None = None) -> None:
        self.errands: list[Errand] = []
        self._found = [fail or Finding("login", "ok", "fine"), Finding(ACCOUNT, "ok", account)]
        self._kind = kind

    def __call__(self, errand: Errand) -> Iterator[Finding]:
        self.errands.append(errand)
        if errand.only_load:
            yield self._kind or Finding("load", "ok", "a library")
        else:
            yield from self._found


def admit(request: Request, walker: Walker | None = None, typed: str = "R123") -> str:
    return gate.admit(request, lambda words: typed, lambda words: None, walker or Walker())


def why(request: Request, walker: Walker | None = None, typed: str = "R123") -> str:
    with pytest.raises(RefusedError) as caught:
        admit(request, walker, typed)
    assert caught.value.code is ExitCode.REFUSED == 7
    words = str(caught.value)
    assert words.startswith("live mode is refused: ") and "\n" not in words
    return words


# -- it opens


def test_it_opens_when_all_is_well_and_the_number_is_typed(good: Request) -> None:
    walker = Walker()
    assert admit(good, walker) == "90:R123"
    load_only, walk = walker.errands
    assert load_only.only_load and load_only.live
    assert walk.live and walk.orders and not walk.only_load


def test_it_opens_for_a_service_whose_key_names_the_account(home: Home, model: Path) -> None:
    request = asked(home, {"model.path": str(model), "trading.live_account": "90:R123"})
    walker = Walker()

    def nobody(words: str) -> str:
        raise AssertionError("nobody is asked")

    assert gate.admit(replace(request, terminal=False), nobody, lambda words: None, walker) == "90:R123"
    assert walker.errands[1].account == "90:R123"


# -- each condition closes it


def change(request: Request, path: str, value: object) -> Request:
    """The same request with one key of another value, from the command line."""
    group, name = path.split(".")
    part = replace(getattr(request.config, group), **{name: value})
    return replace(request, config=replace(request.config, **{group: part}))


CLOSED: dict[str, tuple[Any, str]] = {
    "simulated exchange": (lambda r: replace(r, source="sim"), "the market is the simulated exchange"),
    "recording": (lambda r: replace(r, source="recording"), "the market is a recording"),
    "play": (lambda r: change(r, "simulator.play", "x.qtplay"), "simulator.play belong to a simulated market"),
    "faults": (lambda r: change(r, "simulator.faults", "f.toml"), "simulator.faults belong to a simulated market"),
    "seed": (lambda r: change(r, "simulator.seed", 2), "simulator.seed"),
    "speed": (lambda r: change(r, "simulator.speed", 2.0), "simulator.speed"),
    "day": (lambda r: change(r, "simulator.day", "2026-11-20"), "simulator.day"),
    "until": (lambda r: replace(r, until="12:00"), "--until belong to a simulated market"),
    "synthetic model": (lambda r: change(r, "model.path", None), "was trained on synthetic data"),
    "no model": (lambda r: change(r, "model.path", "/nowhere"), "no model manifest at /nowhere"),
    "no key": (lambda r: change(r, "feed.key", None), "PROFIT_KEY not set"),
    "no user": (lambda r: change(r, "feed.user", None), "PROFIT_USER not set"),
    "no password": (lambda r: change(r, "feed.password", None), "PROFIT_PASSWORD not set"),
    "no routing password": (lambda r: change(r, "feed.routing_password", None), "PROFIT_ROUTING_PASSWORD not set"),
    "no terminal": (lambda r: replace(r, terminal=False), "no terminal to confirm the account at"),
    "two accounts": (lambda r: change(change(r, "trading.account", "77"), "trading.live_account", "R123"),
                     "are two accounts"),
}


@pytest.mark.parametrize("name", CLOSED)
def test_each_condition_closes_it_by_itself(good: Request, name: str) -> None:
    spoil, sentence = CLOSED[name]
    words = why(spoil(good))
    assert sentence in words and ";" not in words.split(sentence)[0], "and nothing else is told"


def test_all_are_told_at_once(home: Home) -> None:
    config = load(home, {"simulator.seed": 3}, {"QT_MODE": "live"})
    words = why(Request(config, home, "sim"))
    for part in ("environment QT_MODE", "simulated exchange", "simulator.seed", "synthetic data", "PROFIT_KEY",
                 "no terminal"):
        assert part in words


@pytest.mark.parametrize("where", ["environment", "file", "env file"])
def test_no_file_and_no_variable_opens_it(home: Home, model: Path, where: str) -> None:
    home.root.mkdir()
    environ = SECRETS | PORTS | {"PROFIT_DLL_PATH": "/x.dll", "QT_MODEL_PATH": str(model), "QT_LIVE_ACCOUNT": "R123"}
    if where == "environment":
        environ["QT_MODE"] = "live"
    elif where == "file":
        home.config.write_text('{"trading": {"mode": "live"}}')
    else:
        home.env.write_text("QT_MODE=live\n")
    words = why(Request(load(home, environ=environ), home, "profit"))
    assert "real money is only asked for by `qt start --mode live`" in words


def test_a_library_that_simulates_closes_it_under_any_name(good: Request) -> None:
    simulated = Finding(KIND, "fail", "the library /x is a simulated exchange", "", ExitCode.REFUSED)
    walker = Walker(kind=simulated)
    assert why(good, walker).endswith("the library /x is a simulated exchange")
    assert all(errand.only_load for errand in walker.errands), "no login was tried"


def test_a_damaged_journal_closes_it(good: Request) -> None:
    good.home.prepare()
    good.home.journal.write_bytes(b"no database at all" * 100)
    assert "journal" in why(good)


def test_a_doctor_that_is_not_clean_closes_it(good: Request) -> None:
    failed = Finding("market data", "fail", "down after 60 s", "check the network", ExitCode.TIMEOUT)
    assert why(good, Walker(fail=failed)).endswith("market data: down after 60 s")


def test_the_doctor_of_the_home_counts_too(good: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qt_app.services.doctor.PACKAGES", ("no-such-package",))
    assert "no-such-package: not installed" in why(good)


@pytest.mark.parametrize("typed", ["", "r123", "R1234", "yes", "77"])
def test_another_word_than_the_number_closes_it(good: Request, typed: str) -> None:
    assert "what was typed is not the number" in why(good, typed=typed)


def test_a_key_that_names_another_account_closes_it(home: Home, model: Path) -> None:
    request = asked(home, {"model.path": str(model), "trading.live_account": "R124"})
    assert "names R124, orders would go to 90:R123" in why(request)


def test_beside_a_running_engine_it_stays_shut(good: Request) -> None:
    good.home.prepare()
    with InstanceLock(good.home), pytest.raises(NotRunningError):
        admit(good)


@pytest.mark.parametrize(("one", "other", "same"), [
    ("R1", "R1", True), ("90:R1", "R1", True), ("R1", "90:R1", True), ("90:R1", "90:R1", True),
    ("90:R1", "91:R1", False), ("R1", "R2", False), ("90", "90:R1", False)])
def test_accounts_with_and_without_their_broker(one: str, other: str, same: bool) -> None:
    assert same_account(one, other) is same


# -- what the processes behind it show


def test_a_pass_opens_for_its_children_and_ends_with_the_supervisor(home: Home) -> None:
    with passport.until_the_end(home, "90:R123"):
        passport.issue(home, "90:R123")
        assert passport.shown(home) == "90:R123"
        if sys.platform != "win32":
            assert home.live_pass.stat().st_mode & 0o077 == 0
        assert os.environ[passport.VARIABLE] not in home.live_pass.read_text()
    with pytest.raises(RefusedError, match="did not come through the gate"):
        passport.shown(home)


@pytest.mark.parametrize("forged", ["file", "variable", "other"])
def test_half_a_pass_is_none(home: Home, monkeypatch: pytest.MonkeyPatch, forged: str) -> None:
    passport.issue(home, "90:R123")
    if forged == "file":
        monkeypatch.delenv(passport.VARIABLE)
    elif forged == "variable":
        home.live_pass.unlink()
    else:
        monkeypatch.setenv(passport.VARIABLE, "0" * 64)
    with pytest.raises(RefusedError):
        passport.shown(home)


@pytest.mark.parametrize("live", [None, "90:R123"])
def test_an_engine_looks_again(good: Request, live: str | None) -> None:
    options = StartOptions("profit", live=live)
    if live:
        gate.require_real(good.config, good.home, options)
        good = change(good, "simulator.faults", "f.toml")
    with pytest.raises(RefusedError, match="did not come through the gate" if live is None else "faults"):
        gate.require_real(good.config, good.home, options)


def test_paper_and_simulator_need_no_gate(home: Home) -> None:
    for mode in ("paper", "simulator"):
        assert load(home, {"trading.mode": mode}, {}).trading.mode == mode
    assert unmet(Request(Config(), home, "sim"))


def test_what_is_not_real_is_named() -> None:
    real, invented = SimpleNamespace(synthetic=False), SimpleNamespace(synthetic=True)
    model, made = SimpleNamespace(id="m1", synthetic=False), SimpleNamespace(id="m2", synthetic=True)
    told = [synthetic(SimpleNamespace(market=market, link=link), voter)      # type: ignore[arg-type]
            for market, link, voter in ((real, None, model), (real, invented, model), (invented, None, made))]
    assert told == ["", "the market", "the market and the model m2"]

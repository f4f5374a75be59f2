"""Live mode through the command line, with a library that is no simulator and an account that is not one either."""
from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from c import build
from e2e.installation import Installation

from qt_app.feed.profit import exchange_library
from qt_app.inference.manifest import read_manifest

Install = Callable[..., Installation]

SECRETS = {"PROFIT_KEY": "live-key-1", "PROFIT_USER": "live-user-1", "PROFIT_PASSWORD": "live-pass-1",
           "PROFIT_ROUTING_PASSWORD": "live-rout-1"}

pytestmark = [pytest.mark.lengthy, pytest.mark.native,
              pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is built by gcc")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    return build.library("fake_dll", tmp_path_factory.mktemp("c"), "FAKE_REAL")


@pytest.fixture
def model(tmp_path: Path, repo: Path) -> Path:
    folder = shutil.copytree(repo / "models_onnx", tmp_path / "model")
    replace(read_manifest(folder), synthetic=False).write(folder)
    return folder


@pytest.fixture
def qt(install: Install, tmp_path: Path, model: Path) -> Installation:
    found = install(**SECRETS, QT_STATE_DIR=str(tmp_path / "state"), QT_MODEL_PATH=str(model))
    del found.environ["QT_SIM_DAY"]
    return found


def test_a_variable_alone_is_refused_with_exit_7(qt: Installation) -> None:
    done = qt.qt("start", QT_MODE="live")
    assert done.returncode == 7
    assert "only asked for by `qt start --mode live`" in done.stderr and done.stderr.count("\n") == 1
    assert not qt.home.logs.exists(), "no engine was started"


@pytest.mark.parametrize("shape", ["renamed", *(pytest.param(shape, marks=pytest.mark.slow)
                                               for shape in ("embedded", "named", "play"))])
def test_the_simulated_exchange_is_refused_under_any_name(qt: Installation, tmp_path: Path, shape: str) -> None:
    words: list[object] = {
        "embedded": [], "named": ["--dll", exchange_library()], "play": ["--play", tmp_path],
        "renamed": ["--dll", shutil.copy(exchange_library(), tmp_path / "ProfitDLL64.so")]}[shape]
    done = qt.qt("start", "--mode", "live", *words, QT_LIVE_ACCOUNT="R123")
    assert done.returncode == 7
    assert "simulated" in done.stderr and done.stderr.count("\n") == 1


def test_a_child_without_a_pass_is_refused(qt: Installation, library: Path) -> None:
    for role in ("--foreground-child", "--background"):
        done = qt.qt("start", role, "--mode", "live", "--dll", library, QT_LIVE_ACCOUNT="R123", QT_LIVE_PASS="0" * 64)
        assert done.returncode == 7 and "did not come through the gate" in done.stderr


@pytest.mark.slow
def test_a_service_with_a_named_account_goes_live(qt: Installation, library: Path) -> None:
    status = qt.start("--mode", "live", "--dll", library, "--timeout", 120, QT_LIVE_ACCOUNT="R123")
    assert status["mode"] == "live" and not status["synthetic"]
    assert qt.home.live_pass.is_file()
    qt.qt("stop", "--position", "flatten")
    qt.ended()
    said = [line["message"] for line in qt.log()]
    assert any("orders go to account R123 at broker 90" in words for words in said)
    everything = b"".join(p.read_bytes() for p in qt.home.root.rglob("*") if p.is_file())
    assert not any(text.encode() in everything for text in SECRETS.values())


@pytest.mark.slow
def test_a_wrong_number_at_the_terminal_is_refused(qt: Installation, library: Path) -> None:
    import pty
    import subprocess

    main_end, terminal = pty.openpty()
    with subprocess.Popen(qt.command("start", "--mode", "live", "--dll", library), env=qt.environ, stdin=terminal,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        os.write(main_end, b"R124\n")
        _, said = child.communicate(timeout=300)
    os.close(main_end)
    os.close(terminal)
    assert child.returncode == 7
    assert "Orders with REAL money will go to account 90:R123" in said
    assert "what was typed is not the number of account 90:R123" in said

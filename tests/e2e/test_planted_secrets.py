"""Secrets of twenty kinds, planted in each place they may come from, appear nowhere that the program writes or says."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from c import build
from e2e.installation import UNBROKEN, Installation
from e2e.planted import KINDS, SLOTS, Listener, command_lines, contents, leaks

from qt_app.home import Home

Install = Callable[..., Installation]

EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", "QT_SIM_SPEED": "30", "QT_MODE": "simulator",
         "LOG_LEVEL": "DEBUG", **UNBROKEN}
ADDRESS = "QT_ALERT_URLS"


class Watched:
    """An installation with planted secrets; everything that it says is kept."""

    def __init__(self, qt: Installation, planted: Mapping[str, str]) -> None:
        self.qt = qt
        self.planted = dict(planted)
        self.said: dict[str, bytes] = {}

    def run(self, *words: object, code: int | None = 0, text: str | None = None) -> str:
        done = subprocess.run(self.qt.command(*words), env=self.qt.environ, capture_output=True, text=True, input=text,
                              timeout=300, check=False)
        self.said[f"{len(self.said)} qt {' '.join(map(str, words))[:40]}"] = (done.stdout + done.stderr).encode()
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def crash(self) -> str:
        """A surprise whose text repeats every secret in several spellings."""
        done = subprocess.run([sys.executable, "-P", "-c", CRASH, str(self.qt.home.root)], env=self.qt.environ,
                              capture_output=True, text=True, timeout=300, check=False)
        self.said["crash"] = (done.stdout + done.stderr).encode()
        assert done.returncode == 1, done.stderr
        return done.stderr

    def assert_clean(self, *more: Mapping[str, bytes]) -> None:
        texts = {**self.said, **contents(self.qt.home), **{k: v for one in more for k, v in one.items()}}
        assert len(texts) > 3
        assert leaks(self.planted.values(), texts) == []


CRASH = """
import base64, sys, urllib.parse
from qt_app import __main__ as program
from qt_app.cli import config as verb
def boom(config, origin):
    known = config.secrets
    assert len(known) >= 4
    told = [f(s) for s in known for f in (str, repr, ascii, urllib.parse.quote, urllib.parse.quote_plus,
                                          lambda s: base64.b64encode(b"user:" + s.encode()).decode())]
    raise ValueError("refused: " + " | ".join(told))
verb.as_text = boom
sys.exit(program.main(["config", "show", "--home", sys.argv[1]]))
"""


def planted(first: int) -> dict[str, str]:
    """Four kinds for the credentials."""
    kinds = [kind for kind in KINDS.values() if "://" not in kind]
    return dict(zip(SLOTS, (kinds + kinds)[first:first + 4], strict=True))


def env_line(name: str, value: str) -> str:
    """As .env.production holds it."""
    if "'" not in value:
        return f"{name}='{value}'\n"
    return f'{name}="{value}"\n'.replace("\\", "\\\\").replace('"', '\\"').replace('=\\"', '="').replace('\\"\n', '"\n')


def plant(qt: Installation, place: str, secrets: Mapping[str, str], tmp_path: Path) -> Watched:
    """Puts the secrets where the program looks for them."""
    watched = Watched(qt, secrets)
    qt.home.root.mkdir(parents=True, exist_ok=True)
    if place == "environment":
        qt.environ |= secrets
    elif place == "file":
        qt.home.env.write_text("".join(env_line(name, value) for name, value in secrets.items()), "utf-8")
        qt.home.env.chmod(0o600)
    else:
        doubles = str(Path(__file__).parents[1] / "doubles")
        qt.environ |= {"PYTHON_KEYRING_BACKEND": "keyring_double.FileKeyring",
                       "QT_TEST_KEYRING": str(tmp_path / "keyring.json"),
                       "PYTHONPATH": os.pathsep.join([qt.environ["PYTHONPATH"], doubles])}
        for name, value in secrets.items():
            watched.run("config", "set-secret", name, "-", text=value + "\n")
    shown = json.loads(watched.run("config", "show", "--json"))["keys"]
    assert {row["env"]: row["value"] for row in shown if row["env"] in secrets} == dict.fromkeys(secrets, "***")
    assert {row["origin"].split()[0] for row in shown if row["env"] in secrets} == {
        {"environment": "environment", "file": ".env.production", "keyring": "keyring"}[place]}
    return watched


RUNS = [("environment", 0, "address"), ("environment", 10, "percent address"), ("environment", 16, "address"),
        ("file", 3, "address"), ("keyring", 7, "percent address"), ("keyring", 12, "address")]


def test_every_kind_is_planted() -> None:
    used = {value for _, first, _ in RUNS for value in planted(first).values()}
    assert used | {KINDS["address"], KINDS["percent address"]} == set(KINDS.values()) and len(KINDS) >= 20


@pytest.mark.slow
@pytest.mark.parametrize(("place", "first", "address"), RUNS)
def test_a_whole_life_tells_no_secret(install: Install, tmp_path: Path, place: str, first: int, address: str) -> None:
    qt = install(**EAGER)
    secrets = {**planted(first), ADDRESS: KINDS[address]}
    watched = plant(qt, place, secrets, tmp_path)
    listener = Listener(qt.zmq_port)
    watched.run("start", "--detach")
    lines = command_lines(qt.home)
    qt.reach("a trade", lambda s: s["trades"]["today"] >= 1)
    for words in (["status"], ["status", "--json"], ["backup"], ["config", "show", "--origin"], ["restore", "--list"]):
        watched.run(*words)
    watched.run("doctor", code=None)
    watched.run("halt", code=None)
    qt.reach("the halt", lambda s: s["risk"]["halted"])
    watched.run("stop", code=None)
    qt.ended()
    crash = watched.crash()
    assert "***" in crash
    messages = listener.stop()
    assert lines and len(messages) > 3
    watched.assert_clean(messages, lines)
    assert list(qt.home.backups.glob("*-stop")) and list(qt.home.backups.glob("*-by-hand"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["spaces inside", "percent", "accents", "digits"])
def test_a_broker_that_repeats_the_password_is_not_repeated(install: Install, tmp_path: Path, kind: str) -> None:
    """It refuses orders in these words; neither log, alerts, journal, results nor messages have them."""
    qt = install(**EAGER)
    watched = plant(qt, "environment", {**planted(0), "PROFIT_PASSWORD": KINDS[kind]}, tmp_path)
    faults = tmp_path / "faults.toml"
    words = f"Senha {KINDS[kind]} invalida"
    reject = '[[fault]]\nkind = "reject"\ncount = 1\n'
    faults.write_text("".join(f'{reject}status = {status}\nskip = {n}\ntext = "{words}"\n'
                              for n, status in enumerate((204, 8))), "utf-8")
    listener = Listener(qt.zmq_port)
    watched.run("start", "--detach", "--faults", faults)
    qt.reach("orders", lambda s: s["orders"]["sent"] > 3)
    watched.run("status", "--json")
    watched.run("stop", code=None)
    qt.ended()
    watched.assert_clean(listener.stop(), command_lines(qt.home))
    told = [name for name, text in contents(qt.home).items() if b"Senha *** invalida" in text]
    assert any(name.startswith("logs/") for name in told) and "state/alerts.jsonl" in told
    assert "state/journal.sqlite" in told and any(name.startswith("backups/") for name in told)
    assert any(name.endswith("reports.parquet") for name in told)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    return build.library("fake_dll", tmp_path_factory.mktemp("c"), "FAKE_REFUSE")


@pytest.mark.slow
@pytest.mark.native
def test_a_refused_login_repeats_nothing(install: Install, refusing: Path, tmp_path: Path) -> None:
    qt = install(QT_STATE_DIR=str(tmp_path / "state"))
    watched = plant(qt, "environment", planted(4), tmp_path)
    said = watched.run("start", "--no-supervisor", "--dll", refusing, code=6)
    assert "PROFIT_PASSWORD" in said
    watched.assert_clean()


@pytest.mark.slow
def test_bad_lines_and_misplaced_secrets_are_not_repeated(install: Install, tmp_path: Path) -> None:
    qt = install()
    watched = plant(qt, "environment", planted(0), tmp_path)
    qt.home.env.write_text("PROFIT_PASWORD=plant01-x\nplant01-bare\nPROFIT_KEY='plant01-open\n# plant01\n"
                           "PROFIT_USER=plant01\nPROFIT_USER=plant01-twice\n")
    qt.home.config.write_text(json.dumps({"feed": {"password": "plant01-json", "pasword": "plant01"},
                                          "plain": "plant01-group", "zmq": "plant01-no-group"}))
    for words in (["config", "check"], ["config", "check", "--json"], ["config", "show"], ["start"], ["status"]):
        watched.run(*words, code=None)
    watched.run("doctor", "--json", code=None)
    watched.run("backup")
    texts = {**watched.said, **contents(Home(qt.home.root))}
    del texts["config_production.json"]
    assert leaks(watched.planted.values(), texts) == []

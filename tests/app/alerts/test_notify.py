"""Notifications: each alert once to each service, whatever fails; nothing of the addresses is told."""
from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from doubles.webhook import Hook
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_app.alerts.alert import Alert
from qt_app.alerts.codes import LEVELS, Code
from qt_app.alerts.jsonl import AlertFile
from qt_app.alerts.notice import notice
from qt_app.alerts.notify import BACKOFF_S, Courier, Notifier
from qt_app.alerts.service import services
from qt_app.alerts.tail import Tail
from qt_app.alerts.trial import known, trial
from qt_app.catalogue import LANGUAGES, meaning, remedy, word
from qt_app.cli.doctor import doctor
from qt_app.config import KEYS, Config, load
from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.redact import KNOWN

AT = dt.datetime(2026, 11, 26, 10, 31, 7, tzinfo=dt.UTC)


def alert(code: Code = Code.FEED_STALE, n: int = 0, **more: Any) -> Alert:
    return Alert(more.pop("level", code.level), code, "Test", f"alert {n}", {"n": n, "remedy": "x"}, 5, AT, **more)


class Service:
    """A service in a test's hands."""

    name, id = "Fake 1", "fake"

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failure = ""
        self.tried = 0

    def send(self, title: str, body: str, level: str) -> str:
        self.tried += 1
        if not self.failure:
            self.sent.append(body)
        return self.failure


class World:
    """A home with the engine's file, a service, and a courier that may be started again."""

    def __init__(self, root: Path, max_bytes: int = 1 << 20, **settings: str) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.config = load(self.home, environ=settings)
        self.file = AlertFile(self.home.alerts, {"symbol": "WDOZ26", "synthetic": True}, max_bytes)
        self.parent = AlertFile(self.home.supervisor_alerts)
        self.service = Service()
        self.said: list[tuple[str, str]] = []
        self.now_s = 0.0
        self.start()

    def start(self) -> None:
        self.courier = Courier(self.home, self.config, self.service, lambda *words: self.said.append(words),
                               lambda: self.now_s)

    def wait(self, s: float = 60.0) -> None:
        self.now_s += s
        self.courier.step()

    def heard(self) -> list[int]:
        """Numbers of the alerts that arrived, in their order."""
        return [int(line.partition("n=")[2]) for body in self.service.sent for line in body.splitlines()
                if line.startswith("Detalhes")]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_begins_at_the_end_and_tells_what_comes_of_the_set_level(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.file(alert(n=1))
    (world.home.state / "notified-fake.json").unlink()
    world.start()
    world.file(alert(n=2))
    world.file(alert(Code.LOW_WIN_RATE, n=3))       # a warning
    world.file(alert(Code.EMERGENCY, n=4))
    world.wait()
    assert world.heard() == [2, 4] and len(world.service.sent) == 1


def test_the_end_of_what_was_told_is_told(world: World) -> None:
    world.file(alert(n=1, level="INFO", over=True, was="ERROR"))
    world.file(alert(Code.LOW_WIN_RATE, n=2, level="INFO", over=True, was="WARNING"))
    world.wait()
    assert world.heard() == [1] and "encerrado: Erro FEED_STALE" in world.service.sent[0]


def test_both_processes_are_followed(world: World) -> None:
    world.file(alert(n=1))
    world.parent(alert(Code.ENGINE_DIED, n=2))
    world.wait()
    assert world.heard() == [1, 2]


def test_a_restart_repeats_nothing_and_loses_nothing(world: World) -> None:
    world.file(alert(n=1))
    world.wait()
    world.file(alert(n=2))      # while nobody follows
    world.start()
    world.wait()
    world.start()
    world.wait()
    assert world.heard() == [1, 2]


def test_what_was_read_and_not_sent_is_sent_after_a_restart(world: World) -> None:
    world.service.failure = "no network"
    world.file(alert(n=1))
    world.wait()
    world.service.failure = ""
    world.start()
    world.wait()
    assert world.heard() == [1]


def test_more_alerts_than_messages_come_together(world: World) -> None:
    world.file(alert(n=0))
    world.wait()
    for n in range(1, 6):
        world.file(alert(n=n))
        world.wait(1.0)
    assert world.heard() == [0]
    world.wait(10.0)
    assert world.heard() == [0, 1, 2, 3, 4, 5] and len(world.service.sent) == 2


def test_a_service_that_fails_is_tried_again_and_given_up(world: World) -> None:
    world.service.failure = "error=401"
    world.file(alert(n=1))
    for _ in range(len(BACKOFF_S) + 3):
        world.wait(61.0)
    assert world.service.tried == len(BACKOFF_S) + 1
    assert [level for level, _ in world.said] == ["ERROR", "ERROR"] and "error=401" in world.said[1][1]
    world.service.failure = ""
    world.file(alert(n=2))
    world.wait(61.0)
    assert world.heard() == [2]


def test_the_last_step_does_not_wait(world: World) -> None:
    world.file(alert(n=1))
    world.wait(0.0)
    world.file(alert(n=2))
    world.courier.step(last=True)
    assert world.heard() == [1, 2]


STEPS = st.lists(st.sampled_from(("write", "write", "write", "parent", "wait", "restart", "fail", "work")), max_size=60)


@pytest.mark.lengthy
@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_each_alert_once_in_its_order_through_rotations_restarts_and_failures(tmp_path_factory: Any,
                                                                              steps: list[str]) -> None:
    world = World(tmp_path_factory.mktemp("home"), max_bytes=1500)
    written = 0
    for step in steps:
        if step in ("write", "parent"):
            written += 1
            (world.file if step == "write" else world.parent)(alert(n=written))
        elif step == "wait":
            world.wait()
        elif step == "restart":
            world.start()
        else:
            world.service.failure = "down" if step == "fail" else ""
        world.courier.step()    # as its thread does all the time
    world.service.failure = ""
    world.wait(120.0)
    heard, more = world.heard(), [body.rpartition("+ ")[2] for body in world.service.sent if "+ " in body]
    assert len(set(heard)) == len(heard) and set(heard) <= set(range(1, written + 1))
    assert len(heard) + sum(int(text.split()[0]) for text in more) == written


def test_a_tail_reads_rows_that_were_rotated_away(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    file, tail = AlertFile(path, max_bytes=1000), Tail(path, None)
    for n in range(10):
        file(alert(n=n))
    assert [row["data"]["n"] for row in tail.read()] == list(range(10)) and tail.read() == []


# ---- words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.name)
def test_every_alert_can_be_told_in_every_language(code: Code, language: str) -> None:
    row = {"id": 1, "ts_ns": None, **alert(code, count=3).as_json(), "symbol": "WDOZ26", "synthetic": True}
    title, body = notice([row], language)
    assert code.name in title and "WDOZ26" in title
    assert meaning(code.name, language) in body and remedy(code.name, language) in body
    assert "10:31:07, 3 " in body


def test_the_message_is_portuguese_and_marks_a_simulated_market() -> None:
    row = {"id": 1, **alert().as_json(), "symbol": "WDOZ26", "synthetic": True}
    title, body = notice([row], "pt_BR")
    assert title == "qt: Erro FEED_STALE (WDOZ26, MERCADO SIMULADO)"
    assert "O que fazer: Verifique a rede" in body and "No log: alert 0" in body
    assert Config().alerts.language == "pt_BR"
    assert notice([row] * 25, "en")[0].startswith("qt: 25 alerts: Error FEED_STALE")


def test_of_many_the_worst_are_told() -> None:
    rows = [{"id": n, **alert(Code.EMERGENCY if n < 5 else Code.FEED_STALE, n=n).as_json()} for n in range(30)]
    title, body = notice(rows, "pt_BR")
    assert title == "qt: 30 alertas: Crítico EMERGENCY"
    assert [line.partition("n=")[2] for line in body.splitlines() if line.startswith("Detalhes")] == list("0123456789")
    assert body.endswith("+ 20 alertas")


def test_secrets_leave_no_message() -> None:
    KNOWN.learn("hunter2hunter2")
    row = {"id": 1, **alert().as_json(), "message": "the key hunter2hunter2 was refused"}
    assert "hunter2" not in "".join(notice([row], "pt_BR"))


# ---- the services


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.lengthy
def test_a_real_service_is_told_and_a_failing_one_keeps_nobody_waiting(hook: Hook, tmp_path: Path) -> None:
    world = World(tmp_path, QT_ALERT_URLS=f"json://127.0.0.1:1/nobody-there {hook.url}")
    with Notifier.follow(world.home, world.config):
        world.file(alert(n=1))
        hook.wait_for(1)
    (message,) = hook.heard
    assert message["title"] == "qt: Erro FEED_STALE (WDOZ26, MERCADO SIMULADO)" and message["type"] == "failure"
    log = "".join(path.read_text("utf-8") for path in world.home.logs.iterdir())
    assert "JSON 1 cannot be notified" in log and "nobody-there" not in log
    told = "".join(p.read_text("utf-8") for p in tmp_path.rglob("*") if p.is_file())
    assert "very-secret-path" not in told and "nobody-there" not in told


def test_without_addresses_nothing_is_loaded(tmp_path: Path) -> None:
    script = ("import sys; from pathlib import Path; from qt_app.alerts.notify import Notifier; "
              "from qt_app.home import Home; Notifier.follow(Home(Path(sys.argv[1]))).close(); "
              "print([m for m in ('apprise', 'numpy', 'qt_core', 'onnxruntime', 'pandas') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.lengthy
@pytest.mark.parametrize(("urls", "count"), [
    ("json://a/x", 1), ("json://a/x json://b/y", 2), ("json://a/x,json://b/y", 2), ("  json://a/x\n\njson://b/y ;", 2),
    ("mailto://me:word@host.example?to=a@host.example,b@host.example", 1)])
def test_addresses_are_separated(urls: str, count: int) -> None:
    found = services(urls)
    assert len(found) == count and len({one.id for one in found}) == count


@pytest.mark.lengthy
@pytest.mark.parametrize("wrong", ["nonsense://token-token/y", "token-token", "json:/token-token", "tgram://token-token"])
def test_an_address_of_no_service_is_refused_without_telling_it(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"address 1 is of no service") as refused:
        services(f"{wrong} json://a/x")
    assert "token" not in str(refused.value)


def test_levels_are_what_the_key_allows() -> None:
    (key,) = [k for k in KEYS if k.path == "alerts.notify_level"]
    assert key.choices == LEVELS


# ---- trying them


@pytest.mark.lengthy
def test_the_doctor_says_what_each_service_answered(hook: Hook, tmp_path: Path) -> None:
    environ = {"QT_ALERT_URLS": f"{hook.url} json://127.0.0.1:1/nobody-there", "QT_ALERT_LANGUAGE": "en"}
    good, bad = trial(load(Home(tmp_path), environ=environ))
    assert (good.name, good.verdict, bad.name, bad.verdict) == ("JSON 1", "ok", "JSON 2", "fail")
    assert hook.heard[0]["message"] == word("test", "en") and bad.remedy and "nobody-there" not in bad.detail
    hook.status = 500
    refused = trial(load(Home(tmp_path), environ=environ))[0]
    assert refused.verdict == "fail" and "500" in refused.detail


@pytest.mark.lengthy
def test_the_doctor_without_services_names_the_variable(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--notify", "--home", str(tmp_path)], standalone_mode=False)
    assert result.return_value == 4 and "QT_ALERT_URLS" in result.output
    assert known(load(Home(tmp_path), environ={})).verdict == "ok"
    assert known(load(Home(tmp_path), environ={"QT_ALERT_URLS": "nonsense://x"})).code == 4

"""The supervisor around the real engine: kills, hangs, a dead parent, two starts, a terminal."""
from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from crash.day import truth_of
from e2e.installation import UNBROKEN, Installation, until

from qt_app.journal.reader import Reader
from qt_app.services.lock import running
from qt_app.supervisor import record

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals and a pty")]

Install = Callable[..., Installation]
EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", "QT_SIM_SPEED": "10", "QT_MODE": "simulator", **UNBROKEN}


def held(status: dict[str, Any]) -> bool:
    """A position whose protection works."""
    return bool(status["position"]["contracts"] and status["orders"]["working"] and status["reconciled"]["equal"])


def answers(qt: Installation, look: Callable[[dict[str, Any]], Any]) -> Callable[[], Any]:
    """For ``until``, also while no engine answers: the first status that ``look`` likes."""
    return qt.asked(lambda status: status if look(status) else None)


def alerts(qt: Installation) -> list[dict[str, Any]]:
    return [json.loads(line) for line in qt.home.supervisor_alerts.read_text().splitlines()]


def codes(qt: Installation) -> list[str]:
    return [alert["code"] for alert in alerts(qt)]


def test_a_killed_engine_comes_back_reconciled_and_the_protection_never_left(install: Install) -> None:
    qt = install(**EAGER)
    first = qt.start()
    before = qt.reach("a protected position", held)
    psutil.Process(first["pid"]).kill()
    killed_s = time.monotonic()
    until("metrics that say STALE", lambda: json.loads(qt.home.metrics.read_bytes())["state"] == "STALE")
    stale_s = time.monotonic() - killed_s
    back = until("the engine, reconciled", answers(qt, lambda s: s["restarts"] == 1 and s["reconciled"]["equal"]))
    print(f"STALE after {stale_s:.1f} s, back and reconciled after {time.monotonic() - killed_s:.1f} s")
    assert back["pid"] != first["pid"] and back["position"]["contracts"] in (0, before["position"]["contracts"])
    until("the word of it", lambda: codes(qt) == ["ENGINE_DIED", "ENGINE_RESTARTED"])
    assert "by the journal" in alerts(qt)[0]["message"] and "OPEN in account 32003:" in alerts(qt)[0]["message"]
    qt.good("stop")
    with Reader(qt.home.journal) as reader:
        stops = {o.order_id for o in reader.orders() if o.purpose == "stop"}
        named = [e for order in stops for e in reader.of_order(order) if type(e).__name__ == "Named"]
        assert len({e.cl_ord_id for e in named}) == len(named)    # no stop was placed a second time under another name
        assert sum(f.side * f.qty for f in reader.fills()) == 0
    parent = record.read(qt.home)
    assert parent is not None and parent.state == "ended" and running(qt.home) is None


def test_status_says_stale_while_the_next_engine_waits_its_turn(install: Install) -> None:
    qt = install(QT_RESTART_PAUSE_S="60", **EAGER)
    first = qt.start()
    psutil.Process(first["pid"]).kill()     # the first restart comes at once
    second = until("the restart", answers(qt, lambda s: s["restarts"] == 1 and s["state"] != "starting"))
    psutil.Process(second["pid"]).kill()
    until("metrics that say STALE", lambda: json.loads(qt.home.metrics.read_bytes())["state"] == "STALE")
    told = qt.qt("status", "--json")
    assert told.returncode == 3 and json.loads(told.stdout)["state"] == "STALE"
    assert "STALE: the engine is dead since" in told.stderr and "killed by SIGKILL" in told.stderr


def test_one_crash_too_many_is_given_up_loudly(install: Install) -> None:
    qt = install(QT_RESTARTS="1", **EAGER)
    first = qt.start()
    parent = record.living(qt.home)
    assert parent is not None
    qt.reach("a protected position", held)
    psutil.Process(first["pid"]).kill()
    second = until("the restart", answers(qt, lambda s: s["restarts"] == 1 and s["state"] != "starting"))
    psutil.Process(second["pid"]).kill()
    until("the end of the supervisor", lambda: record.living(qt.home) is None)
    assert codes(qt)[-1] == "ENGINE_GIVEN_UP"
    said = alerts(qt)[-1]["message"]
    assert "it crashed 2 times" in said and re.search(r"POSITION [+-]1 WDOZ26 OPEN|flat by the journal", said)
    assert "qt: CRITICAL: the engine is not started again" in (qt.home.state / "start.err").read_text()
    assert json.loads(qt.home.metrics.read_bytes())["state"] == "STALE"
    assert qt.qt("status").returncode == 3


def test_a_hanging_engine_is_noticed_ended_and_replaced(install: Install) -> None:
    qt = install(QT_LAG_S="1", QT_HANG_S="4", **EAGER)
    first = qt.start()
    until("the supervisor's look", lambda: getattr(record.read(qt.home), "state", "") == "watching")
    psutil.Process(first["pid"]).suspend()
    until("the restart", answers(qt, lambda s: s["restarts"] == 1))
    assert codes(qt)[:3] == ["ENGINE_SILENT", "ENGINE_HUNG", "ENGINE_DIED"]
    assert not psutil.pid_exists(first["pid"])
    qt.good("stop")


def test_an_engine_without_its_parent_goes_on_and_says_so(install: Install) -> None:
    qt = install(**EAGER)
    engine = qt.start()
    parent = record.living(qt.home)
    assert parent is not None and engine["supervisor"] == {"pid": parent.pid, "alive": True}
    psutil.Process(parent.pid).kill()
    qt.reach("that the parent is gone", lambda s: not s["supervisor"]["alive"])
    assert f"GONE (was process {parent.pid})" in qt.good("status")
    qt.reach("the alert", lambda s: "SUPERVISOR_GONE" in {a["code"] for a in s["alerts"]["active"]})
    for words in (["start"], ["start", "--no-supervisor"], ["start", "--detach"]):
        done = qt.qt(*words)
        assert done.returncode == 3 and f"as process {engine['pid']}" in done.stderr
    assert qt.status()["pid"] == engine["pid"]
    qt.good("stop")


def test_of_two_starts_at_once_one_wins(install: Install) -> None:
    qt = install(**EAGER)
    starts = [subprocess.Popen(qt.command("start", "--detach"), env=qt.environ, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = {start.wait(120): (start.stdout, start.stderr) for start in starts}
    assert set(said) == {0, 3}
    assert "is already running" in said[3][1].read()
    for start in starts:
        start.stdout.close()
        start.stderr.close()
    qt.good("stop")
    assert running(qt.home) is None and record.living(qt.home) is None


def test_a_lock_that_a_power_cut_left_bars_nothing(install: Install) -> None:
    qt = install(**EAGER)
    qt.home.prepare()
    for path in (qt.home.lock, qt.home.supervisor_lock):
        path.write_text(json.dumps({"pid": os.getpid(), "started": 1.0}))     # a pid that is somebody else's now
    record.write(qt.home, record.Record(os.getpid(), 1.0, "watching", os.getpid()))
    assert qt.start()["state"] != "starting"
    qt.good("stop")


def test_a_kept_position_stays_with_its_protection_and_is_found_again(install: Install) -> None:
    qt = install(**EAGER)
    qt.start()
    qt.reach("a protected position", held)
    told = qt.good("stop", "--position", "keep")
    assert re.search(r"position [+-]1 WDOZ26 stays in account 32003:\w+; at the broker rest: .*stop to (buy|sell) 1, "
                     "trigger", told), told
    with Reader(qt.home.journal) as reader:
        before = reader.positions()
    assert [abs(lots) for _, _, lots in before] == [1]
    qt.start()
    again = qt.reach("the same position", lambda s: s["reconciled"]["equal"])
    assert again["position"]["contracts"] in (0, before[0][2])
    qt.good("stop")


#: Makes its standard input its own terminal, with Ctrl-C as a shell has it, and becomes another program.
OWN_TERMINAL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """The program on a terminal of its own, as a user has it."""

    def __init__(self, qt: Installation, *words: object) -> None:
        self._leader, follower = os.openpty()
        self.process = subprocess.Popen([sys.executable, "-c", OWN_TERMINAL, *qt.command(*words)],
                                        env=qt.environ | {"TERM": "xterm", "COLUMNS": "160"}, stdin=follower,
                                        stdout=follower, stderr=follower, start_new_session=True)
        os.close(follower)
        self.text = ""

    def type(self, text: str) -> None:
        os.write(self._leader, text.encode())

    def read(self) -> str:
        """What has appeared so far."""
        while select.select([self._leader], [], [], 0)[0]:
            try:
                self.text += os.read(self._leader, 65536).decode(errors="replace")
            except OSError:     # the other end is closed
                break
        return self.text

    def close(self) -> None:
        os.close(self._leader)


def test_ctrl_c_on_a_terminal_stops_safely(install: Install) -> None:
    qt = install(**EAGER)
    screen = Terminal(qt, "start")
    try:
        until("the status line", lambda: "features 65/65" in screen.read())
        qt.reach("a position", held)
        screen.type("\x03")
        until("the end", lambda: screen.read() is not None and screen.process.poll() is not None)
        assert screen.process.returncode == 0, screen.text
        assert "Traceback" not in screen.text and "CRITICAL" not in screen.text
        with Reader(qt.home.journal) as reader:
            assert [lots for _, _, lots in reader.positions()] == [0]
        assert record.living(qt.home) is None and running(qt.home) is None
    finally:
        screen.process.kill()
        screen.process.wait()
        screen.close()


def frozen_with_a_position(qt: Installation, process: psutil.Process) -> bool:
    """The engine stands still while stop and target protect what it holds."""
    qt.reach("a protected position", held)
    process.suspend()
    left = truth_of(qt.home.exchange_account)
    if left.position and left.working == 2:
        return True
    process.resume()
    return False


@pytest.mark.parametrize("engine", ["killed", "hung"])
def test_the_emergency_flattens_without_an_engine(install: Install, engine: str) -> None:
    qt = install(**EAGER | {"QT_SIM_SPEED": "2"})
    first = qt.start()
    process, parent = psutil.Process(first["pid"]), record.living(qt.home)
    assert parent is not None
    until("a position that the exchange's ledger holds, too", lambda: frozen_with_a_position(qt, process))
    if engine == "killed":
        psutil.Process(parent.pid).kill()
        process.kill()
    told = qt.good("halt", "--emergency", "--yes")
    assert "latched until `qt resume`" in told and "cancelling order" in told
    assert "closing position" in told and "confirmed: the broker holds no position and no order of WDOZ26" in told
    until("the end of the supervisor", lambda: record.living(qt.home) is None)
    assert not process.is_running() and running(qt.home) is None
    truth = truth_of(qt.home.exchange_account)
    assert (truth.position, truth.working) == (0, 0)     # by the exchange's own ledger
    again = qt.start()
    found = qt.reach("books and broker compared", lambda s: s["reconciled"]["equal"])
    assert found["position"]["contracts"] == 0 and found["risk"]["halted"] and again["pid"] != first["pid"]
    qt.good("stop")


def test_an_emergency_that_the_broker_refuses_is_halted_all_the_same(install: Install) -> None:
    qt = install(**EAGER | {"QT_ACCOUNT": "nobody"})
    done = qt.qt("halt", "--emergency", "--yes")
    assert done.returncode == 6 and "account nobody was not announced" in done.stderr
    assert "latched until `qt resume`" in done.stdout


def test_an_emergency_asks_first_and_a_paper_account_has_no_broker(install: Install) -> None:
    qt = install(**EAGER | {"QT_MODE": "paper"})
    qt.start()
    refused = qt.qt("halt", "--emergency")
    assert refused.returncode == 2 and "--yes" in refused.stderr and running(qt.home) is not None
    screen = Terminal(qt, "halt", "--emergency")
    try:
        until("the question", lambda: "Type FLATTEN to go on" in screen.read())
        screen.type("yes\r")
        until("the end", lambda: screen.read() is not None and screen.process.poll() is not None)
        assert screen.process.returncode == 7 and running(qt.home) is not None
    finally:
        screen.process.kill()
        screen.process.wait()
        screen.close()
    told = qt.good("halt", "--emergency", "--yes")
    assert "was asked to stop and flatten" in told and "there is no broker" in told
    assert running(qt.home) is None

"""The parent process: one engine at a time as its child, watched each second, brought back after a crash."""
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from qt_app.alerts.codes import Code
from qt_app.alerts.notify import Notifier
from qt_app.config import Config
from qt_app.errors import ExitCode, NotRunningError, QtError, TimedOutError
from qt_app.home import Home
from qt_app.services.control import ControlClient
from qt_app.services.lock import SupervisorLock
from qt_app.services.process import Owner
from qt_app.services.start import PROGRAM, same_program
from qt_app.supervisor import page
from qt_app.supervisor import record as records
from qt_app.supervisor.alarm import Alarm
from qt_app.supervisor.exposure import exposure
from qt_app.supervisor.guardian import Beat, Finding, Guardian, Limits
from qt_app.supervisor.policy import INTERRUPTED, Attempts, Life, crashed, words
from qt_app.supervisor.record import Record, State
from qt_app.supervisor.signals import Asked
from qt_app.zone import now_text

TICK_S = 0.2
LOOK_S = 1.0
ANSWER_S = 0.5


@dataclass(frozen=True, slots=True)
class Child:
    """How the engine is started. ``terminal``: it shows its status line; ``background``: there is no terminal.

    ``restarts``: it can go on after a crash; the market of a recording would begin anew.
    """

    arguments: Sequence[str]
    restarts: bool = True
    terminal: bool = False
    background: bool = False
    program: Sequence[str] = PROGRAM

    def spawn(self, home: Home, recovering: int) -> subprocess.Popen[bytes]:
        more = ["--terminal"] if self.terminal else []
        more += ["--recovering", str(recovering)] if recovering else []
        command = [*self.program, "start", "--foreground-child", "--home", str(home.root), *more, *self.arguments]
        return subprocess.Popen(command, env=same_program(), creationflags=_no_window() if self.background else 0)


def _no_window() -> int:
    """Windows gives a console program of a parent without a console a window of its own, unless told not to."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0


def supervise(home: Home, config: Config, child: Child, alarm: Alarm) -> int:
    """Runs the engine until it ends for good; its exit code. Raises NotRunningError when this home has one already."""
    home.prepare()
    with SupervisorLock(home), Notifier.follow(home, config), page.served(home, config):
        return Parent(home, config, child, alarm).run()


class Parent:
    """Starts, watches, starts again; single-threaded."""

    def __init__(self, home: Home, config: Config, child: Child, alarm: Alarm,
                 clock: Callable[[], float] = time.monotonic) -> None:
        settings = config.supervisor
        self._home = home
        self._child = child
        self._alarm = alarm
        self._clock = clock
        self._limits = Limits(settings.lag_s, settings.hang_s, settings.data_s, settings.start_s)
        self._attempts = Attempts(settings.restarts if child.restarts else 0, settings.pause_s, settings.healthy_s)
        self._client = ControlClient(home)
        self._me = Owner.me()
        self._record = Record(self._me.pid, self._me.started, "starting", None, since=now_text("milliseconds"),
                              boot=self._me.boot)
        self._asked = Asked()
        self._stop: str | None = None   # how the engine must still be stopped: flatten | keep
        self._why = ""      # nothing is started again
        self._lost_s: float | None = None   # since when there is no engine that trades

    def run(self) -> int:
        """Returns the exit code of the engine that ended last; 1 after giving up."""
        self._home.stop_request.unlink(missing_ok=True)
        with self._asked.listening():
            while True:
                life, guardian = self._live()
                if not crashed(life):
                    return self._ended(life, guardian)
                if not self._again(life, guardian):
                    return self._gave_up(life, guardian)

    # ---- one engine's life

    def _live(self) -> tuple[Life, Guardian]:
        restarted = self._attempts.total > 0
        self._tell_state("restarting" if restarted else "starting", engine_pid=None)
        try:
            process = self._child.spawn(self._home, self._attempts.total)
        except OSError as error:    # no memory, no process left: perhaps later
            if not restarted:
                raise
            self._alarm.tell(Code.ENGINE_LATE, f"the engine cannot be started: {error}")
            return Life(ExitCode.UNEXPECTED, came_up=False, restarted=True), Guardian(self._limits, self._clock())
        self._tell_state(self._record.state, engine_pid=process.pid)
        guardian, look_s = Guardian(self._limits, self._clock()), 0.0
        while process.poll() is None:
            time.sleep(TICK_S)
            if self._clock() >= look_s:
                look_s = self._clock() + LOOK_S
                self._look(guardian)
            if guardian.hung:
                self._end_hung(process, guardian)
            self._pass_on(process, guardian)
        return Life(process.returncode, guardian.came_up, restarted), guardian

    def _look(self, guardian: Guardian) -> None:
        was_up = guardian.came_up
        try:
            beat = Beat.read(self._client.call("beat", timeout_s=ANSWER_S))
            self._tell(guardian.beat(self._clock(), beat))
        except NotRunningError:
            self._tell(guardian.silence(self._clock(), ending=True))
        except (TimedOutError, QtError) as error:
            self._tell(guardian.silence(self._clock()), error)
        if guardian.came_up and not was_up:
            self._is_up(guardian)
        if guardian.last is not None and guardian.last.stopping is not None:
            self._stop = guardian.last.stopping
        self._attempts.healthy(guardian.up_for_s(self._clock()))

    def _is_up(self, guardian: Guardian) -> None:
        if self._lost_s is not None:
            away_s = self._clock() - self._lost_s
            self._alarm.tell(Code.ENGINE_RESTARTED, f"the engine is up again after {away_s:.1f} s, restart "
                             f"{self._attempts.total}", {"restarts": self._attempts.total, "away_s": round(away_s, 1)})
            self._lost_s = None
        with suppress(QtError):
            self._tell_state("watching", engine_pid=self._client.owner().pid)

    def _end_hung(self, process: subprocess.Popen[bytes], guardian: Guardian) -> None:
        """Only our own child, and only after it was silent for so long."""
        self._tell_state("hung")
        self._alarm.tell(Code.ENGINE_HUNG, f"the engine (process {process.pid}) hangs and is ended",
                         {"pid": process.pid})
        process.kill()
        with suppress(subprocess.TimeoutExpired):   # the system itself holds it: it is tried again
            process.wait(LOOK_S)
        guardian.hung = False

    # ---- stopping

    def _pass_on(self, process: subprocess.Popen[bytes], guardian: Guardian) -> None:
        """What the terminal, a service manager or `qt stop` asked of the parent, asked of the engine.

        On a terminal the engine got the same Ctrl-C: it is asked only if it does not say that it is stopping.
        """
        new = self._asked.take() or (self._told_to_end and self._stop is None)
        if new and self._stop is None:
            self._stop = "flatten"
        if self._stop is None or guardian.stopping:
            return
        if guardian.came_up:
            self._look(guardian)
            if not guardian.stopping:
                with suppress(QtError):
                    self._client.call("stop", {"position": self._stop}, timeout_s=ANSWER_S)
        elif new and sys.platform != "win32":
            process.terminate()     # nothing trades yet; on Windows this would be a kill, so there it is waited for

    # ---- after it

    def _again(self, life: Life, guardian: Guardian) -> bool:
        """Waits until the next attempt may begin; False when there is none."""
        how, rest, n = words(life.code), exposure(self._home, guardian.last), self._attempts
        self._lost_s = self._clock() if self._lost_s is None else self._lost_s
        self._tell_state("down", last_exit=how)
        self._stale()
        if self._told_to_end:
            self._why = "it was told to stop"
        elif self._stop is not None and rest.open is False:
            self._why = "it was stopping, and flat"
        elif n.spent():
            self._why = f"it crashed {n.used + 1} times" if n.used else "it crashed"
        else:
            wait_s = n.wait_s(self._clock())
            when = f"in {wait_s:.0f} s" if wait_s >= 1 else "at once"
            self._alarm.tell(Code.ENGINE_DIED, f"the engine (process {self._record.engine_pid}) ended: {how}; "
                             f"{rest.words}; attempt {n.used + 1} of {n.limit} to start it again {when}",
                             {"exit": how, "pid": self._record.engine_pid})
            return self._waited(wait_s)
        return False

    @property
    def _told_to_end(self) -> bool:
        return records.end_requested(self._home, self._me)

    def _waited(self, wait_s: float) -> bool:
        """False when somebody asked for the end meanwhile."""
        until_s = self._clock() + wait_s
        self._asked.take()      # what came before was for the engine that died
        while True:
            if self._asked.take() or self._told_to_end:
                self._why = "it was told to stop"
                return False
            left_s = until_s - self._clock()
            if left_s <= 0:
                self._attempts.begin(self._clock())
                return True
            time.sleep(min(TICK_S, left_s))

    def _gave_up(self, life: Life, guardian: Guardian) -> int:
        how, rest = words(life.code), exposure(self._home, guardian.last)
        self._tell_state("gave up", last_exit=how)
        self._alarm.tell(Code.ENGINE_GIVEN_UP, f"the engine is not started again: {self._why}, last {how}; "
                         f"{rest.words}; {rest.remedy}", {"exit": how})
        return ExitCode.UNEXPECTED

    def _ended(self, life: Life, guardian: Guardian) -> int:
        """An end that was chosen or asked for; what outlives it is said."""
        how = words(life.code)
        self._tell_state("ended", last_exit=how)
        if life.code != ExitCode.OK and (guardian.came_up or life.restarted):
            rest = exposure(self._home, guardian.last)
            self._stale()
            self._alarm.tell(Code.ENGINE_ENDED, f"the engine ended: {how}; it is not started again; {rest.words}; "
                             f"{rest.remedy}", {"exit": how}, level="CRITICAL" if rest.open else None)
        return life.code if 0 <= life.code <= 255 else INTERRUPTED

    # ---- telling

    def _tell(self, findings: list[Finding], cause: Exception | None = None) -> None:
        for finding in findings:
            data = dict(finding.data) if cause is None else {**finding.data, "cause": str(cause)}
            self._alarm.tell(finding.code, finding.message, data, over=finding.over)

    def _tell_state(self, state: State, **changed: int | str | None) -> None:
        """Into state/supervisor.json; a disk that refuses it does not stop the watch."""
        since = now_text("milliseconds") if state != self._record.state else self._record.since
        self._record = replace(self._record, state=state, since=since, restarts=self._attempts.total,
                               attempts=self._attempts.used, **changed)     # type: ignore[arg-type]
        with suppress(OSError):
            records.write(self._home, self._record)

    def _stale(self) -> None:
        with suppress(OSError):
            records.mark_stale(self._home, self._record)

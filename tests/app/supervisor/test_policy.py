"""Which ends are crashes, and how often a crash is answered."""
from __future__ import annotations

import signal

import pytest

from qt_app.errors import ExitCode
from qt_app.supervisor.policy import CONTROL_C_EXIT, INTERRUPTED, Attempts, Life, crashed, words


@pytest.mark.parametrize("code", [*(set(ExitCode) - {ExitCode.UNEXPECTED}), INTERRUPTED, CONTROL_C_EXIT,
                                  -signal.SIGTERM, -signal.SIGINT])
@pytest.mark.parametrize("restarted", [False, True])
def test_an_end_that_was_chosen_or_asked_for_is_no_crash(code: int, restarted: bool) -> None:
    assert not crashed(Life(code, came_up=True, restarted=restarted))


@pytest.mark.parametrize("code", [-9, -11, -6, 0xC0000005, 134, 77])
@pytest.mark.parametrize("came_up", [False, True])
def test_an_end_that_nobody_chose_is_a_crash(code: int, came_up: bool) -> None:
    assert crashed(Life(code, came_up))


def test_an_unexpected_error_is_a_crash_unless_the_first_start_tells_it_to_whoever_started_it() -> None:
    assert not crashed(Life(1, came_up=False))
    assert crashed(Life(1, came_up=True))
    assert crashed(Life(1, came_up=False, restarted=True))


@pytest.mark.parametrize("code", [ExitCode.NOT_RUNNING, ExitCode.TIMEOUT, ExitCode.BROKER])
def test_a_restart_that_finds_no_way_in_is_tried_again(code: int) -> None:
    assert crashed(Life(code, came_up=False, restarted=True))
    assert not crashed(Life(code, came_up=True, restarted=True))
    assert not crashed(Life(code, came_up=False))


@pytest.mark.parametrize(("code", "said"), [(-9, "killed by SIGKILL"), (-250, "killed by signal 250"),
                                            (1, "exit code 1"), (0xC0000005, "exception 0xc0000005")])
def test_an_end_in_words(code: int, said: str) -> None:
    assert words(code) == said


def test_the_first_attempt_comes_at_once_and_the_next_after_the_pause() -> None:
    attempts = Attempts(3, 5.0, 3600.0)
    waits = []
    for now_s in (100.0, 101.5, 112.0):
        waits.append(attempts.wait_s(now_s))
        attempts.begin(now_s + waits[-1])
    assert waits == [0.0, 3.5, 0.0]
    assert attempts.spent() and attempts.total == 3


def test_a_healthy_hour_clears_the_count_but_not_the_total() -> None:
    attempts = Attempts(3, 5.0, 3600.0)
    for now_s in (0.0, 10.0, 20.0):
        attempts.begin(now_s)
    attempts.healthy(3599.0)
    assert attempts.spent()
    attempts.healthy(3600.0)
    assert (attempts.used, attempts.total) == (0, 3)

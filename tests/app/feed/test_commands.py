"""The command thread: order, errors, time limits."""
import threading

import pytest

from qt_app.errors import TimedOutError
from qt_app.feed.commands import CommandThread


def test_commands_run_in_order_on_one_thread() -> None:
    commands, seen = CommandThread("t"), []
    futures = [commands.post(lambda n=n: seen.append((n, threading.get_ident()))) for n in range(20)]
    futures[-1].result(5.0)
    commands.close()
    assert [n for n, _ in seen] == list(range(20))
    assert {ident for _, ident in seen} != {threading.get_ident()}
    assert len({ident for _, ident in seen}) == 1


def test_result_and_error_reach_the_caller() -> None:
    commands = CommandThread("t")
    assert commands.call("adding", lambda: 2 + 3, 5.0) == 5
    with pytest.raises(ZeroDivisionError):
        commands.call("dividing", lambda: 1 // 0, 5.0)
    assert commands.call("still alive", lambda: True, 5.0)
    commands.close()


def test_stuck_call_is_named_and_what_waits_behind_it_is_cancelled() -> None:
    commands, release, ran = CommandThread("t"), threading.Event(), []
    with pytest.raises(TimedOutError, match=r"subscribing did not return within 0\.01 s"):
        commands.call("subscribing", release.wait, 0.01)
    with pytest.raises(TimedOutError, match="asking"):
        commands.call("asking", lambda: ran.append(1), 0.01)
    release.set()
    assert commands.call("after", lambda: True, 5.0)
    assert ran == []
    commands.close()

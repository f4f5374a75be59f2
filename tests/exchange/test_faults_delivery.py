"""Delivery faults: what is dropped, late, twice or overtaken, channels that go away, calls that hang."""

from __future__ import annotations

import ctypes as c
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exchange_harness import DEFAULTS, Exchange, wide

SECOND = 10**9
START = "09:10"


def played(sim: Exchange, script: str, *kinds: str, until: str = "09:10:10", **wanted: bool) -> list[tuple[Any, ...]]:
    """What a session from 09:10 tells, up to a time."""
    sim.faults(script)
    sim.events.clear()
    sim.connect(*kinds, start=START)
    sim.subscribe(**wanted)
    sim.until_rest()
    sim.run_until(until)
    events = list(sim.events)
    sim.finish()
    return events


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    turns = threading.Event()
    for _ in range(int(seconds / 0.005)):
        if what():
            return
        turns.wait(0.005)
    raise AssertionError("it does not come")


def numbers(events: list[tuple[Any, ...]]) -> list[int]:
    return [e[2] for e in events if e[0] == "trade"]


@pytest.fixture(scope="module")
def clean() -> list[int]:
    """The trade numbers that are told without faults."""
    sim = Exchange()
    sim.set(**DEFAULTS)
    return numbers(played(sim, "", "trade"))


def test_every_third_trade_is_dropped(sim: Exchange, clean: list[int]) -> None:
    told = numbers(played(sim, '{kind = "drop"; callback = "trade"; every = 3}', "trade"))
    assert len(clean) > 20
    assert told == [n for i, n in enumerate(clean, 1) if i % 3]
    assert sim.stat("dropped") == len(clean) - len(told)


def test_chance_is_the_same_for_the_same_seed(sim: Exchange, clean: list[int]) -> None:
    fault = '{kind = "drop"; callback = "trade"; chance = 0.4}'
    first, again, other = (numbers(played(sim, f"seed = {s}\n{fault}", "trade")) for s in (5, 5, 6))
    assert first == again != other
    assert 0 < len(first) < len(clean)


def test_skip_and_count_choose_occurrences(sim: Exchange, clean: list[int]) -> None:
    told = numbers(played(sim, '{kind = "drop"; callback = "trade"; skip = 4; count = 2}', "trade"))
    assert told == clean[:4] + clean[6:]


def test_at_takes_the_first_occurrence_from_that_moment(sim: Exchange, clean: list[int]) -> None:
    told = numbers(played(sim, '{kind = "drop"; callback = "trade"; at = "09:10:04"}', "trade"))
    assert len(told) == len(clean) - 1 and told[0] == clean[0]


def test_a_delayed_trade_comes_later_and_keeps_its_content(sim: Exchange, clean: list[int]) -> None:
    events = played(sim, '{kind = "delay"; callback = "trade"; seconds = 1.5; count = 1}', "trade")
    told = numbers(events)
    assert sorted(told) == clean[:1] + clean[1:] and told != clean
    late = next(e for e in events if e[0] == "trade" and e[2] == clean[0])
    others = [e[-1] for e in events if e[0] == "trade" and e[-1] < late[-1]]
    assert len(others) >= 1 and told.index(clean[0]) == len(others)


def test_what_is_late_beyond_the_stop_waits_for_its_time(sim: Exchange, clean: list[int]) -> None:
    assert numbers(played(sim, '{kind = "delay"; callback = "trade"; seconds = 60}', "trade")) == []


def test_what_comes_after_a_delayed_callback_is_delayed_too(sim: Exchange) -> None:
    told = numbers(played(sim, '{kind = "delay"; callback = "trade"; seconds = 0.3}', "trade", until="09:10:40"))
    assert 50 < len(told) <= sim.stat("delayed")


def test_a_repeated_trade_comes_again_at_once_or_later(sim: Exchange, clean: list[int]) -> None:
    twice = numbers(played(sim, '{kind = "duplicate"; callback = "trade"; copies = 2; count = 1}', "trade"))
    assert twice == clean[:1] * 3 + clean[1:]
    later = numbers(played(sim, '{kind = "duplicate"; callback = "trade"; seconds = 1; count = 1}', "trade"))
    assert sorted(later) == sorted(clean + clean[:1]) and later[:2] == clean[:2]


def test_a_trade_is_overtaken_by_the_next_two(sim: Exchange, clean: list[int]) -> None:
    fault = '{kind = "reorder"; callback = "trade"; by = 2; count = 1; seconds = 30}'
    told = numbers(played(sim, fault, "trade"))
    assert told == [clean[1], clean[2], clean[0], *clean[3:]]


@pytest.mark.lengthy
def test_every_class_of_callback_can_be_dropped_alone(sim: Exchange) -> None:
    kinds = ("trade", "offer", "depth", "tiny", "daily")
    for kind in kinds:
        script = f'{{kind = "drop"; callback = "{kind}"}}'
        events = played(sim, script, *kinds, until="09:10:03", offers=True, depth=True)
        seen = {e[0] for e in events} - {"state"}
        assert seen == set(kinds) - {kind}


@pytest.mark.lengthy
def test_without_faults_the_stream_is_what_it_was(sim: Exchange) -> None:
    kinds = ("trade", "offer", "depth", "tiny", "daily", "phase")
    never = '{kind = "drop"; callback = "any"; from = "18:00"}'
    plain, armed = (played(sim, s, *kinds, until="09:10:03", offers=True, depth=True) for s in ("", never))
    assert plain == armed and len(plain) > 300


# ---- channels ----


def states(events: list[tuple[Any, ...]]) -> list[tuple[int, int]]:
    found = [e[1:3] for e in events if e[0] == "state"]
    return found[found.index((1, 5)) + 1 :]


def test_an_outage_loses_trades_and_announces_accounts_again(sim: Exchange, clean: list[int]) -> None:
    script = '{kind = "outage"; channel = "all"; at = "09:10:03"; seconds = 4}'
    events = played(sim, script, "trade", "account", "tiny", "daily", offers=True)
    told = [e for e in events if e[0] == "trade"]
    gap = [(e[-1] - sim_start(events)) / SECOND for e in told]
    assert not [t for t in gap if 3 <= t < 7] and any(t < 3 for t in gap) and any(t > 7 for t in gap)
    assert set(numbers(events)) < set(clean) and len(set(numbers(events))) == len(told)
    back = [(1, 0), (2, 0), (2, 1), (2, 2), (2, 4), (1, 1), (1, 2), (1, 4), (1, 5)]
    assert sorted(states(events)) == sorted(back) and states(events)[2:5] == back[2:5]
    assert len([e for e in events if e[0] == "account"]) == 2
    assert sim.stat("lost") > 0


def sim_start(events: list[tuple[Any, ...]]) -> int:
    """09:10 of the session's day, in UTC."""
    return 1795003800 * SECOND


def test_subscriptions_survive_an_outage_or_not(sim: Exchange) -> None:
    outage = 'kind = "outage"; channel = "market"; at = "09:10:03"; seconds = 2'
    kept = played(sim, f"{{{outage}}}", "trade", "offer", offers=True)
    lost = played(sim, f"{{{outage}; keep_subscriptions = false}}", "trade", "offer", offers=True)
    images = [len([e for e in events if e[0] == "offer" and e[2] == 4]) for events in (kept, lost)]
    assert images[0] > images[1] > 0
    assert len(numbers(kept)) > len(numbers(lost)) > 0


def test_a_broker_that_goes_says_three_then_four_then_five(sim: Exchange) -> None:
    events = played(sim, '{kind = "outage"; channel = "broker"; at = "09:10:01"; seconds = 2}', "account")
    assert states(events) == [(1, 3), (1, 4), (1, 5)]


def test_routing_flaps_between_five_and_two(sim: Exchange) -> None:
    script = '{kind = "flap"; from = "09:10:01"; period = 2; seconds = 0.5; until = "09:10:06"}'
    assert states(played(sim, script)) == [(1, 2), (1, 5)] * 3
    counted = '{kind = "flap"; from = "09:00"; period = 3; count = 201}'
    assert states(played(sim, counted)) == [(1, 2), (1, 5)]


def test_a_performance_warning_passes(sim: Exchange) -> None:
    script = """{kind = "stall"; at = "09:10:01"; seconds = 1; state = 5}
                {kind = "stall"; at = "09:10:04"; seconds = 1}"""
    assert states(played(sim, script)) == [(2, 5), (2, 4), (2, 6), (2, 4)]


def test_a_session_over_its_budget_is_told_so(sim: Exchange) -> None:
    events = played(sim, '{kind = "budget"; budget_us = 0}', "trade", "tiny")
    assert ("state", 2, 6) in events
    assert sim.stat("callback_max_ns") >= sim.stat("callback_mean_ns") > 0
    generous = played(sim, '{kind = "budget"; budget_us = 1e9}', "trade", "tiny")
    assert states(generous) == []


def test_a_backlog_that_stays_loses_data_and_says_six(sim: Exchange) -> None:
    fill = [0]
    ask = c.CFUNCTYPE(c.c_int64)(lambda: fill[0])
    sim.dll.SIM_SetBacklog(ask)
    sim.faults('{kind = "overload"; limit = 1000}')
    sim.connect("trade", start=START)
    sim.subscribe()
    sim.run_until("09:10:03")
    before = len(sim.of("trade"))
    fill[0] = 5000
    sim.run_until("09:10:06")
    assert len(sim.of("trade")) == before and ("state", 2, 6) in sim.events and sim.stat("lost") > 0
    fill[0] = 0
    sim.run_until("09:10:09")
    assert len(sim.of("trade")) > before and sim.events.count(("state", 2, 4)) == 2
    sim.finish()
    sim.dll.SIM_SetBacklog(None)


# ---- whole sessions ----


def test_a_mute_session_is_connected_and_hears_nothing(sim: Exchange) -> None:
    events = played(sim, '{kind = "mute"}', "trade", "tiny", "offer", "daily", offers=True)
    assert {e[0] for e in events} == {"state"} and ("state", 2, 4) in events
    late = played(sim, '{kind = "mute"; seconds = 5}', "trade")
    assert late and min(e[-1] for e in late if e[0] == "trade") >= sim_start(late) + 5 * SECOND


def test_a_killed_session_leaves_the_next_one_mute(sim: Exchange, tmp_path: Path) -> None:
    marker = tmp_path / "alive"
    script = f'{{kind = "mute"; after_kill = true; path = "{marker.as_posix()}"}}'
    assert numbers(played(sim, script, "trade"))
    assert not marker.exists()
    marker.touch()  # as a killed process leaves it
    assert not numbers(played(sim, script, "trade"))
    assert numbers(played(sim, script, "trade"))


@pytest.mark.lengthy
@pytest.mark.parametrize("answer", ["login", "internal"])
def test_a_licence_in_use_refuses_the_second_process(sim: Exchange, tmp_path: Path, answer: str) -> None:
    lock = tmp_path / "licence"
    script = f'[[fault]]\nkind = "licence"\npath = "{lock.as_posix()}"\nanswer = "{answer}"\n'
    sim.faults(script)
    sim.connect(start=START)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from exchange_harness import Exchange\n"
        "sim = Exchange(); sim.faults(sys.argv[2]); result = sim.login()\n"
        "result or sim.wait(lambda: ('state', 0, 200) in sim.events)\n"
        "print(result, [e for e in sim.events]); sim.finish()\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), script]
    out = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    wanted = "0 [('state', 0, 200)]" if answer == "login" else "-2147483647 []"
    assert out.stdout.strip() == wanted, out.stderr


# ---- history ----


def ask(sim: Exchange, start: str = "09:05:00", end: str = "09:10:00") -> None:
    day = "18/11/2026 "
    assert sim.dll.GetHistoryTrades(wide("WDOZ26"), wide("F"), wide(day + start), wide(day + end)) == 0


def answers(sim: Exchange, script: str, *stops: str) -> tuple[list[int], list[int]]:
    """Trade numbers and progress of one history request per stop."""
    sim.faults(script)
    sim.events.clear()
    sim.connect("history", "progress", start=START)
    sim.subscribe()
    for stop in stops:
        ask(sim)
        sim.run_until(stop)
    events = list(sim.events)
    sim.finish()
    return [e[2] for e in events if e[0] == "history"], [e[2] for e in events if e[0] == "progress"]


@pytest.mark.lengthy
def test_the_first_answer_of_history_is_only_the_tail(sim: Exchange) -> None:
    whole, _ = answers(sim, "", "09:10:01")
    assert len(whole) > 100
    cut, _ = answers(sim, '{kind = "history_tail"; trades = 50}', "09:10:01", "09:10:02")
    assert cut == whole[-50:] + whole


@pytest.mark.lengthy
def test_history_stands_at_99_and_then_comes_in_a_burst(sim: Exchange) -> None:
    script = '{kind = "history_stuck"; seconds = 20}'
    assert answers(sim, script, "09:10:15") == ([], [0, 25, 50, 99])
    whole, steps = answers(sim, script, "09:10:25")
    assert len(whole) > 100 and steps == [0, 25, 50, 99, 100]


@pytest.mark.lengthy
def test_history_repeats_and_loses_single_trades(sim: Exchange) -> None:
    whole, _ = answers(sim, "", "09:10:01")
    twice, _ = answers(sim, '{kind = "duplicate"; callback = "history"; every = 10}', "09:10:01")
    assert sorted(set(twice)) == whole and len(twice) == len(whole) + len(whole) // 10
    fewer, _ = answers(sim, '{kind = "drop"; callback = "history"; every = 10}', "09:10:01")
    assert len(fewer) == len(whole) - len(whole) // 10


@pytest.mark.lengthy
def test_a_late_answer_comes_whole(sim: Exchange) -> None:
    script = '{kind = "delay"; callback = "history"; seconds = 5}'
    assert answers(sim, script, "09:10:04") == ([], [])
    assert len(answers(sim, script, "09:10:06")[0]) > 100


# ---- calls ----


def test_a_named_call_is_answered_by_the_script(sim: Exchange) -> None:
    sim.faults('{kind = "answer"; function = "SubscribeTicker"; code = "NL_INTERNAL_ERROR"; count = 2}')
    sim.connect(start=START)
    subscribe = sim.dll.SubscribeTicker
    assert [subscribe(wide("WDOZ26"), wide("F")) for _ in range(3)] == [-2147483647, -2147483647, 0]
    assert sim.dll.GetAccountCount() == 1 and sim.stat("answered") == 2


def test_a_call_blocks_for_its_time_and_the_market_goes_on(sim: Exchange) -> None:
    sim.faults('{kind = "block"; function = "GetAccountCount"; wall_seconds = 0.05}')
    sim.connect(start=START)
    assert sim.dll.GetAccountCount() == 1
    assert sim.stat("blocked") == 1


def test_a_call_in_an_outage_comes_back_with_the_channels_or_with_the_end(sim: Exchange) -> None:
    sim.faults("""{kind = "outage"; channel = "routing"; at = "09:10:01"; seconds = 5}
                  {kind = "block"; function = "all"; until_outage_ends = true}""")
    sim.connect(start=START)
    assert sim.dll.GetAccountCount() == 1 and sim.stat("blocked") == 1
    sim.run_until("09:10:02")
    results: list[int] = []
    caller = threading.Thread(target=lambda: results.append(sim.dll.GetAccountCount()))
    caller.start()
    until(lambda: sim.stat("blocked") == 2)
    assert not results
    sim.run_until("09:10:07")
    caller.join(20)
    assert results == [1]

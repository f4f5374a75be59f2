"""What the parent makes of beats and of silence."""
from __future__ import annotations

from dataclasses import replace

import pytest

from qt_app.supervisor.guardian import Beat, Finding, Guardian, Limits

WELL = Beat("running", 0.01, False, 0.1, 0, 0, "WDOZ26")


@pytest.fixture
def guardian() -> Guardian:
    found = Guardian(Limits(lag_s=5, hang_s=30, data_s=15, start_s=120), 0.0)
    assert found.beat(1.0, WELL) == []
    return found


def codes(found: list[Finding]) -> list[tuple[str, str]]:
    return [(f.code.name, "over" if f.over else "") for f in found]


def test_all_is_well(guardian: Guardian) -> None:
    assert guardian.beat(2.0, WELL) == []
    assert guardian.came_up and not guardian.hung and not guardian.stopping
    assert guardian.up_for_s(3601.0) == 3601.0


def test_silence_is_told_once_after_its_limit_and_once_when_it_is_over(guardian: Guardian) -> None:
    assert guardian.silence(3.0) == guardian.silence(4.5) == []
    assert codes(guardian.silence(6.5)) == [("ENGINE_SILENT", "")]
    assert guardian.silence(8.0) == [] and not guardian.hung
    assert codes(guardian.beat(9.0, WELL)) == [("ENGINE_SILENT", "over")]


def test_silence_beyond_its_last_limit_ends_the_engine(guardian: Guardian) -> None:
    for now_s in (10.0, 20.0, 31.5):
        guardian.silence(now_s)
    assert guardian.hung


def test_a_parent_that_slept_itself_does_not_blame_the_engine(guardian: Guardian) -> None:
    assert guardian.silence(500.0) == guardian.silence(501.5) == []
    assert guardian.beat(502.0, WELL) == [] and not guardian.hung


def test_a_standing_thread_is_told_and_then_ends_the_engine(guardian: Guardian) -> None:
    assert codes(guardian.beat(7.0, replace(WELL, lag_s=5.5))) == [("ENGINE_LAGS", "")]
    assert guardian.beat(8.0, replace(WELL, lag_s=6.5)) == [] and not guardian.hung
    for now_s in (33.0, 34.0):
        guardian.beat(now_s, replace(WELL, lag_s=now_s - 2.0))
        assert not guardian.hung
    guardian.beat(35.0, replace(WELL, lag_s=33.0))
    assert guardian.hung


def test_an_engine_that_woke_with_the_computer_is_left_alone(guardian: Guardian) -> None:
    guardian.beat(7200.0, replace(WELL, lag_s=7199.0))
    guardian.beat(7201.0, WELL)
    for now_s in (7202.0, 7203.0):
        guardian.beat(now_s, replace(WELL, lag_s=40.0))
    assert not guardian.hung


def test_a_thread_that_goes_round_again_is_told(guardian: Guardian) -> None:
    guardian.beat(7.0, replace(WELL, lag_s=5.5))
    assert codes(guardian.beat(8.0, WELL)) == [("ENGINE_LAGS", "over")]
    assert guardian.up_for_s(9.0) == 9.0


def test_stale_data_is_told_and_ends_nothing(guardian: Guardian) -> None:
    stale = replace(WELL, stale=True, age_s=16.0)
    assert codes(guardian.beat(20.0, stale)) == [("FEED_STALE", "")]
    assert guardian.beat(90.0, replace(stale, age_s=86.0)) == [] and not guardian.hung
    assert guardian.up_for_s(91.0) == 0.0    # no healthy time
    assert codes(guardian.beat(92.0, WELL)) == [("FEED_STALE", "over")]


def test_old_data_outside_the_session_is_no_trouble(guardian: Guardian) -> None:
    assert guardian.beat(4000.0, replace(WELL, age_s=3999.0)) == []


def test_an_engine_that_stops_may_stand_and_be_silent(guardian: Guardian) -> None:
    assert guardian.beat(2.0, replace(WELL, stopping="flatten", lag_s=9.0)) == []
    assert guardian.stopping
    assert [guardian.silence(now_s) for now_s in (3.0, 9.0, 20.0)] == [[], [], []]
    assert codes(guardian.silence(33.0)) == [("ENGINE_ENDS_SLOWLY", "")]
    assert not guardian.hung


def test_a_closed_channel_is_the_end_of_a_run_and_no_hang(guardian: Guardian) -> None:
    for now_s in (3.0, 10.0, 20.0, 40.0):
        guardian.silence(now_s, ending=True)
    assert not guardian.hung


def test_a_start_that_takes_too_long_is_told_and_not_ended() -> None:
    guardian = Guardian(Limits(5, 30, 15, 120), 0.0)
    assert guardian.silence(60.0, ending=True) == [] and not guardian.came_up
    assert codes(guardian.silence(121.0, ending=True)) == [("ENGINE_LATE", "")]
    assert not guardian.hung


def test_before_it_is_up_nothing_is_judged() -> None:
    guardian = Guardian(Limits(5, 30, 15, 120), 0.0)
    assert guardian.beat(3.0, replace(WELL, state="starting", lag_s=None, age_s=None)) == []
    assert not guardian.came_up and guardian.up_for_s(9.0) == 0.0

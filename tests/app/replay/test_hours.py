from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from app.replay.files import SECOND, T0

from qt_app.errors import DataError
from qt_app.replay.hours import parse_session

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
HOUR = 3600 * SECOND


def ns(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp()) * SECOND


def test_b3_is_the_calendar_of_the_contract() -> None:
    sessions = parse_session("b3", SAO_PAULO).sessions("DOLK20", T0, T0 + HOUR)
    assert sessions is not None
    assert sessions.tolist() == [[ns("2020-04-02T09:00-03:00"), ns("2020-04-02T18:00-03:00")]]


def test_b3_has_hours_for_a_symbol_it_does_not_know() -> None:
    unknown = parse_session("b3", SAO_PAULO).sessions("CUT", T0, T0)
    assert np.array_equal(unknown, parse_session("b3", SAO_PAULO).sessions("WDOK20", T0, T0))


def test_none_has_no_bounds() -> None:
    assert parse_session("none", SAO_PAULO).sessions("DOLK20", T0, T0) is None


def test_hours_hold_on_each_local_day_of_the_data() -> None:
    spec = parse_session("10:00-16:50", SAO_PAULO)
    sessions = spec.sessions("X", T0, T0 + 30 * HOUR)
    assert sessions is not None
    assert sessions.tolist() == [[ns("2020-04-02T10:00-03:00"), ns("2020-04-02T16:50-03:00")],
                                 [ns("2020-04-03T10:00-03:00"), ns("2020-04-03T16:50-03:00")]]


def test_hours_follow_the_zone_and_its_daylight_saving() -> None:
    sessions = parse_session("10:00-11:00", SAO_PAULO).sessions("X", *[ns("2018-12-03T12:00+00:00")] * 2)
    assert sessions is not None and sessions[0, 0] == ns("2018-12-03T10:00-02:00")
    tokyo = parse_session("00:00-24:00", ZoneInfo("Asia/Tokyo")).sessions("X", T0, T0)
    assert tokyo is not None and tokyo.tolist() == [[ns("2020-04-02T00:00+09:00"), ns("2020-04-03T00:00+09:00")]]


def test_the_calendar_id_tells_zones_apart() -> None:
    assert parse_session("b3", SAO_PAULO).calendar_id == "b3"
    assert parse_session("09:00-18:00", SAO_PAULO).calendar_id == "09:00-18:00 America/Sao_Paulo"


@pytest.mark.parametrize("text", ["", "B3", "9-18", "18:00-09:00", "09:00-09:00", "25:00-26:00", "09:00-24:30"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="session"):
        parse_session(text, SAO_PAULO)


@pytest.mark.parametrize(("day", "reason"), [("2020-04-04", "no exchange session"), ("2015-11-26", "no trading hours")])
def test_days_without_known_hours_are_refused_with_a_remedy(day: str, reason: str) -> None:
    with pytest.raises(DataError, match=f"PETRL80: {reason}.*HH:MM-HH:MM"):
        parse_session("b3", SAO_PAULO).sessions("PETRL80", *[ns(f"{day}T12:00-03:00")] * 2)

"""Exits of the bracket that nobody planned."""
from __future__ import annotations

from typing import Any

import pytest

from qt_app.alerts.codes import Code
from qt_app.alerts.output import ExitAlerts


def told(kind: str, **record: Any) -> list[Code]:
    codes: list[Code] = []
    ExitAlerts(lambda code, words, data: codes.append(code)).record(kind, {"order_id": 4, "qty": 1, **record})
    return codes


@pytest.mark.parametrize(("reason", "code"), [
    ("STOP_UNCONFIRMED", Code.STOP_NOT_CONFIRMED), ("STOP_REJECTED margin is short", Code.STOP_NOT_CONFIRMED),
    ("STOP_NOT_FILLED", Code.STOP_NOT_FILLED), ("REVERSED", Code.EXCESS_FLATTENED)])
def test_an_exit_for_a_reason_of_our_own_orders_is_an_alert(reason: str, code: Code) -> None:
    assert told("order", purpose="exit", reason=reason) == [code]


def test_other_orders_and_news_are_none() -> None:
    assert told("order", purpose="exit", reason="OPPOSITE_DECISION") == []
    assert told("order", purpose="entry", reason="STOP_UNCONFIRMED") == []
    assert told("cancel", reason="REVERSED") == []
    assert told("fill") == []

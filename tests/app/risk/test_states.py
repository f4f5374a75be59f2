"""Each reason that holds trading has a state, an end and a remedy, and the manual's table says the same."""
from __future__ import annotations

from pathlib import Path

import pytest

from qt_app.risk.reasons import Reason
from qt_app.risk.states import BLOCKS, TradingState, Until, block_of, refusals, state_of, table


def test_the_strictest_reason_counts() -> None:
    assert state_of([]) is TradingState.ACTIVE
    assert state_of([Reason.STALE_FEED, Reason.REDUCING]) is TradingState.REDUCING
    assert state_of([Reason.STALE_FEED, Reason.DAILY_LOSS, Reason.REDUCING]) is TradingState.HALTED


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_and_a_remedy(reason: Reason) -> None:
    assert reason.value and reason.value[0].islower()
    assert block_of(reason).remedy


def test_only_an_operator_lifts_a_latched_halt() -> None:
    assert block_of(Reason.HALTED).until is Until.RESUME
    assert {r for r, block in BLOCKS.items() if block.until is Until.SESSION} == {
        Reason.DAILY_LOSS, Reason.DAILY_DRAWDOWN, Reason.LOSING_STREAK}


def test_the_manual_has_both_tables(repo: Path) -> None:
    """To print them anew: python -c 'from qt_app.risk.states import *; print(table(), refusals())'."""
    manual = (repo / "docs" / "recovery.md").read_text("utf-8")
    assert table() in manual
    assert refusals() in manual

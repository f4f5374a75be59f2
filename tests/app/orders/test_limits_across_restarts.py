"""Killed anywhere and begun from the journal again: the same position, counts, money and breakers, and no limit is
passed by starting anew."""
from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_world import World

from qt_app.journal.journal import Journal
from qt_app.orders.notes import Notes

LIMITS = {"max_daily_trades": 4, "max_daily_loss_brl": 150.0, "max_daily_drawdown_brl": 200.0, "max_losses_in_row": 2,
          "orders_per_second": 50}


class Life:
    """Runs of one account, one after the other, on one journal."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite"
        self.bid = 10_000
        self.fills: list[dict[str, Any]] = []
        self.runs = 0
        self._begin(None)

    def _begin(self, before: World | None) -> None:
        self.runs += 1
        self.journal = Journal.open(self.path, f"run {self.runs}")
        self.world = World(**LIMITS)
        if before is not None:
            self.world.now_ns, self.world.seq = before.now_ns, before.seq
        self.world.quote(0, self.bid, self.bid + 1)
        self.world.trader.notes = Notes("WDOZ26", "paper", self.journal.put)
        self.world.trader.restore(self.journal.begin("WDOZ26", "paper"))
        self.world.trader.on_time(self.world)

    def kill(self) -> None:
        """As SIGKILL would, with everything that was noted on the disk: nothing is said in parting."""
        before, known = self.world, self.state
        self.fills += before.of("fill")
        self.journal.close()
        self._begin(before)
        assert self.state == known

    def step(self, what: str, value: Any) -> None:
        if what == "kill":
            self.kill()
        elif what == "quote":
            self.bid = value
            self.world.quote(20, value, value + 1)
        else:
            self.world.clock(20).decide(value).wait(300)

    @property
    def state(self) -> tuple[Any, ...]:
        account, gate = self.world.account, self.world.trader.gate
        return (account.position, account.today, account.day_best_brl, account.day(self.bid, self.bid + 1),
                gate.breakers.tripped, gate.state)

    @property
    def entries(self) -> int:
        """Entries of the whole life, counted from its orders and fills alone."""
        bought = {f["order_id"] for f in [*self.fills, *self.world.of("fill")] if abs(f["position"]) == 1}
        return len(bought)


STEPS = st.one_of(
    st.tuples(st.just("decide"), st.sampled_from(["buy", "sell", "buy", "sell", "hold"])),
    st.tuples(st.just("quote"), st.integers(9_970, 10_030)),
    st.tuples(st.just("kill"), st.none()),
)


@pytest.mark.slow
@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_a_restart_changes_nothing_and_passes_no_limit(script: list[tuple[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        life = Life(Path(folder))
        for what, value in script:
            life.step(what, value)
            assert life.entries <= LIMITS["max_daily_trades"]
            assert abs(life.world.position) <= 1
        life.journal.close()


def test_the_next_entry_is_refused_after_a_restart_too(tmp_path: Path) -> None:
    """Bought and sold at a gain until the day's entries are used up; the restarted run may not begin another."""
    life = Life(tmp_path)
    for n in range(4):
        life.step("quote", 10_000 + 10 * n)
        life.step("decide", "buy")
        life.step("quote", 10_010 + 10 * n)
        life.step("decide", "sell")
    assert life.entries == 4
    life.kill()
    life.step("decide", "buy")
    assert life.world.of("refusal")[-1]["code"] == "DAILY_TRADES"
    life.journal.close()

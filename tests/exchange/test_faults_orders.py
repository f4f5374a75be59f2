"""Order faults: early, late, missing and repeated events; rejections, slices, lost races. The ledger is true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from exchange_harness import Exchange
from test_orders import BUY, LIMIT, MARKET, SELL, Desk

START = "09:10"


class FaultDesk(Desk):
    """A desk in a held market: orders move only when it runs."""

    def __init__(self, sim: Exchange, script: str = "") -> None:
        sim.faults(script)
        super().__init__(sim, start=START, speed=0, hold=1)
        sim.until_rest()

    def run(self, clock: str = "09:10:05") -> None:
        self.sim.run_until(clock)

    def far(self) -> float:
        """A price at which a buy rests for good."""
        return self.best(0) - 30

    def ledger(self) -> tuple[int, ...]:
        return tuple(self.sim.stat(name) for name in ("position", "bought", "sold", "fills", "working"))


def sent(sim: Exchange, script: str, kind: int = MARKET, qty: int = 2) -> tuple[FaultDesk, int]:
    """One order under a script, five seconds later."""
    desk = FaultDesk(sim, script)
    local = desk.send(kind, BUY, qty, -1.0 if kind == MARKET else desk.far())
    desk.run()
    return desk, local


@pytest.mark.parametrize(("steps", "statuses"), [(1, [203]), (2, [203, 203]), (3, [203, 203, 201])])
def test_events_come_before_the_send_returns(sim: Exchange, steps: int, statuses: list[int]) -> None:
    desk = FaultDesk(sim, f'{{kind = "early"; steps = {steps}}}')
    local = desk.send(MARKET, BUY, 1)
    assert desk.statuses(local) == statuses  # the market has not moved
    desk.run()
    assert desk.statuses(local)[-1] == 2


def test_even_the_fill_can_come_before_the_send_returns(sim: Exchange) -> None:
    desk = FaultDesk(sim, '{kind = "early"; steps = 4; count = 1}')
    assert desk.statuses(desk.send(MARKET, BUY, 1))[-1] == 2
    assert desk.statuses(desk.send(MARKET, BUY, 1)) == []
    assert desk.ledger()[0] == 1


def test_the_final_event_is_missing_and_the_enumeration_knows(sim: Exchange) -> None:
    desk, local = sent(sim, '{kind = "drop"; callback = "order"; stage = "final"}')
    assert set(desk.statuses(local)) <= {203, 201, 1} and desk.ledger()[:2] == (2, 2)
    assert desk.position()[1].open == 2


def test_the_final_event_is_late(sim: Exchange) -> None:
    desk, local = sent(sim, '{kind = "delay"; callback = "order"; stage = "final"; seconds = 8}')
    assert 2 not in desk.statuses(local) and desk.ledger()[0] == 2
    desk.run("09:10:09")
    assert desk.statuses(local)[-1] == 2


def test_stages_are_skipped(sim: Exchange) -> None:
    script = """{kind = "drop"; callback = "order"; stage = "client"}
                {kind = "drop"; callback = "order"; stage = "server"}"""
    desk, local = sent(sim, script)
    assert set(desk.statuses(local)) <= {1, 2} and desk.statuses(local)[-1] == 2


def test_events_are_repeated_and_the_position_is_not(sim: Exchange) -> None:
    desk, local = sent(sim, '{kind = "duplicate"; callback = "order"; copies = 2}')
    assert len(desk.statuses(local)) % 3 == 0 and desk.ledger()[:2] == (2, 2)


LONG = "Rejeição: preço fora dos limites de negociação; ação não permitida à conta – ☂ 😀 " * 4


@pytest.mark.lengthy
@pytest.mark.parametrize(("keys", "status", "text"), [
    (f'text = "{LONG}"', 8, LONG),
    ("", 8, "Saldo insuficiente"),
    ("status = 204", 204, "Ordem inválida"),
    ("retryable = true", 204, "Cliente não está conectado ao servidor de ordens"),
])
def test_the_chosen_order_is_rejected_with_the_text(sim: Exchange, keys: str, status: int, text: str) -> None:
    desk = FaultDesk(sim, '[[fault]]\nkind = "reject"\nskip = 1\ncount = 1\n' + keys)
    first, second, third = (desk.send(MARKET, BUY, 1) for _ in range(3))
    desk.run()
    assert [desk.statuses(o)[-1] for o in (first, second, third)] == [2, status, 2]
    assert desk.of(second)[-1][4] == text
    assert desk.ledger() == (2, 2, 0, desk.sim.stat("fills"), 0)


def test_a_fill_comes_in_slices(sim: Exchange) -> None:
    desk, local = sent(sim, '{kind = "partial"; slices = 4; seconds = 0.5}', qty=8)
    traded = [e[6] for e in desk.of(local)]
    assert desk.statuses(local)[-1] == 2 and len(set(traded)) >= 5 and traded == sorted(traded)
    assert desk.ledger()[0] == 8


def test_a_sliced_order_can_be_cancelled_between_its_fills(sim: Exchange) -> None:
    desk = FaultDesk(sim, '{kind = "partial"; slices = 4; seconds = 3}')
    local = desk.send(MARKET, BUY, 8)
    desk.run("09:10:04")
    assert desk.statuses(local)[-1] == 1
    assert desk.cancel(local) == 0
    desk.run("09:10:15")
    assert desk.statuses(local)[-1] == 15
    assert 0 < desk.ledger()[0] < 8 and desk.ledger()[-1] == 0


def cancelled(sim: Exchange, script: str) -> tuple[FaultDesk, int]:
    desk, local = sent(sim, script, LIMIT)
    assert desk.cancel(local) == 0
    desk.run("09:10:08")
    return desk, local


def test_the_fill_wins_the_race_against_the_cancel(sim: Exchange) -> None:
    desk, local = cancelled(sim, '{kind = "cancel_race"}')
    assert desk.statuses(local)[-2:] == [6, 2] and desk.ledger() == (2, 2, 0, 1, 0)
    assert desk.of(local)[-1][8] == desk.of(local)[-1][10]  # at its own price


def test_a_cancel_is_refused_and_the_order_lives(sim: Exchange) -> None:
    desk, local = cancelled(sim, '{kind = "cancel_reject"; text = "Leilão em andamento"; count = 1}')
    assert desk.statuses(local)[-2:] == [6, 0] and desk.of(local)[-1][4] == "Leilão em andamento"
    assert desk.cancel(local) == 0
    desk.run("09:10:12")
    assert desk.statuses(local)[-1] == 4


def test_the_broker_cancels_what_rests(sim: Exchange) -> None:
    desk, local = sent(sim, '{kind = "admin_cancel"; seconds = 2; text = "Garantia insuficiente"}', LIMIT)
    assert desk.statuses(local)[-2:] == [0, 205] and desk.of(local)[-1][4] == "Garantia insuficiente"
    assert desk.ledger()[-1] == 0


def test_an_order_is_stuck_and_trades_all_the_same(sim: Exchange) -> None:
    desk, local = sent(sim, '{kind = "stuck"}')
    assert desk.statuses(local) == [] and desk.ledger()[0] == 2


def test_an_order_is_stuck_and_goes_nowhere(sim: Exchange) -> None:
    desk, local = sent(sim, '{kind = "stuck"; reaches_exchange = false}')
    assert desk.cancel(local) == 0
    desk.run("09:10:10")
    assert desk.statuses(local) == [] and desk.ledger() == (0, 0, 0, 0, 1)


def test_the_broker_trades_on_the_account(sim: Exchange) -> None:
    desk, _ = sent(sim, '{kind = "position"; at = "09:10:08"; qty = -5}')
    assert desk.ledger()[0] == 2
    desk.run("09:10:09")
    assert desk.ledger()[:3] == (-3, 2, 5) and desk.position()[1].side == 2


def test_the_broker_flattens_and_cancels_all(sim: Exchange) -> None:
    desk, _ = sent(sim, '{kind = "position"; at = "09:10:08"; flatten = true}')
    rests = desk.send(LIMIT, BUY, 1, desk.far())
    desk.run("09:10:09")
    assert desk.statuses(rests)[-1] == 205
    assert (desk.ledger()[0], desk.ledger()[-1], desk.position()[1].side) == (0, 0, 200)


# ---- routing goes away ----


OUTAGE = 'kind = "outage"; channel = "routing"; at = "09:10:01"; seconds = 10'


@pytest.mark.parametrize("late", [True, False])
def test_a_fill_during_an_outage_is_told_at_the_return_or_never(sim: Exchange, late: bool) -> None:
    desk = FaultDesk(sim, f"{{{OUTAGE}; late_orders = {str(late).lower()}}}")
    desk.run("09:10:00.970")
    local = desk.send(MARKET, SELL, 3)
    desk.run("09:10:05")
    assert 2 not in desk.statuses(local) and desk.ledger()[0] == -3
    desk.run("09:10:12")
    assert (desk.statuses(local)[-1:] == [2]) is late
    assert desk.position()[1].open == 3


def test_what_is_sent_during_an_outage_dies(sim: Exchange) -> None:
    desk = FaultDesk(sim, f"{{{OUTAGE}}}")
    rests = desk.send(LIMIT, BUY, 1, desk.far())
    desk.run("09:10:02")
    lost = desk.send(MARKET, BUY, 1)
    assert lost > 0 and desk.cancel(rests) == 0
    desk.run("09:10:12")
    assert desk.statuses(lost)[-1] == 204 and desk.statuses(rests)[-1] == 0
    assert desk.ledger() == (0, 0, 0, 0, 1) and sim.stat("unready_sends") == 1


# ---- the end of the process ----


def ended(script: str, act: str) -> int:
    """The exit code of a client of its own process."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from exchange_harness import DEFAULTS, Exchange\n"
        "from test_faults_orders import BUY, LIMIT, MARKET, FaultDesk\n"
        "sim = Exchange(); sim.set(**DEFAULTS)\n"
        "desk = FaultDesk(sim, sys.argv[2])\n"
        f"{act}; sim.finish()\n"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), script]
    return subprocess.run(command, check=False, capture_output=True, timeout=60).returncode


@pytest.mark.lengthy
@pytest.mark.parametrize("point", ["login", "subscribe", "before_send", "after_send", "accepted", "filled", "finalize"])
def test_the_process_ends_at_the_point(point: str) -> None:
    assert ended(f'{{kind = "kill"; point = "{point}"}}', "desk.send(MARKET, BUY, 1); desk.run()") == 137


@pytest.mark.lengthy
def test_the_exchange_outlives_a_killed_client(sim: Exchange, tmp_path: Path) -> None:
    """A fill that was never told, a resting order: the next session finds both, once."""
    carry = f'{{kind = "carry"; path = "{(tmp_path / "carried").as_posix()}"}}'
    act = "desk.send(LIMIT, BUY, 1, desk.far()); desk.run('09:10:03'); desk.send(MARKET, BUY, 2); desk.run()"
    assert ended(f'{carry}\n{{kind = "kill"; point = "filled"}}', act) == 137
    desk = FaultDesk(sim, carry)
    assert desk.ledger() == (2, 2, 0, sim.stat("fills"), 1) and desk.position()[1].open == 2
    rests = desk.sim.stat("orders")
    desk.run("09:10:04")
    (local,) = {e[1] for e in sim.of("order")}
    assert desk.statuses(local)[-1] == 0 and rests == 2 and desk.of(local)[-1][3].startswith("SIM")
    assert desk.cancel(local) == 0
    desk.run("09:10:08")
    assert desk.statuses(local)[-1] == 4 and desk.ledger()[-1] == 0
    sim.finish()
    assert FaultDesk(sim, carry).ledger() == (0, 0, 0, 0, 0)


@pytest.mark.lengthy
def test_what_was_sent_by_a_killed_client_reaches_the_exchange(sim: Exchange, tmp_path: Path) -> None:
    carry = f'{{kind = "carry"; path = "{(tmp_path / "carried").as_posix()}"}}'
    assert ended(f'{carry}\n{{kind = "kill"; point = "after_send"}}', "desk.send(MARKET, BUY, 2)") == 137
    desk = FaultDesk(sim, carry)
    assert desk.ledger()[0] == 0
    desk.run("09:10:01")
    assert desk.ledger()[0] == 2

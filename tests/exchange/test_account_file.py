"""An account that outlives its sessions: whenever a process ends, the next login finds orders and positions in step."""

from __future__ import annotations

import ctypes as c
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from exchange_harness import FUNCTYPE, Account, Exchange, OrderRecord, SystemTime, narrow
from test_orders import BUY, LIMIT, MARKET, SELL, STOP_LIMIT, Desk

FRAME = struct.Struct("<IIII")
HEAD_BYTES = 24
OVER = {2, 3, 4, 8, 12, 200, 202, 204, 205, 206}


class LedgerOrder(c.Structure):
    _fields_ = [
        *((n, c.c_int64) for n in ("local_id", "qty", "traded", "value_ticks")),
        *((n, c.c_int32) for n in ("price", "stop", "account")),
        *((n, c.c_uint8) for n in ("side", "type", "status")),
    ]


class KeptDesk(Desk):
    """A desk in a held market whose account is kept in a file."""

    def __init__(self, sim: Exchange, file: Path, **settings: object) -> None:
        super().__init__(sim, **({"start": "09:10", "speed": 0, "hold": 1, "account_file": file} | settings))
        sim.until_rest()

    def run(self, clock: str) -> None:
        self.sim.run_until(clock)

    def again(self, file: Path, **settings: object) -> KeptDesk:
        self.sim.finish()
        self.sim.events.clear()
        return KeptDesk(self.sim, file, **settings)

    def ledger(self) -> list[LedgerOrder]:
        orders = [LedgerOrder() for _ in range(self.sim.stat("orders"))]
        assert all(self.sim.dll.SIM_LedgerOrder(i, c.byref(o)) == 0 for i, o in enumerate(orders))
        return orders

    def check(self) -> None:
        """Position and money are what the orders make."""
        signed = [(1 if o.side == BUY else -1, o) for o in self.ledger()]
        assert self.sim.stat("position") == sum(s * o.traded for s, o in signed)
        assert self.sim.stat("cash_ticks") == -sum(s * o.value_ticks for s, o in signed)
        assert self.sim.stat("working") == sum(o.status not in OVER for _, o in signed)

    def listed(self) -> list[tuple[str, int, int]]:
        """What the broker's list shows: name, status, traded."""
        found: list[tuple[str, int, int]] = []

        def see(order: object, _param: int) -> int:
            o = order.contents  # type: ignore[attr-defined]
            found.append((narrow(o.order.name), o.status, o.traded))
            return 1

        proc = FUNCTYPE(c.c_int32, c.POINTER(OrderRecord), c.c_ssize_t)(see)
        assert self.sim.dll.EnumerateAllOrders(c.byref(self.sim.account()), 0, c.c_ssize_t(0), proc) == 0
        return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "account.bin"


def trade(desk: KeptDesk) -> None:
    """A bought position, a resting order, a waiting stop, a cancelled order."""
    desk.send(MARKET, BUY, 3)
    desk.send(LIMIT, BUY, 1, desk.best(0) - 30)
    gone = desk.send(LIMIT, BUY, 2, desk.best(0) - 20)
    desk.run("09:10:02")
    desk.send(STOP_LIMIT, SELL, 3, desk.best(0) - 40, desk.best(0) - 35)
    desk.cancel(gone)
    desk.run("09:10:04")


def test_position_and_orders_are_found_and_work_on(sim: Exchange, file: Path) -> None:
    desk = KeptDesk(sim, file)
    trade(desk)
    told, cash = sim.clock(), sim.stat("cash_ticks")
    before = [(o.status, o.traded, o.value_ticks) for o in desk.ledger()]
    desk = desk.again(file)
    assert told <= sim.clock() <= told + 1_000_000_000
    assert (sim.stat("position"), sim.stat("cash_ticks"), sim.stat("working")) == (3, cash, 2)
    assert [(o.status, o.traded, o.value_ticks) for o in desk.ledger()] == before
    assert [row[0] for row in desk.listed()] == [f"SIM000000000{n}" for n in (1, 2, 3, 4)]
    desk.run("09:10:06")
    assert sim.stat("working") == 2
    assert desk.cancel(desk.ledger()[3].local_id) == 0
    desk.run("09:10:08")
    assert desk.ledger()[3].status == 4
    desk.check()


def test_local_ids_are_of_one_session(sim: Exchange, file: Path) -> None:
    desk = KeptDesk(sim, file)
    trade(desk)
    before = [o.local_id for o in desk.ledger()]
    after = [o.local_id for o in desk.again(file).ledger()]
    assert after[0] == before[3]  # an id of the first session is another order's in the second


def frames(data: bytes) -> list[int]:
    """Where the file's frames end."""
    ends, at = [], HEAD_BYTES
    while at < len(data):
        at += FRAME.size + FRAME.unpack_from(data, at)[0]
        ends.append(at)
    return ends


@pytest.mark.slow
def test_a_file_cut_anywhere_is_a_consistent_account(sim: Exchange, file: Path, tmp_path: Path) -> None:
    trade(KeptDesk(sim, file))
    data = file.read_bytes()
    ends = frames(data)
    assert ends[-1] == len(data)
    assert len(ends) > 12
    sim.finish()
    desk, seen = KeptDesk(sim, tmp_path / "other"), set()
    for cut in sorted({max(end + off, ends[0]) for end in ends for off in (-1, 0, 1, 200)}):
        file.write_bytes(data[:cut])
        desk = desk.again(file)
        desk.check()
        seen.add((sim.stat("position"), sim.stat("orders")))
    assert {(0, 3), (3, 3), (3, 4)} <= seen


def test_a_frame_that_does_not_hold_together_ends_the_file(sim: Exchange, file: Path) -> None:
    trade(KeptDesk(sim, file))
    sim.finish()
    data = bytearray(file.read_bytes())
    data[frames(bytes(data))[0] + FRAME.size + 100] ^= 1
    file.write_bytes(data)
    desk = KeptDesk(sim, file)
    assert desk.ledger() == []


@pytest.mark.lengthy
def test_the_market_goes_on_as_if_nobody_had_left(sim: Exchange, file: Path, tmp_path: Path) -> None:
    def prints(desk: KeptDesk) -> list[tuple[object, ...]]:
        desk.run("09:12")
        return [e[2:8] for e in sim.of("trade") if str(e[3]).endswith("09:11:30") or "09:11:3" in str(e[3])]

    whole = prints(KeptDesk(sim, tmp_path / "other"))
    sim.finish()
    sim.events.clear()
    desk = KeptDesk(sim, file)
    desk.run("09:11:10")
    assert prints(desk.again(file)) == whole
    assert whole


@pytest.mark.parametrize(("in_flight", "position", "lost"), [("arrives", 2, 0), ("lost", 0, 1)])
def test_an_order_on_its_way_arrives_or_is_lost(
    sim: Exchange, file: Path, in_flight: str, position: int, lost: int
) -> None:
    desk = KeptDesk(sim, file)
    desk.send(MARKET, BUY, 2)
    desk = desk.again(file, in_flight=in_flight)
    assert len(desk.listed()) == 1 - lost
    desk.run("09:10:03")
    assert (sim.stat("position"), sim.stat("lost_on_the_way")) == (position, lost)
    assert desk.ledger()[0].status == (204 if lost else 2)
    desk.check()


@pytest.mark.lengthy
@pytest.mark.parametrize(("in_flight", "working"), [("arrives", 0), ("lost", 1)])
def test_a_cancel_on_its_way_arrives_or_is_lost(sim: Exchange, file: Path, in_flight: str, working: int) -> None:
    desk = KeptDesk(sim, file)
    local = desk.send(LIMIT, BUY, 1, desk.best(0) - 30)
    desk.run("09:10:01")
    assert desk.cancel(local) == 0
    desk = desk.again(file, in_flight=in_flight)
    desk.run("09:10:05")
    assert sim.stat("working") == working


def test_either_takes_some_and_loses_others(sim: Exchange, file: Path) -> None:
    desk = KeptDesk(sim, file)
    for _ in range(12):
        desk.send(MARKET, BUY, 1)
    desk = desk.again(file, in_flight="either")
    desk.run("09:10:05")
    assert 0 < sim.stat("position") < 12
    assert sim.stat("position") + sim.stat("lost_on_the_way") == 12
    desk.check()


def test_another_day_carries_the_position_and_expires_the_orders(sim: Exchange, file: Path) -> None:
    desk = KeptDesk(sim, file)
    trade(desk)
    desk = desk.again(file, day="2026-11-19")
    assert (sim.stat("position"), sim.stat("working")) == (3, 0)
    assert [o.status for o in desk.ledger()] == [2, 12, 4, 12]
    assert desk.listed() == []
    assert desk.position()[1].bought == 0
    local = desk.send(MARKET, SELL, 3)
    desk.run("09:10:02")
    assert sim.stat("position") == 0
    assert [row[0] for row in desk.listed()] == ["SIM0000000005"]
    assert desk.statuses(local)[-1] == 2


def test_a_session_that_is_over_begins_anew(sim: Exchange, file: Path) -> None:
    desk = KeptDesk(sim, file, until="09:11")
    desk.send(MARKET, BUY, 1)
    sim.release()
    sim.until_rest()
    begun = KeptDesk.again(desk, file, until="09:11")
    begun.run("09:10:01")
    assert (sim.stat("position"), sim.stat("working")) == (1, 0)


def test_a_contract_that_is_gone_was_settled(sim: Exchange, file: Path) -> None:
    desk = KeptDesk(sim, file)
    trade(desk)
    desk = desk.again(file, symbol="WDOF27", day="2026-12-01")
    assert (sim.stat("position"), sim.stat("working"), sim.stat("bought"), sim.stat("sold")) == (0, 0, 3, 3)


def test_a_file_that_is_none_of_ours_is_refused_and_left_alone(sim: Exchange, file: Path) -> None:
    file.write_bytes(b"something else entirely")
    sim.set(account_file=file)
    assert sim.login() != 0
    assert "no account file of this version" in sim.error()
    assert file.read_bytes() == b"something else entirely"


CLIENT = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from exchange_harness import DEFAULTS, Exchange
from test_account_file import KeptDesk, trade
sim = Exchange(); sim.set(**DEFAULTS)
if sys.argv[3]: sim.faults(sys.argv[3])
desk = KeptDesk(sim, Path(sys.argv[2]))
trade(desk)
print("traded", flush=True)
sys.stdin.read()
"""


def client(file: Path, script: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CLIENT, str(Path(__file__).parent), str(file), script]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.lengthy
def test_one_session_at_a_time_has_the_file_and_a_killed_one_leaves_it(sim: Exchange, file: Path) -> None:
    other = client(file)
    assert other.stdout is not None
    assert other.stdout.readline() == "traded\n"
    sim.set(account_file=file)
    assert sim.login() != 0
    assert "another session has it" in sim.error()
    other.kill()
    other.communicate()
    KeptDesk(sim, file).check()
    assert (sim.stat("position"), sim.stat("working")) == (3, 2)


@pytest.mark.lengthy
@pytest.mark.parametrize(
    ("point", "skip"),
    [("after_send", 1), ("accepted", 1), ("new", 0), ("filled", 0), ("before_cancel", 0), ("canceled", 0)],
)
def test_a_kill_at_any_point_leaves_order_and_position_in_step(
    sim: Exchange, file: Path, point: str, skip: int
) -> None:
    ended = client(file, f'[[fault]]\nkind = "kill"\npoint = "{point}"\nskip = {skip}\ncount = 1\n')
    ended.communicate()
    assert ended.returncode == 137
    desk = KeptDesk(sim, file)
    desk.check()
    desk.run("09:10:20")
    desk.check()
    assert sim.stat("orders") >= 2


@pytest.mark.lengthy
def test_login_leaves_out_what_is_no_longer_needed(sim: Exchange, file: Path, tmp_path: Path) -> None:
    desk = KeptDesk(sim, file)
    trade(desk)
    desk.run("09:12")
    long = file.stat().st_size
    shutil.copy(file, tmp_path / "copy")
    desk = desk.again(file)
    assert file.stat().st_size < long / 4
    assert sim.stat("account_failures") == 0
    desk.check()


def test_the_history_of_an_earlier_session_is_the_day_s(sim: Exchange, file: Path) -> None:
    desk = KeptDesk(sim, file)
    trade(desk)
    desk = desk.again(file)
    day = [SystemTime(2026, 11, 0, 18, hour, 0, 0, 0) for hour in (0, 10)]
    sim.dll.HasOrdersInInterval(c.byref(sim.account()), *day)
    sim.until_rest()
    assert sim.of("loaded")
    assert isinstance(sim.account(), Account)
    assert len(desk.listed()) == 4

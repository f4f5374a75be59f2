"""The real program killed and started again on the embedded exchange: position, counts, protection, and the replay."""
from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow.parquet as pq
import pytest
from e2e.installation import Installation
from e2e.test_live_equals_replay import assert_same

from qt_app.journal.reader import Reader
from qt_app.replay import beginning
from qt_app.services.lock import running

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]

#: Low enough that the first position comes within a minute of market time.
EAGER = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "500"}


def kill(qt: Installation) -> None:
    """As kill -9 and taskkill do."""
    owner = running(qt.home)
    process = None if owner is None else owner.process()
    assert process is not None
    process.kill()
    process.wait(30)


def holding(qt: Installation, *words: object) -> int:
    """Starts, and kills the run while it holds a position; the lots of the journal."""
    qt.start("--no-supervisor", "--speed", 20, *words)
    qt.reach("a position", lambda s: s["position"]["contracts"])
    kill(qt)
    with Reader(qt.home.journal) as journal:
        return journal.fills()[-1].position


def test_a_paper_position_survives_the_kill_and_is_protected_anew(install: Install) -> None:
    qt = install(**EAGER)
    held = holding(qt)
    assert held
    with Reader(qt.home.journal) as journal:
        before = journal.begin("WDOZ26", "paper")
        entries = len({fill.order_id for fill in before.fills if fill.entry})
    qt.start("--no-supervisor", "--speed", 1)
    status = qt.reach("a decision", lambda s: s["decision"]["count"] > 1)
    assert status["risk"]["used"]["max_daily_trades"] >= entries
    qt.good("stop", "--keep-position")
    with Reader(qt.home.journal) as journal:
        again = [order for order in journal.orders() if order.order_id >= before.next_order_id]
        assert (again[0].purpose, again[0].side, again[0].qty) == ("stop", -held, abs(held))
        assert [o.order_id for o in journal.orders()] == list(range(1, len(journal.orders()) + 1))
    assert any("the last run did not end properly" in line["message"] for line in qt.log())


def test_a_run_that_went_on_with_an_open_position_is_replayed_byte_for_byte(install: Install) -> None:
    qt = install(**EAGER)
    assert holding(qt)
    qt.start("--no-supervisor", "--speed", 60)
    qt.reach("orders", lambda s: s["orders"]["sent"] > 5)
    qt.good("stop")
    begin = beginning.from_json((qt.run_folder() / beginning.FILE).read_bytes())
    assert begin.position and not begin.clean
    assert_same(qt, orders=5)
    orders = pq.read_table(qt.run_folder() / "orders.parquet").to_pylist()
    assert orders[0]["order_id"] == begin.next_order_id and orders[0]["purpose"] == "stop"


def test_a_recording_whose_beginning_is_gone_is_not_replayed_as_another_run(install: Install) -> None:
    qt = install(**EAGER)
    assert holding(qt)
    qt.start("--no-supervisor", "--speed", 60)
    qt.reach("decisions", lambda s: s["decision"]["count"] > 10)
    qt.good("stop")
    (qt.run_folder() / beginning.FILE).unlink()
    done = qt.qt("replay", qt.home.data, "--out", qt.home.root / "out")
    assert done.returncode == 9 and "went on from an earlier run's position" in done.stderr


def test_the_day_s_entries_are_counted_across_restarts(install: Install) -> None:
    qt = install(**(EAGER | {"MAX_DAILY_TRADES": "2"}))
    entries = 0
    for _ in range(3):
        qt.start("--no-supervisor", "--speed", 60)
        qt.reach("a minute or two", lambda s: s["decision"]["count"] > 300)
        kill(qt)
        with Reader(qt.home.journal) as journal:
            entries = sum(order.purpose == "entry" for order in journal.orders())
            filled = len({fill.order_id for fill in journal.fills() if fill.entry})
            assert filled <= 2
    assert entries >= 2
    qt.start("--no-supervisor", "--speed", 60)
    status = qt.reach("decisions", lambda s: s["decision"]["blocked"].get("DAILY_TRADES"))
    assert status["risk"]["used"]["max_daily_trades"] == 2
    qt.good("stop")
    assert json.loads((qt.run_folder() / "summary.json").read_text())["position_lots"] == 0


# ---- at a broker: the exchange outlives the program


def legs(journal: Reader) -> list[str]:
    """Names of the legs that work."""
    known = journal.begin("WDOZ26", account_of(journal)).orders
    return sorted(o.cl_ord_id for o in known if not o.ended and o.order.purpose in ("stop", "target"))


def account_of(journal: Reader) -> str:
    return journal.orders()[-1].account


def protected_at_the_broker(qt: Installation) -> list[str]:
    """A position whose legs work at the simulated broker; then the run is killed."""
    qt.start("--no-supervisor", "--speed", 10)

    def ready(status: dict[str, object]) -> bool:
        with Reader(qt.home.journal) as journal:
            return bool(status["position"]["contracts"] and len(legs(journal)) == 2)    # type: ignore[index]

    qt.reach("a protected position", ready)
    kill(qt)
    with Reader(qt.home.journal) as journal:
        return legs(journal)


AT_BROKER = EAGER | {"QT_MODE": "simulator", "STOP_LOSS": "0.02", "QT_TAKE_PROFIT": "0.04",
                     "QT_MAX_DAILY_LOSS_BRL": "5000"}


def test_legs_that_still_fit_work_on_under_their_names(install: Install) -> None:
    qt = install(**AT_BROKER)
    names = protected_at_the_broker(qt)
    with Reader(qt.home.journal) as journal:
        made = journal.begin("WDOZ26", account_of(journal)).next_order_id
    qt.start("--no-supervisor", "--speed", 1)
    qt.reach("equal books", lambda s: s["reconciled"]["equal"])
    assert qt.qt("status", "--check").returncode == 0
    status = qt.status()
    assert status["position"]["contracts"] and status["orders"]["working"] == 2
    with Reader(qt.home.journal) as journal:
        assert legs(journal) == names
        assert journal.begin("WDOZ26", account_of(journal)).next_order_id == made, "nothing was sent"
    qt.good("stop", "--position", "flatten")
    assert json.loads((qt.run_folder() / "summary.json").read_text())["position_lots"] == 0


def test_without_its_journal_the_orders_are_not_ours_and_the_check_says_so(install: Install) -> None:
    qt = install(**AT_BROKER)
    protected_at_the_broker(qt)
    for path in qt.home.state.glob("journal.sqlite*"):
        path.rename(path.with_name(f"old-{path.name}"))
    qt.start("--no-supervisor", "--speed", 1)
    qt.reach("the difference", lambda s: "not ours" in s["reconciled"]["difference"])
    done = qt.qt("status", "--check")
    assert done.returncode == 8 and "differs from the broker: an order in the account is not ours" in done.stdout
    status = qt.status()
    assert status["position"]["contracts"] and "FOREIGN_ORDER" in status["risk"]["halt_reason"]
    qt.good("stop", "--position", "keep")

"""Order updates with their texts: from the callback of the simulated exchange, through a ring of their own."""
from collections.abc import Iterator
from itertools import pairwise

import pytest
from sim_desk import SimDesk

from qt_core.order_updates import OrderUpdate, OrderUpdates

FILLED, CANCELED, NEW, NOT_CREATED, CLIENT_CREATED = 2, 4, 0, 204, 203


@pytest.fixture
def desk() -> Iterator[SimDesk]:
    desk = SimDesk()
    yield desk
    desk.close()


@pytest.mark.lengthy
def test_market_order_tells_its_whole_life_with_texts(desk: SimDesk) -> None:
    local_id, _ = desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "market", 2)
    filled = desk.until(local_id, FILLED)
    assert (filled.qty, filled.traded, filled.leaves, filled.side, filled.type) == (2, 2, 0, 1, 1)
    assert (filled.ticker, filled.exchange) == ("WDOZ26", "F")
    assert (filled.account, filled.broker) == (desk.me.account, desk.me.broker)
    assert filled.avg_price > 0
    assert filled.cl_ord_id
    assert filled.local_id > 2**40
    assert filled.error == 0
    assert not filled.truncated
    life = [u for u in desk.seen if u.source == "order" and u.local_id == local_id]
    assert life[0].status == CLIENT_CREATED
    assert life[0].cl_ord_id == ""
    assert "servidor" in " ".join(u.text for u in life)
    assert all(a.recv_ns <= b.recv_ns and a.ts_ns <= b.ts_ns for a, b in pairwise(life))
    assert desk.updates.dropped == 0


@pytest.mark.lengthy
def test_accented_reason_of_a_dead_order_is_kept(desk: SimDesk) -> None:
    local_id, _ = desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "limit", 1, 1000.25)  # off the tick
    dead = desk.until(local_id, desk_end(desk, local_id))
    assert dead.text.strip()
    assert not dead.text.isascii()
    assert dead.traded == 0


def desk_end(desk: SimDesk, local_id: int) -> int:
    """The status in which the order died."""
    def over() -> list[OrderUpdate]:
        return [u for u in desk.seen if u.local_id == local_id and u.status in {8, NOT_CREATED}]
    desk.wait(lambda: bool(over()), "rejection")
    return over()[0].status


@pytest.mark.lengthy
def test_event_follows_its_record(desk: SimDesk) -> None:
    before = desk.updates.pushed
    desk.dll.send_order(desk.me, "WDOZ26", "F", "sell", "limit", 1, 9000.0)
    desk.wait(lambda: desk.dll.stats()["order_update"] > before, "update")
    assert desk.updates.pushed >= desk.dll.stats()["order_update"] - before


@pytest.mark.lengthy
def test_announced_accounts_are_kept_once_with_their_names(desk: SimDesk) -> None:
    desk.wait(lambda: bool(desk.updates.accounts()), "account")
    first = desk.updates.accounts()[0]
    assert (first.broker, first.account) == (desk.me.broker, desk.me.account)
    assert "Simul" in first.broker_name
    assert first.holder == "João da Simulação"


@pytest.mark.lengthy
def test_reader_that_is_too_slow_loses_only_what_is_counted() -> None:
    desk = SimDesk(capacity=2)
    try:
        told = desk.dll.stats()["order_update"]
        desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "market", 1)
        desk.wait(lambda: desk.dll.stats()["order_update"] >= told + 4, "updates", read=False)
        assert desk.updates.dropped > 0
        assert desk.updates.pushed + desk.updates.dropped == desk.dll.stats()["order_update"]
    finally:
        desk.close()


ABSURD = """
[[fault]]
kind = "full_records"
[[fault]]
kind = "garbage"
[[fault]]
kind = "absurd"
callback = "order"
field = "price"
value = "nan"
every = 5
[[fault]]
kind = "absurd"
callback = "order"
field = "qty"
value = "huge"
every = 4
"""


@pytest.mark.lengthy
def test_impossible_contents_leave_only_the_ids_and_are_counted() -> None:
    desk = SimDesk(script=ABSURD)
    try:
        sent = {desk.dll.send_order(desk.me, "WDOZ26", "F", "buy", "market", 2)[0] for _ in range(6)}
        desk.wait(lambda: sum(u.source == "order" for u in desk.seen) >= 24, "updates")
        desk.wait(lambda: sum(u.error != 0 for u in desk.seen) == desk.dll.stats()["orders_nonsense"], "every refusal")
        orders = [u for u in desk.seen if u.source == "order"]
        refused = [u for u in orders if u.error]
        assert len(refused) > 3
        assert {(u.error, u.qty, u.traded, u.text, u.price) for u in refused} == {(-1, 0, 0, "", -1.0)}
        assert {u.local_id for u in orders} == sent
        assert {u.qty for u in orders if not u.error} == {2}
        assert desk.dll.stats()["orders_overrun"] == 0   # whole records fit
    finally:
        desk.close()


@pytest.mark.parametrize("capacity", [0, 1, 3, 1 << 21])
def test_impossible_capacity_is_named(capacity: int) -> None:
    with pytest.raises(ValueError, match=f"capacity {capacity} of order updates"):
        OrderUpdates(capacity)


def test_update_is_frozen() -> None:
    update = OrderUpdate("order", 5)
    with pytest.raises(AttributeError):
        update.status = 2  # type: ignore[misc]

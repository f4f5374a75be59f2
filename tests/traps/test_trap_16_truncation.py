"""Trap 16: 64-bit ids and quantities cut to 32 bits, records written beyond their end."""
from trap_kit import ME, TICKER, fault, wire


def test_wide_ids_come_back_whole_and_no_record_is_overrun() -> None:
    with wire(fault("full_records") + fault("garbage")) as w:
        w.subscribe()
        w.run("09:10:05")
        local, message = w.dll.send_order(ME, TICKER, "F", "buy", "limit", 3, w.last_price() - 20)
        assert local > 2**40 and message > 0
        w.run("09:10:10")
        assert w.ledger()[0].local_id == local
        assert {u.local_id for u in w.told if u.source == "order"} == {local}
        assert w.dll.order_details(local)["qty"] == 3
        w.dll.cancel_order(ME, local)
        w.run("09:10:15")
        assert w.dll.order_details(local)["status"] == 4
        w.dll.get_position(ME, TICKER, "F")
        assert w.dll.sim_stat("faults") > 0
        assert (w.dll.stats()["orders_overrun"], w.dll.stats()["orders_nonsense"]) == (0, 0)

"""Trap 7: a crash minutes later: a string or a handle kept after the callback, a request made inside one."""
from trap_kit import ME, wire


def test_what_a_callback_showed_is_ours_when_its_memory_is_overwritten() -> None:
    with wire() as w:
        w.subscribe(offers=True, depth=True)
        w.run("09:10:10")
        ids = {w.send("buy", "market", 1), w.send("sell", "limit", 2, w.last_price() + 30)}
        w.run("09:10:20")
        of = [u for u in w.told if u.local_id in ids and u.source == "order"]
        assert {u.ticker for u in of} == {"WDOZ26"} and {u.account for u in of} == {"1000001"}
        named = [u.cl_ord_id for u in of if u.cl_ord_id]
        assert named and all(n.isalnum() for n in named)
        assert {u.cl_ord_id for u in of if u.cl_ord_id} == {o["cl_ord_id"] for o in w.dll.enumerate_orders(ME)}
        assert (w.dll.sim_stat("reentrant"), w.dll.sim_stat("stale_handles")) == (0, 0)

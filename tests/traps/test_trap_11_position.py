"""Trap 11: the side of a flat position is garbage, and a wrong exchange answers zeros."""
from trap_kit import ME, TICKER, wire


def test_position_is_read_as_it_is_long_short_and_flat() -> None:
    with wire() as w:
        w.subscribe()
        assert w.dll.get_position(ME, TICKER, "F") is None
        seen = []
        for second, (side, qty) in enumerate((("buy", 2), ("sell", 2), ("sell", 3), ("buy", 3)), start=1):
            w.send(side, "market", qty)
            w.run(f"09:10:{5 * second:02}")
            p = w.dll.get_position(ME, TICKER, "F")
            assert p is not None and p["side"] * p["qty"] == w.dll.sim_stat("position")  # type: ignore[operator]
            seen.append((p["side"], p["qty"]))
        assert seen == [(1, 2), (0, 0), (-1, 3), (0, 0)]

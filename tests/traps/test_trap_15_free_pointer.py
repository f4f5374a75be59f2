"""Trap 15: book arrays that are never given back, twice, or with a wrong size."""
from trap_kit import TICKER, fault, wire


def test_every_array_is_given_back_once_with_its_size() -> None:
    with wire(fault("guard_pages"), pages=20) as w:
        for _ in range(3):
            w.subscribe(offers=True)
            w.dll.unsubscribe_offer_book(TICKER, "F")
            w.rest()
        names = ("freepointer_arrays", "freepointer_leaks", "freepointer_faults")
        made, kept, wrong = (w.dll.sim_stat(name) for name in names)
        assert made > 6 and (kept, wrong) == (0, 0)

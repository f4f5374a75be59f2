"""Trap 14: a crossed or drifting book from deltas, worst-end adds, pages and stale dates."""
import numpy as np
import pytest
from trap_kit import fault, wire

from qt_core._types import Kind
from qt_core.book import Book
from qt_core.offers import Offers

pytestmark = pytest.mark.slow


def by_price(entries: list[tuple[int, int, int, int]]) -> list[tuple[int, int]]:
    """Ticks and lots of each level, best first."""
    levels: dict[int, int] = {}
    for _, ticks, lots, _ in entries:
        levels[ticks] = levels.get(ticks, 0) + lots
    return list(levels.items())


@pytest.mark.parametrize("pages", [7, 500])
def test_the_positional_book_equals_the_book_by_price_at_every_stop(pages: int) -> None:
    with wire(fault("missing_date", every=3), pages=pages) as w:
        w.subscribe(offers=True, depth=True)
        book = Book()
        offers = Offers(book)
        done = 0
        for second in range(1, 16):
            w.run(f"09:10:{second:02}")
            if second == 5:    # two orders behind all others
                worst = {side: offers.entries(side)[-1][1] for side in (1, -1)}
                w.send("buy", "limit", 3, worst[1] / 2 - 5)
                w.send("sell", "limit", 4, worst[-1] / 2 + 5)
            rows = w.of(Kind.OFFER)
            _, codes = offers.apply(rows[done:])
            done = len(rows)
            assert not codes.any() and not offers.needs_resync
            level = w.of(Kind.LEVEL)
            starts = np.flatnonzero(level["flags"] & 2)
            assert len(starts), "no price-depth image came"
            best = {s: level[(level["side"] == s) & (level["pos"] == 0)][-1] for s in (1, -1)}
            for side in (1, -1):
                ticks, lots = by_price(offers.entries(side))[0]
                assert (ticks, lots) == (int(best[side]["price"]), int(best[side]["qty"]))
            assert offers.entries(1)[0][1] < offers.entries(-1)[0][1]
        ours = [offers.entries(side)[-1][1:3] for side in (1, -1)]
        assert ours == [(worst[1] - 10, 3), (worst[-1] + 10, 4)]
        dated = w.of(Kind.OFFER)["exch_ns"]
        assert all(ns == 0 or ns > 1_790_000_000 * 10**9 for ns in dated[-500:])

"""Champion against challenger: classes and round trips against a slow loop, and what the figures say."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.errors import DataError
from qt_app.registry.compare import BUY, HOLD, NS, SELL, Stretch, Terms, classes, compare, stretches, trades
from qt_app.registry.shadow import LAYOUT
from qt_app.votes import ACTIONS

TERMS = Terms(horizon_ns=3 * NS, cost_ticks=1.0, tick_value_brl=5.0)
HOUR_NS = 3600 * NS


def stretch(bid: list[float], ask: list[float], actions: list[int] | None = None, p: np.ndarray | None = None,
            every_ns: int = NS) -> Stretch:
    n = len(bid)
    even = np.full((n, 3), 1 / 3) if p is None else p
    chosen = np.array(actions or [HOLD] * n)
    return Stretch("run", True, np.arange(n) * every_ns, np.array(bid, float), np.array(ask, float),
                   {"champion": even, "challenger": even}, {"champion": chosen, "challenger": np.full(n, HOLD)})


def slow_class(rows: Stretch, at: int) -> int | None:
    end = rows.ts_ns[at] + TERMS.horizon_ns
    if end > rows.ts_ns[-1]:
        return None
    later = max(i for i in range(len(rows.ts_ns)) if rows.ts_ns[i] <= end)
    quotes = (rows.bid[at], rows.ask[at], rows.bid[later], rows.ask[later])
    if any(np.isnan(quotes)):
        return None
    if quotes[2] - quotes[1] > TERMS.cost_ticks:
        return BUY
    return SELL if quotes[0] - quotes[3] > TERMS.cost_ticks else HOLD


QUOTE = st.one_of(st.none(), st.integers(90, 110))


@pytest.mark.lengthy
@given(st.lists(st.tuples(QUOTE, st.integers(1, 3)), min_size=2, max_size=30))
def test_classes_are_what_a_round_trip_would_have_earned(quotes: list[tuple[int | None, int]]) -> None:
    bid = [np.nan if b is None else float(b) for b, _ in quotes]
    ask = [np.nan if b is None else float(b + spread) for b, spread in quotes]
    rows = stretch(bid, ask)
    label, known = classes(rows, TERMS)
    found = [int(label[i]) if known[i] else None for i in range(len(bid))]
    assert found == [slow_class(rows, i) for i in range(len(bid))]


def test_a_round_trip_enters_at_the_next_quote_and_leaves_after_the_horizon() -> None:
    bid, ask = [100.0, 101, 102, 103, 104, 105], [101.0, 102, 103, 104, 105, 106]
    rows = stretch(bid, ask, [BUY, HOLD, HOLD, HOLD, HOLD, HOLD])
    assert trades(rows, rows.action["champion"], TERMS) == [(4, 104 - 102 - 1.0)]


def test_an_opposite_decision_closes_and_a_missing_quote_waits() -> None:
    bid, ask = [100.0, 100, np.nan, 99, 98, 98], [101.0, 101, np.nan, 100, 99, 99]
    rows = stretch(bid, ask, [SELL, BUY, BUY, HOLD, HOLD, HOLD])
    assert trades(rows, rows.action["champion"], TERMS) == [(3, 100 - 100 - 1.0)]


def test_what_is_open_at_the_end_counts_for_nothing() -> None:
    rows = stretch([100.0] * 3, [101.0] * 3, [BUY, HOLD, HOLD])
    assert trades(rows, rows.action["champion"], TERMS) == []


def sure(n: int, labels: np.ndarray, share: float) -> np.ndarray:
    p = np.full((n, 3), (1 - share) / 2)
    p[np.arange(n), labels] = share
    return p


def test_the_better_challenger_is_seen_with_its_interval() -> None:
    rng = np.random.default_rng(3)
    n = 4 * 3600 // 10
    bid = 1000.0 + np.cumsum(rng.integers(-2, 3, n))
    rows = stretch(bid.tolist(), (bid + 1).tolist(), every_ns=10 * NS)
    terms = Terms(60 * NS, 1.0, 5.0)
    label, known = classes(rows, terms)
    actions = {"champion": rng.integers(0, 3, n), "challenger": np.where(known, label, HOLD)}
    better = Stretch("run", True, rows.ts_ns, rows.bid, rows.ask,
                     {"champion": sure(n, label, 0.4), "challenger": sure(n, label, 0.6)}, actions)
    figures = compare([better], terms)
    assert figures["rows"] == int(known.sum()) and figures["synthetic"]
    assert figures["champion"]["log_loss"] == pytest.approx(-np.log(0.4))
    assert figures["challenger"]["brier"] == pytest.approx(0.4 ** 2 + 2 * 0.2 ** 2)
    loss, money = figures["difference"]["log_loss"], figures["difference"]["pnl_brl"]
    assert [loss[name] for name in ("low", "value", "high")] == pytest.approx([np.log(0.4 / 0.6)] * 3)
    assert 0 < money["low"] < money["value"] < money["high"]
    assert compare([better], terms) == figures


def test_one_hour_has_no_interval_and_nothing_known_is_refused() -> None:
    figures = compare([stretch([100.0] * 10, [101.0] * 10)], TERMS)
    assert figures["difference"]["brier"] == {"value": 0.0, "low": None, "high": None}
    with pytest.raises(DataError, match="nothing to compare yet"):
        compare([stretch([100.0] * 3, [101.0] * 3)], TERMS)
    with pytest.raises(DataError, match="nothing to compare yet"):
        compare([], TERMS)


def write(folder: Path, champion: str, rows: int, part: int = 1) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values = {"ts_ns": range(rows), "seq": range(rows), "champion": [champion] * rows, "challenger": ["other"] * rows,
              **{f"{side}_{action}": [1 / 3] * rows for side in ("champion", "challenger") for action in ACTIONS},
              "champion_action": ["hold"] * rows, "challenger_action": ["buy"] * rows, "bid": [None] * rows,
              "ask": [7] * rows}
    table = pa.table({name: pa.array(values[name], LAYOUT.field(name).type) for name in LAYOUT.names})
    pq.write_table(table.replace_schema_metadata({"synthetic": "true"}), folder / f"shadow-{part:04d}.parquet")


def test_the_rows_of_both_models_are_gathered_from_every_run(tmp_path: Path) -> None:
    write(tmp_path / "1", "ours", 3)
    write(tmp_path / "2", "ours", 2, part=1)
    write(tmp_path / "2", "ours", 4, part=2)
    write(tmp_path / "3", "another", 5)
    (tmp_path / "4").mkdir()
    found = list(stretches(tmp_path, "ours", "other"))
    assert [(one.run, len(one.ts_ns), one.synthetic) for one in found] == [("1", 3, True), ("2", 6, True)]
    assert np.isnan(found[0].bid).all() and (found[0].ask == 7).all()
    assert set(found[0].action["challenger"]) == {BUY}
    (tmp_path / "1" / "shadow-0001.parquet").write_bytes(b"no")
    with pytest.raises(DataError, match="cannot be read"):
        list(stretches(tmp_path, "ours", "other"))

"""``qt replay`` of recorded real markets: money with costs, the same bytes twice, and no look into the future."""
from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from e2e.follower import write_follower
from e2e.installation import UNBROKEN, Installation

from qt_app.replay.outputs import TABLES
from qt_core.features.registry import schema_id

pytestmark = [pytest.mark.slow, pytest.mark.realdata]

SECOND = 1_000_000_000
#: No limit ends the day early and little conviction is needed: every table gets rows.
EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "1000", **UNBROKEN}
DECIDED = ("features", "readings", "votes", "decisions")


@dataclass(frozen=True)
class Market:
    """One recorded market and how it is replayed."""

    prefix: str
    kinds: tuple[str, ...]
    words: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = ()


DOLLAR = Market("b3_dolk20_20200402", ("trades", "l1"), ("--session", "b3"), (("MAX_POSITION", "5"),))
PERPETUAL = Market("binance_usdm_btcusdt_20240808", ("trades", "book", "l1"),
                   ("--session", "none", "--tick", "0.1", "--qty-step", "0.001"), (("QT_MAX_SPREAD_TICKS", "100"),))

Tables = dict[str, pa.Table]


class Bench:
    """Replays variants of one market, each into a folder of its own."""

    def __init__(self, qt: Installation, market: Market, source: Path, model: Path | None) -> None:
        self.qt, self.market = qt, market
        self.printed: dict[str, Any] = {}
        self.words = (*market.words, *(() if model is None else ("--model", model)))
        self.tables: Tables = {kind: pq.read_table(source / f"{market.prefix}_{kind}.parquet") for kind in market.kinds}
        self._root = qt.home.root.parent

    def replay(self, name: str, tables: Tables | None = None) -> Path:
        folder = self._root / f"input-{name}"
        folder.mkdir()
        files: list[object] = []
        for kind, table in (tables or self.tables).items():
            files += [f"--{kind}", folder / f"{self.market.prefix}_{kind}.parquet"]
            pq.write_table(table, files[-1])
        out = self._root / name
        self.printed = json.loads(self.qt.good("replay", *files, "--out", out, *self.words, "--json"))
        return out

    def stamps(self) -> list[tuple[int, int]]:
        """(seq, ts_ns) of every event in order."""
        rows = [row for table in self.tables.values()
                for row in zip(table["seq"].to_pylist(), table["ts_ns"].to_pylist(), strict=True)]
        return sorted(rows)


@pytest.fixture(params=[DOLLAR, PERPETUAL], ids=["dollar", "perpetual"])
def bench(request: pytest.FixtureRequest, install: Callable[..., Installation], realdata: Path,
          tmp_path: Path) -> Bench:
    market: Market = request.param
    # The shipped model fits B3's hours only; six minutes are too short for most of its inputs anyway.
    model = None if market is DOLLAR else write_follower(tmp_path / "model", schema_id(5.0, "none"))
    return Bench(install(**EAGER, **dict(market.settings)), market, realdata, model)


def table(out: Path, name: str) -> pa.Table:
    return pq.read_table(out / f"{name}.parquet")


def test_it_runs_through_with_money_and_costs_and_the_same_bytes_twice(bench: Bench) -> None:
    first, second = bench.replay("first"), bench.replay("second")
    names = {path.name for path in first.iterdir()}
    assert names == {*(f"{name}.parquet" for name in TABLES), "summary.json", "summary.txt"}
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    summary = bench.printed
    assert summary == summary | json.loads((first / "summary.json").read_bytes())
    assert summary["events"] == len(bench.stamps())
    assert summary["missing_events"] == 0
    assert not summary["synthetic"]
    assert summary["fills"] > 4
    assert set(summary["pnl_brl"]) == {"pessimistic", "probable", "optimistic"}
    for figures in summary["pnl_brl"].values():
        open_value = figures["open"] or 0.0
        assert figures["net"] == pytest.approx(figures["realised"] + open_value - summary["costs_brl"])
    assert (summary["costs_brl"] > 0) == summary["fees_known"] == (bench.market is DOLLAR)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_cut_leaves_everything_before_it_unchanged(bench: Bench, seed: int) -> None:
    rows = bench.stamps()
    seq, ts_ns = rows[random.Random(seed).randrange(len(rows) // 10, len(rows) - 1)]
    whole = bench.replay("whole")
    part = bench.replay("part", {kind: t.filter(pc.less_equal(t["seq"], seq)) for kind, t in bench.tables.items()})
    for name in TABLES:
        all_rows, kept = table(whole, name), table(part, name)
        assert same(kept, all_rows.slice(0, len(kept))), name
        assert len(kept) >= pc.sum(pc.less(all_rows["ts_ns"], ts_ns)).as_py(), name
    assert len(table(part, "decisions")) > 10


@pytest.mark.parametrize("seed", [4, 5])
def test_a_poisoned_future_leaves_the_past_unchanged(bench: Bench, seed: int) -> None:
    rows = bench.stamps()
    ts_ns = rows[random.Random(seed).randrange(len(rows) // 10, len(rows) * 9 // 10)][1]
    instant = -(-ts_ns // SECOND) * SECOND      # the row of this instant may know only what came before it
    whole = bench.replay("whole")
    other = bench.replay("other", {kind: poisoned(kind, one, instant) for kind, one in bench.tables.items()})
    for name in TABLES:
        before = pc.less_equal if name in DECIDED else pc.less
        mine, theirs = (one.filter(before(one["ts_ns"], instant)) for one in (table(other, name), table(whole, name)))
        assert same(mine, theirs), name
    assert (other / "features.parquet").read_bytes() != (whole / "features.parquet").read_bytes()


def same(a: pa.Table, b: pa.Table) -> bool:
    """Equal rows, NaN being equal to NaN."""
    return a.schema == b.schema and a.to_pandas().equals(b.to_pandas())


def poisoned(kind: str, one: pa.Table, instant: int) -> pa.Table:
    """From the instant on: other quantities everywhere, and every print higher and from the other side."""
    later = pc.greater_equal(one["ts_ns"], instant)
    changes = {"bid_qty": 3.0, "ask_qty": 2.0} if kind == "l1" else {"qty": 3.0}
    for name, factor in changes.items():
        one = changed(one, name, pc.if_else(later, pc.multiply(one[name], factor), one[name]))
    if kind == "trades":
        one = changed(one, "price", pc.if_else(later, pc.add(one["price"], 1.0), one["price"]))
        one = changed(one, "aggressor", pc.if_else(later, pc.negate(one["aggressor"]), one["aggressor"]))
    return one


def changed(one: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    at = one.column_names.index(name)
    return one.set_column(at, name, values.cast(one.schema.field(name).type))

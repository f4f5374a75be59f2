"""Running a recording through a pipeline, and what the run came to."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.pipeline import Pipeline, run_events
from qt_app.replay.reader import Recording
from qt_app.votes import Decision


class Tally:
    """Counts what a run decided and did; an output like any other."""

    def __init__(self) -> None:
        self.actions: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.records: Counter[str] = Counter()
        self.valid_rows = 0

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        self.actions[decision.action] += 1
        self.valid_rows += bool(np.isfinite(row).all())

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        self.records[kind] += 1
        if kind == "refusal":
            self.refused[str(record["code"])] += 1


def run_recording(pipeline: Pipeline, recording: Recording,
                  progress: Callable[[int, int], None] | None = None) -> None:
    """Feed a recording from its first event to its last; a recorded warm start is repeated as one."""
    if recording.warm_started:
        pipeline.engine.begin_backfill()
    run_events(pipeline, recording.events, progress)


def summarise(pipeline: Pipeline, tally: Tally) -> dict[str, Any]:
    """What a run came to: deterministic figures only, so that live and replay write the same file."""
    engine, account = pipeline.engine, pipeline.trader.account
    view = pipeline.trader.look(engine)
    three = {book: account.figures(book, view.bid, view.ask) for book in account.ledgers}
    counts = account.total
    return {
        "symbol": account.instrument.symbol,
        "events": engine.seq,
        "counters": {name: count for name, count in sorted(engine.counters().items()) if count},
        "decisions": sum(tally.actions.values()),
        "rows_with_all_features": tally.valid_rows,
        "actions": dict(sorted(tally.actions.items())),
        "orders": tally.records["order"],
        "fills": tally.records["fill"],
        "refusals": dict(sorted(tally.refused.items())),
        "trades": counts.trades,
        "wins": counts.wins,
        "losses": counts.losses,
        "win_rate": counts.wins / counts.trades if counts.trades else None,
        "position_lots": account.position,
        "costs_brl": account.costs_brl,
        "fees_known": account.fees.covers(account.instrument),
        "max_drawdown_brl": account.max_drawdown_brl,
        "pnl_brl": {book: {"realised": f.realised_brl, "open": f.open_brl, "net": f.net_brl} for book, f in three.items()},
        "model": pipeline.model.id,
    }

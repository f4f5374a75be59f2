"""Running a recording through a pipeline, and what the run came to."""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qt_app.assembly import build_pipeline, choose_model
from qt_app.config import Config
from qt_app.fees import FEES, table
from qt_app.home import Home
from qt_app.inference.model import NoModel, OnnxModel, Voter
from qt_app.instruments import Instrument
from qt_app.journal.entries import Begin, Note, nowhere
from qt_app.pipeline import Output, Pipeline, run_events
from qt_app.replay import served
from qt_app.replay.reader import Recording
from qt_app.risk.view import MarketView
from qt_app.votes import Decision

#: Counters of the resolved stream, which a replay repeats; what only a live feed has stays in its status.
COUNTERS = ("trades", "history", "book", "quotes", "clock", "candles", "samples", "edits", "auctions", "off_session")


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
    view = MarketView.of(engine.market, engine.now_ns)
    three = {book: account.figures(book, view.bid, view.ask) for book in account.ledgers}
    counts, counters = account.total, engine.counters()
    return {
        "symbol": account.instrument.symbol,
        "events": engine.seq,
        "counters": {name: counters[name] for name in COUNTERS},
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
        "fees_known": any(row["root"] == account.instrument.root for row in table(FEES)),
        "max_drawdown_brl": account.max_drawdown_brl,
        "pnl_brl": {book: {"realised": f.realised_brl, "open": f.open_brl, "net": f.net_brl}
                    for book, f in three.items()},
        "model": pipeline.model.id,
    }


class Results(Output, Protocol):
    """An output that is told the summary when all is over."""

    def close(self, summary: Mapping[str, Any]) -> None: ...


def first_voter(models: Sequence[OnnxModel]) -> Voter:
    """Whom a recorded run began with."""
    return models[0] if models else NoModel()


def replay(recording: Recording, *, config: Config, sessions: NDArray[np.int64] | None, calendar: str,
           instrument: Instrument, out: Results, begin: Begin | None = None,
           models: Sequence[OnnxModel] | None = None, home: Home | None = None,
           progress: Callable[[int, int], None] | None = None, note: Note = nowhere) -> dict[str, Any]:
    """Run a recording from first to last event and write everything it led to; returns the summary.

    ``begin``: what the recorded run went on from. ``models``: those that the recorded run served, the first from the
    beginning, the others when its CONTROL events say so; None: the one that serves in ``home``, or the configured one,
    all the way. ``note`` hears what a journal would.

    Raises DataError when a model was asked for that does not fit the run's features.
    """
    model, without = choose_model(config, calendar, home) if models is None else (first_voter(models), None)
    pipeline, tally = build_pipeline(config, instrument, sessions, model), Tally()
    pipeline.models = {served.key_of(known.manifest.digest): known for known in models or ()}
    pipeline.trader.notes.put = note
    if begin is not None:
        pipeline.trader.restore(begin)
    pipeline.outputs += [tally, out]
    run_recording(pipeline, recording, progress)
    summary = summarise(pipeline, tally)
    out.close(summary)
    facts = {"synthetic": recording.synthetic, "missing_events": recording.missing, "grid": recording.grid_source}
    return summary | facts | ({} if without is None else {"note": without})

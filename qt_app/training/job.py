"""One training run from the order to the folder."""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qt_app import __version__
from qt_app.fees import round_trip_brl
from qt_app.instruments import instrument
from qt_app.training import train
from qt_app.training.dataset import LabelRule, Session, generate
from qt_core.features.registry import schema_id

CANDLE_SECONDS = 5
NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What to train: ``seeds`` name the generated sessions, ``seed`` drives the trees."""

    symbol: str
    day: str
    until: str
    seeds: tuple[int, ...]
    every_s: int
    horizon_s: int
    seed: int


def run(order: TrainingOrder, out: Path, progress: Callable[[str], None]) -> dict[str, Any]:
    """Generate, fit, judge and save; returns the facts written to ``out``."""
    contract = instrument(order.symbol)
    rule = LabelRule(order.horizon_s, cost_ticks(order.symbol, order.day))
    made = list(generate(contract, order.day, list(order.seeds), rule, candle_ns=CANDLE_SECONDS * NS,
                         every_ns=order.every_s * NS, until=order.until, progress=progress))
    parts = train.split(made)
    booster = train.fit(parts, order.seed)
    facts = {
        "id": f"{contract.root.lower()}-synthetic-{rows_digest(made)[:8]}",
        "schema_id": schema_id(CANDLE_SECONDS, "b3"),
        "synthetic": True,
        "source": f"simulated exchange, {contract.symbol}, qt {__version__}",
        "day": order.day, "sessions": len(made), "seed": order.seed, "horizon_s": rule.horizon_s,
        "cost_ticks": rule.cost_ticks, "rows": sum(len(s.labels) for s in made), "rows_sha256": rows_digest(made),
        "metrics": train.judge(booster, parts),
    }
    train.save(out, booster, parts, facts)
    return facts


def cost_ticks(symbol: str, day: str) -> float:
    """Fees of a one-lot round trip, in ticks."""
    contract = instrument(symbol)
    return round_trip_brl(contract, day, 1) / contract.tick_value_brl


def rows_digest(made: list[Session]) -> str:
    """SHA-256 of the rows and labels a run was fitted on."""
    digest = hashlib.sha256()
    for session in made:
        digest.update(session.rows.tobytes())
        digest.update(session.labels.tobytes())
    return digest.hexdigest()


def describe(facts: dict[str, Any]) -> str:
    """What a person wants to know of a run, in three lines."""
    m = facts["metrics"]
    verdict = "better than" if m["log_loss"] < m["log_loss_constant"] else "no better than"
    return (f"{facts['id']}: {facts['rows']} rows of {facts['sessions']} generated sessions (synthetic)\n"
            f"untouched session: log-loss {m['log_loss']:.4f} against {m['log_loss_constant']:.4f} for constant class "
            f"shares, {verdict} the baseline\n"
            f"accuracy {m['accuracy']:.3f} against {m['accuracy_constant']:.3f}; "
            f"shares {', '.join(f'{a} {s:.2f}' for a, s in m['class_share'].items())}")

"""Results of runs as their writer writes them, with votes that a test chose."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qt_app.agents.coordinator import AGENTS, VOLATILITY, Coordinator
from qt_app.consensus import Consensus
from qt_app.replay.outputs import RunWriter, run_meta
from qt_app.votes import Decision, Triple, Vote
from qt_core.features.registry import NAMES
from qt_core.readings.registry import NAMES as READINGS

#: 2020-04-02 10:00:00 in Sao Paulo.
T0 = 1_585_832_400_000_000_000
NS = 1_000_000_000
VOTERS = ("model", *AGENTS)
HOLD: Triple = (0.0, 1.0, 0.0)

Said = Sequence[Triple | None]      # of the model and the four agents


def buys(p: float) -> Triple:
    return (0.0, 1.0 - p, p)


def sells(p: float) -> Triple:
    return (p, 1.0 - p, 0.0)


def votes(said: Said) -> tuple[Vote, ...]:
    return tuple(Vote(name, p, 0, "SAID" if p else "STALE book 7 s") for name, p in zip(VOTERS, said, strict=True))


def write(folder: Path, told: Sequence[Said], *, consensus: Consensus | None = None, symbol: str = "DOLK20",
          every_s: int = 1, failed: int = 0, fmt: str = "parquet") -> Path:
    """A decision every ``every_s`` seconds from T0 on; the last ``failed`` came about without votes."""
    joint, weights = consensus or Consensus(), Coordinator(AGENTS, NAMES)
    meta = run_meta(symbol, False, 5.0, "b3")
    row, readings = np.zeros(len(NAMES)), np.zeros(len(READINGS))
    row[NAMES.index(VOLATILITY)] = 1.0      # a normal market
    with RunWriter(folder, fmt, meta) as writer:    # type: ignore[arg-type]
        for at, said in enumerate(told):
            ts_ns, cast = T0 + at * every_s * NS, votes(said)
            if at < len(told) - failed:
                decision = joint.decide(at // 3, ts_ns, cast[0], cast[1:], weights.weights(row.tolist()))
            else:
                decision = Decision(at // 3, ts_ns, "hold", float("nan"), None, "ERROR x", ())
            writer.decision(decision, row, readings)
        writer.close({"symbol": symbol})
    return folder

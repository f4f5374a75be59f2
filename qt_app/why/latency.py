"""How long a run's decisions took: the one that is asked about, and all of them."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import orjson
import pyarrow.compute as pc

from qt_app.latency import STAGES
from qt_app.measured import read_stages
from qt_app.reports.ending import METRICS
from qt_app.why.past import Past

Stages = Mapping[str, float]
Percentiles = Mapping[str, float | None]
SHARES = {"p50": 50, "p90": 90, "p99": 99}


def run_latency(past: Past, seq: int) -> tuple[Stages | None, Percentiles | None]:
    """Each stage of the decision at event ``seq``, µs, and percentiles of the whole decision over the run, ms.

    A run that kept no stages tells at most the percentiles of its last decisions. Raises DataError for a file that
    cannot be read.
    """
    kept = read_stages(past.home, past.name)
    if kept is None:
        return None, _last_told(past)
    mine = kept.filter(pc.equal(kept["seq"], seq)).to_pylist()
    totals = kept["total"].to_numpy() / 1e6
    shares = None if not len(totals) else {
        name: round(float(np.percentile(totals, share)), 6) for name, share in SHARES.items()}
    return ({stage: mine[0][stage] / 1000 for stage in STAGES} if mine else None), shares


def _last_told(past: Past) -> Percentiles | None:
    try:
        found: Percentiles = orjson.loads((past.folder / METRICS).read_bytes())["decision"]["latency_ms"]
        return {name: found[name] for name in SHARES}
    except (OSError, ValueError, KeyError, TypeError):
        return None

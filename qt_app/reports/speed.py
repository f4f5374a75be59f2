"""How long a run's decisions of a day took: of all of them, by stage, or what its metrics said last."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.home import Home
from qt_app.journal.reader import Span
from qt_app.latency import STAGES
from qt_app.measured import read_stages
from qt_app.reports.ending import METRICS
from qt_app.reports.records import Latency, Times
from qt_app.reports.runs import read_json


def latency_of(home: Home, run: str, folder: Path, span: Span) -> Latency | None:
    """``folder``: of the run's results, for a run that kept no stages. None when nothing is known.

    Raises DataError for a file that cannot be read.
    """
    kept = read_stages(home, run, *span)
    if kept is None:
        return _last_told(folder / METRICS)
    if not kept.num_rows:
        return None
    ms = {stage: kept[stage].to_numpy() / 1e6 for stage in STAGES}
    return Latency(*_figures(ms["total"]), kept.num_rows,
                   {stage: Times(*_figures(values)) for stage, values in ms.items() if stage != "total"})


def _figures(ms: NDArray[np.float64]) -> tuple[float, float, float, float]:
    mean, p50, p99, longest = np.round([ms.mean(), *np.percentile(ms, (50, 99)), ms.max()], 6).tolist()
    return mean, p50, p99, longest


def _last_told(path: Path) -> Latency | None:
    told: dict[str, Any] | None = read_json(path).get("decision", {}).get("latency_ms")
    return None if told is None else Latency(told["mean"], told["p50"], told["p99"], told["max"])

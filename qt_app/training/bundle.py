"""`qt export-onnx`: a training run becomes a served model, its graph checked against the trees row by row."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import orjson
import pyarrow.parquet as pq

from qt_app.errors import DataError
from qt_app.inference.manifest import Manifest, digest
from qt_app.training.export import check_parity, parity, to_onnx
from qt_app.training.train import BOOSTER_FILE, ROWS_FILE, RUN_FILE


def export_run(run: Path, out: Path) -> Manifest:
    """Convert the run's trees into ``out``; nothing is left there when the graph does not score as the trees do.

    Raises DataError when the run is incomplete or parity fails.
    """
    facts = _read_facts(run)
    booster = lgb.Booster(model_file=str(run / BOOSTER_FILE))
    out.mkdir(parents=True, exist_ok=True)
    staged = out / f".{facts['id']}.onnx.tmp"
    try:
        to_onnx(booster, staged)
        figure = parity(booster, staged, _rows(run, facts["inputs"]))
        check_parity(figure)
        target = out / f"{facts['id']}.onnx"
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)
    manifest = _manifest(facts, target, figure)
    manifest.write(out)
    return manifest


def _read_facts(run: Path) -> dict[str, Any]:
    absent = [name for name in (BOOSTER_FILE, ROWS_FILE, RUN_FILE) if not (run / name).is_file()]
    if absent:
        raise DataError(f"training run {run} lacks {', '.join(absent)}: run `qt train --out {run}` to the end first")
    facts: dict[str, Any] = orjson.loads((run / RUN_FILE).read_bytes())
    return facts


def _rows(run: Path, inputs: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    table = pq.read_table(run / ROWS_FILE, columns=inputs)
    return np.column_stack([table[name].to_numpy() for name in inputs]).astype(np.float32)


def _manifest(facts: dict[str, Any], path: Path, figure: dict[str, Any]) -> Manifest:
    kept = ("seed", "sessions", "day", "horizon_s", "cost_ticks", "rows", "libraries", "trees", "source", "rows_sha256")
    return Manifest(
        id=facts["id"], file=path.name, sha256=digest(path), schema_id=facts["schema_id"],
        inputs=tuple(facts["inputs"]), ranges=tuple((low, high) for low, high in facts["ranges"]),
        classes=tuple(facts["classes"]), synthetic=facts["synthetic"],
        training={name: facts[name] for name in kept if name in facts}, parity=figure, metrics=facts["metrics"],
    )

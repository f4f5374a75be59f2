"""Inputs of like size, for models that need them."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from qt_app.errors import DataError
from qt_app.training.models import Floats, Rows
from qt_app.training.rundir import SCALER_FILE, dump

#: Scaled inputs are held within this many deviations: a straight line would follow an outlier anywhere.
CLIP = 8.0


@dataclass(frozen=True, slots=True)
class Scaler:
    """clip((x − mean) / scale, ±CLIP) per input, (k,) each, of float32 values."""

    mean: Floats
    scale: Floats

    @classmethod
    def fit(cls, rows: Rows) -> Scaler:
        """A constant input has scale 1."""
        mean, scale = (np.asarray(x, dtype=np.float32).astype(np.float64)
                       for x in (rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)))
        return cls(mean, np.where(scale > 0, scale, 1.0))

    def apply(self, rows: Rows) -> Rows:
        scaled: Floats = (rows - self.mean) / self.scale
        return np.clip(scaled, -CLIP, CLIP).astype(np.float32)


def save(folder: Path, scaler: Scaler | None) -> None:
    document = {"kind": "none"} if scaler is None else {
        "kind": "standard", "mean": scaler.mean.tolist(), "scale": scaler.scale.tolist(), "clip": CLIP}
    (folder / SCALER_FILE).write_bytes(dump(document))


def load(folder: Path) -> Scaler | None:
    """Raises DataError."""
    path = folder / SCALER_FILE
    try:
        raw = orjson.loads(path.read_bytes())
        if raw["kind"] == "none":
            return None
        return Scaler(*(np.array(raw[name], dtype=np.float64) for name in ("mean", "scale")))
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} cannot be used ({error}): train again") from error

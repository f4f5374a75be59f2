"""A model that is known: it goes with the flow, whatever the market."""
from __future__ import annotations

from pathlib import Path

from app.inference.bundles import write_bundle

INPUTS = ("order_flow_imbalance_10", "returns_1")


def write_follower(folder: Path, schema_id: str) -> Path:
    """softmax(±4 · imbalance) over (sell, hold, buy), with its manifest."""
    write_bundle(folder, "follower", schema_id=schema_id, inputs=INPUTS,
                 weights=((-4.0, 0.0, 4.0), (0.0, 0.0, 0.0)), bias=(0.0, 0.0, 0.0))
    return folder

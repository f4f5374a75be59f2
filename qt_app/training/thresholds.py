"""What LightGBM's trees do with float32 values and with NaN, said exactly to a graph that compares in float32."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import lightgbm as lgb
import numpy as np

#: LightGBM's kZeroThreshold, the bound of what it reads as 0.
ZERO = float(np.float32(1e-35))
#: Bits 2 and 3 of a node's decision type: how a missing value is found (0: there is none, NaN counts as 0).
MISSING_BITS = 0b1100


def round_thresholds_down(booster: lgb.Booster) -> lgb.Booster:
    """The same trees with every threshold moved to the float32 at or below it.

    For a float32 input x and a double threshold t, ``x <= t`` and ``x <= floor32(t)`` are the same question;
    rounding to the nearest instead sends rows between the two down the wrong branch.
    """
    def line(match: re.Match[str]) -> str:
        return "threshold=" + " ".join(repr(floor32(float(word))) for word in match.group(1).split())

    # An own digest of each tree's length precedes the trees; LightGBM only uses it to split, and skips it when absent.
    text = re.sub(r"^tree_sizes=.*\n", "", booster.model_to_string(), flags=re.M)
    return lgb.Booster(model_str=re.sub(r"^threshold=(.*)$", line, text, flags=re.M))


def floor32(value: float) -> float:
    """The largest float32 that is not above ``value``; below ``-ZERO`` for that very threshold.

    LightGBM takes every value of at most ``ZERO`` for 0, so that -1e-35, which it splits at, lies above it.
    """
    nearest = np.float32(value)
    return float(np.nextafter(nearest, np.float32(-np.inf)) if float(nearest) > value or value == -ZERO else nearest)


def thresholds_of(booster: lgb.Booster) -> dict[int, list[float]]:
    """Input → its distinct thresholds, ascending."""
    found: dict[int, set[float]] = {}
    for inputs, values in zip(_words(booster, "split_feature"), _words(booster, "threshold"), strict=True):
        for name, value in zip(inputs, values, strict=True):
            found.setdefault(int(name), set()).add(float(value))
    return {name: sorted(values) for name, values in sorted(found.items())}


def missing_goes_left(booster: lgb.Booster, attributes: Mapping[str, Any]) -> list[int]:
    """Per node of the graph, whether NaN takes the true branch.

    Trees that were fitted without a missing value, as training does it, take NaN for 0, which the converter knows for
    half of the nodes only. What it makes of others is left as it is: parity decides.
    """
    kinds = {int(word) for line in _words(booster, "decision_type") for word in line}
    if any(kind & MISSING_BITS for kind in kinds):
        return list(attributes["nodes_missing_value_tracks_true"])
    leaves = (b"LEAF", "LEAF")
    return [int(mode not in leaves and value >= 0.0)
            for mode, value in zip(attributes["nodes_modes"], attributes["nodes_values"], strict=True)]


def _words(booster: lgb.Booster, name: str) -> list[list[str]]:
    lines = re.findall(rf"^{name}=(.*)$", booster.model_to_string(), flags=re.M)
    return [line.split() for line in lines]

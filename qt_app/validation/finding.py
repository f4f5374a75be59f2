"""What an audit or a rule of the gate has found, in a form that both the program and people can read."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """``passed``: None when it could not be examined. ``values`` fill the sentence of ``code`` in the catalogue."""

    code: str
    passed: bool | None
    values: Mapping[str, Any] = field(default_factory=dict)


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names for a sentence: all of a few, else the first ones and how many more."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} + {len(names) - most}"

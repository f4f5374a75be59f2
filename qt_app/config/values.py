"""From what was written to what the model holds: types, limits, and the sentence when it does not fit."""
from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from qt_app.config.model import KEYS, Key, Value
from qt_app.config.secret import Secret
from qt_app.redact import HIDDEN


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration."""

    key: str
    value: str
    allowed: str
    origin: str
    suggestion: str = ""

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion}?" if self.suggestion else ""
        return f"{self.key} = {self.value} ({self.origin}): allowed is {self.allowed}{hint}"


class Unfit(ValueError):
    """The value does not fit its key."""


def suggestion(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name nearest to ``name``, or nothing; ``cutoff``: how near, 1 is equal."""
    by_fold = {k.casefold(): k for k in known}
    near = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[near[0]] if near else ""


#: How names begin that are, or look like, ours.
_OURS = ("QT_", "PROFIT_", "MAX_", "MIN_", "STOP_", "TAKE_", "ML_", "AGENT_")


def near_miss(name: str, known: Iterable[str]) -> str:
    """The known environment name that ``name`` all but spells, with or without its QT_; or nothing, as other programs'
    names begin with QT_ too."""
    if not name.startswith(_OURS):
        return ""
    bare = {one.removeprefix("QT_"): one for one in known}
    return bare.get(suggestion(name.removeprefix("QT_"), bare, 0.85), "")


def suggest_path(path: str) -> str:
    """Nearest key for an unknown ``group.name``: by its whole path, its last part, or an environment name."""
    last = path.rpartition(".")[2]
    same = [k.path for k in KEYS if last.casefold() in (k.name, k.env.casefold())]
    if same:
        return same[0]
    return suggestion(path, (k.path for k in KEYS)) or _by_last_part(last)


def _by_last_part(last: str) -> str:
    near = suggestion(last, (k.name for k in KEYS))
    return next((k.path for k in KEYS if k.name == near), "")


def problem(key: Key, value: object, origin: str) -> Problem:
    shown = HIDDEN if key.secret else _shown(value)
    return Problem(key.path, shown, key.allowed(), origin)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def from_text(key: Key, text: str) -> Value:
    """Value of an environment text; an empty text means "not set" for optional keys. Raises Unfit."""
    if text == "" and key.optional:
        return None
    if key.type is bool:
        return _flag(text)
    if key.type in (int, float):
        return fit(key, _number(key, text))
    return fit(key, text)


def _flag(text: str) -> bool:
    folded = text.casefold()
    if folded in ("true", "1", "yes", "on"):
        return True
    if folded in ("false", "0", "no", "off"):
        return False
    raise Unfit


def _number(key: Key, text: str) -> int | float:
    try:
        return int(text) if key.type is int else float(text)
    except ValueError:
        raise Unfit from None


def fit(key: Key, value: object) -> Value:
    """The value as the model holds it: strict about types, then about limits. Raises Unfit."""
    if value is None and key.optional:
        return None
    typed = _typed(key, value)
    if isinstance(typed, int | float) and not isinstance(typed, bool):
        _within(key, typed)
    if key.choices and typed not in key.choices:
        raise Unfit
    if key.check is not None and not key.check(typed):
        raise Unfit
    return typed


def _typed(key: Key, value: object) -> bool | int | float | str | Secret:
    if key.type is Secret and isinstance(value, str | Secret):
        return Secret(value) if isinstance(value, str) else value
    if key.type is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if type(value) is key.type and isinstance(value, bool | int | float | str):
        return value
    raise Unfit


def _within(key: Key, value: float) -> None:
    if not math.isfinite(value):
        raise Unfit
    if (key.low is not None and value < key.low) or (key.high is not None and value > key.high):
        raise Unfit

"""Which of the 65 features a model sees, and in which order."""
from __future__ import annotations

from collections.abc import Iterable

from qt_app.errors import DataError
from qt_core.features.registry import FEATURES, NAMES

#: Calendar fields would only teach the trees which hour a row came from, and brokers are not told by every feed: a
#: model that leaves both out serves any of them.
LEFT_OUT = frozenset(
    {feature.name for feature in FEATURES if feature.family == "calendar" or feature.name.startswith("top_")}
    | {"time_normalized", "agent_turnover", "buyer_changed", "seller_changed"})


def chosen(left_out: Iterable[str] = ()) -> tuple[str, ...]:
    """Features in canonical order without those that are always left out and ``left_out``.

    Raises DataError for a name that is no feature, or when nothing remains.
    """
    dropped = frozenset(left_out)
    unknown = sorted(dropped - set(NAMES))
    if unknown:
        raise DataError(f"{', '.join(unknown)}: not among the 65 features; `qt features --help` says where they stand")
    names = tuple(name for name in NAMES if name not in LEFT_OUT | dropped)
    if not names:
        raise DataError("no feature is left to train on: leave out fewer")
    return names


def columns(names: Iterable[str]) -> list[int]:
    """Places of the names in a row of 65."""
    return [NAMES.index(name) for name in names]


def family(name: str) -> str:
    """The group that a feature's definition puts it into."""
    return FEATURES[NAMES.index(name)].family

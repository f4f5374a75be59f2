"""What one training is asked to do, and which sessions it puts where."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from qt_app.dataset.session import LabelRule
from qt_app.errors import DataError
from qt_app.splits.final_block import put_aside
from qt_app.splits.folds import Fold, combinatorial, walk_forward
from qt_app.training.fitting import FEWEST


@dataclass(frozen=True, slots=True)
class Layout:
    """How sessions are split; None: chosen by their number.

    ``walk``: a window of ``train`` sessions moves forward and is judged on the ``test`` that follow. ``cpcv``: every
    choice of ``test_groups`` among ``groups`` of successive sessions.
    """

    scheme: Literal["walk", "cpcv"] = "walk"
    final: int | None = None        # sessions put aside at the end; a sixth
    train: int | None = None        # half of the others
    test: int | None = None         # an eighth of the others
    groups: int = 6
    test_groups: int = 2

    def split(self, n: int) -> tuple[list[Fold], tuple[int, ...]]:
        """(folds, final block) of n sessions in the order of time. Raises DataError when n is too few."""
        aside = max(1, round(n / 6)) if self.final is None else self.final
        need = FEWEST + 1 + aside
        if n < need:
            raise DataError(f"{n} sessions are too few: training needs {need}, {FEWEST} to fit on, 1 to judge by and "
                            f"{aside} put aside as the final block; take more days or generate more with --sessions")
        rest, final = put_aside(n, aside)
        if self.scheme == "cpcv":
            return list(combinatorial(len(rest), min(self.groups, len(rest)), self.test_groups).folds), final
        train = max(FEWEST, len(rest) // 2) if self.train is None else self.train
        test = max(1, len(rest) // 8) if self.test is None else self.test
        return walk_forward(len(rest), train, test), final


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """``trials`` points are searched per fit; ``parameters`` lie over the model's defaults.

    ``candle_seconds`` and ``calendar`` are those of the sessions' schema.
    """

    rule: LabelRule
    inputs: tuple[str, ...]
    model: str = "lightgbm"
    seed: int = 1
    layout: Layout = field(default_factory=Layout)
    trials: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    candle_seconds: float = 5.0
    calendar: str = "b3"

    def facts(self) -> dict[str, Any]:
        """All of it as JSON."""
        return asdict(self)

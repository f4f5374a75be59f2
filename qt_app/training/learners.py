"""The models that `qt train` can fit, by name."""
from __future__ import annotations

from collections.abc import Mapping

from qt_app.errors import ConfigError
from qt_app.training.linear import Logistic
from qt_app.training.models import Learner
from qt_app.training.trees import LightGBM

LEARNERS: Mapping[str, Learner] = {learner.name: learner for learner in (LightGBM(), Logistic())}


def learner(name: str) -> Learner:
    """Raises ConfigError for a model that is not known."""
    if name not in LEARNERS:
        raise ConfigError(f"model {name!r} is unknown; choose {' or '.join(LEARNERS)}")
    return LEARNERS[name]

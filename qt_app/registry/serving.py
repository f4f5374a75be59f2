"""Which folder a run's model comes from: the command line, the registry's champion, model.path, or the shipped one."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qt_app.config import Config
from qt_app.home import Home
from qt_app.paths import shipped_models
from qt_app.registry.store import Registry

COMMAND_LINE = "command line"

Origin = Literal["command line", "registry", "model.path", "shipped"]


@dataclass(frozen=True, slots=True)
class Served:
    """A model's folder, and who chose it."""

    folder: Path
    origin: Origin

    @property
    def asked_for(self) -> bool:
        """By the owner, for exactly this run: then it must fit."""
        return self.origin in ("command line", "model.path")


def served(config: Config, home: Home | None) -> Served:
    """Whose word counts, in this order. Raises DataError for a registry that cannot be read."""
    path = config.model.path
    if path is not None and config.origin("model.path") == COMMAND_LINE:
        return Served(Path(path), "command line")
    if home is not None and (active := Registry(home).active()) is not None:
        return Served(Registry(home).folder(active.champion), "registry")
    if path is not None:
        return Served(Path(path), "model.path")
    return Served(shipped_models(), "shipped")

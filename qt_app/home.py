"""The folder that holds everything one installation writes."""
from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under the home folder. Nothing is created until ``prepare``."""

    root: Path

    @classmethod
    def find(cls, option: Path | str | None = None, environ: Mapping[str, str] | None = None) -> Home:
        """``--home``, else QT_HOME, else the current folder."""
        chosen = option or (os.environ if environ is None else environ).get("QT_HOME") or Path.cwd()
        return cls(Path(chosen).expanduser().resolve())

    @property
    def config(self) -> Path:
        return self.root / "config_production.json"

    @property
    def env(self) -> Path:
        return self.root / ".env.production"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics" / "current_metrics.json"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def journal(self) -> Path:
        return self.state / "journal.sqlite"

    @property
    def lock(self) -> Path:
        return self.state / "qt.lock"

    @property
    def control(self) -> Path:
        return self.state / "control.json"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def log_file(self, day: dt.date) -> Path:
        return self.logs / f"production_{day:%Y%m%d}.log"

    def prepare(self) -> None:
        """Makes the folders that a run writes to; ``state`` is for its owner alone."""
        for folder in (self.root, self.logs, self.metrics.parent, self.data, self.cache):
            folder.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(mode=0o700, exist_ok=True)

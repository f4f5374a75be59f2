"""The folder that holds everything one installation writes."""
from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qt_app.errors import ConfigError


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
    def keyring(self) -> Path:
        """Names what the OS keyring keeps for this home."""
        return self.root / ".keyring.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics" / "current_metrics.json"

    @property
    def latency(self) -> Path:
        """How long each decision of a run took, a file per run: measured, so apart from its results."""
        return self.root / "metrics" / "latency"

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
    def exchange_account(self) -> Path:
        """The simulator account at the embedded exchange, which outlives its client."""
        return self.state / "exchange_account.bin"

    @property
    def exchange_clock(self) -> Path:
        """Where the embedded exchange's market is while orders go to the paper account."""
        return self.state / "exchange_clock.bin"

    @property
    def alerts(self) -> Path:
        """What the engine told; the supervisor's own are in ``supervisor_alerts``."""
        return self.state / "alerts.jsonl"

    @property
    def parity_alerts(self) -> Path:
        """What came of a session's parity certificate, when that needs telling."""
        return self.state / "alerts_parity.jsonl"

    @property
    def trials(self) -> Path:
        """Every configuration that was ever fitted or backtested."""
        return self.state / "trials.jsonl"

    @property
    def final_blocks(self) -> Path:
        """Every look at sessions that had been put aside."""
        return self.state / "final_blocks.jsonl"

    @property
    def lock(self) -> Path:
        return self.state / "qt.lock"

    @property
    def control(self) -> Path:
        return self.state / "control.json"

    @property
    def supervisor(self) -> Path:
        return self.state / "supervisor.json"

    @property
    def supervisor_lock(self) -> Path:
        return self.state / "supervisor.lock"

    @property
    def supervisor_alerts(self) -> Path:
        return self.state / "alerts_supervisor.jsonl"

    @property
    def run_file(self) -> Path:
        """How the last run was started."""
        return self.state / "run.json"

    @property
    def ended_file(self) -> Path:
        """What the last run left in the market."""
        return self.state / "ended.json"

    @property
    def last_parity(self) -> Path:
        """What came of the last session's parity certificate."""
        return self.state / "parity.json"

    @property
    def stop_request(self) -> Path:
        """Asks the supervisor to start nothing any more."""
        return self.state / "supervisor.stop"

    @property
    def live_pass(self) -> Path:
        """Of a start that passed the gate to real money."""
        return self.state / "live.json"

    @property
    def monitor(self) -> Path:
        """Where the web monitor listens, and its token for other addresses than loopback."""
        return self.state / "monitor.json"

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
        """Makes the folders that a run writes to; ``state`` is for its owner alone. Raises ConfigError."""
        try:
            for folder in (self.root, self.logs, self.metrics.parent, self.data, self.cache):
                folder.mkdir(parents=True, exist_ok=True)
            self.state.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> ConfigError:
        """For a folder that takes no files: read-only, somebody else's, full, or a file where a folder should be."""
        where = error.filename or self.root
        return ConfigError(f"the home folder {self.root} cannot be written: {where}: {error.strerror or error}; give "
                           "this user the right to write there, or choose another folder with --home")

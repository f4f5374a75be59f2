"""Backups that nobody has to think of: by the clock while the engine runs, and once more when it has stopped."""
from __future__ import annotations

import datetime as dt
import threading
from types import TracebackType

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.backup.make import Reason, make
from qt_app.backup.shelf import Shelf
from qt_app.config import Config
from qt_app.errors import QtError
from qt_app.home import Home
from qt_app.zone import SAO_PAULO


class Backups:
    """Makes and rotates backups on a thread of its own, never the engine's; what fails is told and tried again.

    The last one is made on leaving: enter it before the journal is opened, so that it is closed by then.
    """

    def __init__(self, home: Home, config: Config, tell: Tell) -> None:
        self._home = home
        self._config = config
        self._tell = tell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qt-backup", daemon=True)

    def __enter__(self) -> Backups:
        if self._config.backup.interval_min:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.once("stop")

    def _run(self) -> None:
        wait_s = self._until_due_s()
        while not self._stop.wait(wait_s):
            self.once("hourly")
            wait_s = self._interval_s

    @property
    def _interval_s(self) -> float:
        return self._config.backup.interval_min * 60.0

    def _until_due_s(self) -> float:
        """A run that follows a crash goes on with its hour: restarts do not put the backup off for ever."""
        newest = Shelf(self._home).newest()
        if newest is None:
            return self._interval_s
        age_s = (dt.datetime.now(SAO_PAULO) - newest[1].when).total_seconds()
        return min(max(self._interval_s - age_s, 0.0), self._interval_s)

    def once(self, reason: Reason) -> None:
        """One backup and the rotation after it."""
        try:
            backup = make(self._home, self._config, reason)
            keep = self._config.backup
            with Shelf(self._home).writing() as shelf:
                shelf.rotate(keep.keep_last, keep.keep_days, dt.datetime.now(SAO_PAULO).date())
        except (QtError, OSError) as error:
            self._tell(Code.BACKUP_FAILED, str(error), {"reason": reason})
            return
        self._tell(Code.BACKUP_DONE, f"backup {backup.path.name} made", {
            "path": str(backup.path), "bytes": backup.manifest.size, "files": len(backup.manifest.files)})

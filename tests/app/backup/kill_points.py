"""Kills a restore at every touch of the disk, one copy of a home each, and tells how each was found afterwards.

    python kill_points.py HOME BACKUP WORK STEP      one JSON document on standard output

A child of this process carries out the restore with an audit hook that counts what the system is asked to do to files
under its home, and ends itself by SIGKILL at the chosen count. STEP 3 tries every third point.
"""
from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from backup_kit import position

from qt_app.backup.restore import GO, complete, restore
from qt_app.home import Home

EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "shutil.copyfile"}


def killed_at(point: int, home: Home, backup: Path) -> bool:
    """Restores in a child; whether it was killed before its end."""
    child = os.fork()
    if child == 0:
        left = [point]

        def hook(event: str, args: tuple[object, ...]) -> None:
            if event in EVENTS and str(args[0]).startswith(str(home.root)):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        restore(home, backup)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) < 0


def main(source: Path, backup: Path, work: Path, step: int) -> None:
    found = []
    for point in range(0, 100_000, step):
        home = Home(work / f"home{point}")
        shutil.copytree(source, home.root)
        killed = killed_at(point, home, backup)
        gone = (home.state / GO).is_dir()
        complete(home)
        found.append({"position": position(home), "max_position": json.loads(home.config.read_bytes())["risk"],
                      "trades": home.env.read_text().count("MAX_DAILY_TRADES=7"), "committed": gone,
                      "secret": "PROFIT_PASSWORD" in home.env.read_text(), "busy": (home.state / GO).exists()})
        shutil.rmtree(home.root)
        if not killed:
            break
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))

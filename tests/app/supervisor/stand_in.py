"""An engine whose life is told by ``plan.txt`` in its home: a line for each start.

Called as the supervisor calls the engine: ``stand_in.py start --foreground-child --home DIR ...``. ``exit N`` ends at
once; ``up`` runs until it is stopped; ``up, die`` kills itself once it was seen, ``up, exit N`` ends then; ``up, mute``
stops to answer; ``stop, die`` kills itself while it says that it is stopping.
"""
from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qt_app.home import Home
from qt_app.services.control import ControlServer
from qt_app.services.lock import InstanceLock

BEAT = {"state": "running", "lag_s": 0.0, "stale": False, "age_s": 0.1, "position": 2, "working": 1, "symbol": "WDOZ26",
        "stopping": None}


class Life:
    def __init__(self, home: Home, plan: str) -> None:
        self.home, self.plan, self.ended, self.seen = home, plan, threading.Event(), 0
        self.beat: dict[str, Any] = BEAT | {"stopping": "keep" if plan == "stop, die" else None}

    def look(self, args: Mapping[str, Any]) -> Mapping[str, Any]:
        self.seen += 1
        if self.seen > 1 and self.plan != "up":     # the first answer has arrived
            self.end()
        return self.beat

    def end(self) -> None:
        if self.plan.endswith("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.plan == "up, mute":
            threading.Event().wait()
        else:
            os._exit(int(self.plan.split()[-1]))

    def stop(self, args: Mapping[str, Any]) -> Mapping[str, Any]:
        (self.home.state / "stop.txt").write_text(str(args["position"]))
        self.beat["stopping"] = args["position"]
        self.ended.set()
        return {}

    def run(self) -> None:
        with InstanceLock(self.home):
            server = ControlServer(self.home, {"beat": self.look, "stop": self.stop})
            server.start()
            self.ended.wait()
            server.close()


def main() -> None:
    home = Home(Path(sys.argv[4]))
    with (home.root / "starts.txt").open("a") as file:
        file.write(" ".join(sys.argv[5:]) + "\n")
    started = len((home.root / "starts.txt").read_text().splitlines())
    plan = (home.root / "plan.txt").read_text().splitlines()[started - 1]
    if plan.startswith("exit"):
        sys.exit(int(plan.split()[1]))
    Life(home, plan).run()


if __name__ == "__main__":
    main()

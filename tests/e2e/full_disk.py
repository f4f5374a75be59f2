"""A run on a disk that gets full while a position is open: ``python -m e2e.full_disk FOLDER`` on a small disk."""
from __future__ import annotations

import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

from e2e.installation import UNBROKEN, Installation

from qt_app.journal.reader import Reader
from qt_app.journal.reserve import RESERVE_BYTES

SETTINGS = {"QT_MODE": "simulator", "MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", **UNBROKEN}


def fill_up(path: Path) -> None:
    """Until the disk takes no more."""
    try:
        with path.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 12)):
                pass
    except OSError:
        return


def blocked(status: dict[str, Any]) -> bool:
    return "JOURNAL_FAILED" in str(status["risk"])


def run(folder: Path) -> None:
    """Prints what it saw; fails where it is not as it should be."""
    qt = Installation(folder / "home", SETTINGS)
    try:
        qt.start("--speed", 30)
        qt.reach("a position", lambda s: s["position"]["contracts"])
        fill_up(folder / "ballast")
        qt.reach("no entries", blocked)
        reserve = qt.home.state / "journal.reserve"
        assert reserve.stat().st_size < RESERVE_BYTES
        qt.reach("the position's end", lambda s: s["position"]["contracts"] == 0)
        sent = qt.status()["orders"]["sent"]
        (folder / "ballast").unlink()
        qt.reach("entries again", lambda s: not blocked(s) and s["orders"]["sent"] > sent)
        assert reserve.stat().st_size == RESERVE_BYTES
        fill_up(folder / "ballast")
        print(qt.good("stop").strip())
    finally:
        qt.put_down()
    with Reader(qt.home.journal) as reader:
        fills = reader.fills()
        assert [fill.position for fill in fills] == list(accumulate(fill.side * fill.qty for fill in fills))
        print([mark.kind for mark in reader.marks()][-1], reader.positions()[-1][2])


if __name__ == "__main__":
    run(Path(sys.argv[1]))

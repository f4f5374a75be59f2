"""What the bracket does about its own orders, as alerts: a reader of the run, like the log."""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.votes import Decision

#: First word of an exit's reason → the alert.
EXITS = {
    "STOP_UNCONFIRMED": Code.STOP_NOT_CONFIRMED, "STOP_REJECTED": Code.STOP_NOT_CONFIRMED,
    "STOP_REFUSED": Code.STOP_NOT_CONFIRMED, "STOP_NOT_FILLED": Code.STOP_NOT_FILLED,
    "INVERTED": Code.EXCESS_FLATTENED, "REVERSED": Code.EXCESS_FLATTENED,
}


class ExitAlerts:
    """Exits that the bracket had not planned. Called on the engine's thread; returns at once."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        """Says nothing here."""

    def record(self, kind: str, record: dict[str, Any]) -> None:
        if kind != "order" or record["purpose"] != "exit":
            return
        if (code := EXITS.get(record["reason"].partition(" ")[0])) is not None:
            words = f"the position is closed: {record['reason']}"
            self._tell(code, words, {"order_id": record["order_id"], "qty": record["qty"]})

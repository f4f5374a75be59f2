"""What a live run tells the outside at each decision and order: log lines and messages. A reader, like any other."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.services.broadcast import Broadcaster
from qt_app.services.log import Log
from qt_app.votes import Decision, Vote
from qt_core.features.registry import NAMES

COMPONENT = "TradingSystem"
TOPICS = {"order": "order", "cancel": "order", "report": "order", "fill": "fill", "refusal": "order"}


class Publisher:
    """Writes decisions that ask for a trade, and everything that happens to orders, to the log; all of it to ZMQ."""

    def __init__(self, log: Log, broadcaster: Broadcaster | None, position: Callable[[], Mapping[str, Any]]) -> None:
        self._log = log
        self._broadcaster = broadcaster
        self._position = position

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        if decision.action != "hold":
            used = int(np.isfinite(row).sum())
            self._log.write("INFO", COMPONENT, f"Trade signal: {decision.action.upper()}",
                            {"signal": decision.action.upper(), "confidence": round(decision.confidence, 6),
                             "features_used": used, "reason": decision.reason}, trace=decision.seq)
        if self._broadcaster is not None:
            self._messages(self._broadcaster, decision, row)

    @staticmethod
    def _messages(out: Broadcaster, decision: Decision, row: NDArray[np.float64]) -> None:
        seq, ts = decision.seq, decision.ts_ns
        out.send("features", seq, ts, {"names": NAMES, "values": row.tolist()})
        out.send("votes", seq, ts, {"votes": [_vote(vote) for vote in decision.votes]})
        out.send("decision", seq, ts, {"action": decision.action, "confidence": decision.confidence, "p": decision.p,
                                       "reason": decision.reason})

    def record(self, kind: str, record: dict[str, Any]) -> None:
        self._log.write("INFO", "Orders", _sentence(kind, record), record, trace=record["seq"])
        if self._broadcaster is not None:
            self._broadcaster.send(TOPICS[kind], record["seq"], record["ts_ns"], {"event": kind, **record})
            if kind == "fill":
                self._broadcaster.send("position", record["seq"], record["ts_ns"], dict(self._position()))


def _vote(vote: Vote) -> dict[str, Any]:
    return {"voter": vote.voter, "p": vote.p, "age_ns": vote.age_ns, "reason": vote.reason}


def _sentence(kind: str, record: Mapping[str, Any]) -> str:
    if kind == "refusal":
        return f"{record['purpose']} refused: {record['code']} {record['detail']}".rstrip()
    if kind == "report":
        return f"order {record['order_id']} {record['status']}"
    if kind == "fill":
        return (f"order {record['order_id']} filled {record['qty']} at {record['price']} ticks, "
                f"position {record['position']}")
    return f"{kind} {record['order_id']}: {record['reason']}"

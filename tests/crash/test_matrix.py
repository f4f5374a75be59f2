"""The crash matrix in CI: nothing is lost, doubled or orphaned, wherever the process or its connection ends."""
from __future__ import annotations

import os
import sys

import pytest
from crash.jobs import apart
from crash.matrix import run, table

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="its trials are forks")]


#: Each has a place before it and one after it.
KINDS = {"send", "cancel", "commit", "update",
         *(f"put.{kind}" for kind in ("order", "sent", "named", "report", "fill", "cancel"))}


@pytest.mark.parametrize(("kind", "points"), [("kill", 1500), ("disconnect", 250), ("both", 250)])
def test_what_follows_an_end_anywhere_equals_the_exchange(kind: str, points: int) -> None:
    outcomes = apart(run, kind, points=points, jobs=os.cpu_count() or 1)
    print(table(outcomes))
    assert len(outcomes) >= points
    assert [(what, o) for what, o in outcomes if o.differences] == []
    if kind != "disconnect":
        assert sum(o.killed for _, o in outcomes) > 0.9 * len(outcomes)
    if kind == "kill":      # a class of points that no session passes would be a hole in the matrix
        missed = {f"{kind}.{when}" for kind in KINDS for when in ("before", "after")} - {o.where for _, o in outcomes}
        assert missed <= {"cancel.after"}

"""Orders that must not go out never reach a send function of the library: the exchange counts them."""
from __future__ import annotations

import subprocess
import sys

import child
import pytest

pytestmark = pytest.mark.lengthy

PROGRAM = '''
from e2e.random_session import FAULTS, Session, Timing
from qt_app.instruments import generic
from qt_app.orders.lastdoor import LastDoor
from qt_app.votes import OrderRequest

session = Session(0, FAULTS["none"], 1, Timing(look_s=0.01))
gateway, now = session.gateway, session.feed.clock_ns()
texts = []

def told(*order):
    gateway.submit(OrderRequest(len(texts) + 1, 0, now, *order, "TEST"))
    session.let_run(0.5)
    texts.append(session.reports[-1].text.split(":")[0])

told(1, 1, None, None)                      # before the first census
session.run()
for order in ((1, 0, None, None), (1, -3, None, None), (1, 6000, None, None), (1, 1, 10000.5, None),
              (-1, 1, 10000, 10000.5), (1, 1, -1, None)):
    told(*order)
gateway._door = LastDoor(generic("WDOFUT", (1, 2)), 5)
told(1, 1, None, None)
print(texts, session.stat("sends"))
session.close()
'''


def test_what_is_refused_here_is_never_sent() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=child.TESTS, capture_output=True, text=True,
                          env=child.environment(), timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[-2] == str(
        ["RECONCILING", "BAD_QUANTITY", "BAD_QUANTITY", "POSITION_LIMIT", "BAD_PRICE", "BAD_PRICE", "BAD_PRICE",
         "NOT_A_CONTRACT"]) + " 0"

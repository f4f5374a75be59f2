"""A session cut into parts, for a market of which only hours were ever recorded.

Parts of one day are no sessions: they share its mood, and their number says nothing about other days. Training on them
shows that the path holds, and its figures for what they are.
"""
from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from qt_app.dataset.session import Quotes, SessionRows


def cut(session: SessionRows, count: int) -> list[SessionRows]:
    """``count`` parts of equal time between the first and the last row, without those that have no row.

    A label must end inside its part, and no close is known: none has a flat-by.
    """
    if count == 1 or not len(session):
        return [session]
    first, last = int(session.ts_ns[0]), int(session.ts_ns[-1])
    edges = [first + (last + 1 - first) * at // count for at in range(count + 1)]
    made = [_part(session, at, (edges[at], edges[at + 1]), count) for at in range(count)]
    return [part for part in made if len(part)]


def _part(session: SessionRows, at: int, span: tuple[int, int], count: int) -> SessionRows:
    first, end = span
    inside = (session.ts_ns >= first) & (session.ts_ns < end)
    digest = hashlib.sha256(f"{session.digest} {at + 1}/{count}".encode()).hexdigest()
    return replace(session, open_ns=first, close_ns=end - 1, bounded=False, digest=digest,
                   source=f"{session.source}, part {at + 1} of {count}", ts_ns=session.ts_ns[inside],
                   rows=session.rows[inside], readings=session.readings[inside],
                   quotes=_quotes(session.quotes, first, end))


def _quotes(path: Quotes, first: int, end: int) -> Quotes:
    """The changes inside the part, behind the one that stood at its beginning."""
    start = max(int(np.searchsorted(path.ts_ns, first, side="right")) - 1, 0)
    stop = int(np.searchsorted(path.ts_ns, end, side="left"))
    kept = Quotes(path.ts_ns[start:stop].copy(), path.bid[start:stop], path.ask[start:stop])
    if len(kept.ts_ns):
        kept.ts_ns[0] = max(int(kept.ts_ns[0]), first)
    return kept

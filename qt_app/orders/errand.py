"""One command's way through the command thread and back: checked once more, carried out, answered."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qt_app.orders.lane import Command
from qt_app.orders.reconcile import Census, Settling, take_census
from qt_app.orders.router import Router
from qt_app.risk.reasons import Reason, Refusal
from qt_core.nl import NL_INTERNAL_ERROR, NL_NOT_CONSISTENT, NL_TIMEOUT, NL_WAITING_SERVER, DllError

#: Answers after which the order may exist all the same.
AMBIGUOUS = frozenset({NL_INTERNAL_ERROR, NL_WAITING_SERVER, NL_TIMEOUT, NL_NOT_CONSISTENT})

#: Returns when the intent of every order so far is on disk; an error keeps the order from going out.
Recorded = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command: refused by us (nothing was called), failed, or done."""

    command: Command | None     # None: a census
    refusal: Refusal | None = None
    error: str = ""             # the library's refusal, or whatever went wrong
    certain: bool = True        # False: the order may exist all the same
    local_id: int = 0
    message_id: int = -1
    census: Census | None = None


def run(router: Router, command: Command, late: Callable[[], bool], recorded: Recorded,
        points: Callable[[int], float]) -> Answer:
    """On the command thread: the last look at readiness, then the call."""
    refusal = _refusal(router, command, late, recorded)
    if refusal is not None:
        return Answer(command, refusal=refusal)
    try:
        return _call(router, command, points)
    except ValueError as error:     # the binding refused it before the call
        return Answer(command, error=str(error))
    except DllError as error:
        return Answer(command, error=str(error), certain=error.code not in AMBIGUOUS)
    except Exception as error:  # noqa: BLE001 - whatever it was, the order may be out
        return Answer(command, error=f"{type(error).__name__}: {error}", certain=False)


def run_census(router: Router, settling: Settling) -> Answer:
    """On the command thread."""
    try:
        return Answer(None, census=take_census(router, settling))
    except Exception as error:  # noqa: BLE001 - told to whoever asked, who asks again
        return Answer(None, error=f"{type(error).__name__}: {error}")


def _refusal(router: Router, command: Command, late: Callable[[], bool], recorded: Recorded) -> Refusal | None:
    ticket, sends = command.ticket, command.what in ("send", "zero")
    if sends and not late() and not ticket.withdrawn:
        try:
            recorded()
        except Exception as error:  # noqa: BLE001 - not recorded, not sent
            return Refusal(Reason.NOT_RECORDED, str(error))
    if sends and ticket.withdrawn:
        return Refusal(Reason.WITHDRAWN, f"order {ticket.order_id}")
    if sends and late():    # the disk may have taken its time too
        return Refusal(Reason.TOO_LATE, f"order {ticket.order_id}")
    unready = router.unready()
    return Refusal(Reason.BROKER_NOT_READY, unready) if unready else None


def _call(router: Router, c: Command, points: Callable[[int], float]) -> Answer:
    life = c.ticket.life
    if c.what == "send":
        local, message = router.send(c.ticket.wire)
    elif c.what == "zero":
        local, message = router.zero()
    elif c.what == "change":
        local, message = life.local_id, router.change(life.local_id, life.cl_ord_id, c.qty, points(c.price))
    else:
        local, message = life.local_id, router.cancel(life.local_id, life.cl_ord_id)
    return Answer(c, local_id=local, message_id=message)

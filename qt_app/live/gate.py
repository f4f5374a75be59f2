"""The gate to real money: conditions, then the doctor's walk with the library, then a human or a named account."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from qt_app.config import Config
from qt_app.errors import NotRunningError, RefusedError
from qt_app.home import Home
from qt_app.live.conditions import Request, same_account, standing, unmet
from qt_app.services.doctor import examine
from qt_app.services.finding import Finding
from qt_app.services.lock import already_running, read_owner, running
from qt_app.services.start import StartOptions
from qt_app.services.walk import ACCOUNT, KIND, Errand
from qt_app.services.walking import errand_of, walk

#: Asks the person at the terminal and returns what was typed.
Ask = Callable[[str], str]
Walker = Callable[[Errand], Iterator[Finding]]


def admit(request: Request, ask: Ask, tell: Callable[[str], None], walker: Walker = walk) -> str:
    """The account, ``broker:account``, that orders with real money may go to.

    Raises RefusedError (exit 7) with everything that stands against it, NotRunningError beside a running engine.
    """
    _refuse_second(request)
    problems = [*unmet(request), *_library(request, walker)]
    if problems:
        raise refusal(problems)
    tell("live mode: looking at everything and walking through a session with the library, without orders ...")
    account = _examined(request, walker)
    _confirm(request, account, ask)
    tell(f"LIVE: orders with REAL money go to account {account}")
    return account


def require_real(config: Config, home: Home, options: StartOptions) -> None:
    """In the engine, once more: a start may be a restart, and files change. Raises RefusedError."""
    until = None if options.until is None else f"{options.until:%H:%M}"
    problems = standing(Request(config, home, options.source, until))
    if options.live is None:
        problems.insert(0, "this run did not come through the gate, use `qt start --mode live`")
    if problems:
        raise refusal(problems)


def refusal(problems: list[str]) -> RefusedError:
    return RefusedError(f"live mode is refused: {'; '.join(problems)}")


def _refuse_second(request: Request) -> None:
    home = request.home
    owner = running(home) or read_owner(home.supervisor_lock)
    if owner is not None and owner.alive:
        raise NotRunningError(already_running(home))


def _library(request: Request, walker: Walker) -> Iterator[str]:
    """What the library says of itself once it is loaded, in a process of its own."""
    path = request.config.feed.dll_path
    if request.source == "profit" and path is not None:
        errand = replace(errand_of(request.config, request.home, Path(path)), live=True, only_load=True)
        yield from _failures(list(walker(errand)))


def _examined(request: Request, walker: Walker) -> str:
    """The account, after a clean doctor. Raises RefusedError with every failure."""
    path = request.config.feed.dll_path
    assert path is not None
    errand = replace(errand_of(request.config, request.home, Path(path)), live=True, orders=True,
                     account=request.wanted or "")
    found = [*examine(request.home, config=request.config, load=False), *walker(errand)]
    account = next((f.detail for f in found if f.name == ACCOUNT and f.verdict == "ok"), None)
    failures = list(_failures(found))
    if failures or account is None:
        raise refusal(failures or ["the walk with the library ended before it saw an account"])
    return account


def _failures(found: list[Finding]) -> Iterator[str]:
    for finding in found:
        if finding.verdict == "fail":
            yield f"{finding.name}: {finding.detail}" if finding.name not in (KIND, ACCOUNT) else finding.detail


def _confirm(request: Request, account: str, ask: Ask) -> None:
    """By the key that names exactly this account, or typed by whoever sits there."""
    named = request.config.trading.live_account
    if named is not None:
        if not same_account(named, account):
            raise refusal([f"trading.live_account names {named}, orders would go to {account}"])
        return
    number = account.rpartition(":")[2]
    typed = ask(f"Orders with REAL money will go to account {account}. Type its number to go on").strip()
    if typed not in (number, account):
        raise refusal([f"what was typed is not the number of account {account}"])

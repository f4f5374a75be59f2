"""What must be true before orders may go to an account with real money, told all at once when it is not."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qt_app.backup.journal_copy import look_over
from qt_app.config import KEYS, Config
from qt_app.errors import JournalError, QtError
from qt_app.home import Home
from qt_app.inference.manifest import read_manifest
from qt_app.registry.serving import COMMAND_LINE, served
from qt_app.services.start import Source


@dataclass(frozen=True, slots=True)
class Request:
    """The start that was asked for. ``terminal``: somebody is there to be asked."""

    config: Config
    home: Home
    source: Source
    until: str | None = None
    terminal: bool = False

    @property
    def wanted(self) -> str | None:
        """The account that is named, if one is."""
        return self.config.trading.live_account or self.config.trading.account


def unmet(request: Request) -> list[str]:
    """Everything that stands against it as far as files and settings tell; the library and the broker come later."""
    return [*standing(request), *_journal(request), *_account(request)]


def standing(request: Request) -> list[str]:
    """What must hold at every start of an engine, a restart after a crash too."""
    checks = (_asked_for, _market, _invented, _model, _credentials)
    return [words for check in checks for words in check(request)]


def _asked_for(request: Request) -> Iterator[str]:
    """Never by a file or a variable that somebody forgot there."""
    origin = request.config.origin("trading.mode")
    if origin != COMMAND_LINE:
        yield f"trading.mode = live stands in {origin}: real money is only asked for by `qt start --mode live`"


def _market(request: Request) -> Iterator[str]:
    if request.source == "sim":
        yield "the market is the simulated exchange: give --dll PATH or set PROFIT_DLL_PATH to the vendor's library"
    elif request.source == "recording":
        yield "the market is a recording: leave --feed out"


def _invented(request: Request) -> Iterator[str]:
    """Settings of an invented market have no place here, even where they would do nothing."""
    given = [k.path for k in KEYS if k.group == "simulator" and request.config.get(k.path) != k.default]
    given += ["--until"] if request.until is not None else []
    if given:
        yield f"{', '.join(given)} belong to a simulated market: leave them out"


def _model(request: Request) -> Iterator[str]:
    try:
        manifest = read_manifest(served(request.config, request.home).folder)
    except QtError as error:
        yield str(error)
        return
    if manifest.synthetic:
        yield f"the model {manifest.id} was trained on synthetic data: train one on a real market and `qt deploy` it"


def _credentials(request: Request) -> Iterator[str]:
    feed = request.config.feed
    given = {"PROFIT_KEY": feed.key, "PROFIT_USER": feed.user, "PROFIT_PASSWORD": feed.password,
             "PROFIT_ROUTING_PASSWORD": feed.routing_password}
    missing = [name for name, value in given.items() if not value]
    if missing:
        yield f"{', '.join(missing)} not set: store them with `qt config set-secret`"


def _journal(request: Request) -> Iterator[str]:
    """It must be able to say what is held; a new one is healthy."""
    if request.home.journal.exists():
        try:
            look_over(request.home.journal)
        except JournalError as error:
            yield str(error)


def _account(request: Request) -> Iterator[str]:
    trading = request.config.trading
    named, wanted = trading.live_account, trading.account
    if named is None and not request.terminal:
        yield "there is no terminal to confirm the account at: set trading.live_account to the account's number"
    if named and wanted and not same_account(named, wanted):
        yield f"trading.live_account {named} and trading.account {wanted} are two accounts: name one"


def same_account(one: str, other: str) -> bool:
    """``account`` or ``broker:account``, on either side."""
    return one == other or ((":" in one) != (":" in other) and one.rpartition(":")[2] == other.rpartition(":")[2])

"""Which of the announced accounts takes the orders: one with real money in live mode alone, never by accident."""
from __future__ import annotations

from collections.abc import Sequence

from qt_app.errors import BrokerError, ConfigError, RefusedError
from qt_core.dll import Account
from qt_core.order_updates import AccountInfo
from qt_core.vendor import is_simulator


def choose_account(announced: Sequence[AccountInfo], wanted: str | None, *, live: bool = False) -> Account:
    """The wanted account, or the only one of its kind; ``wanted`` is an account or ``broker:account``.

    ``live``: an account with real money and nothing else; otherwise a simulator account and nothing else. Raises
    BrokerError when it was not announced, RefusedError when it is of the other kind, ConfigError when there is more
    than one to choose from.
    """
    if not announced:
        raise BrokerError("the broker announced no account: check that the login may send orders")
    if wanted is not None:
        return _of_its_kind(_wanted(announced, wanted), live)
    fitting = [info for info in announced if _is_real(info) is live]
    if not fitting:
        raise RefusedError(f"no {KIND[live]} was announced, only {_names(announced)}: {REMEDY[live]}")
    if len(fitting) > 1:
        raise ConfigError(f"{len(fitting)} accounts would do ({KIND[live]}), {_names(fitting)}: "
                          "name one in trading.account")
    return Account(fitting[0].broker, fitting[0].account)


KIND = {False: "simulator account", True: "account with real money"}
REMEDY = {
    False: "orders with real money are only sent by `qt start --mode live`; choose a simulator account or mode paper",
    True: "link the account in the vendor's terminal, or use --mode simulator",
}


def _is_real(info: AccountInfo) -> bool:
    return not is_simulator(info.broker, info.broker_name)


def _wanted(announced: Sequence[AccountInfo], wanted: str) -> AccountInfo:
    found = [info for info in announced if wanted in (info.account, f"{info.broker}:{info.account}")]
    if not found:
        raise BrokerError(f"account {wanted} was not announced; announced are {_names(announced)}: "
                          "check trading.account")
    if len(found) > 1:
        raise ConfigError(f"account {wanted} exists at more than one broker, {_names(found)}: "
                          "name it as broker:account in trading.account")
    return found[0]


def _of_its_kind(info: AccountInfo, live: bool) -> Account:
    if _is_real(info) is not live:
        raise RefusedError(f"account {_names([info])} is no {KIND[live]}: {REMEDY[live]}")
    return Account(info.broker, info.account)


def _names(infos: Sequence[AccountInfo]) -> str:
    return ", ".join(f"{info.broker}:{info.account} ({info.broker_name or 'unnamed broker'})" for info in infos)

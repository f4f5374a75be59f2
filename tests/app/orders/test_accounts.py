"""Which account takes the orders: a simulator account, named or the only one; never one with real money."""
from __future__ import annotations

import pytest

from qt_app.errors import BrokerError, ConfigError, RefusedError
from qt_app.orders.accounts import choose_account
from qt_core.dll import Account
from qt_core.order_updates import AccountInfo

REAL = AccountInfo(90, "123456", "Corretora Ação S.A.", "Fulana")
PLAY = AccountInfo(32003, "SIM1", "Simulador", "Fulana")
OTHER = AccountInfo(500, "77", "BROKER SIMULATION", "Fulana")


def test_the_only_simulator_account_is_taken_without_being_named() -> None:
    assert choose_account([REAL, PLAY], None) == Account(32003, "SIM1")


@pytest.mark.parametrize("wanted", ["77", "500:77"])
def test_a_named_account_is_taken(wanted: str) -> None:
    assert choose_account([REAL, PLAY, OTHER], wanted) == Account(500, "77")


@pytest.mark.parametrize("wanted", [None, "123456"])
def test_real_money_is_refused(wanted: str | None) -> None:
    with pytest.raises(RefusedError, match="real money"):
        choose_account([REAL], wanted)


def test_several_simulator_accounts_want_a_choice() -> None:
    with pytest.raises(ConfigError, match=r"32003:SIM1 .*500:77 .*trading\.account"):
        choose_account([PLAY, OTHER], None)


def test_an_account_that_was_not_announced_is_told_with_those_that_were() -> None:
    with pytest.raises(BrokerError, match=r"account 9 was not announced; announced are 32003:SIM1"):
        choose_account([PLAY], "9")


def test_the_same_number_at_two_brokers_wants_the_broker_too() -> None:
    with pytest.raises(ConfigError, match="broker:account"):
        choose_account([PLAY, AccountInfo(32006, "SIM1", "Simulador", "")], "SIM1")


def test_no_account_at_all_is_a_broker_error() -> None:
    with pytest.raises(BrokerError, match="announced no account"):
        choose_account([], None)


# -- real money


@pytest.mark.parametrize("wanted", [None, "123456", "90:123456"])
def test_live_mode_takes_the_account_with_real_money(wanted: str | None) -> None:
    assert choose_account([PLAY, REAL], wanted, live=True) == Account(90, "123456")


@pytest.mark.parametrize("wanted", [None, "SIM1"])
def test_live_mode_takes_no_simulator_account(wanted: str | None) -> None:
    with pytest.raises(RefusedError, match="--mode simulator"):
        choose_account([PLAY], wanted, live=True)


def test_live_mode_wants_a_choice_between_two() -> None:
    with pytest.raises(ConfigError, match=r"90:123456 .*91:5 .*trading\.account"):
        choose_account([REAL, PLAY, AccountInfo(91, "5", "Outra", "")], None, live=True)

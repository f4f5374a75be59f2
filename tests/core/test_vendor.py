"""What the vendor's numbers mean, against the fact sheet's lists and the C header."""
import re
from pathlib import Path

import pytest

from qt_core import nl, vendor
from qt_core.vendor import MessageResult, OrderStatus


def test_statuses_agree_with_the_header(repo: Path) -> None:
    text = (repo / "include" / "qt_profit.h").read_text()
    header = {int(value) for value in re.findall(r"QT_STATUS_\w+ = (\d+)", text)}
    assert header == {int(status) for status in OrderStatus}


def test_terminal_statuses_are_the_vendors_ten() -> None:
    assert {int(s) for s in vendor.TERMINAL} == {2, 3, 4, 8, 12, 15, 17, 18, 204, 205}
    assert [s for s in OrderStatus if vendor.is_failure(s)] == [8, 18, 204]
    assert not vendor.is_terminal(OrderStatus.REPLACED)


def test_message_failures_are_the_vendors_six() -> None:
    assert [n for n in range(256) if vendor.message_failed(n)] == [1, 3, 5, 7, 9, 24]


def test_numbers_that_the_list_lacks_kill_no_order() -> None:
    assert not vendor.is_terminal(99)
    assert not vendor.is_failure(99)
    assert not vendor.message_failed(99)
    assert (vendor.status_name(99), vendor.status_name(204)) == ("STATUS_99", "NOT_CREATED")
    assert (vendor.result_name(99), vendor.result_name(24)) == ("RESULT_99", "BLOCKED_BY_RISK")


@pytest.mark.parametrize(("result", "text", "again"), [
    (MessageResult.REJECTED_BY_PROXY, "Cliente não logado na corretora", True),
    (MessageResult.REJECTED_BY_PROXY, "CLIENTE NÃO ESTÁ LOGADO", True),
    (MessageResult.REJECTED_BY_PROXY, "Quantidade inválida: lote de 100", False),
    (MessageResult.REJECTED_BY_PROXY, "Cliente não está conectado ao servidor de ordens", True),
    (MessageResult.NOT_CONNECTED, "", True),
    (MessageResult.REJECTED_BY_BROKER, "Cliente não logado", False),
    (MessageResult.BLOCKED_BY_RISK, "Saldo insuficiente", False),
    (MessageResult.ACCEPTED, "", False)])
def test_only_session_drops_may_be_tried_again(result: int, text: str, again: bool) -> None:
    assert vendor.is_retryable(result, text) is again


@pytest.mark.parametrize(("broker", "name", "play"), [
    (32003, "", True), (32006, "XP", True), (1, "Corretora Simulador", True), (1, "SIMULAÇÃO", True),
    (386, "Rico", False)])
def test_simulator_accounts_are_known_by_broker(broker: int, name: str, play: bool) -> None:
    assert vendor.is_simulator(broker, name) is play


def test_errors_say_whether_to_ask_again() -> None:
    assert nl.DllError("GetLastDailyClose", nl.NL_WAITING_SERVER).retryable
    assert not nl.DllError("SendOrder", nl.NL_NOT_FOUND).retryable
    missing = nl.DllMissingError("GetHealthStatus", "ProfitDLL.dll", "4.0.0.31")
    assert "does not export GetHealthStatus" in str(missing)
    assert (missing.code, missing.call) == (nl.NL_NOT_IMPLEMENTED, "GetHealthStatus")
    assert "do not trade" in str(nl.DllLayoutError("GetPositionV2", "told a quantity of -5"))

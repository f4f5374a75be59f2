"""Stages of routing messages, the routing password, order history."""

from __future__ import annotations

import ctypes as c

from exchange_desk import BUY, LIMIT, MARKET, Desk
from exchange_harness import (
    CALLBACKS,
    FUNCTYPE,
    OK,
    WAITING,
    CancelOrder,
    ChangeOrder,
    Exchange,
    OrderId,
    SystemTime,
    narrow,
)


class Clerk(Desk):
    """Also keeps (message id, code, local id, text) of every stage."""

    def __init__(self, sim: Exchange, **settings: object) -> None:
        super().__init__(sim, **settings)
        self.proc = FUNCTYPE(None, *CALLBACKS["route"][1])(self.on_route)
        assert sim.dll.SetTradingMessageResultCallback(self.proc) == OK

    def on_route(self, told: object) -> None:
        r = told.contents  # type: ignore[attr-defined]
        text = narrow(r.text)
        assert (r.broker, r.version, len(text)) == (32003, 0, r.length)
        self.sim.note("route", r.message, r.code, r.order.local, text)

    def stages(self, message: int) -> list[int]:
        return [e[2] for e in self.sim.of("route") if e[1] == message]

    def wait_stage(self, message: int, code: int) -> None:
        self.sim.wait(lambda: code in self.stages(message))


def test_a_send_passes_every_stage_and_none_speaks_of_the_fill(sim: Exchange) -> None:
    d = Clerk(sim)
    local = d.send(MARKET, BUY, 1)
    d.wait_status(local, 2)
    assert d.stages(d.message.message) == [0, 2, 4, 6, 8, 10]
    told = sim.of("route")
    assert [e[3] for e in told] == [0, 0, local, local, local, local], "early stages know the message alone"
    assert told[0][4] == "Enviando ordem ao HadesProxy" and told[3][4] == "Enviado à corretora."


def test_failures_are_told_with_their_cause(sim: Exchange) -> None:
    d = Clerk(sim)
    d.wait_status(d.send(MARKET, BUY, 1, symbol="WDOFUT"), 204)
    assert d.stages(d.message.message) == [0, 2, 5]
    assert sim.of("route")[-1][3:] == (0, "Ordem inválida")
    local = d.send(LIMIT, BUY, 1, 5400.3)
    d.wait_status(local, 8)
    assert d.stages(d.message.message) == [0, 2, 4, 6, 8, 9]
    assert sim.of("route")[-1][3] == local and "fora do tick" in sim.of("route")[-1][4]


def test_changes_and_cancels_have_messages_of_their_own(sim: Exchange) -> None:
    d = Clerk(sim)
    price = d.best(0) - 30
    local = d.send(LIMIT, BUY, 1, price)
    d.wait_status(local, 0)
    change = ChangeOrder(1, sim.account(), OrderId(0, local, None), None, price - 1, -1.0, 2, -1)
    cancel = CancelOrder(1, sim.account(), OrderId(0, local, None), None, -1)
    assert sim.dll.SendChangeOrderV2(c.byref(change)) == OK
    d.wait_stage(change.message, 10)
    late = CancelOrder(1, sim.account(), OrderId(0, local, None), None, -1)
    for request in (cancel, late):
        assert sim.dll.SendCancelOrderV2(c.byref(request)) == OK
    d.wait_status(local, 4)
    sim.wait(lambda: {d.stages(r.message)[-1] for r in (cancel, late)} == {9, 10})
    assert d.stages(change.message) == [0, 2, 4, 6, 8, 10]
    assert len({d.message.message, change.message, cancel.message, late.message}) == 4
    assert sim.of("route")[-1][4] == "Ordem já encerrada"


def test_a_wrong_password_drops_the_order_and_three_lock_it(sim: Exchange) -> None:
    d = Clerk(sim, password="segredo")
    texts = []
    for password in ("errada", "segredo", "errada", "", "errada", "segredo"):
        local = d.send(MARKET, BUY, 1, password=password)
        d.wait_status(local, 2, 204)
        texts.append(d.of(local)[-1][4])
    wrong, locked = "Senha de roteamento inválida", "Senha de roteamento bloqueada"
    assert texts == [wrong, "", wrong, wrong, wrong, locked]
    assert d.stages(d.message.message) == [0, 2, 5]


def test_a_cancel_with_a_wrong_password_leaves_the_order_alive(sim: Exchange) -> None:
    d = Clerk(sim, password="segredo")
    local = d.send(LIMIT, BUY, 1, d.best(0) - 30, password="segredo")
    d.wait_status(local, 0)
    cancel = CancelOrder(1, sim.account(), OrderId(0, local, None), sim.keep("errada"), -1)
    assert sim.dll.SendCancelOrderV2(c.byref(cancel)) == OK
    d.wait_stage(cancel.message, 5)
    sim.wait(lambda: d.of(local)[-1][4] == "Senha de roteamento inválida")
    assert d.of(local)[-1][2] == 0 and sim.stat("working") == 1


def test_loaded_history_fires_order_events_only_without_its_own_callback(sim: Exchange) -> None:
    today, ask = SystemTime(2026, 11, 3, 18, 0, 0, 0, 0), sim.dll.HasOrdersInInterval
    for with_callback in (True, False):
        d = Desk(sim)
        if not with_callback:
            assert sim.dll.SetOrderHistoryCallback(None) == OK
        local = d.send(MARKET, BUY, 1)
        d.wait_status(local, 2)
        told = len(d.of(local))
        assert ask(c.byref(sim.account()), today, today) == WAITING
        sim.wait(lambda: ask(c.byref(sim.account()), today, today) == OK)
        done = d.send(MARKET, BUY, 1)
        d.wait_status(done, 2)
        assert len(d.of(local)) == told + (0 if with_callback else 1)
        sim.finish()
        sim.events.clear()

"""Trap 10: orders die silently, because the callback carries only an identifier."""
import pytest
from trap_kit import desk, fault, wire

from qt_app.votes import OrderRequest

pytestmark = pytest.mark.slow

TEXT = "Rejeição: quantidade inválida, o lote padrão é de 100 ações — verifique a operação (não reenvie) " * 2


def test_a_long_accented_text_is_stored_identically() -> None:
    with wire(fault("reject", text=TEXT.strip())) as w:
        local = w.send()
        w.run("09:10:05")
        last = [u for u in w.told if u.local_id == local][-1]
        assert (last.status, last.text, last.truncated) == (8, TEXT.strip(), False)


def test_an_order_that_is_rejected_for_good_is_sent_once() -> None:
    with desk(fault("reject", text=TEXT.strip())) as s:
        s.placed = 1
        s.gateway.submit(OrderRequest(1, 0, s.feed.clock_ns(), 1, 1, None, None, "TRAP"))
        s.until(lambda: any(r.status == "rejected" for r in s.reports), "the rejection")
        for _ in range(5):
            s.let_run(2.0)
        assert s.stat("sends") == 1 and TEXT.strip() in s.reports[-1].text

"""Trap 17: one-letter symbols and mojibake: text is UTF-16 here, one byte there."""
from trap_kit import ME, fault, wire

from qt_core._types import BookAction, Kind

TEXT = "Não há saldo: operação ção ñ Ω 漢字 — rejeição"


def test_names_texts_and_array_dates_arrive_as_they_were_written() -> None:
    with wire(fault("reject", text=TEXT)) as w:
        w.subscribe(offers=True)
        holder = w.updates.accounts()[0]
        details = w.dll.account_details(ME)
        assert holder.holder == details.owner == "João da Simulação"
        assert holder.broker_name == details.broker_name == "Corretora Simulador"
        local = w.send()
        w.run("09:10:05")
        assert w.dll.order_details(local)["text"] == TEXT
        assert [u.text for u in w.told if u.local_id == local][-1] == TEXT
        rows = w.of(Kind.OFFER)
        dated = [int(ns) for ns in rows[rows["code"] == BookAction.IMAGE]["exch_ns"] if ns]
        assert dated and all(1_795_000_000 < ns // 10**9 < 1_795_020_000 for ns in dated)

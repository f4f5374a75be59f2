"""Trap 20: fields shift after an update of the library, or a newer record is refused by an older one."""
import pytest
from trap_kit import ME, TICKER, fault, wire


@pytest.mark.parametrize("version", ["4.0.0.31", "4.0.0.38", "4.0.0.42"])
def test_the_same_calls_mean_the_same_in_every_version(version: str) -> None:
    with wire(fault("garbage"), version=version) as w:
        assert w.dll.version == version
        w.subscribe()
        w.run("09:10:05")
        w.dll.request_ticker_info(TICKER, "F")
        w.rest()
        info = w.dll.ticker_info(TICKER, "F")
        assert info is not None and (info.lot, info.tick, info.multiplier) == (1, 0.5, 10.0)
        assert 1 <= info.min_qty <= info.max_qty <= 100_000 and info.expiry
        w.send("buy", "market", 2)
        resting = w.send("buy", "limit", 1, w.last_price() - 30)
        w.run("09:10:10")
        w.dll.change_order(ME, resting, "", 2, w.last_price() - 31)
        w.run("09:10:15")
        w.dll.cancel_order(ME, resting)
        w.dll.zero_position(ME, TICKER, "F")
        w.run("09:10:25")
        assert (w.dll.sim_stat("position"), w.dll.sim_stat("working"), w.dll.sim_stat("bought")) == (0, 0, 2)
        assert w.dll.order_details(resting)["qty"] == 2


def test_a_newer_record_that_is_refused_is_sent_as_an_older_one() -> None:
    refusals = [fault("answer", function=name, code="NL_VERSION_NOT_SUPPORTED", count=1)
                for name in ("SendOrder", "SendCancelOrderV2", "GetPositionV2")]
    with wire("".join(refusals)) as w:
        w.subscribe()
        w.run("09:10:05")
        before = w.dll.record_versions()
        local = w.send("buy", "limit", 1, w.last_price() - 30)
        w.run("09:10:10")
        w.dll.cancel_order(ME, local)
        w.dll.get_position(ME, TICKER, "F")
        w.run("09:10:15")
        after = w.dll.record_versions()
        assert (w.dll.sim_stat("orders"), w.dll.sim_stat("working")) == (1, 0)
        assert {name: before[name] - after[name] for name in before} == {
            name: int(name in ("send", "cancel", "position")) for name in before}

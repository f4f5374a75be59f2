"""Trades of earlier sessions, counted from the journal as the account counts them."""
from __future__ import annotations

from pathlib import Path

from app.journal.journal_kit import ACCOUNT, NOON, SECOND, fill, order, written

from qt_app.alerts.past import DAY_NS, earlier_trades
from qt_app.fees import Fees
from qt_app.journal.entries import Entry, Fact

HOUR = 3600 * SECOND


def trip(order_id: int, gain: int, ts_ns: int, symbol: str = "WDOZ26", account: str = ACCOUNT) -> list[Entry]:
    """A lot bought at 10,000 ticks and sold ``gain`` higher."""
    return [order(order_id, ts_ns=ts_ns, symbol=symbol, account=account),
            fill(order_id, 1, ts_ns=ts_ns),
            order(order_id + 1, side=-1, ts_ns=ts_ns + SECOND, symbol=symbol, account=account, purpose="exit"),
            fill(order_id + 1, 0, side=-1, price=10_000 + gain, ts_ns=ts_ns + SECOND, entry=False)]


def journal(tmp_path: Path, *entries: Entry) -> Path:
    written(tmp_path / "journal.sqlite", *entries)
    return tmp_path / "journal.sqlite"


def test_sessions_before_the_latest_count_contract_by_contract(tmp_path: Path) -> None:
    day = NOON - DAY_NS
    path = journal(
        tmp_path, *trip(1, 40, NOON - 40 * DAY_NS), Fact("session", day - HOUR, day - HOUR),
        *trip(11, 40, day), *trip(21, -40, day + HOUR), *trip(31, 0, day + 2 * HOUR, symbol="WDOX26"),
        *trip(41, 40, day + 3 * HOUR, account="paper"),
        Fact("session", NOON - HOUR, NOON - HOUR), *trip(51, 40, NOON))
    assert earlier_trades(path, Fees(), paper=False) == (3, 1)      # one of them broke even, less its costs
    assert earlier_trades(path, Fees(), paper=True) == (1, 1)


def test_without_a_journal_or_a_session_there_is_no_past(tmp_path: Path) -> None:
    assert earlier_trades(tmp_path / "none.sqlite", Fees(), paper=True) == (0, 0)
    assert earlier_trades(journal(tmp_path, *trip(1, 40, NOON)), Fees(), paper=False) == (0, 0)
    (tmp_path / "broken.sqlite").write_bytes(b"no journal")
    assert earlier_trades(tmp_path / "broken.sqlite", Fees(), paper=True) == (0, 0)


def test_lots_that_were_adopted_are_nobodys_trade(tmp_path: Path) -> None:
    adopted = [fill(0, 1, ts_ns=NOON - DAY_NS), fill(0, 0, side=-1, ts_ns=NOON - DAY_NS)]
    path = journal(tmp_path, *adopted, Fact("session", NOON, NOON))
    assert earlier_trades(path, Fees(), paper=False) == (0, 0)

"""Recorded markets become labelled sessions; every label is checked against the slow oracle."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import label_oracle
import numpy as np
import pytest

from qt_app.dataset.build import Instants, build
from qt_app.dataset.labels import label
from qt_app.dataset.session import LabelRule, SessionRows
from qt_app.instruments import generic, instrument
from qt_app.replay.hours import parse_session
from qt_app.replay.reader import read_events
from qt_app.risk.limits import Limits

pytestmark = [pytest.mark.realdata, pytest.mark.slow]
NS = 1_000_000_000


def built(folder: Path, name: str, session: str) -> SessionRows:
    trades, l1 = (folder / f"{name}_{kind}.parquet" for kind in ("trades", "l1"))
    made, = build(read_events(trades, None, l1), Instants(5 * NS, 15 * NS),
                  session=parse_session(session, ZoneInfo("America/Sao_Paulo")))
    return made


def assert_labels(made: SessionRows, rule: LabelRule, every: int) -> np.ndarray:
    """Of every so-manieth row; the features are left out of it."""
    some = replace(made, ts_ns=made.ts_ns[::every], rows=np.zeros_like(made.rows[::every]))
    found, expected = label(some, rule), label_oracle.labels(some, rule)
    assert found.resolved.tolist() == [one is not None for one in expected]
    known = found.resolved
    got = list(zip(found.label[known].tolist(), found.long_ticks[known].tolist(), found.short_ticks[known].tolist(),
                   found.end_ns[known].tolist(), strict=True))
    assert got == [one for one in expected if one is not None]
    return np.bincount(found.label[known], minlength=3)


def test_the_dollar_session_is_labelled_as_the_oracle_says(realdata: Path) -> None:
    made = built(realdata, "b3_dolk20_20200402", "b3")
    assert (made.symbol, made.day, made.synthetic) == ("DOLK20", "2020-04-02", False)
    assert len(made.quotes.ts_ns) > 20_000 and ((made.quotes.ask > made.quotes.bid) | (made.quotes.ask == 0)).all()
    for more in ({}, {"kind": "horizon", "horizon_s": 60.0}):
        rule = LabelRule.of(Limits(), instrument("DOLK20"), made.day, latency_ms=20.0, **more)
        assert (assert_labels(made, rule, 151) > 0).sum() >= 2


def test_a_day_without_calendar_is_labelled_too(realdata: Path) -> None:
    made = built(realdata, "binance_spot_btcusdt_20240808", "none")
    rule = LabelRule.of(Limits(), generic("BTCUSDT", made.tick), made.day, kind="horizon", horizon_s=20.0)
    assert assert_labels(made, rule, 3).sum() >= 4

"""The agents of a result against the quotes of the recording behind it."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app.analysis.results_kit import HOLD, NS, T0, VOTERS, Said, buys, sells, write
from app.data import tapes

pytest.importorskip("lightgbm")

from qt_app.analysis.agents import AgentAnalysis, analyze
from qt_app.analysis.agents_page import document, lines, render
from qt_app.analysis.outcomes import Asked, outcomes, recording_of
from qt_app.analysis.results import read_result
from qt_app.config import load
from qt_app.errors import DataError
from qt_app.home import Home

#: Ten seconds by time alone.
TEN = Asked("horizon", 10.0)
SESSIONS = np.array([[T0 - NS, T0 + 7200 * NS]])
N = 300


def rising() -> Any:
    """A tape whose quotes rise by a tick each second; both sides are a tick apart."""
    events = tapes.market(N)
    second = np.arange(N)
    quoted, traded = events["kind"] == 5, events["kind"] == 1
    events["price"] = np.where(quoted, 10_000 + second, np.where(traded, 10_001 + second, 0))
    events["a"] = np.where(quoted, 10_001 + second, events["a"])
    return events


def said(at: int) -> Said:
    """Order flow is right, liquidity wrong, tape reading waits, footprint is away every other time."""
    return (buys(0.9), buys(0.9), sells(0.4), HOLD, None if at % 2 else buys(0.8))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    tapes.record(tmp_path / "data", rising(), run="r1", sessions=SESSIONS)
    return Home(tmp_path)


def result(home: Home, name: str = "r1", first: int = 1) -> Path:
    folder = home.data / "runs" / name
    return write(folder, [said(at) for at in range(first, N)])


def analysed(home: Home, *folders: Path, **options: Any) -> AgentAnalysis:
    return analyze(folders, home, load(home), TEN, **options)


def test_outcomes_are_what_the_quotes_paid(home: Home) -> None:
    """Quotes come every third second and stand until the next one."""
    found = read_result(result(home))
    told = outcomes(found, recording_of(found, home, None), TEN, load(home))
    quote = lambda second: 10_000 + (second - 1) // 3 * 3 + 1     # noqa: E731 (bid at a second, seconds 1, 4, 7 ...)
    for at in (3, 50, 120):
        second = (int(found.ts_ns[at]) - T0) // NS
        assert told.labels.resolved[at]
        assert told.labels.long_ticks[at] == quote(second + 10) - (quote(second) + 1)
        assert told.labels.short_ticks[at] == quote(second) - (quote(second + 10) + 1)
    assert not told.labels.resolved[-1]         # nothing is known beyond the data
    assert told.cost_ticks[50] == told.rules[0].cost_ticks > 0


def test_each_voter_is_judged_and_left_out(home: Home) -> None:
    found = analysed(home, result(home))
    by_name = {one.name: one for one in found.voters}
    assert list(by_name) == [*VOTERS, "consensus"]
    assert found.instants == N - 1 and 0 < found.labelled < found.instants
    assert by_name["order_flow"].hits.value == 1.0
    assert by_name["order_flow"].hits.n == by_name["order_flow"].sided == found.labelled
    assert by_name["tape_reading"].sided == by_name["liquidity"].sided == 0    # hold is the likeliest of both
    assert by_name["footprint"].abstentions == {"STALE": 150}
    assert found.effective < found.labelled / 5     # ten seconds of outcome at each second
    changes = {one.name: one for one in found.contributions}
    assert set(changes) == {*VOTERS, "agents"}
    assert changes["order_flow"].changed > 0 and changes["order_flow"].worse == 0
    assert changes["order_flow"].ticks > 0


@pytest.mark.lengthy
def test_results_are_judged_together(home: Home) -> None:
    whole = analysed(home, result(home))
    both = analysed(home, result(home), result(home, "r3"), recording=home.data / "20200402" / "DOLK20")
    assert both.instants == 2 * whole.instants
    assert both.voters[1].hits.value == whole.voters[1].hits.value


@pytest.mark.lengthy
def test_a_result_without_its_recording_is_refused(home: Home) -> None:
    tapes.record(home.data, rising()[5:], run="other", sessions=SESSIONS)
    with pytest.raises(DataError, match=r"elsewhere: 2 recordings .* fit its hours; name .* --recording"):
        analysed(home, result(home, "elsewhere"))
    assert analysed(home, result(home)).recordings     # the run's own name decides
    with pytest.raises(DataError, match="no recordings of WDOZ26"):
        analysed(home, write(home.root / "w", [said(0)] * 5, symbol="WDOZ26"))


def test_other_voters_and_other_weights_are_refused(home: Home) -> None:
    from qt_app.consensus import Consensus

    other = write(home.data / "runs" / "x", [said(at) for at in range(1, N)], consensus=Consensus(1.0, 0.0))
    with pytest.raises(DataError, match="not those of the configured weights"):
        analysed(home, other, recording=home.data / "20200402")


@pytest.mark.lengthy
def test_the_page_is_whole_in_both_languages(home: Home) -> None:
    found = analysed(home, result(home))
    for language, title in (("pt_BR", "Os agentes"), ("en", "The agents")):
        html = render(found, language)   # type: ignore[arg-type]
        assert title in html and html.count("<svg") == 2 and "STALE" in html
        assert all(name in html for name in VOTERS)
    assert document(found)["voters"][1]["name"] == "order_flow"
    assert any(line.startswith("order_flow") for line in lines(found))

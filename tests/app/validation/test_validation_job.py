"""From a trained run to the verdict beside it, final block included."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from run_kit import INPUTS, RULE
from tape_kit import walk

from qt_app.dataset.session import SessionRows
from qt_app.dataset.store import write_sessions
from qt_app.errors import RefusedError
from qt_app.fees import Fees
from qt_app.home import Home
from qt_app.splits.final_block import open_block, openings
from qt_app.training.order import Layout, TrainingOrder
from qt_app.training.run import train
from qt_app.validation import audit, document, final, job, report
from qt_app.validation.evidence import Terms
from qt_app.validation.finding import Finding
from qt_app.validation.job import Validation, Wish, validate
from qt_app.validation.money import Gate

pytestmark = pytest.mark.slow

TERMS = Terms(Gate(0.6, 10), Fees())
FAST = {"rounds": 40, "patience": 5, "min_data_in_leaf": 40, "learning_rate": 0.1}


class Nowhere:
    def recording(self, session: SessionRows) -> None:
        return None

    def later(self, case: Any, days: int) -> list[SessionRows]:
        return []


def trained(folder: Path, drive: float, *, sessions: int = 23, seed: int = 1) -> tuple[Path, Home]:
    made = [walk(at, drive=drive, instants=240, blur=1.5) for at in range(sessions)]
    home, run, data = Home(folder / "home"), folder / f"run-{seed}", folder / f"data-{seed}"
    write_sessions(data, made)
    layout = Layout(final=2, train=5, test=min(8, sessions - 7))
    order = TrainingOrder(RULE, INPUTS, seed=seed, layout=layout, parameters=FAST)
    train(made, order, home=home, out=run, dataset=data)
    return run, home


@pytest.fixture
def proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The invented tape has no recording and no engine: what needs one is told to be fine."""
    proof = Finding("leak_poison", True, {"rows": 1, "sessions": 1})
    monkeypatch.setattr(audit, "poison_future", lambda *a: ([], proof))
    monkeypatch.setattr(audit, "random_walk_tape", lambda *a: Finding("leak_walk", True, {"gain": 0.0}))


def judged(run: Path, home: Home, **wish: Any) -> Validation:
    return validate(run, home, Nowhere(), terms=TERMS, wish=Wish(**wish), progress=lambda line: None)


def test_a_planted_edge_is_deployed_and_its_final_block_opened_once(tmp_path: Path, proven: None) -> None:
    run, home = trained(tmp_path, 1.0)
    done = judged(run, home)
    assert done.verdict.word == "deploy", done.verdict.line()
    assert done.final is not None
    assert done.final.money.net.value > 0
    again = judged(run, home)
    assert document.document(again) == document.document(done)
    assert len(openings(home)) == 1


def test_a_block_that_another_run_opened_is_burnt(tmp_path: Path, proven: None) -> None:
    run, home = trained(tmp_path, 1.0)
    case = job.read_case(run)
    assert final.fresh(case, home).passed
    open_block(home, "someone", final.digests(case.run.facts)[:1])
    closed = judged(run, home)
    assert (closed.verdict.word, closed.final) == ("observe", None)
    assert "opened before by someone: burnt" in closed.verdict.line()
    with pytest.raises(RefusedError, match="again"):
        final.open_final(case, home, TERMS, again=False)
    burnt = judged(run, home, again=True)
    assert burnt.final is not None
    assert (burnt.verdict.word, burnt.final.opening.burnt) == ("observe", True)


def test_a_random_walk_is_not_traded_and_its_final_block_stays_closed(tmp_path: Path, proven: None) -> None:
    run, home = trained(tmp_path, 0.0)
    done = judged(run, home)
    assert done.verdict.word == "do not trade"
    assert done.final is None
    assert openings(home) == []


def test_without_recordings_an_edge_is_only_observed(tmp_path: Path) -> None:
    run, home = trained(tmp_path, 1.0)
    assert "No recording of these sessions" in judged(run, home).verdict.line()


def test_verdict_and_report_are_written_beside_the_run(tmp_path: Path, proven: None) -> None:
    run, home = trained(tmp_path, 1.0, sessions=12)
    done = judged(run, home)
    document.write(done, run)
    report.write(done, run, "pt_BR")
    found = orjson.loads((run / "verdict.json").read_bytes())
    assert (found["format"], found["run"], found["verdict"]) == ("qt-verdict/1", done.case.run.facts.id, "observe")
    assert found["data_sha256"] == done.case.run.facts.data_sha256
    assert (found["trial"], found["trials"]) == (1, 2)
    assert len(found["figures"]["money"]) == 9
    assert any("15 are needed" in reason for reason in found["reasons"])
    html = (run / "validation.html").read_text(encoding="utf-8")
    assert "OBSERVAR" in html
    assert "SINTÉTICO" in html
    assert "<script" not in html
    report.write(done, run, "en")
    assert "OBSERVE" in (run / "validation.html").read_text(encoding="utf-8")


def test_recordings_that_came_later_are_looked_at_for_drift(tmp_path: Path, proven: None) -> None:
    class Later(Nowhere):
        def later(self, case: Any, days: int) -> list[SessionRows]:
            moved = walk(77, drive=1.0, instants=240, blur=1.5)
            moved.rows[:, 10:18] += 500.0
            return [moved]

    run, home = trained(tmp_path, 1.0, sessions=12)
    done = job.validate(run, home, Later(), terms=TERMS, wish=Wish(recent_days=5), progress=lambda line: None)
    assert {"returns_1", "returns_5", "returns_20"} <= {one.name for one in done.drifts if one.drifted}
    assert done.verdict.word != "deploy"
    assert done.later == 1

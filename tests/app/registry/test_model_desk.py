"""Models change hands between two decisions of a running pipeline: what is switched, what is not, and what is told."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

pytest.importorskip("onnx")

from app.registry.model_market import SCHEMA, Kept, Market, bundle, feed_one, pipeline_of, prints, registered

from qt_app.alerts.codes import Code
from qt_app.errors import ExitCode, QtError, RefusedError
from qt_app.inference import drift
from qt_app.registry.shadow import COSTS
from qt_app.registry.store import Active
from qt_app.replay import served

TWO = (("first", 1.0), ("second", 3.0))


@pytest.fixture
def market(tmp_path: Path) -> Market:
    registered(tmp_path / "home", tmp_path, "first", TWO)
    made = Market(tmp_path / "home", "first")
    made.desk.open()
    return made


def probabilities(kept: Kept) -> list[str]:
    return [text for _, text in kept.rows]


@pytest.mark.lengthy
def test_another_model_takes_over_between_two_decisions_and_none_is_missed(market: Market, tmp_path: Path) -> None:
    events = prints()
    market.feed(events[:200])
    before = len(market.kept.rows)
    done = market.change("deploy", "second")
    assert (done["done"], done["error"]) == (True, "")
    assert market.registry.active() == Active("second", None, ("first",))
    market.feed(events[200:])
    assert market.pipeline.model.id == "second"
    assert (Code.MODEL_SWITCHED, f"second serves from event {done['seq']} on") in market.said
    alone = Market(tmp_path / "home", "first")
    alone.feed(events)
    stamps = [at for at, _ in market.kept.rows]
    assert stamps == [at for at, _ in alone.kept.rows] and len(set(np.diff(stamps))) == 1
    assert probabilities(market.kept)[:before] == probabilities(alone.kept)[:before]
    assert probabilities(market.kept)[before:] != probabilities(alone.kept)[before:]


@pytest.mark.lengthy
def test_a_replay_switches_at_the_same_place(market: Market) -> None:
    events = prints()
    market.feed(events[:150])
    market.change("deploy", "second")
    market.feed(events[150:300])
    market.change("rollback")
    market.feed(events[300:])
    assert market.pipeline.model.id == "first"
    noted = served.from_json((market.run / "models.json").read_bytes(), market.run)
    assert [model.id for model in noted] == ["first", "second"]
    models = served.load(noted, market.home, SCHEMA)
    again, kept = pipeline_of(market.home, models[0]), Kept()
    again.models = {served.key_of(model.manifest.digest): model for model in models}
    again.outputs.append(kept)
    for event in market.events:
        feed_one(again, event)
    assert kept.rows == market.kept.rows


def test_a_rollback_serves_the_one_before(market: Market) -> None:
    market.feed(prints(3))
    market.change("deploy", "second")
    done = market.change("rollback")
    assert done["model"] == "first" and not done["error"]
    assert market.registry.active() == Active("first", None, ())
    assert [code for code, _ in market.said] == [Code.MODEL_SWITCHED, Code.MODEL_ROLLED_BACK]
    again = market.change("rollback")
    assert "no earlier model" in again["error"] and again["code"] == ExitCode.REFUSED


def spoil_graph(folder: Path) -> str:
    path = next(folder.glob("*.onnx"))
    path.write_bytes(path.read_bytes() + b"\0")
    return "sha256"


def spoil_manifest(folder: Path) -> str:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"sell",\n    "hold",\n    "buy"', '"buy",\n    "hold",\n    "sell"'))
    return "was edited"


def remove(folder: Path) -> str:
    (folder / "manifest.json").unlink()
    return "no model manifest"


@pytest.mark.parametrize("spoil", [spoil_graph, spoil_manifest, remove])
def test_a_broken_model_does_not_take_over(market: Market, spoil: Any) -> None:
    market.feed(prints(3))
    words = spoil(market.registry.folder("second"))
    done = market.change("deploy", "second")
    assert words in done["error"] and done["code"] == ExitCode.DATA
    assert market.pipeline.model.id == "first"
    assert market.registry.active() == Active("first")
    assert market.registry.history()[-1]["act"] == "failed"
    (code, told), = market.said
    assert code is Code.MODEL_REFUSED and "first goes on serving" in told


def test_a_model_of_other_features_does_not_take_over(market: Market, tmp_path: Path) -> None:
    other = bundle(tmp_path, "other", 2.0)
    folder = tmp_path / "foreign"
    from app.inference.bundles import write_bundle
    write_bundle(folder, "foreign", schema_id="f" * 32, inputs=other.inputs)
    market.registry.add(folder)
    assert "feature schema" in market.change("deploy", "foreign")["error"]
    assert market.pipeline.model.id == "first"


def test_a_model_that_can_never_sell_does_not_take_over(market: Market, tmp_path: Path) -> None:
    from app.inference.bundles import answer, write_bundle
    shape = {"weights": ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), "bias": (-9.0, 3.0, 0.0)}
    probes = [{"row": [0.0, 0.0], "p": answer([0.0, 0.0], **shape)}]
    write_bundle(tmp_path / "tame", "tame", schema_id=SCHEMA, inputs=("is_buyer_aggressor", "signed_volume"),
                 probes=probes, **shape)
    market.registry.add(tmp_path / "tame")
    done = market.change("deploy", "tame")
    assert "sell cannot be reached" in done["error"] and done["code"] == ExitCode.DATA
    assert market.registry.active() == Active("first")


def test_with_real_money_a_synthetic_model_does_not_take_over(tmp_path: Path) -> None:
    registered(tmp_path / "home", tmp_path, "first", TWO)
    market = Market(tmp_path / "home", "first", live=True)
    market.desk.open()
    done = market.change("deploy", "second")
    assert "synthetic" in done["error"] and done["code"] == ExitCode.REFUSED
    assert market.pipeline.model.id == "first"


def test_what_is_forced_is_told_as_that(market: Market) -> None:
    market.feed(prints(3))
    market.change("deploy", "second", forced=True)
    assert (Code.MODEL_FORCED, "deploy of second against its verdict: because") in market.said
    assert market.registry.history()[-1]["forced"] is True


def test_one_change_at_a_time(market: Market) -> None:
    answer = market.desk.change({"act": "deploy", "model": "second"})
    market.desk._worker.join()
    with pytest.raises(RefusedError, match="under way"):
        market.desk.change({"act": "rollback"})
    market.desk.act()
    assert market.desk.progress(answer)["done"]
    with pytest.raises(QtError, match="unknown"):
        market.desk.change({"act": "dance"})
    with pytest.raises(QtError, match="unknown to this run"):
        market.desk.progress({"act": 77})


# ---- the shadow


@pytest.mark.lengthy
def test_a_shadow_votes_on_every_row_and_changes_nothing(market: Market, tmp_path: Path) -> None:
    events = prints()
    done = market.change("shadow", "second")
    assert not done["error"] and market.desk.state()["shadow"] == "second"
    market.feed(events)
    alone = Market(tmp_path / "home", "first")
    alone.feed(events)
    assert market.kept.rows == alone.kept.rows
    assert market.desk.state()["shadow_rows"] == len(market.kept.rows)
    market.desk.close()
    table = pq.read_table(market.run / "shadow-0001.parquet")
    assert table["ts_ns"].to_pylist() == [at for at, _ in market.kept.rows]
    assert set(table["champion"].to_pylist()) == {market.registry.manifest("first").digest}
    assert set(table["challenger"].to_pylist()) == {market.registry.manifest("second").digest}
    known = [p for p in table["challenger_buy"].to_pylist() if p is not None]
    assert known and known != [p for p in table["champion_buy"].to_pylist() if p is not None]
    assert table.schema.metadata == {b"synthetic": b"true"}


def test_a_shadow_goes_on_in_the_next_run_and_ends_when_it_takes_over(market: Market, tmp_path: Path) -> None:
    market.change("shadow", "second")
    rows = len(market.registry.history())
    following = Market(tmp_path / "home", "first")
    following.desk.open()
    following.settle()
    assert following.desk.state()["shadow"] == "second"
    assert len(market.registry.history()) == rows
    following.feed(prints(3))
    following.change("deploy", "second")
    assert following.desk.state()["shadow"] is None
    assert market.registry.active() == Active("second", None, ("first",))


def test_a_shadow_that_is_ended_is_written(market: Market) -> None:
    market.change("shadow", "second")
    market.feed(prints(3))
    market.change("shadow off")
    assert market.desk.state()["shadow"] is None and market.registry.active() == Active("first")
    assert len(pq.read_table(market.run / "shadow-0001.parquet"))


def test_a_shadow_that_costs_too_much_is_switched_off_and_counted(market: Market) -> None:
    market.change("shadow", "second")
    market.desk.shadow._limit_ns = -1.0     # whatever a vote costs, it is too much
    market.feed(prints())
    state = market.desk.state()
    assert state["shadow"] is None and 0.05 * COSTS < state["shadow_over"] <= 0.05 * COSTS + 1
    (code, words), = market.said
    assert code is Code.SHADOW_OFF and "took more than" in words
    assert len(market.kept.rows) > state["shadow_rows"]


# ---- drift


def drifting(folder: Path, name: str, slope: float, **fields: Any) -> Any:
    """Trained on a market where nothing is like in this one."""
    rows = np.random.default_rng(0).normal(1e6, 1.0, (1000, 2))
    return bundle(folder, name, slope, reference=drift.reference_of(rows), **fields)


def test_inputs_far_from_training_bring_the_model_before_back(tmp_path: Path) -> None:
    registered(tmp_path / "home", tmp_path, "first", (("first", 1.0),))
    registered(tmp_path / "home", tmp_path, "strange", (("strange", 2.0),), make=drifting)
    market = Market(tmp_path / "home", "strange", model__drift_rows=100)
    market.desk.open()
    market.feed(prints())
    market.settle()
    assert market.pipeline.model.id == "first"
    assert market.registry.active() == Active("first", None, ())
    codes = [code for code, _ in market.said]   # while the other one is loaded, drift may be told again
    assert codes[0] is Code.MODEL_DRIFT and codes[-1] is Code.MODEL_ROLLED_BACK
    assert codes.count(Code.MODEL_ROLLED_BACK) == 1
    assert "mean PSI" in market.registry.history()[-1]["reason"]


def test_drift_without_an_earlier_model_is_told_and_nothing_else(tmp_path: Path) -> None:
    registered(tmp_path / "home", tmp_path, "strange", (("strange", 2.0),), make=drifting)
    market = Market(tmp_path / "home", "strange", model__drift_rows=100)
    market.desk.open()
    market.feed(prints())
    assert market.pipeline.model.id == "strange"
    assert {code for code, _ in market.said} == {Code.MODEL_DRIFT}
    assert market.desk.state()["drift"] > 2.0
    market.desk.note_drift()
    assert market.registry.drift()[market.registry.manifest("strange").digest] == market.desk.state()["drift"]


def test_a_limit_of_nothing_only_measures(tmp_path: Path) -> None:
    registered(tmp_path / "home", tmp_path, "strange", (("strange", 2.0),), make=drifting)
    market = Market(tmp_path / "home", "strange", model__drift_rows=100, model__drift_limit=0)
    market.desk.open()
    market.feed(prints())
    assert market.said == [] and market.desk.state()["drift"] > 2.0


def test_a_market_that_no_model_knows_does_not_walk_back_through_all(tmp_path: Path) -> None:
    for name in ("oldest", "older", "newest"):
        registered(tmp_path / "home", tmp_path, name, ((name, 2.0),), make=drifting)
    market = Market(tmp_path / "home", "newest", model__drift_rows=100)
    market.desk.open()
    market.feed(prints(80))
    market.settle()
    assert market.registry.active() == Active("older", None, ("oldest",))

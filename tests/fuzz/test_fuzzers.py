"""The kept inputs of every fuzz target, and a bounded, repeatable search for new ones."""
from __future__ import annotations

from pathlib import Path

import pytest
from c import build as tools
from fuzz import build as fuzzing

pytestmark = pytest.mark.native

#: fresh inputs of one run in CI: seconds, not minutes
FRESH = {"door": 200_000, "orders": 100_000, "script": 20_000, "exchange": 200, "play": 500}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs are built: they share the exchange."""
    return tmp_path_factory.mktemp("fuzz")


def test_corpus_is_kept_and_small() -> None:
    inputs = {target: fuzzing.kept(target) for target in fuzzing.TARGETS}
    assert all(len(found) >= 20 for found in inputs.values())
    assert sum(map(len, inputs.values())) < 500
    assert sum(path.stat().st_size for found in inputs.values() for path in found) < 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(FRESH))
def test_kept_inputs_break_no_promise_under_sanitizers(target: str, shop: Path) -> None:
    if not tools.have("gcc"):
        pytest.skip("no gcc here")
    inputs = fuzzing.kept(target)
    assert fuzzing.replay(fuzzing.replayer(target, shop), inputs) == f"{len(inputs)} inputs\n"


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(FRESH))
def test_fresh_inputs_break_no_promise(target: str, shop: Path, tmp_path: Path) -> None:
    if not fuzzing.has_libfuzzer(tmp_path):
        pytest.skip("no clang with libFuzzer here")
    report = fuzzing.fuzz(fuzzing.fuzzer(target, shop), target, tmp_path / "found", FRESH[target])
    assert fuzzing.figure(report, "number_of_executed_units") >= FRESH[target]

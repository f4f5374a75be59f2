from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from qt_app.cli.main import qt
from qt_app.cli.validate import _lines
from qt_app.validation import self_check
from qt_app.validation.self_check import Check


def call(*words: str) -> Any:
    return CliRunner().invoke(qt, ["validate", *words])


def test_either_a_run_or_the_self_check(tmp_path: Path) -> None:
    assert call("--home", str(tmp_path)).exit_code == 2
    assert call(str(tmp_path), "--self-check", "--home", str(tmp_path)).exit_code == 2


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    found = call(str(tmp_path / "nothing"), "--home", str(tmp_path))
    assert found.exception is not None
    assert "is no training run" in str(found.exception)


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 1)])
def test_the_self_check_says_each_truth_and_fails_with_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                                          passed: bool, code: int) -> None:
    checks = [Check("planted edge → deploy", True, "deploy: …"), Check("random walk → do not trade", passed, "…")]
    monkeypatch.setattr(self_check, "run", lambda **_: checks)
    told = call("--self-check", "--home", str(tmp_path))
    assert told.exit_code == code
    assert ("FAIL random walk" in told.output) is not passed
    document = orjson.loads(call("--self-check", "--json", "--home", str(tmp_path)).stdout)
    assert (document["passed"], len(document["checks"])) == (passed, 2)


def test_the_line_comes_first_and_each_rule_says_how_it_went() -> None:
    rules = [{"passed": passed, "text": text} for passed, text in ((True, "Fine."), (False, "Wrong."), (None, "What?"))]
    assert _lines({"line": "observe: Wrong.", "rules": rules}).splitlines() == [
        "observe: Wrong.", "  yes  Fine.", "   NO  Wrong.", "    ?  What?"]


@pytest.mark.parametrize(("word", "wanted", "code"), [
    ("deploy", ["--require", "deploy"], 0), ("observe", ["--require", "deploy"], 7), ("do not trade", [], 0)])
def test_any_verdict_is_success_unless_one_is_required(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, word: str,
                                                       wanted: list[str], code: int) -> None:
    judged = {"verdict": word, "line": f"{word}: so.", "rules": []}
    monkeypatch.setattr("qt_app.cli.validate._judge", lambda *_: judged)
    told = call(str(tmp_path), *wanted, "--home", str(tmp_path))
    assert (told.exit_code, told.stdout.splitlines()[0]) == (code, f"{word}: so.")
    assert orjson.loads(call(str(tmp_path), "--json", "--home", str(tmp_path)).stdout) == judged

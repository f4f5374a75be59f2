"""The qt command: its list, its help, its exit codes."""
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from qt_app import __main__ as program
from qt_app.__main__ import main
from qt_app.cli import main as group
from qt_app.cli.main import VERBS, qt
from qt_app.cli.options import Invocation, home_option
from qt_app.errors import ExitCode, QtError
from qt_app.home import Home


def available(name: str) -> bool:
    module = VERBS[name][0].partition(":")[0].split(".")
    return (Path(group.__file__).parents[2].joinpath(*module).with_suffix(".py")).is_file()


def every_command() -> Iterator[tuple[str, ...]]:
    for name in VERBS:
        if available(name):
            yield (name,)
            command = group.load_verb(name, VERBS[name][0])
            if isinstance(command, click.Group):
                yield from ((name, sub) for sub in command.commands)


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(qt, [*words, "--help"], prog_name="qt")
    assert result.exit_code == 0, result.output
    assert "Example:" in result.output
    assert f"qt {' '.join(words)}" in result.output.split("Example:")[1]


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_every_option_is_explained(words: tuple[str, ...]) -> None:
    command: click.Command = qt
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    assert command.help
    silent = [p.name for p in command.params if isinstance(p, click.Option) and not p.hidden and not p.help]
    assert silent == []


def test_the_list_needs_no_import() -> None:
    probe = ("import sys; from qt_app.cli.main import qt; qt(['--help'], standalone_mode=False); "
             "sys.stderr.write(','.join(m for m in ('numpy', 'pandas', 'zmq', 'onnxruntime') if m in sys.modules))")
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert result.stderr == ""
    for name in VERBS:
        assert f"  {name} " in result.stdout


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("qt, version ")


@pytest.mark.parametrize("args", [[], ["--help"], ["start", "-h"]])
def test_help_is_not_an_error(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) in (0, 2)
    assert "Usage:" in "".join(capsys.readouterr())


@pytest.mark.parametrize("args", [["dance"], ["start", "--speeed", "1"], ["start", "--speed", "x"], ["config", "x"]])
def test_wrong_usage_is_exit_2(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    assert "Error:" in capsys.readouterr().err


def verb(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes ``qt stop`` raise."""
    @click.command()
    @home_option
    def stop(home: Home) -> None:
        raise error

    monkeypatch.setattr(group, "load_verb", lambda name, target: stop)


@pytest.mark.parametrize("code", list(ExitCode)[1:])
def test_every_expected_error_has_its_code_and_one_sentence(
        code: ExitCode, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = QtError("the thing is wrong")
    error.code = code
    verb(monkeypatch, error)
    assert main(["stop"]) == code
    assert capsys.readouterr() == ("", "qt: the thing is wrong\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interrupt_is_130(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    verb(monkeypatch, error)
    assert main(["stop"]) == 130


def test_a_surprise_is_exit_1_with_the_traceback_in_the_log(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PROFIT_PASSWORD", "planted-pass")
    verb(monkeypatch, ZeroDivisionError("division with planted-pass"))
    assert main(["stop", "--home", str(tmp_path)]) == 1
    (log,) = (tmp_path / "logs").iterdir()
    line = json.loads(log.read_text())
    assert line["level"] == "CRITICAL" and "ZeroDivisionError" in line["data"]["traceback"]
    assert "planted-pass" not in log.read_text()
    err = capsys.readouterr().err
    assert str(log) in err and "Traceback" not in err


def test_a_surprise_without_a_log_prints_the_traceback(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").write_text("a file in the way")
    verb(monkeypatch, ZeroDivisionError("x"))
    assert main(["--home", str(tmp_path), "stop"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_missing_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name="lightgbm")

    monkeypatch.setattr(group.importlib, "import_module", absent)
    with pytest.raises(QtError, match=r"qt train needs the package lightgbm.*pip install 'quantumtrader-ml\[train\]'"):
        group.load_verb("train", "qt_app.cli.train:train")


def test_a_missing_part_of_the_program_is_named() -> None:
    with pytest.raises(QtError, match=r"qt_app\.cli\.nothing is missing"):
        group.load_verb("nothing", "qt_app.cli.nothing:nothing")


def test_what_is_not_a_command_is_refused() -> None:
    with pytest.raises(QtError, match="is not a command"):
        group.load_verb("start", "qt_app.cli.start:OVERRIDES")


@pytest.mark.parametrize(("args", "expected"), [
    (["--home", "a", "stop"], "a"), (["stop", "--home", "b"], "b"), (["--home", "a", "stop", "--home", "b"], "b"),
    (["stop"], "from-env"),
])
def test_home_before_or_after_the_verb(args: list[str], expected: str, tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Home] = []

    @click.command()
    @home_option
    def stop(home: Home) -> None:
        seen.append(home)

    monkeypatch.setattr(group, "load_verb", lambda name, target: stop)
    monkeypatch.setenv("QT_HOME", "from-env")
    monkeypatch.chdir(tmp_path)
    invocation = Invocation()
    qt.main(args, standalone_mode=False, obj=invocation)
    assert seen == [Home(tmp_path / expected)]
    assert invocation.home == seen[0]


def test_home_defaults_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Home.find(None, {}) == Home(tmp_path)


def test_a_reader_that_left_is_not_a_traceback() -> None:
    child = subprocess.Popen([sys.executable, "-m", "qt_app", "config", "show"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, cwd=Path(program.__file__).parents[1])
    assert child.stdout is not None and child.stderr is not None
    child.stdout.close()
    assert b"Traceback" not in child.stderr.read()
    child.stderr.close()
    assert child.wait() in (0, 1)

"""The ``qt`` group: it only names the verbs; each is imported when it is called."""
from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from qt_app.cli.options import Invocation
from qt_app.errors import QtError
from qt_app.home import Home
from qt_app.version import __version__

#: verb → (module:attribute, one line for the list). Kept in the order of a working day.
VERBS: dict[str, tuple[str, str]] = {
    "start": ("qt_app.cli.start:start", "Start trading (simulated exchange and paper account by default)."),
    "stop": ("qt_app.cli.stop:stop", "Stop the running engine safely."),
    "status": ("qt_app.cli.status:status", "Show what the running engine does."),
    "monitor": ("qt_app.cli.monitor:monitor", "Serve the web monitor: what the engine sees and does."),
    "halt": ("qt_app.cli.halt:halt", "Halt trading: cancel everything, close the position, stay halted."),
    "resume": ("qt_app.cli.resume:resume", "Lift a halt."),
    "doctor": ("qt_app.cli.doctor:doctor", "Check the installation and name what is wrong."),
    "logs": ("qt_app.cli.logs:logs", "Show the log, follow it, filter it."),
    "why": ("qt_app.cli.why:why", "Why it traded, or did not: one decision rebuilt from its recording."),
    "config": ("qt_app.cli.config:config", "Show or check the configuration, store secrets."),
    "features": ("qt_app.cli.features:features", "Compute the 65 features of recorded data."),
    "replay": ("qt_app.cli.replay:replay", "Run recorded data through the live pipeline."),
    "backtest": ("qt_app.cli.backtest:backtest", "Run recorded days: one configuration, a sweep, walk-forward."),
    "data": ("qt_app.cli.data:data", "Recorded sessions: list them, check them, bring more in."),
    "parity": ("qt_app.cli.parity:parity", "Certify that a session's recording repeats it."),
    "report": ("qt_app.cli.report:report", "Report a day or a week."),
    "export-excel": ("qt_app.cli.export_excel:export_excel", "Export days, trades and runs to an Excel workbook."),
    "tax": ("qt_app.cli.tax:tax", "Day-trade tax statement of a month."),
    "train": ("qt_app.cli.train:train", "Train a model on recorded or simulated sessions."),
    "validate": ("qt_app.cli.validate:validate", "Judge a trained model: deploy, observe, or do not trade."),
    "export-onnx": ("qt_app.cli.export_onnx:export_onnx", "Export a trained model with its manifest."),
    "analyze": ("qt_app.cli.analyze:analyze", "What the features and the agents are worth."),
    "deploy": ("qt_app.cli.deploy:deploy", "Let a model serve, or vote in the shadow."),
    "rollback": ("qt_app.cli.deploy:rollback", "Let the model before serve again."),
    "models": ("qt_app.cli.models:models", "List the models of this home, compare a shadow."),
    "backup": ("qt_app.cli.backup:backup", "Back up journal, configuration and model manifests."),
    "restore": ("qt_app.cli.restore:restore_command", "Put a backup back."),
    "clean": ("qt_app.cli.clean:clean", "Remove old logs and the cache (shows first what it would remove)."),
    "bench": ("qt_app.cli.bench:bench", "Measure this machine."),
}


class LazyGroup(click.Group):
    """Lists verbs without importing them, so that ``qt --help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = VERBS.get(cmd_name)
        return None if entry is None else load_verb(cmd_name, entry[0])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


def load_verb(name: str, target: str) -> click.Command:
    """Imports a verb. Raises QtError naming what is not installed."""
    module, _, attribute = target.partition(":")
    try:
        found: Any = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise QtError(_missing(name, error.name or module)) from error
    if not isinstance(found, click.Command):
        raise QtError(f"qt {name}: {target} is not a command")
    return found


def _missing(verb: str, module: str) -> str:
    if module.partition(".")[0] in ("qt_app", "qt_core"):
        return f"qt {verb} is not part of this build: the module {module} is missing; reinstall quantumtrader-ml"
    return f"qt {verb} needs the package {module}, which is not installed; " \
           "install it with: pip install 'quantumtrader-ml[train]'"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]},
             epilog="Example:\n\n\b\n  qt start --detach\n  qt status --watch\n  qt stop")
@click.version_option(__version__, prog_name="qt")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of configuration, logs, state and data (default: QT_HOME, else the current folder).")
@click.pass_context
def qt(ctx: click.Context, home: Path | None) -> None:
    """QuantumTrader ML: automated trading of B3's mini futures."""
    ctx.ensure_object(Invocation).home = Home.find(home)

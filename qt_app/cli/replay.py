"""``qt replay``: recorded data through the live pipeline."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.cli.recorded import StepType, progress_bar, spec
from qt_app.config import load
from qt_app.home import Home
from qt_app.replay.outputs import format_summary
from qt_app.replay.run import ReplayOrder, run_replay

FILE = click.Path(path_type=Path)


@click.command("replay", epilog=example(
    "qt replay --trades t.parquet --book b.parquet --out runs/1\n  qt replay data/20261118/WDOZ26 --out runs/2"))
@click.argument("recording", type=FILE, required=False)
@click.option("--trades", type=FILE, help="Recorded trades: a Parquet file, or a folder of its parts.")
@click.option("--book", type=FILE, help="Recorded book of the same day.")
@click.option("--l1", type=FILE, help="Recorded best quotes of the same day.")
@click.option("--session", help="b3, none, or local hours such as 09:00-18:00.  [default: as recorded, else b3]")
@click.option("--tz", default="America/Sao_Paulo", show_default=True, help="Time zone of hours given with --session.")
@click.option("--candle-seconds", type=float, help="Length of a candle.  [default: the configured one]")
@click.option("--symbol", help="Contract of the files, when their names don't say it.")
@click.option("--tick", type=StepType(), help="Tick of a symbol that is no B3 contract, such as 0.1.")
@click.option("--qty-step", type=StepType(), help="Quantity step of such a symbol, such as 0.001.")
@click.option("--run", help="Which run of a recording's folder.  [default: the newest]")
@click.option("--model", type=FILE,
              help="Folder of the model.  [default: what the recorded run served, else the configured one]")
@click.option("--format", "fmt", type=click.Choice(["parquet", "jsonl"]), default="parquet", show_default=True,
              help="Format of the result tables.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the results.")
@json_option
@home_option
def replay(*, home: Home, recording: Path | None, trades: Path | None, book: Path | None, l1: Path | None, out: Path,
           session: str | None, tz: str, candle_seconds: float | None, model: Path | None, as_json: bool,
           **rest: Any) -> None:
    """Run a RECORDING folder, or recorded files, through the live pipeline and show the result with costs."""
    if (recording is None) == (trades is None and book is None and l1 is None):
        raise click.UsageError("give either a RECORDING folder or files with --trades, --book and --l1")
    overrides = {"features.candle_seconds": candle_seconds, "model.path": None if model is None else str(model)}
    config = load(home, {path: value for path, value in overrides.items() if value is not None})
    order = ReplayOrder(recording=recording, trades=trades, book=book, l1=l1, out=out,
                        home=home, session=None if session is None else spec(session, tz), **rest)
    with progress_bar("replay") as progress:
        summary = run_replay(order, config, progress)
    click.echo(orjson.dumps(summary).decode() if as_json else format_summary(summary), nl=as_json)

"""`qt train`."""
from __future__ import annotations

from pathlib import Path

import click

from qt_app.cli.options import training_module


@click.command("train")
@click.option("--sessions", "count", type=click.IntRange(3, 500), default=8, show_default=True,
              help="How many sessions the exchange generates; the last two never train.")
@click.option("--day", default="2026-11-18", show_default=True, help="Trading day that the sessions imitate.")
@click.option("--until", default="18:30:00", show_default=True, help="Market time at which each session ends.")
@click.option("--every", "every_s", type=click.IntRange(1, 300), default=5, show_default=True,
              help="Seconds of event time between rows.")
@click.option("--horizon", "horizon_s", type=click.IntRange(1, 3600), default=60, show_default=True,
              help="Seconds that a labelled round trip lasts.")
@click.option("--symbol", default="WDOZ26", show_default=True, help="Contract to generate.")
@click.option("--seed", type=int, default=1, show_default=True, help="First session's seed; the next ones follow.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the run.")
def train(*, count: int, day: str, until: str, every_s: int, horizon_s: int, symbol: str, seed: int, out: Path) -> None:
    """Train trees on sessions that the simulated exchange generates, through the live feature path.

    \b
    Example:
      qt train --sessions 8 --out models/first && qt export-onnx models/first --out models_onnx
    """
    job = training_module("job")
    order = job.TrainingOrder(symbol=symbol, day=day, until=until, seeds=tuple(range(seed, seed + count)),
                              every_s=every_s, horizon_s=horizon_s, seed=seed)
    click.echo(job.describe(job.run(order, out, progress=lambda line: click.echo(line, err=True))))

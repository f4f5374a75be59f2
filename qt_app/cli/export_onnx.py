"""`qt export-onnx`."""
from __future__ import annotations

from pathlib import Path

import click

from qt_app.cli.options import training_module


@click.command("export-onnx")
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("models_onnx"), show_default=True,
              help="Folder that receives the graph and its manifest.")
def export_onnx(run: Path, out: Path) -> None:
    """Turn the training RUN into an ONNX graph and its manifest, checked row by row against the fitted model.

    \b
    Example:
      qt export-onnx models/first --out models_onnx
    """
    manifest = training_module("bundle").export_run(run, out)
    parity = manifest.parity
    click.echo(f"{out / manifest.file}: {len(manifest.inputs)} inputs, parity on {parity['rows']} rows: "
               f"max |dp| {parity['max_abs_dp']:.1e}, {parity['argmax_flips']} flips; a row takes "
               f"{manifest.latency['p50_us']:g} µs (p99 {manifest.latency['p99_us']:g} µs)")

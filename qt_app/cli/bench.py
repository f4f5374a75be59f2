"""``qt bench``."""
from __future__ import annotations

import click
import orjson

from qt_app.bench import report
from qt_app.cli.options import example, json_option
from qt_app.errors import ExitCode


@click.command(epilog=example("qt bench\n  qt bench --json --rounds 7\n  qt bench --only book"))
@json_option
@click.option("--rounds", type=click.IntRange(1, 101), default=5, show_default=True, help="Interleaved rounds.")
@click.option("--only", multiple=True, type=click.Choice(list(report.SECTIONS)),
              help="Only this section; may be repeated.")
@click.option("--scale", type=click.FloatRange(0.0001, 100.0), default=1.0, envvar="QT_BENCH_SCALE", show_default=True,
              help="Work per round; figures of different scales do not compare.")
def bench(as_json: bool, rounds: int, only: tuple[str, ...], scale: float) -> int:
    """Measure this machine: our figures beside those of peers, in one run.

    Every round runs every case once, in rotated order; ratios are medians of the rounds' ratios. Peers that are not
    installed are named (install them with: pip install 'quantumtrader-ml[bench]'). Aims are reported, never enforced.
    """
    names = [name for name in report.SECTIONS if not only or name in only]
    result = report.run(names, rounds, scale, lambda name: click.echo(f"measuring {name} ...", err=True))
    click.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode() if as_json else report.as_text(result))
    return ExitCode.OK

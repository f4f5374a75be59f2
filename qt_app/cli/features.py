"""``qt features``: the offline door."""
from __future__ import annotations

from pathlib import Path

import click

from qt_app import features_door as door
from qt_app.cli.options import example
from qt_app.cli.recorded import progress_bar, spec, usage

FILE = click.Path(path_type=Path)


@click.command("features", epilog=example("qt features --trades dolk20_trades.parquet --out features.parquet"))
@click.option("--trades", type=FILE, help="Recorded trades: a Parquet file, or a folder of its parts.")
@click.option("--book", type=FILE, help="Recorded book of the same day.")
@click.option("--l1", type=FILE, help="Recorded best quotes of the same day.")
@click.option("--candles", type=FILE, help="Candles instead of trades, taken as they stand.")
@click.option("--session", default="b3", show_default=True, help="b3, none, or local hours such as 09:00-18:00.")
@click.option("--tz", default="America/Sao_Paulo", show_default=True, help="Time zone of hours given with --session.")
@click.option("--candle-seconds", type=click.FloatRange(min=0.001), default=5.0, show_default=True,
              help="Length of a candle.")
@click.option("--at", default="close", show_default=True, help="Rows at: close, trade, or interval:MILLISECONDS.")
@click.option("--symbol", help="Contract of the files, when their names don't say it.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Parquet file to write.")
def features(*, trades: Path | None, book: Path | None, l1: Path | None, candles: Path | None, session: str, tz: str,
             candle_seconds: float, at: str, symbol: str | None, out: Path) -> None:
    """Compute the 65 features of recorded data, with the engine that runs live."""
    hours, sampling = spec(session, tz), usage(door.parse_sampling, "--at", at)
    candle_ns = round(candle_seconds * 1e9)
    if (trades is None) == (candles is None):
        raise click.UsageError("give either --trades or --candles")
    if candles is not None:
        if book or l1 or sampling.at != "close":
            raise click.UsageError("--candles goes with neither --book nor --l1, and only with --at close")
        table = door.features_of_candles(candles, session=hours, candle_ns=candle_ns, symbol=symbol)
    elif trades is not None:
        with progress_bar("features") as progress:
            table = door.features_of_files(trades, book, l1, session=hours, candle_ns=candle_ns, sampling=sampling,
                                           symbol=symbol, progress=progress)
    door.write_features(table, out)
    click.echo(door.describe(table, out))

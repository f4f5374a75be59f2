"""`qt train`."""
from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option, training_module
from qt_app.cli.recorded import progress_bar, spec
from qt_app.config import load
from qt_app.home import Home

FOLDER = click.Path(path_type=Path, file_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])
MARKETS = {"any": None, "real": False, "simulated": True}


@click.command("train", epilog=example(
    "qt train --symbol WDO --since 2026-09-01 --out models/wdo\n"
    "  qt train --sessions 10 --out models/first && qt export-onnx models/first"))
@click.option("--symbol", help="Contract or root.  [default: whatever was recorded; WDOZ26 with --sessions]")
@click.option("--since", type=DAY, help="First recorded day.")
@click.option("--until", type=DAY, help="Last recorded day.")
@click.option("--market", type=click.Choice(list(MARKETS)), default="any", show_default=True,
              help="Recordings of which market.")
@click.option("--data", "folder", type=FOLDER, help="Folder of recordings.  [default: data in the home folder]")
@click.option("--session", help="b3, none, or local hours such as 09:00-18:00.  [default: as recorded, else b3]")
@click.option("--tz", default="America/Sao_Paulo", show_default=True, help="Time zone of hours given with --session.")
@click.option("--parts", type=click.IntRange(1, 100), default=1, show_default=True,
              help="Cut each recorded session into so many, where only hours were recorded; this proves no edge.")
@click.option("--sessions", "count", type=click.IntRange(1, 500), help="Have the exchange generate so many instead.")
@click.option("--day", default="2026-08-03", show_default=True, help="First day of generated sessions.")
@click.option("--end", default="18:30:00", show_default=True, help="Market time at which generated sessions end.")
@click.option("--dataset", type=FOLDER, help="Take a dataset folder that is there already.")
@click.option("--model", type=click.Choice(["lightgbm", "logistic"]), default="lightgbm", show_default=True,
              help="Boosted trees, or the straight line that they must beat.")
@click.option("--labels", type=click.Choice(["barrier", "horizon"]), default="barrier", show_default=True,
              help="By the risk settings' stop and target within the horizon, or by its end alone.")
@click.option("--horizon", "horizon_s", type=click.FloatRange(1, 86_400), default=60, show_default=True,
              help="Seconds that a labelled round trip lasts at most.")
@click.option("--dead-zone", "dead_zone_ticks", type=click.FloatRange(0),
              help="Ticks that a trade must gain to count.  [default: what a round trip costs]")
@click.option("--every", "every_s", type=click.FloatRange(0.1, 300), default=5, show_default=True,
              help="Seconds of event time between rows.")
@click.option("--leave-out", default="", help="Features that the model must not see, separated by commas.")
@click.option("--folds", type=click.Choice(["walk", "cpcv"]), default="walk", show_default=True,
              help="Walk-forward, or combinatorial purged cross-validation.")
@click.option("--train-sessions", type=click.IntRange(2), help="Sessions that a walk-forward fold fits on.")
@click.option("--test-sessions", type=click.IntRange(1), help="Sessions that it is judged by.")
@click.option("--final", type=click.IntRange(0), help="Sessions put aside at the end.  [default: a sixth]")
@click.option("--trials", type=click.IntRange(0, 1000), default=0, show_default=True,
              help="Points that a search tries in each fit; every one counts against the result.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="A parameter of the model; may be repeated.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True,
              help="Of the model, and of the first generated session.")
@click.option("--language", type=click.Choice(["pt_BR", "en"]), help="Of the report.  [default: as alerts]")
@click.option("--out", type=FOLDER, required=True, help="Folder of the run.")
@json_option
@home_option
def train(*, home: Home, out: Path, as_json: bool, **options: Any) -> None:
    """Train a model on recorded sessions, judge it out of sample, and put the last sessions aside untouched.

    Every fit is counted in state/trials.jsonl. Exit code 9 for sessions that nothing honest can be learnt from. A
    training that was killed goes on when it is started again.
    """
    job, config = training_module("job"), load(home)
    asked = _job(job, options, options["language"] or config.alerts.language)
    with progress_bar("sessions") as progress:
        dataset = job.prepare(asked, config, home, out, progress)
    with progress_bar("train") as progress:
        facts = job.run(asked, dataset, config, home, out, progress=progress)
    click.echo(orjson.dumps(asdict(facts), option=orjson.OPT_SORT_KEYS).decode() if as_json else
               job.describe(facts, out))


def _job(job: Any, options: dict[str, Any], language: str) -> Any:
    layout = job.Layout(options["folds"], options["final"], options["train_sessions"], options["test_sessions"])
    named = ("model", "labels", "horizon_s", "dead_zone_ticks", "every_s", "seed", "trials")
    left_out = [name.strip() for name in options["leave_out"].split(",") if name.strip()]
    return job.Job(_source(job, options), layout=layout, left_out=left_out, parameters=_parameters(options["settings"]),
                   language=language, **{name: options[name] for name in named})


def _source(job: Any, options: dict[str, Any]) -> Any:
    """Recordings, generated sessions, or a dataset. Raises click.UsageError when several are asked for."""
    if options["dataset"] is not None:
        if options["count"] is not None or options["folder"] is not None:
            raise click.UsageError("give one of --dataset, --sessions and --data")
        return options["dataset"]
    if options["count"] is not None:
        if options["folder"] is not None or options["since"] or options["until"]:
            raise click.UsageError("--sessions generates; --data, --since and --until choose recordings")
        seeds = tuple(range(options["seed"], options["seed"] + options["count"]))
        return job.Generated(options["symbol"] or "WDOZ26", options["day"], options["end"], seeds)
    hours = None if options["session"] is None else spec(options["session"], options["tz"])
    return job.Recorded(options["symbol"], _date(options["since"]), _date(options["until"]),
                        MARKETS[options["market"]], options["folder"], hours, options["parts"])


def _date(when: dt.datetime | None) -> dt.date | None:
    return None if when is None else when.date()


def _parameters(settings: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise click.BadParameter(f"{setting!r} is not NAME=NUMBER", param_hint="--set") from None
    return found

"""``qt analyze``: what features and agents are worth."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option, training_module
from qt_app.cli.recorded import progress_bar
from qt_app.config import load
from qt_app.home import Home
from qt_app.replay.atomic import written_file

FILE = click.Path(path_type=Path)
LANGUAGE = click.option("--language", type=click.Choice(["pt_BR", "en"]), default="pt_BR", show_default=True,
                        help="Language of the page.")
OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Page to write.")


@click.group(epilog=example("qt analyze features models/first\n  qt analyze agents data/runs/20261118-090000"))
def analyze() -> None:
    """What a model and the agents live on, judged on what they never saw."""


@analyze.command("features", epilog=example("qt analyze features models/first --repeats 10"))
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option("--repeats", type=click.IntRange(min=1), default=5, show_default=True,
              help="How often each column is permuted.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the permutations.")
@LANGUAGE
@OUT
@json_option
@home_option
def features(*, home: Home, run: Path, repeats: int, seed: int, language: Any, out: Path | None,
             as_json: bool) -> None:
    """Permutation and SHAP importance of a training RUN's features, alone and by correlated family.

    Judged on the sessions that each fold left out; the final block stays closed. Writes importance.html into the run's
    folder.
    """
    pages = training_module("features_page", "analysis")
    with progress_bar("analyze") as progress:
        found = training_module("features", "analysis").analyze(run, repeats=repeats, seed=seed, progress=progress)
    target = out or run / "importance.html"
    _write(target, pages.render(found, language))
    click.echo(_dump(pages.document(found)) if as_json else "\n".join([*pages.lines(found), f"page: {target}"]))


@analyze.command("agents", epilog=example(
    "qt analyze agents data/runs/20261118-090000\n  qt analyze agents replayed --recording data/20261118/WDOZ26"))
@click.argument("results", type=FILE, nargs=-1, required=True)
@click.option("--recording", type=FILE, help="The recording behind the result.  [default: found in the data folder]")
@click.option("--labels", "kind", type=click.Choice(["barrier", "horizon"]), default="barrier", show_default=True,
              help="By the risk settings' stop and target within the horizon, or by its end alone.")
@click.option("--horizon", "horizon_s", type=click.FloatRange(1, 86_400), default=60.0, show_default=True,
              help="Seconds that a round trip lasts at most, as for qt train.")
@click.option("--latency-ms", type=click.FloatRange(min=0.0), default=0.0, show_default=True,
              help="From a decision to its fill.")
@LANGUAGE
@OUT
@json_option
@home_option
def agents(*, home: Home, results: tuple[Path, ...], recording: Path | None, language: Any, out: Path | None,
           as_json: bool, **asked: Any) -> None:
    """Each voter of RESULTS (folders of runs or replays) against the outcomes of its decisions.

    Hit rate, Brier, log-loss, calibration, abstentions, and what the consensus would have decided without it. Writes
    agents.html into the first result's folder.
    """
    analysis, pages = training_module("agents", "analysis"), training_module("agents_page", "analysis")
    rule = training_module("outcomes", "analysis").Asked(**asked)
    with progress_bar("analyze") as progress:
        found = analysis.analyze(results, home, load(home), rule, recording=recording, progress=progress)
    target = out or results[0] / "agents.html"
    _write(target, pages.render(found, language))
    click.echo(_dump(pages.document(found)) if as_json else "\n".join([*pages.lines(found), f"page: {target}"]))


def _write(path: Path, html: str) -> None:
    with written_file(path) as temporary:
        temporary.write_text(html, encoding="utf-8")


def _dump(document: dict[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode()

"""``qt parity``."""
from __future__ import annotations

import importlib

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.cli.recorded import progress_bar
from qt_app.config import load
from qt_app.errors import DataError, ExitCode
from qt_app.home import Home
from qt_app.parity.certificate import Certificate, write
from qt_app.parity.certify import certify


@click.command("parity", epilog=example("qt parity\n  qt parity 20261126-101500 --json"))
@click.argument("run", required=False)
@click.option("--background", is_flag=True, hidden=True)
@json_option
@home_option
def parity(home: Home, run: str | None, background: bool, as_json: bool) -> int:
    """Replay what a RUN recorded (default: the newest) and compare it with what the run did: signed, or what differs.

    The certificate is parity.json in the run's folder; every session gets one when it ends. Exit 8 when they differ.
    """
    config = load(home, keyring=background)
    chosen = run or _newest(home)
    if background:      # loaded only here: it notifies
        ending = importlib.import_module("qt_app.parity.ending")
        ending.step_back()
        code = int(ending.certified(home, config, chosen))
        if config.reports.daily:    # which says what came of the certificate
            importlib.import_module("qt_app.reports.automatic").made(home, config, chosen)
        return code
    with progress_bar("parity") as progress:
        certificate = certify(home, chosen, config, progress)
    write(home, home.data / "runs" / chosen, certificate)
    click.echo(orjson.dumps(certificate.as_json()).decode() if as_json else _text(certificate))
    return ExitCode.OK if certificate.verdict == "signed" else ExitCode.MISMATCH


def _newest(home: Home) -> str:
    runs = sorted(path.parent.name for path in (home.data / "runs").glob("[0-9]*/summary.json"))
    if not runs:
        raise DataError(f"{home.data / 'runs'} holds no finished run; `qt start` makes one")
    return runs[-1]


def _text(c: Certificate) -> str:
    made = ", SYNTHETIC" if c.synthetic else ""
    rows = [f"  {name:<10} {one.rows[0]:>9,} rows" + ("" if one.rows[0] == one.rows[1] else f", replay {one.rows[1]:,}")
            for name, one in c.tables.items()]
    left = [f"  {', '.join(c.not_repeated)}: {why}" for why in dict.fromkeys(c.not_repeated.values())]
    notes = [f"  note: {note}" for note in c.notes]
    return "\n".join([f"run {c.run} {c.symbol}{made}: {c.words}", *rows, *left, *notes])

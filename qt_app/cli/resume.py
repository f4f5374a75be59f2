"""``qt resume``."""
from __future__ import annotations

import click

from qt_app.cli.options import example, home_option
from qt_app.home import Home
from qt_app.services.halt import resume as resume_engine


@click.command(epilog=example("qt resume"))
@click.option("--reason", default="", help="Why; kept in the journal.")
@home_option
def resume(home: Home, reason: str) -> None:
    """Lift a halt, and the breakers that wait for it; exit 7 when what blocks is not for an operator to lift."""
    answer = resume_engine(home, reason)
    click.echo(f"lifted: {', '.join(answer['lifted'])}" if answer["lifted"] else "nothing was halted")
    for sentence in answer["left"]:
        click.echo(f"still blocked: {sentence}")
    if not answer["left"]:
        click.echo(f"no engine runs in {home.root}: the next start may trade" if "offline" in answer
                   else "entries are allowed again")

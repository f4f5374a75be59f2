"""``qt tax``: the day-trade statement of a month."""
from __future__ import annotations

import datetime as dt
import importlib
from decimal import Decimal, InvalidOperation
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import load
from qt_app.home import Home
from qt_app.zone import SAO_PAULO


class Brl(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """An amount such as ``1250.30``."""

    name = "BRL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal(-1)
        if not (amount.is_finite() and 0 <= amount < 10**9):
            self.fail(f"{value!r} is not an amount; write it as 1250.30", param, ctx)
        return amount.quantize(Decimal("0.01"))


@click.command("tax", epilog=example("qt tax 2026-11\n  qt tax 2026-11 --account 32003:123456 --loss-before 850.00"))
@click.argument("month", type=click.DateTime(["%Y-%m"]), metavar="MONTH")
@click.option("--account", help="One account.  [default: all with real money; else the only one there is]")
@click.option("--loss-before", "loss_brl", type=Brl(), default="0", show_default=True,
              help="Day-trade loss carried from before the journal.")
@click.option("--language", type=click.Choice(["pt_BR", "en"]),
              help="Language of the statement.  [default: reports.language]")
@json_option
@home_option
def tax(*, home: Home, month: dt.datetime, account: str | None, loss_brl: Decimal, language: Any,
        as_json: bool) -> None:
    """Day-trade tax of a MONTH (YYYY-MM): result by day, 1 % withheld, losses carried, 20 % due, DARF 6015, its date.

    By dated tables, into reports/tax/. Check it with an accountant: it knows only what this program traded.
    """
    facts, rules, pages, publish = (importlib.import_module(f"qt_app.reports.{name}")
                                    for name in ("facts", "tax", "tax_page", "publish"))
    config = load(home)
    past = facts.Past.read(home, config)
    found = rules.statement(past, month.date(), account=account, loss_brl=loss_brl)
    about = {"synthetic": past.simulated(found.accounts, month.date()),
             "partial": rules.following(month.date()) > dt.datetime.now(SAO_PAULO).date()}
    content = pages.json_of(found, **about)
    document = pages.document_of(found, language or config.reports.language, **about)
    path = publish.write(home.reports / "tax", f"{month:%Y-%m}", document, content)
    click.echo(orjson.dumps(content).decode() if as_json else "\n".join([*pages.lines(found), f"statement: {path}"]))

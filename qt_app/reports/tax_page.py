"""The tax statement for people and for programs."""
from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from qt_app.catalogue.tax import WORDS
from qt_app.report.numbers import Language, Numbers
from qt_app.reports.blocks import Block, Document, Section, Table, Text
from qt_app.reports.tax import Month, Statement, TaxDay

FORMAT = "qt-tax/1"


def document_of(one: Statement, language: Language, *, synthetic: bool, partial: bool) -> Document:
    """``partial``: the month is not over."""
    words, month = WORDS[language], one.month
    mark = words["synthetic"] if synthetic else "" if one.real else words["exercise"]
    head: list[Block] = [] if one.real else [Text(words["exercise_words"], "verdict")]
    head += [Text(words["open_month"], "verdict")] if partial else []
    sections = [
        Section(words["darf"], [*head, Text(_darf(one, language), "verdict"), Text(words["advice"])]),
        Section(words["sum"], [_sum(month, language)]),
        Section(words["days"], _days(month, language)),
        Section(words["notes"], _notes(one, language))]
    return Document(words["title"].format(month=_month(month, language)),
                    words["lead"].format(accounts=", ".join(one.accounts)), mark, language,
                    [section for section in sections if section.blocks])


def json_of(one: Statement, *, synthetic: bool, partial: bool) -> dict[str, Any]:
    """For programs: money as text to the cent, so that no reader rounds it."""
    month = one.month
    figures = {f"{name}_brl": str(getattr(month, f"{name}_brl"))
               for name in ("net", "taxable", "tax", "withheld", "deducted", "due")}
    return {"format": FORMAT, "month": f"{month.first:%Y-%m}", "accounts": one.accounts, "real_money": one.real,
            "synthetic": synthetic, "partial": partial, **figures,
            "darf": {"code": month.rules.darf_code, "due_on": month.due_on.isoformat(), "brl": str(month.due_brl)}
            if month.due_brl and one.real else None,
            "before": _texts(asdict(month.before)), "after": _texts(asdict(month.after)),
            "days": [{**_texts(asdict(day)), "net_brl": str(day.net_brl), "withheld_brl": str(day.withheld_brl)}
                     for day in month.days],
            "not_day_trades": {"trades": one.others[0], "net_brl": str(one.others[1])},
            "held": [{"account": account, "symbol": symbol, "lots": lots} for account, symbol, lots in one.held],
            "rules": _texts(asdict(month.rules))}


def lines(one: Statement) -> list[str]:
    """For a terminal."""
    month, made = one.month, "" if one.real else " (simulated account: an exercise, nothing is due)"
    darf = (f"DARF {month.rules.darf_code} of {month.due_brl:,} BRL, due on {month.due_on}" if month.due_brl
            else "nothing to pay")
    return [f"{month.first:%Y-%m}, {', '.join(one.accounts)}{made}: {len(month.days)} days, net {month.net_brl:,} BRL, "
            f"taxable {month.taxable_brl:,}, tax {month.tax_brl:,}, withheld {month.withheld_brl:,}", darf,
            f"carried on: loss {month.after.loss_brl:,}, withheld {month.after.withheld_brl:,}, small tax "
            f"{month.after.small_brl:,}", "check with an accountant before you pay"]


def _texts(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if not isinstance(value, int) else value for name, value in fields.items()}


def _brl(value: Decimal, language: Language) -> str:
    return Numbers(language).money(float(value))


def _month(month: Month, language: Language) -> str:
    return f"{month.first:%m/%Y}" if language == "pt_BR" else f"{month.first:%Y-%m}"


def _darf(one: Statement, language: Language) -> str:
    words, month = WORDS[language], one.month
    if not month.due_brl:
        return words["nothing_due"]
    return words["darf_words"].format(code=month.rules.darf_code, period=_month(month, language),
                                      day=Numbers(language).day(month.due_on.isoformat()),
                                      brl=_brl(month.due_brl, language))


def _sum(month: Month, language: Language) -> Table:
    words, rules = WORDS[language], month.rules
    rate, least = Numbers(language).share(float(rules.rate), 0), _brl(rules.least_darf_brl, language)
    rows = {"month_net": month.net_brl, "loss_before": month.before.loss_brl, "taxable": month.taxable_brl,
            "tax": month.tax_brl, "withheld_month": month.withheld_brl, "withheld_before": month.before.withheld_brl,
            "deducted": month.deducted_brl, "small_before": month.before.small_brl, "due": month.due_brl,
            "loss_after": month.after.loss_brl, "withheld_after": month.after.withheld_brl,
            "small_after": month.after.small_brl}
    return Table([words["item"], words["brl"]],
                 [[words[name].format(rate=rate, least=least), _brl(value, language)] for name, value in rows.items()])


def _days(month: Month, language: Language) -> list[Block]:
    words = WORDS[language]
    if not month.days:
        return [Text(words["no_days"])]
    head = [words[name] for name in ("day", "account", "trades", "gross", "costs", "net", "withheld")]
    return [Table(head, [_day(day, language) for day in month.days])]


def _day(day: TaxDay, language: Language) -> list[str]:
    money = (day.gross_brl, day.costs_brl, day.net_brl, day.withheld_brl)
    return [Numbers(language).day(day.day.isoformat()), day.account, str(day.trades),
            *(_brl(value, language) for value in money)]


def _notes(one: Statement, language: Language) -> list[Block]:
    words, rules, numbers = WORDS[language], one.month.rules, Numbers(language)
    notes: list[Block] = []
    if one.others[0]:
        notes.append(Text(words["others"].format(count=one.others[0], brl=_brl(one.others[1], language))))
    notes += [Text(words["held"].format(lots=lots, symbol=symbol, account=account))
              for account, symbol, lots in one.held]
    if one.month.first.month == 1:
        notes.append(Text(words["new_year"]))
    return [*notes, Text(words["rules"].format(valid_from=numbers.day(rules.valid_from.isoformat()),
                                               collected=numbers.day(rules.collected.isoformat()),
                                               source=rules.source), "note")]

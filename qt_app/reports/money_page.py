"""One account's day for people: the result by the three bounds, its round trips, and when they won and lost."""
from __future__ import annotations

from qt_app.backtest.figures import equity
from qt_app.orders.account import BOOKS, day_of
from qt_app.report.charts import Axes, Line, Style, bars, lines
from qt_app.reports.blocks import Block, Chart, Section, Table, Text
from qt_app.reports.records import Book, Deal, Result
from qt_app.reports.shown import Shown

_STYLES: tuple[Style, ...] = ("main", "soft", "dashed")


def account_sections(book: Book, shown: Shown) -> list[Section]:
    """Several accounts are never added up: paper money is no money."""
    title = shown.word("account").format(account=book.account, mode=shown.known(book.mode or "unknown_mode"))
    made = [Section(f"{shown.word('result')} · {title}", [*_result(book, shown), *_held(book, shown)])]
    if book.deals:
        made += [Section(shown.word("hours"), _hours(book, shown)), Section(shown.word("deals"), _deals(book, shown))]
    return made


def bounds_table(result: Result, shown: Shown) -> Table:
    """Gross, costs and net by assumption about fills."""
    rows = [[shown.word(name), *(shown.money(value) for value in values)] for name, values in (
        ("gross", result.gross_brl), ("costs", (result.costs_brl,) * len(BOOKS)), ("net", result.net_brl))]
    return Table(["", *shown.words(*BOOKS)], rows)


def equity_chart(nets: list[tuple[float, ...]], caption: str, axis: str, shown: Shown,
                 names: list[tuple[float, str]] | None = None) -> Chart:
    """Cumulative net by the three bounds, from zero."""
    series = [Line(shown.word(name), [(0.0, 0.0), *enumerate_from_one(equity([net[at] for net in nets]))], _STYLES[at])
              for at, name in enumerate(BOOKS)]
    return Chart(lines(series, Axes(shown.word(axis), shown.word("money_axis"), names or ()), shown),
                 shown.word(caption))


def enumerate_from_one(values: list[float]) -> list[tuple[float, float]]:
    return [(float(at + 1), value) for at, value in enumerate(values)]


def hours_blocks(hours: dict[int, tuple[int, float]], shown: Shown) -> list[Block]:
    """Where round trips won and lost, by hour of entry."""
    names = [f"{hour} h" for hour in hours]
    svg = bars(names, [net for _, net in hours.values()], Axes(shown.word("hour"), "R$"), shown)
    rows = [[name, shown.number(count), shown.money(net)]
            for name, (count, net) in zip(names, hours.values(), strict=True)]
    return [Chart(svg, shown.word("hours_caption")), Table(shown.words("hour", "trades", "net"), rows)]


def figures_table(book: Book, shown: Shown) -> Table:
    nets = book.nets
    pairs = {"trades": shown.number(len(nets)), "win_rate": shown.share(book.win_rate),
             "profit_factor": shown.number(book.profit_factor, 2),
             "drawdown": shown.money(book.max_drawdown_brl) if nets else shown.number(None),
             "best": shown.money(max(nets, default=None)), "worst": shown.money(min(nets, default=None))}
    return Table(shown.words(*pairs), [list(pairs.values())])


def _result(book: Book, shown: Shown) -> list[Block]:
    blocks: list[Block] = [bounds_table(book.result, shown), figures_table(book, shown)]
    if book.deals:
        nets = [deal.net_brl for deal in book.deals]
        blocks.append(equity_chart(nets, "by_trade", "trade_axis", shown))
    else:
        blocks.append(Text(shown.word("no_closed")))
    return [*blocks, Text(shown.word("bounds"), "note")]


def _held(book: Book, shown: Shown) -> list[Block]:
    return [Text(shown.word("held").format(lots=shown.number(one.lots), symbol=one.symbol,
                                           brl=shown.money(one.open_brl)), "verdict") for one in book.held]


def _hours(book: Book, shown: Shown) -> list[Block]:
    return hours_blocks(book.hours, shown)


def _deals(book: Book, shown: Shown) -> list[Block]:
    head = shown.words("entry_time", "exit_time", "symbol", "side", "contracts", "entry", "exit", "exit_reason",
                       "gross", "costs", "net", "regime")
    return [Table(head, [_deal(deal, shown) for deal in book.deals])]


def _deal(deal: Deal, shown: Shown) -> list[str]:
    trade = deal.trade
    gross = None if trade.gross_brl is None else trade.gross_brl[0]
    begin = shown.time(trade.entry_ns)
    if trade.exit_ns is not None and day_of(trade.entry_ns) != day_of(trade.exit_ns):
        begin = f"{shown.short_day(day_of(trade.entry_ns))} {begin}"
    return [begin, shown.time(trade.exit_ns), trade.symbol,
            shown.word("buy" if trade.side > 0 else "sell"), shown.number(trade.contracts),
            shown.number(trade.entry, 1), shown.number(trade.exit, 1), shown.reason(trade.exit_reason),
            shown.number(gross, 2), shown.number(trade.costs_brl, 2), shown.number(deal.net_brl[0], 2),
            shown.known(deal.regime)]

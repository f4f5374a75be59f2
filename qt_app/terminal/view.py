"""A sight as panels for a terminal of any width. Words carry the meaning; colours (blue, orange) only repeat it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from qt_app.services.metrics import net_brl
from qt_app.terminal.sight import Sight, Tone

#: From this width on panels stand side by side; under that one a vote's age is left out.
WIDE, NARROW = 110, 52
#: Under this height there are no frames and only what is looked at most.
LOW, LOW_SIDE_BY_SIDE = 42, 22
#: Alerts that are listed on a low terminal; the count tells of the others.
FEW = 4
GOOD, BAD, DIM, STRONG = "dodger_blue1", "dark_orange", "grey62", "bold"
TONES: dict[Tone, str] = {"alarm": "bold black on dark_orange", "warning": "bold black on gold1",
                          "mark": "bold white on dodger_blue3"}
BAR = 12
#: Before the name of a row that a low terminal leaves out.
MINOR = "-"

Row = tuple[str, RenderableType]


def plain(words: object) -> str:
    """What others say, without characters that would act on the terminal."""
    return "".join(c if c.isprintable() else " " for c in str(words))


def view(sight: Sight, width: int, height: int) -> RenderableType:
    """Everything, the gravest on top; on a low terminal what matters most."""
    lines: list[RenderableType] = [Text(f" {plain(words)} ".ljust(width), style=TONES[tone], overflow="fold")
                                   for tone, words in sight.warnings]
    d = sight.document
    if d is None:
        return Group(*lines, Text("waiting for the engine; Ctrl-C leaves", style=DIM))
    side_by_side = width >= WIDE
    draw = Draw(width // 2 if side_by_side else width, low=height < (LOW_SIDE_BY_SIDE if side_by_side else LOW))
    money, decision, votes = _money(d, draw), _decision(d, draw), _votes(d, draw)
    health, alerts = _health(sight, d, draw), _alerts(d, draw)
    body: list[RenderableType] = [money, decision, votes, health, alerts]
    if side_by_side:
        body = [_beside(money, decision), _beside(votes, Group(health, alerts))]
    return Group(_title(d), *lines, *body, Text("Ctrl-C leaves, the engine goes on; `qt stop` ends it", style=DIM))


@dataclass(frozen=True, slots=True)
class Draw:
    """How much room a section has."""

    width: int
    low: bool

    def section(self, title: str, *rows: Row) -> RenderableType:
        """Framed, or its essential rows alone."""
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(style=DIM, no_wrap=True, width=9)
        grid.add_column(ratio=1, overflow="fold")
        for name, value in rows:
            if not self.low or not name.startswith(MINOR):
                grid.add_row(name.removeprefix(MINOR), value)
        return self.framed(title, grid)

    def framed(self, title: str, content: RenderableType) -> RenderableType:
        return content if self.low else Panel(content, title=title, title_align="left", border_style=DIM,
                                              padding=(0, 1))


def _beside(left: RenderableType, right: RenderableType) -> Table:
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    grid.add_row(left, right)
    return grid


def _title(d: dict[str, Any]) -> Text:
    clock = d["time"][11:19] if d["time"] else "--:--:--"
    guard = d["supervisor"]
    watched = "supervised" if guard["alive"] else "SUPERVISOR GONE" if guard["pid"] else "no supervisor"
    title = Text(f"{clock} {plain(d['symbol'])} ", style=STRONG)
    title.append(d["state"].upper(), style=GOOD if d["state"] == "running" else BAD)
    title.append(f"  {d['mode']}, process {d['pid']}, up {_span(d['uptime_s'])}, {d['restarts']} restarts, {watched}",
                 style=DIM)
    return title


def _span(seconds: float) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min {int(seconds) % 60:02d} s"


def _number(value: float | None, form: str = "{:,.2f}") -> str:
    return "—" if value is None else form.format(value)


def _brl(value: float | None) -> Text:
    style = "" if value is None or value == 0 else GOOD if value > 0 else BAD
    words = "—" if value is None else f"R$ {value:+,.2f}" if value else "R$ 0.00"
    return Text(words, style=style)


def _money(d: dict[str, Any], draw: Draw) -> RenderableType:
    p, pnl, trades, orders, limits = d["position"], d["pnl"], d["trades"], d["orders"], d["risk"]["limits"]
    held = "flat" if p["contracts"] == 0 else f"{p['contracts']:+d} at {_number(p['avg_price'], '{:,.1f}')}"
    net = net_brl(pnl)
    parts = Text.assemble("realised ", _brl(pnl["realised_brl"]), "  open ", _brl(pnl["open_brl"]),
                          f"  costs R$ {_number(pnl['costs_brl'])}")
    used = d["risk"]["used"].get("max_daily_trades")
    entries = f"{_number(used, '{:.0f}')} of {limits.get('max_daily_trades', '—')} entries"
    books = {None: "not compared", True: "equal to the broker's", False: "DIFFERS"}[d["reconciled"]["equal"]]
    return draw.section(
        "Position and P&L", ("position", Text(held, style=STRONG)), ("net", _brl(net)), ("", parts),
        ("-drawdown", f"R$ {_number(pnl['drawdown_brl'])} of {limits.get('max_daily_drawdown_brl', '—')}"),
        ("trades", f"{trades['today']} today, {trades['wins']} won, {trades['losses']} lost; {entries}"),
        ("-orders", f"{orders['working']} working, {orders['sent']} sent, {orders['rejected']} rejected"),
        ("-books", "paper account" if d["mode"] == "paper" else books))


def _decision(d: dict[str, Any], draw: Draw) -> RenderableType:
    decision, limit = d["decision"], d["risk"]["limits"].get("min_confidence")
    last = decision["last"]
    shown: RenderableType = "none yet"
    if last is not None:
        shown = Text.assemble((last["action"].upper(), GOOD if last["action"] == "buy" else
                               BAD if last["action"] == "sell" else STRONG),
                              f" {_number(last['confidence'], '{:.3f}')} of {_number(limit, '{:.2f}')}  ",
                              (_gauge(last["confidence"], limit), DIM), f"  {plain(last['reason'])}")
    counts = ", ".join(f"{count} {action}" for action, count in sorted(decision["counts"].items())) or "none"
    blocked = ", ".join(f"{plain(reason)} {count}" for reason, count in
                        sorted(decision["blocked"].items(), key=lambda pair: -pair[1])[:3]) or "none"
    model = d["model"]
    made = "none" if model is None else plain(model["id"]) + (", SYNTHETIC" if model["synthetic"] else "")
    return draw.section(
        "Decision", ("last", shown), ("-so far", counts), ("refused", blocked), ("-model", made),
        ("latency", f"decision {_latency(decision['latency_us'])}"),
        ("-", f"features {_latency(d['features']['latency_us'])}"))


def _gauge(value: float | None, limit: float | None) -> str:
    """A bar from 0 to 1 with the limit marked."""
    if value is None:
        return "·" * BAR
    cells = ["█" if n < round(value * BAR) else "·" for n in range(BAR)]
    if limit is not None:
        cells[min(BAR - 1, int(limit * BAR))] = "│"
    return "".join(cells)


def _latency(us: dict[str, float | None]) -> str:
    return f"p50 {_number(us['p50'], '{:,.0f}')} µs, p99 {_number(us['p99'], '{:,.0f}')} µs"


def _votes(d: dict[str, Any], draw: Draw) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style=DIM)
    table.add_column("", no_wrap=True)
    aged = draw.width >= NARROW
    for name in ("sell", "hold", "buy", *(("age",) if aged else ())):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("reason", ratio=1, no_wrap=True, overflow="ellipsis")
    for name, vote in d["votes"].items():
        age = ("—" if vote["age_ms"] is None else f"{vote['age_ms'] / 1000:.1f} s",) if aged else ()
        if vote["abstains"] or vote["probabilities"] is None:
            reason = Text(f"ABSTAINS {plain(vote['reason'])}", style=BAD)
            table.add_row(name[:12], "—", "—", "—", *age, reason)
        else:
            top = max(vote["probabilities"])
            cells = [Text(f"{p:.2f}", style=STRONG if p == top else DIM) for p in vote["probabilities"]]
            table.add_row(name[:12], *cells, *age, plain(vote["reason"]))
    return draw.framed("Votes", table if d["votes"] else Text("no votes yet", style=DIM))


def _health(sight: Sight, d: dict[str, Any], draw: Draw) -> RenderableType:
    f, e = d["features"], d["events"]
    age = Text(_number(sight.age_s, "{:.1f} s"), style=BAD if sight.stale else "")
    if sight.stale:
        age.append("  STALE", style=TONES["alarm"])
    bad = [*f["invalid"], *f["frozen"]]
    names = f": {', '.join(bad[:3])}{f' and {len(bad) - 3} more' if len(bad) > 3 else ''}" if bad else ""
    valid = Text(f"{f['valid']} of {f['needed']} valid, {len(f['frozen'])} frozen{names}",
                 style=BAD if f["valid"] < f["needed"] or f["frozen"] else "")
    refused = sum(e["refused"].values())
    flow = Text(f"{e['trades']:,} trades, {e['book']:,} book, ")
    flow.append(f"{e['dropped']} dropped, {refused} refused", style=BAD if e["dropped"] else "")
    lost = {name: n for name, n in d["queues"].items() if name.endswith(("_dropped", "_failed")) and n}
    rows: list[Row] = [("data age", age), ("-feed", f"{d['feed']['source']}, {d['feed']['state']}"),
                       ("features", valid), ("events", flow)]
    if lost:
        rows.append(("lost", Text(", ".join(f"{name} {n}" for name, n in lost.items()), style=BAD)))
    return draw.section("Data", *rows)


def _alerts(d: dict[str, Any], draw: Draw) -> RenderableType:
    active = d["alerts"]["active"]
    shown = active[:FEW] if draw.low else active
    rows: list[Row] = [(a["since"][11:19], Text.assemble((f"{a['level']} {a['code']}", BAD), f" {plain(a['message'])}"))
                       for a in shown]
    if len(shown) < len(active):
        rows.append(("", Text(f"and {len(active) - len(shown)} more alerts", style=BAD)))
    return draw.section(f"Alerts ({len(active)})", *(rows or [("alerts", Text("none", style=DIM))]))

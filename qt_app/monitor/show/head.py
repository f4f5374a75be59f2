"""The top of the page: what is traded with whose money, what must not be missed, and the few figures that matter."""
from __future__ import annotations

from html import escape

from qt_app.monitor.show.view import View, side_class


def head(view: View) -> str:
    """Symbol, price, badges and the market's clock."""
    m, t = view.monitor, view.text
    badges = []
    if m.synthetic:
        badges.append(f'<strong class="badge synthetic">◇ {t.word("synthetic")}</strong>')
    if (mode := view.metrics.get("mode")) is not None:
        name = "real" if mode == "live" else str(mode)
        badges.append(f'<strong class="badge {"real" if mode == "live" else "mode"}">{t.known(name, name)}</strong>')
    if m.state is not None and view.link == "live":
        badges.append(f'<strong class="badge state {escape(m.state)}">{t.known(f"state.{m.state}", m.state)}</strong>')
    if view.link == "stale":
        badges.append(f'<strong class="badge stale">■ {t.word("stale")}</strong>')
    quote = view.market.get("quote", {})
    price = view.ticks(quote.get("last"))
    time = f"{t.day(m.ts_ns)} {t.clock(m.ts_ns)}"
    return (f'<h1 class="brand"><b>QuantumTrader</b><span>{t.word("title")}</span></h1>'
            f'<div class="symbol"><b>{escape(m.symbol) or "–"}</b><span class="price">{price}</span></div>'
            f'<div class="badges">{"".join(badges)}</div>'
            f'<div class="time"><span>{t.word("market_time")}</span><b>{time}</b></div>')


def banner(view: View) -> str:
    """What must not be missed, loudest first; empty when all is well."""
    m, t = view.monitor, view.text
    if view.link == "waiting":
        return _band("wait", t.word("waiting"), t.word("waiting_long", port=view.port))
    if view.link == "stale":
        silent = 0.0 if m.last_s is None else view.now_s - m.last_s
        return _band("stale", f'■ {t.word("stale")}', t.word("stale_long", time=t.span(silent)))
    shown = ""
    if view.feed_stale:
        shown += _band("stale", f'■ {t.word("stale")}',
                       t.word("feed_stale_long", state=view.metrics["feed"]["state"]))
    risk = view.metrics.get("risk")
    if risk is not None and risk["state"] != "active" and not view.feed_stale:
        reasons = ", ".join(t.reason(code) for code in risk["blocks"])
        shown += _band("halt", "▐▐", t.word("halted_long", reasons=reasons))
    return shown


def ribbon(view: View) -> str:
    """The line that never leaves the screen while the market is not a real one."""
    return view.text.word("synthetic_long") if view.monitor.synthetic else ""


def tiles(view: View) -> str:
    t, d = view.text, view.metrics
    net = d.get("pnl")
    detail, held = d.get("pnl_detail"), view.monitor.held or {}
    lots = held.get("contracts")
    decision = view.monitor.decision
    latency = d.get("decision", {}).get("latency_ms", {})
    pace = view.monitor.pace[-1] if view.monitor.pace else None
    position = "–" if lots is None else t.word("flat" if lots == 0 else "long" if lots > 0 else "short")
    return "".join((
        _tile(t.word("net"), f'<span class="{side_class(net)}">{t.brl(net)}</span>', _bounds(view)),
        _tile(t.word("position"), f'<span class="{side_class(lots)}">{t.signed(lots)}</span>',
              position + (f" @ {view.points(held['avg_price'])}" if held.get("avg_price") is not None else "")),
        _tile(t.word("trades_today"), t.number(None if detail is None else detail["today"]),
              "" if detail is None else t.word("won_lost", won=detail["wins"], lost=detail["losses"])),
        _tile(t.word("decision"), _action(view), "" if decision is None else t.reason(decision["reason"])),
        _tile(f'{t.word("latency")} {t.word("p99")}', _ms(view, latency.get("p99")),
              f'{t.word("p50")} {_ms(view, latency.get("p50"))}'),
        _tile(t.word("events_per_s"), t.number(pace),
              f'{t.word("dropped")}: {t.number(d["feed"]["dropped"])}' if d else ""),
    ))


def _ms(view: View, ms: float | None) -> str:
    shown = view.text.number(ms, 2)
    return shown if ms is None else f"{shown} ms"


def _bounds(view: View) -> str:
    """The widest range that the three assumptions about fills leave."""
    money = view.market.get("money")
    if money is None or money["optimistic"]["net_brl"] is None:
        return ""
    t = view.text
    return f'{t.word("optimistic")} {t.brl(money["optimistic"]["net_brl"])}'


def _action(view: View) -> str:
    decision, t = view.monitor.decision, view.text
    if decision is None:
        return "–"
    action = str(decision["action"])
    sign = {"buy": '<span class="up">▲ ', "sell": '<span class="down">▼ '}.get(action, '<span class="even">■ ')
    share = "" if decision["p"] is None else f" {t.share(decision['confidence'])}"
    return f"{sign}{t.known(action, action)}{share}</span>"


def _tile(name: str, value: str, below: str) -> str:
    return f'<div class="tile"><span>{name}</span><b>{value}</b><small>{below}</small></div>'


def _band(kind: str, loud: str, words: str) -> str:
    return f'<div class="band {kind}" role="alert"><b>{loud}</b><span>{words}</span></div>'

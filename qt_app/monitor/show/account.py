"""What is held, what works for it, how much risk is used, and the money."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qt_app.monitor.show.view import View, arrow, facts, meter, side_class, table

BOOKS = ("pessimistic", "probable", "optimistic")


def position(view: View) -> str:
    t, held, orders = view.text, view.monitor.held, view.market.get("orders")
    if held is None:
        return f'<p class="empty">{t.word("never")}</p>'
    lots = held["contracts"]
    state = "–" if orders is None else t.known(f"bracket.{orders['state']}", str(orders["state"]))
    shown = facts((
        (t.word("position"), f'<b class="{side_class(lots)}">{t.signed(lots)}</b>'),
        (t.word("average"), view.points(held["avg_price"])),
        (t.word("bracket"), state), (t.word("reconciled"), _reconciled(view)),
    ))
    working = [] if orders is None else orders["working"]
    if not working:
        return shown + f'<p class="empty">{t.word("no_orders")}</p>'
    head = (t.word("purpose"), "", t.word("lots"), t.word("price"), t.word("stop"), t.word("stage"))
    return shown + table(head, [_order(view, order) for order in working], "orders")


def _reconciled(view: View) -> str:
    t, told = view.text, view.metrics.get("reconciled")
    if view.metrics.get("mode") == "paper":
        return t.word("paper_only")
    if told is None or told["equal"] is None:
        return t.word("not_compared")
    return t.word("equal") if told["equal"] else f'<b class="warn">▲ {t.word("differs", **told)}</b>'


def _order(view: View, order: Mapping[str, Any]) -> list[str]:
    t = view.text
    return [f"{t.reason(order['purpose'])} <small>#{order['order_id']}</small>", arrow(order["side"]),
            f'<td class="num">{t.number(order["qty"] - order["traded"])}</td>',
            f'<td class="num">{view.ticks(order["price"])}</td>', f'<td class="num">{view.ticks(order["stop"])}</td>',
            t.known(f"stage.{order['stage']}", str(order["stage"]))]


def risk(view: View) -> str:
    """Each limit as a bar from empty to full."""
    t, d = view.text, view.metrics
    if not d:
        return f'<p class="empty">{t.word("never")}</p>'
    limits, used, money = d["risk"]["limits"], d["risk"]["used"], d["pnl_detail"]
    net = money["net_brl"]
    lost = None if net is None else max(0.0, -net)
    bars = (
        _count(view, "entries", used["max_daily_trades"], limits["max_daily_trades"]),
        _money(view, "loss", lost, limits["max_daily_loss_brl"]),
        _money(view, "drawdown", money["drawdown_brl"], limits["max_daily_drawdown_brl"]),
        _count(view, "losses_row", used["max_losses_in_row"], limits["max_losses_in_row"]),
        _count(view, "rate_minute", used["orders_per_minute"], limits["orders_per_minute"]),
        _flat_by(view),
    )
    blocks = ", ".join(t.reason(code) for code in d["risk"]["blocks"]) or t.word("none")
    return "".join(bars) + facts(((t.word("blocks"), blocks),))


def _count(view: View, name: str, used: float, limit: float) -> str:
    t = view.text
    if not limit:
        return meter(t.word(name), f"{t.number(used)} · {t.word('no_limit')}", None)
    return meter(t.word(name), f"{t.number(used)} / {t.number(limit)}", used / limit)


def _money(view: View, name: str, used: float | None, limit: float) -> str:
    t = view.text
    return meter(t.word(name), f"R$ {t.number(used, 2)} / {t.number(limit, 2)}", None if used is None else used / limit)


def _flat_by(view: View) -> str:
    """The part of the session that is gone, and how long is left until nothing may be held."""
    t, session, now = view.text, view.market.get("session"), view.monitor.ts_ns
    if session is None or session["flat_by_ns"] is None or session["open_ns"] is None or now is None:
        return meter(t.word("flat_by"), "–", None)
    left_s = max(0.0, (session["flat_by_ns"] - now) / 1e9)
    share = (now - session["open_ns"]) / (session["flat_by_ns"] - session["open_ns"])
    return meter(f"{t.word('flat_by')} {t.clock(session['flat_by_ns'])}", t.word("in", time=t.span(left_s)), share)


def money(view: View) -> str:
    """The three assumptions about fills side by side."""
    t, told = view.text, view.market.get("money")
    if told is None:
        return f'<p class="empty">{t.word("never")}</p>'
    value = view.market["instrument"]["point_value_brl"]
    head = ("", *(t.word(book) for book in BOOKS))
    rows = [[t.word(name), *(_brl(view, told[book][f"{name}_brl"]) for book in BOOKS)] for name in ("realised", "open")]
    rows.append([t.word("costs"), *(_brl(view, -told["costs_brl"]) for _ in BOOKS)])
    rows.append([f"<b>{t.word('net_word')}</b>", *(_brl(view, told[book]["net_brl"], bold=True) for book in BOOKS)])
    rows.append([t.word("points"), *(_points(view, told[book]["net_brl"], value) for book in BOOKS)])
    return table(head, rows, "money")


def _brl(view: View, value: float | None, *, bold: bool = False) -> str:
    shown = view.text.signed(value, 2)
    return f'<td class="num {side_class(value)}">{f"<b>{shown}</b>" if bold else shown}</td>'


def _points(view: View, net: float | None, value: float) -> str:
    points = None if net is None else net / value
    return f'<td class="num {side_class(points)}">{view.text.signed(points, 1)}</td>'

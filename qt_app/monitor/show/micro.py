"""The market under the price: the book as a ladder, what traded at each price, and the tape."""
from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qt_app.monitor.series import Footprint, Print
from qt_app.monitor.show.view import View, arrow, meter, side_class, table
from qt_core._types import TradeType

SHOWN_LEVELS = 8
SHOWN_PRINTS = 18
SHOWN_FOOTPRINTS = 4
FLOW_PRINTS = 100


def ladder(view: View) -> str:
    """Asks above bids, the best in the middle; our own working orders are marked."""
    t, book = view.text, view.market.get("book")
    if book is None or not (book["bids"] or book["asks"]):
        return f'<p class="empty">{t.word("never")}</p>'
    asks, bids = book["asks"][:SHOWN_LEVELS], book["bids"][:SHOWN_LEVELS]
    most = max(level[1] for level in (*asks, *bids))
    ours = {order["price"] for order in view.market["orders"]["working"]} \
        | {order["stop"] for order in view.market["orders"]["working"]}
    rows = [_level(view, level, most, ours, "ask") for level in reversed(asks)]
    if asks and bids:
        spread = view.ticks(asks[0][0] - bids[0][0])
        rows.append([f'<td colspan="4" class="spread">{t.word("spread")} {spread}</td>'])
    rows += [_level(view, level, most, ours, "bid") for level in bids]
    head = (t.word("orders"), t.word("lots"), t.word("price"), "")
    return table(head, rows, "ladder")


def _level(view: View, level: Sequence[int], most: int, ours: set[int | None], side: str) -> list[str]:
    ticks, lots, orders = level
    colour = "up" if side == "bid" else "down"
    mine = '<b class="mine" title="qt">◆</b>' if ticks in ours else ""
    return [f'<td class="num dim">{view.text.number(orders)}</td>',
            f'<td class="num">{view.text.number(lots)}</td>',
            f'<td class="num {colour}"><b>{view.ticks(ticks)}</b></td>',
            f'<td class="fill"><i class="{colour}" style="width:{lots / most * 100:.0f}%"></i>{mine}</td>']


def balance(view: View) -> str:
    """Who is heavier, in the book and in what trades; and the retail share."""
    t, tape = view.text, view.monitor.tape
    book = view.market.get("book")
    shown = ""
    if book is not None and (book["bids"] or book["asks"]):
        bought, sold = (sum(level[1] for level in book[side]) for side in ("bids", "asks"))
        shown += _lean(view, t.word("imbalance"), t.word("levels_n", count=len(book["bids"])), bought, sold)
    rows = tape.newest(FLOW_PRINTS)
    if rows:
        bought, sold = (sum(row.qty for row in rows if row.side == side) for side in (1, -1))
        shown += _lean(view, t.word("flow"), t.word("prints_n", count=len(rows)), bought, sold)
        share = tape.rlp_share(int(TradeType.RLP))
        shown += meter(t.word("rlp_share"), t.share(share, 1), share)
    return shown


def _lean(view: View, name: str, of: str, bought: int, sold: int) -> str:
    total = bought + sold
    lean = (bought - sold) / total if total else None
    width = 0.0 if lean is None else abs(lean) * 50
    at = "left:50%" if lean is None or lean >= 0 else "right:50%"
    return (f'<div class="lean"><span>{name} <small>{of}</small></span>'
            f'<b class="{side_class(lean)}">{view.text.signed(lean, 2)}</b>'
            f'<i><i class="{side_class(lean)}" style="{at};width:{width:.0f}%"></i></i></div>')


def footprint(view: View) -> str:
    """Sold × bought at each price, candle by candle; the newest to the right."""
    t = view.text
    shown = list(view.monitor.tape.footprints)[-SHOWN_FOOTPRINTS:]
    prices = sorted({price for foot in shown for price in foot.levels}, reverse=True)
    if not prices:
        return f'<p class="empty">{t.word("never")}</p>'
    most = max(sum(cell) for foot in shown for cell in foot.levels.values())
    head = [t.word("price"), *(t.clock(foot.start_ns) + ("" if foot.whole else " ◌") for foot in shown)]
    rows = [[f'<td class="num dim">{view.points(price)}</td>', *(_cell(view, foot, price, most) for foot in shown)]
            for price in prices[:16]]
    rows.append([f'<td class="dim">{t.word("delta")}</td>',
                 *(f'<td class="num {side_class(foot.delta)}"><b>{t.signed(foot.delta)}</b></td>' for foot in shown)])
    note = "" if all(foot.whole for foot in shown) else f'<small class="note">◌ {t.word("torn")}</small>'
    return table(head, rows, "foot") + note


def _cell(view: View, foot: Footprint, price: float, most: int) -> str:
    cell = foot.levels.get(price)
    if cell is None:
        return "<td></td>"
    sold, bought = cell
    colour = "var(--up)" if bought >= sold else "var(--down)"
    depth = 8 + 42 * (sold + bought) / most
    return (f'<td class="num" style="background:color-mix(in srgb,{colour} {depth:.0f}%,transparent)">'
            f'{view.text.number(sold)} × {view.text.number(bought)}</td>')


def tape(view: View) -> str:
    t = view.text
    rows = view.monitor.tape.newest(SHOWN_PRINTS)
    if not rows:
        return f'<p class="empty">{t.word("never")}</p>'
    head = (t.word("time"), "", t.word("price"), t.word("lots"), t.word("buyer"), t.word("seller"))
    missed = view.monitor.tape.missed
    note = f'<small class="note">{t.word("missed_prints", count=t.number(missed))}</small>' if missed else ""
    return table(head, [_print(view, row) for row in rows], "tape") + note


def _print(view: View, row: Print) -> list[str]:
    t = view.text
    rlp = f'<em class="rlp">{t.word("rlp")}</em>'
    return [f'<td class="dim" title="{t.clock(row.ts_ns, milliseconds=True)}">{t.clock(row.ts_ns)}</td>',
            rlp if row.code == TradeType.RLP else arrow(row.side),
            f'<td class="num {side_class(row.side)}">{view.points(row.price)}</td>',
            f'<td class="num"><b>{t.number(row.qty)}</b></td>',
            _broker(view, row.buyer), _broker(view, row.seller)]


def _broker(view: View, number: int) -> str:
    """By name where the library knows it."""
    name = view.monitor.brokers.get(number)
    if name is None:
        return f'<td class="num dim">{number if number > 0 else "–"}</td>'
    return f'<td class="broker" title="{number} {escape(name)}">{escape(name)}</td>'

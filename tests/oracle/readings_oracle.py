"""The readings again, slow and obvious: everything recomputed from the list of events before t.

Shares no code with the product. Book rows are L2 levels; one session, open from the first event.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import nan
from typing import Any

S = 1_000_000_000
BUCKET = S // 10
AUCTION, RLP, BUY, SELL = 4, 13, 2, 3


@dataclass
class Print:
    ts: int
    price: int
    qty: int
    side: int
    code: int
    buyer: int
    seller: int


@dataclass
class Touch:
    ts: int
    price: dict[int, int]
    qty: dict[int, int]


@dataclass
class Oracle:
    """Feed events in order, ask at any t not before the last one."""

    candle_ns: int
    prints: list[Print] = field(default_factory=list)
    book: dict[int, dict[int, int]] = field(default_factory=lambda: {1: {}, -1: {}})
    touches: list[Touch] = field(default_factory=list)
    complete: bool = False
    book_ns: int = 0

    def feed(self, ev: Any) -> None:
        if ev["kind"] == 1 and ev["code"] != AUCTION:
            code = int(ev["code"])
            side = int(ev["side"]) if code in (BUY, SELL) else 0
            ts, price, qty, buyer, seller = (int(ev[name]) for name in ("ts_ns", "price", "qty", "a", "b"))
            self.prints.append(Print(ts, price, qty, side, code, buyer, seller))
        elif ev["kind"] == 2:
            self._row(ev)

    def _row(self, ev: Any) -> None:
        if ev["flags"] & 2:
            self.book = {1: {}, -1: {}}
        self.book[int(ev["side"])][int(ev["price"])] = int(ev["qty"])
        if ev["qty"] == 0:
            del self.book[int(ev["side"])][int(ev["price"])]
        if ev["flags"] & 1:
            self.complete = True
            self.book_ns = int(ev["ts_ns"])
            best = {1: max(self.book[1]), -1: min(self.book[-1])}
            self.touches.append(Touch(self.book_ns, best, {s: self.book[s][best[s]] for s in (1, -1)}))

    def at(self, t: int) -> dict[str, float]:
        return {**self._book(t), **self._tape(t), **self._footprint(t)}

    # -- book

    def _book(self, t: int) -> dict[str, float]:
        out: dict[str, float] = {}
        if not self.complete:
            return out
        now = self.touches[-1]
        qb, qa = now.qty[1], now.qty[-1]
        spread = out["spread_ticks"] = now.price[-1] - now.price[1]
        out["touch_imbalance"] = (qb - qa) / (qb + qa)
        out["microprice_offset_ticks"] = (0 * qa + spread * qb) / (qb + qa) - spread / 2  # prices from the bid up
        for n in (5, 10):
            bid, ask = (sum(q for _, q in self._levels(s)[:n]) for s in (1, -1))
            out[f"depth_imbalance_{n}"] = (bid - ask) / (bid + ask)
            if n == 5:
                out["bid_depth_5"], out["ask_depth_5"] = bid, ask
        for s, side in ((1, "bid"), (-1, "ask")):
            self._side(out, t, s, side)
        out["book_age_ms"] = (t - self.book_ns) / 1e6
        changes = [b.ts for a, b in zip([None, *self.touches], self.touches)
                   if a is None or (a.price, a.qty) != (b.price, b.qty)]
        out["quote_age_ms"] = (t - changes[-1]) / 1e6
        return out

    def _levels(self, s: int) -> list[tuple[int, int]]:
        return sorted(self.book[s].items(), key=lambda level: -s * level[0])

    def _side(self, out: dict[str, float], t: int, s: int, side: str) -> None:
        ten = self._levels(s)[:10]
        largest = max(q for _, q in ten)
        out[f"{side}_wall_ratio"] = largest / (sum(q for _, q in ten) / len(ten))
        out[f"{side}_wall_ticks"] = min(abs(p - ten[0][0]) for p, q in ten if q == largest)
        since = self.touches[-1].ts
        for touch in reversed(self.touches):
            if touch.price[s] != self.touches[-1].price[s]:
                break
            since = touch.ts
        out[f"{side}_queue_age_ms"] = (t - since) / 1e6
        if t - self.touches[0].ts < 10 * S:
            return
        added = taken = 0
        for a, b in zip(self.touches, self.touches[1:]):
            if b.ts // BUCKET < t // BUCKET - 100:
                continue
            if s * b.price[s] > s * a.price[s]:
                added += b.qty[s]
            elif s * b.price[s] < s * a.price[s]:
                taken += a.qty[s]
            else:
                added += max(0, b.qty[s] - a.qty[s])
                taken += max(0, a.qty[s] - b.qty[s])
        out[f"{side}_replenish_10s"] = added / 10
        out[f"{side}_consume_10s"] = taken / 10

    # -- tape

    def _window(self, t: int, seconds: int) -> list[Print]:
        return [p for p in self.prints if p.ts // BUCKET >= t // BUCKET - seconds * 10]

    def _tape(self, t: int) -> dict[str, float]:
        out: dict[str, float] = {}
        if not self.prints:
            return out
        out["trade_age_ms"] = (t - self.prints[-1].ts) / 1e6
        self._seconds(out, t)
        self._last_prints(out)
        sides = [p.side for p in self.prints if p.side]
        if sides:
            length = 0
            while length < len(sides) and sides[-1 - length] == sides[-1]:
                length += 1
            out["run_length"] = sides[-1] * length
        return out

    def _seconds(self, out: dict[str, float], t: int) -> None:
        minute, short = self._window(t, 60), self._window(t, 10)
        first = self.prints[0].ts
        if minute:
            out["rlp_share_60s"] = sum(p.qty for p in minute if p.code == RLP) / sum(p.qty for p in minute)
        if t - first >= 60 * S:
            out["trade_rate_60s"] = len(minute) / 60
        if t - first < 10 * S:
            return
        out["trade_rate_10s"] = len(short) / 10
        before = self.prints[: len(self.prints) - len(short)]
        start = before[-1].price if before else self.prints[0].price
        move = out["price_move_10s"] = self.prints[-1].price - start
        if not any(p.side for p in self.prints):
            return
        buy, sell = lots(short, 1), lots(short, -1)
        out["aggressive_buy_10s"], out["aggressive_sell_10s"] = buy, sell
        out["sweep_ticks_10s"] = self._swept(t)
        if buy + sell:
            n = (buy - sell) / (buy + sell)
            followed = move if n > 0 else -move
            out["absorption_10s"] = -n * min(1.0, max(0.0, 1 - followed / 2))

    def _swept(self, t: int) -> int:
        total, start, reach = 0, None, 0
        for p in self.prints:
            if not p.side:
                continue
            if start is None or start.side != p.side or p.ts - start.ts > BUCKET:
                start, reach = p, 0
                continue
            gone = max(reach, p.side * (p.price - start.price))
            if p.ts // BUCKET >= t // BUCKET - 100:
                total += p.side * (gone - reach)
            reach = gone
        return total

    def _last_prints(self, out: dict[str, float]) -> None:
        for n in (50, 100):
            last = self.prints[-n:]
            buy, sell = lots(last, 1), lots(last, -1)
            if len(last) == n and buy + sell:
                out[f"signed_share_{n}"] = (buy - sell) / (buy + sell)
        hundred = self.prints[-100:]
        total = sum(p.qty for p in hundred)
        if len(hundred) == 100 and all(p.buyer > 0 and p.seller > 0 for p in hundred):
            gross, net = Counter(), Counter()
            for p in hundred:
                gross.update({p.buyer: p.qty})
                gross.update({p.seller: p.qty})
                net.update({p.buyer: p.qty})
                net.subtract({p.seller: p.qty})
            out["broker_concentration_100"] = sum((g / (2 * total)) ** 2 for g in gross.values())
            high, low = max(0, *net.values()), min(0, *net.values())
            out["broker_lead_100"] = 0.0 if high == -low else (high if high > -low else low) / total
        if len(self.prints) < 200:
            return
        large = [p for i, p in enumerate(self.prints) if i >= len(self.prints) - 100 and self._large(i)]
        out["large_share_100"] = sum(p.qty for p in large) / total
        if any(p.side for p in self.prints):
            out["large_flow_100"] = (lots(large, 1) - lots(large, -1)) / total
        many = self.prints[-500:]
        out["size_ratio_100"] = (total / 100) / (sum(p.qty for p in many) / len(many))

    def _large(self, i: int) -> bool:
        before = self.prints[max(0, i - 500): i]
        return len(before) >= 100 and self.prints[i].qty * len(before) >= 5 * sum(p.qty for p in before)

    # -- footprint

    def _footprint(self, t: int) -> dict[str, float]:
        out: dict[str, float] = {}
        if not self.prints:
            return out
        first = self.prints[0].ts // self.candle_ns
        newest = t // self.candle_ns - 1
        for n in (3, 12):
            window = [p for p in self.prints if newest - n < p.ts // self.candle_ns <= newest]
            if newest - first + 1 >= n and lots(window, 1) + lots(window, -1):
                out[f"fp_delta_{n}"] = share(window)
                if n == 12:
                    close = [p for p in self.prints if p.ts // self.candle_ns <= newest][-1].price
                    self._profile(out, window, close)
        return out

    @staticmethod
    def _profile(out: dict[str, float], window: list[Print], close: int) -> None:
        low, high = min(p.price for p in window), max(p.price for p in window)
        levels = high - low + 1
        total = Counter()
        at: dict[int, Counter[int]] = {1: Counter(), -1: Counter(), 0: Counter()}
        for p in window:
            total[p.price] += p.qty
            at[p.side][p.price] += p.qty
        out["fp_high_delta_12"] = share([p for p in window if p.price >= high - 1], 0.0)
        out["fp_low_delta_12"] = share([p for p in window if p.price <= low + 1], 0.0)
        most = [price for price in total if total[price] == max(total.values())]
        near = [price for price in most if abs(price - close) == min(abs(q - close) for q in most)]
        out["fp_poc_offset_12"] = close - sum(near) / len(near)
        aggressed = sum(at[1].values()) + sum(at[-1].values())

        def stack(strong: int) -> int:
            longest = run = 0
            for price in range(low, high + 1):
                other = price - strong
                own, against = at[strong][price], at[-strong][other]
                hit = low <= other <= high and own > 0 and own >= 3 * against and own >= aggressed / levels / 2
                run = run + 1 if hit else 0
                longest = max(longest, run)
            return longest if longest >= 3 else 0

        out["fp_stacked_12"] = stack(1) - stack(-1)

        def spent(side: int, extreme: int) -> float:
            mean = sum(at[side].values()) / levels
            return max(0.0, 1 - at[side][extreme] / mean) if mean else 0.0

        out["fp_exhaustion_12"] = spent(-1, low) - spent(1, high)
        out["fp_close_position_12"] = 2 * (close - low) / (high - low) - 1 if high > low else 0.0


def lots(prints: list[Print], side: int) -> int:
    return sum(p.qty for p in prints if p.side == side)


def share(prints: list[Print], nothing: float = nan) -> float:
    buy, sell = lots(prints, 1), lots(prints, -1)
    return (buy - sell) / (buy + sell) if buy + sell else nothing

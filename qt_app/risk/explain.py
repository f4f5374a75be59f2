"""Every check of the gate about one entry, each with its answer, where ``RiskGate.check`` stops at the first refusal.

The checks are the gate's own, in its order: the first that refuses here is what the gate refuses for.
"""
from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from qt_app.risk.gate import ALLOWANCE, RiskGate
from qt_app.risk.intent import Intent, Purpose
from qt_app.risk.reasons import Reason, Refusal
from qt_app.risk.view import MarketView
from qt_core._types import Phase

Value = float | str | None

#: Checks of one figure against one limit.
_MEASURED = frozenset({"confidence", "quote_age_ms", "spread_ticks", "collar_ticks"})


@dataclass(frozen=True, slots=True)
class Check:
    """One question. ``value`` against ``limit`` as the check saw them; ``judged`` False: without a quote nothing can
    be said."""

    name: str
    value: Value
    limit: Value
    refusal: Refusal | None
    judged: bool = True

    @property
    def passed(self) -> bool | None:
        return None if not self.judged else self.refusal is None

    @property
    def excess(self) -> float | None:
        """How far the value lies beyond its limit; None when it passed, or is no figure."""
        if self.refusal is None or self.name not in _MEASURED or not isinstance(self.value, int | float):
            return None
        return abs(float(self.value) - float(self.limit or 0))


def entry_checks(gate: RiskGate, intent: Intent, view: MarketView, live: Set[Purpose]) -> tuple[Check, ...]:
    """All of them. Orders that work and the account are looked at as they are; nothing is sent or counted."""
    limits, instrument, position = gate.limits, gate.instrument, gate.account.position
    quoted = gate._quote(view) is None
    room = gate.max_lots - intent.side * position
    age_ms = None if view.quote_ns is None else (view.now_ns - view.quote_ns) // 1_000_000
    sent = gate.rate.used(view.now_ns)
    found = [
        Check("blocks", ", ".join(reason.name for reason in gate.blocks) or "none", "none", _blocked(gate)),
        Check("confidence", intent.confidence, limits.min_confidence, _confidence(gate, intent)),
        Check("session", gate.schedule.window(view), "open", _only(lambda: gate._session(view), _not_phase)),
        Check("phase", _phase_name(view.phase), "open", gate._phase(view)),
        Check("quote", _quote_words(view), "bid < ask", gate._quote(view)),
        _quoted("quote_age_ms", age_ms, limits.stale_after_ms, quoted,
                lambda: _only(lambda: gate._quality(view), lambda r: r.reason is Reason.STALE_QUOTE)),
        _quoted("spread_ticks", view.ask - view.bid if view.bid is not None and view.ask is not None else None,
                limits.max_spread_ticks, quoted, lambda: _spread(gate, view)),
        Check("working", ", ".join(sorted(p.value for p in live)) or "none", "no entry, no exit", _settled(gate, live)),
        Check("position_lots", intent.side * position, gate.max_lots, _position(gate, intent, room)),
        Check("lots", gate._sized(intent.qty, room) if room > 0 else 0, instrument.min_lots,
              _lots(gate, intent, room)),
        Check("entries_today", gate.account.today.entries, limits.max_daily_trades, gate._day()),
        _quoted("collar_ticks", _distance(gate, intent, view), limits.collar_ticks, quoted,
                lambda: gate._collar(intent, view)),
        Check("orders_per_second", sent[0], gate.rate.per_second, _rate(gate, view)),
        Check("orders_per_minute", sent[1], gate.rate.per_minute, _rate(gate, view))]
    return tuple(found)


def _only(check: Callable[[], Refusal | None], keep: Callable[[Refusal], bool]) -> Refusal | None:
    """Of a check that asks two things, one."""
    refusal = check()
    return refusal if refusal is not None and keep(refusal) else None


def _not_phase(refusal: Refusal) -> bool:
    return refusal.reason is not Reason.PHASE_NOT_OPEN


def _quoted(name: str, value: Value, limit: Value, quoted: bool, check: Callable[[], Refusal | None]) -> Check:
    return Check(name, value, limit, check()) if quoted else Check(name, value, limit, None, judged=False)


def _blocked(gate: RiskGate) -> Refusal | None:
    """What holds trading for longer than this order, the gravest first."""
    blocks = gate.blocks
    if not blocks:
        return None
    trip = gate.breakers.tripped.get(blocks[0])
    return Refusal(blocks[0], "in force at that moment" if trip is None else trip.detail)


def _confidence(gate: RiskGate, intent: Intent) -> Refusal | None:
    confidence, limit = intent.confidence, gate.limits.min_confidence
    if confidence is not None and confidence >= limit:
        return None
    return Refusal(Reason.LOW_CONFIDENCE, f"{confidence} < {limit}")


def _spread(gate: RiskGate, view: MarketView) -> Refusal | None:
    assert view.bid is not None and view.ask is not None
    spread, limit = view.ask - view.bid, gate.limits.max_spread_ticks
    return Refusal(Reason.WIDE_SPREAD, f"{spread} > {limit} ticks") if spread > limit else None


def _settled(gate: RiskGate, live: Set[Purpose]) -> Refusal | None:
    if Purpose.ENTRY in live:
        return Refusal(Reason.WORKING_ENTRY, "one at a time")
    if Purpose.EXIT in live or (gate.account.position == 0 and live):
        return Refusal(Reason.SETTLING, ", ".join(sorted(p.value for p in live)))
    return None


def _position(gate: RiskGate, intent: Intent, room: int) -> Refusal | None:
    position = gate.account.position
    if room <= 0 or intent.side * position < 0:
        return Refusal(Reason.POSITION_LIMIT, f"{position} of {gate.max_lots} lots")
    return None


def _lots(gate: RiskGate, intent: Intent, room: int) -> Refusal | None:
    if room > 0 and gate._sized(intent.qty, room) < gate.instrument.min_lots:
        return Refusal(Reason.LOT_SIZE, f"{min(intent.qty, room)} < {gate.instrument.min_lots} lots")
    return None


def _rate(gate: RiskGate, view: MarketView) -> Refusal | None:
    if gate.rate.exceeded(view.now_ns, ALLOWANCE[Purpose.ENTRY]):
        return Refusal(Reason.ORDER_RATE, f"limits are {gate.rate.per_second}/s and {gate.rate.per_minute}/min")
    return None


def _distance(gate: RiskGate, intent: Intent, view: MarketView) -> int | None:
    """From the last print to where the order would be priced."""
    if view.touch(intent.side) is None or view.last is None:
        return None
    return abs(gate._marketable(intent.side, view) - view.last)


def _phase_name(phase: int) -> str:
    try:
        return Phase(phase).name.lower()
    except ValueError:
        return str(phase)


def _quote_words(view: MarketView) -> str:
    return f"{view.bid} / {view.ask}"

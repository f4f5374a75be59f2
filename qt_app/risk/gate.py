"""The one gate: every order of every path passes ``RiskGate.check``, and every refusal has a code.

An entry must satisfy all limits. An order that reduces (exit, stop, target) is never held back by limits that exist
to prevent losses: only by what would make it wrong (larger than the position, no market, no price, order rate).
What holds trading for longer than one order (control events, breakers, the way to the broker) is a state: states.py.
"""
from __future__ import annotations

from collections.abc import Callable, Set

from qt_app.instruments import Instrument
from qt_app.journal.entries import Begin
from qt_app.orders.account import Account
from qt_app.risk.breakers import Breakers
from qt_app.risk.controls import Cause, Controls
from qt_app.risk.intent import Intent, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.rate import OrderRate
from qt_app.risk.reasons import Reason, Refusal
from qt_app.risk.schedule import Schedule
from qt_app.risk.states import TradingState, block_of, state_of
from qt_app.risk.view import MarketView
from qt_app.votes import OrderRequest
from qt_core._types import Control, Phase

#: How far beyond the touch a marketable limit is priced, at most the collar.
SLIP_TICKS = 2


#: Times the order rate: neither an entry nor a target uses up what protection and exit need.
ALLOWANCE = {Purpose.ENTRY: 1, Purpose.TARGET: 1, Purpose.STOP: 2, Purpose.EXIT: 2}

WINDOWS = {"closed": Reason.OUTSIDE_SESSION, "opening": Reason.NEAR_OPEN,
           "closing": Reason.NEAR_CLOSE, "flat_by": Reason.NEAR_CLOSE}


class RiskGate:
    """Limits, the market's hours and the account, joined in one check. Event time only."""

    def __init__(self, limits: Limits, instrument: Instrument, schedule: Schedule, account: Account) -> None:
        self.limits = limits
        self.instrument = instrument
        self.schedule = schedule
        self.account = account
        self.rate = OrderRate(limits.orders_per_second, limits.orders_per_minute)
        self.max_lots = instrument.to_lots(limits.max_position)
        self.breakers = Breakers(limits, account)
        self.controls = Controls()
        self.gateway_blocks: Callable[[], tuple[Reason, ...]] = tuple  # what the way to the broker forbids
        self.synthetic: Callable[[], str] = str     # in live mode: what of this run is not real

    def control(self, code: int, detail: int = 0, now_ns: int = 0) -> None:
        """A CONTROL event: see ``Controls``. An operator's RESUME lifts breakers too."""
        self.controls.take(code, detail)
        if code == Control.RESUME and detail == Cause.OPERATOR:
            self.breakers.lift(now_ns)

    def follow(self, view: MarketView) -> None:
        """The market or the account moved: the money breakers look at it."""
        self.breakers.follow(view)

    def watched_prices(self) -> tuple[int | None, int | None]:
        """Best bid and best ask, in ticks, at which the money must be looked at again; None: not at all."""
        price = self.breakers.exit_price
        return (price, None) if self.account.position > 0 else (None, price)

    @property
    def blocks(self) -> tuple[Reason, ...]:
        """Why no entry is allowed now: control events, breakers, and the way to the broker."""
        invented = (Reason.SYNTHETIC,) if self.synthetic() else ()
        return (*invented, *self.controls.blocks, *self.breakers.tripped, *self.gateway_blocks())

    @property
    def state(self) -> TradingState:
        return state_of(self.blocks)

    @property
    def leaving(self) -> Reason | None:
        """Why the position must be closed and everything cancelled; None when it need not."""
        for reason in (*self.controls.blocks, *self.breakers.tripped):
            if block_of(reason).state is TradingState.HALTED:
                return reason
        return None

    def restore(self, begin: Begin) -> None:
        """Takes up where the journal ends; the account is restored beside it. A latched halt comes as an event."""
        self.breakers.restore(begin.facts)
        for ts_ns in sorted(order.order.ts_ns for order in begin.orders):
            self.rate.add(ts_ns)

    def check(self, intent: Intent, view: MarketView, live: Set[Purpose]) -> OrderRequest | Refusal:
        """An order, perhaps smaller than wanted, or the reason why not. ``live`` says which kinds of order work now."""
        refusal = self._entry(intent, view, live) if intent.purpose is Purpose.ENTRY else self._reduction(intent, view)
        if refusal is None and self.rate.exceeded(view.now_ns, ALLOWANCE[intent.purpose]):
            refusal = Refusal(Reason.ORDER_RATE, f"limits are {self.rate.per_second}/s and {self.rate.per_minute}/min")
            self.breakers.throttled(view.now_ns)
        if refusal is not None:
            return refusal
        self.rate.add(view.now_ns)
        return self._request(intent, view)

    # what an entry must satisfy

    def _entry(self, intent: Intent, view: MarketView, live: Set[Purpose]) -> Refusal | None:
        self.follow(view)
        return (self._state(intent) or self._session(view) or self._quote(view) or self._quality(view)
                or self._room(intent, live) or self._day() or self._collar(intent, view))

    def _state(self, intent: Intent) -> Refusal | None:
        if invented := self.synthetic():
            return Refusal(Reason.SYNTHETIC, invented)
        for reason in self.controls.blocks:
            return Refusal(reason, "set by a control event")
        for reason, trip in self.breakers.tripped.items():
            return Refusal(reason, trip.detail)
        for reason in self.gateway_blocks():
            return Refusal(reason, "until it is over")
        confidence = intent.confidence
        if confidence is None or not confidence >= self.limits.min_confidence:
            return Refusal(Reason.LOW_CONFIDENCE, f"{confidence} < {self.limits.min_confidence}")
        return None

    def _session(self, view: MarketView) -> Refusal | None:
        window = self.schedule.window(view)
        if window != "open":
            return Refusal(WINDOWS[window], window)
        return self._phase(view)

    @staticmethod
    def _phase(view: MarketView) -> Refusal | None:
        return None if view.phase == Phase.OPEN else Refusal(Reason.PHASE_NOT_OPEN, f"phase {view.phase}")

    @staticmethod
    def _quote(view: MarketView) -> Refusal | None:
        if view.bid is None or view.ask is None:
            return Refusal(Reason.NO_QUOTE, f"bid {view.bid}, ask {view.ask}")
        if view.bid >= view.ask:
            return Refusal(Reason.CROSSED_QUOTE, f"bid {view.bid}, ask {view.ask}")
        return None

    def _quality(self, view: MarketView) -> Refusal | None:
        """Age and spread of a quote that is known."""
        assert view.bid is not None and view.ask is not None
        age_ms = None if view.quote_ns is None else (view.now_ns - view.quote_ns) // 1_000_000
        if age_ms is None or age_ms > self.limits.stale_after_ms:
            return Refusal(Reason.STALE_QUOTE, f"{age_ms} ms > {self.limits.stale_after_ms} ms")
        if view.ask - view.bid > self.limits.max_spread_ticks:
            return Refusal(Reason.WIDE_SPREAD, f"{view.ask - view.bid} > {self.limits.max_spread_ticks} ticks")
        return None

    def _room(self, intent: Intent, live: Set[Purpose]) -> Refusal | None:
        """One entry at a time, nothing left to settle, and lots that fit."""
        position = self.account.position
        if Purpose.ENTRY in live:
            return Refusal(Reason.WORKING_ENTRY, "one at a time")
        if Purpose.EXIT in live or (position == 0 and live):
            return Refusal(Reason.SETTLING, ", ".join(sorted(p.value for p in live)))
        room = self.max_lots - intent.side * position
        if room <= 0 or intent.side * position < 0:
            return Refusal(Reason.POSITION_LIMIT, f"{position} of {self.max_lots} lots")
        if self._sized(intent.qty, room) < self.instrument.min_lots:
            return Refusal(Reason.LOT_SIZE, f"{min(intent.qty, room)} < {self.instrument.min_lots} lots")
        return None

    def _sized(self, wanted: int, room: int) -> int:
        """Lots after shrinking to the room, the contract's largest order and its lot multiple."""
        lots = min(wanted, room, self.instrument.max_lots)
        return lots - lots % self.instrument.min_lots

    def _day(self) -> Refusal | None:
        if self.account.today.entries >= self.limits.max_daily_trades:
            return Refusal(Reason.DAILY_TRADES, f"{self.account.today.entries} of {self.limits.max_daily_trades}")
        return None

    def _collar(self, intent: Intent, view: MarketView) -> Refusal | None:
        """The limit against the last print; against the touch it holds by construction."""
        price = self._marketable(intent.side, view)
        if view.last is not None and abs(price - view.last) > self.limits.collar_ticks:
            return Refusal(Reason.PRICE_COLLAR, f"{price} is over {self.limits.collar_ticks} ticks from {view.last}")
        return None

    # what a reduction must satisfy

    def _reduction(self, intent: Intent, view: MarketView) -> Refusal | None:
        position = self.account.position
        if intent.side * position >= 0 or intent.qty > abs(position):
            return Refusal(Reason.EXCEEDS_POSITION, f"{intent.side * intent.qty:+d} against {position:+d} lots")
        if self.schedule.window(view) == "closed":
            return Refusal(Reason.OUTSIDE_SESSION, "closed")
        if intent.purpose is not Purpose.EXIT:
            return None  # a leg may rest through an auction
        if view.touch(intent.side) is None:
            return Refusal(Reason.NO_QUOTE, f"bid {view.bid}, ask {view.ask}")
        return self._phase(view)

    # the order

    def _request(self, intent: Intent, view: MarketView) -> OrderRequest:
        qty = intent.qty
        if intent.purpose is Purpose.ENTRY:
            qty = self._sized(qty, self.max_lots - intent.side * self.account.position)
        trigger = intent.stop.trigger if intent.stop else None
        return OrderRequest(intent.order_id, intent.seq, view.now_ns, intent.side, qty, self._price(intent, view),
                            trigger, intent.reason)

    def _price(self, intent: Intent, view: MarketView) -> int:
        """A leg's own limit; everything else trades at once."""
        if intent.stop is not None:
            return intent.stop.limit
        return intent.target.price if intent.target is not None else self._marketable(intent.side, view)

    def _marketable(self, side: int, view: MarketView) -> int:
        """A limit a little beyond the touch: it trades at once, and never far away."""
        touch = view.touch(side)
        assert touch is not None
        return max(1, touch + side * min(SLIP_TICKS, self.limits.collar_ticks))

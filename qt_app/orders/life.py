"""The life of one order, told by the broker alone.

An order goes from sent to working to ended and never back. What it traded only grows: a fill is the *change* of the
traded quantity between two sights, and its price the change of traded x average, exact in ticks x lots. So events may
come early, late, twice, in any order, or not at all: the last true sight, however it was had (an event, or an
enumeration), leaves the same state and the same sum of fills. The rules:

- Traded quantity wins over status: a status that is behind what is known changes nothing.
- An end is final, but lots that traded before it and are told after it still count.
- ``replaced`` and pending states are no ends.
- A sight that contradicts what is known or asked for (side, contract, kind, quantity, a price worse than the limit,
  less traded at the end than before it) is refused whole and leaves a doubt: the broker is asked again.
- A routing message that failed (ResultCode 1, 3, 5, 7, 9, 24) ends nothing. It leaves a doubt. Only if the broker,
  asked for its orders, does not know the order either, it ends as rejected with the message's text.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace

from qt_app.orders.sight import Sight, Stage
from qt_core.vendor import FAILED, MESSAGE_FAILURES, OrderStatus

#: A market order's fill beyond this share of the price at the send cannot be true: B3's tunnels are far narrower.
MARKET_BAND = 0.25
#: Kinds as which an order cannot be shown. A market order may rest as a limit and a stop that fired is one; other kinds
#: that the vendor knows say how an order is kept, not what was asked for.
IMPOSSIBLE_AS = {"market": ("stop_limit",), "limit": ("market", "stop_limit"), "stop_limit": ("market",)}


@dataclass(frozen=True, slots=True)
class Step:
    """What one sight added: ``lots`` newly filled and their ``value`` (ticks x lots)."""

    status: str         # accepted | partial | filled | cancelled | rejected
    lots: int
    value: int
    text: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sight that cannot be true, or a message that failed: ask the broker what is."""

    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What was asked for. ``price`` is the limit, ``stop`` the trigger; ``near`` the market's price at the send."""

    ticker: str
    side: int
    kind: str            # market | limit | stop_limit
    qty: int
    price: int | None = None
    stop: int | None = None
    near: int | None = None
    open: bool = False   # side and quantity are the broker's choice (zero position): the first sight tells them


@dataclass(slots=True)
class Life:
    """State of one order; changed by ``see``, ``message`` and ``missing`` alone."""

    terms: Terms
    local_id: int = 0           # 0: the send has not returned
    cl_ord_id: str = ""         # permanent; empty early in life
    stage: Stage = Stage.SENT
    ending: str = ""            # filled | cancelled | rejected once it has ended
    traded: int = 0
    value: int = 0              # ticks x lots of what traded
    estimated: bool = False     # part of the value is a guess: the broker's average could not be true
    heard: bool = False         # the broker has shown it, in this run
    before: bool = False        # the broker has shown it, to an earlier run
    given_up: bool = False      # it ended because the broker did not show it
    lives_on: bool = False      # it was given up as missing, and then the broker showed it alive
    text: str = ""              # the last text that came with a sight, unchanged
    failure: str | None = None  # text of a failed message that no sight has answered yet
    qty: int = field(init=False)
    _sizes: set[int] = field(init=False)
    _limits: list[int] = field(init=False)   # every limit it was given

    def __post_init__(self) -> None:
        self.qty = self.terms.qty
        self._sizes = {self.terms.qty}
        self._limits = [] if self.terms.price is None else [self.terms.price]

    @property
    def ended(self) -> bool:
        return self.stage is Stage.ENDED

    @property
    def remaining(self) -> int:
        return 0 if self.ended else self.qty - self.traded

    def changing(self, qty: int, price: int) -> None:
        """A change was asked for: sights before and after it are both true."""
        self._sizes.add(qty)
        self._limits.append(price)

    # what the broker says

    def see(self, sight: Sight, *, insist: bool = False) -> Step | Doubt | None:
        """Takes a sight in; None when it says nothing new.

        ``insist``: the broker repeats it. Then an average that cannot be true no longer holds the lots back: they are
        booked at the order's limit (or the market's price at the send), the worst they can have cost.
        """
        if self.terms.open:
            self._settle_terms(sight)
        wrong = self._other_order(sight) or self._backwards(sight)
        guess = self.estimated or (insist and self._bad_price(sight) is not None)
        wrong = wrong or (None if guess else self._bad_price(sight))
        if wrong is not None:
            return Doubt(wrong)
        self._identify(sight)
        if sight.traded < self.traded:
            return None     # late: more is known
        return self._advance(sight, guess)

    def told(self, sight: Sight) -> bool:
        """Whether a sight shows the end that is known."""
        return self.ended and not self.lives_on and sight.stage is Stage.ENDED and sight.traded == self.traded

    def message(self, code: int, text: str) -> Doubt | None:
        """A routing result of the send. Failures are doubts, never ends; the rest is progress."""
        if code not in MESSAGE_FAILURES or self.ended:
            return None
        self.failure = text
        return Doubt(f"message failed with {code}: {text}")

    def missing(self, text: str) -> Step | None:
        """The broker, asked for all its orders, does not show this one: it never came to be, or is gone since."""
        if self.heard or self.ended:
            return None
        self.given_up = True
        if not self.before:
            return self.unsent(self.failure or text)
        self.stage, self.ending, self.text = Stage.ENDED, "cancelled", text
        return Step("cancelled", 0, 0, text)

    def unsent(self, text: str) -> Step:
        """It was refused where it would have been sent."""
        self.stage, self.ending, self.text = Stage.ENDED, "rejected", text
        return Step("rejected", 0, 0, text)

    def _settle_terms(self, s: Sight) -> None:
        self.terms = replace(self.terms, side=s.side, qty=s.qty, open=False)
        self.qty, self._sizes = s.qty, {s.qty}

    # judgement

    def _other_order(self, s: Sight) -> str | None:
        t = self.terms
        if (s.ticker, s.side) != (t.ticker, t.side):
            return f"shown as {s.side:+d} {s.ticker}, sent as {t.side:+d} {t.ticker}"
        if s.kind in IMPOSSIBLE_AS[t.kind]:
            return f"shown as {s.kind}, sent as {t.kind}"
        if s.qty not in self._sizes:
            return f"quantity {s.qty}, asked for {sorted(self._sizes)}"
        if self.cl_ord_id and s.cl_ord_id and s.cl_ord_id != self.cl_ord_id:
            return f"ClOrderID {s.cl_ord_id}, known as {self.cl_ord_id}"
        return None

    def _backwards(self, s: Sight) -> str | None:
        if s.stage is Stage.ENDED and s.traded < self.traded:
            return f"ended with {s.traded} traded, {self.traded} are known"
        if self.ending == "filled" and s.traded > self.traded:
            return f"{s.traded} traded of an order that was filled with {self.traded}"
        return None

    def _bad_price(self, s: Sight) -> str | None:
        """Why what is new cannot have traded at the average that is shown."""
        lots = s.traded - self.traded
        if lots <= 0:
            return None
        if s.value is None:
            return f"no average price that could be for {s.traded} traded"
        low, high = self._bounds()
        gained, slack = s.value - self.value, int(s.rounded)
        if not low * lots - slack <= gained <= high * lots + slack:
            return f"{lots} lots for {gained} ticks x lots, outside {low:g} to {high:g} each"
        return None

    def _bounds(self) -> tuple[float, float]:
        """Ticks between which one lot may trade: no worse than any limit, and near the market."""
        near = self.terms.near
        low, high = (1.0, 1e9) if near is None else (near * (1 - MARKET_BAND), near * (1 + MARKET_BAND))
        if self._limits and self.terms.side > 0:
            high = float(max(self._limits))
        elif self._limits:
            low = float(min(self._limits))
        return low, high

    def _worst(self) -> int:
        """What a lot costs when nobody can tell: the worst limit, or the market's price at the send."""
        if self._limits:
            return max(self._limits) if self.terms.side > 0 else min(self._limits)
        return self.terms.near or 1

    # change

    def _identify(self, s: Sight) -> None:
        self.heard, self.failure = True, None
        self.local_id = self.local_id or max(s.local_id, 0)
        self.cl_ord_id = self.cl_ord_id or s.cl_ord_id

    def _advance(self, s: Sight, guess: bool) -> Step | None:
        lots, before = s.traded - self.traded, self.stage
        value = self._gain(s, lots, guess)
        self.traded += lots
        if self.ended:
            self._after_the_end(s)
        else:
            self._move(s)
        if not lots and self.stage is before:
            return None
        return Step(self._word(), lots, value, s.text)

    def _gain(self, s: Sight, lots: int, guess: bool) -> int:
        """Ticks x lots of the new lots."""
        if not lots:
            return 0
        if guess or s.value is None:
            self.estimated = True
            gained = lots * self._worst()
        else:
            gained = s.value - self.value
        self.value += gained
        return gained

    def _move(self, s: Sight) -> None:
        stage = self.stage if s.stage is None else s.stage
        if stage >= self.stage:
            self.qty = s.qty
        self.text = s.text or self.text
        self.stage = max(self.stage, stage, Stage.WORKING if self.traded else Stage.SENT)
        if self.ended:
            self.ending = _ending(s.status)

    def _after_the_end(self, s: Sight) -> None:
        if self.traded == self.qty:
            self.ending = "filled"
        if s.stage is Stage.ENDED:
            self.lives_on = False
        elif self.given_up:
            self.lives_on = True

    def _word(self) -> str:
        if self.ended:
            return self.ending
        return "partial" if self.traded else "accepted"


def _ending(status: int) -> str:
    if status == OrderStatus.FILLED:
        return "filled"
    return "rejected" if status in FAILED else "cancelled"


def split(lots: int, value: int) -> list[tuple[int, int]]:
    """(lots, ticks) at whole ticks that add up exactly to ``value``: at most two neighbouring prices."""
    price, rest = divmod(value, lots)
    parts = [(lots - rest, price)]
    return [*parts, (rest, price + 1)] if rest else parts


def kind_of(price: int | None, stop: int | None) -> str:
    """How an order with this limit and this trigger is called."""
    return "stop_limit" if stop is not None else "market" if price is None else "limit"

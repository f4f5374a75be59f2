"""The life of a connection as a state machine: what was seen goes in, what to do about it comes out.

Pure: no clock, no library, no thread. ``Connection.step`` is shown the world and returns acts in order; whoever owns
the engine and the library carries them out (``watch.py``). Waits are in market time, so that a market in slow or fast
motion is judged alike; only the patience with an answer is in real time.
"""
from __future__ import annotations

import enum
from dataclasses import dataclass

from qt_app.alerts.codes import Code

NS = 1_000_000_000


class Phase(enum.Enum):
    """Where the connection stands."""

    CONNECTING = "connecting"
    READY = "connected"
    OUTAGE = "outage"             # market data is down
    RETURNING = "returning"       # it is back; whether data flows is not known yet
    MUTE = "mute"                 # connected, and nothing comes in an open market
    BACKFILLING = "backfilling"   # history of what was missed was asked for
    FAILED = "failed"             # of no more use: the login or the key was refused


class Act(enum.Enum):
    """What the machine wants done."""

    SHUT = "the feed is stale, the book lost, prints are missed from here"
    RENEW = "unsubscribe and subscribe again"
    ASK = "ask for the history of the gap, throwing away what was collected of it"
    FILL = "the gap is filled: time goes on"
    GO_ON = "time goes on with the gap as it is"
    HALT = "no entries until the operator allows them"
    SAY = "tell it"


@dataclass(frozen=True, slots=True)
class Step:
    """One act; SAY has a sentence and an alert's code."""

    act: Act
    words: str = ""
    code: Code = Code.CONNECTED

    @property
    def level(self) -> str:
        return self.code.level


@dataclass(frozen=True, slots=True)
class Patience:
    """Market time (ns), but ``answer_s``: real seconds without any progress of a history answer."""

    settle_ns: int = 2 * NS          # after a return or a new subscription, before it is judged
    mute_ns: int = 30 * NS           # silence of an open market that is an alarm
    retry_ns: int = 5 * NS           # first wait between two tries; it doubles
    retry_max_ns: int = 120 * NS
    hold_ns: int = 300 * NS          # event time stands still for a gap this long at most
    answer_s: float = 30.0
    tries: int = 5                   # history answers that may be cut or lost before the gap is given up


@dataclass(frozen=True, slots=True)
class History:
    """The answer to the last request, as far as it came. Exchange times in UTC ns, 0 none."""

    done: bool = False
    count: int = 0               # prints collected
    first_ns: int = 0
    last_ns: int = 0
    waiting_ns: int = 0          # first live print that came after the return
    seen_ns: int = 0             # last print before the gap

    @property
    def whole(self) -> bool:
        """Reaches from the last print seen before the gap to the first one after it."""
        if not self.count:
            return not self.seen_ns and not self.waiting_ns
        return (not self.seen_ns or self.first_ns <= self.seen_ns) and self.last_ns >= self.waiting_ns


@dataclass(frozen=True, slots=True)
class Look:
    """The world at one moment."""

    now_ns: int                      # market clock
    mono_s: float                    # real time that passed
    connected: bool                  # the channels say that market data is there
    arrived: int                     # market events that came so far
    open: bool = True                # data should flow: inside a session, trading phase open
    over: bool = False               # a generated market has ended
    waiting_for: str = ""            # the channels that are missing, in words
    failure: str = ""                # why the connection is of no more use
    slow: bool = False
    history: History = History()


MUTE_WORDS = ("connected, but no market data for {silence:.0f} s of an open market: a session of this activation key "
              "was killed without logging out, or a second one is logged in; close it, or wait some minutes. "
              "Subscribing again")


class Connection:
    """The machine. ``phase`` and ``words`` say where it stands."""

    def __init__(self, patience: Patience | None = None) -> None:
        self.phase = Phase.CONNECTING
        self.shut = False                # from SHUT to FILL or GO_ON
        self._patience = patience or Patience()
        self._since_ns = 0               # of the gap
        self._shut_ns = 0
        self._judge_ns = 0               # data is judged from here on
        self._baseline: int | None = None
        self._arrived, self._arrived_ns = -1, 0
        self._retry_at_ns, self._wait_ns = 0, 0
        self._asked_s, self._count, self._tries = 0.0, -1, 0
        self._ask_at_ns: int | None = None
        self._slow = False
        self._waiting_for = ""

    @property
    def words(self) -> str:
        """For status: the phase, and what is missing."""
        missing = self.phase is Phase.OUTAGE and self._waiting_for
        return f"{self.phase.value}: {self._waiting_for}" if missing else self.phase.value

    @property
    def busy(self) -> bool:
        """Something is under way that ends by itself."""
        return self.phase in (Phase.RETURNING, Phase.BACKFILLING)

    def step(self, look: Look) -> list[Step]:
        """What follows from what was seen."""
        self._notice_flow(look)
        steps = self._notice_slow(look)
        if look.failure:
            return steps + self._fail(look)
        if not look.connected:
            return steps + self._down(look)
        follow = {Phase.CONNECTING: self._up, Phase.READY: self._ready, Phase.OUTAGE: self._back,
                  Phase.RETURNING: self._returning, Phase.MUTE: self._mute, Phase.BACKFILLING: self._backfilling,
                  Phase.FAILED: self._nothing}
        return steps + follow[self.phase](look)

    # ---- what is noticed in every phase

    def _notice_flow(self, look: Look) -> None:
        if look.arrived != self._arrived or not look.open:
            self._arrived, self._arrived_ns = look.arrived, look.now_ns

    def _notice_slow(self, look: Look) -> list[Step]:
        if look.slow == self._slow:
            return []
        self._slow = look.slow
        if look.slow:
            words = "the library says that this program takes its callbacks too slowly; data may be lost"
            return [Step(Act.SAY, f"{words}: free the processor", Code.LIBRARY_SLOW)]
        return [Step(Act.SAY, "the library is satisfied with this program's pace again", Code.LIBRARY_PACE)]

    def _nothing(self, look: Look) -> list[Step]:
        return []

    def _fail(self, look: Look) -> list[Step]:
        if self.phase is Phase.FAILED:
            return []
        self.phase = Phase.FAILED
        return [Step(Act.SAY, f"the connection failed: {look.failure}", Code.CONNECTION_FAILED)]

    # ---- down

    def _down(self, look: Look) -> list[Step]:
        self._waiting_for = look.waiting_for
        if self.phase in (Phase.CONNECTING, Phase.FAILED):
            return []
        if self.phase is Phase.OUTAGE:
            return self._go_on(look)
        if self.phase is Phase.READY:
            self._since_ns = look.now_ns
        self.phase = Phase.OUTAGE
        words = f"market data is down ({look.waiting_for}): no entries until it is back and complete"
        return [Step(Act.SAY, words, Code.CONNECTION_LOST), *self._shut(look)]

    def _shut(self, look: Look) -> list[Step]:
        """Once for a gap; again when time had gone on during it."""
        if self.shut:
            return []
        self.shut, self._shut_ns = True, look.now_ns
        return [Step(Act.SHUT)]

    def _go_on(self, look: Look) -> list[Step]:
        """The clock acts again (flat-by, time limits), however long an outage lasts."""
        if not self.shut or look.now_ns - self._shut_ns < self._patience.hold_ns:
            return []
        self.shut = False
        held = (look.now_ns - self._shut_ns) / NS
        words = f"no market data for {held:.0f} s: time goes on without it, entries stay blocked"
        return [Step(Act.SAY, words, Code.TIME_GOES_ON), Step(Act.GO_ON)]

    # ---- up

    def _up(self, look: Look) -> list[Step]:
        self.phase = Phase.READY
        return [Step(Act.SAY, "market data is connected")]

    def _ready(self, look: Look) -> list[Step]:
        silence = look.now_ns - self._arrived_ns
        if silence < self._patience.mute_ns or look.over:
            return []
        self._since_ns = self._arrived_ns
        return self._fall_mute(look, silence)

    def _back(self, look: Look) -> list[Step]:
        self.phase = Phase.RETURNING
        self._settle(look)
        gone = (look.now_ns - self._since_ns) / NS
        words = f"market data is back after {gone:.0f} s: waiting for prints"
        return [*self._shut(look), Step(Act.SAY, words, Code.CONNECTION_BACK)]

    def _settle(self, look: Look) -> None:
        self._judge_ns, self._baseline = look.now_ns + self._patience.settle_ns, None
        self._wait_ns = self._patience.retry_ns
        self._retry_at_ns = self._judge_ns + self._wait_ns

    def _flows(self, look: Look) -> bool:
        """Something came after the settling: what comes at once may be the image of a subscription."""
        if look.over:
            return True
        if look.now_ns < self._judge_ns:
            return False
        if self._baseline is None:
            self._baseline = look.arrived
        return look.arrived != self._baseline or not look.open

    def _returning(self, look: Look) -> list[Step]:
        if self._flows(look):
            return self._fetch(look)
        if look.now_ns >= self._retry_at_ns:
            return self._fall_mute(look, look.now_ns - self._arrived_ns)
        return self._go_on(look)

    # ---- mute

    def _fall_mute(self, look: Look, silence_ns: int) -> list[Step]:
        self.phase = Phase.MUTE
        self._settle(look)
        return [Step(Act.SAY, MUTE_WORDS.format(silence=silence_ns / NS), Code.FEED_MUTE), *self._shut(look),
                Step(Act.RENEW)]

    def _mute(self, look: Look) -> list[Step]:
        if self._flows(look):
            return self._fetch(look)
        if look.now_ns < self._retry_at_ns:
            return self._go_on(look)
        wait_ns = min(2 * self._wait_ns, self._patience.retry_max_ns)
        self._settle(look)
        self._wait_ns = wait_ns
        self._retry_at_ns = self._judge_ns + wait_ns
        words = f"still no market data: subscribing again, next try in {wait_ns / NS:.0f} s"
        return [Step(Act.SAY, words, Code.FEED_RETRY), Step(Act.RENEW), *self._go_on(look)]

    # ---- the gap

    def _fetch(self, look: Look) -> list[Step]:
        self.phase = Phase.BACKFILLING
        self._tries = 0
        return [*self._shut(look), *self._ask(look)]

    def _ask(self, look: Look) -> list[Step]:
        self._tries += 1
        self._ask_at_ns = None
        self._asked_s, self._count = look.mono_s, -1
        return [Step(Act.SAY, f"asking for the history of the gap (try {self._tries})", Code.GAP_ASKED), Step(Act.ASK)]

    def _backfilling(self, look: Look) -> list[Step]:
        if look.history.done and look.history.whole:    # however late it comes
            return self._filled(look)
        if self._ask_at_ns is not None:
            return self._ask(look) if look.now_ns >= self._ask_at_ns or look.over else []
        if look.history.done:
            return self._again(look, f"the answer ({look.history.count} prints) does not reach over the gap")
        if look.history.count != self._count:
            self._count, self._asked_s = look.history.count, look.mono_s
        if look.mono_s - self._asked_s < self._patience.answer_s:
            return []
        return self._again(look, f"history stopped coming after {look.history.count} prints")

    def _filled(self, look: Look) -> list[Step]:
        self.phase, self.shut = Phase.READY, False
        self._arrived_ns = look.now_ns
        gone = (look.now_ns - self._since_ns) / NS
        return [Step(Act.FILL), Step(Act.SAY, f"the gap of {gone:.0f} s is filled from {look.history.count} prints of "
                                              "history: trading goes on", Code.GAP_FILLED)]

    def _again(self, look: Look, why: str) -> list[Step]:
        if self._tries >= self._patience.tries:
            self.phase, self.shut = Phase.READY, False
            self._arrived_ns = look.now_ns
            return [Step(Act.SAY, f"{why}, at try {self._tries}: the gap stays, and entries are halted; "
                                  "`qt resume` allows them again", Code.GAP_STAYS), Step(Act.HALT), Step(Act.FILL)]
        wait_ns = min(self._patience.retry_ns << (self._tries - 1), self._patience.retry_max_ns)
        self._ask_at_ns = look.now_ns + wait_ns
        return [Step(Act.SAY, f"{why}: asking again in {wait_ns / NS:.0f} s", Code.GAP_AGAIN)]


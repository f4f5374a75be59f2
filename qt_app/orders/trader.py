"""Steps 7 and 8 for one account: decisions become orders through the gate, reports become fills and protection."""
from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

from qt_app.instruments import Instrument
from qt_app.journal.entries import Begin, Entry
from qt_app.orders.account import Account, Fill
from qt_app.orders.base import Adoption, Gateway, PricedReport
from qt_app.orders.bracket import Bracket
from qt_app.orders.levels import Levels
from qt_app.orders.notes import Notes
from qt_app.orders.recovery import died, fold, guards, side_of, working_of
from qt_app.orders.working import Act, Cancel, Patience, Want, Working
from qt_app.risk.gate import RiskGate
from qt_app.risk.intent import Intent, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.reasons import Reason, Refusal
from qt_app.risk.schedule import Schedule
from qt_app.risk.view import MarketLike, MarketView
from qt_app.votes import Decision, OrderReport, OrderRequest
from qt_core._types import Phase

#: While one of these holds, nothing is sent or moved that can wait.
UNCALM = frozenset({Reason.BROKER_NOT_READY, Reason.ROUTER_STUCK, Reason.RECONCILING})

#: (kind, record): order, cancel, report, fill or refusal, as plain values.
Record = tuple[str, dict[str, Any]]


class EngineLike(Protocol):
    """What is needed of the engine."""

    @property
    def market(self) -> MarketLike: ...
    @property
    def now_ns(self) -> int: ...
    @property
    def seq(self) -> int: ...


class Trader:
    """One account's orders, from decision to fill. Event time only; the same input gives the same records."""

    def __init__(self, gate: RiskGate, gateway: Gateway, account: Account, instrument: Instrument,  # noqa: PLR0917
                 limits: Limits, schedule: Schedule, patience: Patience | None = None) -> None:
        self.gate = gate
        self.gateway = gateway
        self.account = account
        self.instrument = instrument
        self.limits = limits
        self.schedule = schedule
        self.bracket = Bracket(patience or Patience(), Levels(limits))
        self.records: list[Record] = []
        self.notes = Notes(instrument.symbol)   # nowhere, until somebody keeps a journal
        self._order_id = 0
        self._session_ns: int | None = None
        gate.gateway_blocks = self._blocks
        gate.breakers.note = self._note

    def restore(self, begin: Begin) -> None:
        """Goes on from what an earlier run left: position, money and counts of its fills, order ids, live orders.

        Before the first event. Orders that cannot live on are noted as cancelled; the others are acted on once the
        gateway has compared them with the broker.
        """
        self._order_id = begin.next_order_id - 1
        self._session_ns = fold(self.account, begin)
        self.gate.restore(begin)
        living = self.gateway.restore(begin.orders, self.account.position)
        for known in begin.orders:
            if not known.ended and known not in living:
                self.notes.report(died(known))
        self.bracket.restore(map(working_of, living), (working_of(known) for known in begin.orders if known.ended),
                             side_of(begin.fills))
        for side, trigger in guards(begin.orders):
            self.bracket.levels.placed(side, trigger)

    def _blocks(self) -> tuple[Reason, ...]:
        """Why the way to the broker, or what came back over it, forbids entries."""
        blocks = self.gateway.blocks
        return (*blocks, Reason.POSITION_IN_DOUBT) if self.bracket.doubt else blocks

    def _note(self, entry: Entry) -> None:
        """Where the notes go, wherever that is by now."""
        self.notes.put(entry)

    @property
    def state(self) -> str:
        """flat | settling | entering | protecting | protected | exiting | unknown."""
        return self.bracket.state(self.account.position)

    def take_records(self) -> list[Record]:
        """What happened since the last call, in order."""
        taken, self.records = self.records, []
        return taken

    # what the pipeline calls

    def on_decision(self, decision: Decision, engine: EngineLike) -> OrderRequest | Refusal | None:
        """Act on a decision: enter, leave, or nothing; then see to what is due."""
        return self.act(decision, self.judge(decision, engine), engine)

    def judge(self, decision: Decision, engine: EngineLike) -> OrderRequest | Refusal | None:
        """What risk says to a decision: an entry to send, a refusal, or None when there is nothing to send."""
        self.gateway.advance(decision.ts_ns)
        self._take_reports()
        return None if decision.action == "hold" else self._decide(decision, self._look(engine, decision.ts_ns))

    def act(self, decision: Decision, outcome: OrderRequest | Refusal | None,
            engine: EngineLike) -> OrderRequest | Refusal | None:
        """Send the entry that passed, note a refusal; then exits, stops and cancels that are due."""
        view = self._look(engine, decision.ts_ns)
        if isinstance(outcome, OrderRequest):
            self._send(outcome, Purpose.ENTRY)
        elif isinstance(outcome, Refusal):
            self._refusal(decision.seq, view, Purpose.ENTRY, outcome)
        self._tend(view, decision.seq)
        return outcome

    def on_reports(self, engine: EngineLike) -> list[OrderReport]:
        """Take the gateway's reports in, and do what they call for."""
        reports = self._take_reports()
        self._tend(self._look(engine, engine.now_ns), engine.seq)
        return reports

    def on_control(self, code: int, engine: EngineLike, detail: int = 0) -> None:
        """An operator's act or the feed's health: see RiskGate.control."""
        self.gate.control(code, detail, engine.now_ns)
        self._tend(self._look(engine, engine.now_ns), engine.seq)

    def on_time(self, engine: EngineLike) -> None:
        """Time passed without decision or report: flat-by, time limits, retries."""
        self._tend(self._look(engine, engine.now_ns), engine.seq)

    # decisions

    def _decide(self, decision: Decision, view: MarketView) -> OrderRequest | Refusal | None:
        side = 1 if decision.action == "buy" else -1
        if side * self.account.position < 0:
            return self._leave(decision)
        intent = Intent(self._order_id + 1, decision.seq, view.now_ns, Purpose.ENTRY, side, self.gate.max_lots,
                        decision.action.upper(), decision.confidence)
        return self.gate.check(intent, view, self.bracket.live)

    def _leave(self, decision: Decision) -> Refusal | None:
        """The opposite decision closes; it takes another one to turn around."""
        if not decision.confidence >= self.limits.min_confidence:
            return Refusal(Reason.LOW_CONFIDENCE, f"{decision.confidence} < {self.limits.min_confidence}")
        self.bracket.want_exit("OPPOSITE_DECISION")
        return None

    # upkeep

    def _look(self, engine: EngineLike, now_ns: int) -> MarketView:
        """The market now; a new session restarts the day's counts."""
        view = MarketView.of(engine.market, now_ns)
        if view.open_ns is not None and view.open_ns != self._session_ns:
            self._session_ns = view.open_ns
            self.notes.session(view.open_ns, now_ns)
            self.account.open_session()
            self.bracket.forget()
        self.account.mark(view.bid, view.ask)
        self.gate.follow(view)
        return view

    def _tend(self, view: MarketView, seq: int) -> None:
        """Exits that are due, then whatever brings orders and position in line; nothing before both are known."""
        if not self.gateway.compared:
            return
        self._judge(view)
        self._show(view)
        for act in self.bracket.plan(view.now_ns, self.account.position):
            self._carry_out(act, view, seq)

    def _judge(self, view: MarketView) -> None:
        """Reasons to leave that lie in the clock, the money or the operator."""
        if self.account.position or self.bracket.of(Purpose.ENTRY):
            if self.schedule.must_be_flat(view):
                self.bracket.want_exit("FLAT_BY")
            if (reason := self.gate.leaving) is not None:
                self.bracket.want_exit(reason.name)
        self.bracket.entry_block = self._entry_block(view)
        self.bracket.exits_wait = view.phase != Phase.OPEN

    def _entry_block(self, view: MarketView) -> str | None:
        """Why a working entry must go: a state that allows none, or an auction into which it would be carried."""
        if blocks := self.gate.blocks:
            return blocks[0].name
        return None if view.phase == Phase.OPEN else Reason.PHASE_NOT_OPEN.name

    def _show(self, view: MarketView) -> None:
        """What the legs depend on beside reports and position: the market, and whether there is room to wait for."""
        position, entry = self.account.position, self.account.average_ticks
        if entry is None:
            return
        side = 1 if position > 0 else -1
        self.bracket.calm = (view.phase == Phase.OPEN and self.schedule.window(view) != "closed"
                             and not self.gate.rate.exceeded(view.now_ns) and UNCALM.isdisjoint(self.gateway.blocks))
        costs = self.account.round_trip_ticks(view.now_ns) if self.bracket.levels.moving else Fraction(0)
        self.bracket.levels.see(side, entry, view.touch(-side), costs)

    def _carry_out(self, act: Act, view: MarketView, seq: int) -> None:
        if isinstance(act, Cancel):
            self._cancel(act, view)
            return
        intent = self._reduction(act, view, seq)
        outcome = self._submit(intent, view)
        if isinstance(outcome, Refusal):
            self._refusal(seq, view, act.purpose, outcome)
            self.bracket.refused(act.purpose, outcome.reason.name, view.now_ns)

    def _reduction(self, want: Want, view: MarketView, seq: int) -> Intent:
        """The leg or exit that a plan asks for."""
        side = -1 if self.account.position > 0 else 1
        terms = None if want.purpose is Purpose.EXIT else self.bracket.levels.terms()
        return Intent(self._order_id + 1, seq, view.now_ns, want.purpose, side, want.qty, want.reason,
                      stop=terms.stop if terms and want.purpose is Purpose.STOP else None,
                      target=terms.target if terms and want.purpose is Purpose.TARGET else None)

    # the two ways out

    def _submit(self, intent: Intent, view: MarketView) -> OrderRequest | Refusal:
        """Through the gate to the gateway."""
        request = self.gate.check(intent, view, self.bracket.live)
        if isinstance(request, OrderRequest):
            self._send(request, intent.purpose)
        return request

    def _send(self, request: OrderRequest, purpose: Purpose) -> None:
        """To the gateway; the order is noted and known before it is sent."""
        self._order_id = request.order_id
        self.notes.order(request, purpose)
        self.bracket.sent(request, purpose)
        self._record("order", request.seq, request.ts_ns, order_id=request.order_id, purpose=purpose.value,
                     side=request.side, qty=request.qty, price=request.price, stop=request.stop, reason=request.reason)
        self.gateway.submit(request)

    def _cancel(self, act: Cancel, view: MarketView) -> None:
        seq = self.bracket.orders[act.order_id].request.seq
        self._record("cancel", seq, view.now_ns, order_id=act.order_id, reason=act.reason)
        self.notes.cancel(act.order_id, view.now_ns, act.reason)
        self.gate.rate.add(view.now_ns)
        self.gateway.cancel(act.order_id, view.now_ns)

    # reports

    def _take_reports(self) -> list[OrderReport]:
        reports = self.gateway.reports()
        for report in reports:
            self._report(report)
        return reports

    def _report(self, report: OrderReport) -> None:
        if isinstance(report, Adoption):
            self._adopt(report)
            return
        self.gate.breakers.reported(report)
        priced = report if isinstance(report, PricedReport) else None
        self._record("report", report.seq, report.ts_ns, order_id=report.order_id, status=report.status,
                     traded=report.traded, text=report.text,
                     traded_probable=priced.traded_probable if priced else None,
                     traded_optimistic=priced.traded_optimistic if priced else None)
        order = self.bracket.find(report.order_id)
        lots = 0 if order is None else self.bracket.on_report(order, report)
        if order is None or (lots and report.price is None):
            self.bracket.doubt = True
        elif lots and report.price is not None:
            self._fill(report, lots, report.price, order)
        self.notes.report(report)

    def _adopt(self, report: Adoption) -> None:
        """Lots that the broker holds for us and no order of ours explains: booked, and protected like any other."""
        assert report.price is not None
        cost = report.last_qty * report.price
        self._book(Fill(0, report.seq, report.ts_ns, report.side, report.last_qty, report.price, cost, cost),
                   entry=False)

    def _fill(self, report: OrderReport, lots: int, price: int, order: Working) -> None:
        probable = optimistic = lots * price
        if isinstance(report, PricedReport) and lots == report.last_qty:
            probable, optimistic = report.cost_probable, report.cost_optimistic
        fill = Fill(report.order_id, report.seq, report.ts_ns, order.request.side, lots, price, probable, optimistic)
        self._book(fill, entry=order.purpose is Purpose.ENTRY)

    def _book(self, fill: Fill, *, entry: bool) -> None:
        self.account.fill(fill, entry=entry)
        self.notes.fill(fill, entry=entry, position=self.account.position)
        self._record("fill", fill.seq, fill.ts_ns, order_id=fill.order_id, side=fill.side, qty=fill.qty,
                     price=fill.price, cost_probable=fill.cost_probable, cost_optimistic=fill.cost_optimistic,
                     position=self.account.position,
                     realised_brl=self.account.figures("pessimistic", None, None).realised_brl,
                     costs_brl=self.account.costs_brl)

    # records

    def _refusal(self, seq: int, view: MarketView, purpose: Purpose, refusal: Refusal) -> None:
        self._record("refusal", seq, view.now_ns, purpose=purpose.value, code=refusal.reason.name,
                     detail=refusal.detail)

    def _record(self, kind: str, seq: int, ts_ns: int, **rest: Any) -> None:
        self.records.append((kind, {"seq": seq, "ts_ns": ts_ns, **rest}))


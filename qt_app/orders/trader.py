"""Steps 7 and 8 for one account: decisions become orders through the gate, reports become fills and protection."""
from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

from qt_app.instruments import Instrument
from qt_app.orders.account import Account, Fill
from qt_app.orders.base import Gateway, PricedReport
from qt_app.orders.keeper import Act, Cancel, Keeper, Patience, Want, Working
from qt_app.risk.gate import Reason, Refusal, RiskGate
from qt_app.risk.intent import Intent, ProtectiveStop, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.schedule import Schedule
from qt_app.risk.view import MarketLike, MarketView
from qt_app.votes import Decision, OrderReport, OrderRequest

#: How far beyond its trigger a protective stop may fill: 20 points of WDO, 200 of WIN.
STOP_SLIP_TICKS = 40

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
        self.keeper = Keeper(patience or Patience())
        self.records: list[Record] = []
        self._order_id = 0
        self._session_ns: int | None = None
        self.in_doubt = False  # a report could not be booked, so the position is in doubt: no entries until restart

    @property
    def state(self) -> str:
        """flat | settling | entering | protecting | protected | exiting."""
        return self.keeper.state(self.account.position)

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

    def on_control(self, code: int, engine: EngineLike) -> None:
        """An operator's act or the feed's health: see RiskGate.control."""
        self.gate.control(code)
        self._tend(self._look(engine, engine.now_ns), engine.seq)

    def on_time(self, engine: EngineLike) -> None:
        """Time passed without decision or report: flat-by, time limits, retries."""
        self._tend(self._look(engine, engine.now_ns), engine.seq)

    # decisions

    def _decide(self, decision: Decision, view: MarketView) -> OrderRequest | Refusal | None:
        side = 1 if decision.action == "buy" else -1
        if side * self.account.position < 0:
            return self._leave(decision)
        if self.in_doubt:
            return Refusal(Reason.POSITION_IN_DOUBT, "see the reports")
        intent = Intent(self._order_id + 1, decision.seq, view.now_ns, Purpose.ENTRY, side, self.gate.max_lots,
                        decision.action.upper(), decision.confidence)
        return self.gate.check(intent, view, self.keeper.live)

    def _leave(self, decision: Decision) -> Refusal | None:
        """The opposite decision closes; it takes another one to turn around."""
        if not decision.confidence >= self.limits.min_confidence:
            return Refusal(Reason.LOW_CONFIDENCE, f"{decision.confidence} < {self.limits.min_confidence}")
        self.keeper.want_exit("OPPOSITE_DECISION")
        return None

    # upkeep

    def _look(self, engine: EngineLike, now_ns: int) -> MarketView:
        """The market now; a new session restarts the day's counts."""
        view = MarketView.of(engine.market, now_ns)
        if view.open_ns is not None and view.open_ns != self._session_ns:
            self._session_ns = view.open_ns
            self.account.open_session()
            self.keeper.forget()
        self.account.mark(view.bid, view.ask)
        return view

    def _tend(self, view: MarketView, seq: int) -> None:
        """Exits that are due, then whatever brings orders and position in line."""
        self._judge(view)
        for act in self.keeper.plan(view.now_ns, self.account.position):
            self._carry_out(act, view, seq)

    def _judge(self, view: MarketView) -> None:
        """Reasons to leave that lie in the clock, the money or the operator."""
        if self.account.position or self.keeper.of(Purpose.ENTRY):
            if self.schedule.must_be_flat(view):
                self.keeper.want_exit("FLAT_BY")
            if self.gate.loss_reached(view):
                self.keeper.want_exit("DAILY_LOSS")
            if self.gate.reducing:
                self.keeper.want_exit("REDUCE")
        self.keeper.entry_block = self.gate.blocks[0].name if self.gate.blocks else None

    def _carry_out(self, act: Act, view: MarketView, seq: int) -> None:
        if isinstance(act, Cancel):
            self._cancel(act, view)
            return
        intent = self._reduction(act, view, seq)
        outcome = self._submit(intent, view)
        if isinstance(outcome, Refusal):
            self._refusal(seq, view, act.purpose, outcome)
            self.keeper.refused(act.purpose, outcome.reason.name, view.now_ns)

    def _reduction(self, want: Want, view: MarketView, seq: int) -> Intent:
        """The stop or exit that a plan asks for."""
        side = -1 if self.account.position > 0 else 1
        stop = None
        if want.purpose is Purpose.STOP:
            entry = self.account.average_ticks or Fraction(0)
            stop = ProtectiveStop.at_loss(-side, entry, self.limits.stop_loss, STOP_SLIP_TICKS)
        return Intent(self._order_id + 1, seq, view.now_ns, want.purpose, side, want.qty, want.reason, stop=stop)

    # the two ways out

    def _submit(self, intent: Intent, view: MarketView) -> OrderRequest | Refusal:
        """Through the gate to the gateway."""
        request = self.gate.check(intent, view, self.keeper.live)
        if isinstance(request, OrderRequest):
            self._send(request, intent.purpose)
        return request

    def _send(self, request: OrderRequest, purpose: Purpose) -> None:
        """To the gateway; the order is known before it is sent."""
        self._order_id = request.order_id
        self.keeper.sent(request, purpose)
        self._record("order", request.seq, request.ts_ns, order_id=request.order_id, purpose=purpose.value,
                     side=request.side, qty=request.qty, price=request.price, stop=request.stop, reason=request.reason)
        self.gateway.submit(request)

    def _cancel(self, act: Cancel, view: MarketView) -> None:
        seq = self.keeper.orders[act.order_id].request.seq
        self._record("cancel", seq, view.now_ns, order_id=act.order_id, reason=act.reason)
        self.gate.rate.add(view.now_ns)
        self.gateway.cancel(act.order_id, view.now_ns)

    # reports

    def _take_reports(self) -> list[OrderReport]:
        reports = self.gateway.reports()
        for report in reports:
            self._report(report)
        return reports

    def _report(self, report: OrderReport) -> None:
        priced = report if isinstance(report, PricedReport) else None
        self._record("report", report.seq, report.ts_ns, order_id=report.order_id, status=report.status,
                     traded=report.traded, text=report.text,
                     traded_probable=priced.traded_probable if priced else None,
                     traded_optimistic=priced.traded_optimistic if priced else None)
        order = self.keeper.find(report.order_id)
        lots = 0 if order is None else self.keeper.on_report(order, report)
        if order is None or (lots and report.price is None):
            self.in_doubt = True
        elif lots and report.price is not None:
            self._fill(report, lots, report.price, order)

    def _fill(self, report: OrderReport, lots: int, price: int, order: Working) -> None:
        side = order.request.side
        probable = optimistic = lots * price
        if isinstance(report, PricedReport) and lots == report.last_qty:
            probable, optimistic = report.cost_probable, report.cost_optimistic
        fill = Fill(report.order_id, report.seq, report.ts_ns, side, lots, price, probable, optimistic)
        self.account.fill(fill, entry=order.purpose is Purpose.ENTRY)
        self._record("fill", fill.seq, fill.ts_ns, order_id=fill.order_id, side=side, qty=lots, price=price,
                     cost_probable=probable, cost_optimistic=optimistic, position=self.account.position,
                     realised_brl=self.account.figures("pessimistic", None, None).realised_brl,
                     costs_brl=self.account.costs_brl)

    # records

    def _refusal(self, seq: int, view: MarketView, purpose: Purpose, refusal: Refusal) -> None:
        self._record("refusal", seq, view.now_ns, purpose=purpose.value, code=refusal.reason.name,
                     detail=refusal.detail)

    def _record(self, kind: str, seq: int, ts_ns: int, **rest: Any) -> None:
        self.records.append((kind, {"seq": seq, "ts_ns": ts_ns, **rest}))


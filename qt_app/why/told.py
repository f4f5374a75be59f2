"""The answer in words and rows of one language, the same for the terminal and the page."""
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qt_app.catalogue import monitor
from qt_app.catalogue.reasons import in_words
from qt_app.catalogue.why import VALUES, WORDS
from qt_app.report.numbers import UNKNOWN, Language, Numbers
from qt_app.risk.explain import Check, Value
from qt_app.votes import ACTIONS
from qt_app.why.answer import Answer
from qt_app.why.around import Print
from qt_app.why.past import Row
from qt_app.zone import local_time

Rows = list[list[str]]

#: Prints that are listed; a chart shows all of them.
BEFORE, AFTER = 12, 5


@dataclass(frozen=True, slots=True)
class Told:
    """One answer in one language."""

    answer: Answer
    language: Language

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.language]

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.language)

    def word(self, name: str, /, **values: str) -> str:
        return self.words[name].format(**values)

    def p(self, value: float | None) -> str:
        return self.numbers.number(value, 3)

    def said(self, words: str) -> str:
        """A reason in the language; English shows the program's own words."""
        return words if self.language == "en" else in_words(words, self.language)

    def voter(self, name: str) -> str:
        return name if self.language == "en" else monitor.WORDS[self.language].get(name, name)

    # the head

    def title(self) -> str:
        when = local_time(self.answer.decision.ts_ns)
        return self.word("title", time=f"{self.numbers.day(when[:10])} {when[11:19]}")

    def lead(self) -> str:
        run = self.answer.run
        name, values = self.answer.taken_as
        named = {key: self.said(value) for key, value in values.items()}
        return self.word("lead", symbol=run["symbol"], run=run["run"], mode=run["mode"],
                         taken_as=self.word(name, **named), seq=str(self.answer.decision.seq))

    def notes(self) -> list[str]:
        """What to know about the evidence."""
        run, found = self.answer.run, []
        if self.answer.repeats is not None:
            found.append(self.word("repeats" if self.answer.repeats else "differs", run=run["run"]))
        if not run["ended"]:
            found.append(self.words["partial"])
        if run["missing_events"]:
            found.append(self.word("missing", count=self.numbers.number(run["missing_events"])))
        return found

    # why, and what else

    def why(self) -> str:
        """In one sentence."""
        a, after = self.answer, self.answer.after
        if a.decision.p is None or after.missed_by is None:
            return self.word("none", reason=self.said(a.decision.reason))
        values = {"side": self.words[after.side], "p": self.p(after.p), "limit": self.p(after.limit)}
        if after.traded and a.seen.closes:
            return self.word("closed", **values, lots=f"{a.seen.position:+d}")
        if after.traded and a.refused is not None:
            return self.word("refused", **values, code=self.said(a.refused["code"]),
                             detail=self.said(a.refused["detail"]))
        if after.traded:
            return self.word("traded", **values, spare=self.p(-after.missed_by))
        if after.rival is not None:
            rival_p = a.decision.p[ACTIONS.index(after.rival)]
            return self.word("rival", **values, rival=self.words[after.rival], rival_p=self.p(rival_p),
                             gap=self.p(rival_p - (after.p or 0.0)))
        return self.word("low", **values, missed=self.p(after.missed_by))

    def different(self) -> list[str]:
        """Sentences: the limit, each voter, the gate; where the gate refused it comes first."""
        signal = [*self._limit(), *self._voters()]
        return [*self._gate(), *signal] if self.answer.refused is not None else [*signal, *self._gate()]

    def _limit(self) -> Iterator[str]:
        after, side = self.answer.after, self.words[self.answer.after.side]
        if after.p is None:
            return
        if after.limit_needed is None:
            yield self.word("limit_rival", side=side)
        else:
            yield self.word("limit_traded" if after.traded else "limit_low", side=side,
                            needed=self._bound(after.limit_needed, up=after.traded))

    def _voters(self) -> Iterator[str]:
        after, side = self.answer.after, self.words[self.answer.after.side]
        able = [need for need in after.needs if need.needed is not None]
        way = "stop" if after.traded else "trade"
        for need in able:
            was = self.words["abstains"] if need.p is None else self.p(need.p)
            yield self.word(f"need_{way}", voter=self.voter(need.voter), side=side, p=was,
                            needed=self._bound(need.needed, up=not after.traded))
        if not able:
            yield self.word(f"need_nobody_{way}", side=side)

    def _bound(self, value: float | None, *, up: bool) -> str:
        """Rounded so that what is said of it holds at the figure that is shown."""
        return UNKNOWN if value is None else self.p((math.ceil if up else math.floor)(value * 1000) / 1000)

    def _gate(self) -> Iterator[str]:
        a = self.answer
        failed = [check for check in a.failed if check.name != "confidence" or not a.seen.hypothetical]
        if a.seen.closes:
            return
        if failed:
            told = "; ".join(self._beyond(check) for check in failed)
            yield self.word("gate_would_refuse" if a.seen.hypothetical else "gate_refused", checks=told)
        elif a.seen.hypothetical:
            yield self.words["gate_would_pass"]

    def _beyond(self, check: Check) -> str:
        values = {"name": self.words[check.name], "value": self._seen(check), "limit": self._value(check.limit)}
        if check.excess is None:
            return self.word("against", **values)
        return self.word("beyond", **values, excess=self._value(check.excess))

    def _value(self, value: Value) -> str:
        if value is None:
            return UNKNOWN
        if isinstance(value, str):
            return value if self.language == "en" else VALUES.get(value) or ", ".join(
                VALUES.get(part, part) for part in value.split(", "))
        return self.numbers.number(value, 0 if float(value).is_integer() else 3)

    # tables: a head and rows

    def votes(self) -> tuple[list[str], Rows]:
        a, w = self.answer, self.words
        head = [w["voter"], w["share"], *(w[name] for name in ACTIONS), w["age"], w["reason"],
                self.word("needed", side=w[a.after.side]), w["without"]]
        rows = []
        for vote, need in zip(a.seen.opinions.votes, a.after.needs, strict=True):
            p = [w["abstains"], "", ""] if vote.p is None else [self.p(x) for x in vote.p]
            age = UNKNOWN if vote.age_ns < 0 else self.numbers.number(vote.age_ns / 1e9, 1)
            without = w[need.without.action] if need.without.p is None else \
                f"{w[need.without.action]} {self.p(need.without.confidence)}"
            rows.append([self.voter(vote.voter), self.numbers.share(need.share), *p, age, self.said(vote.reason),
                         self._bound(need.needed, up=not a.after.traded), without])
        if a.decision.p is not None:
            rows.append([w["joint"], self.numbers.share(1.0), *(self.p(x) for x in a.decision.p), "",
                         self.said(a.decision.reason), "", ""])
        return head, rows

    def weights(self) -> str:
        c, regime = self.answer.seen.opinions.consensus, self.answer.seen.regime
        return self.word("weights", model=self.numbers.share(c.ml_weight, 0),
                         agents=self.numbers.share(c.agent_weight, 0),
                         regime=monitor.WORDS[self.language].get(regime, regime))

    def checks(self) -> tuple[list[str], Rows]:
        w = self.words
        answers = {True: w["ok"], False: w["refusal"], None: w["unknown"]}
        rows = []
        for check in self.answer.seen.checks:
            code = "" if check.refusal is None else f": {self.said(check.refusal.reason.name)}"
            rows.append([w[check.name], self._seen(check), self._value(check.limit), answers[check.passed] + code])
        return [w["check"], w["value"], w["limit"], w["passed"]], rows

    def _seen(self, check: Check) -> str:
        """What a check saw; a quote in points."""
        if check.name != "quote":
            return self._value(check.value)
        bid, ask, _ = (self.numbers.number(price, 1) for price in self.answer.points)
        return f"{bid} / {ask}"

    def values(self) -> tuple[list[str], Rows]:
        w, n = self.words, self.numbers
        unusual = sorted(self.answer.values, key=lambda v: -1.0 if v.value is None else
                         0.5 - abs((0.5 if v.rank is None else v.rank) - 0.5))
        return [w["feature"], w["family"], w["value"], w["rank"], w["z"]], [
            [v.name, v.family, _figure(v.value, n), n.share(v.rank, 0), n.number(v.z, 1)] for v in unusual]

    def prints(self) -> tuple[list[str], Rows]:
        w, n = self.words, self.numbers
        sides = {1: w["buy"], -1: w["sell"]}
        return [w["time"], w["price"].capitalize(), w["contracts"], w["aggressor"], w["known"]], [
            [local_time(one.ts_ns)[11:23], n.number(one.price, 1), _figure(one.contracts, n),
             sides.get(one.side, UNKNOWN), w["before" if one.before else "after"]] for one in self._nearest()]

    def _nearest(self) -> list[Print]:
        """What fits into a table."""
        known = [one for one in self.answer.prints if one.before]
        return [*known[-BEFORE:], *[one for one in self.answer.prints if not one.before][:AFTER]]

    def market(self) -> str:
        bid, ask, last = (self.numbers.number(price, 1) for price in self.answer.points)
        return self.word("market", bid=bid, ask=ask, last=last)

    def stages(self) -> tuple[list[str], Rows]:
        """The run's own where it kept them, beside the replay's."""
        w, own, again = self.words, self.answer.run_us, self.answer.seen.stage_us
        head = [w["stage"], *([w["us_run"]] if own else []), w["us_replay"]]
        return head, [[w[f"stage_{stage}"], *([self._us(own[stage])] if own else []), self._us(us)]
                      for stage, us in again.items()]

    def _us(self, us: float) -> str:
        return self.numbers.number(us, 0 if us >= 10 else 1)

    def latency_notes(self) -> list[str]:
        ms = self.answer.run_latency_ms
        told = [self.words["latency_note" if self.answer.run_us else "latency_replay_note"]]
        if ms is not None:
            told.append(self.word("run_latency", **{name: self.numbers.number(value, 2) for name, value in ms.items()}))
        return told

    def story(self) -> tuple[str, list[str], Rows] | None:
        """A line about the trade, and what happened by row; None when nothing was sent."""
        found, w, n = self.answer.story, self.words, self.numbers
        if found is None:
            return None
        line = ""
        if (trade := found.trade) is not None:
            money = w["open"] if trade.net_brl is None else self.word(
                "net", net=n.money(trade.net_brl), costs=n.money(trade.costs_brl))
            line = self.word("trade", number=str(trade.number), money=money)
        head = [w["time"], w["what"], w["order_word"], w["detail"]]
        return line, head, [[local_time(row["ts_ns"])[11:23], w[kind], str(row["order_id"]), self._detail(kind, row)]
                            for kind, row in found.rows]

    def _price(self, ticks: int) -> str:
        return self.numbers.number(self.answer.instrument.to_points(ticks), 1)

    def _detail(self, kind: str, row: Row) -> str:
        side = self.words["buy" if row.get("side", 1) > 0 else "sell"]
        if kind == "order":
            prices = [f"{self.words[name]} {self._price(row[name])}" for name in ("price", "stop")
                      if row[name] is not None]
            purpose, reason = self.said(row["purpose"]), self.said(row["reason"])
            return f"{purpose}: {side} {row['qty']}, {', '.join(prices)} ({reason})"
        if kind == "fill":
            position = self.word("points", lots=f"{row['position']:+d}" if row["position"] else "0")
            return f"{side} {row['qty']} {self.words['at']} {self._price(row['price'])}, {position}"
        if kind == "cancel":
            return self.said(row["reason"])
        return self.said(f"{row['status']} {row['traded']} {row['text']}".strip())


def _figure(value: float | None, numbers: Numbers) -> str:
    """With five figures that count."""
    if value is None:
        return UNKNOWN
    if value == 0 or float(value).is_integer():
        return numbers.number(value, 0)
    return numbers.number(value, max(0, 4 - math.floor(math.log10(abs(value)))))

"""``report.html`` in a run folder: the run's figures for people, each beside what would have been had for nothing."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from qt_app.catalogue.training import word
from qt_app.report.charts import Axes, Line, Style, bars, lines
from qt_app.report.numbers import Language, Numbers
from qt_app.report.page import figure, page, section, table, text
from qt_app.training.figures import by_session
from qt_app.training.models import Floats
from qt_app.training.rundir import REPORT_FILE, Oof, RunFacts
from qt_app.votes import ACTIONS

#: Points of a class's reliability curve, each of as many rows.
BINS = 10
STYLES: Mapping[str, Style] = {"sell": "second", "hold": "soft", "buy": "main"}


def write(folder: Path, facts: RunFacts, oof: Oof, language: Language) -> None:
    (folder / REPORT_FILE).write_text(Report(facts, oof, language).html(), encoding="utf-8")


def reliability(p: Floats, came: Floats) -> list[tuple[float, float]]:
    """(mean probability, frequency) of (n,) predictions and outcomes in bins of as many rows each."""
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, min(BINS, len(order))) if len(part)]
    return [(float(p[part].mean()), float(came[part].mean())) for part in parts]


class Report:
    """The page of one run."""

    def __init__(self, facts: RunFacts, oof: Oof, language: Language) -> None:
        self.facts, self.oof, self.language = facts, oof, language
        self.metrics = facts.metrics
        self.numbers = Numbers(language)

    def html(self) -> str:
        facts = self.facts
        lead = (f"{self.w('run')} {facts.id} · {self.w('trial')} {facts.trial} · {self.w('data')} "
                f"{facts.data_sha256[:12]} · {self.w('code')} {facts.code_version}")
        mark = self.w("synthetic") if facts.synthetic else ""
        return page(f"{self.w('title')}: {facts.symbol}", self.language, self._sections(), lead=lead, mark=mark)

    def w(self, name: str) -> str:
        return word(name, self.language)

    def _sections(self) -> Iterator[str]:
        yield text(self.said(), "verdict")
        yield section(self.w("figures"), text(self.w("figures_note"), "note"), self._figures())
        yield section(self.w("equity"), self._equity())
        yield section(self.w("reliability"), self._reliability())
        yield section(self.w("folds"), self._folds())
        yield section(self.w("classes"), self._classes())
        yield section(self.w("importance"), *self._importance())
        yield section(self.w("setup"), self._setup())

    def said(self) -> str:
        """The result in a sentence."""
        m = self.metrics
        better = self.w("better" if m["log_loss"] < m["log_loss_constant"] else "worse")
        pays = self.w("pays" if m["net_ticks"] > 0 else "loses")
        n = self.numbers
        return (f"{better} ({n.number(m['log_loss'], 4)} : {n.number(m['log_loss_constant'], 4)}) {pays} "
                f"({n.money(self._brl(m['net_ticks']))}). {self.w('final_word')}")

    def _brl(self, ticks: float) -> float:
        return ticks * float(self.facts.cost_model["tick_value_brl"])

    def _figures(self) -> str:
        m, n = self.metrics, self.numbers
        rows = [[self.w(name), *(n.number(m.get(f"{name}{suffix}"), 4) for suffix in ("", "_logistic", "_constant"))]
                for name in ("log_loss", "brier", "accuracy")]
        line = sum(self._net("net_ticks_logistic").values()) if self._rival else None
        rows.append([self.w("net"), n.money(self._brl(m["net_ticks"])), n.money(None if line is None else
                                                                              self._brl(line)), n.money(0.0)])
        rows.append([self.w("sharpe"), n.number(m["sharpe"], 3), n.number(None), n.number(None)])
        return table([self.w(name) for name in ("figure", "model", "logistic", "constant")], rows)

    @property
    def _rival(self) -> bool:
        """Whether the straight line was fitted beside the model."""
        return "log_loss_logistic" in self.metrics

    def _net(self, name: str) -> dict[int, float]:
        return by_session(self.metrics["folds"], name)

    def _equity(self) -> str:
        names = {"model": "net_ticks"} | ({"logistic": "net_ticks_logistic"} if self._rival else {})
        days = [(at + 1.0, self.numbers.day(self.facts.sessions[i].day)) for at, i in enumerate(self._net("net_ticks"))]
        drawn = [Line(self.w(name), self._curve(self._net(key)), "main" if name == "model" else "dashed")
                 for name, key in names.items()]
        cost = self.numbers.money(float(self.facts.cost_model["round_trip_brl"]))
        return figure(lines(drawn, Axes(self.w("session"), "R$", days), self.numbers),
                      f"{self.w('equity_caption')} {cost}.")

    def _curve(self, net: Mapping[int, float]) -> list[tuple[float, float]]:
        return [(float(at), self._brl(total)) for at, total in enumerate(accumulate(net.values(), initial=0.0))]

    def _reliability(self) -> str:
        drawn = [Line(self.w(action), reliability(self.oof.p[:, i], (self.oof.label == i).astype(np.float64)),
                      STYLES[action]) for i, action in enumerate(ACTIONS)]
        top = max((max(point) for line in drawn for point in line.points), default=1.0)
        drawn.append(Line(self.w("perfect"), [(0.0, 0.0), (top, top)], "dashed"))
        return figure(lines(drawn, Axes(self.w("said"), self.w("came")), self.numbers),
                      self.w("reliability_caption"))

    def _folds(self) -> str:
        head = ["fold", "train", "test", "rows", "log_loss", "constant", "logistic", "accuracy", "calibrator", "rounds",
                "threshold", "trades", "hit_rate", "net"]
        return table([self.w(name) for name in head], [self._fold(fold) for fold in self.metrics["folds"]])

    def _fold(self, fold: Mapping[str, Any]) -> list[str]:
        n = self.numbers
        threshold = n.number(fold["threshold"], 2) if fold["threshold"] <= 1.0 else self.w("never")
        return [fold["name"], self._days(fold["train"]), self._days(fold["test"]), n.number(fold["rows_test"]),
                n.number(fold["log_loss"], 4), n.number(fold["log_loss_constant"], 4),
                n.number(fold.get("log_loss_logistic"), 4), n.share(fold["accuracy"]), fold["calibrator"],
                n.number(fold["rounds"]), threshold, n.number(fold["trades"]), n.share(fold["hit_rate"]),
                n.money(self._brl(sum(fold["net_ticks"])))]

    def _days(self, indices: Sequence[int]) -> str:
        """First and last day, and how many sessions where some between are missing."""
        first, last = (self.numbers.day(self.facts.sessions[i].day) for i in (indices[0], indices[-1]))
        whole = indices[-1] - indices[0] + 1 == len(indices)
        return (first if first == last else f"{first} – {last}") + ("" if whole else f" ({len(indices)})")

    def _classes(self) -> str:
        n, guess = self.numbers, self.oof.p.argmax(axis=1)
        rows = [[self.w(action), n.share(self.metrics["class_share"][action]), n.share(float((guess == i).mean())),
                 n.number(float(self.oof.p[:, i].mean()), 3)] for i, action in enumerate(ACTIONS)]
        return table([self.w(name) for name in ("class", "true", "predicted", "mean")], rows)

    def _importance(self) -> Iterator[str]:
        families = self.metrics["families"]
        shares = [family["importance"] for family in families]
        yield figure(bars([family["head"] for family in families], shares, Axes("", self.w("share")), self.numbers),
                     self.w("importance_caption"))
        yield table([self.w(name) for name in ("family", "share", "members")],
                    [[family["head"], self.numbers.share(share), ", ".join(family["members"])]
                     for family, share in zip(families, shares, strict=True)])

    def _setup(self) -> str:
        facts, n = self.facts, self.numbers
        rule = facts.label_rule
        named = {"rule": rule.kind, "horizon": n.number(rule.horizon_s), "latency": n.number(rule.latency_ms),
                 "stop": n.share(rule.stop), "target": n.share(rule.target), "cost": n.number(rule.cost_ticks, 2),
                 "dead_zone": n.number(rule.dead_zone_ticks, 2), "sessions": n.number(len(facts.sessions)),
                 "final": ", ".join(n.day(facts.sessions[i].day) for i in facts.final),
                 "inputs": n.number(len(facts.inputs)), "seed": str(facts.seed),
                 "parameters": ", ".join(f"{name} {value:g}" for name, value in sorted(facts.parameters.items())),
                 "libraries": ", ".join(f"{name} {version}" for name, version in sorted(facts.libraries.items()))}
        return table([self.w("name"), self.w("value")], [[self.w(name), value] for name, value in named.items()])

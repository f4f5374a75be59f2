"""A snapshot as metric families. What is unknown has no sample: absent, and never a zero."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from qt_app.services.metrics import net_brl
from qt_app.services.snapshot import LatencyUs, Snapshot

STATES = ("starting", "warming", "running", "reducing", "halted", "stopping")
SIDES = ("sell", "hold", "buy")
QUANTILES = {"p50": "0.5", "p90": "0.9", "p99": "0.99", "max": "1"}


def families(s: Snapshot) -> Iterator[Metric]:
    """Everything, in the order of the route."""
    yield from _run(s)
    yield from _market(s)
    yield from _decisions(s)
    yield from _money(s)
    yield from _risk(s)
    yield from _health(s)


def _gauge(name: str, doc: str, value: float | None) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, doc)
    if value is not None:
        family.add_metric([], value)
    return family


def _gauges(name: str, doc: str, labels: Iterable[str],
            samples: Iterable[tuple[tuple[str, ...], float | None]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, doc, labels=list(labels))
    for values, value in samples:
        if value is not None:
            family.add_metric(values, value)
    return family


def _counter(name: str, doc: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, doc, value=value)


def _counters(name: str, doc: str, label: str, counts: Mapping[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, doc, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _latency(name: str, doc: str, us: LatencyUs) -> Iterator[Metric]:
    samples = (((quantile,), _seconds(us[key], 1e6)) for key, quantile in QUANTILES.items())    # type: ignore[literal-required]
    yield _gauges(f"{name}_seconds", f"{doc}, by quantile of the recent window", ("quantile",), samples)
    yield _gauge(f"{name}_mean_seconds", f"{doc}, mean of the recent window", _seconds(us["mean"], 1e6))


def _seconds(value: float | None, per_second: float) -> float | None:
    return None if value is None else value / per_second


def _run(s: Snapshot) -> Iterator[Metric]:
    model = s["model"]
    facts = {"symbol": s["symbol"], "mode": s["mode"], "source": s["feed"]["source"], "session_id": s["session_id"],
             "synthetic": str(s["synthetic"]).lower(), "model": "" if model is None else model["id"],
             "config_hash": s["config_hash"], "schema_id": s["schema_id"] or ""}
    yield InfoMetricFamily("qt", "The run", value=facts)
    yield _gauge("qt_synthetic", "1: market or model are synthetic",
                 float(s["synthetic"] or (model is not None and model["synthetic"])))
    yield _gauges("qt_state", "1 for the state of the run", ("state",),
                  (((state,), float(state == s["state"])) for state in STATES))
    yield _gauge("qt_restarts", "Starts after a crash before this one", s["restarts"])
    yield _gauge("qt_event_time_seconds", "Event time reached, UTC", _seconds(s["ts_ns"], 1e9))
    yield _gauge("qt_supervised", "1: a supervisor would start the engine again", float(s["supervisor"]["alive"]))


def _market(s: Snapshot) -> Iterator[Metric]:
    events, feed, features = s["events"], s["feed"], s["features"]
    counts = {"trades": events["trades"], "book": events["book"], "quotes": events["quotes"]}
    yield _counters("qt_events", "Events by kind", "kind", counts)
    yield _counter("qt_events_dropped", "Events that the ring had no room for", events["dropped"])
    yield _counters("qt_events_refused", "Implausible events", "reason", events["refused"])
    yield _gauge("qt_feed_connected", "1: market data is connected", float(feed["connected"]))
    yield _gauge("qt_feed_age_seconds", "Wall time since the last event", _seconds(feed["age_ms"], 1e3))
    yield _gauge("qt_features_valid", "Finite features of the last row", features["valid"])
    yield _gauge("qt_features_needed", "Features of a row", features["needed"])
    yield _gauge("qt_features_frozen", "Features that do not move although they should", len(features["frozen"]))
    yield _counter("qt_feature_rows", "Feature rows", features["rows"])
    yield from _latency("qt_feature_latency", "Time to write a feature row", features["latency_us"])


def _decisions(s: Snapshot) -> Iterator[Metric]:
    decision, votes = s["decision"], s["votes"]
    last = decision["last"]
    yield _counters("qt_decisions", "Decisions by action", "action", decision["counts"])
    yield _counters("qt_entries_refused", "Entries that risk refused", "reason", decision["blocked"])
    yield _gauge("qt_confidence", "Probability of the last decision's action",
                 None if last is None else last["confidence"])
    yield from _latency("qt_decision_latency", "Time from a due instant to its decision", decision["latency_us"])
    yield _gauges("qt_vote_probability", "Last votes", ("voter", "side"),
                  (((name, side), p) for name, vote in votes.items()
                   for side, p in zip(SIDES, vote["probabilities"] or (), strict=False)))
    yield _gauges("qt_vote_abstains", "1: the voter abstains", ("voter",),
                  (((name,), float(vote["abstains"])) for name, vote in votes.items()))
    yield _gauges("qt_vote_age_seconds", "Age of the data that a vote used", ("voter",),
                  (((name,), _seconds(vote["age_ms"], 1e3)) for name, vote in votes.items()))
    yield _gauge("qt_model_drift", "Mean PSI of the model's inputs against training",
                 None if s["model"] is None else s["model"]["drift"])


def _money(s: Snapshot) -> Iterator[Metric]:
    pnl, trades, orders = s["pnl"], s["trades"], s["orders"]
    yield _gauge("qt_position_contracts", "Signed position", s["position"]["contracts"])
    yield _gauge("qt_position_average_points", "Average entry price", s["position"]["avg_price"])
    kinds = {"realised": pnl["realised_brl"], "open": pnl["open_brl"], "costs": pnl["costs_brl"], "net": net_brl(pnl)}
    yield _gauges("qt_pnl_brl", "Result of the session", ("kind",), (((kind,), value) for kind, value in kinds.items()))
    yield _gauge("qt_drawdown_brl", "Fall from the session's best result", pnl["drawdown_brl"])
    yield _gauge("qt_trades", "Closed trades of the session", trades["today"])
    yield _gauge("qt_wins", "Those that won", trades["wins"])
    yield _gauge("qt_losses", "Those that lost", trades["losses"])
    yield _counter("qt_orders_sent", "Orders sent", orders["sent"])
    yield _counter("qt_orders_rejected", "Orders rejected", orders["rejected"])
    yield _gauge("qt_orders_working", "Orders working now", orders["working"])
    equal = s["reconciled"]["equal"]
    yield _gauge("qt_reconciled", "1: orders and position are the broker's", None if equal is None else float(equal))


def _risk(s: Snapshot) -> Iterator[Metric]:
    risk = s["risk"]
    yield _gauge("qt_halted", "1: trading is halted", float(risk["halted"]))
    yield _gauges("qt_entries_blocked", "1: this forbids entries now", ("reason",),
                  (((reason,), 1.0) for reason in risk["blocks"]))
    for name, what in (("limits", "limit"), ("used", "used")):
        values: Mapping[str, float] = risk[name]        # type: ignore[literal-required]
        yield _gauges(f"qt_risk_{what}", f"Risk: {name}", ("limit",), (((key,), float(v)) for key, v in values.items()))


def _health(s: Snapshot) -> Iterator[Metric]:
    health, alerts = s["health"], s["alerts"]
    yield _gauges("qt_alerts_active", "Alerts that last now", ("code", "level"),
                  _counted((alert["code"], alert["level"]) for alert in alerts["active"]))
    yield _counters("qt_alerts_raised", "Alerts by code", "code", alerts["raised"])
    yield _gauges("qt_queue", "What waits for readers, and what they lost", ("queue",),
                  (((name,), depth) for name, depth in s["queues"].items()))
    yield _gauge("qt_memory_bytes", "Resident memory", _seconds(health["rss_mb"], 1 / 2**20))
    yield _gauge("qt_disk_free_bytes", "Free disk space", _seconds(health["disk_free_mb"], 1 / 2**20))
    yield _gauge("qt_loop_age_seconds", "Since the engine's thread last went round", _seconds(s["loop_ms"], 1e3))
    yield _counter("qt_wrong_tokens", "Control requests with a wrong token", health["wrong_tokens"])


def _counted(keys: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, ...], float]]:
    counts: dict[tuple[str, str], float] = {}
    for key in keys:
        counts[key] = counts.get(key, 0.0) + 1.0
    return list(counts.items())

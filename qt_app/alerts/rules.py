"""The rules: looked at with every snapshot on the looking thread, never on the decision path.

A look takes place every quarter of a second. ``docs/recovery.md`` lists codes, limits and remedies.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from qt_app.alerts import readings as r
from qt_app.alerts.codes import Code
from qt_app.alerts.trigger import Bounds, Trigger
from qt_app.config import Config
from qt_app.services.snapshot import Snapshot

#: Looks in a second.
SECOND = 4
MINUTE = 60 * SECOND
#: Reasons of the risk gate that are a breaker, each an alert of its own.
BREAKERS = ("DAILY_LOSS", "DAILY_DRAWDOWN", "DECISION_ERRORS", "LOSING_STREAK", "REJECTED_ORDERS", "ORDER_STORM")
#: Reasons that leave only reductions and have no alert of their own.
REDUCES = ("REDUCING", "FEED_GAP", "POSITION_IN_DOUBT")

Words = Callable[[Snapshot, str, float], str]


class Centre(Protocol):
    """What the rules need of the centre."""

    def raise_(self, code: Code, message: str, data: Mapping[str, Any], *, key: str, component: str) -> None: ...

    def clear(self, code: Code, key: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """``read`` gives values by key, ``words`` the sentence. Without words it only ends what somebody else raised;
    without a unit the value says no more than the sentence."""

    code: Code
    read: r.Read
    bounds: Bounds
    words: Words | None = None
    unit: str = ""


class Rules:
    """Every rule with its state."""

    def __init__(self, rules: list[Rule], centre: Centre) -> None:
        self._centre = centre
        self._rules = [(rule, dict[str, Trigger]()) for rule in rules]

    def look(self, s: Snapshot) -> None:
        for rule, triggers in self._rules:
            try:
                values = rule.read(s)
                if values is not None:
                    self._follow(rule, triggers, values, s)
            except Exception as error:  # noqa: BLE001 (told; the other rules and the readers' looks go on)
                self._centre.raise_(Code.SERVICE_FAILED, f"the rule {rule.code.name} fails: {error!r}", {},
                                    key=rule.code.name, component="Rules")

    def _follow(self, rule: Rule, triggers: dict[str, Trigger], values: r.Values, s: Snapshot) -> None:
        for key in [*values, *(k for k in triggers if k not in values)]:
            trigger = triggers.setdefault(key, Trigger(rule.bounds))
            value = values.get(key, 0.0)
            turn = trigger.look(value)
            if turn == "raise" and rule.words is not None:
                data = {"value": round(value, 4), "limit": rule.bounds.limit, "unit": rule.unit} if rule.unit else {}
                self._centre.raise_(rule.code, rule.words(s, key, value), data, key=key, component="Rules")
            elif turn == "clear":
                self._centre.clear(rule.code, key if rule.words is not None else None)
        for key in [k for k, trigger in triggers.items() if trigger.idle]:
            del triggers[key]


def no_past() -> tuple[int, int]:
    return 0, 0


def rules_of(config: Config, earlier: Callable[[], tuple[int, int]] = no_past) -> list[Rule]:
    """The configured rules. ``earlier``: trades and winners of earlier sessions."""
    return [*_decisions(config), *_money(config, earlier), *_market(config), *_broker(), *_trading(config),
            *_machine(config)]


def switched_off(config: Config) -> list[str]:
    """What is not watched, and how it would be."""
    if config.alerts.capital_brl is None:
        return ["the drawdown alert is off: its base is not known; set alerts.capital_brl to the account's capital"]
    return []


def _holds(looks: int = 1, calm: int = SECOND) -> Bounds:
    """Something holds or it does not."""
    return Bounds(0.0, 0.0, looks=looks, calm_looks=calm)


def _decisions(config: Config) -> list[Rule]:
    alerts = config.alerts
    return [
        Rule(Code.HIGH_LATENCY, r.latency_ms, Bounds(alerts.latency_ms, 0.8 * alerts.latency_ms, looks=SECOND,
                                                     calm_looks=5 * SECOND),
             lambda s, key, value: f"1 % of the decisions take {value:.1f} ms or more, over {alerts.latency_ms:g} ms",
             "ms"),
        Rule(Code.FROZEN_FEATURE, r.connected(r.frozen), _holds(),
             lambda s, key, value: f"{value:.0f} features do not move: {', '.join(s['features']['frozen'][:8])}"),
        Rule(Code.STALE_VOTER, r.connected(r.stale_voters), _holds(2 * SECOND, 2 * SECOND),
             lambda s, key, value: f"{key} abstains: {s['votes'][key]['reason']}"),
    ]


def _money(config: Config, earlier: Callable[[], tuple[int, int]]) -> list[Rule]:
    alerts = config.alerts
    rules = [Rule(Code.LOW_WIN_RATE, r.WinRate(alerts.win_rate_trades, earlier),
                  Bounds(alerts.win_rate, alerts.win_rate + 0.02, below=True),
                  lambda s, key, value: f"{value:.0%} of the trades win, under {alerts.win_rate:.0%}", "share")]
    if (capital := alerts.capital_brl) is not None:
        rules.append(Rule(Code.HIGH_DRAWDOWN, r.drawdown_of(capital), Bounds(alerts.drawdown, 0.8 * alerts.drawdown),
                          lambda s, key, value: f"drawdown is {value:.1%} of R$ {capital:.2f}, over "
                                                f"{alerts.drawdown:.0%}", "of the capital"))
    return rules


def _market(config: Config) -> list[Rule]:
    stale_s = config.risk.stale_position_s
    return [
        Rule(Code.EVENTS_DROPPED, r.Growth(lambda s: [s["events"]["dropped"]]), _holds(calm=MINUTE),
             lambda s, key, value: f"{value:.0f} market events were lost: the ring was full"),
        Rule(Code.STALE_POSITION, r.stale_position, _holds(stale_s * SECOND),
             lambda s, key, value: f"a position of {s['position']['contracts']:+d} is open, and the market data has "
                                   f"not been fresh for {stale_s} s: its stop rests at the broker"),
    ]


def _broker() -> list[Rule]:
    return [
        Rule(Code.MISMATCH, r.connected(r.blocked("RECONCILING")), _holds(10 * SECOND),
             lambda s, key, value: "orders and position have not been found equal to the broker's for 10 s"),
        Rule(Code.FOREIGN_ORDER, r.blocked("FOREIGN_ORDER"), _holds()),
        Rule(Code.ORDER_STUCK, r.blocked("ORDER_STUCK"), _holds()),
    ]


def _trading(config: Config) -> list[Rule]:
    share = config.alerts.order_rate
    return [
        Rule(Code.HALTED, r.on_duty(r.halted), _holds(),
             lambda s, key, value: f"trading is halted: {s['risk']['halt_reason']}"),
        Rule(Code.BREAKER_TRIPPED, r.on_duty(r.blocked_by(*BREAKERS)), _holds(),
             lambda s, key, value: f"the breaker {key} has tripped"),
        Rule(Code.REDUCING, r.on_duty(r.blocked_by(*REDUCES)), _holds(), lambda s, key, value: f"no entries: {key}"),
        Rule(Code.ORDER_RATE, r.order_rate, Bounds(share, 0.5 * share, calm_looks=5 * SECOND),
             lambda s, key, value: f"{value:.0%} of the allowed order rate is used", "of the limit"),
    ]


def _machine(config: Config) -> list[Rule]:
    alerts = config.alerts
    growth, free, skew = alerts.memory_growth_mb, alerts.disk_free_mb, alerts.clock_skew_ms
    return [
        Rule(Code.MEMORY_GROWTH, r.Above(r.health("rss_mb"), 5 * MINUTE),
             Bounds(growth, 0.8 * growth, looks=10 * SECOND, calm_looks=10 * SECOND),
             lambda s, key, value: f"the process has grown by {value:.0f} MB, over {growth} MB", "MB"),
        Rule(Code.DISK_LOW, r.health("disk_free_mb"), Bounds(free, 1.2 * free, below=True),
             lambda s, key, value: f"{value:.0f} MB of the disk are free, under {free} MB", "MB"),
        Rule(Code.CLOCK_SKEW, r.keyed("jump", r.health("clock_jump_ms")), Bounds(skew, 0.0, calm_looks=MINUTE),
             lambda s, key, value: f"the computer's clock jumped by {value:.0f} ms", "ms"),
        Rule(Code.RECORDER_FAILED,
             r.Growth(lambda s: [s["health"]["recorder_failed"], s["queues"].get("sink_dropped")]), _holds(calm=MINUTE),
             lambda s, key, value: "the recording has gaps or has ended: see the log"),
        Rule(Code.LOG_LOSES, r.Growth(lambda s: [s["queues"].get("log_dropped"), s["queues"].get("log_failed")]),
             _holds(calm=MINUTE), lambda s, key, value: f"{value:.0f} lines of the log were lost"),
        Rule(Code.BROADCAST_LOSES, r.Growth(lambda s: [s["queues"].get("broadcast_dropped")]), _holds(calm=MINUTE),
             lambda s, key, value: f"{value:.0f} messages to readers were lost"),
        Rule(Code.WRONG_TOKEN, r.Growth(lambda s: [s["health"]["wrong_tokens"]]), _holds(calm=1),
             lambda s, key, value: f"{value:.0f} requests with a wrong control token were refused"),
        Rule(Code.ENGINE_RESTARTED, r.Growth(lambda s: [s["restarts"]]), _holds(calm=1),
             lambda s, key, value: f"the engine runs again after {s['restarts']} restarts"),
    ]

"""The document of ``qt status --json``, and the same for people."""
from __future__ import annotations

from typing import Any

from qt_app.alerts.alert import ActiveAlert
from qt_app.errors import ExitCode
from qt_app.risk.reasons import Reason
from qt_app.services.process import Owner
from qt_app.services.snapshot import Snapshot, SupervisorState, VoteState
from qt_app.zone import local_time

#: Told as what it is, unusable data.
STALE = Reason.STALE_FEED.name


def status_document(snapshot: Snapshot, owner: Owner) -> dict[str, Any]:
    """What a running engine answers to ``status``. ``feed.source`` names the feed."""
    return {
        "v": 1, "pid": owner.pid, "uptime_s": round(owner.uptime_s, 3), **snapshot,
        "time": _local(snapshot["ts_ns"]),
    }


def _local(ts_ns: int | None) -> str | None:
    return None if ts_ns is None else local_time(ts_ns)


def health(document: dict[str, Any], stale_after_ms: float) -> tuple[ExitCode, str]:
    """Whether the engine can trade, as an exit code and a sentence."""
    feed = document["feed"]
    age = feed["age_ms"]
    if document["reconciled"]["equal"] is False:
        return ExitCode.MISMATCH, f"differs from the broker: {document['reconciled']['difference']}"
    risk = document["risk"]
    if risk["state"] != "active" and risk["blocks"] != [STALE]:
        held = "halted" if risk["halted"] else "no entries"
        return ExitCode.REFUSED, f"{held}: {risk['halt_reason']}"
    if not feed["connected"]:
        return ExitCode.DATA, f"not connected: feed {feed['source']} is {feed['state']}"
    if age is None or age > stale_after_ms:
        return ExitCode.DATA, f"stale: last event {_dash(age, '{:.0f}')} ms ago, the limit is {stale_after_ms:g} ms"
    return ExitCode.OK, f"healthy: {document['state']}, process {document['pid']}, data {age:.0f} ms old"


def as_text(document: dict[str, Any]) -> str:
    """The status for a terminal; unknown is shown as a dash."""
    pairs = (
        ("state", _state(document)), ("market", _market(document)), ("events", _events(document["events"])),
        ("features", _features(document["features"])), ("decision", _decision(document["decision"])),
        *((f"  {name}", _vote(vote)) for name, vote in document["votes"].items()),
        ("position", _position(document["position"])), ("books", _books(document)),
        ("P&L", _pnl(document["pnl"])),
        ("trades", _trades(document["trades"])), ("model", _model(document["model"])),
        *(("ALERT", _alert(alert)) for alert in document["alerts"]["active"]),
        ("supervisor", _supervisor(document["supervisor"])),
        *([("last session", parity_words(told))] if (told := document.get("parity")) else []),
    )
    return "\n".join(f"{name:<14} {text}" for name, text in pairs)


def _dash(value: float | None, form: str = "{:g}") -> str:
    return "-" if value is None else form.format(value)


def _state(d: dict[str, Any]) -> str:
    halted = f" ({d['risk']['halt_reason']})" if d["risk"]["halt_reason"] else ""
    return f"{d['state']}{halted}, {d['mode']}, process {d['pid']}, up {d['uptime_s']:.0f} s, {d['restarts']} restarts"


def _market(d: dict[str, Any]) -> str:
    made = ", SYNTHETIC" if d["synthetic"] else ""
    feed = d["feed"]
    link = "connected" if feed["connected"] else f"NOT CONNECTED ({feed['state']})"
    age = _dash(feed["age_ms"], "{:.0f}")
    return f"{d['symbol']} from {feed['source']}{made}, {link}, age {age} ms, {d['time'] or '-'}"


def _events(e: dict[str, Any]) -> str:
    refused = ", ".join(f"{count} {kind}" for kind, count in sorted(e["refused"].items()) if count)
    return f"{e['trades']} trades, {e['book']} book, {e['dropped']} dropped, refused: {refused or 'none'}"


def _features(f: dict[str, Any]) -> str:
    return f"{f['valid']} of {f['needed']} valid, {_latency(f['latency_us'])}"


def _latency(us: dict[str, Any]) -> str:
    return f"latency p50 {_dash(us['p50'], '{:.1f}')} µs, p99 {_dash(us['p99'], '{:.1f}')} µs"


def _decision(d: dict[str, Any]) -> str:
    last = d["last"]
    told = "none yet" if last is None else f"{last['action']} {_dash(last['confidence'], '{:.3f}')} {last['reason']}"
    return f"{d['count']} so far, last {told}, {_latency(d['latency_us'])}"


def _vote(vote: VoteState) -> str:
    if vote["abstains"] or vote["probabilities"] is None:
        return f"abstains: {vote['reason']}"
    sell, hold, buy = vote["probabilities"]
    return f"sell {sell:.3f} hold {hold:.3f} buy {buy:.3f}, age {_dash(vote['age_ms'], '{:.0f}')} ms, {vote['reason']}"


def _position(p: dict[str, Any]) -> str:
    return "flat" if p["contracts"] == 0 else f"{p['contracts']:+d} at {_dash(p['avg_price'])}"


def _books(d: dict[str, Any]) -> str:
    r = d["reconciled"]
    if d["mode"] == "paper":
        return "paper account, no broker to compare with"
    if r["equal"] is None:
        return "not compared with the broker's yet"
    return "equal to the broker's" if r["equal"] else f"DIFFER from the broker's: {r['difference']}"


def _pnl(p: dict[str, Any]) -> str:
    opened = _dash(p["open_brl"], "{:.2f}")
    return f"realised R$ {p['realised_brl']:.2f}, open R$ {opened}, costs R$ {p['costs_brl']:.2f}"


def _trades(t: dict[str, Any]) -> str:
    return f"{t['today']} today, {t['wins']} won, {t['losses']} lost"


def _model(m: dict[str, Any] | None) -> str:
    if m is None:
        return "none"
    shadow = f", in its shadow {m['shadow']}" if m["shadow"] else ""
    drift = f", drift {m['drift']:.2f}" if m["drift"] is not None else ""
    return f"{m['id']}{', SYNTHETIC' if m['synthetic'] else ''}{drift}{shadow}"


def _alert(a: ActiveAlert) -> str:
    since, times = a["since"][11:19], f", {a['count']} times" if a["count"] > 1 else ""
    return f"{a['level']} {a['code']} since {since}{times}: {a['message']}. {a['remedy']}".rstrip()


def _supervisor(s: SupervisorState) -> str:
    if s["pid"] is None:
        return "none: nothing starts the engine again after a crash"
    return f"process {s['pid']}" if s["alive"] else f"GONE (was process {s['pid']}): nothing starts the engine again"


def parity_words(told: dict[str, str]) -> str:
    """The last certificate in a line."""
    return f"run {told['run']}, parity {told['words']}"


def status_line(snapshot: Snapshot) -> str:
    """One line for the foreground run."""
    last = snapshot["decision"]["last"]
    told = "-" if last is None else f"{last['action']} {_dash(last['confidence'], '{:.2f}')}"
    time = _local(snapshot["ts_ns"])
    made = " SYNTHETIC" if snapshot["synthetic"] else ""
    features, pnl = snapshot["features"], snapshot["pnl"]
    return (f"{time[11:19] if time else '--:--:--'} {snapshot['symbol']}{made} {snapshot['state']} "
            f"features {features['valid']}/{features['needed']} decision {told} "
            f"position {snapshot['position']['contracts']:+d} P&L {pnl['realised_brl']:.2f} "
            f"dropped {snapshot['events']['dropped']}")

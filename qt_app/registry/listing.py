"""What `qt models` shows: the versions of a home, their history, and how a challenger compares."""
from __future__ import annotations

from typing import Any

from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.registry import compare
from qt_app.registry.compare import Terms
from qt_app.registry.deploy import verdict_of
from qt_app.registry.store import Registry

NS = 1_000_000_000

Row = dict[str, Any]
STATES = ("champion", "shadow", "previous", "kept")


def rows(home: Home) -> list[Row]:
    """One row per version: the champion first, then the shadow, then the others by name."""
    registry = Registry(home)
    drift = registry.drift()
    found = [{"name": entry.name, "id": entry.manifest.id, "state": entry.state, "since": entry.since,
              "verdict": verdict_of(entry.manifest), "trial": entry.manifest.trial,
              "synthetic": entry.manifest.synthetic, "schema_id": entry.manifest.schema_id,
              "digest": entry.manifest.digest, "drift": drift.get(entry.manifest.digest)}
             for entry in registry.entries()]
    return sorted(found, key=lambda row: (STATES.index(row["state"]), row["name"]))


def as_text(found: list[Row]) -> str:
    if not found:
        return "no model was deployed in this home: the configured or the shipped one serves; see `qt deploy --help`"
    lines = [f"{'state':<9} {'name':<34} {'since':<19} {'verdict':<13} {'trial':>5} {'drift':>6}"]
    for row in found:
        drift = "-" if row["drift"] is None else f"{row['drift']:.2f}"
        made = ", SYNTHETIC" if row["synthetic"] else ""
        lines.append(f"{row['state']:<9} {row['name']:<34} {(row['since'] or '-')[:19]:<19} {row['verdict']:<13} "
                     f"{row['trial'] if row['trial'] is not None else '-':>5} {drift:>6}{made}")
    return "\n".join(lines)


def history(home: Home) -> list[Row]:
    return Registry(home).history()


def history_text(found: list[Row]) -> str:
    if not found:
        return "nothing was deployed in this home yet"
    return "\n".join(f"{row['at'][:19]} {row['act']:<10} {row['model']:<34} {row['by']}"
                     + (" FORCED" if row.get("forced") else "") + (f": {row['reason']}" if row["reason"] else "")
                     + (f" ({row['error']})" if "error" in row else "") for row in found)


def compared(home: Home, champion: str | None, challenger: str | None) -> Row:
    """Figures of two versions over all runs in which one voted in the other's shadow. Raises DataError."""
    registry = Registry(home)
    active = registry.active()
    first, second = champion or (active and active.champion), challenger or (active and active.shadow)
    if not first or not second:
        raise DataError("there is no shadow to compare: `qt deploy RUN --shadow` starts one, or name two versions")
    unknown = [name for name in (first, second) if name not in registry.names()]
    if unknown:
        raise DataError(f"{', '.join(unknown)}: no version of this home; known are {', '.join(registry.names())}")
    one, other = (registry.manifest(name) for name in (first, second))
    stretches = list(compare.stretches(home.data / "runs", one.digest, other.digest))
    return {"champion_name": first, "challenger_name": second,
            **compare.compare(stretches, _terms(one.label_rule, one.cost_model, first))}


def _terms(rule: Row, costs: Row, name: str) -> Terms:
    try:
        return Terms(round(float(rule["horizon_s"]) * NS), float(rule["cost_ticks"]), float(costs["tick_value_brl"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"the manifest of {name} does not say how its labels and costs were made ({error!r}): export "
                        "its training run again") from error


def compared_text(figures: Row) -> str:
    made = ", SYNTHETIC" if figures["synthetic"] else ""
    lines = [f"{figures['rows']} rows of {len(figures['runs'])} runs{made}, horizon {figures['horizon_s']:g} s, "
             f"costs {figures['cost_ticks']:.2f} ticks",
             f"{'':<12} {'log-loss':>9} {'Brier':>8} {'trades':>7} {'P&L R$':>10}"]
    for side in compare.SIDES:
        one = figures[side]
        lines.append(f"{side:<12} {one['log_loss']:>9.4f} {one['brier']:>8.4f} {one['trades']:>7} "
                     f"{one['pnl_brl']:>10.2f}  {figures[side + '_name']}")
    for name, unit in (("log_loss", ""), ("brier", ""), ("pnl_brl", " R$")):
        one = figures["difference"][name]
        span = "no interval from one hour" if one["low"] is None else f"95 % {one['low']:+.4f} to {one['high']:+.4f}"
        lines.append(f"challenger minus champion, {name.replace('_', ' ')}: {one['value']:+.4f}{unit} ({span})")
    return "\n".join(lines)

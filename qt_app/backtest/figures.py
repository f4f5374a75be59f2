"""What a row of days came to, in a few figures."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from qt_app.orders.account import BOOKS

if TYPE_CHECKING:       # a task builds a pipeline, and reports want the figures alone
    from qt_app.backtest.task import Day


def figures(days: Sequence[Day]) -> dict[str, Any]:
    """Money in BRL by assumption about fills; counts and drawdown by the pessimistic one. Unknown is None."""
    closed = [trade.net_brl[0] for day in days for trade in day.trades if trade.net_brl is not None]
    net = [day.money.net_brl[0] for day in days]
    return {
        "net_brl": {name: sum(day.money.net_brl[at] for day in days) for at, name in enumerate(BOOKS)},
        "costs_brl": sum(day.money.costs_brl for day in days), "days": len(days), "trades": len(closed),
        "win_rate": win_rate(closed), "profit_factor": profit_factor(closed), "max_drawdown_brl": drawdown(net),
        "sharpe_per_day": sharpe(net), "best_day_brl": max(net), "worst_day_brl": min(net),
    }


def win_rate(net: Sequence[float]) -> float | None:
    """Of round trips; None without any."""
    return sum(value > 0 for value in net) / len(net) if net else None


def profit_factor(net: Sequence[float]) -> float | None:
    """What was won over what was lost; None while nothing was lost."""
    lost = -sum(value for value in net if value < 0)
    return sum(value for value in net if value > 0) / lost if lost else None


def equity(values: Sequence[float]) -> list[float]:
    return list(accumulate(values))


def drawdown(net: Sequence[float]) -> float:
    """The deepest fall from the best end of a day (or of a trade) so far, the beginning among them."""
    worst = best = 0.0
    for value in equity(net):
        best = max(best, value)
        worst = max(worst, best - value)
    return worst


def sharpe(net: Sequence[float]) -> float | None:
    """Mean over standard deviation of the days, not annualised; None for fewer than two days, or equal ones."""
    spread = stdev(net) if len(net) > 1 else 0.0
    return fmean(net) / spread if spread > 0 else None


def sharpe_error(net: Sequence[float]) -> float | None:
    """Standard error of ``sharpe`` for independent days (Lo 2002, The statistics of Sharpe ratios)."""
    value = sharpe(net)
    return None if value is None else sqrt((1 + value * value / 2) / len(net))

"""What the journal costs: ``cd tests && PYTHONPATH=..:. python -m bench.journal_pace [folder]``.

put: on the decision thread. barrier: an order that waits alone until it is on the disk, ms. many: entries per second
when they come faster than the disk.
"""
from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter_ns

from app.journal.journal_kit import order, report

from qt_app.journal.journal import Journal


def times(action: Callable[[int], None], numbers: Sequence[int]) -> list[int]:
    """How long each took, sorted, ns."""
    taken = []
    for number in numbers:
        started = perf_counter_ns()
        action(number)
        taken.append(perf_counter_ns() - started)
    return sorted(taken)


def shown(name: str, taken: Sequence[int], unit: str, scale: float) -> str:
    p50, p99 = (taken[int(len(taken) * share)] / scale for share in (0.5, 0.99))
    return f"{name:<10}{len(taken):>8} times   p50 {p50:8.2f} {unit}   p99 {p99:8.2f} {unit}"


def measure(folder: Path) -> list[str]:
    journal = Journal.open(folder / "journal.sqlite", "pace")

    def sent(number: int) -> None:
        journal.put(order(number))
        journal.barrier(60)

    alone = times(sent, range(1, 1001))
    notes = [report(1, "accepted") for _ in range(100_000)]
    started = perf_counter_ns()
    puts = times(lambda n: journal.put(notes[n]), range(len(notes)))
    journal.barrier(600)
    per_s = len(notes) / (perf_counter_ns() - started) * 1e9
    journal.close()
    return [shown("put", puts, "us", 1e3), shown("barrier", alone, "ms", 1e6), f"{'many':<10}{per_s:>8,.0f} entries/s"]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as where:
        print("\n".join(measure(Path(where))))

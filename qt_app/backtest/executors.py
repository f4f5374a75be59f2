"""Where tasks run: here one after the other, in processes of this machine, or on a cluster. The results are the same.

A task that fails for its own reasons says so in its outcome; a worker that dies is an accident, and its tasks go to
another one, a limited number of times.
"""
from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Protocol, TypeVar

from qt_app.errors import QtError

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int, int], None]

#: How often dead workers are replaced before that counts as the tasks' fault.
RETRIES = 3


class Executor(Protocol):
    """``work`` on every task; results in the order of the tasks. ``work`` must be importable by name."""

    def run(self, work: Callable[[T], R], tasks: Sequence[T], progress: Progress | None = None) -> list[R]: ...


class Serial:
    """In this process."""

    def run(self, work: Callable[[T], R], tasks: Sequence[T], progress: Progress | None = None) -> list[R]:
        found = []
        for task in tasks:
            found.append(work(task))
            if progress is not None:
                progress(len(found), len(tasks))
        return found


class Processes:
    """In ``jobs`` processes of this machine, started anew and never forked: the core has threads of its own."""

    def __init__(self, jobs: int, retries: int = RETRIES) -> None:
        self._jobs = jobs
        self._retries = retries

    def run(self, work: Callable[[T], R], tasks: Sequence[T], progress: Progress | None = None) -> list[R]:
        """Raises QtError when worker processes keep dying."""
        found: dict[int, R] = {}
        for _ in range(self._retries + 1):
            self._round(work, tasks, found, progress)
            if len(found) == len(tasks):
                return [found[at] for at in range(len(tasks))]
        first = next(at for at in range(len(tasks)) if at not in found)
        raise QtError(f"worker processes died {self._retries + 1} times, and {len(tasks) - len(found)} of {len(tasks)} "
                      f"tasks are not done, the first of them number {first + 1}; look for a lack of memory, and use "
                      "fewer --jobs")

    def _round(self, work: Callable[[T], R], tasks: Sequence[T], found: dict[int, R],
               progress: Progress | None) -> None:
        """What is left, until it is done or the pool is broken."""
        left = [at for at in range(len(tasks)) if at not in found]
        jobs = min(self._jobs, len(left))
        with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_leave_interrupts_to_the_parent) as pool:
            futures = {pool.submit(work, tasks[at]): at for at in left}
            try:
                for future in as_completed(futures):
                    try:
                        found[futures[future]] = future.result()
                    except BrokenProcessPool:
                        continue
                    if progress is not None:
                        progress(len(found), len(tasks))
            except BaseException:       # Ctrl-C among them: what has not begun never does
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

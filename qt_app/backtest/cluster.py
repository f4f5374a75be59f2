"""Tasks on a Dask cluster, whose workers have the same release of qt and see the same folders."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from qt_app.backtest.executors import Progress
from qt_app.errors import ConfigError, QtError, TimedOutError

T = TypeVar("T")
R = TypeVar("R")

#: For the scheduler to answer, and for a first worker to be there, s.
PATIENCE_S = 30


class Cluster:
    """The scheduler at ``address`` gives a dead worker's tasks to another one, as often as its
    ``distributed.scheduler.allowed-failures`` says (3 unless configured)."""

    def __init__(self, address: str, patience_s: float = PATIENCE_S) -> None:
        self._address = address
        self._patience_s = patience_s

    def run(self, work: Callable[[T], R], tasks: Sequence[T], progress: Progress | None = None) -> list[R]:
        """Raises TimedOutError without a scheduler or a worker, QtError when workers die again and again."""
        with self._client() as client:
            futures = [client.submit(work, task, pure=False) for task in tasks]
            return self._gathered(futures, progress)

    def _client(self) -> Client:
        try:
            client = Client(self._address, timeout=self._patience_s)
        except (OSError, TimeoutError) as error:
            raise TimedOutError(f"no Dask scheduler answers at {self._address} within {self._patience_s:g} s "
                                f"({error}); start one with `dask scheduler`, or leave --cluster out") from error
        except ValueError as error:
            raise ConfigError(f"--cluster {self._address}: {error}; write it as tcp://HOST:8786") from error
        try:
            client.wait_for_workers(1, self._patience_s)
        except TimeoutError as error:
            client.close()
            raise TimedOutError(f"the Dask cluster at {self._address} has no worker after {self._patience_s:g} s; "
                                f"start one with `dask worker {self._address}`") from error
        return client

    def _gathered(self, futures: Sequence[Future], progress: Progress | None) -> list[R]:
        found: dict[Future, R] = {}
        try:
            for future, result in as_completed(futures, with_results=True):
                found[future] = result
                if progress is not None:
                    progress(len(found), len(futures))
        except KilledWorker as error:
            raise QtError(f"workers of {self._address} died again and again on one task ({error.task}): {error}; "
                          "look at their logs, most of all for a lack of memory") from error
        except (ImportError, AttributeError) as error:
            raise ConfigError(f"a worker of {self._address} cannot run this backtest ({error}); install the same "
                              "release of qt there") from error
        return [found[future] for future in futures]

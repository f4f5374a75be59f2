"""Trials side by side: each job is a fork that takes every so manieth, and writes a line for each."""
from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

#: Memory as a disk: a killed process loses nothing there either, and no commit waits.
SHARED = Path("/dev/shm")


def apart(run: Callable[..., T], *args: Any, **options: Any) -> T:
    """``run(...)`` in a fresh process: what forks a thousand times should be small, which a test runner is not."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(run, *args, **options).result()


def in_parallel(work: Sequence[T], one: Callable[[Path, T], dict[str, Any]], folder: Path,
                jobs: int) -> list[dict[str, Any]]:
    """What ``one`` says of each piece of work, each in a folder that the next but one of its job makes anew."""
    parts, pids = [folder / f"part{job}" for job in range(jobs)], []
    sys.stdout.flush()
    gc.collect()
    gc.freeze()     # a collection in a fork would touch, and so copy, everything that it shares with its parent
    for job, part in enumerate(parts):
        pid = os.fork()
        if not pid:
            _job(work[job::jobs], one, part)
        pids.append(pid)
    gc.unfreeze()
    _wait(parts, pids, len(work))
    return [json.loads(line) for part in parts for line in part.with_suffix(".jsonl").read_text().splitlines()]


def _job(work: Sequence[T], one: Callable[[Path, T], dict[str, Any]], folder: Path) -> None:
    code = 1
    try:
        with folder.with_suffix(".jsonl").open("w") as out:
            for number, piece in enumerate(work):
                out.write(json.dumps(one(folder / str(number % 2), piece)) + "\n")
                out.flush()
        code = 0
    except BaseException:  # noqa: BLE001 - a job's only way to say it
        traceback.print_exc()
    finally:
        os._exit(code)


def _wait(parts: list[Path], pids: list[int], total: int) -> None:
    left = set(pids)
    while left:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid:
            left.discard(pid)
            assert not status, "a job ended early"
            continue
        time.sleep(0.2)
        if sys.stderr.isatty():
            logs = [part.with_suffix(".jsonl") for part in parts]
            done = sum(log.read_bytes().count(b"\n") for log in logs if log.exists())
            print(f"\r{done}/{total}", end="", file=sys.stderr)

"""Fires the trade trampoline from a foreign C thread, many times, in builds under a sanitizer.

    python tests/stress/trampolines.py --events 100000000                      the ordinary build
    python tests/stress/trampolines.py --events 10000000 --sanitize thread     address | undefined | thread

A sanitizer build goes to a scratch folder and runs in a child process (sanitized.py). Prints one JSON line; exit status
1 on any loss that the ring did not count, on a wrong checksum, or on a sanitizer's report.
"""
from __future__ import annotations

import argparse
import ctypes
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sanitized

ROOT = sanitized.ROOT
MODULES = "_types,ring,trampolines"


def load_hose(path: str) -> ctypes.CDLL:
    lib = ctypes.CDLL(path)
    lib.hose_start.restype = ctypes.c_void_p
    lib.hose_start.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint32]
    lib.hose_join.argtypes, lib.hose_join.restype = [ctypes.c_void_p], ctypes.c_int64
    lib.hose_expected.argtypes, lib.hose_expected.restype = [ctypes.c_int64], ctypes.c_uint64
    lib.hose_drained.argtypes = [ctypes.c_uint64, ctypes.c_void_p, ctypes.c_int64]
    lib.hose_drained.restype = ctypes.c_uint64
    return lib


def fire(hose: ctypes.CDLL, count: int, wait: bool) -> dict[str, object]:
    """One run: a C thread fires, this one drains. ``wait``: the C thread yields to a full ring, so none is lost."""
    from qt_core import trampolines
    from qt_core.ring import Ring

    ring = Ring(1 << 16)
    trampolines.attach(ring, [trampolines.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)])
    addresses = {n: ctypes.cast(getattr(hose, n), ctypes.c_void_p).value for n in ("hose_translate", "hose_clock")}
    trampolines.bind(translate=addresses["hose_translate"], clock=addresses["hose_clock"])
    fill = trampolines.address("ring_fill") if wait else None
    started = time.perf_counter()
    thread = hose.hose_start(trampolines.address("on_trade"), count, fill, 1 << 15, 0)
    drained = checksum = 0
    while drained + ring.dropped < count:
        batch = ring.pop(1 << 15)
        drained += len(batch)
        checksum = hose.hose_drained(checksum, batch.ctypes.data, len(batch))
    took = hose.hose_join(thread)
    counters = trampolines.counters()
    refused = sum(v for k, v in counters.items() if k.startswith("refused"))
    trampolines.detach()
    exact = None if ring.dropped else checksum == hose.hose_expected(count)
    return {"waits": wait, "fired": count, "drained": drained, "dropped": ring.dropped, "refused": refused,
            "counted": counters["trade"], "contents_exact": exact, "ns_per_event": round(took / count, 1),
            "seconds": round(time.perf_counter() - started, 1)}


def sound(run: dict[str, object]) -> bool:
    return (run["drained"] == run["counted"] and run["refused"] == 0 and run["contents_exact"] is not False
            and run["drained"] + run["dropped"] == run["fired"])  # type: ignore[operator]


def child(events: int, hose: str, sanitize: str, full_speed: bool) -> int:
    lib = load_hose(hose)
    runs = [fire(lib, events, wait) for wait in ((False,) if full_speed else (True, False))]
    sys.stdout.write(json.dumps({"sanitize": sanitize or "none", "runs": runs}) + "\n")
    return 0 if all(map(sound, runs)) else 1


def compile_hose(out: Path, *extra: str) -> None:
    subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", *extra, "-shared", "-fPIC", "-pthread",
                    f"-I{ROOT / 'include'}", str(ROOT / "tests" / "c" / "firehose.c"), "-o", str(out)], check=True)


def run_sanitized(events: int, sanitize: str, full_speed: bool) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sanitized.build_modules(folder, sanitize, MODULES)
        hose = folder / "firehose.so"
        compile_hose(hose, "-g", f"-fsanitize={sanitize}")
        options = ["--child", str(hose), "--events", str(events), "--sanitize", sanitize]
        return sanitized.run_in(folder, sanitize, Path(__file__).resolve(), *options,
                                *(["--full-speed"] if full_speed else []))


def run_plain(events: int, full_speed: bool) -> int:
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as scratch:
        hose = Path(scratch) / "firehose.so"
        compile_hose(hose)
        return child(events, str(hose), "", full_speed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--sanitize", choices=["", *sanitized.RUNTIMES], default="")
    parser.add_argument("--full-speed", action="store_true", help="only the run in which the C thread never waits")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        return child(given.events, given.child, given.sanitize, given.full_speed)
    if given.sanitize:
        return run_sanitized(given.events, given.sanitize, given.full_speed)
    return run_plain(given.events, given.full_speed)


if __name__ == "__main__":
    sys.exit(main())

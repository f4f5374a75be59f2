"""Builds the fuzz targets and runs them: over the kept corpus, and afresh.

    python tests/fuzz/build.py door                                  200,000 fresh inputs on top of the corpus
    python tests/fuzz/build.py door --runs 10000000 --grow FOLDER    a long run; what it finds new goes to FOLDER
    python tests/fuzz/build.py door --minimise FOLDER                rewrites the corpus as the smallest part of both

Targets: door (callbacks), orders (order callbacks), script (fault scripts), exchange (sessions of
arbitrary calls), play (recordings as the market).
libFuzzer needs clang and its runtimes. Without them the corpus is replayed by a plain program (gcc, ASan, UBSan), which
also serves AFL++: afl-clang-fast ... fuzz_door.c standalone.c.
"""
from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
EXCHANGE = ROOT / "qt_core" / "exchange"
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-ffp-contract=off",
         f"-I{ROOT / 'include'}", f"-I{HERE}", f"-I{EXCHANGE}"]
CHECKS = "address,undefined"
#: target -> longest input in bytes; whether it holds the whole exchange
TARGETS = {"door": (256, False), "orders": (256, False), "script": (400, True), "exchange": (2000, True),
           "play": (2000, True)}


def sources(target: str) -> list[str]:
    exchange = sorted(map(str, EXCHANGE.glob("*.c"))) if TARGETS[target][1] else []
    return [str(HERE / f"fuzz_{target}.c"), *exchange]


def dictionary(target: str) -> list[str]:
    path = HERE / f"{target}.dict"
    return [f"-dict={path}"] if path.exists() else []


def compile_target(target: str, out: Path, compiler: str, sanitize: str, *more: str) -> Path:
    """One program; warnings are errors, and a finding ends it. What other programs in its folder share is compiled
    once."""
    command = [compiler, *FLAGS, *([f"-fsanitize={sanitize}", "-fno-sanitize-recover=all"] if sanitize else [])]
    folder = out.parent / "-".join(["objects", compiler, *sanitize.split(",")])
    objects = [_object(command, Path(source), folder) for source in (*sources(target), *more)]
    subprocess.run([*command, *map(str, objects), "-o", str(out), "-lm", "-pthread"], check=True)
    return out


def _object(command: list[str], source: Path, folder: Path) -> Path:
    path = folder / f"{source.stem}.o"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        subprocess.run([*command, "-c", str(source), "-o", str(path)], check=True)
    return path


def fuzzer(target: str, folder: Path) -> Path:
    """The libFuzzer program."""
    return compile_target(target, folder / f"fuzz-{target}", "clang", f"fuzzer,{CHECKS}")


def replayer(target: str, folder: Path, compiler: str = "gcc", sanitize: str = CHECKS) -> Path:
    """The program without libFuzzer: it runs over files."""
    out = folder / f"replay-{target}-{compiler}"
    return compile_target(target, out, compiler, sanitize, str(HERE / "standalone.c"))


def has_libfuzzer(folder: Path) -> bool:
    """Whether clang is here with libFuzzer's runtime."""
    probe = folder / "probe.c"
    probe.write_text("int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return !d && n; }\n")
    try:
        done = subprocess.run(["clang", "-fsanitize=fuzzer", str(probe), "-o", str(folder / "probe")],
                              capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def kept(target: str) -> list[Path]:
    """The kept inputs of a target."""
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    return sorted(folder.iterdir())


def replay(program: Path, inputs: list[Path]) -> str:
    """Runs the plain program over inputs. Raises AssertionError with the report of the first finding."""
    return checked([str(program), *map(str, inputs)])


def fuzz(program: Path, target: str, folder: Path, runs: int, seed: int = 1) -> str:
    """A fresh run, repeatable by its seed: reads the corpus, writes what is new to ``folder``. Returns the report."""
    folder.mkdir(parents=True, exist_ok=True)
    return checked([str(program), str(folder), str(CORPUS / target), f"-runs={runs}", f"-seed={seed}", "-timeout=10",
                    f"-max_len={TARGETS[target][0]}", "-print_final_stats=1", "-verbosity=0",
                    f"-artifact_prefix={folder}/", *dictionary(target)])


def checked(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise AssertionError(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout + done.stderr


def figure(report: str, name: str) -> int:
    """One of libFuzzer's final figures, such as number_of_executed_units."""
    found = re.search(rf"stat::{name}:\s+(\d+)", report)
    return int(found.group(1)) if found else 0


def minimise(program: Path, target: str, extra: Path) -> int:
    """The smallest set of inputs with the coverage of the corpus and of ``extra`` becomes the corpus; how many."""
    with tempfile.TemporaryDirectory() as scratch:
        checked([str(program), "-set_cover_merge=1", "-use_counters=0", scratch, str(CORPUS / target), str(extra)])
        fresh = sorted(Path(scratch).iterdir())
        for old in kept(target):
            old.unlink()
        for new in fresh:
            (CORPUS / target / new.name[:16]).write_bytes(new.read_bytes())
        return len(fresh)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grow", type=Path, help="keep what a fresh run finds new here")
    parser.add_argument("--minimise", type=Path, metavar="FOLDER", help="rewrite the corpus from itself and FOLDER")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if not has_libfuzzer(folder):
            sys.stdout.write(replay(replayer(given.target, folder), kept(given.target)))
            return 0
        program = fuzzer(given.target, folder)
        if given.minimise:
            sys.stdout.write(f"{minimise(program, given.target, given.minimise)} inputs kept\n")
            return 0
        started = time.perf_counter()
        report = fuzz(program, given.target, given.grow or folder / "found", given.runs, given.seed)
        ran, took = figure(report, "number_of_executed_units"), time.perf_counter() - started
        sys.stdout.write(f"{ran} inputs in {took:.0f} s, {len(kept(given.target))} of them kept ones: nothing found\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

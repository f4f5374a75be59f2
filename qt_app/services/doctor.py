"""What ``qt doctor`` looks at: each check gives a verdict, what was found, and the remedy."""
from __future__ import annotations

import datetime as dt
import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qt_app import calendar, fees
from qt_app.config import Config, parse_problems
from qt_app.errors import ExitCode, QtError
from qt_app.home import Home
from qt_app.inference.manifest import digest, read_manifest
from qt_app.paths import shipped_models
from qt_app.services import ports
from qt_app.services.lock import running
from qt_app.version import __version__

Verdict = Literal["ok", "warn", "fail"]

PACKAGES = ("numpy", "onnxruntime", "pyarrow", "pyzmq", "orjson", "click", "psutil", "pandas", "exchange_calendars",
            "tzdata")
CORE = ("qt_core._types", "qt_core.ring", "qt_core.engine", "qt_core.paper", "qt_core.trampolines", "qt_core.dll")
OLD_DAYS = 180
LOW_DISK_GB, ENOUGH_DISK_GB = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is what ``qt doctor`` returns when this is the first failure."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""
    code: ExitCode = ExitCode.UNEXPECTED


def examine(home: Home, dll: Path | None = None, today: dt.date | None = None) -> list[Finding]:
    """All findings, in reading order. ``dll`` is a library to examine instead of the configured one."""
    config, problems = parse_problems(home)
    day = today or dt.datetime.now(calendar.SAO_PAULO).date()
    findings = [*_versions(), *_core(), _home(home)]
    findings += [Finding("configuration", "fail", str(p), "correct it and run `qt config check`", ExitCode.CONFIG)
                 for p in problems] or [Finding("configuration", "ok", f"hash {config.hash}")]
    findings += [*_env_file(home), _model(config), _sessions(config, day), *_tables(day), *_ports(home, config)]
    findings += [_disk(home), _library(config, dll), *_credentials(config), _engine(home)]
    return findings


def exit_code(findings: list[Finding]) -> ExitCode:
    """Code of the first failure."""
    return next((f.code for f in findings if f.verdict == "fail"), ExitCode.OK)


def _versions() -> Iterator[Finding]:
    yield Finding("qt", "ok", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    for name in PACKAGES:
        try:
            yield Finding(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "fail", "not installed", f"pip install {name}")


def _core() -> Iterator[Finding]:
    broken = {name: str(error) for name, error in _imports() if error is not None}
    for name, error in broken.items():
        yield Finding(name, "fail", error, "reinstall quantumtrader-ml, or build it: pip install -e .")
    if not broken:
        yield Finding("compiled core", "ok", f"{len(CORE)} modules load")


def _imports() -> Iterator[tuple[str, ImportError | None]]:
    for name in CORE:
        try:
            importlib.import_module(name)
            yield name, None
        except ImportError as error:
            yield name, error


def _home(home: Home) -> Finding:
    folder = next(p for p in (home.root, *home.root.parents) if p.exists())
    if os.access(folder, os.W_OK):
        return Finding("home", "ok", str(home.root))
    return Finding("home", "fail", f"{home.root} cannot be written", "choose another folder with --home or QT_HOME")


def _env_file(home: Home) -> Iterator[Finding]:
    """Credentials belong to their owner alone. On Windows the folder's permissions decide."""
    if os.name == "nt" or not home.env.is_file():
        return
    mode = home.env.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding(home.env.name, "warn", f"others may read it (mode {mode:o})", f"chmod 600 {home.env}")


def _model(config: Config) -> Finding:
    folder = Path(config.model.path) if config.model.path else shipped_models()
    try:
        manifest = read_manifest(folder)
        file = folder / manifest.file
        whole = file.is_file() and digest(file) == manifest.sha256
    except QtError as error:
        return Finding("model", "fail", str(error), "train one with `qt train`, or restore it", error.code)
    if not whole:
        return Finding("model", "fail", f"{file} is missing or not the file that its manifest names",
                       "restore it or train again", ExitCode.DATA)
    made = ", synthetic" if manifest.synthetic else ""
    return Finding("model", "ok", f"{manifest.id}{made}, schema {manifest.schema_id}")


def _sessions(config: Config, day: dt.date) -> Finding:
    try:
        contract = calendar.resolve_symbol(config.trading.symbol, day)
        trades = calendar.is_session(day)
        opened, closed = calendar.hours(contract, calendar.session_on_or_after(day))
    except QtError as error:
        return Finding("calendar", "fail", str(error), "set trading.symbol to WDO, WIN, or one of their contracts",
                       error.code)
    when = "today" if trades else "on the next session"
    return Finding("calendar", "ok", f"{contract}, {when} {opened:%H:%M} to {closed:%H:%M} Sao Paulo")


def _tables(day: dt.date) -> Iterator[Finding]:
    yield _age("trading hours", calendar.table_checked(), day)
    for table in fees.table_ages(day):
        yield _age(table.name, table.collected, day)


def _age(name: str, checked: dt.date, day: dt.date) -> Finding:
    days = (day - checked).days
    if days <= OLD_DAYS:
        return Finding(name, "ok", f"checked {checked}, {max(days, 0)} days ago")
    return Finding(name, "warn", f"checked {checked}, {days} days ago", "compare it with B3's circulars and update qt")


def _ports(home: Home, config: Config) -> Iterator[Finding]:
    wanted = {"zmq.port": config.zmq.port if config.zmq.enabled else 0, "zmq.control_port": config.zmq.control_port,
              "enhanced_monitor.port": config.enhanced_monitor.port if config.enhanced_monitor.enabled else 0}
    owner = running(home)
    for name, port in wanted.items():
        if port:
            yield _port(name, port, owner.pid if owner else None)


def _port(name: str, port: int, engine: int | None) -> Finding:
    if ports.is_free(port):
        return Finding(name, "ok", f"{port} is free")
    found = ports.holder(port)
    if engine is not None and found is not None and found[0] == engine:
        return Finding(name, "ok", f"{port} is held by the running engine")
    return Finding(name, "fail", str(ports.busy(name, port)), f"set another {name}")


def _disk(home: Home) -> Finding:
    folder = next(p for p in (home.root, *home.root.parents) if p.exists())
    free = shutil.disk_usage(folder).free / 2**30
    verdict: Verdict = "fail" if free < LOW_DISK_GB else "warn" if free < ENOUGH_DISK_GB else "ok"
    remedy = "" if verdict == "ok" else f"free space: recordings and logs want {ENOUGH_DISK_GB:.0f} GB"
    return Finding("disk", verdict, f"{free:.1f} GB free", remedy)


def simulated_exchange() -> Path:
    """The library that is the market when no DLL is configured."""
    suffix = ".dll" if sys.platform == "win32" else ".so"
    package = importlib.import_module("qt_core.exchange").__file__
    return Path(str(package)).with_name("profitsim" + suffix)


def _library(config: Config, dll: Path | None) -> Finding:
    """Loads the library: only that shows whether this process can use it, and which exports it lacks."""
    chosen = dll or (Path(config.feed.dll_path) if config.feed.dll_path else None)
    name, path = ("ProfitDLL", chosen) if chosen else ("simulated exchange", simulated_exchange())
    try:
        open_library: Callable[[Path], object] = importlib.import_module("qt_core.dll").Dll
    except ImportError:
        return Finding(name, "fail", "cannot be examined without the compiled core", "reinstall quantumtrader-ml")
    try:
        library = open_library(path)
    except OSError as error:
        remedy = "correct PROFIT_DLL_PATH, or leave it empty for the simulated exchange"
        return Finding(name, "fail", str(error), remedy, ExitCode.BROKER)
    return Finding(name, "ok", f"{path}, version {getattr(library, 'version', 'unknown')}")


def _credentials(config: Config) -> Iterator[Finding]:
    """ProfitDLL does not log in without all three; the simulated exchange wants none."""
    needed = {"PROFIT_KEY": config.feed.key, "PROFIT_USER": config.feed.user, "PROFIT_PASSWORD": config.feed.password}
    missing = [name for name, value in needed.items() if not value]
    if config.feed.dll_path and missing:
        yield Finding("credentials", "fail", f"{', '.join(missing)} not set",
                      "set them in the environment or in .env.production", ExitCode.CONFIG)


def _engine(home: Home) -> Finding:
    owner = running(home)
    return Finding("engine", "ok", "not running" if owner is None else f"running as process {owner.pid}")

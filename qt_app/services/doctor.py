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
from pathlib import Path

from qt_app import calendar, fees
from qt_app.alerts.trial import known
from qt_app.backup.shelf import Shelf
from qt_app.config import Config, misspelt, parse_problems
from qt_app.config.private import exposed, remedy
from qt_app.config.vault import Vault
from qt_app.errors import ConfigError, ExitCode, QtError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.inference.manifest import read_manifest
from qt_app.registry.serving import served
from qt_app.services import ports
from qt_app.services.finding import Finding, Verdict
from qt_app.services.lock import read_owner, running
from qt_app.version import __version__

PACKAGES = ("numpy", "onnxruntime", "pyarrow", "pyzmq", "orjson", "click", "psutil", "pandas", "exchange_calendars",
            "tzdata", "apprise")
CORE = ("qt_core._types", "qt_core.ring", "qt_core.engine", "qt_core.paper", "qt_core.trampolines", "qt_core.dll")
OLD_DAYS = 180
OLD_BACKUP_S = 24 * 3600.0
LOW_DISK_GB, ENOUGH_DISK_GB = 1.0, 10.0


def examine(home: Home, dll: Path | None = None, today: dt.date | None = None, *, config: Config | None = None,
            load: bool = True) -> list[Finding]:
    """All findings, in reading order. ``dll`` is a library to examine instead of the configured one.

    ``config``: of a start with its options, instead of what the home says. Without ``load`` no library is loaded.
    """
    config, problems = parse_problems(home) if config is None else (config, [])
    day = today or dt.datetime.now(calendar.SAO_PAULO).date()
    findings = [*_versions(), *_core(), _home(home)]
    findings += [Finding("configuration", "fail", str(p), "correct it and run `qt config check`", ExitCode.CONFIG)
                 for p in problems] or [Finding("configuration", "ok", f"hash {config.hash}")]
    findings += [*_environment(), *_env_file(home), *_keyring(home), _backups(home), known(config)]
    findings += [model(home, config), sessions(config, day), *_tables(day), *_ports(home, config)]
    findings += [disk(home), *([library(config, dll)] if load else []), *credentials(config), _engine(home)]
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


def _environment() -> Iterator[Finding]:
    for name, meant in misspelt(os.environ):
        yield Finding("environment", "warn", f"{name} is no setting and changes nothing", f"did you mean {meant}?")


def _env_file(home: Home) -> Iterator[Finding]:
    """Credentials belong to their owner alone."""
    if home.env.is_file() and (who := exposed(home.env)):
        yield Finding(home.env.name, "warn", f"others may read it ({who})", remedy(home.env))


def _keyring(home: Home) -> Iterator[Finding]:
    """What this home keeps in the OS keyring."""
    try:
        vault = Vault(home)
    except ConfigError:
        return      # the configuration's own finding tells it
    if vault.names:
        note = vault.read().note
        yield (Finding("keyring", "ok", f"keeps {', '.join(vault.names)}") if note is None else
               Finding("keyring", "warn", note[1], "unlock it, or store them again with `qt config set-secret`"))


def _backups(home: Home) -> Finding:
    """A journal deserves a copy that is not older than a day of its work."""
    newest = Shelf(home).newest()
    if newest is None:
        if home.journal.is_file():
            return Finding("backups", "warn", f"none in {home.backups}", "make one with `qt backup`")
        return Finding("backups", "ok", "none yet, and no journal")
    behind_s = home.journal.stat().st_mtime - newest[1].when.timestamp() if home.journal.is_file() else 0.0
    if behind_s > OLD_BACKUP_S:
        behind = f"{behind_s / 3600:.0f} hours behind the journal"
        return Finding("backups", "warn", f"the newest, {newest[0].name}, is {behind}",
                       "make one with `qt backup`, and look for BACKUP_FAILED in the log")
    return Finding("backups", "ok", f"the newest is {newest[0].name}")


def model(home: Home, config: Config) -> Finding:
    try:
        folder = served(config, home).folder
        manifest = read_manifest(folder)
        file = folder / manifest.file
        whole = file.is_file() and file_digest(file) == manifest.sha256
    except QtError as error:
        return Finding("model", "fail", str(error), "train one with `qt train`, or restore it", error.code)
    if not whole:
        return Finding("model", "fail", f"{file} is missing or not the file that its manifest names",
                       "restore it or train again", ExitCode.DATA)
    made = ", synthetic" if manifest.synthetic else ""
    return Finding("model", "ok", f"{manifest.id}{made}, schema {manifest.schema_id}")


def sessions(config: Config, day: dt.date) -> Finding:
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
              "prometheus.port": config.prometheus.port if config.prometheus.enabled else 0,
              "enhanced_monitor.port": config.enhanced_monitor.port if config.enhanced_monitor.enabled else 0}
    ours = {owner.pid for owner in (running(home), read_owner(home.monitor)) if owner is not None and owner.alive}
    for name, port in wanted.items():
        if port:
            yield _port(name, port, ours)


def _port(name: str, port: int, ours: set[int]) -> Finding:
    if ports.is_free(port):
        return Finding(name, "ok", f"{port} is free")
    found = ports.holder(port)
    if found is not None and found[0] in ours:
        holder = "monitor" if name.startswith("enhanced_monitor") else "engine"
        return Finding(name, "ok", f"{port} is held by the running {holder}")
    return Finding(name, "fail", str(ports.busy(name, port)), f"set another {name}")


def disk(home: Home) -> Finding:
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


def library(config: Config, dll: Path | None) -> Finding:
    """Loads the library: only that shows whether this process can use it, and which exports it lacks."""
    chosen = dll or (Path(config.feed.dll_path) if config.feed.dll_path else None)
    name, path = ("ProfitDLL", chosen) if chosen else ("simulated exchange", simulated_exchange())
    try:
        open_library: Callable[[Path], object] = importlib.import_module("qt_core.dll").Dll
    except ImportError:
        return Finding(name, "fail", "cannot be examined without the compiled core", "reinstall quantumtrader-ml")
    try:
        loaded = open_library(path)
    except OSError as error:
        remedy = "correct PROFIT_DLL_PATH, or leave it empty for the simulated exchange"
        return Finding(name, "fail", str(error), remedy, ExitCode.BROKER)
    return Finding(name, "ok", f"{path}, version {getattr(loaded, 'version', 'unknown')}")


def credentials(config: Config) -> Iterator[Finding]:
    """ProfitDLL does not log in without all three; the simulated exchange wants none."""
    needed = {"PROFIT_KEY": config.feed.key, "PROFIT_USER": config.feed.user, "PROFIT_PASSWORD": config.feed.password}
    missing = [name for name, value in needed.items() if not value]
    if config.feed.dll_path and missing:
        yield Finding("credentials", "fail", f"{', '.join(missing)} not set",
                      "store them with `qt config set-secret`, or set them in the environment or in .env.production",
                      ExitCode.CONFIG)


def _engine(home: Home) -> Finding:
    owner = running(home)
    return Finding("engine", "ok", "not running" if owner is None else f"running as process {owner.pid}")

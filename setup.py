"""Builds the compiled core: one extension per .pyx, and the simulated exchange as a plain shared library.

Environment:
    QT_DEBUG=1       bounds checks, asserts and debug counters
    QT_SANITIZE=...  address | undefined | thread (gcc or clang)
    QT_ANNOTATE=1    Cython's HTML beside the generated C
    QT_ONLY=a,b      build only these modules (by the last part of their name)
"""
import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
DEBUG = os.environ.get("QT_DEBUG") == "1"
SANITIZE = os.environ.get("QT_SANITIZE", "")
ONLY = {name for name in os.environ.get("QT_ONLY", "").split(",") if name}
EXCHANGE = "qt_core.exchange.profitsim"
#: Cython's own helpers for memoryviews, once instead of in each module: half of all that is compiled.
UTILITIES = "qt_core._cyutility"

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "cdivision": True,
    "nonecheck": DEBUG,
    "embedsignature": True,
}


class BuildExt(build_ext):
    """Adds each compiler's flags, and builds the exchange without Python's module conventions."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self) -> None:
        msvc = self.compiler.compiler_type == "msvc"
        for extension in self.extensions:
            extension.extra_compile_args = self.flags(msvc)
            if SANITIZE and not msvc:
                extension.extra_link_args += [f"-fsanitize={SANITIZE}"]
            if extension.name == EXCHANGE and not msvc:
                extension.extra_compile_args += ["-fvisibility=hidden", "-Wall", "-Wextra", "-Wpedantic"]
        super().build_extensions()

    @staticmethod
    def flags(msvc: bool) -> list[str]:
        if msvc:
            return ["/utf-8", "/std:c11", "/fp:precise", *(["/Od", "/Zi", "/DQT_DEBUG=1"] if DEBUG else ["/O2"])]
        # No contraction and no fast-math: the same input gives the same bits on every build.
        flags = ["-std=gnu11", "-ffp-contract=off", "-fno-math-errno", "-Wno-unused-function"]
        flags += ["-O1", "-g", "-DQT_DEBUG=1"] if DEBUG else ["-O3", "-g0"]     # an interpreter may bring its own -g
        if SANITIZE:
            flags += [f"-fsanitize={SANITIZE}", "-g", "-fno-omit-frame-pointer"]
        return flags

    def get_ext_filename(self, fullname: str) -> str:
        if fullname == EXCHANGE or EXCHANGE.endswith("." + fullname):
            suffix = ".dll" if sys.platform == "win32" else ".so"
            return str(Path(*EXCHANGE.split("."))) + suffix if "." in fullname else "profitsim" + suffix
        return super().get_ext_filename(fullname)

    def get_export_symbols(self, ext: Extension) -> list[str]:
        return [] if ext.name == EXCHANGE else super().get_export_symbols(ext)


def wanted(name: str) -> bool:
    return not ONLY or name.rsplit(".", 1)[-1] in ONLY


def cython_extensions() -> list[Extension]:
    """Of the wanted modules; none of them loads without the utilities."""
    extensions = []
    for source in sorted((ROOT / "qt_core").rglob("*.pyx")):
        path = source.relative_to(ROOT)
        name = ".".join(path.with_suffix("").parts)
        if wanted(name):
            extensions.append(Extension(name, [path.as_posix()], include_dirs=["include"], depends=HEADERS))
    if not extensions:
        return []
    return cythonize(
        [*extensions, Extension(UTILITIES, [UTILITIES.replace(".", "/") + ".c"], include_dirs=["include"])],
        shared_utility_qualified_name=UTILITIES,
        compiler_directives=DIRECTIVES,
        build_dir="build/cython",
        annotate=os.environ.get("QT_ANNOTATE") == "1",
        # Worker processes need a guarded main module where they are spawned; a setup script has none.
        nthreads=0 if sys.platform in {"win32", "darwin"} else os.cpu_count() or 1,
    )


def exchange_extension() -> list[Extension]:
    sources = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "qt_core" / "exchange").glob("*.c"))
    if not sources or not wanted(EXCHANGE):
        return []
    headers = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "qt_core" / "exchange").glob("*.h"))
    libraries = [] if sys.platform == "win32" else ["pthread", "m"]
    if sys.platform == "win32":
        sources.append("qt_core/exchange/profitsim.rc")
    return [Extension(EXCHANGE, sources, include_dirs=["include", "qt_core/exchange"], depends=HEADERS + headers,
                      libraries=libraries)]


HEADERS = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "include").glob("*.h"))

#: Folders of the top level that travel inside the wheel.
SHIPPED = {"qt_core.include": "include", "qt_app.models_onnx": "models_onnx"}

setup(
    packages=[*find_packages(include=["qt_core*", "qt_app*"]), "qt_app.tables", *SHIPPED],
    package_dir=SHIPPED,
    package_data={
        "": ["*.pxd", "*.pyi", "py.typed"],
        "qt_app.monitor": ["*.css"],
        "qt_core.include": ["*.h"],
        "qt_app.models_onnx": ["*.onnx", "*.json"],
        "qt_app.tables": ["*.csv", "*.json"],
    },
    ext_modules=cython_extensions() + exchange_extension(),
    cmdclass={"build_ext": BuildExt},
)

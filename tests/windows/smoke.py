"""What a fresh wheel is asked on its own platform: every compiled module loads, and a plain ctypes client trades with
the exchange inside, byte for byte as everywhere.

python tests/windows/smoke.py
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import qt_core
from qt_core import exchange

CLIENTS = Path(__file__).resolve().parents[1] / "clients"


def main() -> int:
    found_modules = pkgutil.walk_packages(qt_core.__path__, "qt_core.")
    names = [module.name for module in found_modules if not module.name.endswith(".profitsim")]  # a plain library
    for name in names:
        importlib.import_module(name)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    command = [sys.executable, str(CLIENTS / "client.py"), str(exchange.path())]
    found = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
    same = found == (CLIENTS / "client.golden.txt").read_bytes()
    print(f"{len(names)} modules load; the session is {'the golden one' if same else 'another one'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

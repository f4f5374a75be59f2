"""What Python itself prints of an error that nobody caught: on standard error, with every secret hidden."""
from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from qt_app.redact import KNOWN


def hide_secrets() -> None:
    """For the rest of the process: uncaught errors, errors of threads, and errors where none can be raised."""
    sys.excepthook = _tell
    threading.excepthook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback,
                                              f"in thread {args.thread.name if args.thread else 'unknown'}")
    sys.unraisablehook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback,
                                            f"{args.err_msg or 'ignored in'}: {args.object!r}")


def _tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str = "") -> None:
    lines = traceback.format_exception(kind, error, trace)
    if sys.stderr is not None:
        sys.stderr.write(KNOWN(f"{where}\n" * bool(where) + "".join(lines)))

"""What Python itself prints on standard error, with every secret hidden: errors that nobody caught, warnings, and what
libraries say to a log that nobody reads. In the background it lands in ``state/start.err``.
"""
from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from types import TracebackType

from qt_app.redact import KNOWN


def hide_secrets() -> None:
    """For the rest of the process: uncaught errors, errors of threads, errors where none can be raised, warnings."""
    sys.excepthook = _tell
    threading.excepthook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback,
                                              f"in thread {args.thread.name if args.thread else 'unknown'}")
    sys.unraisablehook = lambda args: _tell(args.exc_type, args.exc_value, args.exc_traceback,
                                            f"{args.err_msg or 'ignored in'}: {args.object!r}")
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Hiding())
    shown = warnings.formatwarning
    warnings.formatwarning = lambda *args, **more: KNOWN(shown(*args, **more))


class _Hiding(logging.Formatter):
    """A record's words, its error's too."""

    def format(self, record: logging.LogRecord) -> str:
        return KNOWN(super().format(record))


def _tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str = "") -> None:
    lines = traceback.format_exception(kind, error, trace)
    if sys.stderr is not None:
        sys.stderr.write(KNOWN(f"{where}\n" * bool(where) + "".join(lines)))

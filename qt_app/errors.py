"""One error family; only the command line turns it into exit codes."""
from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What ``qt`` returns to the shell."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_RUNNING = 3
    CONFIG = 4
    TIMEOUT = 5
    BROKER = 6
    REFUSED = 7
    MISMATCH = 8
    DATA = 9


class QtError(Exception):
    """An expected failure: one sentence that names the thing, the value and the remedy."""

    code = ExitCode.UNEXPECTED


class NotRunningError(QtError):
    """Not running, or already running."""

    code = ExitCode.NOT_RUNNING


class ConfigError(QtError):
    """Configuration that cannot be used."""

    code = ExitCode.CONFIG


class TimedOutError(QtError):
    """Something did not answer in time."""

    code = ExitCode.TIMEOUT


class BrokerError(QtError):
    """The DLL or the broker refused."""

    code = ExitCode.BROKER


class RefusedError(QtError):
    """Risk or a safety gate refused."""

    code = ExitCode.REFUSED


class MismatchError(QtError):
    """Position or orders differ from the broker."""

    code = ExitCode.MISMATCH


class DataError(QtError):
    """Unusable data or model."""

    code = ExitCode.DATA


class JournalError(DataError):
    """The journal cannot be used, or cannot be written."""

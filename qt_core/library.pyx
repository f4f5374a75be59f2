"""A shared library that exports ProfitDLL's interface: loading it, reading its version, calling it by the rules."""
import re
import sys
from pathlib import Path

from libc.stdint cimport int64_t, uint8_t, uint16_t
from libc.string cimport memset

from qt_core cimport profit as p
from qt_core cimport trampolines

from qt_core.nl import DllError, DllLoadError, DllMissingError
from qt_core.refusals import refuse_account

OLDEST, NEWEST = (4, 0, 0, 31), (4, 0, 0, 42)
_SIDES = (4, 0, 0, 34)      # price depth tells the side
_WIDE = (4, 0, 0, 38)       # asset info gets 64-bit quantities
_MESSAGES = (4, 0, 0, 41)   # send, change, cancel and zero answer with a message id
_EVENTS = (4, 0, 0, 28)     # orders and positions carry an event number
_TYPES = (4, 0, 0, 30)      # accounts carry their type


cdef bytes utf16(str text):
    return (text + "\0").encode("utf-16-le")


cdef str from_units(const uint16_t* units, int length):
    return (<const char*> units)[:2 * max(0, length)].decode("utf-16-le", "replace")


cdef str from_text(p.qt_text_t text, int most=4096):
    cdef int n = 0
    if text == NULL:
        return ""
    while n < most and text[n]:
        n += 1
    return from_units(text, n)


cdef int64_t checked(str call, int64_t code) except? -1:
    if code < 0:
        raise DllError(call, code)
    return code


cdef bint older(int64_t code, uint8_t* version, uint8_t floor) noexcept nogil:
    if code != p.NL_VERSION_NOT_SUPPORTED or version[0] <= floor:
        return False
    version[0] -= 1
    return True


def dotted(str text) -> tuple[int, ...] | None:
    """The four numbers of a version in a text, or None."""
    found = re.search(r"(?<![\d.])(\d+)\.(\d+)\.(\d+)\.(\d+)(?![\d.])", text)
    return tuple(map(int, found.groups())) if found else None


def words_about(str name, str version) -> str:
    """What to warn of when a library has this version; empty when it is one that this system was made for."""
    newest = ".".join(map(str, NEWEST))
    numbers = dotted(version)
    if numbers is None:
        return f"{name} does not tell its version: the layouts of ProfitDLL {newest} are assumed"
    if numbers > NEWEST:
        return f"{name} is version {version}, newer than {newest}, whose layouts are assumed: read the vendor's changes"
    if numbers < OLDEST:
        return f"{name} is version {version}, older than {'.'.join(map(str, OLDEST))}: install a newer ProfitDLL"
    return ""


cdef class AccountText:
    """An account identifier and the texts it points to. Raises ValueError for an account that names nobody."""

    def __cinit__(self, account):
        refuse_account(account.broker, account.account)
        memset(&self.record, 0, sizeof(self.record))
        self.account = utf16(account.account)
        self.sub = utf16(account.sub_account)
        self.record.BrokerID = account.broker
        self.record.AccountID = wide(self.account)
        self.record.SubAccountID = wide(self.sub) if account.sub_account else NULL


cdef class AssetText:
    """An asset identifier and the texts it points to."""

    def __cinit__(self, str ticker, str exchange):
        memset(&self.record, 0, sizeof(self.record))
        self.ticker = utf16(ticker)
        self.exchange = utf16(exchange)
        self.record.Ticker = wide(self.ticker)
        self.record.Exchange = wide(self.exchange)


cdef class Library:
    """A library at ``path``.

    Raises DllLoadError: no file there, the system cannot load it, or needed exports are missing (``.missing``).
    """

    def __cinit__(self, path):
        where = Path(path).absolute()
        if not where.is_file():
            raise DllLoadError(f"no library at {where}: set PROFIT_DLL_PATH or --dll to the ProfitDLL file")
        self.path = str(where)
        cdef bytes name = self.path.encode()
        cdef const char* raw = name
        cdef void* lib
        cdef char why[512]
        with nogil:
            lib = p.qt_lib_open(raw)
        if lib == NULL:
            p.qt_lib_error(why, sizeof(why))
            reason = (<bytes> why).decode(errors="replace")
            bits = sys.maxsize.bit_length() + 1
            raise DllLoadError(f"{where} cannot be loaded: {reason}; use the library of this {bits}-bit system with "
                               "its companion files beside it")
        self.resolve(lib)
        self.simulated = self.api.SIM_Version != NULL
        self.read_version()

    cdef int resolve(self, void* lib) except -1:
        cdef int i = 0
        cdef const p.qt_export_t* export = p.qt_export(0)
        missing = []
        while export != NULL:
            if not p.qt_export_resolve(&self.api, lib, i) and export.needed:
                missing.append((<bytes> export.name).decode())
            i += 1
            export = p.qt_export(i)
        if missing:
            named = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
            raise DllLoadError(f"{self.path} does not export {named}: it is no ProfitDLL, or one too old",
                               tuple(missing))
        return 0

    cdef int read_version(self) except -1:
        """Again before each login: a simulated exchange can be told which version to be."""
        cdef bytes path = self.path.encode()
        cdef uint16_t parts[4]
        self.version = "unknown"
        if self.simulated:
            self.version = (<bytes> self.api.SIM_Version()).decode()
        elif p.qt_lib_version(path, parts):
            self.version = f"{parts[0]}.{parts[1]}.{parts[2]}.{parts[3]}"
        self.version_note = words_about(Path(self.path).name, self.version)
        numbers = dotted(self.version) or NEWEST
        self.depth_sides = numbers >= _SIDES
        self.wide_quantities = numbers >= _WIDE
        self.records.send = self.records.zero = 2 if numbers >= _MESSAGES else 1
        self.records.change = self.records.cancel = 1 if numbers >= _MESSAGES else 0
        self.records.position = 2 if numbers >= _EVENTS else 1
        self.records.order = 1 if numbers >= _EVENTS else 0
        self.records.holder = 1 if numbers >= _TYPES else 0
        return 0

    def record_versions(self) -> dict[str, int]:
        """The record versions in use, chosen by the library's version and lowered where it refused one."""
        return {"send": self.records.send, "change": self.records.change, "cancel": self.records.cancel,
                "zero": self.records.zero, "position": self.records.position, "order": self.records.order,
                "account": self.records.holder}

    cdef int enter(self, str call, const void* function) except -1:
        """Before each call. Raises RuntimeError on the library's own thread, DllMissingError without the export."""
        if not trampolines.may_call():
            raise RuntimeError(f"{call} was asked for on the library's callback thread, which would wait for itself: "
                               "post it to the command thread")
        if function == NULL:
            raise DllMissingError(call, Path(self.path).name, self.version)
        return 0

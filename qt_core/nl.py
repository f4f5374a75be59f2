"""The vendor's result codes: names, meanings, and what to do about them."""
from __future__ import annotations

_BASE = -(2**31)

#: name and remedy by distance from -2**31, in the vendor's order
_TABLE: dict[int, tuple[str, str]] = {
    0x01: ("INTERNAL_ERROR", "close any other session that uses this activation key, then start again"),
    0x02: ("NOT_INITIALIZED", "log in before this call"),
    0x03: ("INVALID_ARGS", "check symbol, exchange letter (one letter, F or B), dates, price and quantity"),
    0x04: ("WAITING_SERVER", "the data was requested; ask again in a moment"),
    0x05: ("NO_LOGIN", "log in before this call"),
    0x06: ("NO_LICENSE", "ask the vendor to add this service to the activation key"),
    0x07: ("PASSWORD_HASH_SHA1", "report it to the vendor"),
    0x08: ("PASSWORD_HASH_MD5", "report it to the vendor"),
    0x09: ("OUT_OF_RANGE", "put the dates in order and not beyond the server's clock"),
    0x0A: ("MARKET_ONLY", "this login has market data only: log in with routing to send orders"),
    0x0B: ("NO_POSITION", "there is no position in this contract"),
    0x0C: ("NOT_FOUND", "the server does not know this item"),
    0x0D: ("VERSION_NOT_SUPPORTED", "install a newer ProfitDLL"),
    0x0E: ("OCO_NO_RULES", "report it to the vendor"),
    0x0F: ("EXCHANGE_UNKNOWN", "name the exchange by its letter: F for futures, B for shares"),
    0x10: ("NO_OCO_DEFINED", "report it to the vendor"),
    0x11: ("INVALID_SERIE", "check the symbol"),
    0x12: ("LICENSE_NOT_ALLOWED", "the licence does not include this function"),
    0x13: ("NOT_HARD_LOGOUT", "wait a moment and log in again"),
    0x14: ("SERIE_NO_HISTORY", "the server has no history for this symbol and period"),
    0x15: ("ASSET_NO_DATA", "the server has no data for this symbol"),
    0x16: ("SERIE_NO_DATA", "the server has no data for this period"),
    0x17: ("HAS_STRATEGY_RUNNING", "stop the strategy at the vendor first"),
    0x18: ("SERIE_NO_MORE_HISTORY", "the history ends here"),
    0x19: ("SERIE_MAX_COUNT", "unsubscribe from something first"),
    0x1A: ("DUPLICATE_RESOURCE", "it exists already"),
    0x1B: ("UNSIGNED_CONTRACT", "sign the market-data contract in the vendor's terminal"),
    0x1C: ("NO_PASSWORD", "set PROFIT_PASSWORD"),
    0x1D: ("NO_USER", "set PROFIT_USER"),
    0x1E: ("FILE_ALREADY_EXISTS", "remove the file first"),
    0x1F: ("INVALID_TICKER", "check the symbol: a contract expires with its month letter"),
    0x20: ("NOT_MASTER_ACCOUNT", "use the master account"),
    0x21: ("NOT_MY_TRADE", "report it to the vendor"),
    0x22: ("NOT_EQUALS", "report it to the vendor"),
    0x23: ("INVALID_DLL_AUTH", "check the activation key"),
    0x24: ("INVALID_SIGNATURE", "install the vendor's original ProfitDLL"),
    0x25: ("NOT_IMPLEMENTED", "this ProfitDLL lacks the function: install a newer one"),
    0x26: ("BROKER_NOT_ALLOWED", "use an account of a permitted broker"),
    0x27: ("FILE_NOT_EXISTS", "install the files that ship beside ProfitDLL"),
    0x28: ("NTSL_PARSE_FAILED", "report it to the vendor"),
    0x29: ("NTSL_TOO_MANY_ASSETS", "report it to the vendor"),
    0x2A: ("NOT_CONSISTENT", "report it to the vendor"),
    0x2B: ("SINGLE_THREADED", "report it to the vendor"),
    0x2C: ("NOT_SAME_THREAD", "report it to the vendor"),
    0x2D: ("TIMEOUT", "check the network and try again"),
    0x2E: ("HISTORY_PERIOD_LIMIT", "ask for history that starts less than 30 days ago"),
}

NL_OK = 0
NL_INTERNAL_ERROR = _BASE + 0x01
NL_WAITING_SERVER = _BASE + 0x04
NL_NO_POSITION = _BASE + 0x0B
NL_NOT_FOUND = _BASE + 0x0C
NL_VERSION_NOT_SUPPORTED = _BASE + 0x0D
NL_LICENSE_NOT_ALLOWED = _BASE + 0x12
NL_NOT_IMPLEMENTED = _BASE + 0x25
NL_NOT_CONSISTENT = _BASE + 0x2A
NL_TIMEOUT = _BASE + 0x2D

#: another try in a moment may succeed; of everything else the cause must be mended first
_RETRYABLE = frozenset({NL_WAITING_SERVER, _BASE + 0x13, NL_TIMEOUT})


def nl_name(code: int) -> str:
    """``NL_...`` for a result code, or its hexadecimal form when the vendor's list lacks it."""
    if code == NL_OK:
        return "NL_OK"
    row = _TABLE.get(code - _BASE)
    return f"NL_{row[0]}" if row else f"0x{code & 0xFFFFFFFF:08X}"


def nl_remedy(code: int) -> str:
    """What to do about a result code."""
    row = _TABLE.get(code - _BASE)
    return row[1] if row else "look the code up in the vendor's manual"


class DllError(OSError):
    """A call that the library refused: ``call``, ``code`` and the code's ``name``; ``retryable``: ask again later."""

    def __init__(self, call: str, code: int, words: str = "") -> None:
        super().__init__(words or f"{call} answered {nl_name(code)} ({code}): {nl_remedy(code)}")
        self.call = call
        self.code = code
        self.name = nl_name(code)
        self.retryable = code in _RETRYABLE


class DllMissingError(DllError):
    """A call to an export that this library does not have."""

    def __init__(self, call: str, library: str, version: str) -> None:
        super().__init__(call, NL_NOT_IMPLEMENTED,
                         f"{library} (version {version}) does not export {call}: install a newer ProfitDLL")


class DllLayoutError(DllError):
    """An answer that cannot be what the call promises: the library's records are laid out in another way."""

    def __init__(self, call: str, what: str) -> None:
        super().__init__(call, NL_NOT_CONSISTENT,
                         f"{call} {what}: this ProfitDLL lays its records out in another way; do not trade with it")


class DllLoadError(OSError):
    """A library that cannot be used; ``missing`` names the exports it lacks."""

    def __init__(self, message: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.missing = missing

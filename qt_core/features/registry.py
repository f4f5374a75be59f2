"""The 65 features in canonical order: the contract with every model. One row here is one column everywhere."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

#: Version of the definitions; part of every schema id.
SCHEMA: Final = "qt65/1"
NAMES_SHA256: Final = "449d94b579834f6d5a2360d8c81986727c8d47d400c0ff524d67fc9fddcd0ba2"

GARMAN_KLASS: Final = "Garman and Klass (1980), On the estimation of security price volatilities from historical data"
BOLLINGER: Final = "Bollinger (2001), Bollinger on Bollinger Bands"
SHARPE: Final = "Sharpe (1994), The Sharpe ratio"


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the row.

    ``warmup`` counts what ``warmup_unit`` says: closed "candles", "trades", "seconds" since the first trade, or
    "samples" (closes at which trade_intensity was valid); 0 with "none". ``limit`` is the value of a degenerate
    window, None where there is no such window. ``moves_with`` is the watchdog's rule, the input whose movement must
    move the feature: "close" a changed close, "trades" any print; None exempts flags, session and calendar fields.
    """

    number: int
    name: str
    family: str
    unit: str
    warmup: int
    warmup_unit: str
    limit: float | None
    moves_with: str | None
    source: str

    @property
    def exempt(self) -> bool:
        """True when the watchdog leaves this feature alone."""
        return self.moves_with is None


Row = tuple[str, str, str, int, str, float | None, str | None, str]


def _price(name: str, family: str, unit: str, warmup: int, *, limit: float | None = None, source: str = "") -> Row:
    return name, family, unit, warmup, "candles", limit, "close", source


def _traded(name: str, family: str, unit: str, warmup: int, *, limit: float | None = None,
            per: str = "candles") -> Row:
    return name, family, unit, warmup, per, limit, "trades", ""


def _flag(name: str, family: str, warmup: int, unit: str = "flag") -> Row:
    return name, family, unit, warmup, "trades", None, None, ""


def _clock(name: str, family: str, unit: str) -> Row:
    return name, family, unit, 0, "none", None, None, ""


_ROWS: Final[tuple[Row, ...]] = (
    *(_price(f"volatility_{n}", "volatility", "return", n + 1) for n in (10, 20, 50, 100)),
    *(_price(f"volatility_ratio_{n}", "volatility", "ratio", m + 1, limit=1.0)
      for n, m in ((10, 20), (20, 50), (50, 100), (100, 200))),
    _price("volatility_gk", "volatility", "return", 20, source=GARMAN_KLASS),
    _price("bb_position", "volatility", "bands", 20, limit=0.0, source=BOLLINGER),
    *(_price(f"returns_{n}", "returns", "return", n + 1) for n in (1, 2, 5, 10, 20, 50, 100)),
    *(_price(f"log_returns_{n}", "returns", "log return", n + 1) for n in (1, 5, 20)),
    *(_traded(f"order_flow_imbalance_{n}", "flow", "ratio", n, limit=0.0) for n in (10, 20, 50, 100)),
    _traded("cumulative_signed_volume", "flow", "ratio", 1, limit=0.0),
    _traded("signed_volume", "flow", "contracts", 1),
    _price("volume_weighted_return", "flow", "return", 21, limit=0.0),
    _traded("agent_turnover", "flow", "share", 101, per="trades"),
    *(_traded(f"volume_ratio_{n}", "volume", "ratio", n, limit=1.0) for n in (20, 50, 100)),
    *(_traded(f"volume_zscore_{n}", "volume", "deviations", n, limit=0.0) for n in (20, 50, 100)),
    _traded("trade_intensity", "volume", "trades/s", 60, per="seconds"),
    _traded("trade_intensity_ratio", "volume", "ratio", 100, limit=1.0, per="samples"),
    _price("ma_5_20_ratio", "technical", "return", 20),
    _price("ma_20_50_ratio", "technical", "return", 50),
    _price("momentum_5_20", "technical", "deviations", 21, limit=0.0),
    _price("momentum_20_50", "technical", "deviations", 51, limit=0.0),
    _price("sharpe_5", "technical", "deviations", 21, limit=0.0, source=SHARPE),
    _price("sharpe_20", "technical", "deviations", 51, limit=0.0, source=SHARPE),
    _clock("time_normalized", "technical", "session"),
    *(_flag(f"top_buyer_{i}_active", "microstructure", 100) for i in range(5)),
    *(_flag(f"top_seller_{i}_active", "microstructure", 100) for i in range(5)),
    _flag("top_buyers_count", "microstructure", 100, "flags"),
    _flag("top_sellers_count", "microstructure", 100, "flags"),
    _flag("buyer_changed", "microstructure", 2),
    _flag("seller_changed", "microstructure", 2),
    _flag("is_buyer_aggressor", "microstructure", 1),
    _flag("is_seller_aggressor", "microstructure", 1),
    _clock("minute", "calendar", "minute"),
    _clock("hour", "calendar", "hour"),
    _clock("day_of_week", "calendar", "day"),
    _clock("is_opening_30min", "calendar", "flag"),
    _clock("is_closing_30min", "calendar", "flag"),
    _clock("is_lunch_hour", "calendar", "flag"),
)

FEATURES: Final[tuple[Feature, ...]] = tuple(Feature(i, *row) for i, row in enumerate(_ROWS, start=1))
NAMES: Final[tuple[str, ...]] = tuple(feature.name for feature in FEATURES)

if hashlib.sha256(",".join(NAMES).encode()).hexdigest() != NAMES_SHA256:
    raise AssertionError("the feature names or their order differ from the contract qt65/1")


def schema_id(candle_seconds: float, calendar: str) -> str:
    """Hash of ordered names, definition version, candle length and session calendar: 32 hexadecimal digits.

    Two parts with different ids must refuse to work together.
    """
    candle_ns = round(candle_seconds * 1e9)
    text = "\n".join((",".join(NAMES), SCHEMA, str(candle_ns), calendar))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def utc_offsets(zone: str = "America/Sao_Paulo", first_year: int = 2000,
                last_year: int = 2040) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Instants (UTC ns) from which an offset (seconds east of UTC) holds in a time zone.

    The first row is the start of ``first_year``; afterwards one row per change, found to the second by bisection
    between days. Brazil kept daylight-saving time until February 2019.
    """
    tz = ZoneInfo(zone)
    second = int(datetime(first_year, 1, 1, tzinfo=UTC).timestamp())
    end = int(datetime(last_year + 1, 1, 1, tzinfo=UTC).timestamp())
    found = [(second, _offset(tz, second))]
    for day in range(second + 86_400, end, 86_400):
        if _offset(tz, day) != found[-1][1]:
            found.append(_change(tz, day - 86_400, day))
    return np.array([s for s, _ in found], np.int64) * 1_000_000_000, np.array([o for _, o in found], np.int32)


def sao_paulo_offsets() -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Offsets of the exchange's zone, 2000 to 2040."""
    return utc_offsets()


def _offset(tz: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, tz).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change(tz: ZoneInfo, before: int, after: int) -> tuple[int, int]:
    """First second in (before, after] with the offset of ``after``."""
    target = _offset(tz, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(tz, middle) == target:
            after = middle
        else:
            before = middle
    return after, target

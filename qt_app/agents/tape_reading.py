"""Tape reading: speed, size and sign of the prints, and who trades. Speed and size have no side of their own."""
from __future__ import annotations

from math import isnan

from qt_app.agents.base import Opinion, blend, ramp, signed_ramp

SIGN_RATIO = (0.10, 0.50)           # (B - S) / (B + S), 50 prints
LARGE_RATIO = (0.03, 0.25)          # large B - S / all lots, 100 prints
RUN_PRINTS = (4.0, 14.0)            # aggressor prints in a row
SPEED_RATIO = (1.3, 3.0)            # prints per second, 10 s / 60 s
SPEED_SIDE = (0.05, 0.30)           # the side that a faster tape takes
SIZE_RATIO = (1.2, 2.0)             # mean size of 100 prints / of 500
BROKER_RATIO = (0.15, 0.50)         # net position of the leading broker / lots, 100 prints

RLP_SHARE = (0.40, 0.80)            # a tape of retail prints says less ...
RLP_TRUST = 0.5                     # ... down to this share

W_SIGN, W_LARGE, W_RUN, W_SPEED, W_SIZE, W_BROKER = 0.50, 0.35, 0.25, 0.30, 0.20, 0.25


def speed(rate_10s: float, rate_60s: float) -> float:
    """Acceleration of the tape, 0 to 1."""
    return ramp(rate_10s, SPEED_RATIO[0] * rate_60s, SPEED_RATIO[1] * rate_60s)


class TapeReading:
    """Sign of the prints, large prints, runs, acceleration, growing sizes, and a broker who leads."""

    name = "tape_reading"
    inputs: tuple[str, ...] = (
        "signed_share_50", "signed_share_100", "large_flow_100", "run_length", "trade_rate_10s", "trade_rate_60s",
        "size_ratio_100", "rlp_share_60s", "trade_age_ms",
    )
    optional: tuple[str, ...] = ("broker_lead_100",)
    ages: tuple[str, ...] = ("trade_age_ms",)

    def __init__(self, max_age_ms: float = 5_000.0) -> None:
        self.max_age_ms = max_age_ms

    def evaluate(self, values: tuple[float, ...]) -> Opinion:
        recent, longer, large, run, rate, usual_rate, size, rlp, _, lead = values
        side = signed_ramp(longer, *SPEED_SIDE)
        broker = 0.0 if isnan(lead) else signed_ramp(lead, *BROKER_RATIO)  # brokers unknown: the rule is silent
        return blend((
            ("SIGN", W_SIGN * signed_ramp(recent, *SIGN_RATIO)),
            ("LARGE", W_LARGE * signed_ramp(large, *LARGE_RATIO)),
            ("RUN", W_RUN * signed_ramp(run, *RUN_PRINTS)),
            ("SPEED", W_SPEED * speed(rate, usual_rate) * side),
            ("SIZE", W_SIZE * ramp(size, *SIZE_RATIO) * side),
            ("BROKER", W_BROKER * broker),
        ), 1.0 - (1.0 - RLP_TRUST) * ramp(rlp, *RLP_SHARE))

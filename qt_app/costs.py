"""What trading costs under a configuration."""
from __future__ import annotations

from qt_app.config import Config
from qt_app.fees import Fees


def fees_of(config: Config) -> Fees:
    """No table covers foreign instruments: their exchange fee is zero, which a run's summary says."""
    return Fees(config.paper.brokerage_brl, other_side_brl=0.0)

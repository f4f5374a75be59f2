"""Where prices and opinions come from, asked for every order: nothing invented may lead to one with real money."""
from __future__ import annotations

from qt_app.feed.sources import Source
from qt_app.inference.model import Voter


def synthetic(source: Source, model: Voter) -> str:
    """What of this run is not real, in words; empty when all of it is."""
    link = source.link
    of_market = source.market.synthetic or (link is not None and link.synthetic)
    found = ["the market"] * of_market + [f"the model {model.id}"] * model.synthetic
    return " and ".join(found)

"""Arguments for single agents: values by name in the order that an agent declares, and their bounds."""
from __future__ import annotations

from qt_app.agents import Agent
from qt_app.agents.footprint import Footprint
from qt_app.agents.liquidity import Liquidity
from qt_app.agents.order_flow import OrderFlow
from qt_app.agents.scripted import Values
from qt_app.agents.tape_reading import TapeReading
from qt_core.features.registry import NAMES as FEATURES
from qt_core.readings.registry import READINGS

#: Bounds of the features in use.
FEATURE_BOUNDS = {"order_flow_imbalance_10": (-1.0, 1.0), "order_flow_imbalance_50": (-1.0, 1.0),
                  "volume_ratio_20": (0.0, 20.0)}
BY_NAME = {reading.name: reading for reading in READINGS}

AGENTS: tuple[type[Agent], ...] = (OrderFlow, Liquidity, TapeReading, Footprint)

def arguments(agent: Agent, values: Values) -> tuple[float, ...]:
    return tuple(values[name] for name in agent.inputs + agent.optional)


def bounds(name: str) -> tuple[float, float]:
    """A finite interval that holds every plausible value of an input."""
    if name in FEATURES:
        return FEATURE_BOUNDS[name]
    reading = BY_NAME[name]
    return max(reading.low, -1000.0), min(reading.high, 1000.0)

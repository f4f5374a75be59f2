"""The four specialists of the lower level; base.py says what an agent is, coordinator.py weighs them."""
from __future__ import annotations

from collections.abc import Sequence

from qt_app.agents.base import Agent, AgentPanel
from qt_app.agents.coordinator import Coordinator
from qt_app.agents.footprint import Footprint
from qt_app.agents.liquidity import Liquidity
from qt_app.agents.order_flow import OrderFlow
from qt_app.agents.scripted import scripted_votes
from qt_app.agents.tape_reading import TapeReading

__all__ = ["Agent", "AgentPanel", "Coordinator", "default_agents", "default_panel", "scripted_votes"]


def default_agents() -> tuple[Agent, ...]:
    """The four agents by rule, in the order of the coordinator's table."""
    return OrderFlow(), Liquidity(), TapeReading(), Footprint()


def default_panel(feature_names: Sequence[str], reading_names: Sequence[str]) -> AgentPanel:
    """The four agents over the given schema, weighed by regime. Raises ConfigError when an input does not exist."""
    return AgentPanel(default_agents(), feature_names, reading_names)

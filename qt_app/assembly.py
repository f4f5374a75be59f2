"""The pipeline of a configuration: which engine, model, agents, limits and account meet, for every source alike."""
from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qt_app.agents import default_panel
from qt_app.agents.scripted import scripted_votes
from qt_app.config import Config
from qt_app.consensus import Consensus, prove_reachable
from qt_app.errors import ConfigError
from qt_app.fees import Fees
from qt_app.inference.model import NoModel, SchemaMismatchError, Voter, load_model
from qt_app.instruments import Instrument
from qt_app.orders.account import Account
from qt_app.orders.paper import PaperGateway
from qt_app.orders.trader import Trader
from qt_app.paths import shipped_models
from qt_app.pipeline import Pipeline
from qt_app.risk.gate import RiskGate
from qt_app.risk.limits import from_settings
from qt_app.risk.schedule import Schedule
from qt_core.engine import Engine
from qt_core.features.registry import NAMES as FEATURES
from qt_core.features.registry import schema_id
from qt_core.readings.registry import NAMES as READINGS

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def build_pipeline(config: Config, instrument: Instrument, sessions: NDArray[np.int64] | None,
                   model: Voter) -> Pipeline:
    """Engine, model, agents, consensus, risk and paper account, as configured."""
    engine = build_engine(config, instrument, sessions)
    consensus = Consensus(config.consensus.ml_weight, config.consensus.agent_weight, config.risk.min_confidence)
    panel = default_panel(FEATURES, READINGS)
    try:
        prove_reachable(consensus, scripted_votes(panel))
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return Pipeline(engine, model, panel, consensus, _trader(config, instrument, engine))


def build_engine(config: Config, instrument: Instrument, sessions: NDArray[np.int64] | None) -> Engine:
    """An engine that samples at the configured interval and matches paper orders."""
    engine = Engine(
        tick=instrument.tick, qty_step=instrument.qty_step, sessions=sessions,
        candle_ns=round(config.features.candle_seconds * NS_PER_S), sample="interval",
        interval_ns=config.features.calculation_interval_ms * NS_PER_MS, paper=True)
    assert engine.paper is not None
    engine.paper.latency_ns = engine.paper.cancel_latency_ns = round(config.paper.latency_ms * NS_PER_MS)
    return engine


def _trader(config: Config, instrument: Instrument, engine: Engine) -> Trader:
    assert engine.paper is not None
    limits = from_settings(config.risk)
    schedule = Schedule.of(limits)
    # No table covers foreign instruments: their exchange fee counts as zero, which the summary says.
    account = Account(instrument, Fees(config.paper.brokerage_brl, other_side_brl=0.0))
    gate = RiskGate(limits, instrument, schedule, account)
    return Trader(gate, PaperGateway(engine.paper), account, instrument, limits, schedule)


def choose_model(config: Config, calendar: str) -> tuple[Voter, str | None]:
    """The configured model, or the shipped one; the sentence says why a shipped model is not served.

    A broken model raises DataError, and so does one that was asked for and was trained on other features; the shipped
    one, trained on B3's calendar, is left out of a run on other sessions, which then holds for want of a model.
    """
    schema = schema_id(config.features.candle_seconds, calendar)
    if config.model.path is not None:
        return load_model(Path(config.model.path), schema_id=schema), None
    try:
        return load_model(shipped_models(), schema_id=schema), None
    except SchemaMismatchError as error:
        return NoModel(), f"no model is served, so every decision is hold: {error}"

"""The pipeline of a configuration: which engine, model, agents, limits and account meet, for every source alike."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qt_app.agents import default_panel
from qt_app.agents.scripted import scripted_votes
from qt_app.config import Config
from qt_app.consensus import Consensus, prove_reachable
from qt_app.costs import fees_of
from qt_app.errors import ConfigError, DataError
from qt_app.home import Home
from qt_app.inference.model import NoModel, SchemaMismatchError, Voter, load_model
from qt_app.instruments import Instrument
from qt_app.orders.account import Account
from qt_app.orders.base import Gateway
from qt_app.orders.broker import BrokerGateway
from qt_app.orders.paper import PaperGateway
from qt_app.orders.router import Router
from qt_app.orders.trader import Trader
from qt_app.orders.working import Patience
from qt_app.pipeline import Pipeline
from qt_app.registry.serving import served
from qt_app.risk.gate import RiskGate
from qt_app.risk.limits import from_settings
from qt_app.risk.rate import OrderRate
from qt_app.risk.schedule import Schedule
from qt_core.engine import Engine
from qt_core.features.registry import NAMES as FEATURES
from qt_core.features.registry import schema_id
from qt_core.readings.registry import NAMES as READINGS

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def build_pipeline(config: Config, instrument: Instrument, sessions: NDArray[np.int64] | None,
                   model: Voter, router: Router | None = None) -> Pipeline:
    """Engine, model, agents, consensus, risk and account, as configured: the paper account, or a router's."""
    engine = build_engine(config, instrument, sessions)
    consensus = build_consensus(config)
    prove(consensus, model)
    panel = default_panel(FEATURES, READINGS)
    return Pipeline(engine, model, panel, consensus, _trader(config, instrument, engine, router))


def build_consensus(config: Config) -> Consensus:
    return Consensus(config.consensus.ml_weight, config.consensus.agent_weight, config.risk.min_confidence)


def prove(consensus: Consensus, model: Voter) -> None:
    """Agents, consensus and this model together must reach sell, hold and buy. Raises ConfigError when they cannot by
    their own settings, DataError when it is the model that cannot."""
    scripted = scripted_votes(default_panel(FEATURES, READINGS))
    try:
        prove_reachable(consensus, scripted)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    try:
        prove_reachable(consensus, scripted, model.strongest)
    except ValueError as error:
        raise DataError(f"model {model.id} is refused: {error}") from error


def build_engine(config: Config, instrument: Instrument, sessions: NDArray[np.int64] | None) -> Engine:
    """An engine that samples at the configured interval and matches paper orders."""
    engine = Engine(
        tick=instrument.tick, qty_step=instrument.qty_step, sessions=sessions,
        candle_ns=round(config.features.candle_seconds * NS_PER_S), sample="interval",
        interval_ns=config.features.calculation_interval_ms * NS_PER_MS, paper=True)
    assert engine.paper is not None
    engine.paper.latency_ns = engine.paper.cancel_latency_ns = round(config.paper.latency_ms * NS_PER_MS)
    return engine


def _trader(config: Config, instrument: Instrument, engine: Engine, router: Router | None) -> Trader:
    limits = from_settings(config.risk)
    schedule = Schedule.of(limits)
    account = Account(instrument, fees_of(config))
    gate = RiskGate(limits, instrument, schedule, account)
    patience = Patience() if router is None else Patience().paced(config.simulator.speed)
    return Trader(gate, _gateway(gate, engine, router), account, instrument, limits, schedule, patience)


def _gateway(gate: RiskGate, engine: Engine, router: Router | None) -> Gateway:
    """Where orders go. The broker's way counts its own rate: the gate's counts what was wanted, it what goes out."""
    assert engine.paper is not None
    if router is None:
        return PaperGateway(engine.paper)
    rate = OrderRate(gate.limits.orders_per_second, gate.limits.orders_per_minute)
    return BrokerGateway(router, gate.instrument, max_position=gate.max_lots, rate=rate, market=engine.market)


def choose_model(config: Config, calendar: str, home: Home | None = None) -> tuple[Voter, str | None]:
    """The model of a run: what was asked for, else the champion of the home's registry, else the shipped one. The
    sentence says why one is not served.

    A broken model raises DataError, and so does one that was asked for and was trained on other features; the others
    are left out of a run on other sessions or candles, which then holds for want of a model.
    """
    schema = schema_id(config.features.candle_seconds, calendar)
    chosen = served(config, home)
    try:
        return load_model(chosen.folder, schema_id=schema), None
    except SchemaMismatchError as error:
        if chosen.asked_for:
            raise
        return NoModel(), f"no model is served, so every decision is hold: {error}"

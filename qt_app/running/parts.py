"""What a run consists of before anything moves: its market, its pipeline, its alerts and its name."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qt_app.alerts.centre import AlertCentre
from qt_app.alerts.codes import Code
from qt_app.alerts.desk import Patience
from qt_app.alerts.sinks import to_log
from qt_app.assembly import build_pipeline
from qt_app.config import Config
from qt_app.continuity import new_run
from qt_app.errors import RefusedError
from qt_app.feed.sources import Market, Source
from qt_app.home import Home
from qt_app.live.provenance import synthetic
from qt_app.orders.broker import BrokerGateway
from qt_app.pipeline import Output, Pipeline
from qt_app.registry import opening
from qt_app.replay.outputs import run_meta
from qt_app.replay.results import Tally
from qt_app.services.log import Log
from qt_app.services.start import StartOptions

COMPONENT = "Runner"


@dataclass(frozen=True, slots=True)
class Parts:
    """``session_id`` names the run; ``fallen`` says which models were given up for the one that serves."""

    config: Config
    home: Home
    options: StartOptions
    log: Log
    source: Source
    pipeline: Pipeline
    alerts: AlertCentre
    tally: Tally
    session_id: str
    fallen: tuple[str, ...]

    @property
    def market(self) -> Market:
        return self.source.market

    @property
    def folder(self) -> Path:
        """Of the run's results."""
        return self.home.data / "runs" / self.session_id

    @property
    def meta(self) -> dict[str, str]:
        """Of the run's files."""
        market = self.market
        return run_meta(market.instrument.symbol, market.synthetic, self.config.features.candle_seconds,
                        market.calendar)

    def moment(self) -> tuple[int, int | None]:
        """Events so far and the event time reached, for alerts and log lines."""
        return moment_of(self.pipeline)

    def reader_failed(self, words: str) -> None:
        """From any thread: a reader is in trouble, the run goes on."""
        self.alerts.raise_(Code.SERVICE_FAILED, words, component="Services", key=words[:40])

    def output_failed(self, output: Output, error: Exception) -> None:
        """A writer or a broadcaster that fails is no reason to leave a position alone."""
        name = type(output).__name__
        self.alerts.raise_(Code.SERVICE_FAILED, f"{name} failed and is left out of this run: {error!r}", {},
                           component="Services", key=name)


def assemble(config: Config, home: Home, options: StartOptions, log: Log, source: Source) -> Parts:
    """Raises RefusedError when real money would meet a synthetic market or model."""
    market, live = source.market, config.trading.mode == "live"
    model, without, fallen = opening.choose(config, market.calendar, home)
    if without is not None:
        log.write("WARNING", COMPONENT, without)
    if live and (market.synthetic or model.synthetic):
        raise RefusedError("live mode is refused: the market or the model is synthetic; choose paper, or real ones")
    pipeline = build_pipeline(config, market.instrument, market.sessions, model, source.router)
    if live:
        pipeline.trader.gate.synthetic = lambda: synthetic(source, pipeline.model)
    alerts = AlertCentre([to_log(log)], moment=lambda: moment_of(pipeline),
                         patience=Patience(config.alerts.window_s, config.alerts.cooldown_s))
    parts = Parts(config, home, options, log, source, pipeline, alerts, Tally(), new_run(home.data / "runs"),
                  tuple(fallen))
    _listen(parts)
    return parts


def moment_of(pipeline: Pipeline) -> tuple[int, int | None]:
    return pipeline.engine.seq, pipeline.engine.now_ns or None


def _listen(parts: Parts) -> None:
    """To what threads, breakers, outputs and the broker have to tell."""
    alerts, pipeline = parts.alerts, parts.pipeline
    parts.log.on_death = lambda name, error: alerts.raise_(Code.THREAD_DIED, f"thread {name} ended: {error}",
                                                           {"thread": name})
    if isinstance(gateway := pipeline.trader.gateway, BrokerGateway):
        gateway.listen(alerts.teller("Orders"))
    pipeline.output_failed = parts.output_failed
    breakers = pipeline.trader.gate.breakers
    breakers.alert = alerts.teller("Risk")
    breakers.over = lambda reason: alerts.clear(Code.BREAKER_TRIPPED, reason.name)

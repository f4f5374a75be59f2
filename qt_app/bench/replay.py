"""Replay speed: recorded events through the whole pipeline, beside NautilusTrader's engine with an empty strategy."""
# ruff: noqa: PLC0415  (the peer is imported only where it is measured)
from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from qt_app.assembly import build_pipeline, choose_model
from qt_app.bench.rounds import Aim, Section, flatten, interleave
from qt_app.calendar import bounds
from qt_app.config import Config, load
from qt_app.dataset.generate import generated_recording
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.pipeline import run_events
from qt_app.replay.reader import Recording
from qt_core._types import BookAction, Flag, Kind
from qt_core.engine import Engine

SYMBOL, DAY, SEED = "WDOZ26", "2026-11-23", 11
MINUTES = 60
Figures = dict[str, float]


def market(minutes: int) -> Recording:
    """A generated session's first minutes, as a recorder keeps them."""
    until = (dt.datetime.fromisoformat(f"{DAY}T09:00:00") + dt.timedelta(minutes=minutes)).strftime("%H:%M:%S")
    return generated_recording(instrument(SYMBOL), DAY, SEED, until=until)


def figures(recording: Recording, seconds: float) -> Figures:
    """Events per second, and trading days of B3 per minute at this market's pace."""
    first, last = recording.span
    opened, closed = bounds(instrument(SYMBOL).root, dt.date.fromisoformat(DAY))
    days = (last - first) / (closed - opened)
    return {"events_per_s": len(recording.events) / seconds, "days_per_min": 60.0 * days / seconds}


def pipeline(recording: Recording, config: Config) -> Figures:
    """Book, 65 features, readings, model, agents, consensus, risk, paper account; a decision each market second."""
    model, _ = choose_model(config, "b3")
    made = build_pipeline(config, instrument(SYMBOL), recording.sessions, model)
    begin = time.perf_counter()
    run_events(made, recording.events)
    return figures(recording, time.perf_counter() - begin)


def engine_alone(recording: Recording) -> Figures:
    """The part below Python: book, features and readings at the same instants, nobody decides."""
    engine, events, done = Engine(tick=(1, 2), sessions=recording.sessions, sample="interval"), recording.events, 0
    begin = time.perf_counter()
    while done < len(events):
        done = engine.feed(events, done)
    return figures(recording, time.perf_counter() - begin)


def nautilus_data(recording: Recording) -> list[list[Any]]:
    """Orders, quotes and prints as the peer's objects, by type, made before the clock starts; it has no word for the
    rest."""
    kinds: dict[type, list[Any]] = {}
    for one in _nautilus_data(recording):
        kinds.setdefault(type(one), []).append(one)
    return list(kinds.values())


def _nautilus_data(recording: Recording) -> Iterator[Any]:
    from nautilus_trader.model.data import BookOrder, OrderBookDelta, QuoteTick, TradeTick
    from nautilus_trader.model.enums import AggressorSide, OrderSide
    from nautilus_trader.model.enums import BookAction as Action
    from nautilus_trader.model.identifiers import InstrumentId, TradeId
    from nautilus_trader.model.objects import Price, Quantity

    name = InstrumentId.from_str(f"{SYMBOL}.B3")
    actions = {int(BookAction.ADD): Action.ADD, int(BookAction.IMAGE): Action.ADD, int(BookAction.EDIT): Action.UPDATE,
               int(BookAction.DELETE): Action.DELETE}
    sides = {1: OrderSide.BUY, -1: OrderSide.SELL}
    aggressors = {1: AggressorSide.BUYER, -1: AggressorSide.SELLER, 0: AggressorSide.NO_AGGRESSOR}
    prices = {ticks: Price(ticks / 2.0, 1) for ticks in {*recording.events["price"].tolist(), *recording.events["a"]
              .tolist()} if 0 < ticks < 1 << 20}
    names = ("kind", "ts_ns", "code", "side", "price", "qty", "id", "a", "flags")
    rows = zip(*(recording.events[field].tolist() for field in names), strict=True)
    for number, (kind, ts, code, side, price, qty, key, a, flags) in enumerate(rows):
        if kind in (Kind.TRADE, Kind.HISTORY) and price in prices:
            yield TradeTick(name, prices[price], Quantity(qty, 0), aggressors[side], TradeId(str(number)), ts, ts)
        elif kind == Kind.QUOTE and price in prices and a in prices:
            yield QuoteTick(name, prices[price], prices[a], Quantity(qty, 0), Quantity(key, 0), ts, ts)
        elif kind == Kind.ORDER and code in actions and price in prices:
            if flags & Flag.FIRST:
                yield OrderBookDelta.clear(name, number, ts, ts)
            yield OrderBookDelta(name, actions[code], BookOrder(sides[side], prices[price], Quantity(qty, 0), key),
                                 flags & Flag.LAST, number, ts, ts)


def nautilus(recording: Recording, data: list[list[Any]]) -> Figures:
    """The peer's backtest engine: its book, its matching engine, and a strategy that asks for nothing."""
    from nautilus_trader.trading.strategy import Strategy

    engine = _nautilus_engine()
    for kind in data:
        engine.add_data(kind)
    engine.add_strategy(Strategy())
    begin = time.perf_counter()
    engine.run()
    seconds = time.perf_counter() - begin
    engine.dispose()
    return figures(recording, seconds)


def _nautilus_engine() -> Any:
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.config import LoggingConfig
    from nautilus_trader.model.currencies import BRL
    from nautilus_trader.model.enums import AccountType, AssetClass, BookType, OmsType
    from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
    from nautilus_trader.model.instruments import FuturesContract
    from nautilus_trader.model.objects import Money, Price, Quantity

    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False))
    engine.add_venue(Venue("B3"), OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, BRL)], BRL,
                     book_type=BookType.L3_MBO)
    engine.add_instrument(FuturesContract(
        InstrumentId.from_str(f"{SYMBOL}.B3"), Symbol(SYMBOL), AssetClass.FX, BRL, 1, Price(0.5, 1), Quantity(10, 0),
        Quantity(1, 0), "WDO", 0, 2_000_000_000_000_000_000, 0, 0))
    return engine


def measure(rounds: int, scale: float) -> Section:
    """Both sides replay the same market; every round begins from nothing."""
    recording = market(max(2, round(MINUTES * scale)))
    with tempfile.TemporaryDirectory() as empty:
        config = load(Home(Path(empty)), {}, {})
    section = Section("recorded events per second, and trading days per minute at this market's pace")
    cases: dict[str, Callable[[], Figures]] = {"pipeline": partial(pipeline, recording, config),
                                               "engine_alone": partial(engine_alone, recording)}
    try:
        cases["nautilus_empty_strategy"] = partial(nautilus, recording, nautilus_data(recording))
    except ImportError:
        section.absent.append("nautilus_trader")
    section.cases = flatten(interleave(cases, rounds))
    section.notes = {"events": len(recording.events), "market_minutes": (recording.span[1] - recording.span[0]) / 60e9}
    section.add_ratio("pipeline.events_per_s", "nautilus_empty_strategy.events_per_s", Aim(at_least=1.0))
    return section

"""What a run writes: journal, recording, results and measured times; opened before the market, closed behind it."""
from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack

from qt_app.alerts.output import ExitAlerts
from qt_app.continuity import Continuity
from qt_app.measured import StageWriter, discard_partial, path_of
from qt_app.pipeline import Output
from qt_app.registry.desk import ModelDesk
from qt_app.replay import beginning, served, settings
from qt_app.replay.outputs import RunWriter
from qt_app.replay.recorder import Recorder
from qt_app.replay.results import summarise
from qt_app.running.parts import COMPONENT, Parts
from qt_app.services import look
from qt_app.services.broadcast import Broadcaster
from qt_app.services.log_topic import LogTeller
from qt_app.services.publish import Publisher
from qt_app.services.screens import attach
from qt_core.ring import Ring

#: Resolved events between engine and recorder; beyond half of it an accelerated market waits.
SINK_EVENTS = 1 << 18


class Outputs:
    """``others``: outputs of the pipeline that write nothing. All of it on the engine's thread but ``stages.write``."""

    def __init__(self, parts: Parts, past: Continuity, models: ModelDesk, others: Sequence[Output]) -> None:
        self._parts = parts
        self._past = past
        self._models = models
        self._others = others
        self._writer: RunWriter | None = None
        self.sink: Ring | None = None
        self.recorder: Recorder | None = None
        self.stages = StageWriter(path_of(parts.home, parts.session_id), parts.pipeline.latencies,
                                  parts.reader_failed, parts.meta)

    def open(self, stack: ExitStack, broadcaster: Broadcaster | None, log_teller: LogTeller | None) -> None:
        """Before the market starts; closed with the ``stack``. Raises JournalError when the journal cannot be used."""
        parts = self._parts
        begin = self._past.open(stack)
        if parts.config.recorder.enabled and parts.source.name != "recording":
            self._start_recorder(stack, begin)
        self._discard_broken()
        self._models.open()
        self._writer = writer = RunWriter(parts.folder, "parquet", parts.meta)
        writer.began(begin or b"")
        stack.callback(self._close_results, writer)
        stack.callback(self.stages.close)
        publisher = Publisher(parts.log, broadcaster, lambda: dict(look.position(parts.pipeline)))
        parts.pipeline.outputs += [parts.tally, writer, publisher, *self._others,
                                   ExitAlerts(parts.alerts.teller("Orders")), self.stages]
        attach(parts.pipeline, broadcaster, log_teller, parts.source.link)

    def began(self, content: bytes) -> None:
        """What the run began from, once the account is known."""
        assert self._writer is not None
        self._writer.began(content)

    def _discard_broken(self) -> None:
        """Of a run that was killed: its recording is what remains of it."""
        for broken in self._parts.folder.parent.glob(".*-*.partial"):
            shutil.rmtree(broken)
        discard_partial(self._parts.home)

    def _start_recorder(self, stack: ExitStack, begin: bytes | None) -> None:
        parts, market = self._parts, self._parts.market
        self.sink = parts.pipeline.engine.sink = Ring(SINK_EVENTS)
        self.recorder = recorder = Recorder(
            parts.home.data, market.instrument.symbol, self.sink, tick=market.instrument.tick,
            qty_step=market.instrument.qty_step, synthetic=market.synthetic, sessions=market.sessions,
            meta=parts.meta | self._own_meta(begin), part_seconds=parts.config.recorder.part_minutes * 60.0)
        recorder.start()
        stack.callback(self._stop_recorder, recorder)

    def _own_meta(self, begin: bytes | None) -> dict[str, str]:
        """Which run recorded it, with what configuration, and what it began from, when that is known by now."""
        parts = self._parts
        known = {} if begin is None else {beginning.KEY: beginning.name_of(begin)}
        return {"run_id": parts.session_id, "config_hash": parts.config.hash, **known,
                settings.KEY: settings.to_text(parts.config), served.KEY: served.digest_of(parts.pipeline.model)}

    def _close_results(self, writer: RunWriter) -> None:
        """A run that never saw an event leaves no results."""
        parts, models = self._parts, self._models.close()
        if not parts.pipeline.engine.seq:
            writer.abandon()
            served.discard(writer.folder)
            beginning.discard(writer.folder)
        elif writer in parts.pipeline.outputs:
            try:
                writer.served(models)
                writer.close(summarise(parts.pipeline, parts.tally))
            except OSError as error:    # a full disk is no reason to end otherwise than was asked
                writer.abandon()
                parts.log.write("ERROR", COMPONENT, f"the results of this run are not written: {error}; its recording "
                                "and the journal tell what happened", {"folder": str(writer.folder)})

    def _stop_recorder(self, recorder: Recorder) -> None:
        recorder.stop()
        stats = recorder.stats()
        level = "ERROR" if stats["error"] or stats["missing"] else "INFO"
        self._parts.log.write(level, "Recorder", "recording closed", stats)

"""Which market a run is asked to trade."""
from __future__ import annotations

import datetime as dt

from qt_app.config import Config
from qt_app.errors import ConfigError
from qt_app.feed.generated import account_file
from qt_app.feed.sources import LibrarySource, RecordingSource, Source
from qt_app.home import Home
from qt_app.services.start import StartOptions
from qt_app.zone import SAO_PAULO


def open_source(config: Config, options: StartOptions, home: Home) -> Source:
    """The source that the options ask for. Raises ConfigError for settings that it cannot have."""
    if options.until is not None and options.source == "recording":
        raise ConfigError(f"--until ends a simulated market, this run's source is {options.source}: use `qt stop`")
    if options.source == "recording":
        if config.simulator.faults is not None:
            raise ConfigError("simulator.faults makes a simulated exchange hostile, this run's source is a recording: "
                              "leave --faults out")
        if config.simulator.play is not None:
            raise ConfigError("simulator.play is the market of the simulated exchange, this run's source is a "
                              "recording: leave --play or --feed out")
        if config.trading.mode != "paper":
            raise ConfigError(f"trading.mode {config.trading.mode} needs a broker, and a recording has none: use paper")
        assert options.recording is not None
        return RecordingSource(options.recording, config)
    today = dt.datetime.now(SAO_PAULO).date()
    kept = account_file(config, home, recovering=options.recovering > 0)
    return LibrarySource(config, simulated=options.source == "sim", today=today, cache=home.cache,
                         until=options.until, account_file=kept)

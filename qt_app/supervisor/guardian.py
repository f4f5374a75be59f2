"""What the parent makes of the engine's beats: pure, so that every case can be told to it."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qt_app.alerts.codes import Code

#: Looks in a row before silence or a standstill counts: a parent that slept itself must not blame the engine.
PROOF = 3


@dataclass(frozen=True, slots=True)
class Beat:
    """What the engine answers each second. ``lag_s``: since its thread last went round, None outside its loop."""

    state: str
    lag_s: float | None
    stale: bool
    age_s: float | None
    position: int
    working: int
    symbol: str
    stopping: str | None = None     # flatten | keep: how it was asked to stop

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Beat:
        return cls(**{name: told[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds."""

    lag_s: float        # the engine's thread stands still: alert
    hang_s: float       # it still does: the engine is ended and started again
    data_s: float       # data stays away: alert
    start_s: float      # it is not up: alert


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell."""

    code: Code
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)
    over: bool = False


@dataclass(slots=True)
class Guardian:
    """Judges one engine from its start on; each trouble is told once when it begins and once when it is over."""

    limits: Limits
    started_s: float
    last: Beat | None = None
    heard_s: float | None = None    # when the last beat came
    hung: bool = False              # the engine must be ended
    _silent: int = 0
    _standing: int = 0
    _told: set[Code] = field(default_factory=set)

    @property
    def came_up(self) -> bool:
        return self.last is not None and self.last.state != "starting"

    @property
    def stopping(self) -> bool:
        return self.last is not None and (self.last.stopping is not None or self.last.state == "stopping")

    def up_for_s(self, now_s: float) -> float:
        return now_s - self.started_s if self.came_up and not self._told else 0.0

    def beat(self, now_s: float, beat: Beat) -> list[Finding]:
        """The engine answered."""
        self.last, self.heard_s, self._silent = beat, now_s, 0
        found = self._change(Code.ENGINE_LATE, False, "")
        found += self._change(Code.ENGINE_SILENT, False, "the engine answers again")
        if beat.stopping is None and beat.state != "stopping":
            found += self._lag(beat.lag_s or 0.0)
            found += self._data(beat)
        return found

    def silence(self, now_s: float, ending: bool = False) -> list[Finding]:
        """The engine lives and did not answer; ``ending``: it has closed its control channel."""
        self._silent += 1
        if not self.came_up:
            late_s = now_s - self.started_s
            words = f"the engine is not up after {late_s:.0f} s"
            return self._change(Code.ENGINE_LATE, late_s > self.limits.start_s, words, {"since_s": round(late_s, 1)})
        assert self.heard_s is not None
        mute_s = now_s - self.heard_s
        if ending or self.stopping:
            return self._change(Code.ENGINE_ENDS_SLOWLY, mute_s > self.limits.hang_s,
                                f"the engine has been stopping for {mute_s:.0f} s and has not ended")
        if self._silent < PROOF:
            return []
        self.hung = mute_s > self.limits.hang_s
        words = f"the engine has not answered for {mute_s:.0f} s"
        return self._change(Code.ENGINE_SILENT, mute_s > self.limits.lag_s, words, {"since_s": round(mute_s, 1)})

    def _lag(self, lag_s: float) -> list[Finding]:
        # Once is no proof: after the computer slept, an engine may answer before its thread has gone round.
        self._standing = self._standing + 1 if lag_s > self.limits.hang_s else 0
        self.hung = self._standing >= PROOF
        words = f"the engine's thread has stood still for {lag_s:.1f} s"
        return self._change(Code.ENGINE_LAGS, lag_s > self.limits.lag_s, words if lag_s > self.limits.lag_s else
                            "the engine's thread goes round again", {"lag_s": round(lag_s, 1)})

    def _data(self, beat: Beat) -> list[Finding]:
        away = beat.stale and (beat.age_s or 0.0) > self.limits.data_s
        words = f"no market data for {beat.age_s or 0.0:.0f} s" if away else "market data is back"
        return self._change(Code.FEED_STALE, away, words, {"age_s": beat.age_s})

    def _change(self, code: Code, holds: bool, words: str, data: Mapping[str, Any] | None = None) -> list[Finding]:
        """Told when it begins, and when it ends if there are words for that."""
        if holds is (code in self._told):
            return []
        (self._told.add if holds else self._told.discard)(code)
        return [Finding(code, words, data or {}, over=not holds)] if words else []

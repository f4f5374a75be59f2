"""A recording judged: what of it is odd, and what makes it unusable for research."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qt_app.data import measures
from qt_app.data.entry import Entry
from qt_app.data.measures import Figures
from qt_app.data.publishing import NAMED
from qt_app.errors import DataError
from qt_app.replay.reader import Recording
from qt_app.replay.run import sessions_of

Level = Literal["warning", "unusable"]
Verdict = Literal["good", "warning", "unusable"]

#: Shares and seconds beyond which something is said; the second of a pair makes the recording unusable.
_UNKNOWN_AGGRESSOR = (0.05, 0.5)
_MISSING = (0.0, 0.01)
_CROSSED = (0.0, 0.01)
_RLP, _AUCTION = 0.5, 0.5
_LATE_S, _LAG_S, _LAG_SPREAD_S, _DRIFT_S, _THIN_S = 300.0, 5.0, 2.0, 1.0, 60.0
_OUTSIDE, _ONE_SIDED = 0.5, 0.05


@dataclass(frozen=True, slots=True)
class Fault:
    """Something odd. ``code`` is stable, for programs; ``text`` says it with its figure."""

    level: Level
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one recording by group, and what they mean."""

    entry: Entry
    figures: dict[str, Figures]
    faults: tuple[Fault, ...]

    @property
    def verdict(self) -> Verdict:
        levels = {fault.level for fault in self.faults}
        return "unusable" if "unusable" in levels else "warning" if levels else "good"


def check(entry: Entry) -> Report:
    """Read a recording and judge it. What cannot be read is unusable, and the reason is its fault."""
    try:
        return judged(entry, entry.read())
    except DataError as error:
        return _unreadable(entry, error)


def judged(entry: Entry, recording: Recording) -> Report:
    """Of a recording that has been read."""
    try:
        sessions, _ = sessions_of(recording)
    except DataError as error:
        return _unreadable(entry, error)
    tape = measures.tape_of(recording, sessions)
    figures = {"coverage": measures.coverage(tape), "silences": measures.silences(tape),
               "prints": measures.prints(tape), "clock": measures.clock(tape), "outliers": measures.outliers(tape),
               "quotes": measures.quotes(tape), "recorder": _recorder(entry, recording)}
    return Report(entry, figures, tuple(_faults(entry, figures)))


def _unreadable(entry: Entry, error: DataError) -> Report:
    return Report(entry, {}, (Fault("unusable", "UNREADABLE", str(error)),))


def check_all(entries: Sequence[Entry], progress: Callable[[int, int], None] | None = None) -> list[Report]:
    reports: list[Report] = []
    for entry in entries:
        if progress is not None:
            progress(len(reports), len(entries))
        reports.append(check(entry))
    return reports


def _recorder(entry: Entry, recording: Recording) -> Figures:
    events = len(recording.events)
    return {"events": events, "missing": entry.missing, "missing_share": entry.missing / (events + entry.missing)}


def _faults(entry: Entry, figures: dict[str, Figures]) -> Iterator[Fault]:
    yield from _content(entry, figures["prints"], figures["quotes"])
    yield from _losses(figures["recorder"], figures["coverage"], figures["silences"])
    yield from _clock(figures["clock"])
    yield from _prints(figures["prints"], figures["outliers"])
    yield from _quotes(figures["quotes"])


def _content(entry: Entry, prints: Figures, quotes: Figures) -> Iterator[Fault]:
    named = entry.run.removeprefix("import-")
    if named != entry.run and named != entry.digest[:NAMED]:
        yield Fault("unusable", "CHANGED", "its content is no longer what was imported; import it again")
    if not prints["trades"]:
        yield Fault("unusable", "NO_TRADES", "it holds no prints")
    if not quotes["quotes"] and not quotes["book"]:
        yield Fault("unusable", "NO_QUOTES", "it holds neither best prices nor a book, so nothing can be filled or "
                    "labelled; record or import them with the prints")


def _losses(recorder: Figures, coverage: Figures, silences: Figures) -> Iterator[Fault]:
    yield from _limit("MISSING_EVENTS", recorder["missing_share"], _MISSING,
                      f"{recorder['missing']:,} events are missing ({recorder['missing_share']:.2%})")
    for code, name, words in (("LATE_START", "late_s", "after the open it begins"),
                              ("EARLY_END", "early_s", "before the close it ends")):
        if (coverage[name] or 0.0) > _LATE_S:
            yield Fault("warning", code, f"{coverage[name] / 60:.0f} min {words}")
    if (coverage["events_outside_session"] or 0.0) > _OUTSIDE:
        yield Fault("warning", "OUTSIDE",
                    f"{coverage['events_outside_session']:.0%} of its events lie outside the session")
    if (silences["median_s"] or 0.0) > _THIN_S:
        yield Fault("warning", "THIN", f"it has an event every {silences['median_s']:.0f} s: a sample, not a tape")
    if silences["out_of_rhythm"]:
        longest = silences["longest"][0]
        yield Fault("warning", "GAPS", f"{silences['out_of_rhythm']} silences out of its rhythm, "
                    f"{silences['out_of_rhythm_s']:.0f} s in all, the longest of {longest['s']:.0f} s at "
                    f"{longest['at'][11:19]}")


def _clock(clock: Figures) -> Iterator[Fault]:
    if clock["backwards"]:
        yield Fault("unusable", "TIME_BACKWARDS", f"{clock['backwards']} market events run backwards in time")
    if clock["exchange_backwards"]:
        yield Fault("warning", "EXCHANGE_BACKWARDS",
                    f"the exchange's time runs backwards at {clock['exchange_backwards']} prints")
    if clock["lag_median_s"] is None:
        return
    if abs(clock["lag_median_s"]) > _LAG_S:
        yield Fault("warning", "CLOCK_OFF", f"our clock is {clock['lag_median_s']:+.1f} s from the exchange's")
    if clock["lag_p99_s"] - clock["lag_p01_s"] > _LAG_SPREAD_S:
        yield Fault("warning", "LAG",
                    f"prints came between {clock['lag_p01_s']:.2f} and {clock['lag_p99_s']:.2f} s late")
    if clock["lag_jumps"]:
        yield Fault("warning", "LAG_JUMPS", f"the lag changed by more than 1 s {clock['lag_jumps']} times at once")
    if abs(clock["lag_drift_s"]) > _DRIFT_S:
        yield Fault("warning", "CLOCK_DRIFT", f"our clock drifted by {clock['lag_drift_s']:+.1f} s in the session")


def _prints(prints: Figures, outliers: Figures) -> Iterator[Fault]:
    yield from _limit("UNKNOWN_AGGRESSOR", prints["unknown_aggressor"], _UNKNOWN_AGGRESSOR,
                      f"{prints['unknown_aggressor'] or 0.0:.0%} of its prints have no aggressor")
    for name, limit, words in (("rlp", _RLP, "RLP"), ("auction", _AUCTION, "auction")):
        if (prints[f"{name}_volume"] or 0.0) > limit:
            yield Fault("warning", f"MOSTLY_{name.upper()}", f"{prints[f'{name}_volume']:.0%} of its volume is {words}")
    if prints["repeated_ids"]:
        yield Fault("warning", "REPEATED", f"{prints['repeated_ids']:,} prints carry the number of an earlier one")
    if outliers["far_prices"]:
        yield Fault("unusable", "FAR_PRICES",
                    f"{outliers['far_prices']} prints lie more than 20 % from the session's median price")
    if outliers["jumps"]:
        yield Fault("warning", "JUMPS", f"{outliers['jumps']} jumps out of scale, the largest of "
                    f"{outliers['largest_move_ticks']:,} ticks at {outliers['largest_move_at'][11:19]}")
    if outliers["large_sizes"]:
        yield Fault("warning", "SIZES", f"{outliers['large_sizes']} sizes out of scale, the largest of "
                    f"{outliers['largest_size']:,} lots")


def _quotes(quotes: Figures) -> Iterator[Fault]:
    for code, crossed, rows, words in (("CROSSED_QUOTES", quotes["crossed_quotes"], quotes["quotes"], "quotes"),
                                       ("CROSSED_BOOK", quotes["crossed_book"], quotes["book"], "groups of the book")):
        yield from _limit(code, crossed / rows if rows else None, _CROSSED,
                          f"{crossed:,} {words} cross in continuous trading")
    if quotes["refused_book"]:
        yield Fault("warning", "REFUSED_BOOK", f"the book refused {quotes['refused_book']:,} rows")
    if quotes["two_sided"] is not None and 1.0 - quotes["two_sided"] > _ONE_SIDED:
        yield Fault("warning", "ONE_SIDED", f"{1.0 - quotes['two_sided']:.0%} of the time a side has no price")


def _limit(code: str, share: float | None, limits: tuple[float, float], text: str) -> Iterator[Fault]:
    """A warning beyond the first limit, unusable beyond the second."""
    if share is not None and share > limits[0]:
        yield Fault("unusable" if share > limits[1] else "warning", code, text)

"""The 65 features, grouped: value, course, distance from their own day, age, and a mark when something is wrong."""
from __future__ import annotations

from qt_app.monitor.board import Track
from qt_app.monitor.show.view import View, spark

COLUMNS = ("feature", "course", "value", "z", "changed")
FAR = 2.0       # deviations from which a feature stands out


def features(view: View) -> str:
    t, board = view.text, view.monitor.features
    if not board.rows:
        return f'<p class="empty">{t.word("never")}</p>'
    frozen = sum(track.frozen for track in board.tracks.values())
    known = len(board.tracks) - board.unknown
    summary = [t.word("known_n", known=known, needed=len(board.tracks))]
    if board.unknown:
        summary.append(f'<b class="warn">∅ {t.word("unknown_n", count=board.unknown)}</b>')
    if frozen:
        summary.append(f'<b class="ice">❄ {t.word("frozen_n", count=frozen)}</b>')
    groups = "".join(_family(view, name, tracks) for name, tracks in board.families().items())
    return f'<p class="why">{" · ".join(summary)}</p><div class="families">{groups}</div>'


def _family(view: View, family: str, tracks: list[Track]) -> str:
    t = view.text
    columns = "".join(f'<col class="c-{name}">' for name in COLUMNS)
    names = (t.known(f"family.{family}", family), *(t.word(name) for name in COLUMNS[1:]))
    titles = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(_track(view, track) for track in tracks)
    return (f'<div class="family"><table><colgroup>{columns}</colgroup><thead><tr>{titles}</tr></thead>'
            f'<tbody>{rows}</tbody></table></div>')


def _track(view: View, track: Track) -> str:
    t = view.text
    mark = ""
    if track.value is None:
        mark = f' <b class="warn" title="{t.word("unknown")}">∅</b>'
    elif track.frozen:
        mark = f' <b class="ice" title="{t.word("frozen")}">❄</b>'
    kind = "unknown" if track.value is None else "frozen" if track.frozen else ""
    now = view.monitor.features.ts_ns
    age = None if track.changed_ns is None or now is None else (now - track.changed_ns) / 1e9
    return (f'<tr class="{kind}"><td title="{track.name}, {track.unit}">{track.name}{mark}</td>'
            f'<td>{spark(tuple(track.course))}</td><td class="num">{figure(view, track.value)}</td>{_z(view, track)}'
            f'<td class="num dim">{t.ago(age)}</td></tr>')


def figure(view: View, value: float | None) -> str:
    """A feature's value in about four digits, whatever its size."""
    if value is None:
        return "–"
    size = abs(value)
    if size and size < 0.001:
        shown = f"{value:.2e}".replace("e-0", "e-").replace("-", "−")
        return shown.replace(".", ",") if view.text.language == "pt_BR" else shown
    decimals = 0 if value == int(value) else 1 if size >= 100 else 2 if size >= 10 else 4
    return view.text.number(value, decimals).replace("-", "−")


def _z(view: View, track: Track) -> str:
    z, day = track.z, track.spread
    far = "" if z is None or abs(z) < FAR else "far"
    about = "" if not day.count else view.text.word(
        "day_spread", mean=figure(view, day.mean), deviation=figure(view, day.deviation), least=figure(view, day.least),
        greatest=figure(view, day.greatest), count=view.text.number(day.count))
    return f'<td class="num {far}" title="{about}">{view.text.signed(z, 1)}</td>'

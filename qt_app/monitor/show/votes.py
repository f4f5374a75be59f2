"""The decision and who voted for it: a tug of war with its two thresholds, and five opinions with reason and age."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qt_app.monitor.show.view import View


def votes(view: View) -> str:
    m, t = view.monitor, view.text
    if m.decision is None:
        return f'<p class="empty">{t.word("never")}</p>'
    rows = "".join(_vote(view, vote) for vote in m.votes)
    return f'{_tug(view, m.decision)}<div class="votes">{rows}</div>'


def _tug(view: View, decision: Mapping[str, Any]) -> str:
    """Sell to the left, buy to the right of the middle; each must pass its mark to be a trade."""
    t, p = view.text, decision["p"]
    least = view.metrics.get("risk", {}).get("limits", {}).get("min_confidence")
    sell, hold, buy = p or (0.0, 0.0, 0.0)
    marks = "" if least is None else "".join(
        f'<i class="mark" style="left:{50 + sign * least * 50:.1f}%"></i>' for sign in (-1, 1))
    minimum = "" if least is None else t.word("minimum", value=t.share(least))
    shown = t.share(None if p is None else hold)
    words = f'{t.word("sell")} {t.share(None if p is None else sell, 1)}, {t.word("hold")} {shown}, ' \
            f'{t.word("buy")} {t.share(None if p is None else buy, 1)}, {minimum}'
    return (f'<div class="tug" role="img" aria-label="{t.word("consensus")}: {words}">'
            f'<div class="scale"><i class="down" style="right:50%;width:{sell * 50:.1f}%"></i>'
            f'<i class="up" style="left:50%;width:{buy * 50:.1f}%"></i><i class="middle"></i>{marks}</div>'
            f'<div class="ends"><span class="down">▼ {t.word("sell")} {t.share(None if p is None else sell, 1)}</span>'
            f'<span>{t.word("hold")} {shown} · {minimum}</span>'
            f'<span class="up">{t.share(None if p is None else buy, 1)} {t.word("buy")} ▲</span></div></div>'
            f'<p class="why"><b>{t.word("consensus")}</b> {t.reason(decision["reason"])}</p>')


def _vote(view: View, vote: Mapping[str, Any]) -> str:
    t, voter = view.text, str(vote["voter"])
    name, age = t.known(voter, voter), vote["age_ns"]
    told = "" if age < 0 else t.word("data_age", age=_age(view, age))
    off = f'<div class="bar off">⊘ {t.word("abstains")}</div>'
    bar = off if vote["p"] is None else _bar(view, vote["p"])
    kind = "model" if voter == "model" else "agent"
    return (f'<div class="vote {kind}"><div class="who"><b>{name}</b><small>{told}</small></div>{bar}'
            f'<small class="reason">{t.reason(vote["reason"])}</small></div>')


def _age(view: View, age_ns: int) -> str:
    ms = age_ns / 1e6
    return f"{view.text.number(ms)} ms" if ms < 10_000 else view.text.span(ms / 1000)


def _bar(view: View, p: Sequence[float]) -> str:
    parts = zip(("sell", "hold", "buy"), ("down", "even", "up"), p, strict=True)
    cells = "".join(f'<i class="{kind}" style="flex-grow:{share:.4f}">{_share(view, share)}</i>'
                    for _, kind, share in parts if share > 0.0)
    words = ", ".join(f"{view.text.word(n)} {view.text.share(s)}"
                      for n, s in zip(("sell", "hold", "buy"), p, strict=True))
    return f'<div class="bar" role="img" aria-label="{words}">{cells}</div>'


def _share(view: View, share: float) -> str:
    return view.text.share(share) if share >= 0.14 else ""

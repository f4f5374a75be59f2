"""Panels as text: what must not be missed is there, figures are as the language writes them, nothing can break out."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from engine_told import START, Engine, everything, told

from qt_app.catalogue.monitor import LINES, WORDS
from qt_app.monitor.screen import LOOK_S, PANELS, TOPS, Screen
from qt_app.monitor.show.lines import lines
from qt_app.monitor.state import STALE_S, Monitor
from qt_app.monitor.stream import Filter
from qt_app.monitor.text import Text
from qt_core.features.registry import NAMES

EVIL = '<script>alert("x")</script>'


class Replay:
    """Stands in for the feed."""

    def __init__(self, *messages: tuple[str, dict[str, Any]]) -> None:
        self.messages = list(messages)

    def new(self) -> Iterator[tuple[str, dict[str, Any], float]]:
        found, self.messages = self.messages, []
        return ((*message, 100.0) for message in found)


def screen(*messages: tuple[str, dict[str, Any]], language: Any = "pt_BR", silent_s: float = 0.0) -> Screen:
    now = [100.0]
    shown = Screen(Replay(*messages), Text(language), 5559, clock=lambda: now[0])   # type: ignore[arg-type]
    now[0] += silent_s
    shown.refresh()
    return shown


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


class Balanced(HTMLParser):
    """Fails unless every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("col", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "path":
            assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["pt_BR", "en"])
@pytest.mark.parametrize("heard", [True, False])
def test_every_panel_is_whole_with_and_without_an_engine(language: str, heard: bool) -> None:
    shown = screen(*(everything(Engine()) if heard else ()), language=language)
    assert set(shown.html) == {*TOPS, *(f"{p.name}.age" for p in PANELS), *(p.name for p in PANELS if p.draw)}
    for html in (*shown.html.values(), lines(shown.view)):
        checked = Balanced()
        checked.feed(html)
        assert not checked.open
    json.dumps(shown.charts, allow_nan=False)


def test_without_an_engine_it_says_so_and_waits() -> None:
    shown = screen()
    assert "Esperando o motor" in plain(shown.html["banner"]) and "5559" in shown.html["banner"]
    assert plain(shown.html["votes_panel"]) == "sem dados" and shown.html["ribbon"] == ""


@pytest.mark.parametrize(("language", "word"), [("pt_BR", "PARADO"), ("en", "STALE")])
def test_a_silent_engine_is_stale_everywhere(language: str, word: str) -> None:
    shown = screen(*everything(Engine()), language=language, silent_s=STALE_S + 0.1)
    for name in ("head", "banner", *(f"{panel.name}.age" for panel in PANELS)):
        assert word in plain(shown.html[name]), name
    again = screen(*everything(Engine()), language=language)
    assert all(word not in plain(html) for html in again.html.values())


def test_silence_is_drawn_as_soon_as_it_is_one_and_all_else_in_its_turn() -> None:
    now, feed, told = [100.0], Replay(*everything(Engine())), [0]
    shown = Screen(feed, Text("pt_BR"), 5559, clock=lambda: now[0])     # type: ignore[arg-type]
    shown.tabs.add(lambda: told.__setitem__(0, told[0] + 1))
    drawn = []
    for now[0] in (100.0 + i * LOOK_S for i in range(int((STALE_S + 1) / LOOK_S))):
        shown.look()
        drawn.append((told[0], "PARADO" in shown.html["banner"]))
    stale = next(i for i, (_, silent) in enumerate(drawn) if silent)
    assert stale * LOOK_S <= STALE_S + 2 * LOOK_S
    assert drawn[-1][0] in range(6, 9)      # twice a second, and once for the silence


@pytest.mark.parametrize(("synthetic", "shown"), [(True, True), (False, False)])
def test_a_synthetic_market_is_marked_twice(synthetic: bool, shown: bool) -> None:
    html = screen(*everything(Engine(synthetic=synthetic))).html
    assert ("SINTÉTICO" in html["head"], "SINTÉTICO" in html["ribbon"]) == (shown, shown)


def test_real_money_is_named() -> None:
    assert "DINHEIRO REAL" in screen(Engine().metrics(mode="live")).html["head"]


def test_a_dead_market_is_told_while_the_engine_lives() -> None:
    engine = Engine()
    feed = {"source": "sim", "state": "outage", "connected": False, "age_ms": 9000.0, "trades": 1, "book": 1,
            "quotes": 1, "dropped": 0, "refused": {}}
    assert "PARADO" in screen(engine.metrics(feed=feed)).html["banner"]


def test_a_halt_names_its_reasons() -> None:
    engine = Engine()
    risk = engine.metrics()[1]["risk"] | {"state": "halted", "blocks": ["DAILY_LOSS", "LOSING_STREAK"]}
    words = plain(screen(engine.metrics(risk=risk)).html["banner"])
    assert "limite de perda do dia, perdas seguidas" in words


def test_figures_are_as_each_language_writes_them() -> None:
    pt, en = (screen(*everything(Engine()), language=language).html for language in ("pt_BR", "en"))
    assert "R$ +2,80" in plain(pt["tiles"]) and "R$ +2.80" in plain(en["tiles"])
    assert "5.405,0" in plain(pt["head"]) and "5,405.0" in plain(en["head"])
    assert "19/11/2026 10:30:00" in plain(pt["head"]) and "2026-11-19 10:30:00" in plain(en["head"])
    assert "+7,80" in plain(pt["money_panel"]) and "comprada @ 5.404,5" in plain(pt["tiles"])


def test_the_tape_names_its_brokers_where_it_can() -> None:
    shown = screen(*everything(Engine())).html["tape_panel"]
    assert '<td class="broker" title="3 IPÊ-ROXO &lt;b&gt;">IPÊ-ROXO &lt;b&gt;</td>' in shown
    assert '<td class="num dim">8</td>' in shown


def test_a_contract_of_five_points_shows_no_decimals() -> None:
    engine = Engine("WINZ26")
    assert "54.050" in plain(screen(engine.market(tick=(5, 1))).html["head"])


def test_an_abstention_shows_its_reason_and_age() -> None:
    words = plain(screen(*everything(Engine())).html["votes_panel"])
    assert "abstém-se dados velhos livro 227,0 s" in words and "dados há 3 min 47 s" in words
    assert "Consenso compra" in words and "mínimo 60 %" in words


def test_marks_of_unknown_and_frozen_features() -> None:
    engine = Engine()
    values: list[float | None] = [1.5] * len(NAMES)
    values[NAMES.index("hour")] = None
    shown = screen(engine.features(values, START), engine.metrics(frozen=["returns_5"])).html["features_panel"]
    assert plain(shown).startswith("64 de 65 conhecidas · ∅ 1 sem valor · ❄ 1 congeladas")
    rows = {m[1]: m[0] for m in re.findall(r'(<tr class="\w*"><td title="[^"]*">(\w+).*?</tr>)', shown)}
    assert len(rows) == 65 and "∅" in rows["hour"] and "❄" in rows["returns_5"] and "1,5000" in rows["minute"]


def test_a_limit_that_is_reached_and_one_that_is_near_are_marked() -> None:
    engine = Engine()
    used = {"max_daily_trades": 10.0, "max_losses_in_row": 1.0, "orders_per_minute": 2.0}
    risk = engine.metrics()[1]["risk"] | {"used": used}
    html = screen(engine.metrics(risk=risk)).html["risk_panel"]
    assert re.search(r'meter full"><span>Entradas hoje</span><b>10 / 10', html)
    assert re.search(r'meter near"><span>Queda desde o melhor</span><b>R\$ 600,00 / 750,00', html)


def test_stop_fill_and_average_are_drawn_where_they_are() -> None:
    options = screen(*everything(Engine())).charts["price_panel"]
    levels = {line["yAxis"]: line["label"]["formatter"] for line in options["series"][0]["markLine"]["data"]}
    assert levels[5377.5] == "stop 5.377,5" and levels[5404.5] == "preço médio 5.404,5"
    assert [point["value"] for point in options["series"][1]["data"]] == [[1, 5402.0]]
    assert options["xAxis"][0]["data"][:2] == ["10:30:00", "10:30:05"] and len(options["xAxis"][0]["data"]) == 5


def test_words_of_others_cannot_become_markup() -> None:
    engine = Engine()
    heard = told(engine.alert(code=EVIL, message=EVIL), engine.log(EVIL, component=EVIL, **{EVIL: EVIL}),
                 engine.order("refusal", purpose=EVIL, code=EVIL, detail=EVIL),
                 engine.decision(reason=EVIL))
    alert = {"code": EVIL, "level": "ERROR", "message": EVIL, "since": "2026-11-19T10:30:00-03:00"}
    engine = Engine(EVIL)
    votes = engine.votes()[1] | {"n": 999, "votes": [{"voter": EVIL, "p": None, "age_ns": -1, "reason": EVIL}]}
    shown = screen(engine.market(), engine.metrics(alerts={"active": [alert]}, mode=EVIL, state=EVIL,
                                                   model={"id": EVIL, "synthetic": False}),
                   engine.decision(reason=EVIL), ("heartbeat", engine.body(START, state=EVIL)), ("votes", votes))
    shown.monitor.stream = heard.stream
    assert shown.monitor.bad == 0
    for html in (*shown.html.values(), lines(shown.view)):
        assert "<script" not in html


def test_the_stream_is_filtered_by_kind_and_by_words() -> None:
    shown = screen(*everything(Engine()))
    assert plain(lines(shown.view, Filter("fill"))).endswith("ordem 4: compra 1 a 5.402,0, posição +1 #80")
    assert "entrada, compra 1 a 5.405,0" in plain(lines(shown.view, Filter(text="ENTRADA")))
    assert plain(lines(shown.view, Filter(text="nowhere"))) == "nada ainda"


def test_the_engines_log_is_filtered_by_level_component_and_trace() -> None:
    engine = Engine()
    shown = screen(engine.log("gap filled", "WARNING", "Feed", trace=1234, prints=7), engine.log("closed"),
                   engine.log("order 4 sent", component="Orders"), engine.fill(1, 10_804, 1, START))

    def found(**wanted: str) -> list[str]:
        return re.findall(r'class="words">(.*?)</span><small>', lines(shown.view, Filter(**wanted)))

    gap = 'gap filled <span class="more">· prints 7</span>'
    assert found(level="WARNING") == [gap] == found(component="Feed") == found(text="#1234") == found(text="PRINTS 7")
    assert found(kind="log") == ["order 4 sent", "closed", gap]
    assert len(found()) == 4 and "order 4 sent" not in found()      # its fill is there already; and the connection
    assert shown.monitor.stream.components == ["Feed", "Monitor", "Orders", "Recorder"]


def test_every_language_has_every_word_with_the_same_values() -> None:
    for table in (WORDS, LINES):
        one, other = table.values()
        assert set(one) == set(other)
        for name, text in one.items():
            assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", other[name])), name


def test_an_age_grows_without_a_new_message() -> None:
    engine = Engine()
    monitor = Monitor()
    told(engine.votes(), now_s=1.0, monitor=monitor)
    told(engine.heartbeat(), now_s=10.0, monitor=monitor)
    shown = screen()
    shown.monitor = monitor
    view = shown.view.__class__(monitor, Text("en"), 10.5, 5559)
    assert "9 s ago" in view.chip("votes") and "live" in view.chip("heartbeat") and "no data" in view.chip("market")

"""Settings of the exchange beyond SIM_Set: the environment, refusals in words."""

from __future__ import annotations

import pytest
from exchange_harness import INVALID_ARGS, Exchange


def test_a_refused_setting_says_what_would_be_taken(sim: Exchange) -> None:
    for key, value, told in [
        ("colour", "blue", "there is no key 'colour': docs/exchange.md lists them"),
        ("version", "4.0.0.35", "'4.0.0.35' is no version: give 4.0.0.31, 4.0.0.38 or 4.0.0.42"),
        ("accounts", "5", "'5' is no accounts: give a whole number from 1 to 4"),
        ("day", "2026-02-30", "'2026-02-30' is no day: give a date as YYYY-MM-DD"),
    ]:
        assert sim.dll.SIM_Set(key.encode(), value.encode()) < 0
        assert sim.dll.SIM_Error().decode() == told
    assert sim.stat("colour") == -1 and b"no figure 'colour'" in sim.dll.SIM_Error()
    sim.connect(start="09:01")
    assert sim.dll.SIM_Set(b"speed", b"2") == -2
    assert sim.dll.SIM_Error() == b"a session is running: set 'speed' before the login"


def test_a_host_without_the_side_channel_sets_the_environment(sim: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFITSIM", "symbol=WINZ26;start=09:05;;version=4.0.0.38;accounts=2")
    assert sim.dll.SIM_Version() == b"4.0.0.38"
    sim.connect("account", "tiny")
    sim.subscribe("WINZ26")
    sim.wait(lambda: len(sim.of("tiny")) == 2)
    assert len(sim.of("account")) == 2 and sim.of("tiny")[0][1] == "WINZ26"
    sim.finish()
    monkeypatch.delenv("PROFITSIM")
    assert sim.dll.SIM_Version() == b"4.0.0.42", "the environment of one login says nothing about the next"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("speed=fast", "'fast' is no speed: give market seconds per second, 0 (unpaced) to 1000000"),
        ("colour=blue", "there is no key 'colour': docs/exchange.md lists them"),
        ("hold", "PROFITSIM holds 'hold': write key=value;key=value"),
        ("hold=1;" * 400, "PROFITSIM is longer than 2047 bytes: shorten it"),
    ],
)
def test_a_wrong_environment_refuses_the_login(
    sim: Exchange, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.setenv("PROFITSIM", text)
    assert sim.login() == INVALID_ARGS
    assert sim.dll.SIM_Error().decode() == told
    monkeypatch.delenv("PROFITSIM")
    sim.connect(start="09:01")

"""Fault scripts: what is read, what is refused, and that a full TOML reader agrees with everything taken."""

from __future__ import annotations

import ctypes as c
import tomllib
from pathlib import Path

import pytest
from exchange_harness import Exchange
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qt_core import exchange

GOOD = """# two faults
seed = 7

[[fault]]
kind = "drop"      # every third order event
callback = "order"
every = 3

[[ fault ]]
  kind = 'outage'
  channel = "all"
  at = "10:31:00.500"
  seconds = 9.5e1
  keep_subscriptions = false
"""
DLL = c.CDLL(str(exchange.path()))
DLL.SIM_Error.restype = c.c_char_p


def check(text: str) -> str:
    """Empty, or why the script is refused."""
    result = DLL.SIM_CheckFaults(text.encode("utf-8", "surrogatepass"))
    return "" if result == 0 else DLL.SIM_Error().decode()


def value(fault: int, key: str) -> str | None:
    room = c.create_string_buffer(70000)
    n = DLL.SIM_FaultValue(fault, key.encode(), room, len(room))
    return room.value.decode() if n >= 0 else None


def shown(x: object) -> str:
    return ("false", "true")[x] if isinstance(x, bool) else x if isinstance(x, str) else str(x)


def loads_like_toml(text: str) -> None:
    """The script is taken; a full reader must find the same tables, keys and values."""
    document = tomllib.loads(text)
    tables = document.pop("fault", [])
    for number, table in enumerate([document, *tables]):
        for key, wanted in table.items():
            found = value(number, key)
            assert found is not None, (number, key)
            assert float(found) == wanted if isinstance(wanted, float) else found == shown(wanted), (number, key)
    assert value(len(tables) + 1, "kind") is None


def test_a_script_is_read(sim: Exchange) -> None:
    assert sim.dll.SIM_Faults(GOOD.encode()) == 0
    loads_like_toml(GOOD)
    assert sim.dll.SIM_Faults(b"") == 0 and value(1, "kind") is None


@pytest.mark.parametrize(
    ("script", "line", "words"),
    [
        ('sed = 3\n[[fault]]\nkind = "drop"', 1, ["sed", "seed"]),
        ('[[fault]]\nkind = "dorp"\ncallback = "trade"', 2, ["dorp", "drop"]),
        ('[[fault]]\nkind = "explode everything"', 2, ["explode", "drop", "outage"]),
        ('[[fault]]\nkind = "drop"\n\ncalback = "trade"', 4, ["calback", "callback"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nslices = 3', 4, ["slices", "drop"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trades"', 3, ["trades", "trade"]),
        ('[[fault]]\nkind = "drop"', 1, ["callback"]),
        ('# head\n\n[[fault]]\ncallback = "trade"', 3, ["kind"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nat = "25:00"', 4, ["25:00", "HH:MM"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nat = 10', 4, ["at", "quotes"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nat = 10:30:00', 4, ["10:30:00", "quotes"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nfrom = "10:30"\nuntil = "10:29:59"', 5, ["until"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nfrom = "10:30"\nat = "10:30"', 4, ["from"]),
        ('[[fault]]\nkind = "delay"\ncallback = "trade"\nseconds = -1', 4, ["seconds", "-1"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nchance = 1.5', 4, ["chance", "1.5"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nevery = 2.0', 4, ["every", "whole"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nevery = 0', 4, ["every", "0"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nkind = "drop"', 4, ["twice", "line 2"]),
        ('[[fault]]\nkind = "drop"\ncallback = "trade"\nstage = "final"', 4, ["stage", "order"]),
        ('[[fault]]\nkind = "block"\nfunction = "SendOrder"', 2, ["wall_seconds"]),
        ('[[fault]]\nkind = "answer"\nfunction = "SendOrders"\ncode = "NL_NO_LOGIN"', 3, ["SendOrders", "SendOrder"]),
        ('[[fault]]\nkind = "answer"\nfunction = "SendOrder"\ncode = "NL_NOLOGIN"', 4, ["NL_NO_LOGIN"]),
        ('[[fault]]\nkind = "absurd"\ncallback = "trade"\nfield = "qty"\nvalue = "nan"', 5, ["field"]),
        ('[[fault]]\nkind = "reject"\nstatus = 2', 3, ["204"]),
        ("[fault]", 1, ["[[fault]]"]),
        ("[[faults]]", 1, ["[[fault]]"]),
        ('[[fault]]\nkind = "drop', 2, ["closing"]),
        ('[[fault]]\nkind = "drop" callback = "trade"', 2, ["unexpected"]),
        ("seed = 0x10", 1, ["0x10"]),
        ("seed = 99999999999999999999", 1, ["64 bits"]),
        ("seed", 1, ["key = value"]),
        ("[", 1, ["[[fault]]"]),
        ("\ufeffseed = 1", 1, ["byte-order"]),
        ("seed = 1\n# bell \a", 2, ["control"]),
    ],
)
def test_a_wrong_script_is_refused_with_its_line_and_a_remedy(script: str, line: int, words: list[str]) -> None:
    why = check(script)
    assert why.startswith(f"line {line}: ") and all(word in why for word in words), why


def test_a_refused_script_leaves_the_loaded_one(sim: Exchange) -> None:
    assert sim.dll.SIM_Faults(GOOD.encode()) == 0
    assert sim.dll.SIM_Faults(b"[[fault]]") == -2
    assert value(1, "kind") == "drop"
    assert sim.dll.SIM_Faults(b"") == 0


def test_a_script_comes_from_a_file(sim: Exchange, tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(GOOD)
    sim.set(faults=path)
    assert value(2, "channel") == "all"
    path.write_text(GOOD + "oops = 1\n")
    assert sim.dll.SIM_Set(b"faults", str(path).encode()) == -2 and "line 15" in sim.error()
    assert sim.dll.SIM_Set(b"faults", b"/no/such/file") == -2 and "/no/such/file" in sim.error()
    sim.set(faults="")
    assert value(1, "kind") is None


@pytest.mark.lengthy
def test_during_a_session_the_script_stays(sim: Exchange) -> None:
    sim.connect()
    assert sim.dll.SIM_Faults(b"") == -2 and "before the login" in sim.error()
    assert check(GOOD) == ""


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
blanks = st.sampled_from(["", " ", "\t", "  "])
ends = st.sampled_from(["\n", "\r\n", " # said\n", "\t\n", "\n\n"])
escapes = st.sampled_from([r"\n", r"\"", r"\\", r"\u00e9", r"\U0001F600", r"\t", r"\q", r"\u0000", r"\uD800", "'", "é"])
strings = st.one_of(
    st.lists(st.one_of(texts, escapes), max_size=4).map(lambda parts: '"' + "".join(parts) + '"'),
    texts.map(lambda text: f"'{text}'"),
)
numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(0, 1, allow_nan=False).map(repr),
    st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]{0,3})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["inf", "nan", "1_000", "0b1", "-0", "+1", "-0.0", "1e2", "07"]),
)
pairs = st.one_of(
    st.tuples(st.sampled_from(["text", "path", "kind"]), strings),
    st.tuples(st.sampled_from(["chance", "seconds", "every", "count", "skip", "seed", "qty"]), numbers),
    st.tuples(st.sampled_from(["retryable", "flatten", "late_orders"]), st.sampled_from(["true", "false", "True"])),
    st.tuples(st.just("at"), st.sampled_from(['"10:30"', "'10:30:00.001'", '"24:00"'])),
)
KINDS = [
    'kind = "reject"',
    "kind='partial'\nslices=2",
    'kind="delay"\ncallback="any"\nseconds=1',
    'kind = "position"\nat="10:00"\nqty=1',
]


@st.composite
def scripts(draw: st.DrawFn) -> str:
    def lines(most: int) -> str:
        drawn = draw(st.lists(st.tuples(blanks, pairs, blanks, blanks, ends), max_size=most))
        return "".join(f"{a}{key}{b}={d}{text}{end}" for a, (key, text), b, d, end in drawn)

    tables = draw(st.lists(st.sampled_from(KINDS), max_size=3))
    head = draw(st.sampled_from(["", "seed = 5\n", "# nothing\n\n", "seed=+0 # é\r\n"]))
    return head + "".join(f"[[{draw(blanks)}fault{draw(blanks)}]]\n{kind}\n{lines(3)}" for kind in tables)


@settings(max_examples=150)
@given(scripts())
@example('[[fault]]\nkind="reject"\ntext="a\\u00e9\\U0001F600\\t"\n')
@example("seed = 9223372036854775807")
@pytest.mark.slow
def test_a_full_reader_finds_the_same_in_every_script_that_is_taken(text: str) -> None:
    if DLL.SIM_Faults(text.encode()) == 0:
        loads_like_toml(text)
    DLL.SIM_Faults(b"")


@pytest.mark.slow
@settings(max_examples=150)
@given(st.one_of(st.binary(max_size=300), scripts().map(str.encode)), st.integers(0, 300), st.binary(max_size=3))
def test_arbitrary_bytes_are_taken_or_refused_with_a_sentence(data: bytes, at: int, noise: bytes) -> None:
    data = (data[:at] + noise + data[at:]).replace(b"\0", b" ")
    result = DLL.SIM_CheckFaults(data)
    assert result == 0 or (result == -2 and DLL.SIM_Error().decode().startswith(("line ", "the fault script")))
    if result == 0:
        tomllib.loads(data.decode())


def test_every_script_in_the_documentation_is_taken() -> None:
    page = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
    blocks = page.split("```toml\n")[1:]
    assert blocks
    for block in blocks:
        script = block.split("```")[0]
        assert check(script) == "", script
        tomllib.loads(script)

"""The exchange's own exp, log, cos and pow: right within 0.52 units in the last place, by decimal arithmetic."""

from __future__ import annotations

import ctypes
import math
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from c import build
from exchange import maths_tables

from qt_core import exchange

pytestmark = [pytest.mark.native, pytest.mark.skipif(not build.have("gcc"), reason="no gcc here")]
SIM_MATH = Path(exchange.__file__).parent
Draw = Callable[[random.Random], tuple[float, float]]
CASES: dict[str, tuple[int, Draw, Callable[[Decimal, Decimal], Decimal]]] = {
    "exp": (0, lambda r: (r.uniform(-700, 700), 0.0), lambda x, _: x.exp()),
    "exp of the small": (0, lambda r: (r.uniform(-1, 1) * 2.0 ** r.randint(-40, 0), 0.0), lambda x, _: x.exp()),
    "log": (1, lambda r: (math.exp(r.uniform(-700, 700)), 0.0), lambda x, _: x.ln()),
    "log near one": (1, lambda r: (1.0 - r.random() * 2.0 ** r.randint(-45, 0), 0.0), lambda x, _: x.ln()),
    "cos": (2, lambda r: (math.tau * r.random(), 0.0), lambda x, _: maths_tables.cosine(x)),
    "cos near its zeros": (2, lambda r: (r.choice((1, 3, 5)) * math.pi / 2 + 2.0 ** -r.uniform(3, 50), 0.0),
                           lambda x, _: maths_tables.cosine(x)),
    "pow": (3, lambda r: (r.uniform(0.1, 30), r.uniform(-30, 30)), lambda x, y: (y * x.ln()).exp()),
}


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[float]]:
    library = ctypes.CDLL(str(build.library("maths_probe", tmp_path_factory.mktemp("maths"), optimise="-O3")))

    def values(which: int, pairs: list[tuple[float, float]], library_s: bool = False) -> list[float]:
        array = ctypes.c_double * len(pairs)
        out = array()
        xs, ys = (array(*column) for column in zip(*pairs, strict=True))
        library.probe(which, int(library_s), xs, ys, out, len(pairs))
        return list(out)

    return values


def error(found: float, true: Decimal) -> float:
    """In units of the last place."""
    return float(abs(Decimal(found) - true) / Decimal(math.ulp(float(true))))


@pytest.mark.lengthy
@pytest.mark.parametrize("case", CASES)
def test_values_are_right_within_half_a_unit_and_a_bit(case: str, probe: Callable[..., list[float]]) -> None:
    which, draw, truth = CASES[case]
    source = random.Random(case)
    pairs = [draw(source) for _ in range(1500)]
    worst = max(error(v, truth(Decimal(x), Decimal(y))) for v, (x, y) in zip(probe(which, pairs), pairs, strict=True))
    assert worst < 0.52


@pytest.mark.lengthy
@pytest.mark.parametrize("case", CASES)
def test_the_c_library_agrees_almost_everywhere(case: str, probe: Callable[..., list[float]]) -> None:
    which, draw, _ = CASES[case]
    source = random.Random(case)
    pairs = [draw(source) for _ in range(20_000)]
    same = sum(a == b for a, b in zip(probe(which, pairs), probe(which, pairs, True), strict=True))
    assert same > 0.99 * len(pairs)


def test_the_tables_are_the_ones_decimal_arithmetic_gives() -> None:
    assert (SIM_MATH / "sim_math_tables.h").read_text(encoding="utf-8") == maths_tables.header()

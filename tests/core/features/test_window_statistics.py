"""Window arithmetic in C against exact integers, fractions and decimals, with and without 128-bit integers."""
from __future__ import annotations

import ctypes
import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from c import build

pytestmark = pytest.mark.native


@pytest.fixture(scope="module", params=["", "QT_NO_INT128"])
def probe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    defines = [request.param] if request.param else []
    library = ctypes.CDLL(str(build.library("stats_probe", tmp_path_factory.mktemp("stats"), *defines)))
    for name in ("probe_std", "probe_log_ratio", "probe_lane_sum"):
        getattr(library, name).restype = ctypes.c_double
    library.probe_log_ratio.argtypes = [ctypes.c_int64, ctypes.c_int64]
    return library


def deviation(library: Any, values: list[int], n: int) -> float:
    array = (ctypes.c_int64 * len(values))(*values)
    return float(library.probe_std(array, ctypes.c_int64(len(values)), ctypes.c_int64(n)))


def exact_deviation(values: list[int]) -> float:
    n = len(values)
    variance = Fraction(n * sum(v * v for v in values) - sum(values) ** 2, n * (n - 1))
    with localcontext() as context:
        context.prec = 60
        return float((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt())


@pytest.mark.parametrize("n", [2, 10, 20, 50, 100, 200])
@pytest.mark.parametrize("size", [1, 1000, 2**31, 2**53])
@pytest.mark.parametrize("centre", [0, 2**52])
def test_sliding_deviation_is_exact(probe: Any, n: int, size: int, centre: int) -> None:
    rng = np.random.default_rng(n)
    values = [int(v) for v in np.clip(centre + rng.integers(-size, size, 3 * n + 7, endpoint=True), -2**53, 2**53)]
    assert deviation(probe, values, n) == pytest.approx(exact_deviation(values[-n:]), rel=1e-15)


def test_equal_values_deviate_by_exactly_zero(probe: Any) -> None:
    rng = np.random.default_rng(1)
    noise = [int(v) for v in rng.integers(-2**53, 2**53, 500)]
    assert deviation(probe, [*noise, *[123_456_789] * 200], 200) == 0.0


@pytest.mark.parametrize("a, b", [
    (1, 1), (10_001, 10_000), (10_000, 10_001), (6_000_001, 6_000_000), (10_199, 10_000), (10_301, 10_000), (3, 1),
    (1, 1000), (2**31 - 1, 2**31 - 2),
])
def test_log_ratio_keeps_its_digits(probe: Any, a: int, b: int) -> None:
    with localcontext() as context:
        context.prec = 40
        exact = float((Decimal(a) / Decimal(b)).ln())
    assert probe.probe_log_ratio(a, b) == pytest.approx(exact, rel=8e-15, abs=0)


@pytest.mark.parametrize("size", [5, 20, 1023, 1024, 1025, 5000])
def test_lane_keeps_the_newest(probe: Any, size: int) -> None:
    values = [float(v) for v in np.random.default_rng(size).normal(size=size)]
    array = (ctypes.c_double * size)(*values)
    n = min(size, 200)
    got = float(probe.probe_lane_sum(array, ctypes.c_int64(size), ctypes.c_int64(n)))
    assert got == pytest.approx(math.fsum(values[-n:]), rel=1e-12, abs=1e-12)

"""The tables of qt_core/exchange/sim_math_tables.h, from decimal arithmetic. As a script: prints the header."""

from __future__ import annotations

import sys
from decimal import Decimal, getcontext

getcontext().prec = 60
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
LN2 = Decimal(2).ln()
STEPS, LOG_STEPS, ANGLES = 64, 64, 27


def parts(value: Decimal, n: int = 2, bits: int = 53) -> list[float]:
    """Doubles that add up to the value, the earlier ones cut to `bits` significant bits."""
    found = []
    for i in range(n):
        x = float(value)
        if i < n - 1 and bits < 53:
            x = cut(x, bits)
        found.append(x)
        value -= Decimal(x)
    return found


def cut(x: float, bits: int) -> float:
    if not x:
        return x
    mantissa, _, exponent = x.hex().partition("p")
    digits = int(mantissa.replace("0x1.", "1").replace("-", ""), 16) >> (53 - bits) << (53 - bits)
    return float.fromhex(f"{'-' if x < 0 else ''}0x{digits:x}p{int(exponent) - 52}")


def sine(x: Decimal) -> Decimal:
    term, total, n = x, x, 1
    while abs(term) > Decimal("1e-55"):
        term *= -x * x / ((n + 1) * (n + 2))
        n += 2
        total += term
    return total


def cosine(x: Decimal) -> Decimal:
    return sine(PI / 2 - x) if abs(x) < 2 else -sine(x - PI / 2)


def log_inverse(i: int) -> float:
    """A short number near 1/m for a mantissa m in the i-th interval of [0.6875, 1.375); exactly 1 around 1."""
    middle = 0.6875 + (i + 0.5) * 0.6875 / LOG_STEPS
    return round(128 / middle) / 128 if abs(middle - 1) > 0.012 else 1.0


def exp_rows() -> list[list[float]]:
    return [parts(Decimal(2) ** (Decimal(i) / STEPS)) for i in range(STEPS)]


def log_row(i: int) -> list[float]:
    """The head is a multiple of 2^-42, so that adding 1024 ln 2's head to it is exact."""
    value = -Decimal(log_inverse(i)).ln()
    head = float(round(value * 2**42)) / 2**42
    return [log_inverse(i), head, float(value - Decimal(head))]


def log_rows() -> list[list[float]]:
    return [log_row(i) for i in range(LOG_STEPS)]


def angle_rows() -> list[list[float]]:
    return [parts(sine(Decimal(i) / 32)) + parts(cosine(Decimal(i) / 32)) for i in range(ANGLES)]


def constants() -> dict[str, list[float]]:
    return {
        "SIM_LN2_STEP": parts(LN2 / STEPS, 3, 32),
        "SIM_LN2": parts(LN2, 2, 40),
        "SIM_HALF_PI": parts(PI / 2, 3, 40),
    }


def header() -> str:
    out = ["/* Written by tests/exchange/maths_tables.py: heads and tails of numbers that no double holds. */",
           "#ifndef SIM_MATH_TABLES_H", "#define SIM_MATH_TABLES_H", ""]
    for name, values in constants().items():
        out.append(f"static const double {name}[{len(values)}] = {{{', '.join(v.hex() for v in values)}}};")
    tables = {"SIM_EXP": ("2^(i/64)", exp_rows()),
              "SIM_LOG": ("1/m rounded to few bits, and minus its logarithm", log_rows()),
              "SIM_ANGLE": ("sine and cosine of i/32", angle_rows())}
    for name, (meaning, rows) in tables.items():
        out += ["", f"static const double {name}[{len(rows)}][{len(rows[0])}] = {{ /* {meaning} */"]
        out += [f"    {{{', '.join(v.hex() for v in row)}}}," for row in rows]
        out.append("};")
    return "\n".join([*out, "", "#endif", ""])


if __name__ == "__main__":
    sys.stdout.write(header())

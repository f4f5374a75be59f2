/* Elementary functions by IEEE additions, multiplications and divisions alone: every compiler and C library gives the
 * same bits, so a seed means the same market on Linux and on Windows. Errors stay below 0.52 units in the last place.
 *
 * A value between two doubles is kept as head + tail (Dekker, 1971); arguments come near a table's node, the short rest
 * goes through its Taylor series. Needs plain double arithmetic: no x87 (-msse2 -mfpmath=sse on 32-bit x86), no
 * contraction to fused operations (-ffp-contract=off). */
#ifndef SIM_MATH_H
#define SIM_MATH_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "sim_math_tables.h"

#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#error "the exchange needs plain double arithmetic: compile with -msse2 -mfpmath=sse"
#endif

typedef struct sim_pair { double head, tail; } sim_pair_t;

/* exact sum; fast form: |a| >= |b| or a = 0 */
static inline sim_pair_t sim_sum_fast(double a, double b)
{
    sim_pair_t r = {a + b, 0.0};
    r.tail = b - (r.head - a);
    return r;
}

static inline sim_pair_t sim_sum(double a, double b)
{
    sim_pair_t r = {a + b, 0.0};
    double t = r.head - a;
    r.tail = (a - (r.head - t)) + (b - t);
    return r;
}

static inline double sim_upper_half(double a)
{
    double t = 134217729.0 * a; /* 2^27 + 1 */
    return t - (t - a);
}

/* exact product (no overflow below 2^996) */
static inline sim_pair_t sim_product(double a, double b)
{
    double ah = sim_upper_half(a), al = a - ah, bh = sim_upper_half(b), bl = b - bh;
    sim_pair_t r = {a * b, 0.0};
    r.tail = ((ah * bh - r.head) + ah * bl + al * bh) + al * bl;
    return r;
}

static inline double sim_power_of_two(int n) /* -1022 <= n <= 1023 */
{
    uint64_t bits = (uint64_t)(n + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double sim_scaled(double x, int n) /* x 2^n; one rounding when the result is subnormal */
{
    if (n < -1021)
        return x * sim_power_of_two(n + 1000 < -1022 ? -1022 : n + 1000) * sim_power_of_two(-1000);
    return n > 1023 ? x * sim_power_of_two(1023) * sim_power_of_two(n - 1023) : x * sim_power_of_two(n);
}

/* e^(head + tail), |tail| far below head's last place or head small */
static inline double sim_exp_pair(double head, double tail)
{
    double k, r, low, p;
    int n, i;
    if (!(head < 709.79))
        return head >= 709.79 ? INFINITY : head;
    if (head < -745.14)
        return 0.0;
    k = floor(head / SIM_LN2_STEP[0] + 0.5);
    r = head - k * SIM_LN2_STEP[0]; /* exact, as is the next product */
    low = tail - k * SIM_LN2_STEP[2];
    r = r - k * SIM_LN2_STEP[1] + low;
    p = r + r * r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720)))));
    n = (int)floor(k / 64.0);
    i = (int)(k - 64.0 * n);
    return sim_scaled(SIM_EXP[i][0] + (SIM_EXP[i][1] + SIM_EXP[i][0] * p), n);
}

static inline double sim_exp(double x) { return sim_exp_pair(x, 0.0); }

/* mantissa in [0.6875, 1.375) and exponent of a positive finite number */
static inline double sim_split(double x, int *exponent)
{
    uint64_t bits;
    int low = x < DBL_MIN;
    if (low)
        x *= 0x1p54;
    memcpy(&bits, &x, sizeof bits);
    *exponent = (int)(bits >> 52) - 1023 - (low ? 54 : 0);
    bits = (bits & UINT64_C(0xFFFFFFFFFFFFF)) | UINT64_C(0x3FF0000000000000);
    memcpy(&x, &bits, sizeof x);
    if (x < 1.375)
        return x;
    ++*exponent;
    return 0.5 * x;
}

/* ln x of a positive finite number */
static inline sim_pair_t sim_log_pair(double x)
{
    int n;
    double m = sim_split(x, &n), d, series, tail;
    const double *row = SIM_LOG[(int)((m - 0.6875) * (64 / 0.6875))];
    sim_pair_t scaled = sim_product(m, row[0]), r, square, sum;
    r = sim_sum_fast(scaled.head - 1.0, scaled.tail); /* the subtraction is exact */
    d = r.head;
    series = d * d * d * (1.0 / 3 - d * (1.0 / 4 - d * (1.0 / 5 - d * (1.0 / 6 - d * (1.0 / 7 - d * (1.0 / 8 - d * (1.0 / 9)))))));
    square = sim_product(d, d);
    sum = sim_sum(n * SIM_LN2[0] + row[1], d); /* the first sum is exact: both heads are short */
    tail = sum.tail + (n * SIM_LN2[1] + row[2]) + (r.tail - d * r.tail) - 0.5 * square.tail;
    r = sim_sum(sum.head, -0.5 * square.head);
    return sim_sum_fast(r.head, r.tail + (tail + series));
}

static inline double sim_log(double x)
{
    if (!(x > 0.0) || x > DBL_MAX)
        return x == 0.0 ? -INFINITY : x > 0.0 || x != x ? x : NAN;
    return sim_log_pair(x).head;
}

/* x^y of a positive finite x (NaN of another) */
static inline double sim_pow(double x, double y)
{
    sim_pair_t l, p;
    if (!(x > 0.0) || x > DBL_MAX || y != y)
        return NAN;
    l = sim_log_pair(x);
    if (!(fabs(y * l.head) < 800.0))
        return y * l.head > 0.0 ? INFINITY : 0.0;
    p = sim_product(l.head, y);
    return sim_exp_pair(p.head, p.tail + l.tail * y);
}

/* sine (which = 0) or cosine (1) of head + tail in [-1/64, 0.8] */
static inline double sim_sine_of(double head, double tail, int which)
{
    const double *row;
    double d, sine, versine;
    sim_pair_t turned, r;
    int i = (int)(head * 32.0 + 0.5);
    row = SIM_ANGLE[i];
    d = head - i / 32.0; /* exact */
    sine = d * d * d * (-1.0 / 6 + d * d * (1.0 / 120 - d * d * (1.0 / 5040))) + tail;
    versine = d * d * (-1.0 / 2 + d * d * (1.0 / 24 - d * d * (1.0 / 720))) - d * tail;
    if (which) { /* cos(a + d) = cos a + (cos a (cos d - 1) - sin a sin d) */
        turned = sim_product(-row[0], d);
        r = sim_sum_fast(row[2], turned.head);
        return r.head + (r.tail + (turned.tail + (row[3] - row[1] * d) + row[2] * versine - row[0] * sine));
    }
    turned = sim_product(row[2], d);
    r = sim_sum(row[0], turned.head);
    return r.head + (r.tail + (turned.tail + (row[1] + row[3] * d) + row[0] * versine + row[2] * sine));
}

/* cosine of 0 <= x <= 10000 (NaN of another) */
static inline double sim_cos(double x)
{
    double k, head, tail, side;
    sim_pair_t r;
    int quarter;
    if (!(x >= 0.0 && x <= 10000.0))
        return NAN;
    k = floor(x / (SIM_HALF_PI[0] + SIM_HALF_PI[1]) + 0.5);
    r = sim_sum(x - k * SIM_HALF_PI[0], -(k * SIM_HALF_PI[1])); /* both products are exact */
    r = sim_sum(r.head, r.tail - k * SIM_HALF_PI[2]);
    side = r.head < 0.0 ? -1.0 : 1.0;
    head = side * r.head;
    tail = side * r.tail;
    quarter = (int)(k - 4.0 * floor(k / 4.0));
    if (quarter == 0 || quarter == 2)
        return (quarter ? -1.0 : 1.0) * sim_sine_of(head, tail, 1);
    return (quarter == 1 ? -side : side) * sim_sine_of(head, tail, 0);
}

#endif

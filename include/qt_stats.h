/* Sums, moments and logarithms over short windows, exact where the inputs are integers.
 * Everything here is deterministic: fixed order of addition, no fast-math, no contraction. */
#ifndef QT_STATS_H
#define QT_STATS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* A window of the newest float64 values, kept contiguous: pushes run to the end of the
 * buffer, then the newest QT_LANE_KEEP move to its start (one copy per QT_LANE_SIZE -
 * QT_LANE_KEEP pushes). */
#define QT_LANE_KEEP 256
#define QT_LANE_SIZE 1024

typedef struct qt_lane {
    int64_t end; /* one past the newest value */
    double values[QT_LANE_SIZE];
} qt_lane_t;

static inline void qt_lane_reset(qt_lane_t *lane) { lane->end = 0; }

static inline void qt_lane_push(qt_lane_t *lane, double value)
{
    if (lane->end == QT_LANE_SIZE) {
        memcpy(lane->values, lane->values + QT_LANE_SIZE - QT_LANE_KEEP, QT_LANE_KEEP * sizeof(double));
        lane->end = QT_LANE_KEEP;
    }
    lane->values[lane->end++] = value;
}

/* the newest n values, oldest first; n <= min(pushed, QT_LANE_KEEP) */
static inline const double *qt_lane_last(const qt_lane_t *lane, int64_t n) { return lane->values + lane->end - n; }

/* sum of n values, four running sums */
static inline double qt_sum(const double *x, int64_t n)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    const int64_t fours = n & ~INT64_C(3);
    int64_t i;
    for (i = 0; i < fours; i += 4) {
        s0 += x[i];
        s1 += x[i + 1];
        s2 += x[i + 2];
        s3 += x[i + 3];
    }
    for (i = fours; i < n; i++)
        s0 += x[i];
    return (s0 + s2) + (s1 + s3);
}

/* Unsigned 128-bit integers, enough of them for sums of squares: the compiler's own where it
 * has them, else two words. Both give the same bits. */
typedef struct qt_wide {
    uint64_t high;
    uint64_t low;
} qt_wide_t;

#if defined(__SIZEOF_INT128__) && !defined(QT_NO_INT128)

__extension__ typedef unsigned __int128 qt_u128_t;

static inline qt_wide_t qt_wide_product(uint64_t a, uint64_t b)
{
    const qt_u128_t v = (qt_u128_t)a * b;
    const qt_wide_t w = {(uint64_t)(v >> 64), (uint64_t)v};
    return w;
}

#else

static inline qt_wide_t qt_wide_product(uint64_t a, uint64_t b)
{
    const uint64_t half = UINT64_C(0xffffffff);
    const uint64_t low = (a & half) * (b & half), one = (a >> 32) * (b & half), two = (a & half) * (b >> 32);
    const uint64_t middle = (low >> 32) + (one & half) + (two & half);
    const qt_wide_t w = {(a >> 32) * (b >> 32) + (one >> 32) + (two >> 32) + (middle >> 32), middle << 32 | (low & half)};
    return w;
}

#endif

static inline qt_wide_t qt_wide_add(qt_wide_t a, qt_wide_t b)
{
    const qt_wide_t w = {a.high + b.high + (a.low + b.low < b.low), a.low + b.low};
    return w;
}

static inline qt_wide_t qt_wide_sub(qt_wide_t a, qt_wide_t b)
{
    const qt_wide_t w = {a.high - b.high - (a.low < b.low), a.low - b.low};
    return w;
}

static inline qt_wide_t qt_wide_square(int64_t a)
{
    const uint64_t size = a < 0 ? (uint64_t)-a : (uint64_t)a;
    return qt_wide_product(size, size);
}

/* a * n, modulo 2^128 */
static inline qt_wide_t qt_wide_times(qt_wide_t a, uint64_t n)
{
    qt_wide_t w = qt_wide_product(a.low, n);
    w.high += a.high * n;
    return w;
}

static inline double qt_wide_double(qt_wide_t a) { return (double)a.high * 18446744073709551616.0 + (double)a.low; }

/* Sliding sum and sum of squares of integers: exact, so it never drifts and equal values have
 * a deviation of exactly 0. Values up to 2^53 in size, windows up to 200. */
typedef struct qt_window {
    int64_t sum;
    qt_wide_t square;
} qt_window_t;

static inline void qt_window_reset(qt_window_t *w) { memset(w, 0, sizeof *w); }

static inline void qt_window_slide(qt_window_t *w, int64_t coming, int64_t going)
{
    w->sum += coming - going;
    w->square = qt_wide_sub(qt_wide_add(w->square, qt_wide_square(coming)), qt_wide_square(going));
}

/* standard deviation of the n values, n - 1 in the denominator: (n sum(x^2) - sum(x)^2) / (n (n - 1)) */
static inline double qt_window_std(const qt_window_t *w, int64_t n)
{
    const qt_wide_t spread = qt_wide_sub(qt_wide_times(w->square, (uint64_t)n), qt_wide_square(w->sum));
    return sqrt(qt_wide_double(spread) / (double)(n * (n - 1)));
}

/* ln(a / b) of two positive integers. Near 1 the series of 2 artanh((a - b) / (a + b)) keeps
 * the digits that the rounded quotient loses (Abramowitz & Stegun 4.1.27). */
static inline double qt_log_ratio(int64_t a, int64_t b)
{
    const double z = (double)(a - b) / (double)(a + b), y = z * z;
    if (y > 1e-4)
        return log((double)a / (double)b);
    return 2.0 * z * (1.0 + y * (1.0 / 3.0 + y * (1.0 / 5.0 + y * (1.0 / 7.0 + y * (1.0 / 9.0)))));
}

/* changed[i] = t wherever now differs from before (NaN equals NaN); then before = now. Compares bits, which
 * vectorises: adding 0.0 makes the two zeros one, and no column has NaNs of several kinds. */
static inline void qt_note_changes(const double *now, double *before, int64_t *changed, int64_t t, int n)
{
    int i;
    for (i = 0; i < n; i++) {
        const double a = now[i] + 0.0;
        int64_t x, y;
        memcpy(&x, &a, sizeof x);
        memcpy(&y, &before[i], sizeof y);
        changed[i] = x == y ? changed[i] : t;
        before[i] = a;
    }
}

#endif

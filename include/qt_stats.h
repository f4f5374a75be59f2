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

typedef struct qt_moments {
    double sum;    /* of x - shift      */
    double square; /* of (x - shift)^2  */
} qt_moments_t;

/* adds the n values x to m, about a shift near their mean */
static inline void qt_moments_add(qt_moments_t *m, const double *x, int64_t n, double shift)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0, q0 = 0.0, q1 = 0.0, q2 = 0.0, q3 = 0.0;
    const int64_t fours = n & ~INT64_C(3);
    int64_t i;
    for (i = 0; i < fours; i += 4) {
        const double a = x[i] - shift, b = x[i + 1] - shift, c = x[i + 2] - shift, d = x[i + 3] - shift;
        s0 += a;
        s1 += b;
        s2 += c;
        s3 += d;
        q0 += a * a;
        q1 += b * b;
        q2 += c * c;
        q3 += d * d;
    }
    for (i = fours; i < n; i++) {
        const double a = x[i] - shift;
        s0 += a;
        q0 += a * a;
    }
    m->sum += (s0 + s2) + (s1 + s3);
    m->square += (q0 + q2) + (q1 + q3);
}

/* standard deviation, n - 1 in the denominator */
static inline double qt_moments_std(qt_moments_t m, int64_t n)
{
    const double ss = m.square - m.sum * m.sum / (double)n;
    return ss > 0.0 ? sqrt(ss / (double)(n - 1)) : 0.0;
}

/* Sliding sum and sum of squares of integers. Squares wrap modulo 2^64, which is harmless:
 * the sum of squared deviations is formed in the same arithmetic and is exact whenever it
 * fits, which qt_window_narrow() makes sure of. */
typedef struct qt_window {
    int64_t sum;
    uint64_t square;
} qt_window_t;

static inline void qt_window_slide(qt_window_t *w, int64_t in, int64_t out)
{
    w->sum += in - out;
    w->square += (uint64_t)in * (uint64_t)in - (uint64_t)out * (uint64_t)out;
}

/* all values are >= 0, so none exceeds the sum and the squares stay below sum^2 */
static inline int qt_window_narrow(qt_window_t w) { return w.sum < INT64_C(0x7fffffff); }

/* standard deviation of the n values in a narrow window; exactly 0 when they are equal */
static inline double qt_window_std(qt_window_t w, int64_t n)
{
    const int64_t mean = w.sum / n, rest = w.sum - mean * n;
    const uint64_t about = w.square - 2 * (uint64_t)mean * (uint64_t)w.sum + (uint64_t)n * (uint64_t)mean * (uint64_t)mean;
    const double ss = (double)about - (double)rest * (double)rest / (double)n;
    return ss > 0.0 ? sqrt(ss / (double)(n - 1)) : 0.0;
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

#endif

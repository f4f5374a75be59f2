/* qt_stats.h behind plain functions, so that a test can hold it to exact arithmetic. */
#include "qt_stats.h"

__attribute__((visibility("default"))) double probe_std(const int64_t *x, int64_t size, int64_t n)
{
    qt_window_t w;
    int64_t i;
    qt_window_reset(&w);
    for (i = 0; i < size; i++)
        qt_window_slide(&w, x[i], i >= n ? x[i - n] : 0);
    return qt_window_std(&w, n);
}

__attribute__((visibility("default"))) double probe_log_ratio(int64_t a, int64_t b) { return qt_log_ratio(a, b); }

__attribute__((visibility("default"))) double probe_lane_sum(const double *x, int64_t size, int64_t n)
{
    static qt_lane_t lane;
    int64_t i;
    qt_lane_reset(&lane);
    for (i = 0; i < size; i++)
        qt_lane_push(&lane, x[i]);
    return qt_sum(qt_lane_last(&lane, n), n);
}

# cython: language_level=3
"""What the feature families share: window arithmetic (qt_stats.h), the board they write to, and the columns."""
from libc.stdint cimport int64_t

cdef extern from "qt_stats.h" nogil:
    ctypedef struct qt_lane_t:
        int64_t end             # one past the newest value
        double values[1024]

    ctypedef struct qt_window_t:
        int64_t sum             # exact; the sum of squares beside it is opaque

    void qt_lane_reset(qt_lane_t* lane)
    void qt_lane_push(qt_lane_t* lane, double value)
    const double* qt_lane_last(const qt_lane_t* lane, int64_t n)
    double qt_sum(const double* x, int64_t n)
    void qt_window_reset(qt_window_t* w)
    void qt_window_slide(qt_window_t* w, int64_t coming, int64_t going)
    double qt_window_std(const qt_window_t* w, int64_t n)
    double qt_log_ratio(int64_t a, int64_t b)
    void qt_note_changes(const double* now, double* before, int64_t* changed, int64_t t, int n)

cdef enum:
    COLUMNS = 65

cdef enum:                      # first column of each family; set.pyx holds them to the registry
    VOLATILITY = 0
    RETURNS = 10
    FLOW = 20
    VOLUME = 28
    TECHNICAL = 36
    MICROSTRUCTURE = 43
    CALENDAR = 59

cdef enum:                      # columns that more than one family reads or writes
    VOLATILITY_20 = 1
    VOLATILITY_50 = 2
    RETURNS_1 = 10
    RETURNS_5 = 12
    RETURNS_20 = 14
    RETURNS_50 = 15

cdef struct qt_board_t:
    double value[COLUMNS]       # the row as the last close left it; NaN until warm
    int64_t degenerate[COLUMNS]  # how often each column met its degenerate limit, since creation

cdef inline double divided(qt_board_t* board, int column, double numerator, double denominator,
                           double limit) noexcept nogil:
    """numerator / denominator, or the column's limit (counted) when the denominator is below 1e-12. NaN stays NaN."""
    if denominator < 1e-12 and numerator == numerator:
        board.degenerate[column] += 1
        return limit
    return numerator / denominator

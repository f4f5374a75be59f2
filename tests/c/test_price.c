#include "check.h"
#include "qt_price.h"

int main(void)
{
    qt_scale_t wdo = {1, 2}, win = {5, 1}, cent = {1, 100}, one = {1, 1}, milli = {1, 1000};
    int32_t t = 0, i;
    int64_t lots = 0;
    CHECK(qt_to_ticks(wdo, 5400.5, &t) == QT_OK && t == 10801);
    CHECK(qt_to_ticks(win, 130005.0, &t) == QT_OK && t == 26001);
    CHECK(qt_to_ticks(cent, 31.07, &t) == QT_OK && t == 3107);
    CHECK(qt_to_ticks(wdo, 5400.3, &t) == QT_OFF_TICK);
    CHECK(qt_to_ticks(win, 130002.0, &t) == QT_OFF_TICK);
    CHECK(qt_to_ticks(wdo, 0.0, &t) == QT_BAD_PRICE);
    CHECK(qt_to_ticks(wdo, -5.0, &t) == QT_BAD_PRICE);
    CHECK(qt_to_ticks(wdo, (double)NAN, &t) == QT_BAD_PRICE);
    CHECK(qt_to_ticks(wdo, (double)INFINITY, &t) == QT_BAD_PRICE);
    CHECK(qt_to_ticks(wdo, 1e300, &t) == QT_BAD_PRICE);
    for (i = 1; i < 2000000; i += 37) { /* every tick survives the way out and back */
        CHECK(qt_to_ticks(cent, qt_to_points(cent, i), &t) == QT_OK && t == i);
        CHECK(qt_to_ticks(wdo, qt_to_points(wdo, i), &t) == QT_OK && t == i);
    }
    CHECK(qt_to_lots(one, 3.0, &lots) == QT_OK && lots == 3);
    CHECK(qt_to_lots(milli, 0.005, &lots) == QT_OK && lots == 5);
    CHECK(qt_to_lots(one, 0.5, &lots) == QT_BAD_QTY);
    CHECK(qt_to_lots(one, -1.0, &lots) == QT_BAD_QTY);
    CHECK(qt_to_lots(one, 1e18, &lots) == QT_BAD_QTY);
    CHECK(qt_to_lots(one, (double)NAN, &lots) == QT_BAD_QTY);
    return REPORT();
}

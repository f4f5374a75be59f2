#include "check.h"
#include "qt_time.h"

static int wide(const char *text, int64_t *ns)
{
    uint16_t units[64];
    int i;
    for (i = 0; text[i]; i++)
        units[i] = (unsigned char)text[i];
    units[i] = 0;
    return qt_parse_time(units, QT_BRASILIA_S, ns);
}

#define NOON INT64_C(1795446000000000000) /* 2026-11-23 12:00:00 UTC-3 */

int main(void)
{
    TSystemTime t = {2026, 11, 99, 23, 12, 0, 0, 0}; /* the weekday is not looked at */
    int64_t ns = 0;
    CHECK(qt_days_from_civil(1970, 1, 1) == 0);
    CHECK(qt_days_from_civil(2000, 3, 1) == 11017);
    CHECK(qt_system_time_ns(&t, QT_BRASILIA_S, &ns) == QT_OK && ns == NOON);
    CHECK(qt_system_time_ns(&t, 0, &ns) == QT_OK && ns == NOON - INT64_C(3) * 3600 * 1000000000);
    t.wMilliseconds = 999;
    CHECK(qt_system_time_ns(&t, QT_BRASILIA_S, &ns) == QT_OK && ns == NOON + 999000000);
    t.wMilliseconds = 1000;
    CHECK(qt_system_time_ns(&t, QT_BRASILIA_S, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(2026, 2, 29, 0, 0, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(2028, 2, 29, 0, 0, 0, 0, 0, &ns) == QT_OK);
    CHECK(qt_local_ns(2100, 2, 29, 0, 0, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(0, 0, 0, 0, 0, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(2026, 13, 1, 0, 0, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(2026, 4, 31, 0, 0, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(2026, 4, 30, 24, 0, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(2026, 4, 30, 23, 60, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_local_ns(65535, 4, 30, 23, 0, 0, 0, 0, &ns) == QT_BAD_TIME);
    CHECK(wide("23/11/2026 12:00:00", &ns) == QT_OK && ns == NOON);
    CHECK(wide("23/11/2026 12:00:00.123", &ns) == QT_OK && ns == NOON + 123000000);
    CHECK(wide("23/11/2026 12:00:00:123", &ns) == QT_OK && ns == NOON + 123000000);
    CHECK(wide("", &ns) == QT_BAD_TIME);
    CHECK(wide("23/11/2026", &ns) == QT_BAD_TIME);
    CHECK(wide("23/11/2026 12:00:00.1", &ns) == QT_BAD_TIME);
    CHECK(wide("23/11/2026 12:00:00.1234", &ns) == QT_BAD_TIME);
    CHECK(wide("3/11/2026 12:00:00", &ns) == QT_BAD_TIME);
    CHECK(wide("31/02/2026 12:00:00", &ns) == QT_BAD_TIME);
    CHECK(wide("aa/bb/cccc dd:ee:ff", &ns) == QT_BAD_TIME);
    CHECK(qt_parse_time(NULL, 0, &ns) == QT_BAD_TIME);
    CHECK(qt_parse_time_bytes((const unsigned char *)"23/11/2026 12:00:00.123", 23, QT_BRASILIA_S, &ns) == QT_OK);
    CHECK(ns == NOON + 123000000);
    CHECK(qt_parse_time_bytes((const unsigned char *)"", 0, QT_BRASILIA_S, &ns) == QT_BAD_TIME);
    CHECK(qt_parse_time_bytes((const unsigned char *)"23/11/2026 12:00:00.123", 40, QT_BRASILIA_S, &ns) == QT_BAD_TIME);
    return REPORT();
}

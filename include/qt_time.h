/* The vendor's times: Brazilian local time without a zone mark, as records or as text.
 * They become UTC nanoseconds here, or QT_BAD_TIME when no such instant exists. */
#ifndef QT_TIME_H
#define QT_TIME_H

#include "qt_price.h"
#include "qt_profit.h"

#define QT_BRASILIA_S (-3 * 3600) /* UTC-3 all year since 2019; seconds east of UTC */
#define QT_TIME_TEXT 32           /* longest date text that is read */

/* days from 1970-01-01 in the Gregorian calendar (H. Hinnant, chrono-compatible date algorithms) */
static inline int64_t qt_days_from_civil(int year, int month, int day)
{
    int y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (int64_t)era * 146097 + doe - 719468;
}

static inline int qt_days_in_month(int year, int month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* parts of a local time -> UTC ns; QT_OK or QT_BAD_TIME. Years 1980 to 2200: the rest is a slip. */
static inline int qt_local_ns(int year, int month, int day, int hour, int minute, int second, int milli,
                              int32_t offset_s, int64_t *ns)
{
    int64_t seconds;
    if (year < 1980 || year > 2200 || month < 1 || month > 12 || day < 1 || day > qt_days_in_month(year, month))
        return QT_BAD_TIME;
    if ((unsigned)hour > 23 || (unsigned)minute > 59 || (unsigned)second > 59 || (unsigned)milli > 999)
        return QT_BAD_TIME;
    seconds = qt_days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    *ns = seconds * 1000000000 + (int64_t)milli * 1000000;
    return QT_OK;
}

static inline int qt_system_time_ns(const TSystemTime *t, int32_t offset_s, int64_t *ns)
{
    return qt_local_ns(t->wYear, t->wMonth, t->wDay, t->wHour, t->wMinute, t->wSecond, t->wMilliseconds, offset_s, ns);
}

/* `digits` decimal digits at text[*at]; -1 if they are not there */
static inline int qt_read_digits(const uint16_t *text, int *at, int digits)
{
    int value = 0;
    for (; digits > 0; digits--, ++*at) {
        unsigned d = (unsigned)text[*at] - '0';
        if (d > 9)
            return -1;
        value = value * 10 + (int)d;
    }
    return value;
}

static inline int qt_read_mark(const uint16_t *text, int *at, char mark, char other)
{
    int hit = text[*at] == (uint16_t)mark || text[*at] == (uint16_t)other;
    *at += hit;
    return hit;
}

/* "DD/MM/YYYY HH:mm:SS[.ZZZ]" (":" or "." before the milliseconds), NUL-terminated UTF-16 -> UTC ns */
static inline int qt_parse_time(const uint16_t *text, int32_t offset_s, int64_t *ns)
{
    int at = 0, d, mo, y, h, mi, s, ms = 0;
    if (!text)
        return QT_BAD_TIME;
    if ((d = qt_read_digits(text, &at, 2)) < 0 || !qt_read_mark(text, &at, '/', '/'))
        return QT_BAD_TIME;
    if ((mo = qt_read_digits(text, &at, 2)) < 0 || !qt_read_mark(text, &at, '/', '/'))
        return QT_BAD_TIME;
    if ((y = qt_read_digits(text, &at, 4)) < 0 || !qt_read_mark(text, &at, ' ', 'T'))
        return QT_BAD_TIME;
    if ((h = qt_read_digits(text, &at, 2)) < 0 || !qt_read_mark(text, &at, ':', ':'))
        return QT_BAD_TIME;
    if ((mi = qt_read_digits(text, &at, 2)) < 0 || !qt_read_mark(text, &at, ':', ':'))
        return QT_BAD_TIME;
    if ((s = qt_read_digits(text, &at, 2)) < 0)
        return QT_BAD_TIME;
    if (qt_read_mark(text, &at, '.', ':') && (ms = qt_read_digits(text, &at, 3)) < 0)
        return QT_BAD_TIME;
    return text[at] ? QT_BAD_TIME : qt_local_ns(y, mo, d, h, mi, s, ms, offset_s, ns);
}

/* the same from `length` one-byte characters (dates inside the offer arrays; no terminator) */
static inline int qt_parse_time_bytes(const unsigned char *text, int length, int32_t offset_s, int64_t *ns)
{
    uint16_t wide[QT_TIME_TEXT];
    int i;
    if (length <= 0 || length >= QT_TIME_TEXT)
        return QT_BAD_TIME;
    for (i = 0; i < length; i++)
        wide[i] = text[i];
    wide[length] = 0;
    return qt_parse_time(wide, offset_s, ns);
}

#endif

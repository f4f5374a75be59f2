#include "sim_text.h"

#include <string.h>

/* days since 1970-01-01 of a civil date, and back (Hinnant, "chrono-compatible low-level date algorithms") */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    int64_t era, yoe, doy;
    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_of(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp + (mp < 10 ? 3 : -9));
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

sim_civil_t sim_civil(int64_t utc_ns)
{
    sim_civil_t c;
    int64_t local = utc_ns - SIM_BRASILIA_NS, days = local / SIM_DAY_NS, ms;
    if (local < days * SIM_DAY_NS)
        days--;
    ms = (local - days * SIM_DAY_NS) / 1000000;
    civil_of(days, &c.year, &c.month, &c.day);
    c.weekday = (int)(((days + 4) % 7 + 7) % 7);
    c.hour = (int)(ms / 3600000);
    c.minute = (int)(ms / 60000 % 60);
    c.second = (int)(ms / 1000 % 60);
    c.millisecond = (int)(ms % 1000);
    return c;
}

int64_t sim_utc(int year, int month, int day, int64_t ns_of_day)
{
    return days_of(year, month, day) * SIM_DAY_NS + ns_of_day + SIM_BRASILIA_NS;
}

static int is_date(int year, int month, int day)
{
    int y, m, d;
    if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    civil_of(days_of(year, month, day), &y, &m, &d);
    return y == year && m == month && d == day;
}

static int64_t ns_of_day(int hour, int minute, int second, int millisecond)
{
    return ((int64_t)(hour * 3600 + minute * 60 + second) * 1000 + millisecond) * 1000000;
}

int64_t sim_utc_of_system(const TSystemTime *t)
{
    if (!is_date(t->wYear, t->wMonth, t->wDay) || t->wHour > 23 || t->wMinute > 59 || t->wSecond > 59)
        return SIM_NO_TIME;
    return sim_utc(t->wYear, t->wMonth, t->wDay, ns_of_day(t->wHour, t->wMinute, t->wSecond, t->wMilliseconds));
}

TSystemTime sim_system_time(int64_t utc_ns)
{
    sim_civil_t c = sim_civil(utc_ns);
    TSystemTime t;
    t.wYear = (uint16_t)c.year;
    t.wMonth = (uint16_t)c.month;
    t.wDayOfWeek = (uint16_t)c.weekday;
    t.wDay = (uint16_t)c.day;
    t.wHour = (uint16_t)c.hour;
    t.wMinute = (uint16_t)c.minute;
    t.wSecond = (uint16_t)c.second;
    t.wMilliseconds = (uint16_t)c.millisecond;
    return t;
}

static char *digits(char *out, int value, int width)
{
    int i;
    for (i = width - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + width;
}

int sim_date_text(char *out, int64_t utc_ns)
{
    sim_civil_t c = sim_civil(utc_ns);
    char *p = digits(out, c.day, 2);
    *p++ = '/';
    p = digits(p, c.month, 2);
    *p++ = '/';
    p = digits(p, c.year, 4);
    *p++ = ' ';
    p = digits(p, c.hour, 2);
    *p++ = ':';
    p = digits(p, c.minute, 2);
    *p++ = ':';
    p = digits(p, c.second, 2);
    *p++ = '.';
    p = digits(p, c.millisecond, 3);
    *p = 0;
    return (int)(p - out);
}

/* a run of decimal digits; NULL when there is none */
static const char *number(const char *p, int width, int *value)
{
    int i;
    *value = 0;
    for (i = 0; i < width; i++, p++) {
        if (*p < '0' || *p > '9')
            return NULL;
        *value = *value * 10 + (*p - '0');
    }
    return p;
}

static const char *after(const char *p, char separator) { return p && *p == separator ? p + 1 : NULL; }

static const char *clock_part(const char *p, int64_t *ns)
{
    int hour, minute, second = 0;
    p = after(number(p, 2, &hour), ':');
    if (!p || !(p = number(p, 2, &minute)))
        return NULL;
    if (*p == ':' && !(p = number(p + 1, 2, &second)))
        return NULL;
    if (hour > 23 || minute > 59 || second > 59)
        return NULL;
    *ns = ns_of_day(hour, minute, second, 0);
    return p;
}

int64_t sim_parse_clock(const char *text)
{
    int64_t ns;
    const char *p = clock_part(text, &ns);
    return p && *p == 0 ? ns : SIM_NO_TIME;
}

int64_t sim_parse_moment(const char *text)
{
    int64_t ns = 0;
    int ms = 0;
    const char *p = clock_part(text, &ns);
    if (p && *p == '.' && p[-3] == ':' && p - text == 8)
        p = number(p + 1, 3, &ms);
    return p && !*p ? ns + (int64_t)ms * 1000000 : SIM_NO_TIME;
}

int sim_parse_day(const char *text, int *year, int *month, int *day)
{
    const char *p = after(number(text, 4, year), '-');
    if (!p || !(p = after(number(p, 2, month), '-')) || !(p = number(p, 2, day)) || *p)
        return -1;
    return is_date(*year, *month, *day) ? 0 : -1;
}

int sim_parse_date(const char *text, int64_t *utc_ns, int *has_time)
{
    int day, month, year, ms = 0;
    int64_t ns = 0;
    const char *p = after(number(text, 2, &day), '/');
    if (!p || !(p = after(number(p, 2, &month), '/')) || !(p = number(p, 4, &year)) || !is_date(year, month, day))
        return -1;
    *has_time = *p == ' ';
    if (*has_time && !(p = clock_part(p + 1, &ns)))
        return -1;
    if (*has_time && (*p == '.' || *p == ':') && !(p = number(p + 1, 3, &ms)))
        return -1;
    *utc_ns = sim_utc(year, month, day, ns + (int64_t)ms * 1000000);
    return *p ? -1 : 0;
}

int sim_length(qt_text_t text)
{
    int n = 0;
    while (text && text[n])
        n++;
    return n;
}

void sim_widen(uint16_t *out, const char *text, int capacity)
{
    int i = 0;
    for (; text[i] && i < capacity - 1; i++)
        out[i] = (uint8_t)text[i];
    out[i] = 0;
}

int sim_narrow(char *out, qt_text_t text, int capacity)
{
    int i, n = sim_length(text);
    if (n >= capacity)
        return -1;
    for (i = 0; i < n; i++) {
        if (text[i] > 127)
            return -1;
        out[i] = (char)text[i];
    }
    out[n] = 0;
    return n;
}

int sim_same(qt_text_t a, qt_text_t b)
{
    int n = sim_length(a);
    return n == sim_length(b) && (n == 0 || memcmp(a, b, (size_t)n * sizeof *a) == 0);
}

void sim_copy(uint16_t *out, qt_text_t text, int capacity)
{
    int i, n = sim_length(text);
    for (i = 0; i < n && i < capacity - 1; i++)
        out[i] = text[i];
    out[i] = 0;
}

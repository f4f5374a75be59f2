/* Clocks. Monotonic time measures; wall time stamps live events; neither decides. */
#ifndef QT_CLOCK_H
#define QT_CLOCK_H

#include <stdint.h>

#if defined(_WIN32)

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

static inline int64_t qt_mono_ns(void)
{
    static int64_t frequency; /* constant after boot: a racing first call writes the same */
    LARGE_INTEGER v;
    if (!frequency) {
        QueryPerformanceFrequency(&v);
        frequency = v.QuadPart;
    }
    QueryPerformanceCounter(&v);
    return v.QuadPart / frequency * 1000000000 + v.QuadPart % frequency * 1000000000 / frequency;
}

static inline int64_t qt_wall_ns(void)
{
    FILETIME ft; /* 100 ns since 1601-01-01 */
    int64_t t;
    GetSystemTimeAsFileTime(&ft);
    t = ((int64_t)ft.dwHighDateTime << 32) | (int64_t)ft.dwLowDateTime;
    return (t - INT64_C(116444736000000000)) * 100;
}

static inline void qt_sleep_ns(int64_t ns) { Sleep(ns < 1000000 ? 1 : (DWORD)(ns / 1000000)); }
static inline void qt_yield(void) { SwitchToThread(); }

#else

#include <sched.h>
#include <time.h>

static inline int64_t qt_mono_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t qt_wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void qt_sleep_ns(int64_t ns)
{
    struct timespec t;
    t.tv_sec = (time_t)(ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    nanosleep(&t, 0);
}
static inline void qt_yield(void) { sched_yield(); }

#endif
#endif

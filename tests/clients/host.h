/* What both programs share: loading the library, a transcript in one order, waiting for a market that stands still. */
#ifndef CLIENTS_HOST_H
#define CLIENTS_HOST_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"

#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
typedef HMODULE library_t;
static library_t load(const char *path) { return LoadLibraryA(path); }
static void resolve(library_t lib, const char *name, void *out)
{
    FARPROC p = GetProcAddress(lib, name);
    memcpy(out, &p, sizeof p);
}
static SRWLOCK lock = SRWLOCK_INIT;
static void take(void) { AcquireSRWLockExclusive(&lock); }
static void give(void) { ReleaseSRWLockExclusive(&lock); }
static void nap(void) { Sleep(1); }
static void plain_output(void) { _setmode(_fileno(stdout), _O_BINARY); }
#else
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>
typedef void *library_t;
static library_t load(const char *path) { return dlopen(path, RTLD_NOW | RTLD_LOCAL); }
static void resolve(library_t lib, const char *name, void *out)
{
    void *p = dlsym(lib, name);
    memcpy(out, &p, sizeof p);
}
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void take(void) { pthread_mutex_lock(&lock); }
static void give(void) { pthread_mutex_unlock(&lock); }
static void nap(void)
{
    struct timespec t = {0, 1000000};
    nanosleep(&t, NULL);
}
static void plain_output(void) {}
#endif

#define DECLARE_STDCALL(result, name, parameters) static result(STDCALL *name) parameters;
#define DECLARE_PLAIN(result, name, parameters) static result(*name) parameters;
PROFIT_FUNCTIONS(DECLARE_STDCALL)
SIM_FUNCTIONS(DECLARE_PLAIN)

#define W(literal) ((PWideChar)u##literal)

static inline void stop(const char *why, const char *what)
{
    fprintf(stderr, "%s: %s\n", why, what);
    exit(2);
}

#define RESOLVE(result, name, parameters) \
    resolve(lib, #name, &name);           \
    if (!name)                            \
        stop("not exported", #name);

static inline void open_library(const char *path)
{
    library_t lib = load(path);
    if (!lib)
        stop("cannot load", path);
    plain_output();
    PROFIT_FUNCTIONS(RESOLVE)
    SIM_FUNCTIONS(RESOLVE)
}

/* ---- transcript: the main thread prints; what callbacks say waits until it has printed what it did --------------- */

static char *said;
static size_t said_length, said_room;

static inline void say(const char *format, ...)
{
    va_list arguments;
    int n;
    take();
    if (said_room - said_length < 4096 && !(said = realloc(said, said_room = 2 * said_room + 65536)))
        abort();
    va_start(arguments, format);
    n = vsnprintf(said + said_length, 4000, format, arguments);
    va_end(arguments);
    said_length += (size_t)n;
    said[said_length++] = '\n';
    give();
}

static inline void settle(void)
{
    while (!SIM_Stat("resting"))
        nap();
    take();
    if (said && said_length)
        fwrite(said, 1, said_length, stdout);
    said_length = 0;
    give();
}

static inline int64_t did(const char *what, int64_t result)
{
    printf("> %s = %" PRId64 "\n", what, result);
    settle();
    return result;
}

/* ---- values as text: one of 64 buffers each. Main and connector take turns: the one formats while the other rests -- */

static inline char *scratch(void)
{
    static char room[64][512];
    static unsigned turn;
    return room[turn++ % 64];
}

static inline const char *number(double x)
{
    char *out = scratch();
    if (x != x || x - x != 0.0)
        return x != x ? "nan" : x > 0.0 ? "inf" : "-inf";
    snprintf(out, 512, "%.17g", x);
    return out;
}

static inline char *put_utf8(char *p, uint32_t c)
{
    if (c < 0x80)
        *p++ = (char)c;
    else if (c < 0x800) {
        *p++ = (char)(0xC0 | c >> 6);
        *p++ = (char)(0x80 | (c & 0x3F));
    } else {
        *p++ = (char)(0xE0 | c >> 12);
        *p++ = (char)(0x80 | (c >> 6 & 0x3F));
        *p++ = (char)(0x80 | (c & 0x3F));
    }
    return p;
}

static inline const char *text_of(PWideChar text, int length) /* length < 0: up to the terminator */
{
    char *out = scratch(), *p = out;
    int i;
    if (!text)
        return "-";
    *p++ = '"';
    for (i = 0; i < 150 && (length < 0 ? text[i] != 0 : i < length); i++)
        p = put_utf8(p, text[i]);
    *p++ = '"';
    *p = 0;
    return out;
}
static inline const char *text(PWideChar t) { return text_of(t, -1); }

static inline const char *when(SystemTime t)
{
    char *out = scratch();
    snprintf(out, 512, "%04u-%02u-%02u/%u %02u:%02u:%02u.%03u", t.year, t.month, t.day, t.weekday, t.hour, t.minute, t.second,
             t.ms);
    return out;
}

static inline PWideChar widen(uint16_t *out, const char *ascii) /* 32 units */
{
    int i = 0;
    for (; ascii[i] && i < 31; i++)
        out[i] = (uint16_t)ascii[i];
    out[i] = 0;
    return out;
}

static inline uint64_t digest(const void *data, int n) /* FNV-1a */
{
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    int i;
    for (i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001B3);
    return h;
}

#endif

/* A cursor over the fuzzer's bytes. Each reader first takes a byte that says what sort of value follows: plausible,
 * extreme or raw, so that a mutation of one byte turns a sound argument into a hostile one. Past the end all is 0. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_CHECK(what)                                                          \
    do {                                                                          \
        if (!(what)) {                                                            \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #what); \
            abort();                                                              \
        }                                                                         \
    } while (0)

typedef struct fuzz_input {
    const uint8_t *at, *end;
} fuzz_input_t;

static inline int fuzz_over(const fuzz_input_t *in) { return in->at >= in->end; }

static inline void fuzz_bytes(fuzz_input_t *in, void *out, size_t n)
{
    size_t left = (size_t)(in->end - in->at), given = n < left ? n : left;
    memset(out, 0, n);
    if (given)
        memcpy(out, in->at, given);
    in->at += given;
}

static inline uint8_t fuzz_u8(fuzz_input_t *in) { uint8_t v; fuzz_bytes(in, &v, sizeof v); return v; }
static inline uint16_t fuzz_u16(fuzz_input_t *in) { uint16_t v; fuzz_bytes(in, &v, sizeof v); return v; }
static inline int fuzz_pick(fuzz_input_t *in, int n) { return fuzz_u8(in) % n; }

static inline int64_t fuzz_i64(fuzz_input_t *in)
{
    static const int64_t extreme[] = {0, -1, INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, INT64_C(1) << 32,
                                      -(INT64_C(1) << 32), 1000000000, 1000000001, -1000000000, -1000000001, 255, 256};
    int64_t raw;
    uint8_t sort = fuzz_u8(in);
    if (sort < 160)
        return sort % 32;
    if (sort < 224)
        return extreme[sort % (int)(sizeof extreme / sizeof extreme[0])];
    fuzz_bytes(in, &raw, sizeof raw);
    return raw;
}

static inline int32_t fuzz_i32(fuzz_input_t *in) { return (int32_t)(uint32_t)(uint64_t)fuzz_i64(in); }

/* around 5400, on half points; or an extreme; or any bits at all */
static inline double fuzz_f64(fuzz_input_t *in)
{
    static const double extreme[] = {0.0, -0.0, -1.0, (double)INFINITY, -(double)INFINITY, (double)NAN, DBL_MAX, DBL_MIN,
                                     -DBL_MAX, 5e-324, 1e-9, 1e-7, 1e9, 999999999.5, 5400.25, 5400.0000001, 2147483647.0};
    double raw;
    uint8_t sort = fuzz_u8(in);
    if (sort < 160)
        return 5380.0 + 0.5 * (sort % 80);
    if (sort < 224)
        return extreme[sort % (int)(sizeof extreme / sizeof extreme[0])];
    fuzz_bytes(in, &raw, sizeof raw);
    return raw;
}

/* UTF-16 on the heap, exactly as long as promised: `usual` as it is, or the input's own units, or null. With
 * `open_units` > 0 the input's own may lack a terminator, but then there are that many. */
static inline uint16_t *fuzz_text(fuzz_input_t *in, const char *usual, int open_units)
{
    uint8_t sort = fuzz_u8(in);
    int units = sort < 128 ? (int)strlen(usual) : sort % 40, i;
    int closed = sort < 128 || open_units == 0 || (sort & 64);
    uint16_t *text;
    if (sort == 255)
        return NULL;
    if (!closed)
        units = open_units;
    text = (uint16_t *)malloc(sizeof(uint16_t) * (size_t)(units + closed + !units));
    for (i = 0; i < units; i++)
        text[i] = sort < 128 ? (uint16_t)(unsigned char)usual[i] : (uint16_t)(closed ? fuzz_u16(in) | 1 : fuzz_u8(in) | 0x100);
    if (closed || !units)
        text[units] = 0;
    return text;
}

#endif

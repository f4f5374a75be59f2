/* Bit scans, spelled per compiler. The word must not be 0. */
#ifndef QT_BITS_H
#define QT_BITS_H

#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
static __inline int qt_lowest_bit(uint64_t w)
{
    unsigned long i;
    _BitScanForward64(&i, w);
    return (int)i;
}
static __inline int qt_highest_bit(uint64_t w)
{
    unsigned long i;
    _BitScanReverse64(&i, w);
    return (int)i;
}
#else
static inline int qt_lowest_bit(uint64_t w) { return __builtin_ctzll(w); }
static inline int qt_highest_bit(uint64_t w) { return 63 - __builtin_clzll(w); }
#endif

#endif

/* The only file that knows how this compiler spells atomics. 64-bit loads and stores
 * with acquire/release order, relaxed counters, and a CPU pause. */
#ifndef QT_ATOMICS_H
#define QT_ATOMICS_H

#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)

#include <intrin.h>
typedef volatile int64_t qt_atomic64_t;
#if defined(_M_X64) || defined(_M_IX86)
/* x86: every load acquires and every store releases; only the compiler must be held. */
static __inline int64_t qt_load_acquire(const qt_atomic64_t *p) { int64_t v = *p; _ReadWriteBarrier(); return v; }
static __inline void qt_store_release(qt_atomic64_t *p, int64_t v) { _ReadWriteBarrier(); *p = v; }
static __inline void qt_pause(void) { _mm_pause(); }
#else
static __inline int64_t qt_load_acquire(const qt_atomic64_t *p) { return (int64_t)__ldar64((unsigned __int64 volatile *)p); }
static __inline void qt_store_release(qt_atomic64_t *p, int64_t v) { __stlr64((unsigned __int64 volatile *)p, (unsigned __int64)v); }
static __inline void qt_pause(void) { __yield(); }
#endif
static __inline int64_t qt_load_relaxed(const qt_atomic64_t *p) { return *p; }
static __inline void qt_store_relaxed(qt_atomic64_t *p, int64_t v) { *p = v; }
static __inline int64_t qt_fetch_add(qt_atomic64_t *p, int64_t v) { return _InterlockedExchangeAdd64(p, v); }

#else /* gcc, clang, MinGW: builtins that need no language mode */

typedef int64_t qt_atomic64_t;
static inline int64_t qt_load_acquire(const qt_atomic64_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static inline void qt_store_release(qt_atomic64_t *p, int64_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }
static inline int64_t qt_load_relaxed(const qt_atomic64_t *p) { return __atomic_load_n(p, __ATOMIC_RELAXED); }
static inline void qt_store_relaxed(qt_atomic64_t *p, int64_t v) { __atomic_store_n(p, v, __ATOMIC_RELAXED); }
static inline int64_t qt_fetch_add(qt_atomic64_t *p, int64_t v) { return __atomic_fetch_add(p, v, __ATOMIC_RELAXED); }
#if defined(__x86_64__) || defined(__i386__)
static inline void qt_pause(void) { __builtin_ia32_pause(); }
#elif defined(__aarch64__)
static inline void qt_pause(void) { __asm__ __volatile__("yield"); }
#else
static inline void qt_pause(void) { __asm__ __volatile__("" ::: "memory"); }
#endif

#endif
/* A counter with one writer: no read-modify-write needed. */
static
#if defined(_MSC_VER) && !defined(__clang__)
    __inline
#else
    inline
#endif
    void qt_count(qt_atomic64_t *p) { qt_store_relaxed(p, qt_load_relaxed(p) + 1); }

#endif

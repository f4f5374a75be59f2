/* Threads, one lock and one condition, spelled for POSIX and for Windows. */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include "qt_clock.h"

#if defined(_WIN32)

#include <process.h>

#define SIM_EXPORT __declspec(dllexport)
#if defined(_MSC_VER) && !defined(__clang__)
#define SIM_THREAD_LOCAL __declspec(thread)
#else
#define SIM_THREAD_LOCAL _Thread_local
#endif
typedef HANDLE sim_thread_t;
typedef SRWLOCK sim_mutex_t; /* needs no initialising call */
typedef CONDITION_VARIABLE sim_cond_t;
#define SIM_THREAD_RESULT unsigned __stdcall

#define SIM_MUTEX_INIT SRWLOCK_INIT
#define SIM_COND_INIT CONDITION_VARIABLE_INIT

static inline void sim_lock(sim_mutex_t *m) { AcquireSRWLockExclusive(m); }
static inline void sim_unlock(sim_mutex_t *m) { ReleaseSRWLockExclusive(m); }
static inline void sim_cond_signal(sim_cond_t *c) { WakeConditionVariable(c); }
static inline void sim_cond_wait(sim_cond_t *c, sim_mutex_t *m) { SleepConditionVariableSRW(c, m, INFINITE, 0); }
static inline void sim_cond_wait_ns(sim_cond_t *c, sim_mutex_t *m, int64_t ns)
{
    SleepConditionVariableSRW(c, m, ns < 1000000 ? 1 : (DWORD)(ns / 1000000), 0);
}
static inline int sim_thread_start(sim_thread_t *t, unsigned(__stdcall *run)(void *), void *arg)
{
    *t = (HANDLE)_beginthreadex(NULL, 0, run, arg, 0, NULL);
    return *t ? 0 : -1;
}
static inline void sim_thread_join(sim_thread_t t)
{
    WaitForSingleObject(t, INFINITE);
    CloseHandle(t);
}

#else

#include <errno.h>
#include <pthread.h>

#define SIM_EXPORT __attribute__((visibility("default")))
#define SIM_THREAD_LOCAL _Thread_local
typedef pthread_t sim_thread_t;
typedef pthread_mutex_t sim_mutex_t;
typedef pthread_cond_t sim_cond_t;
#define SIM_THREAD_RESULT void *

#define SIM_MUTEX_INIT PTHREAD_MUTEX_INITIALIZER
#define SIM_COND_INIT PTHREAD_COND_INITIALIZER

static inline void sim_lock(sim_mutex_t *m) { pthread_mutex_lock(m); }
static inline void sim_unlock(sim_mutex_t *m) { pthread_mutex_unlock(m); }
static inline void sim_cond_signal(sim_cond_t *c) { pthread_cond_signal(c); }
static inline void sim_cond_wait(sim_cond_t *c, sim_mutex_t *m) { pthread_cond_wait(c, m); }
static inline void sim_cond_wait_ns(sim_cond_t *c, sim_mutex_t *m, int64_t ns)
{
    struct timespec t; /* an absolute instant of the wall clock: a clock step only makes one wait shorter or longer */
    int64_t until;
    clock_gettime(CLOCK_REALTIME, &t);
    until = (int64_t)t.tv_nsec + ns;
    t.tv_sec += (time_t)(until / 1000000000);
    t.tv_nsec = (long)(until % 1000000000);
    pthread_cond_timedwait(c, m, &t);
}
static inline int sim_thread_start(sim_thread_t *t, void *(*run)(void *), void *arg)
{
    return pthread_create(t, NULL, run, arg);
}
static inline void sim_thread_join(sim_thread_t t) { pthread_join(t, NULL); }

#endif
#endif

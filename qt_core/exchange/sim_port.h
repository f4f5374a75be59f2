/* Threads, one lock, one condition and a few files, spelled for POSIX and for Windows. */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include "qt_clock.h"

#include <stdlib.h>

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

/* length of a variable, 0 when there is none, -1 when it does not fit */
static inline int sim_environment(const char *name, char *out, int room)
{
    DWORD n = GetEnvironmentVariableA(name, out, (DWORD)room);
    return n < (DWORD)room ? (int)n : -1;
}

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

/* a file that one process at a time may hold */
typedef HANDLE sim_claim_t;
#define SIM_NO_CLAIM INVALID_HANDLE_VALUE
static inline sim_claim_t sim_claim(const char *path)
{
    return CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}
static inline void sim_give_up_claim(sim_claim_t claim) { CloseHandle(claim); }
/* a file that only grows: each append is one write, whole (0) or not (-1) */
typedef HANDLE sim_append_t;
#define SIM_NO_FILE INVALID_HANDLE_VALUE
static inline sim_append_t sim_append_open(const char *path)
{
    return CreateFileA(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL,
                       NULL);
}
static inline int sim_append(sim_append_t file, const void *bytes, size_t n)
{
    DWORD written = 0;
    return WriteFile(file, bytes, (DWORD)n, &written, NULL) && written == n ? 0 : -1;
}
static inline void sim_append_close(sim_append_t file) { CloseHandle(file); }
/* `to` is the old file or the new one at any instant */
static inline int sim_file_replace(const char *from, const char *to)
{
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) ? 0 : -1;
}
/* at once: no handlers, no flushing, as a killed process ends */
static inline void sim_end_process(int code) { TerminateProcess(GetCurrentProcess(), (UINT)code); }

/* whole pages, and one behind them that nobody may touch */
#define SIM_PAGE ((size_t)4096)
static inline char *sim_pages(size_t bytes)
{
    DWORD before;
    char *base = VirtualAlloc(NULL, bytes + SIM_PAGE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (base)
        VirtualProtect(base + bytes, SIM_PAGE, PAGE_NOACCESS, &before);
    return base;
}
static inline void sim_pages_free(char *base, size_t bytes)
{
    (void)bytes;
    VirtualFree(base, 0, MEM_RELEASE);
}

#else

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIM_EXPORT __attribute__((visibility("default")))
#define SIM_THREAD_LOCAL _Thread_local
typedef pthread_t sim_thread_t;
typedef pthread_mutex_t sim_mutex_t;
typedef pthread_cond_t sim_cond_t;
#define SIM_THREAD_RESULT void *

/* length of a variable, 0 when there is none, -1 when it does not fit */
static inline int sim_environment(const char *name, char *out, int room)
{
    const char *value = getenv(name);
    size_t n = value ? strlen(value) : 0;
    if (n >= (size_t)room)
        return -1;
    memcpy(out, value ? value : "", n + 1);
    return (int)n;
}

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

/* a file that one process at a time may hold */
typedef int sim_claim_t;
#define SIM_NO_CLAIM (-1)
static inline sim_claim_t sim_claim(const char *path)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return SIM_NO_CLAIM;
}
static inline void sim_give_up_claim(sim_claim_t claim) { close(claim); }
/* a file that only grows: each append is one write, whole (0) or not (-1) */
typedef int sim_append_t;
#define SIM_NO_FILE (-1)
static inline sim_append_t sim_append_open(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}
static inline int sim_append(sim_append_t file, const void *bytes, size_t n)
{
    return write(file, bytes, n) == (ssize_t)n ? 0 : -1;
}
static inline void sim_append_close(sim_append_t file) { close(file); }
/* `to` is the old file or the new one at any instant */
static inline int sim_file_replace(const char *from, const char *to) { return rename(from, to); }
/* at once: no handlers, no flushing, as a killed process ends */
static inline void sim_end_process(int code) { _exit(code); }

/* whole pages, and one behind them that nobody may touch */
#define SIM_PAGE ((size_t)16384) /* enough for every page size in use */
static inline char *sim_pages(size_t bytes)
{
    char *base = mmap(NULL, bytes + SIM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    mprotect(base + bytes, SIM_PAGE, PROT_NONE);
    return base;
}
static inline void sim_pages_free(char *base, size_t bytes) { munmap(base, bytes + SIM_PAGE); }

#endif

/* memory that ends where the next page may not be touched: one byte too far is a crash */
static inline size_t sim_whole_pages(size_t size) { return (size + SIM_PAGE - 1) / SIM_PAGE * SIM_PAGE; }
static inline void *sim_guarded(size_t size)
{
    char *base = sim_pages(sim_whole_pages(size));
    return base ? base + sim_whole_pages(size) - size : NULL;
}
static inline void sim_guarded_free(void *p, size_t size)
{
    sim_pages_free((char *)p + size - sim_whole_pages(size), sim_whole_pages(size));
}

#endif

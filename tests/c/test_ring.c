/* One thread: full, empty, wrap-around. Two threads: nothing lost but what is counted, nothing torn, order kept. */
#include "check.h"
#include "qt_clock.h"
#include "qt_ring.h"

#include <stdlib.h>

#if defined(_WIN32)
#include <process.h>
#else
#include <pthread.h>
#endif

#define CAPACITY 1024
static qt_event_t slots[CAPACITY];
static qt_ring_t ring;
static int64_t events = 2000000;

static qt_event_t numbered(int64_t n)
{
    qt_event_t ev;
    memset(&ev, 0, sizeof ev);
    ev.ts_ns = n;
    ev.qty = ~n;
    ev.id = n * 3;
    ev.price = (int32_t)n;
    ev.symbol = (uint16_t)n;
    return ev;
}

static void produce(void)
{
    int64_t n;
    for (n = 0; n < events; n++) {
        qt_event_t ev = numbered(n);
        qt_ring_try_push(&ring, &ev);
    }
}

#if defined(_WIN32)
static unsigned __stdcall producer(void *unused) { (void)unused; produce(); return 0; }
#else
static void *producer(void *unused) { (void)unused; produce(); return NULL; }
#endif

static void consume(int64_t *seen, int64_t *wrong)
{
    int64_t last = -1, n, i;
    while (*seen + qt_ring_dropped(&ring) < events || qt_ring_fill(&ring)) {
        n = qt_ring_peek(&ring);
        for (i = 0; i < n; i++) {
            const qt_event_t *ev = qt_ring_at(&ring, i);
            qt_event_t want = numbered(ev->ts_ns);
            *wrong += ev->ts_ns <= last || memcmp(ev, &want, sizeof want) != 0;
            last = ev->ts_ns;
        }
        *seen += n;
        qt_ring_pop(&ring, n);
        if (n == 0)
            qt_yield();
    }
}

static void two_threads(void)
{
    int64_t seen = 0, wrong = 0;
#if defined(_WIN32)
    HANDLE t = (HANDLE)_beginthreadex(NULL, 0, producer, NULL, 0, NULL);
#else
    pthread_t t;
    pthread_create(&t, NULL, producer, NULL);
#endif
    consume(&seen, &wrong);
#if defined(_WIN32)
    WaitForSingleObject(t, INFINITE);
#else
    pthread_join(t, NULL);
#endif
    CHECK(wrong == 0);
    CHECK(seen + qt_ring_dropped(&ring) == events);
    CHECK(seen == qt_ring_pushed(&ring));
}

static void one_thread(void)
{
    int64_t n, round;
    qt_event_t ev = numbered(7);
    CHECK(qt_ring_init(&ring, slots, 1000) == -1);
    CHECK(qt_ring_init(&ring, slots, 1) == -1);
    CHECK(qt_ring_init(&ring, slots, CAPACITY) == 0);
    CHECK(qt_ring_capacity(&ring) == CAPACITY && qt_ring_peek(&ring) == 0 && qt_ring_free(&ring) == CAPACITY);
    for (n = 0; n < CAPACITY; n++)
        CHECK(qt_ring_try_push(&ring, &ev) == 1);
    CHECK(qt_ring_try_push(&ring, &ev) == 0 && qt_ring_dropped(&ring) == 1 && qt_ring_free(&ring) == 0);
    CHECK(qt_ring_peek(&ring) == CAPACITY && qt_ring_fill(&ring) == CAPACITY);
    qt_ring_pop(&ring, CAPACITY);
    CHECK(qt_ring_peek(&ring) == 0);
    for (round = 0; round < 5000; round++) { /* wraps many times */
        ev = numbered(round);
        CHECK(qt_ring_try_push(&ring, &ev) && qt_ring_peek(&ring) == 1 && qt_ring_at(&ring, 0)->ts_ns == round);
        qt_ring_pop(&ring, 1);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        events = strtoll(argv[1], NULL, 10);
    one_thread();
    qt_ring_init(&ring, slots, CAPACITY);
    two_threads();
    return REPORT();
}

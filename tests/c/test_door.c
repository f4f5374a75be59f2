/* The door without a library: hostile offer arrays, price depth, clocks. */
#include "check.h"
#include "qt_door_book.h"

#include <stdlib.h>

#define CAPACITY 64
static qt_event_t slots[CAPACITY];
static qt_ring_t ring;
static qt_door_t door;
static int64_t freed_bytes, frees, now = INT64_C(1795446000000000000);

static int64_t test_clock(void) { return now; }
static int32_t QT_STDCALL count_free(void *p, int32_t size) { frees++; freed_bytes += size; free(p); return NL_OK; }

static void open_door(void)
{
    static const uint16_t ticker[] = {'W', 'D', 'O', 'Z', '2', '6', 0};
    int i;
    memset(&door, 0, sizeof door);
    qt_ring_init(&ring, slots, CAPACITY);
    door.ring = &ring;
    door.clock = test_clock;
    door.offset_s = QT_BRASILIA_S;
    door.depth = 20;
    door.symbols = 1;
    door.free_pointer = count_free;
    memcpy(door.symbol[0].text, ticker, sizeof ticker);
    door.symbol[0].tick.num = door.symbol[0].step.num = door.symbol[0].step.den = 1;
    door.symbol[0].tick.den = 2;
    for (i = 0; i < QT_CHANNELS; i++)
        door.channel[i] = QT_NO_CHANNEL;
}

/* exactly `size` bytes, so that a sanitizer sees any step beyond */
static unsigned char *array(int32_t entries, int32_t size, double price, uint16_t text, uint32_t flags)
{
    unsigned char *data = (unsigned char *)calloc(1, (size_t)(size < 8 ? 8 : size));
    int64_t qty = 5;
    int32_t at = 8, i;
    memcpy(data, &entries, 4);
    memcpy(data + 4, &size, 4);
    for (i = 0; i < entries && size - at >= QT_OFFER_FIXED + 4; i++, at += QT_OFFER_FIXED + text) {
        memcpy(data + at, &price, 8);
        memcpy(data + at + 8, &qty, 8);
        memcpy(data + at + 28, &text, 2);
    }
    if (size - at >= 4)
        memcpy(data + size - 4, &flags, 4);
    return data;
}

static qt_event_t last_event(void)
{
    int64_t n = qt_ring_peek(&ring);
    qt_event_t ev = *qt_ring_at(&ring, n - 1);
    qt_ring_pop(&ring, n);
    return ev;
}

static void hostile_arrays(void)
{
    static const int32_t bad[][2] = {{-1, 100}, {1, 8}, {1, 37}, {1000000, 100}, {2, 8 + 30 + 4}, {1, -5}, {0, 8}};
    size_t i;
    open_door();
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        qt_on_offer_array(&door, 0, QT_BOOK_SELL, array(bad[i][0], bad[i][1], 5400.0, 0, 3), 1);
        CHECK(qt_ring_peek(&ring) == 1 && last_event().pos == -1); /* the side is out of step */
    }
    CHECK(door.refused[QT_BAD_POSITION] == (int64_t)i && frees == (int64_t)i);
    qt_on_offer_array(&door, 0, QT_BOOK_SELL, array(1, 8 + 30 + 4, 5400.25, 0, 3), 1);
    CHECK(door.refused[QT_OFF_TICK] == 1 && last_event().pos == -1);
    qt_on_offer_array(&door, 0, QT_BOOK_SELL, array(1, 8 + 30 + 4, (double)NAN, 0, 3), 1);
    CHECK(door.refused[QT_BAD_PRICE] == 1 && last_event().pos == -1);
    qt_on_offer_array(&door, -1, QT_BOOK_SELL, array(1, 8 + 30 + 4, 5400.0, 0, 3), 1); /* nobody's: freed all the same */
    CHECK(qt_ring_peek(&ring) == 0 && frees == (int64_t)i + 3);
    qt_on_offer_array(&door, 0, QT_BOOK_SELL, NULL, 1);
    CHECK(frees == (int64_t)i + 3);
}

static void empty_image(void)
{
    qt_event_t ev;
    open_door();
    qt_on_offer_array(&door, 0, QT_BOOK_BUY, array(0, 12, 0, 0, QT_OB_FIRST_PACKET | QT_OB_LAST_PACKET), 1);
    CHECK(qt_ring_peek(&ring) == 1);
    ev = last_event();
    CHECK(ev.flags == (QT_F_FIRST | QT_F_LAST) && ev.qty == 0 && ev.price == QT_NO_PRICE && ev.side == QT_BID);
}

static void image_larger_than_the_ring(void)
{
    int i;
    open_door();
    qt_on_offer_array(&door, 0, QT_BOOK_BUY, array(70, 8 + 70 * 30 + 4, 5400.0, 0, QT_OB_FIRST_PACKET), 1);
    CHECK(door.images_dropped == 1 && qt_ring_peek(&ring) == 1 && last_event().pos == -1);
    qt_on_offer_array(&door, 0, QT_BOOK_BUY, array(1, 8 + 30 + 4, 5400.0, 0, QT_OB_LAST_PACKET), 1);
    CHECK(door.images_dropped == 2 && last_event().pos == -1); /* its last page cannot complete it */
    qt_on_offer_array(&door, 0, QT_BOOK_BUY, array(2, 8 + 60 + 4, 5400.0, 0, 3), 1);
    CHECK(qt_ring_peek(&ring) == 2 && last_event().flags == QT_F_LAST);
    for (i = 0; i < CAPACITY; i++) { /* a full ring: the mark follows when there is room */
        qt_offer_t o = {QT_BOOK_ADD, 0, QT_BOOK_BUY, 1, 5, i, 5400.0, 0, NULL};
        qt_on_offer(&door, 0, &o, 1);
    }
    {
        qt_offer_t o = {QT_BOOK_ADD, 0, QT_BOOK_BUY, 1, 5, 99, 5400.0, 0, NULL};
        qt_on_offer(&door, 0, &o, 1);
        CHECK(qt_ring_dropped(&ring) == 1 && door.symbol[0].broken[QT_BOOK_BUY]);
        qt_ring_pop(&ring, qt_ring_peek(&ring));
        qt_on_offer(&door, 0, &o, 1);
        CHECK(qt_ring_peek(&ring) == 2 && qt_ring_at(&ring, 0)->pos == -1 && qt_ring_at(&ring, 1)->id == 99);
    }
}

static int32_t QT_STDCALL endless_count(const TConnectorAssetIdentifier *a, uint8_t side) { (void)a; (void)side; return INT32_MAX; }
static int64_t groups_read;
static int32_t QT_STDCALL no_group(const TConnectorAssetIdentifier *a, uint8_t side, int32_t i, TConnectorPriceGroup *g)
{
    (void)a; (void)side; (void)i; (void)g;
    groups_read++;
    return NL_NOT_FOUND;
}

static void depth_that_never_ends(void)
{
    TConnectorAssetIdentifier a;
    memset(&a, 0, sizeof a);
    open_door();
    door.side_count = endless_count;
    door.price_group = no_group;
    qt_on_depth(&door, 0, &a, QT_BOOK_BUY, 0, QT_PD_FULL_BOOK, 1);
    CHECK(groups_read == 4 * QT_DEPTH_MAX && qt_ring_peek(&ring) == 1);
}

/* a change lost between two pages: the image that they make up is not whole, and must not look so */
static void row_lost_between_pages(void)
{
    qt_offer_t o = {QT_BOOK_ADD, 0, QT_BOOK_BUY, 1, 5, 7, 5400.0, 0, NULL};
    int i;
    open_door();
    qt_on_offer_array(&door, 0, QT_BOOK_BUY, array(1, 8 + 30 + 4, 5400.0, 0, QT_OB_FIRST_PACKET), 1);
    for (i = 0; i < CAPACITY; i++)
        qt_on_offer(&door, 0, &o, 1);
    CHECK(qt_ring_dropped(&ring) == 1);
    qt_ring_pop(&ring, qt_ring_peek(&ring));
    qt_on_offer_array(&door, 0, QT_BOOK_BUY, array(1, 8 + 30 + 4, 5400.0, 0, QT_OB_LAST_PACKET), 1);
    CHECK(qt_ring_peek(&ring) == 2 && qt_ring_at(&ring, 0)->pos == -1 && qt_ring_at(&ring, 0)->code != QT_BOOK_IMAGE);
}

static void trade_clock(void)
{
    qt_symbol_t *s = &door.symbol[0];
    int i;
    open_door();
    CHECK(qt_trade_clock(s, now, now) == QT_OK);
    CHECK(qt_trade_clock(s, now - QT_SECOND_NS, now) == QT_OK && s->last_ns == now);
    CHECK(qt_trade_clock(s, now - QT_SECOND_NS - 1, now) == QT_TIME_BACK);
    CHECK(qt_trade_clock(s, now + QT_FUTURE_NS + 1, now) == QT_BAD_TIME);
    CHECK(qt_trade_clock(s, now + QT_FUTURE_NS / 2, now) == QT_OK); /* a lie that no single check can see */
    for (i = 0; i < QT_BACK_RUN; i++)
        CHECK(qt_trade_clock(s, now + i, now) == QT_TIME_BACK);
    CHECK(qt_trade_clock(s, now + i, now) == QT_OK && s->last_ns == now + i); /* is outvoted */
}

static void stamps_never_decrease(void)
{
    open_door();
    qt_on_tiny(&door, 0, 5400.0, 1, 0, 1);
    now -= 1000000000;
    qt_on_tiny(&door, 0, 5400.5, 1, 1, 2);
    CHECK(qt_ring_peek(&ring) == 2 && qt_ring_at(&ring, 0)->ts_ns == qt_ring_at(&ring, 1)->ts_ns);
    now += 1000000000;
    qt_on_tiny(&door, 0, -5400.5, 1, 1, 2);
    qt_on_tiny(&door, 0, 5400.5, -1, 1, 2);
    qt_on_tiny(&door, 0, 5400.5, 1, 7, 2);
    qt_on_tiny(&door, 0, 1e-9, 1, 1, 2); /* rounds to no price at all */
    qt_on_daily(&door, 0, NULL, 5400.0, 1, -1, 2);
    CHECK(qt_ring_peek(&ring) == 2);
    CHECK(door.refused[QT_BAD_PRICE] == 2 && door.refused[QT_BAD_QTY] == 2 && door.refused[QT_BAD_TYPE] == 1);
}

/* An hour forwards, an hour back: stamps go on by the monotonic clock, the jump is known, a small step is followed. */
static void wall_clock_jumps(void)
{
    const int64_t hour = 3600 * QT_SECOND_NS;
    int64_t before, jumps[2] = {hour, -hour};
    int i;
    for (i = 0; i < 2; i++) {
        open_door();
        door.clock = NULL;
        before = qt_stamp(&door, qt_mono_ns());
        CHECK(qt_clock_skew(&door) == 0);
        qt_store_relaxed(&door.wall_shift_ns, jumps[i]);
        door.wall_read_ns = 0; /* as if a millisecond had passed */
        CHECK(qt_stamp(&door, qt_mono_ns()) - before < QT_SECOND_NS);
        CHECK(qt_clock_now(&door) - before < QT_SECOND_NS && qt_clock_now(&door) >= before);
        CHECK(qt_clock_skew(&door) - jumps[i] < QT_SECOND_NS && jumps[i] - qt_clock_skew(&door) < QT_SECOND_NS);
        qt_store_relaxed(&door.wall_shift_ns, QT_SECOND_NS);
        CHECK(qt_clock_skew(&door) == 0);
        CHECK(qt_clock_now(&door) - before >= QT_SECOND_NS);
    }
}

int main(void)
{
    hostile_arrays();
    empty_image();
    image_larger_than_the_ring();
    row_lost_between_pages();
    depth_that_never_ends();
    trade_clock();
    stamps_never_decrease();
    wall_clock_jumps();
    return REPORT();
}

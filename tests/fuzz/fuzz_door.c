/* The door under arbitrary callbacks: whatever the library says, what enters the ring is plausible, every refusal is
 * counted, every array is freed exactly once with its header's size, and nothing outside the arguments is read. */
#include "fuzz_door_world.h"

/* ---- callbacks, in the shape of qt_core/trampolines.pyx ---- */

typedef struct names { /* what a callback's asset points to */
    uint16_t *ticker, *exchange;
} names_t;

static names_t any_names(void)
{
    names_t n = {fuzz_text(&input, fuzz_u8(&input) & 1 ? "WDOZ26" : "WINZ26", QT_TICKER_UNITS), fuzz_text(&input, "F", 8)};
    return n;
}

static void drop_names(names_t n) { free(n.ticker); free(n.exchange); }

static TConnectorAssetIdentifier asset_of(names_t n)
{
    TConnectorAssetIdentifier a;
    memset(&a, 0, sizeof a);
    a.Ticker = n.ticker;
    a.Exchange = n.exchange;
    return a;
}

static int symbol_of(names_t n)
{
    int symbol = qt_find_symbol(&door, n.ticker);
    FUZZ_CHECK(symbol >= -1 && symbol < SYMBOLS);
    if (symbol < 0)
        qt_refuse(&door, QT_BAD_TICKER);
    return symbol;
}

static uint8_t flag_of(uint16_t given, unsigned bit) { return (uint8_t)(given & 0xFF ? bit : 0u); }

static void trade(names_t n)
{
    TConnectorAssetIdentifier a = asset_of(n);
    int64_t before = pushed() + refused() + lost();
    qt_on_trade(&door, &a, (void *)(intptr_t)fuzz_i64(&input), (uint32_t)fuzz_i32(&input), entered_ns);
    FUZZ_CHECK(pushed() + refused() + lost() == before + 1);
}

static void history(names_t n)
{
    TConnectorAssetIdentifier a = asset_of(n);
    uint8_t flags = fuzz_u8(&input);
    int64_t before = pushed() + refused() + lost();
    int symbol = qt_find_symbol(&door, n.ticker);
    int muted = symbol >= 0 && qt_load_relaxed(&door.symbol[symbol].history_mode) == QT_HISTORY_MUTED;
    qt_on_history(&door, &a, (void *)(intptr_t)fuzz_i64(&input), flags, entered_ns);
    FUZZ_CHECK(muted || pushed() + refused() + lost() > before);
}

static void history_begin(void) { qt_history_begin(&door.symbol[fuzz_pick(&input, SYMBOLS)], fuzz_pick(&input, 3)); }

static void progress(int symbol) { qt_on_progress(&door, symbol, fuzz_i32(&input), entered_ns); }

static void tiny(int symbol)
{
    double price = fuzz_f64(&input);
    int32_t qty = fuzz_i32(&input);
    qt_on_tiny(&door, symbol, price, qty, fuzz_i32(&input) & (fuzz_u8(&input) & 1 ? 1 : -1), entered_ns);
}

static void theoretical(int symbol)
{
    double price = fuzz_f64(&input);
    qt_on_theoretical(&door, symbol, price, fuzz_i64(&input), entered_ns);
}

static void daily(int symbol)
{
    uint16_t *date = fuzz_text(&input, "18/11/2026 10:30:15.250", QT_TIME_TEXT);
    double close = fuzz_f64(&input);
    int32_t qty = fuzz_i32(&input);
    qt_on_daily(&door, symbol, date, close, qty, fuzz_i32(&input), entered_ns);
    free(date);
}

static void phase(int symbol)
{
    uint16_t *date = fuzz_text(&input, "18/11/2026 10:30:15", QT_TIME_TEXT);
    qt_on_phase(&door, symbol, date, fuzz_i32(&input), entered_ns);
    free(date);
}

/* entries, sizes and dates as the input has them; as many bytes as the header says, at least the header */
static void *any_array(void)
{
    uint8_t sort = fuzz_u8(&input);
    int32_t entries = sort < 224 ? sort % 8 : fuzz_i32(&input), size, at = QT_OFFER_HEAD, i;
    uint16_t text = sort & 8 ? 23 : 0;
    unsigned char *data;
    size = sort < 200 ? QT_OFFER_HEAD + (sort % 8) * (QT_OFFER_FIXED + text) + 4 : fuzz_i32(&input) % MAX_ARRAY;
    data = (unsigned char *)malloc((size_t)(size < QT_OFFER_HEAD ? QT_OFFER_HEAD : size));
    memset(data, 0, (size_t)(size < QT_OFFER_HEAD ? QT_OFFER_HEAD : size));
    memcpy(data, &entries, 4);
    memcpy(data + 4, &size, 4);
    for (i = 0; i < entries && size - at >= QT_OFFER_FIXED + text && !fuzz_over(&input); i++, at += QT_OFFER_FIXED + text) {
        double price = fuzz_f64(&input);
        int64_t qty = fuzz_i64(&input);
        uint16_t told = fuzz_u8(&input) < 250 ? text : fuzz_u16(&input);
        memcpy(data + at, &price, 8);
        memcpy(data + at + 8, &qty, 8);
        memcpy(data + at + 28, &told, 2);
        if (text)
            memcpy(data + at + QT_OFFER_FIXED, fuzz_u8(&input) & 1 ? "18/11/2026 10:30:15.250" : "00/00/0000 99:99:99.999", 23);
    }
    if (size - at > 0)
        fuzz_bytes(&input, data + at, (size_t)(size - at));
    live_array = data;
    live_size = size;
    return data;
}

typedef struct before { /* figures before an offer callback */
    int64_t pushed, missing, dropped;
} before_t;

static int64_t missing(void) { return refused() + qt_load_relaxed(&door.images_dropped); }

static before_t before_offer(void)
{
    before_t b = {pushed(), missing(), qt_ring_dropped(&ring)};
    return b;
}

/* something refused or lost on this side: what follows on it must begin with a mark or an image */
static void offer_checked(int symbol, int side, before_t b)
{
    if (symbol < 0 || side < 0 || side > 1)
        return;
    owed[symbol][side] |= missing() > b.missing;
    check_new(b.pushed);
    owed[symbol][side] |= qt_ring_dropped(&ring) > b.dropped;
}

static void offer_image(int symbol)
{
    int side = fuzz_pick(&input, 2);
    void *array = fuzz_u8(&input) < 240 ? any_array() : NULL;
    before_t b = before_offer();
    qt_on_offer_array(&door, symbol, side, array, entered_ns);
    FUZZ_CHECK(live_array == NULL);
    offer_checked(symbol, side, b);
}

static void offer(int symbol)
{
    qt_offer_t o;
    uint16_t *date = fuzz_text(&input, "18/11/2026 10:30:15.250", QT_TIME_TEXT);
    uint16_t has_date = fuzz_u16(&input);
    before_t b = before_offer();
    memset(&o, 0, sizeof o);
    o.action = fuzz_i32(&input) & (fuzz_u8(&input) & 1 ? 3 : -1);
    o.position = fuzz_i32(&input);
    o.side = fuzz_i32(&input) & (fuzz_u8(&input) & 1 ? 1 : -1);
    o.agent = fuzz_i32(&input);
    o.qty = fuzz_i64(&input);
    o.id = fuzz_i64(&input);
    o.price = fuzz_f64(&input);
    o.flags = (uint8_t)(flag_of(fuzz_u16(&input), QT_F_HAS_PRICE) | flag_of(fuzz_u16(&input), QT_F_HAS_QTY) |
                        flag_of(fuzz_u16(&input), QT_F_HAS_ID) | flag_of(fuzz_u16(&input), QT_F_HAS_AGENT));
    o.date = has_date & 0xFF ? date : NULL;
    qt_on_offer(&door, symbol, &o, entered_ns);
    free(date);
    if (o.action >= QT_BOOK_ADD && o.action <= QT_BOOK_DELETE_FROM)
        offer_checked(symbol, o.side, b);
}

static void depth(int symbol, names_t n)
{
    TConnectorAssetIdentifier a = asset_of(n);
    uint8_t side = fuzz_u8(&input) & (fuzz_u8(&input) & 1 ? 1 : 255);
    int32_t position = fuzz_i32(&input);
    qt_on_depth(&door, symbol, &a, side, position, fuzz_u8(&input) % 10, entered_ns);
}

static void state(void)
{
    int32_t type = fuzz_i32(&input);
    qt_on_state(&door, type, fuzz_i32(&input), entered_ns);
}

static void notice(void)
{
    static const int kinds[] = {QT_EV_ACCOUNT, QT_EV_ORDER_UPDATE};
    int kind = kinds[fuzz_pick(&input, 2)];
    int32_t a = fuzz_i32(&input);
    qt_on_notice(&door, kind, 0, a, fuzz_pick(&input, 2), fuzz_i64(&input), entered_ns);
}

static void invalid(names_t n)
{
    int symbol = qt_find_symbol(&door, n.ticker);
    qt_on_notice(&door, QT_EV_INVALID_TICKER, symbol >= 0 ? symbol : (int)QT_UNKNOWN_SYMBOL, 0, 0, 0, entered_ns);
}

static void drain(void)
{
    int64_t n = qt_ring_peek_all(&ring), some = fuzz_pick(&input, CAPACITY + 1);
    qt_ring_pop(&ring, n < some ? n : some);
}

static void pass_time(void)
{
    now_ns += fuzz_i64(&input) % YEAR_NS; /* the clock may be put back */
    entered_ns++;
}

static void by_symbol(int what, names_t n)
{
    int symbol = symbol_of(n);
    if (what == 8)
        offer_image(symbol); /* freed even when nobody wants it */
    else if (symbol >= 0)
        switch (what) {
        case 3: progress(symbol); break;
        case 4: tiny(symbol); break;
        case 5: theoretical(symbol); break;
        case 6: daily(symbol); break;
        case 7: phase(symbol); break;
        case 9: offer(symbol); break;
        default: depth(symbol, n); break;
        }
}

static void step(int what)
{
    names_t n = {NULL, NULL};
    int64_t before = pushed();
    if (what < 11)
        n = any_names();
    entered_ns++;
    switch (what) {
    case 0: trade(n); break;
    case 1: history(n); break;
    case 2: invalid(n); break;
    case 11: state(); break;
    case 12: notice(); break;
    case 13: drain(); break;
    case 14: pass_time(); break;
    case 15: history_begin(); break;
    default: by_symbol(what, n); break;
    }
    if (what != 8 && what != 9)
        check_new(before);
    check_guards();
    drop_names(n);
}

static void name_symbol(int i, const char *ticker, qt_scale_t tick, double multiplier)
{
    int k;
    for (k = 0; ticker[k]; k++)
        door.symbol[i].text[k] = (uint16_t)(unsigned char)ticker[k];
    door.symbol[i].tick = tick;
    door.symbol[i].step.num = door.symbol[i].step.den = 1;
    door.symbol[i].multiplier = multiplier;
}

static void open_door(void)
{
    static const qt_scale_t half = {1, 2}, five = {5, 1};
    int i;
    memset(&arena, GUARD, sizeof arena);
    memset(intact, GUARD, sizeof intact);
    memset(&door, 0, sizeof door);
    memset(owed, 0, sizeof owed);
    qt_ring_init(&ring, arena.slots, CAPACITY);
    door.ring = &ring;
    door.clock = market_clock;
    door.offset_s = QT_BRASILIA_S;
    door.depth = 1 + fuzz_pick(&input, QT_DEPTH_MAX);
    door.symbols = SYMBOLS;
    door.translate = any_trade;
    door.price_group = any_group;
    door.side_count = any_count;
    door.theoretical = any_theoretical;
    door.free_pointer = free_once;
    name_symbol(0, "WDOZ26", half, 10.0);
    name_symbol(1, "WINZ26", five, 0.2);
    for (i = 0; i < QT_CHANNELS; i++)
        door.channel[i] = QT_NO_CHANNEL;
    now_ns = INT64_C(1795008615000000000); /* 2026-11-18 10:30:15 in Brasilia */
    seen_ts_ns = entered_ns = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input.at = data;
    input.end = data + size;
    open_door();
    while (!fuzz_over(&input))
        step(fuzz_pick(&input, 16));
    return 0;
}

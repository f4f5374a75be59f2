/* Order callbacks with arbitrary details: lengths that lie, texts without an end, records written beyond their size. What
 * is passed on is possible, what is not is counted, and each callback yields one event and at most one record. */
#include "fuzz_input.h"
#include "qt_door_orders.h"

enum { EVENTS = 64, UPDATES = 16, GUARD = 0x5A };

static struct {
    unsigned char before[64];
    qt_order_update_t slots[UPDATES];
    unsigned char between[64];
    qt_order_desk_t desk;
    unsigned char after[64];
} arena;
static unsigned char intact[64];
static qt_event_t slots[EVENTS];
static qt_ring_t ring;
static qt_update_ring_t updates;
static qt_accounts_t accounts;
static qt_door_t door;
static fuzz_input_t input;
static int64_t entered_ns, now_ns;

#define desk (arena.desk)

static int64_t market_clock(void) { return now_ns; }

/* ---- the library's side ---- */

/* as the vendor writes it: exactly that many units of the caller's buffer, without a terminator */
static void any_units(uint16_t *to, int32_t units, int32_t most)
{
    int32_t i;
    for (i = 0; to && i < units && i < most; i++)
        to[i] = (uint16_t)(i < 12 ? fuzz_u16(&input) : 'x');
}

static int32_t any_length(void)
{
    uint8_t sort = fuzz_u8(&input);
    return sort < 200 ? sort : fuzz_i32(&input);
}

static void any_order(TConnectorOrderOut *o)
{
    o->OrderID.LocalOrderID = fuzz_i64(&input);
    o->Quantity = fuzz_i64(&input);
    o->TradedQuantity = fuzz_i64(&input);
    o->LeavesQuantity = fuzz_i64(&input);
    o->Price = fuzz_f64(&input);
    o->StopPrice = fuzz_f64(&input);
    o->AveragePrice = fuzz_f64(&input);
    o->OrderSide = fuzz_u8(&input);
    o->OrderType = fuzz_u8(&input);
    o->OrderStatus = fuzz_u8(&input);
    o->AccountID.AccountIDLength = any_length();
    o->AccountID.SubAccountIDLength = any_length();
    any_units(o->AccountID.AccountID, 12, 12);
}

static int32_t QT_STDCALL any_details(TConnectorOrderOut *o)
{
    uint8_t sort = fuzz_u8(&input);
    FUZZ_CHECK(o->Version <= 1 && o->OrderID.Version == 0);
    if (sort >= 250)
        return sort & 1 ? NL_VERSION_NOT_SUPPORTED : NL_NOT_FOUND;
    if (sort >= 245) /* a library whose record is longer than ours */
        fuzz_bytes(&input, (unsigned char *)o + sizeof *o, QT_GUARD_BYTES);
    any_order(o);
    any_units(o->TextMessage, o->TextMessageLength, 2 * QT_ASKED_TEXT);
    any_units(o->AssetID.Ticker, o->AssetID.TickerLength, 2 * QT_ASKED_SYMBOL);
    any_units(o->AssetID.Exchange, o->AssetID.ExchangeLength, 2 * QT_ASKED_SYMBOL);
    o->TextMessageLength = any_length(); /* may be another length the second time */
    o->AssetID.TickerLength = any_length();
    o->AssetID.ExchangeLength = fuzz_pick(&input, 4) - 1;
    return NL_OK;
}

/* ---- what must hold ---- */

static int possible_points(double p) { return p > -QT_MAX_POINTS && p < QT_MAX_POINTS; }

static void check_texts(const qt_order_update_t *u)
{
    FUZZ_CHECK(u->cl_ord_n <= QT_CL_ORD_UNITS && u->account_n <= QT_ACCOUNT_UNITS && u->sub_account_n <= QT_ACCOUNT_UNITS);
    FUZZ_CHECK(u->ticker_n <= QT_SYMBOL_UNITS && u->text_n <= QT_MESSAGE_UNITS && u->exchange < 128);
    FUZZ_CHECK((u->cut & ~(QT_CUT_CL_ORD | QT_CUT_ACCOUNT | QT_CUT_TICKER | QT_CUT_TEXT)) == 0);
}

static void check_order(const qt_order_update_t *u)
{
    FUZZ_CHECK(u->traded >= 0 && u->traded <= u->qty && u->qty <= QT_MAX_ORDER_QTY && u->leaves >= 0);
    FUZZ_CHECK(possible_points(u->price) && possible_points(u->stop_price) && possible_points(u->avg_price));
    FUZZ_CHECK((u->traded == 0) == (u->avg_price == 0.0));
}

static void check_unread(const qt_order_update_t *u)
{
    FUZZ_CHECK(u->qty == 0 && u->traded == 0 && u->leaves == 0 && u->price == -1.0 && u->text_n == 0 && u->ticker_n == 0);
}

static void check_update(const qt_order_update_t *u)
{
    FUZZ_CHECK(u->recv_ns == entered_ns && (u->source == QT_UPDATE_ORDER || u->source == QT_UPDATE_MESSAGE));
    check_texts(u);
    if (u->error)
        check_unread(u);
    else if (u->source == QT_UPDATE_ORDER)
        check_order(u);
}

static int64_t told(void) { return qt_load_relaxed(&door.pushed[QT_EV_ORDER_UPDATE]) + qt_ring_dropped(&ring); }
static int64_t recorded(void) { return qt_spsc_pushed(&updates) + qt_spsc_dropped(&updates); }
static int64_t troubles(void)
{
    return qt_load_relaxed(&desk.unread) + qt_load_relaxed(&desk.nonsense) + qt_load_relaxed(&desk.overrun);
}

static void check_guards(void)
{
    FUZZ_CHECK(!memcmp(arena.before, intact, 64) && !memcmp(arena.between, intact, 64) && !memcmp(arena.after, intact, 64));
    FUZZ_CHECK(qt_load_relaxed(&accounts.count) <= QT_MAX_ACCOUNTS);
}

/* one more event, one more record kept or counted as lost; the new record is sound */
static void check_step(int64_t events, int64_t records, int64_t pushed, int64_t bad)
{
    int64_t n = qt_spsc_peek_all(&updates);
    FUZZ_CHECK(told() == events + 1 && recorded() == records + 1);
    if (qt_spsc_pushed(&updates) > pushed) {
        const qt_order_update_t *u = qt_updates_at(&updates, n - 1);
        check_update(u);
        FUZZ_CHECK((troubles() > bad) == (u->error != 0));
    } else
        FUZZ_CHECK(troubles() == bad);
}

/* ---- steps ---- */

static void order(void)
{
    TConnectorOrderIdentifier id;
    uint16_t *name = fuzz_text(&input, "SIM0000000001", 0);
    int64_t events = told(), records = recorded(), pushed = qt_spsc_pushed(&updates), bad = troubles();
    memset(&id, 0, sizeof id);
    id.Version = fuzz_u8(&input);
    id.LocalOrderID = fuzz_i64(&input);
    id.ClOrderID = name;
    qt_on_order(&door, &desk, &id, entered_ns);
    check_step(events, records, pushed, bad);
    free(name);
}

static void message(void)
{
    TConnectorTradingMessageResult m;
    uint16_t *name = fuzz_text(&input, "SIM0000000001", 0), *text = fuzz_text(&input, "Rejeitada", 0);
    int64_t events = told(), records = recorded(), pushed = qt_spsc_pushed(&updates), bad = troubles();
    memset(&m, 0, sizeof m);
    m.BrokerID = fuzz_i32(&input);
    m.OrderID.LocalOrderID = fuzz_i64(&input);
    m.OrderID.ClOrderID = name;
    m.MessageID = fuzz_i64(&input);
    m.ResultCode = fuzz_u8(&input);
    m.Message = text;
    m.MessageLength = fuzz_i32(&input);
    qt_on_message(&door, &desk, &m, entered_ns);
    check_step(events, records, pushed, bad);
    free(name);
    free(text);
}

static void account(void)
{
    uint16_t *name = fuzz_text(&input, "Corretora Simulador", 0), *id = fuzz_text(&input, "1000001", 0);
    uint16_t *holder = fuzz_text(&input, "Maria", 0);
    qt_on_account(&door, &desk, fuzz_i32(&input), name, id, holder, entered_ns);
    free(name);
    free(id);
    free(holder);
}

static void drain(void)
{
    int64_t events = qt_ring_peek_all(&ring), records = qt_spsc_peek_all(&updates), some = fuzz_pick(&input, EVENTS);
    qt_ring_pop(&ring, events < some ? events : some);
    qt_spsc_pop(&updates, records < some ? records : some);
}

static void step(int what)
{
    entered_ns++;
    switch (what) {
    case 0: case 1: case 2: case 3: order(); break;
    case 4: message(); break;
    case 5: account(); break;
    case 6: now_ns += fuzz_i32(&input); break;
    default: drain(); break;
    }
    check_guards();
}

static void open_desk(void)
{
    memset(&arena, GUARD, sizeof arena.before + sizeof arena.slots + sizeof arena.between);
    memset(&desk, 0, sizeof desk);
    memset(arena.after, GUARD, sizeof arena.after);
    memset(intact, GUARD, sizeof intact);
    memset(&door, 0, sizeof door);
    accounts.count = 0;
    qt_ring_init(&ring, slots, EVENTS);
    qt_updates_init(&updates, arena.slots, UPDATES);
    door.ring = &ring;
    door.clock = market_clock;
    desk.ring = &updates;
    desk.accounts = &accounts;
    desk.details = any_details;
    desk.version = 1;
    now_ns = INT64_C(1795008615000000000);
    entered_ns = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input.at = data;
    input.end = data + size;
    open_desk();
    while (!fuzz_over(&input))
        step(fuzz_pick(&input, 8));
    return 0;
}

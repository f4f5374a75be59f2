/* Recordings of arbitrary events as the market: refused with a sentence, or played through with our orders inside them. */
#include "fuzz_exchange_world.h"
#include "qt_play.h"

enum { MOST_EVENTS = 400 };

int32_t SIM_Play(const qt_event_t *events, int64_t n, const qt_play_header_t *terms);
int32_t SIM_Release(void);
const char *SIM_Error(void);

static qt_play_header_t any_terms(int64_t count)
{
    qt_play_header_t t;
    memset(&t, 0, sizeof t);
    memcpy(t.magic, QT_PLAY_MAGIC, sizeof t.magic);
    t.header_bytes = sizeof t;
    t.event_bytes = sizeof(qt_event_t);
    t.count = count;
    t.multiplier = 10.0;
    t.tick_num = t.lot = t.multiple = 1;
    t.tick_den = 2;
    t.touch = 10;
    t.exchange = 'F';
    strcpy(t.symbol, "WDOZ26");
    strcpy(t.alias, "WDOFUT");
    if (fuzz_u8(&input) >= 192) /* anything anywhere in it */
        fuzz_bytes(&input, (char *)&t + fuzz_u8(&input) % (sizeof t - 8), 1 + fuzz_u8(&input) % 8);
    return t;
}

static qt_event_t any_event(int64_t *now_ns)
{
    static const uint8_t kinds[] = {QT_EV_TRADE, QT_EV_LEVEL, QT_EV_ORDER, QT_EV_QUOTE, QT_EV_PHASE, QT_EV_HISTORY};
    uint8_t sort = fuzz_u8(&input);
    qt_event_t e;
    memset(&e, 0, sizeof e);
    *now_ns += (int64_t)(sort & 15) * INT64_C(1000000);
    e.ts_ns = *now_ns;
    e.kind = kinds[fuzz_u8(&input) % sizeof kinds];
    e.price = 10800 + fuzz_u8(&input) % 16;
    e.qty = fuzz_u8(&input) % 32;
    e.id = fuzz_u8(&input);
    e.code = fuzz_u8(&input) % 5;
    e.side = (int8_t)(fuzz_u8(&input) % 3 - 1);
    e.flags = fuzz_u8(&input) % 4;
    e.b = fuzz_u8(&input) % 4;
    if (sort >= 224)
        fuzz_bytes(&input, (char *)&e + fuzz_u8(&input) % 56, 1 + sort % 8);
    return e;
}

/* exactly as long as it says */
static qt_event_t *any_recording(int64_t *n)
{
    static qt_event_t made[MOST_EVENTS];
    int64_t now_ns = INT64_C(1795008615000000000);
    for (*n = 0; *n < MOST_EVENTS && !fuzz_over(&input); ++*n)
        made[*n] = any_event(&now_ns);
    return (qt_event_t *)exact(made, (size_t)*n * sizeof *made + !*n);
}

static void order(uint8_t what)
{
    static const uint16_t ticker[] = {'W', 'D', 'O', 'Z', '2', '6', 0}, letter[] = {'F', 0};
    static const uint16_t account[] = {'1', '0', '0', '0', '0', '0', '1', 0};
    TConnectorSendOrder r;
    memset(&r, 0, sizeof r);
    r.Version = 1;
    r.AccountID.BrokerID = SIM_BROKER_ID;
    r.AccountID.AccountID = account;
    r.AssetID.Ticker = ticker;
    r.AssetID.Exchange = letter;
    r.Password = letter;
    r.OrderType = what & 1 ? QT_ORDER_LIMIT : QT_ORDER_MARKET;
    r.OrderSide = what & 2 ? QT_ORDER_BUY : QT_ORDER_SELL;
    r.Price = 5400.0 + 0.5 * (what >> 4);
    r.StopPrice = -1.0;
    r.Quantity = 1 + (what >> 2) % 4;
    SendOrder(&r);
}

static void play(uint8_t plan)
{
    static const uint16_t text[] = {'x', 0}, ticker[] = {'W', 'D', 'O', 'Z', '2', '6', 0}, letter[] = {'F', 0};
    int i;
    DLLInitializeLogin(text, text, text, on_state, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    SetTradeCallbackV2(on_trade);
    SetOfferBookCallbackV2(on_offer);
    SetPriceDepthCallback(on_depth);
    SetOrderCallback(on_order);
    until_rest();
    SubscribeTicker(ticker, letter);
    SubscribeOfferBook(ticker, letter);
    for (i = 0; i < plan % 8; i++)
        order((uint8_t)(plan * 31 + i * 17));
    SIM_Release();
    until_rest();
    check_ledger();
    DLLFinalize();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t plan;
    int64_t n;
    qt_event_t *events;
    qt_play_header_t terms;
    input.at = data;
    input.end = data + size;
    plan = fuzz_u8(&input);
    free_manner = 0;
    terms = any_terms(0);
    events = any_recording(&n);
    terms.count = terms.count ? terms.count : n;
    SIM_Set("speed", "0");
    SIM_Set("hold", "1");
    SIM_Faults("");
    if (SIM_Play(events, n, &terms) == 0)
        play(plan);
    else
        FUZZ_CHECK(SIM_Error()[0]);
    free(events);
    SIM_Set("play", "");
    return 0;
}

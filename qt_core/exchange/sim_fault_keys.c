/* What a fault script may say: kinds, their keys, the words and ranges of values. Everything else is refused by line. */
#include "sim.h"
#include "sim_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct word { const char *name; int64_t value; } word_t;

static const word_t CALLBACKS[] = {
    {"trade", SIM_CB_TRADE}, {"history", SIM_CB_HISTORY}, {"offer", SIM_CB_OFFER}, {"depth", SIM_CB_DEPTH},
    {"tiny", SIM_CB_TINY}, {"daily", SIM_CB_DAILY}, {"phase", SIM_CB_PHASE}, {"theoretical", SIM_CB_THEORETICAL},
    {"state", SIM_CB_STATE}, {"progress", SIM_CB_PROGRESS}, {"account", SIM_CB_ACCOUNT}, {"order", SIM_CB_ORDER},
    {"message", SIM_CB_MESSAGE}, {"price", SIM_CB_PRICE}, {"any", SIM_CB_ANY}, {NULL, 0}};
static const word_t STAGES[] = {
    {"client", QT_STATUS_CLIENT_CREATED}, {"server", QT_STATUS_AT_ORDER_SERVER}, {"new", QT_STATUS_NEW},
    {"partial", QT_STATUS_PARTIAL}, {"filled", QT_STATUS_FILLED}, {"canceled", QT_STATUS_CANCELED},
    {"replaced", QT_STATUS_REPLACED}, {"pending_cancel", QT_STATUS_PENDING_CANCEL}, {"rejected", QT_STATUS_REJECTED},
    {"final", SIM_STAGE_FINAL}, {NULL, 0}};
static const word_t CHANNELS[] = {
    {"market", SIM_DOWN_MARKET}, {"routing", SIM_DOWN_ROUTING}, {"broker", SIM_DOWN_BROKER},
    {"all", SIM_DOWN_MARKET | SIM_DOWN_ROUTING}, {NULL, 0}};
static const word_t ANSWERS[] = {
    {"login", SIM_ANSWER_LOGIN}, {"internal", SIM_ANSWER_INTERNAL}, {"mute", SIM_ANSWER_MUTE}, {NULL, 0}};
static const word_t FIELDS[] = {
    {"price", SIM_FIELD_PRICE}, {"qty", SIM_FIELD_QTY}, {"date", SIM_FIELD_DATE}, {"text", SIM_FIELD_TEXT},
    {"type", SIM_FIELD_TYPE}, {"position", SIM_FIELD_POSITION}, {"side", SIM_FIELD_SIDE},
    {"number", SIM_FIELD_NUMBER}, {NULL, 0}};
static const word_t VALUES[] = {
    {"nan", SIM_VALUE_NAN}, {"inf", SIM_VALUE_INF}, {"-inf", SIM_VALUE_MINUS_INF}, {"huge", SIM_VALUE_HUGE},
    {"negative", SIM_VALUE_NEGATIVE}, {"zero", SIM_VALUE_ZERO}, {"1970", SIM_VALUE_1970}, {"2099", SIM_VALUE_2099},
    {"unterminated", SIM_VALUE_UNTERMINATED}, {"surrogate", SIM_VALUE_SURROGATE}, {"narrow", SIM_VALUE_NARROW},
    {"unknown", SIM_VALUE_UNKNOWN}, {NULL, 0}};
static const word_t KILL_POINTS[] = {
    {"login", SIM_POINT_LOGIN}, {"subscribe", SIM_POINT_SUBSCRIBE}, {"history", SIM_POINT_HISTORY},
    {"before_send", SIM_POINT_BEFORE_SEND}, {"after_send", SIM_POINT_AFTER_SEND}, {"accepted", SIM_POINT_ACCEPTED},
    {"new", SIM_POINT_NEW}, {"partial", SIM_POINT_PARTIAL}, {"filled", SIM_POINT_FILLED},
    {"before_cancel", SIM_POINT_BEFORE_CANCEL}, {"after_cancel", SIM_POINT_AFTER_CANCEL},
    {"canceled", SIM_POINT_CANCELED}, {"rejected", SIM_POINT_REJECTED}, {"finalize", SIM_POINT_FINALIZE}, {NULL, 0}};
#define CODE(name) {#name, name}
static const word_t CODES[] = {
    CODE(NL_INTERNAL_ERROR), CODE(NL_NOT_INITIALIZED), CODE(NL_INVALID_ARGS), CODE(NL_WAITING_SERVER),
    CODE(NL_NO_LOGIN), CODE(NL_NO_LICENSE), CODE(NL_OUT_OF_RANGE), CODE(NL_MARKET_ONLY), CODE(NL_NO_POSITION),
    CODE(NL_NOT_FOUND), CODE(NL_VERSION_NOT_SUPPORTED), CODE(NL_EXCHANGE_UNKNOWN), CODE(NL_LICENSE_NOT_ALLOWED),
    CODE(NL_INVALID_TICKER), CODE(NL_HISTORY_PERIOD_LIMIT), {NULL, 0}};
/* request functions; what is not asked of the network cannot block */
static const word_t FUNCTIONS[] = {
    {"all", 0}, {"SubscribeTicker", 1}, {"UnsubscribeTicker", 1}, {"SubscribeOfferBook", 1},
    {"UnsubscribeOfferBook", 1}, {"SubscribePriceBook", 1}, {"UnsubscribePriceBook", 1}, {"SubscribePriceDepth", 1},
    {"UnsubscribePriceDepth", 1}, {"SubscribeAdjustHistory", 1}, {"UnsubscribeAdjustHistory", 1},
    {"GetHistoryTrades", 1}, {"GetLastDailyClose", 1}, {"RequestTickerInfo", 1}, {"GetServerClock", 1},
    {"GetAccount", 1}, {"GetAccountCount", 1}, {"GetAccounts", 1}, {"GetAccountCountByBroker", 1},
    {"GetAccountsByBroker", 1}, {"GetSubAccountCount", 1}, {"GetSubAccounts", 1}, {"GetAccountDetails", 1},
    {"SendOrder", 1}, {"SendChangeOrderV2", 1}, {"SendCancelOrderV2", 1}, {"SendCancelOrdersV2", 1},
    {"SendCancelAllOrdersV2", 1}, {"SendZeroPositionV2", 1}, {"GetPositionV2", 1}, {"HasOrdersInInterval", 1},
    {"EnumerateOrdersByInterval", 1}, {"EnumerateAllOrders", 1}, {"EnumerateAllPositionAssets", 1},
    {"GetPosition", 1}, {"GetOrders", 1}, {"GetOrder", 1}, {"GetOrderProfitID", 1}, {"SendBuyOrder", 1},
    {"SendSellOrder", 1}, {"SendMarketBuyOrder", 1}, {"SendMarketSellOrder", 1}, {"SendStopBuyOrder", 1},
    {"SendStopSellOrder", 1}, {"SendChangeOrder", 1}, {"SendCancelOrder", 1}, {"SendCancelOrders", 1},
    {"SendCancelAllOrders", 1}, {"SendZeroPosition", 1}, {"SendZeroPositionAtMarket", 1}, {NULL, 0}};
#define X(id, name, must, may) {name, SIM_FAULT_##id},
static const word_t KINDS[] = {SIM_FAULT_KINDS(X) {NULL, 0}};
#undef X

/* ---- keys and kinds ------------------------------------------------------------------------------------- */

/* types that are not word lists are known by their address */
static const word_t CLOCK[] = {{"time", 0}}, REAL[] = {{"number", 0}}, INTEGER[] = {{"whole", 0}}, TRUTH[] = {{"truth", 0}},
                    TEXT[] = {{"text", 0}};

typedef struct fault_key { const char *name; const word_t *type; double least, most; } fault_key_t;

#define X(id, name, type, least, most) {name, type, least, most},
static const fault_key_t keys[SIM_KEYS] = {SIM_FAULT_KEYS(X)};
#undef X

#define K(id) (UINT64_C(1) << SIM_KEY_##id)
#define SELECT (K(AT) | K(FROM) | K(UNTIL) | K(CHANCE) | K(EVERY) | K(SKIP) | K(COUNT))
#define X(id, name, must, may) {must, may},
static const struct { uint64_t must, may; } kinds[] = {SIM_FAULT_KINDS(X)};
#undef X

int sim_function_known(const char *name)
{
    const word_t *w;
    for (w = FUNCTIONS + 1; w->name; w++)
        if (!strcmp(w->name, name))
            return 1;
    return 0;
}

/* ---- nearest names ----------------------------------------------------------------------------------------- */

static int least_of(int a, int b, int c) { return a < b ? (a < c ? a : c) : b < c ? b : c; }

/* letters to change between two names, at most 31 letters long */
static int distance(const char *a, const char *b)
{
    int row[32], i, j, n = (int)strlen(b), previous, above;
    if (n > 31 || strlen(a) > 31)
        return 99;
    for (j = 0; j <= n; j++)
        row[j] = j;
    for (i = 1; a[i - 1]; i++) {
        previous = row[0];
        row[0] = i;
        for (j = 1; j <= n; j++) {
            above = row[j];
            row[j] = least_of(row[j] + 1, row[j - 1] + 1, previous + (a[i - 1] != b[j - 1]));
            previous = above;
        }
    }
    return row[n];
}

typedef struct listing { char text[300]; const char *nearest; int distance; } listing_t;

static void list(listing_t *l, const char *name, const char *wrong)
{
    size_t used = strlen(l->text);
    int d = distance(wrong, name);
    if (d < l->distance) {
        l->distance = d;
        l->nearest = name;
    }
    if (used + strlen(name) + 8 < sizeof l->text)
        snprintf(l->text + used, sizeof l->text - used, "%s%s", used ? ", " : "", name);
    else if (strcmp(l->text + used - 3, "..."))
        snprintf(l->text + used, sizeof l->text - used, ", ...");
}

static int refuse_name(int line, const char *what, const char *wrong, const listing_t *l)
{
    if (l->nearest && l->distance <= 3)
        sim_error("line %d: unknown %s '%.*s': did you mean '%s'?", line, what, sim_quotable(wrong), wrong, l->nearest);
    else
        sim_error("line %d: unknown %s '%.*s': it is one of %s", line, what, sim_quotable(wrong), wrong, l->text);
    return -1;
}

static int find_word(const word_t *words, const char *name, int line, const char *what, double *value)
{
    listing_t l = {{0}, NULL, 99};
    const word_t *w;
    for (w = words; w->name; w++) {
        if (!strcmp(w->name, name)) {
            *value = (double)w->value;
            return 0;
        }
        list(&l, w->name, name);
    }
    return refuse_name(line, what, name, &l);
}

static int find_key(const char *name)
{
    int i;
    for (i = 0; i < SIM_KEYS; i++)
        if (!strcmp(keys[i].name, name))
            return i;
    return -1;
}

static uint64_t allowed(int kind) { return K(KIND) | kinds[kind].must | kinds[kind].may; }

static int refuse_key(int line, const char *name, int kind)
{
    listing_t l = {{0}, NULL, 99};
    char what[64];
    int i;
    for (i = 1; i < SIM_KEYS; i++)
        if (allowed(kind) >> i & 1)
            list(&l, keys[i].name, name);
    if (!l.text[0])
        snprintf(l.text, sizeof l.text, "no key but kind");
    snprintf(what, sizeof what, "key in a fault of kind '%s':", KINDS[kind].name);
    return refuse_name(line, what, name, &l);
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static int wrong_type(const sim_item_t *item, const fault_key_t *k, const char *wanted)
{
    sim_error("line %d: %s must be %s", item->line, k->name, wanted);
    return -1;
}

static int check_clock(const sim_item_t *item, const fault_key_t *k, const char *text, double *value)
{
    int64_t ns = sim_parse_moment(text);
    *value = (double)ns; /* a day has fewer than 2^53 ns */
    if (ns != SIM_NO_TIME)
        return 0;
    sim_error("line %d: %s = \"%.*s\" is not a time of day: write \"HH:MM\", \"HH:MM:SS\" or \"HH:MM:SS.mmm\"",
              item->line, k->name, sim_quotable(text), text);
    return -1;
}

static int check_number(const sim_item_t *item, const fault_key_t *k)
{
    if (item->real >= k->least && item->real <= k->most)
        return 0;
    sim_error("line %d: %s = %.10g is out of range: from %.10g to %.10g", item->line, k->name, item->real, k->least,
              k->most);
    return -1;
}

static int check_value(const sim_script_t *s, const sim_item_t *item, int key, sim_fault_t *f)
{
    const fault_key_t *k = &keys[key];
    const char *text = s->pool + item->text;
    f->value[key] = item->real;
    if (k->type == TRUTH)
        return item->type == SIM_ITEM_TRUTH ? 0 : wrong_type(item, k, "true or false");
    if (k->type == INTEGER)
        return item->type == SIM_ITEM_INTEGER ? check_number(item, k) : wrong_type(item, k, "a whole number");
    if (k->type == REAL)
        return item->type == SIM_ITEM_INTEGER || item->type == SIM_ITEM_REAL ? check_number(item, k)
                                                                            : wrong_type(item, k, "a number");
    if (item->type != SIM_ITEM_STRING)
        return wrong_type(item, k, k->type == CLOCK ? "a time of day in quotes, such as \"10:30:00\"" : "a text in quotes");
    f->text[key] = text;
    if (k->type == TEXT)
        return 0;
    if (k->type == CLOCK)
        return check_clock(item, k, text, &f->value[key]);
    return find_word(k->type, text, item->line, k->name, &f->value[key]);
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static const sim_item_t *item_of(const sim_script_t *s, int table, int key)
{
    int i;
    for (i = 0; i < s->n_items; i++)
        if (s->items[i].table == table && !strcmp(s->pool + s->items[i].key, keys[key].name))
            return &s->items[i];
    return NULL;
}

static int missing(const sim_fault_t *f)
{
    int i;
    for (i = 0; i < SIM_KEYS; i++)
        if (kinds[f->kind].must >> i & ~f->given >> i & 1) {
            sim_error("line %d: a fault of kind '%s' needs the key %s", f->line, KINDS[f->kind].name, keys[i].name);
            return -1;
        }
    return 0;
}

static int refuse_pair(const sim_script_t *s, int table, int key, const char *why)
{
    sim_error("line %d: %s", item_of(s, table, key)->line, why);
    return -1;
}

static int absurd_possible(int field, int value)
{
    switch (value) {
    case SIM_VALUE_NAN:
    case SIM_VALUE_INF:
    case SIM_VALUE_MINUS_INF: return field == SIM_FIELD_PRICE;
    case SIM_VALUE_1970:
    case SIM_VALUE_2099: return field == SIM_FIELD_DATE;
    case SIM_VALUE_UNTERMINATED:
    case SIM_VALUE_SURROGATE:
    case SIM_VALUE_NARROW: return field == SIM_FIELD_TEXT;
    case SIM_VALUE_UNKNOWN: return field == SIM_FIELD_TYPE || field == SIM_FIELD_SIDE;
    case SIM_VALUE_ZERO:
        return field == SIM_FIELD_PRICE || field == SIM_FIELD_QTY || field == SIM_FIELD_DATE || field == SIM_FIELD_NUMBER;
    default: return field == SIM_FIELD_PRICE || field == SIM_FIELD_QTY || field == SIM_FIELD_POSITION; /* huge, negative */
    }
}

/* what no single key can tell */
static int check_sense(const sim_script_t *s, const sim_fault_t *f, int table)
{
    if (sim_gives(f, SIM_KEY_UNTIL) && f->value[SIM_KEY_UNTIL] <= sim_real_or(f, SIM_KEY_FROM, sim_real_or(f, SIM_KEY_AT, -1.0)))
        return refuse_pair(s, table, SIM_KEY_UNTIL, "until is not after the beginning: give a later time");
    if (sim_gives(f, SIM_KEY_AT) && sim_gives(f, SIM_KEY_FROM))
        return refuse_pair(s, table, SIM_KEY_FROM,
                           "at and from exclude each other: at is the first occurrence, from begins a period");
    if (sim_gives(f, SIM_KEY_STAGE) && f->value[SIM_KEY_CALLBACK] != SIM_CB_ORDER)
        return refuse_pair(s, table, SIM_KEY_STAGE, "stage belongs to callback = \"order\"");
    if (f->kind == SIM_FAULT_BLOCK && sim_gives(f, SIM_KEY_WALL) == sim_gives(f, SIM_KEY_OUTAGE))
        return refuse_pair(s, table, SIM_KEY_KIND, "a block needs one of wall_seconds and until_outage_ends");
    if (f->kind == SIM_FAULT_OVERLOAD && !sim_gives(f, SIM_KEY_LIMIT) && !sim_gives(f, SIM_KEY_SECONDS))
        return refuse_pair(s, table, SIM_KEY_KIND, "an overload needs limit, seconds or both");
    if (f->kind == SIM_FAULT_POSITION && sim_gives(f, SIM_KEY_QTY) == sim_gives(f, SIM_KEY_FLATTEN))
        return refuse_pair(s, table, SIM_KEY_KIND, "a position fault needs one of qty and flatten");
    if (f->kind == SIM_FAULT_MUTE && sim_gives(f, SIM_KEY_AFTER_KILL) != sim_gives(f, SIM_KEY_PATH))
        return refuse_pair(s, table, SIM_KEY_KIND, "after_kill and path (of the marker file) go together");
    if (sim_gives(f, SIM_KEY_TEXT) && strlen(f->text[SIM_KEY_TEXT]) > SIM_TEXT_UNITS - 2)
        return refuse_pair(s, table, SIM_KEY_TEXT, "the text is longer than 510 bytes: shorten it");
    if (sim_gives(f, SIM_KEY_STATUS) && f->value[SIM_KEY_STATUS] != 8 && f->value[SIM_KEY_STATUS] != 204)
        return refuse_pair(s, table, SIM_KEY_STATUS, "a rejection has status 8 (rejected) or 204 (not created)");
    if (sim_gives(f, SIM_KEY_VALUE) && !absurd_possible((int)f->value[SIM_KEY_FIELD], (int)f->value[SIM_KEY_VALUE]))
        return refuse_pair(s, table, SIM_KEY_VALUE,
                           "this value does not fit the field: see the table of absurd values in docs/faults.md");
    return 0;
}

static int check_fault(sim_script_t *s, int table)
{
    sim_fault_t *f = &s->faults[table - 1];
    const sim_item_t *kind = item_of(s, table, SIM_KEY_KIND);
    int i, key;
    memset(f, 0, sizeof *f);
    f->line = s->header_line[table];
    if (!kind) {
        sim_error("line %d: this [[fault]] has no kind", f->line);
        return -1;
    }
    if (check_value(s, kind, SIM_KEY_KIND, f))
        return -1;
    f->kind = (int)f->value[SIM_KEY_KIND];
    for (i = 0; i < s->n_items; i++) {
        const sim_item_t *item = &s->items[i];
        if (item->table != table)
            continue;
        key = find_key(s->pool + item->key);
        if (key < 0 || !(allowed(f->kind) >> key & 1))
            return refuse_key(item->line, s->pool + item->key, f->kind);
        if (check_value(s, item, key, f))
            return -1;
        f->given |= UINT64_C(1) << key;
    }
    return missing(f) ? -1 : check_sense(s, f, table);
}

static int check_top(sim_script_t *s)
{
    int i;
    s->seed = 1;
    for (i = 0; i < s->n_items && s->items[i].table == 0; i++) {
        const sim_item_t *item = &s->items[i];
        if (strcmp(s->pool + item->key, "seed")) {
            sim_error("line %d: unknown key '%.40s': before the first [[fault]] there is only seed", item->line,
                      s->pool + item->key);
            return -1;
        }
        if (item->type != SIM_ITEM_INTEGER || item->integer < 0) {
            sim_error("line %d: seed must be a whole number, 0 or more", item->line);
            return -1;
        }
        s->seed = (uint64_t)item->integer;
    }
    return 0;
}

int sim_script_check(sim_script_t *s)
{
    int table;
    if (check_top(s))
        return -1;
    for (table = 1; table <= s->n_faults; table++)
        if (check_fault(s, table))
            return -1;
    return 0;
}

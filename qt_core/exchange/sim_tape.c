/* The tape: prints, the daily summary of them, and what the exchange takes back or corrects later. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define FIX_SPAN_NS (INT64_C(60) * SIM_SECOND_NS) /* a correction comes within */
#define OTHER_SHARE 0.25                          /* prints of other types for each correction */

/* The tape's memory is touched now, so that a long session does not grow. */
int sim_tape_open(sim_market_t *m, const sim_config_t *c)
{
    double room = sim_playing() ? (double)sim.play.prints + 1.0 : 1.5 * SIM_PRINTS_PER_DAY * c->activity + 65536.0;
    m->tape_room = (int64_t)(room < 1.6e7 ? room : 1.6e7);
    m->tape = malloc((size_t)m->tape_room * sizeof *m->tape);
    if (!m->tape)
        return -1;
    if (!c->hold) /* a market that runs meets no new page (zeros would come as untouched ones); a held one may */
        memset(m->tape, 0xFF, (size_t)m->tape_room * sizeof *m->tape);
    return 0;
}

void sim_tape_close(sim_market_t *m)
{
    free(m->tape);
    m->tape = NULL;
    m->n_tape = 0;
}

/* ---- prints ------------------------------------------------------------------------------------ */

static int grow_tape(sim_market_t *m)
{
    sim_record_t *more = realloc(m->tape, (size_t)m->tape_room * 2 * sizeof *more);
    if (!more)
        return -1;
    m->tape = more;
    m->tape_room *= 2;
    return 0;
}

/* sign: 1 counts a print, -1 takes it back */
static void tally(sim_day_t *d, const sim_record_t *r, int sign)
{
    double money = sign * sim_money((double)r->price * r->qty);
    int qty = sign * r->qty, one = r->qty ? sign : 0;
    d->qty += qty;
    d->trades += one;
    d->volume += money;
    d->buyer_qty += r->type == QT_TRADE_BUY ? qty : 0;
    d->buyer_trades += r->type == QT_TRADE_BUY ? one : 0;
    d->buyer_volume += r->type == QT_TRADE_BUY ? money : 0.0;
    d->seller_qty += r->type == QT_TRADE_SELL ? qty : 0;
    d->seller_trades += r->type == QT_TRADE_SELL ? one : 0;
    d->seller_volume += r->type == QT_TRADE_SELL ? money : 0.0;
}

static void sum_up(sim_market_t *m, const sim_record_t *r)
{
    sim_day_t *d = &m->day;
    if (d->open == SIM_MARKET_PRICE)
        d->open = d->high = d->low = r->price;
    if (r->type != QT_TRADE_RLP && r->price > d->high) /* retail prints never make an extreme */
        d->high = r->price;
    if (r->type != QT_TRADE_RLP && r->price < d->low)
        d->low = r->price;
    d->close = r->price;
    tally(d, r, 1);
    m->day_changed = 1;
}

void sim_market_print_as(sim_market_t *m, uint32_t number, int32_t price, int32_t qty, int buyer, int seller, int type)
{
    sim_record_t *r;
    if (m->n_tape == m->tape_room && grow_tape(m)) {
        qt_count(&sim.stats.overflow);
        return;
    }
    r = &m->tape[m->n_tape++];
    r->ts_ns = m->now_ns;
    r->price = price;
    r->qty = qty;
    r->number = number ? number : (uint32_t)(10 * (m->n_tape - m->first_of_day)); /* the exchange counts in tens */
    r->buyer = (uint16_t)buyer;
    r->seller = (uint16_t)seller;
    r->type = (uint8_t)type;
    r->edit = 0;
    m->last_price = price;
    sum_up(m, r);
    qt_count(&sim.stats.trades);
    sim_publish_trade(m, r);
}

/* The print keeps its number, time and brokers; the day's extremes and its last price stay as they were told. */
static void correct(sim_market_t *m, int64_t index, int32_t price, int32_t qty, int type)
{
    sim_record_t *r = &m->tape[index], told;
    tally(&m->day, r, -1);
    r->price = price;
    r->qty = qty;
    r->type = (uint8_t)type;
    tally(&m->day, r, 1);
    m->day_changed = 1;
    told = *r;
    told.edit = 1;
    sim_publish_trade(m, &told);
}

int sim_market_correct(sim_market_t *m, uint32_t number, int32_t price, int32_t qty, int type)
{
    int64_t i = m->n_tape - 1;
    while (i >= m->first_of_day && m->tape[i].number != number)
        i--;
    if (i < m->first_of_day)
        return 0;
    correct(m, i, price, qty, type);
    return 1;
}

void sim_market_print(sim_market_t *m, int32_t price, int32_t qty, int buyer, int seller, int type)
{
    sim_market_print_as(m, 0, price, qty, buyer, seller, type);
}

/* ---- corrections by the key `corrections` --------------------------------------------------------- */

static int is_ours(const sim_record_t *r) { return r->buyer == SIM_BROKER_ID || r->seller == SIM_BROKER_ID; }

/* Cancelled, at another price, or with another quantity. */
static void fix(sim_market_t *m, int64_t index)
{
    const sim_record_t *r = &m->tape[index];
    uint32_t what = sim_below(&m->fix_rng, 5), step = 1 + sim_below(&m->fix_rng, 2);
    int32_t other = 1 + (int32_t)sim_below(&m->fix_rng, (uint32_t)(2 * r->qty));
    int32_t price = what < 3 && what > 0 ? r->price + (what == 1 ? (int32_t)step : -(int32_t)step) : r->price;
    int32_t qty = what == 0 ? 0 : what < 3 ? r->qty : other != r->qty ? other : other + 1;
    correct(m, index, price > 0 ? price : r->price, qty, r->type);
}

static void fix_what_is_due(sim_market_t *m)
{
    int i, kept = 0;
    for (i = 0; i < m->n_fixes; i++) {
        if (m->fixes[i].due_ns <= m->now_ns)
            fix(m, m->fixes[i].index);
        else
            m->fixes[kept++] = m->fixes[i];
    }
    m->n_fixes = kept;
}

/* Trades that never met the book, reported at the last price; the later types are told by builds that know them. */
static void print_other(sim_market_t *m)
{
    static const uint8_t types[] = {6, 8, 12, 15, 16, 35}; /* expit, over the counter, on behalf; RFQ, midpoint, off exchange */
    int type = types[sim_below(&m->fix_rng, sim_since(41) ? 6 : 3)], qty = 1 + (int)sim_below(&m->fix_rng, 50);
    int buyer = SIM_BROKER[sim_below(&m->fix_rng, SIM_BROKERS)], seller = SIM_BROKER[sim_below(&m->fix_rng, SIM_BROKERS)];
    sim_market_print(m, m->last_price, qty, buyer, seller, type);
}

/* Whether a fresh print will be corrected, and whether another one comes along. */
static void examine(sim_market_t *m, int64_t index, double rate)
{
    double u = sim_uniform(&m->fix_rng);
    if (u < rate && m->n_fixes < SIM_FIXES && !is_ours(&m->tape[index])) {
        sim_fix_t *f = &m->fixes[m->n_fixes++];
        f->index = index;
        f->due_ns = m->now_ns + (int64_t)(sim_uniform(&m->fix_rng) * (double)FIX_SPAN_NS);
    } else if (u >= rate && u < rate * (1.0 + OTHER_SHARE))
        print_other(m);
}

/* Draws from a generator of its own: the crowd and its prints are the same with and without it. */
void sim_tape_grid(sim_market_t *m)
{
    int64_t end = m->n_tape;
    if (sim.config.corrections <= 0.0)
        return;
    fix_what_is_due(m);
    for (; m->examined < end; m->examined++)
        examine(m, m->examined, sim.config.corrections / 10000.0);
    m->examined = m->n_tape; /* those of other types stay as they are */
}

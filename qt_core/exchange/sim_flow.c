#include "sim_flow.h"

#include <string.h>

static void accumulate(double *cumulative, const double *shares, int n)
{
    double sum = 0.0;
    int i;
    for (i = 0; i < n; i++)
        cumulative[i] = sum += shares[i];
}

static void place_profile(sim_flow_t *f)
{
    double sum = 0.0;
    int i;
    for (i = 0; i < SIM_DEPTH; i++) { /* nearly half at the touch, then slowly thinner */
        sum += i == 0 ? 0.40 : 0.60 * 0.14 * sim_pow(0.90, i - 1);
        f->place[i] = sum;
        f->target[i] = i == 0 ? SIM_TOUCH_ORDERS : SIM_DEEP_ORDERS;
    }
}

void sim_flow_init(sim_flow_t *f, uint64_t seed, double activity, int32_t centre, int64_t open_ns)
{
    memset(f, 0, sizeof *f);
    sim_rng_seed(&f->rng, seed);
    f->activity = activity;
    f->fair = f->anchor = centre + 0.5;
    f->open_ns = open_ns;
    f->long_stay = SIM_SHORT_STAY;
    accumulate(f->rest, SIM_REST_SHARE, SIM_SIZES);
    accumulate(f->take, SIM_TAKE_SHARE, SIM_SIZES);
    accumulate(f->rlp, SIM_RLP_SIZE_SHARE, SIM_SIZES);
    accumulate(f->brokers, SIM_BROKER_SHARE, SIM_BROKERS);
    place_profile(f);
    f->tide = SIM_TIDE_SD * sim_normal(&f->rng);
    f->wave = SIM_WAVE_SD * sim_normal(&f->rng);
    f->gust = SIM_GUST_SD * sim_normal(&f->rng);
}

int32_t sim_flow_resting_size(sim_flow_t *f) { return SIM_SIZE[sim_pick(&f->rng, f->rest, SIM_SIZES)]; }
int32_t sim_flow_broker(sim_flow_t *f) { return SIM_BROKER[sim_pick(&f->rng, f->brokers, SIM_BROKERS)]; }

static double squash(double x) { return 1.0 / (1.0 + sim_exp(-x)); }

/* fair minus middle, ticks; 0 without two sides */
static double lean(const sim_flow_t *f, const sim_book_t *b)
{
    if (b->best[SIM_BUY] == SIM_MARKET_PRICE || b->best[SIM_SELL] == SIM_MARKET_PRICE)
        return 0.0;
    return f->fair - 0.5 * ((double)b->best[SIM_BUY] + (double)b->best[SIM_SELL]);
}

static int gap_open(const sim_book_t *b)
{
    int32_t bid = b->best[SIM_BUY], ask = b->best[SIM_SELL];
    return bid == SIM_MARKET_PRICE || ask == SIM_MARKET_PRICE || ask - bid > 1;
}

/* ---- time -------------------------------------------------------------------------------------- */

static double day_shape(const sim_flow_t *f, int64_t now_ns)
{
    int64_t half = (now_ns - f->open_ns) / INT64_C(1800000000000);
    if (half < 0 || half >= (int64_t)(sizeof SIM_DAY_SHARE / sizeof *SIM_DAY_SHARE))
        half = half < 0 ? 0 : 19;
    return SIM_DAY_SHARE[half] * SIM_PRINTS_PER_DAY / 1800.0;
}

static double settle(sim_rng_t *r, double x, double sd, double tau_s)
{
    double keep = sim_exp(-0.25 / tau_s);
    return x * keep + sd * sqrt(1.0 - keep * keep) * sim_normal(r);
}

static void draw_rate(sim_flow_t *f, int64_t now_ns)
{
    double var = SIM_TIDE_SD * SIM_TIDE_SD + SIM_WAVE_SD * SIM_WAVE_SD + SIM_GUST_SD * SIM_GUST_SD;
    f->tide = settle(&f->rng, f->tide, SIM_TIDE_SD, SIM_TIDE_S);
    f->wave = settle(&f->rng, f->wave, SIM_WAVE_SD, SIM_WAVE_S);
    if (sim_uniform(&f->rng) < 0.25 / SIM_GUST_S)
        f->gust = SIM_GUST_SD * sim_normal(&f->rng);
    f->prints = f->activity * day_shape(f, now_ns) * sim_exp(f->tide + f->wave + f->gust - 0.5 * var);
}

static double total_rate(const sim_flow_t *f, const sim_book_t *b)
{
    double per_print = SIM_ADDS_PER_PRINT + SIM_TRIES_PER_PRINT + SIM_EDITS_PER_PRINT + SIM_RLP_SHARE + SIM_CROSS_SHARE +
                       (1.0 - SIM_RLP_SHARE - SIM_CROSS_SHARE) / SIM_PRINTS_PER_SWEEP;
    return f->prints * per_print + (gap_open(b) ? SIM_FILL_RATE : 0.0);
}

void sim_flow_next(sim_flow_t *f, const sim_book_t *b, int64_t now_ns)
{
    double wait_ns = 1e9 * sim_exponential(&f->rng) / (total_rate(f, b) + 1e-9);
    f->next_ns = now_ns + (int64_t)(wait_ns < 1e15 ? wait_ns : 1e15);
}

void sim_flow_start(sim_flow_t *f, const sim_book_t *b, int64_t now_ns)
{
    draw_rate(f, now_ns);
    f->grid_ns = now_ns + SIM_GRID_NS;
    sim_flow_next(f, b, now_ns);
}

void sim_flow_grid(sim_flow_t *f, const sim_book_t *b)
{
    int64_t now = f->grid_ns;
    draw_rate(f, now);
    f->fair += sqrt(SIM_NEWS_VAR * f->prints * 0.25) * sim_normal(&f->rng);
    f->fair -= (f->fair - f->anchor) * 0.25 / SIM_ANCHOR_S;
    f->grid_ns = now + SIM_GRID_NS;
    sim_flow_next(f, b, now); /* a Poisson process has no memory: the wait may be drawn anew */
}

void sim_flow_traded(sim_flow_t *f, int side, int32_t qty)
{
    (void)side;
    f->fair += SIM_IMPACT * f->surprise * sqrt((double)qty);
}

/* ---- what ---------------------------------------------------------------------------------------- */

static int pick_act(sim_flow_t *f, const sim_book_t *b)
{
    double weight[SIM_ACTS];
    double sum = 0.0;
    weight[SIM_ACT_ADD] = sum += SIM_ADDS_PER_PRINT * f->prints;
    weight[SIM_ACT_CANCEL] = sum += SIM_TRIES_PER_PRINT * f->prints;
    weight[SIM_ACT_TAKE] = sum += (1.0 - SIM_RLP_SHARE - SIM_CROSS_SHARE) / SIM_PRINTS_PER_SWEEP * f->prints;
    weight[SIM_ACT_RLP] = sum += SIM_RLP_SHARE * f->prints;
    weight[SIM_ACT_CROSS] = sum += SIM_CROSS_SHARE * f->prints;
    weight[SIM_ACT_EDIT] = sum += SIM_EDITS_PER_PRINT * f->prints;
    weight[SIM_ACT_GAP] = sum + (gap_open(b) ? SIM_FILL_RATE : 0.0);
    return sim_pick(&f->rng, weight, SIM_ACTS);
}

static void rest_at(sim_flow_t *f, sim_intent_t *out, int act, int side, int32_t price)
{
    out->act = act;
    out->side = side;
    out->price = price;
    out->qty = sim_flow_resting_size(f);
    out->broker = sim_flow_broker(f);
}

static void add(sim_flow_t *f, const sim_book_t *b, sim_intent_t *out)
{
    int side = sim_uniform(&f->rng) < squash(1.6 * lean(f, b)) ? SIM_BUY : SIM_SELL;
    int distance = sim_pick(&f->rng, f->place, SIM_DEPTH);
    double thin;
    if (b->best[side] == SIM_MARKET_PRICE)
        return;
    thin = 1.0 - sim_book_level(b, side, b->best[side])->count / SIM_TOUCH_ORDERS;
    if (thin > 0.0 && sim_uniform(&f->rng) < 0.5 * thin)
        distance = 0; /* a new best level fills faster than an old one */
    rest_at(f, out, SIM_ACT_ADD, side, b->best[side] + distance * sim_worse(side));
}

/* One of the orders at a distance, more readily where many rest; -1 = nobody withdraws. */
static int32_t restless(sim_flow_t *f, const sim_book_t *b, int side)
{
    int distance = sim_pick(&f->rng, f->place, SIM_DEPTH);
    int32_t price, index;
    double accept;
    if (b->best[side] == SIM_MARKET_PRICE)
        return -1;
    price = b->best[side] + distance * sim_worse(side);
    if (!sim_book_inside(b, price))
        return -1;
    accept = 0.5 * sim_book_level(b, side, price)->count / f->target[distance];
    if (sim_uniform(&f->rng) >= accept)
        return -1;
    index = sim_book_queue(b, side, price)[sim_below(&f->rng, (uint32_t)sim_book_level(b, side, price)->count)];
    return b->orders[index].owner ? -1 : index; /* clients withdraw their own */
}

/* An order left behind far from the market; -1 = the draw met none. */
static int32_t forgotten(sim_flow_t *f, const sim_book_t *b)
{
    int32_t index = (int32_t)sim_below(&f->rng, SIM_ORDERS);
    const sim_order_t *order = &b->orders[index];
    if (!order->id || order->owner || b->best[order->side] == SIM_MARKET_PRICE)
        return -1;
    return (order->price - b->best[order->side]) * sim_worse(order->side) >= SIM_DEPTH ? index : -1;
}

static void withdraw(sim_flow_t *f, const sim_book_t *b, sim_intent_t *out, int act)
{
    int side = sim_uniform(&f->rng) < squash(-3.2 * lean(f, b)) ? SIM_BUY : SIM_SELL;
    out->act = act;
    out->index = sim_uniform(&f->rng) < 0.10 ? forgotten(f, b) : restless(f, b, side);
    if (out->index >= 0 && act == SIM_ACT_EDIT)
        out->qty = 1 + (int32_t)sim_below(&f->rng, (uint32_t)b->orders[out->index].qty);
}

/* Only the part of the sign that nobody could foresee moves the fair price, else flow would feed itself. */
static void take(sim_flow_t *f, const sim_book_t *b, sim_intent_t *out)
{
    double buys = squash(0.5 * lean(f, b)), was = f->sign == SIM_BUY ? 1.0 : -1.0;
    double expected = f->long_stay * was + (1.0 - f->long_stay) * (2.0 * buys - 1.0);
    if (sim_uniform(&f->rng) >= f->long_stay) {
        f->sign = sim_uniform(&f->rng) < buys ? SIM_BUY : SIM_SELL;
        f->long_stay = sim_uniform(&f->rng) < SIM_LONG_RUNS ? SIM_LONG_STAY : SIM_SHORT_STAY;
    }
    f->surprise = (f->sign == SIM_BUY ? 1.0 : -1.0) - expected;
    out->act = SIM_ACT_TAKE;
    out->side = f->sign;
    out->qty = SIM_SIZE[sim_pick(&f->rng, f->take, SIM_SIZES)];
    out->broker = sim_flow_broker(f);
}

/* Retail liquidity and crosses print at the touch and never meet the book; one broker on both sides. */
static void print_outside(sim_flow_t *f, const sim_book_t *b, sim_intent_t *out, int act)
{
    out->side = sim_uniform(&f->rng) < 0.5 ? SIM_BUY : SIM_SELL;
    if (b->best[out->side] == SIM_MARKET_PRICE)
        return;
    out->act = act;
    out->price = b->best[out->side];
    out->qty = SIM_SIZE[sim_pick(&f->rng, f->rlp, SIM_SIZES)];
    out->broker = out->other = sim_flow_broker(f);
}

static void close_gap(sim_flow_t *f, const sim_book_t *b, sim_intent_t *out)
{
    int32_t bid = b->best[SIM_BUY], ask = b->best[SIM_SELL], price;
    int side;
    if (bid == SIM_MARKET_PRICE || ask == SIM_MARKET_PRICE) { /* somebody swept a whole side */
        side = bid == SIM_MARKET_PRICE ? SIM_BUY : SIM_SELL;
        price = bid == ask ? (int32_t)floor(f->fair) + (side == SIM_SELL) : (side == SIM_BUY ? ask - 1 : bid + 1);
    } else {
        double gap = f->fair - (bid + 1); /* above the free price: a bid takes it */
        side = sim_uniform(&f->rng) < squash(3.0 * (ask - bid > 2 ? lean(f, b) : gap)) ? SIM_BUY : SIM_SELL;
        price = side == SIM_BUY ? bid + 1 : ask - 1;
    }
    rest_at(f, out, SIM_ACT_GAP, side, price);
}

void sim_flow_act(sim_flow_t *f, const sim_book_t *b, sim_intent_t *out)
{
    int act = pick_act(f, b);
    memset(out, 0, sizeof *out);
    out->act = -1;
    out->index = -1;
    switch (act) {
    case SIM_ACT_ADD: add(f, b, out); break;
    case SIM_ACT_CANCEL:
    case SIM_ACT_EDIT: withdraw(f, b, out, act); break;
    case SIM_ACT_TAKE: take(f, b, out); break;
    case SIM_ACT_GAP: close_gap(f, b, out); break;
    default: print_outside(f, b, out, act);
    }
}

/* The book that the night leaves behind: every level at its usual number of orders, best level first. */
int sim_flow_opening(sim_flow_t *f, int32_t k, sim_intent_t *out)
{
    int32_t per_level = (int32_t)SIM_DEEP_ORDERS, side = k & 1, distance = (k >> 1) / per_level;
    if (distance >= SIM_DEPTH + 20)
        return 0;
    memset(out, 0, sizeof *out);
    rest_at(f, out, SIM_ACT_ADD, side, (int32_t)floor(f->anchor) + (side == SIM_SELL) + distance * sim_worse(side));
    return 1;
}

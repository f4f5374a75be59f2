/* Taking a recording as the market, from memory or from a file: checked whole before anything is taken over. */
#include "sim.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LADDER_MOST (1 << 20)
#define MARGIN 1024 /* ticks around the recorded prices that clients may use */
#define USUAL_START_NS (INT64_C(37800) * SIM_SECOND_NS)

/* ---- what a header may say ------------------------------------------------------------------------ */

static int word(const char *text, size_t room, int needed)
{
    size_t i = 0;
    while (i < room && text[i] > ' ' && text[i] < 127)
        i++;
    return i < room && text[i] == 0 && (i > 0 || !needed);
}

static const char *bad_terms(const qt_play_header_t *t)
{
    if (memcmp(t->magic, QT_PLAY_MAGIC, sizeof t->magic))
        return "it does not begin with " QT_PLAY_MAGIC;
    if (t->header_bytes != sizeof *t || t->event_bytes != sizeof(qt_event_t))
        return "its header or its records have another size: it was made for another version";
    if (t->tick_num <= 0 || t->tick_den <= 0 || t->tick_num > 1000000 || t->tick_den > 100000000)
        return "its tick is no positive fraction";
    if (!(t->multiplier > 0.0 && t->multiplier < 1e9))
        return "its multiplier is not a positive number";
    if (t->lot <= 0 || t->lot > 1000000 || t->touch <= 0 || t->multiple <= 0)
        return "its lot, its order multiple and its assumed touch must be positive";
    if (!word(t->symbol, sizeof(((sim_config_t *)0)->symbol), 1) || !word(t->alias, sizeof(((sim_config_t *)0)->alias), 0))
        return "its symbol or alias is not a short word in ASCII";
    if (!t->exchange || !strchr("ABDEFKMNOPXY", t->exchange))
        return "its exchange is not one of the vendor's letters";
    if (t->open_ns < 0 || t->close_ns < 0 || (t->open_ns && t->close_ns && t->close_ns <= t->open_ns))
        return "it closes before it opens";
    return t->count > 0 ? NULL : "it holds no events";
}

/* ---- what an event may say -------------------------------------------------------------------------- */

static int is_print(const qt_event_t *e) { return e->kind == QT_EV_TRADE || e->kind == QT_EV_HISTORY; }
static int is_row(const qt_event_t *e) { return e->kind == QT_EV_LEVEL || e->kind == QT_EV_ORDER; }

static const char *bad_row(const qt_event_t *e, int64_t most)
{
    if (e->side != QT_BID && e->side != QT_ASK)
        return "has no side";
    if (e->code != QT_BOOK_ADD && e->code != QT_BOOK_EDIT && e->code != QT_BOOK_DELETE && e->code != QT_BOOK_IMAGE)
        return "has an action that is not add, edit, delete or image";
    if (e->price <= 0)
        return "has no price";
    if (e->qty < 0 || e->qty > most || (e->qty == 0 && e->code != QT_BOOK_DELETE))
        return "has an impossible quantity";
    return e->kind == QT_EV_ORDER && e->id <= 0 ? "has no order id" : NULL;
}

static const char *bad_event(const qt_event_t *e, int64_t before_ns, int64_t most)
{
    if (e->kind == QT_EV_NONE || e->kind >= QT_EV_KINDS)
        return "is of no known kind";
    if (e->symbol)
        return "is of a second symbol: a recording holds one";
    if (e->ts_ns <= 0 || e->ts_ns < before_ns)
        return "is earlier than the one before it";
    if (is_print(e) && e->price <= 0)
        return "is a print without a price";
    if (is_print(e) && (e->qty <= 0 || e->qty > most))
        return "is a print with an impossible quantity";
    if (e->kind == QT_EV_QUOTE && (e->qty > most || e->qty2 > most))
        return "is a quote with an impossible quantity";
    return is_row(e) ? bad_row(e, most) : NULL;
}

/* ---- what the whole is ---------------------------------------------------------------------------------- */

static void widen(sim_play_t *p, int32_t price)
{
    if (price <= 0)
        return;
    p->low = !p->low || price < p->low ? price : p->low;
    p->high = price > p->high ? price : p->high;
}

static void survey_event(sim_play_t *p, const qt_event_t *e, int64_t *number)
{
    static const int depths[QT_EV_KINDS] = {[QT_EV_QUOTE] = SIM_PLAY_QUOTES, [QT_EV_LEVEL] = SIM_PLAY_LEVELS,
                                            [QT_EV_ORDER] = SIM_PLAY_ORDERS};
    if (depths[e->kind] > p->depth)
        p->depth = depths[e->kind];
    if (is_print(e) || is_row(e) || e->kind == QT_EV_QUOTE)
        widen(p, e->price);
    if (e->kind == QT_EV_QUOTE)
        widen(p, e->price2);
    if (e->kind == QT_EV_ORDER && e->id > p->most)
        p->most = e->id;
    p->phases |= e->kind == QT_EV_PHASE;
    if (!is_print(e))
        return;
    if (e->flags & QT_F_EDIT)
        return;
    p->prints++;
    p->numbered = p->numbered && e->id > *number && e->id <= UINT32_MAX;
    *number = e->id;
}

/* Fills in what p says of its events; NULL, or the reason against event *at. */
static const char *survey(sim_play_t *p, int64_t *at)
{
    int64_t most = INT32_MAX / p->terms.lot, before = 0, number = 0, mixed = 0;
    p->numbered = 1;
    for (*at = 0; *at < p->n; ++*at) {
        const qt_event_t *e = &p->events[*at];
        const char *reason = bad_event(e, before, most);
        if (reason)
            return reason;
        mixed |= e->kind == QT_EV_LEVEL ? 1 : e->kind == QT_EV_ORDER ? 2 : 0;
        if (mixed == 3)
            return "mixes rows of levels with rows of orders";
        before = e->ts_ns;
        survey_event(p, e, &number);
    }
    *at = 0;
    if (!p->low)
        return "and all others carry no price";
    return (int64_t)p->high - p->low > LADDER_MOST - 2 * MARGIN ? "begins a recording whose prices span too many ticks" : NULL;
}

/* ---- taking it over ---------------------------------------------------------------------------------------- */

int sim_play_brings(const char *key)
{
    return !strcmp(key, "symbol") || !strcmp(key, "day") || !strcmp(key, "days") || !strcmp(key, "open") || !strcmp(key, "close") ||
           !strcmp(key, "start_price");
}

/* The recording's day is the local day of its first event; its hours may lie outside it. */
static void settle_hours(const sim_play_t *p, sim_config_t *c)
{
    const qt_play_header_t *t = &p->terms;
    int64_t first = p->events[0].ts_ns, last = p->events[p->n - 1].ts_ns, midnight;
    sim_civil_t day = sim_civil(first);
    midnight = sim_utc(day.year, day.month, day.day, 0);
    c->year = day.year;
    c->month = day.month;
    c->day = day.day;
    if (c->start == SIM_NO_TIME)
        c->start = first - SIM_SECOND_NS - midnight;
    c->open = (t->open_ns ? t->open_ns : first - SIM_SECOND_NS) - midnight;
    c->close = (t->close_ns ? t->close_ns : last + 1) - midnight;
}

void sim_play_settle(sim_config_t *c)
{
    const qt_play_header_t *t = &sim.play.terms;
    if (!c->play)
        return;
    settle_hours(&sim.play, c);
    c->days = 1;
    strcpy(c->symbol, t->symbol);
    strcpy(c->alias, t->alias);
    c->exchange[0] = (uint16_t)t->exchange;
    c->tick_num = t->tick_num;
    c->tick_den = t->tick_den;
    c->multiplier = t->multiplier;
    c->lot = t->multiple;
}

/* The generated market and its settings again. */
static int leave(sim_config_t *c)
{
    c->play = 0;
    if (c->start == SIM_NO_TIME)
        c->start = USUAL_START_NS;
    return 0;
}

/* Owns the events from here on. */
static int take_over(sim_config_t *c, const qt_play_header_t *terms, qt_event_t *events)
{
    sim_play_t p = {0};
    int64_t at = 0;
    const char *reason;
    p.events = events;
    p.n = terms->count;
    p.terms = *terms;
    if ((reason = survey(&p, &at)) != NULL) {
        free(events);
        sim_error("the recording cannot be played: event %lld %s", (long long)at, reason);
        return -2;
    }
    free(sim.play.events);
    sim.play = p;
    c->play = 1;
    c->start = SIM_NO_TIME;
    c->until = -1;
    return 0;
}

static qt_event_t *room_for(int64_t count)
{
    return (uint64_t)count <= SIZE_MAX / sizeof(qt_event_t) ? malloc((size_t)count * sizeof(qt_event_t)) : NULL;
}

/* Copies. The header's count is the array's length n; under the lock, before login. */
static int play(const qt_event_t *events, int64_t n, const qt_play_header_t *terms)
{
    const char *reason;
    qt_event_t *copy;
    if (sim.running || !events || !terms) {
        sim_error(sim.running ? "a session is running: give the recording before the login" : "SIM_Play needs events and terms");
        return -2;
    }
    reason = bad_terms(terms);
    if (!reason && terms->count != n)
        reason = "its header counts other events than were given";
    if (reason || !(copy = room_for(n))) {
        sim_error("the recording cannot be played: %s", reason ? reason : "not enough memory");
        return -2;
    }
    memcpy(copy, events, (size_t)n * sizeof *copy);
    return take_over(&sim.config, terms, copy);
}

SIM_EXPORT int32_t SIM_Play(const qt_event_t *events, int64_t n, const qt_play_header_t *terms)
{
    sim_api_lock();
    return sim_end(play(events, n, terms));
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

static const char *read_events(FILE *file, const qt_play_header_t *terms, qt_event_t **events)
{
    char beyond;
    if (!(*events = room_for(terms->count)))
        return "not enough memory for the events that its header counts";
    if (fread(*events, sizeof **events, (size_t)terms->count, file) == (size_t)terms->count && fread(&beyond, 1, 1, file) == 0)
        return NULL;
    free(*events);
    return "it is shorter or longer than its header says: write it again";
}

static int play_open(sim_config_t *c, FILE *file, const char *path)
{
    qt_play_header_t terms;
    qt_event_t *events = NULL;
    const char *reason = "it is shorter than a header";
    if (fread(&terms, sizeof terms, 1, file) == 1 && !(reason = bad_terms(&terms)))
        reason = read_events(file, &terms, &events);
    if (!reason)
        return take_over(c, &terms, events);
    sim_error("'%.300s' cannot be played: %s", path, reason);
    return -2;
}

/* SIM_Set("play", path); an empty path goes back to the generated market and its settings. */
int sim_play_file(sim_config_t *c, const char *path)
{
    FILE *file;
    int result;
    if (!*path)
        return leave(c);
    if (!(file = fopen(path, "rb"))) {
        sim_error("'%.300s' cannot be opened: give the path of a recording that write_play made", path);
        return -2;
    }
    result = play_open(c, file, path);
    fclose(file);
    return result;
}

/* ---- a session of it --------------------------------------------------------------------------------------------- */

static int open_ladder(const sim_play_t *p, sim_book_t *b)
{
    int32_t base = p->low > MARGIN ? p->low - MARGIN : 1;
    int room = p->depth == SIM_PLAY_ORDERS ? SIM_LEVEL_ORDERS : SIM_LEVEL_ORDERS / 8;
    return sim_book_open(b, base, p->high + MARGIN - base + 1, room);
}

static int32_t first_price(const sim_play_t *p)
{
    int64_t i;
    for (i = 0; i < p->n; i++)
        if (is_print(&p->events[i]))
            return p->events[i].price;
    return p->low;
}

int sim_play_open(sim_market_t *m)
{
    sim_play_t *p = &sim.play;
    int64_t first = p->events[0].ts_ns, last = p->events[p->n - 1].ts_ns;
    p->next = p->n_own = 0;
    p->opened = p->closed = 0;
    p->skipped = 0;
    p->grid_ns = SIM_NEVER;
    p->quote[0].price = p->quote[1].price = SIM_MARKET_PRICE;
    p->seats = calloc(SIM_SEATS, sizeof *p->seats);
    p->own = calloc(SIM_ORDERS, sizeof *p->own);
    if (open_ladder(p, &m->book) || !p->seats || !p->own)
        return -1;
    m->book.next_id = p->most + 1;
    m->reference = first_price(p);
    m->now_ns = first - SIM_SECOND_NS;
    m->phase = p->phases ? QT_PHASE_OPEN : QT_PHASE_CLOSED;
    if (sim.config.until < 0) /* and the summary of its last second */
        m->until_ns = (m->close_ns > last ? m->close_ns : last) + SIM_SECOND_NS;
    return 0;
}

void sim_play_close(void)
{
    free(sim.play.seats);
    free(sim.play.own);
    sim.play.seats = NULL;
    sim.play.own = NULL;
}

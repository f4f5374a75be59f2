/* Plays a recording: its rows become the book, its prints the tape, and what our orders do with both follows at once.
 *
 * A row of the recording is the truth about its order (or level, or best price). What clients took from it is
 * subtracted: from an order as long as it lives, from a level or a best price until the recording next writes it. */
#include "sim.h"

#include <string.h>

static int32_t side_of(const qt_event_t *e) { return e->side == QT_BID ? SIM_BUY : SIM_SELL; }
static int32_t contracts(int64_t lots) { return (int32_t)(lots * sim.play.terms.lot); }
static int broker_of(int32_t agent) { return agent > 0 && agent <= UINT16_MAX ? agent : 0; }

/* ---- recorded orders by id -------------------------------------------------------------------------------- */

static sim_seat_t *seat_of(int64_t id) /* its entry, or the free one where it would be */
{
    uint64_t at = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 46;
    while (sim.play.seats[at].id && sim.play.seats[at].id != id)
        at = (at + 1) % SIM_SEATS;
    return &sim.play.seats[at];
}

/* Later entries of the run move up, so that none is cut off from its place. */
static void leave_seat(sim_seat_t *seat)
{
    sim_seat_t *seats = sim.play.seats;
    uint64_t at = (uint64_t)(seat - seats);
    seat->id = 0;
    for (at = (at + 1) % SIM_SEATS; seats[at].id; at = (at + 1) % SIM_SEATS) {
        sim_seat_t moved = seats[at];
        seats[at].id = 0;
        *seat_of(moved.id) = moved;
    }
}

static void skip(void) { sim.play.skipped++; }

static void add_order(sim_market_t *m, const qt_event_t *e)
{
    sim_seat_t *seat = seat_of(e->id);
    int32_t index = SIM_SEAT_NONE;
    if (!seat->id)
        index = sim_book_rest_as(&m->book, e->id, side_of(e), e->price, contracts(e->qty), broker_of(e->a), 0, e->ts_ns);
    if (index < 0) {
        skip();
        return;
    }
    seat->id = e->id;
    seat->index = index;
}

static void edit_order(sim_market_t *m, const qt_event_t *e, sim_seat_t *seat)
{
    sim_order_t *order = &m->book.orders[seat->index];
    int32_t left = contracts(e->qty) - order->taken;
    if (left <= 0) {
        sim_book_cancel(&m->book, seat->index);
        seat->index = SIM_SEAT_TAKEN;
    } else if (left != order->qty)
        sim_book_reduce(&m->book, seat->index, left);
}

static void apply_order(sim_market_t *m, const qt_event_t *e)
{
    sim_seat_t *seat;
    if (e->code == QT_BOOK_ADD || e->code == QT_BOOK_IMAGE) {
        add_order(m, e);
        return;
    }
    seat = seat_of(e->id);
    if (!seat->id)
        skip();
    else if (e->code == QT_BOOK_EDIT && seat->index >= 0)
        edit_order(m, e, seat);
    else if (e->code == QT_BOOK_DELETE) {
        if (seat->index >= 0)
            sim_book_cancel(&m->book, seat->index);
        leave_seat(seat);
    }
}

void sim_play_taken(int64_t id)
{
    if (sim.play.depth == SIM_PLAY_ORDERS)
        seat_of(id)->index = SIM_SEAT_TAKEN;
}

/* ---- recorded levels: one order stands for all of them ------------------------------------------------------ */

static int32_t block_of(const sim_book_t *b, int side, int32_t price)
{
    const int32_t *queue = sim_book_queue(b, side, price);
    int32_t i;
    for (i = 0; i < sim_book_level(b, side, price)->count; i++)
        if (!b->orders[queue[i]].owner)
            return queue[i];
    return -1;
}

static void set_level(sim_market_t *m, int side, int32_t price, int32_t qty, int32_t orders, int64_t ts_ns)
{
    sim_book_t *b = &m->book;
    int32_t block = block_of(b, side, price);
    sim_book_level(b, side, price)->more = qty && orders > 1 ? orders - 1 : 0;
    if (qty && block < 0 && sim_book_rest(b, side, price, qty, 0, 0, ts_ns) < 0)
        skip();
    else if (!qty && block >= 0)
        sim_book_cancel(b, block);
    else if (qty && block >= 0 && b->orders[block].qty != qty)
        sim_book_reduce(b, block, qty);
}

static void apply_level(sim_market_t *m, const qt_event_t *e)
{
    set_level(m, side_of(e), e->price, e->code == QT_BOOK_DELETE ? 0 : contracts(e->qty), e->b, e->ts_ns);
}

/* ---- images ---------------------------------------------------------------------------------------------------- */

static void clear_recorded(sim_market_t *m)
{
    sim_book_t *b = &m->book;
    int32_t i;
    for (i = 0; i < SIM_ORDERS; i++)
        if (b->orders[i].id && !b->orders[i].owner) {
            sim_book_begin(b);
            sim_book_level(b, b->orders[i].side, b->orders[i].price)->more = 0;
            sim_book_cancel(b, i);
        }
    memset(sim.play.seats, 0, SIM_SEATS * sizeof *sim.play.seats);
}

static void apply_row(sim_market_t *m, const qt_event_t *e)
{
    if (e->kind == QT_EV_ORDER)
        apply_order(m, e);
    else
        apply_level(m, e);
}

static int image_row(const qt_event_t *e) { return e->code == QT_BOOK_IMAGE && (e->kind == QT_EV_LEVEL || e->kind == QT_EV_ORDER); }

/* All rows of an image, told as a new image to whoever follows the book. */
static void play_image(sim_market_t *m)
{
    sim_play_t *p = &sim.play;
    int positions = m->book.positions, view;
    m->book.positions = 0;
    if (p->events[p->next].flags & QT_F_FIRST)
        clear_recorded(m);
    do {
        sim_book_begin(&m->book);
        apply_row(m, &p->events[p->next++]);
    } while (p->next < p->n && image_row(&p->events[p->next]) && !(p->events[p->next].flags & QT_F_FIRST));
    m->book.positions = positions;
    sim_book_begin(&m->book);
    for (view = 0; view < SIM_VIEWS && !m->quiet; view++) {
        if (m->subs[view] & SIM_SUB_OFFER)
            sim_publish_snapshot(m, view, SIM_SUB_OFFER);
        if (m->subs[view] & SIM_SUB_DEPTH)
            sim_publish_snapshot(m, view, SIM_SUB_DEPTH);
    }
    sim_publish(m);
    sim_play_book_moved(m);
}

/* ---- rows and quotes --------------------------------------------------------------------------------------------- */

/* Rows up to the one that ends their group: between them the book may be crossed, and nobody is told. */
static void play_rows(sim_market_t *m)
{
    sim_play_t *p = &sim.play;
    const qt_event_t *e;
    sim_book_begin(&m->book);
    do {
        e = &p->events[p->next++];
        apply_row(m, e);
    } while (!(e->flags & QT_F_LAST) && m->book.n_changes < SIM_CHANGES / 2 && p->next < p->n && e[1].ts_ns == e->ts_ns &&
             e[1].kind == e->kind && e[1].code != QT_BOOK_IMAGE);
    sim_publish(m);
    if (e->flags & QT_F_LAST)
        sim_play_book_moved(m);
}

static void set_quote(sim_market_t *m, int side, int32_t price, int64_t lots, int64_t ts_ns)
{
    sim_play_quote_t *q = &sim.play.quote[side];
    int32_t now = price > 0 ? price : SIM_MARKET_PRICE;
    if (q->price == now && q->qty == lots)
        return;
    if (q->price != SIM_MARKET_PRICE && q->price != now)
        set_level(m, side, q->price, 0, 0, ts_ns);
    if (now != SIM_MARKET_PRICE)
        set_level(m, side, now, lots > 0 ? contracts(lots) : sim.play.terms.touch, 0, ts_ns);
    q->price = now;
    q->qty = lots;
}

/* The side that gives way goes first, so that the two never cross by the order in which they are told. */
static void play_quote(sim_market_t *m, const qt_event_t *e)
{
    int ask_first = e->price > sim.play.quote[SIM_BUY].price;
    if (sim.play.depth != SIM_PLAY_QUOTES)
        return;
    sim_book_begin(&m->book);
    if (ask_first)
        set_quote(m, SIM_SELL, e->price2, e->qty2, e->ts_ns);
    set_quote(m, SIM_BUY, e->price, e->qty, e->ts_ns);
    if (!ask_first)
        set_quote(m, SIM_SELL, e->price2, e->qty2, e->ts_ns);
    sim_publish(m);
    sim_play_book_moved(m);
}

/* ---- prints and phases -------------------------------------------------------------------------------------------- */

static void play_print(sim_market_t *m, const qt_event_t *e)
{
    int type = e->code ? e->code : QT_TRADE_UNKNOWN;
    uint32_t number = sim.play.numbered ? (uint32_t)e->id : 0;
    if (e->flags & QT_F_EDIT) { /* a correction trades with nobody */
        if (!number || !sim_market_correct(m, number, e->price, contracts(e->qty), type))
            skip();
        return;
    }
    sim_market_print_as(m, number, e->price, contracts(e->qty), broker_of(e->a), broker_of(e->b), type);
    if (type == QT_TRADE_RLP || type == QT_TRADE_CROSS) /* never met the book */
        return;
    sim_play_printed(m, type == QT_TRADE_AUCTION ? QT_NONE : e->side, e->price, contracts(e->qty));
    sim_clients_touched(e->price);
}

static void set_phase(sim_market_t *m, int phase)
{
    int closes = phase == QT_PHASE_CLOSED && m->phase != QT_PHASE_CLOSED;
    m->phase = phase;
    if (closes)
        sim_clients_closed(m);
    sim_publish_phase(m);
}

static void play_event(sim_market_t *m)
{
    const qt_event_t *e = &sim.play.events[sim.play.next];
    if (image_row(e)) {
        play_image(m);
        return;
    }
    if (e->kind == QT_EV_LEVEL || e->kind == QT_EV_ORDER) {
        play_rows(m);
        return;
    }
    sim.play.next++;
    if (e->kind == QT_EV_TRADE || e->kind == QT_EV_HISTORY)
        play_print(m, e);
    else if (e->kind == QT_EV_QUOTE)
        play_quote(m, e);
    else if (e->kind == QT_EV_PHASE)
        set_phase(m, e->code);
}

/* ---- time ------------------------------------------------------------------------------------------------------------ */

static int64_t clock_next(const sim_market_t *m) /* the phase that the clock brings; a recording may say its own */
{
    if (sim.play.phases || sim.play.closed)
        return SIM_NEVER;
    return sim.play.opened ? m->close_ns : m->open_ns;
}

static int64_t event_next(void) { return sim.play.next < sim.play.n ? sim.play.events[sim.play.next].ts_ns : SIM_NEVER; }
static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t sim_play_next(const sim_market_t *m) { return least(clock_next(m), least(event_next(), sim.play.grid_ns)); }

static void pass_clock(sim_market_t *m)
{
    sim_play_t *p = &sim.play;
    p->closed = p->opened;
    p->opened = 1;
    set_phase(m, p->closed ? QT_PHASE_CLOSED : QT_PHASE_OPEN);
}

static void pass_grid(sim_market_t *m)
{
    m->grids = (int)(m->now_ns / SIM_GRID_NS % 4);
    sim_publish_grid(m);
    sim.play.grid_ns = m->day_changed ? m->now_ns + SIM_GRID_NS : SIM_NEVER;
}

void sim_play_step(sim_market_t *m)
{
    sim_play_t *p = &sim.play;
    if (clock_next(m) <= m->now_ns)
        pass_clock(m);
    else if (event_next() <= m->now_ns) {
        play_event(m);
        if (p->grid_ns == SIM_NEVER)
            p->grid_ns = (m->now_ns / SIM_GRID_NS + 1) * SIM_GRID_NS;
    } else
        pass_grid(m);
}

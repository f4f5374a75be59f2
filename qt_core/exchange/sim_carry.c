/* From a session to a file and back: what a killed process leaves at the exchange, orders and positions, the next session finds. */
#include "sim_account_file.h"
#include "sim_faults.h"

#include <stdio.h>
#include <string.h>

sim_estate_t sim_estate_of_session(void)
{
    const sim_clients_t *c = &sim.clients;
    sim_estate_t e;
    memset(&e, 0, sizeof e); /* its padding goes into a file too */
    e.seed = sim.config.seed;
    e.reached_ns = sim.market.now_ns;
    e.counter = c->counter;
    e.n_messages = c->n_messages;
    memcpy(e.symbol, sim.config.symbol, sizeof e.symbol);
    e.last_price = sim_last_or_reference(&sim.market);
    e.first_today = c->first_today;
    e.orders_today = c->rates.today;
    e.n_orders = c->n_orders;
    memcpy(e.positions, c->positions, sizeof e.positions);
    memcpy(e.today, c->today, sizeof e.today);
    memcpy(e.idle_fills, c->idle_fills, sizeof e.idle_fills);
    return e;
}

/* A new order takes the old one's place: its links and its ids of this session stay, the rest comes from the file. */
sim_client_order_t *sim_take_up_order(const sim_client_order_t *saved)
{
    sim_client_order_t *o = sim_order_new(saved->account), fresh;
    if (!o)
        return NULL;
    fresh = *o;
    *o = *saved;
    o->local_id = fresh.local_id;
    o->slot = fresh.slot;
    o->before = fresh.before;
    o->after = fresh.after;
    o->text = fresh.text;
    if (sim_order_is_over(o))
        sim_order_leave_live(o);
    return o;
}

/* ---- the fault ------------------------------------------------------------------------------------------ */

void sim_carry_save(void)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_CARRY);
    sim_estate_t e;
    if (!f || sim.keeping)
        return;
    e = sim_estate_of_session();
    sim_frames_whole(f->text[SIM_KEY_PATH], &e);
}

/* Everything that was sent reaches the book at once. */
static void resume(const sim_client_order_t *saved)
{
    sim_client_order_t *o = sim_take_up_order(saved);
    if (!o)
        return;
    o->message_id = sim.clients.n_messages;
    o->stuck = 0;
    o->slices = 0;
    if (!sim_order_is_over(o))
        sim_clients_resume(o);
}

void sim_carry_load(void)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_CARRY);
    sim_saved_t s;
    int32_t i;
    if (!f || sim.keeping || sim_frames_read(&s, f->text[SIM_KEY_PATH]) <= 0)
        return;
    memcpy(sim.clients.positions, s.estate.positions, sizeof s.estate.positions);
    memcpy(sim.clients.today, s.estate.today, sizeof s.estate.today);
    for (i = 0; i < s.estate.n_orders; i++)
        resume(&s.orders[i]);
    sim_saved_free(&s);
    remove(f->text[SIM_KEY_PATH]);
}

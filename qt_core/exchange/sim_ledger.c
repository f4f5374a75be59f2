/* The truth about our side, for whoever compares: positions, money in ticks, and every order as the exchange knows it. */
#include "sim_account_file.h"

#include <string.h>

/* Closing leaves the average price of the rest alone. */
static void move(sim_position_t *p, int64_t signed_qty, int32_t price)
{
    int64_t qty = signed_qty < 0 ? -signed_qty : signed_qty, held = p->open < 0 ? -p->open : p->open;
    int64_t closed = (p->open > 0) == (signed_qty > 0) || !p->open ? 0 : (qty < held ? qty : held);
    if (signed_qty > 0) {
        p->bought += qty;
        p->bought_value += price * qty;
    } else {
        p->sold += qty;
        p->sold_value += price * qty;
    }
    if (closed)
        p->open_value -= p->open_value * (double)closed / (double)held;
    p->open_value += (double)price * (double)(qty - closed);
    p->open += signed_qty;
    p->fills++;
    p->event_id++;
}

void sim_account_move(int account, int64_t signed_qty, int32_t price)
{
    move(&sim.clients.positions[account], signed_qty, price);
    move(&sim.clients.today[account], signed_qty, price);
    sim_changed(NULL);
}

static int64_t figure(const sim_position_t *p, const char *name)
{
    if (!strcmp(name, "position")) return p->open;
    if (!strcmp(name, "bought")) return p->bought;
    if (!strcmp(name, "sold")) return p->sold;
    if (!strcmp(name, "cash_ticks")) return p->sold_value - p->bought_value;
    if (!strcmp(name, "fills")) return p->fills;
    return -1;
}

static int is_money(const char *name)
{
    return !strcmp(name, "position") || !strcmp(name, "bought") || !strcmp(name, "sold") || !strcmp(name, "cash_ticks") ||
           !strcmp(name, "fills");
}

/* "position" of all accounts together, "position:2" of the second one */
int sim_ledger_stat(const char *text, int64_t *value)
{
    char name[16];
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    int i, only = colon ? colon[1] - '1' : -1;
    if (n >= sizeof name || (colon && (only < 0 || only >= sim.config.accounts || colon[2])))
        return 0;
    memcpy(name, text, n);
    name[n] = 0;
    *value = 0;
    for (i = 0; i < SIM_ACCOUNTS && is_money(name); i++)
        if (only < 0 || i == only)
            *value += figure(&sim.clients.positions[i], name);
    if (is_money(name))
        return 1;
    if (colon || (strcmp(name, "orders") && strcmp(name, "working")))
        return 0;
    *value = !strcmp(name, "orders") ? sim.clients.n_orders : sim.clients.n_live;
    return 1;
}

SIM_EXPORT int32_t SIM_LedgerOrder(int32_t index, sim_ledger_order_t *out)
{
    const sim_client_order_t *o;
    sim_api_lock();
    if (!out || index < 0 || index >= sim.clients.n_orders) {
        sim_error("SIM_LedgerOrder: no order %d, there are %d", (int)index, (int)sim.clients.n_orders);
        return sim_end(-1);
    }
    o = sim_order_at(index);
    memset(out, 0, sizeof *out);
    out->local_id = o->local_id;
    out->qty = o->qty;
    out->traded = o->traded;
    out->value_ticks = o->value_ticks;
    out->price = o->price;
    out->stop = o->stop;
    out->account = o->account;
    out->side = o->side;
    out->type = o->type;
    out->status = o->status;
    return sim_end(0);
}

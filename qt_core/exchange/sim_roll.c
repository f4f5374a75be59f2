/* The roll: a contract trades for the last time, what is open in it is settled, and the next one is the market. */
#include "sim.h"

#include <string.h>

const char *sim_name(int view)
{
    switch (view) {
    case 0: return sim.config.symbol;
    case SIM_VIEW_NEXT: return sim.market.next;
    case SIM_VIEW_EXPIRED: return sim.market.expired;
    default: return sim.config.alias;
    }
}

const uint16_t *sim_contract_refusal(const uint16_t *ticker)
{
    char name[SIM_TICKER_UNITS];
    sim_narrow(name, ticker, SIM_TICKER_UNITS);
    if (!strcmp(name, sim.config.symbol))
        return NULL;
    return !strcmp(name, sim.market.next) ? UNITS(u"Ativo sem negocia\u00e7\u00e3o") : UNITS(u"Ativo vencido");
}

int sim_matures_tonight(const sim_market_t *m, int64_t next_day)
{
    return m->next[0] && next_day > sim_last_session(sim.config.symbol);
}

/* In cash, at the day's last price: the account is flat without an order. */
void sim_settle(sim_market_t *m)
{
    int account;
    for (account = 0; account < sim.config.accounts; account++) {
        int64_t open = sim.clients.positions[account].open;
        if (!open)
            continue;
        sim_account_move(account, -open, sim_last_or_reference(m));
        sim_tell_position(account);
    }
}

/* What was subscribed of the old contract goes silent; what was subscribed of the new one begins to speak. */
static void change_contract(sim_market_t *m)
{
    strcpy(m->expired, sim.config.symbol);
    strcpy(sim.config.symbol, m->next);
    sim_contract_beside(m->next, sim.config.symbol, 1);
    m->subs[0] = m->subs[SIM_VIEW_NEXT];
    m->subs[SIM_VIEW_NEXT] = 0;
    m->book.positions = ((m->subs[0] | m->subs[1]) & SIM_SUB_BOOKS) != 0;
    m->first_of_contract = m->n_tape;
}

int32_t sim_roll(sim_market_t *m, int64_t day, int32_t reference)
{
    while (sim_matures_tonight(m, day)) {
        change_contract(m);
        reference += sim_carry_ticks(sim.config.symbol);
    }
    return reference;
}

/* Accounts: who there is, what is told about them, the routing password. All are of one simulator's broker. */
#include "sim_garble.h"

#include <string.h>

const uint16_t SIM_BROKER_NAME[] = u"Corretora Simulador";

const sim_account_t SIM_ACCOUNT[SIM_ACCOUNTS] = {
    {UNITS(u"1000001"), UNITS(u"Jo\u00e3o da Simula\u00e7\u00e3o")},
    {UNITS(u"1000002"), UNITS(u"Concei\u00e7\u00e3o Ara\u00fajo")},
    {UNITS(u"1000003"), UNITS(u"\u00c2ngela M\u00fcller & Irm\u00e3os Ltda.")},
    {UNITS(u"1000004"), UNITS(u"Fundo Ip\u00ea \u2013 Renda Vari\u00e1vel")},
};

int sim_account_of(const TConnectorAccountIdentifier *a, int *index)
{
    if (!a)
        return NL_INVALID_ARGS;
    if (a->Version)
        return NL_VERSION_NOT_SUPPORTED;
    if (a->SubAccountID && a->SubAccountID[0])
        return NL_LICENSE_NOT_ALLOWED;
    for (*index = 0; *index < sim.config.accounts; ++*index)
        if (a->BrokerID == SIM_BROKER_ID && sim_same(a->AccountID, SIM_ACCOUNT[*index].id))
            return NL_OK;
    return NL_NOT_FOUND;
}

/* ---- the routing password ---------------------------------------------------------------------------------- */

/* NULL when it is taken, else the reason with which the server will drop the order; three wrong ones in a row lock it */
const uint16_t *sim_password_refusal(qt_text_t password)
{
    uint16_t wanted[64];
    int *wrong = &sim.clients.wrong_passwords;
    sim_widen(wanted, sim.config.password, 64);
    if (*wrong >= SIM_PASSWORD_TRIES)
        return UNITS(u"Senha de roteamento bloqueada");
    if (!wanted[0] || sim_same(password, wanted)) {
        *wrong = 0;
        return NULL;
    }
    ++*wrong;
    return UNITS(u"Senha de roteamento inv\u00e1lida");
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

SIM_EXPORT int32_t QT_STDCALL GetAccount(void)
{
    sim_command_t c = {.kind = SIM_CMD_ACCOUNTS};
    int result = sim_routing_request();
    return sim_end(result ? result : sim_post_command(&c));
}

static int count_of(int32_t broker) { return broker == SIM_BROKER_ID ? sim.config.accounts : 0; }

SIM_EXPORT int32_t QT_STDCALL GetAccountCount(void)
{
    int result = sim_routing_request();
    return sim_end(result ? result : count_of(SIM_BROKER_ID));
}

SIM_EXPORT int32_t QT_STDCALL GetAccountCountByBroker(int32_t broker)
{
    int result = sim_routing_request();
    return sim_end(result ? result : count_of(broker));
}

void sim_put_account(TConnectorAccountIdentifierOut *out, int index)
{
    out->BrokerID = SIM_BROKER_ID;
    out->AccountIDLength = sim_length(SIM_ACCOUNT[index].id);
    sim_copy(out->AccountID, SIM_ACCOUNT[index].id, 100);
    out->SubAccountID[0] = 0;
    out->SubAccountIDLength = 0;
    out->Reserved = 0;
}

/* The source's accounts from start_source on, at most count, to the array from start_dest on; how many were written. */
static int list(int32_t broker, int32_t start_source, int32_t start_dest, int32_t count, TConnectorAccountIdentifierOut *out)
{
    int i, n = count_of(broker) - start_source;
    if (!out || start_source < 0 || start_dest < 0 || count < 0)
        return NL_INVALID_ARGS;
    n = n < count ? n : count;
    for (i = 0; i < n; i++)
        if (out[start_dest + i].Version)
            return NL_VERSION_NOT_SUPPORTED;
    for (i = 0; i < n; i++)
        sim_put_account(&out[start_dest + i], start_source + i);
    return n > 0 ? n : 0;
}

SIM_EXPORT int32_t QT_STDCALL GetAccounts(int32_t start_source, int32_t start_dest, int32_t count,
                                          TConnectorAccountIdentifierOut *accounts)
{
    int result = sim_routing_request();
    return sim_end(result ? result : list(SIM_BROKER_ID, start_source, start_dest, count, accounts));
}

SIM_EXPORT int32_t QT_STDCALL GetAccountsByBroker(int32_t broker, int32_t start_source, int32_t start_dest, int32_t count,
                                                  TConnectorAccountIdentifierOut *accounts)
{
    int result = sim_routing_request();
    return sim_end(result ? result : list(broker, start_source, start_dest, count, accounts));
}

/* An ordinary licence has no sub-accounts. */
static int sub_accounts(const TConnectorAccountIdentifier *master)
{
    int index, result = sim_routing_request();
    if (result == NL_OK)
        result = sim_account_of(master, &index);
    return sim_end(result ? result : NL_LICENSE_NOT_ALLOWED);
}

SIM_EXPORT int32_t QT_STDCALL GetSubAccountCount(const TConnectorAccountIdentifier *master) { return sub_accounts(master); }

SIM_EXPORT int32_t QT_STDCALL GetSubAccounts(const TConnectorAccountIdentifier *master, int32_t start_source,
                                             int32_t start_dest, int32_t count, TConnectorAccountIdentifierOut *accounts)
{
    (void)start_source;
    (void)start_dest;
    (void)count;
    (void)accounts;
    return sub_accounts(master);
}

static int account_details(TConnectorTradingAccountOut *out)
{
    int index, result = sim_account_of(&out->AccountID, &index);
    if (result)
        return result;
    sim_put_text(out->BrokerName, &out->BrokerNameLength, SIM_BROKER_NAME);
    sim_put_text(out->OwnerName, &out->OwnerNameLength, SIM_ACCOUNT[index].holder);
    sim_put_text(out->SubOwnerName, &out->SubOwnerNameLength, UNITS(u""));
    out->AccountFlags = QT_ACCOUNT_ENABLED;
    if (out->Version >= 1)
        out->AccountType = 0; /* owner */
    return NL_OK;
}

SIM_EXPORT int32_t QT_STDCALL GetAccountDetails(TConnectorTradingAccountOut *account)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!account || account->Version > 1))
        result = account ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : account_details(account));
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

void sim_announce_accounts(void)
{
    int i;
    for (i = 0; i < sim.config.accounts; i++)
        sim_post(SIM_MSG_ACCOUNT, 0)->u.account.index = i;
    sim_post(SIM_MSG_BROKER_ACCOUNTS, 0);
}

static void put_identifier(TConnectorAccountIdentifier *out, int index) /* for a callback */
{
    memset(out, 0, sizeof *out);
    out->BrokerID = SIM_BROKER_ID;
    out->AccountID = sim_shown(SIM_ACCOUNT[index].id);
}

/* The asset-position list takes the place of the account callback: "-1" says that the whole list is new. */
void sim_deliver_account(const sim_message_t *msg)
{
    int index = msg->u.account.index;
    if (sim.live.positions)
        sim_deliver_position(msg);
    else if (sim.live.account) {
        sim_call_account(SIM_BROKER_ID, sim_shown(SIM_BROKER_NAME), sim_shown(SIM_ACCOUNT[index].id),
                         sim_shown(SIM_ACCOUNT[index].holder));
        sim_called();
    }
}

void sim_deliver_broker_accounts(void)
{
    if (!sim.live.broker_accounts)
        return;
    sim.live.broker_accounts(SIM_BROKER_ID, 1);
    sim_called();
}

/* also for SIM_MSG_ACCOUNT, whose position has no number: the whole list */
void sim_deliver_position(const sim_message_t *msg)
{
    TConnectorAccountIdentifier account;
    TConnectorAssetIdentifier asset;
    if (!sim.live.positions)
        return;
    put_identifier(&account, msg->u.account.index);
    sim_connector_asset(&asset, 0);
    if (msg->kind == SIM_MSG_ACCOUNT)
        asset.Ticker = sim_shown(UNITS(u"-1"));
    sim.live.positions(account, asset, msg->u.account.event_id);
    sim_called();
}

/* Without the history callback each order that history brings is an order event. */
void sim_deliver_order_history(const sim_message_t *msg)
{
    TConnectorAccountIdentifier id;
    int32_t slot;
    if (sim.live.order_history_loaded) {
        put_identifier(&id, msg->u.account.index);
        sim.live.order_history_loaded(id);
        sim_called();
        return;
    }
    for (slot = 0; slot < msg->u.account.orders; slot++)
        if (sim_order_at(slot)->account == msg->u.account.index && !sim_order_at(slot)->lost)
            sim_deliver_order_event(slot);
}

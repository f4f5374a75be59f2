/* Messages, from the market to whoever listens; commands, from the exports to the connector thread. */
#ifndef SIM_MESSAGES_H
#define SIM_MESSAGES_H

#include "sim_market.h"

enum { SIM_TICKER_UNITS = 32 };

enum sim_message_kind { SIM_MSG_STATE, SIM_MSG_ACCOUNT, SIM_MSG_TRADE, SIM_MSG_OFFER, SIM_MSG_IMAGE, SIM_MSG_DEPTH, SIM_MSG_TINY,
    SIM_MSG_DAILY, SIM_MSG_PHASE, SIM_MSG_THEORETICAL, SIM_MSG_INVALID, SIM_MSG_HISTORY, SIM_MSG_ORDER,
    SIM_MSG_ORDER_HISTORY, SIM_MSG_ROUTE, SIM_MSG_POSITION, SIM_MSG_BROKER_ACCOUNTS,
    SIM_MSG_PAST_ORDERS, SIM_MSG_TICKER_INFO, SIM_MSG_LAST_CLOSE, SIM_MSG_ADJUST, SIM_MSG_PRICE, SIM_MSG_PRICE_IMAGE };

enum { SIM_HISTORY_HEAD = 1, SIM_HISTORY_BURST = 2 }; /* up to progress 99; the rest */

typedef struct sim_message {
    int64_t ts_ns;
    uint8_t kind, view;
    uint8_t routed; /* 1: a fault has had it already, it is delivered as it is */
    union {
        struct { int32_t channel, result; } state;
        sim_record_t trade;
        sim_change_t offer;
        struct { int32_t position; uint8_t side, update; } depth;
        struct { int64_t qty; int32_t price, side; } tiny;
        struct { int64_t qty; int32_t count, price, position; uint8_t side, action; } price;
        struct { int64_t from, to; int empty, part; } history; /* part: 0 all, SIM_HISTORY_HEAD, SIM_HISTORY_BURST */
        struct { int32_t slot; uint8_t status; } order;
        struct { int64_t event_id; int32_t index, orders; } account; /* orders: how many there were */
        struct { int32_t account, first, last; } past;               /* account < 0: any */
        struct { int64_t message_id; const uint16_t *text; int32_t slot; uint8_t code; } route;
        uint16_t ticker[SIM_TICKER_UNITS];
    } u;
} sim_message_t;

/* sim_publish.c */
sim_message_t *sim_post(int kind, int view);           /* appends a message, zeroed but for its head           */

enum sim_command_kind { SIM_CMD_SUBSCRIBE, SIM_CMD_UNSUBSCRIBE, SIM_CMD_INVALID, SIM_CMD_HISTORY, SIM_CMD_ACCOUNTS, SIM_CMD_ORDER,
    SIM_CMD_CANCEL, SIM_CMD_CHANGE, SIM_CMD_ORDER_HISTORY, SIM_CMD_RELEASE, SIM_CMD_RUN, SIM_CMD_STAGE, SIM_CMD_PAST_ORDERS,
    SIM_CMD_TICKER_INFO, SIM_CMD_LAST_CLOSE };

typedef struct sim_command {
    int kind, view;
    unsigned bit;
    int64_t from, to; /* HISTORY; RUN: to */
    int empty;        /* HISTORY: a date without time: answered, with nothing */
    int32_t slot, price, stop, qty;
    int64_t message_id;
    const uint16_t *doom; /* CHANGE, CANCEL: why the server will refuse it, or NULL */
    uint16_t ticker[SIM_TICKER_UNITS];
} sim_command_t;

/* sim_connector.c */
int sim_post_command(const sim_command_t *c);          /* under the lock; NL_OK or NL_INTERNAL_ERROR           */

/* sim_api_market.c */
#define sim_post_view(kind, ticker, exchange, bit) sim_post_view_as(__func__, kind, ticker, exchange, bit)
int sim_post_view_as(const char *function, int kind, qt_text_t ticker, qt_text_t exchange, unsigned bit);

#endif

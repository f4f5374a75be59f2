/* Callbacks: those that the client has set, and what delivers messages to them. */
#ifndef SIM_CALLBACKS_H
#define SIM_CALLBACKS_H

#include "sim_clients.h"
#include "sim_messages.h"

typedef struct sim_callbacks {
    TStateCallback state;
    TTradeCallback trade;
    TTradeV2Callback trade_v2;
    THistoryTradeCallback history;
    TTradeV2Callback history_v2;
    TDailyCallback daily;
    TOfferBookCallback offer;
    TOfferBookV2Callback offer_v2;
    TPriceDepthCallback depth;
    TTinyBookCallback tiny;
    TProgressCallback progress;
    TTheoreticalPriceCallback theoretical;
    TChangeStateTickerCallback phase;
    TChangeCotationCallback cotation;
    TInvalidTickerCallback invalid;
    TAccountCallback account;
    TOrderCallback order;
    TOrderChangeCallback order_change;
    TOrderChangeV2Callback order_change_v2;
    TOrderHistoryCallback order_history;
    TOrderHistoryV2Callback order_history_v2;
    TAccountIdCallback order_history_loaded;
    TAssetPositionListCallback positions;
    TBrokerAccountListCallback broker_accounts;
    TTradingMessageResultCallback routing;
    TAccountIdCallback broker_sub_accounts;
    TPriceBookCallback price_book;
    TPriceBookV2Callback price_book_v2;
    TAssetListCallback asset_list;
    TAssetListInfoCallback asset_info;
    TAssetListInfoV2Callback asset_info_v2;
    TAdjustHistoryCallback adjust;
    TAdjustHistoryV2Callback adjust_v2;
    THealthCallback health;
} sim_callbacks_t;

/* a callback called as another type, which has nothing to do with its own */
typedef void (*sim_any_function_t)(void);
#define SIM_AS(type, callback) ((type)(sim_any_function_t)(callback))

/* sim_deliver.c, sim_image.c */
void sim_deliver(const sim_message_t *msg);
void sim_deliver_image(int view);
void sim_image_forget(void);
void sim_deliver_order(int32_t slot);                  /* sim_words.c: order callbacks, both families          */
void sim_deliver_past_orders(const sim_message_t *msg);
void sim_deliver_order_event(int32_t slot);            /* the identifier alone                                 */
void sim_asset(TAssetIDRec *a, int view);              /* text lives until sim_scrub                           */
void sim_connector_asset(TConnectorAssetIdentifier *a, int view);
qt_text_t sim_shared_date(int64_t utc_ns);
void sim_called(void);                                 /* counts a callback and overwrites its text            */
const sim_record_t *sim_handle_record(const void *handle); /* NULL when it is not the one in flight            */

/* sim_accounts.c */
void sim_deliver_account(const sim_message_t *msg);
void sim_deliver_broker_accounts(void);
void sim_deliver_position(const sim_message_t *msg);
void sim_deliver_order_history(const sim_message_t *msg);

/* sim_notices.c */
enum { SIM_ROUTE_STARTING = 0, SIM_ROUTE_PROXY = 2, SIM_ROUTE_NO_PROXY = 3, SIM_ROUTE_SERVER = 4, SIM_ROUTE_NO_SERVER = 5,
       SIM_ROUTE_BROKER = 6, SIM_ROUTE_NO_BROKER = 7, SIM_ROUTE_MARKET = 8, SIM_ROUTE_NO_MARKET = 9, SIM_ROUTE_ACCEPTED = 10 };
void sim_tell_route(const sim_client_order_t *o, int64_t message_id, int code, const uint16_t *text); /* NULL: the usual text */
void sim_deliver_route(const sim_message_t *msg);

/* sim_info.c */
void sim_deliver_ticker_info(int view);
void sim_deliver_last_close(int view);
void sim_deliver_adjustments(int view);

/* sim_price_book.c */
void sim_publish_prices(const sim_market_t *m, int view);
void sim_deliver_price(const sim_message_t *msg);
void sim_deliver_price_image(int view);

/* sim_health.c */
int sim_health_start(void);
void sim_health_stop(void);
void sim_health_busy(int busy);                        /* the connector enters and leaves callbacks            */

/* sim_page.c: text for a callback, overwritten after it */
qt_text_t sim_shown(qt_text_t text);
qt_text_t sim_shown_ascii(const char *text);
qt_text_t sim_shown_date(int64_t utc_ns);              /* empty for 0                                          */
void sim_page_scrub(void);

#endif

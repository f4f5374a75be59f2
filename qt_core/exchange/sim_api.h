/* What the exports share: accounts, requests that take the lock, ways of the orders. */
#ifndef SIM_API_H
#define SIM_API_H

#include "sim_clients.h"

/* sim_accounts.c */
typedef struct sim_account { const uint16_t *id, *holder; } sim_account_t;
extern const sim_account_t SIM_ACCOUNT[SIM_ACCOUNTS];
int sim_account_of(const TConnectorAccountIdentifier *a, int *index); /* NL_OK or the code that refuses it     */
void sim_announce_accounts(void);                      /* after a login and each time the broker comes back    */
void sim_put_account(TConnectorAccountIdentifierOut *out, int index);
const uint16_t *sim_password_refusal(qt_text_t password); /* NULL: taken                                       */
enum { SIM_PASSWORD_TRIES = 3 };

/* sim_api_orders.c, sim_position.c, sim_reading.c: under the lock */
int32_t sim_ticks_of(double points);                   /* SIM_MARKET_PRICE when off the tick                   */
#define sim_send_request() sim_send_request_as(__func__)
int sim_send_request_as(const char *function);         /* sim_routing_request, and counts a send               */
int64_t sim_end64(int64_t result);
int64_t sim_send_order(TConnectorSendOrder *in);
int64_t sim_zero_position(TConnectorZeroPosition *in);
int sim_change(const sim_client_order_t *o, qt_text_t password, int32_t price, int32_t stop, int64_t qty, int64_t *message);
int sim_cancel(const sim_client_order_t *o, qt_text_t password, int64_t *message);
int sim_cancel_all(const TConnectorAccountIdentifier *id, qt_text_t password);
int sim_cancel_all_of(const TConnectorAccountIdentifier *id, qt_text_t password, qt_text_t ticker, qt_text_t exchange);
double sim_mean_points(double value, int64_t qty);
double sim_average_points(const sim_client_order_t *o);
int sim_put_text(uint16_t *buffer, int32_t *length, qt_text_t text); /* two passes                             */
void *sim_lend(int32_t size);                          /* sim_image.c: for FreePointer                         */
void *sim_lend_array(int32_t size);                    /* the same for the connector, which delivers without the lock */
int sim_legacy_account(TConnectorAccountIdentifier *out, qt_text_t account, qt_text_t broker); /* sim_legacy.c */

/* sim_api.c */
extern const uint16_t SIM_BROKER_NAME[];
enum { SIM_BROKER_ID = 32003 };
void sim_api_lock(void);
int sim_on_connector(void);                            /* sim_connector.c */
#define sim_request() sim_request_as(__func__)
#define sim_routing_request() sim_routing_request_as(__func__)
int sim_request_as(const char *function);              /* takes the lock for a request function; NL_OK, or the code
                                                          that refuses it. Counts requests made inside callbacks  */
int sim_routing_request_as(const char *function);      /* the same for orders and accounts                       */
int sim_end(int result);                               /* gives the lock back                                    */
int sim_find(qt_text_t ticker, qt_text_t exchange, int *view); /* NL_OK, or the code that
                                                          refuses the name                                     */
int sim_find_any(qt_text_t ticker, qt_text_t exchange, int *view);

#endif

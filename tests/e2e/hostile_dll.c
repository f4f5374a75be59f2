/* The stand-in for ProfitDLL, gone mad: once a contract is subscribed its connector fires the known bad trades and then
 * thousands of callbacks with arguments drawn from the worst values, over and over. */
#include <pthread.h>
#include <time.h>

static void *hostile_connector(void *unused);
#define pthread_create(thread, how, start, with) pthread_create(thread, how, hostile_connector, ((void)(start), with))
#include "../c/fake_dll.c"
#undef pthread_create

static uint64_t dice = 88172645463325252u;

static uint64_t roll(uint64_t n)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % n;
}

static double bad_price(void)
{
    static const double prices[] = {NAN, INFINITY, -INFINITY, -5.0, 0.0, 1e308, 5e-324, 5400.3, 5400.5, 5401.0, 9e9};
    return prices[roll(sizeof prices / sizeof prices[0])];
}

static int64_t bad_count(void)
{
    static const int64_t counts[] = {0, -1, 3, INT64_MIN, INT64_MAX, INT64_C(181900000000000000), -2147483648LL, 7};
    return counts[roll(sizeof counts / sizeof counts[0])];
}

static void bad_trade(void)
{
    TConnectorAssetIdentifier asset = {0, F.ticker, F.exchange, 0};
    TConnectorTrade t = {0, {(uint16_t)roll(4000), (uint16_t)roll(14), 1, (uint16_t)roll(40), (uint16_t)roll(30), 61, 0, 0},
                         (uint32_t)bad_count(), bad_price(), bad_count(), bad_price(), (int32_t)bad_count(), 2,
                         (uint8_t)roll(256)};
    now_trade = t;
    F.trade(asset, roll(9) ? (void *)&now_trade : NULL, (uint32_t)roll(4));
}

static void bad_offer(void)
{
    void *sells = roll(40) ? NULL : offer_array((int)roll(6), bad_price(), bad_price(), (uint32_t)roll(8));
    void *buys = roll(40) ? NULL : offer_array((int)roll(6), bad_price(), bad_price(), (uint32_t)roll(8));
    fire_offer((int)roll(8) - 1, (int)bad_count(), (int)roll(3), bad_count(), bad_price(), (int)roll(16), sells, buys);
}

static void bad_rest(void)
{
    static const uint16_t nonsense[] = {'x', '/', 0};
    TAssetIDRec asset = {F.ticker, F.exchange, 0};
    F.tiny(asset, bad_price(), (int32_t)bad_count(), (int32_t)roll(3));
    F.daily(asset, nonsense, bad_price(), bad_price(), bad_price(), bad_price(), bad_price(), bad_price(), bad_price(),
            bad_price(), bad_price(), bad_price(), (int32_t)bad_count(), (int32_t)bad_count(), 0, -1, 2, 3, -4);
    if (F.theoretical)
        F.theoretical(asset, bad_price(), bad_count());
    F.state(9, (int32_t)roll(300));
}

static void rage(void)
{
    int n;
    fire_bad_trades();
    for (n = 0; n < 1000; n++) {
        bad_trade();
        bad_offer();
        bad_rest();
    }
}

static void *hostile_connector(void *unused)
{
    int command = LOGIN;
    (void)unused;
    while (command != STOP) {
        struct timespec soon;
        pthread_mutex_lock(&F.lock);
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_sec += (soon.tv_nsec += 200000000) / 1000000000;
        soon.tv_nsec %= 1000000000;
        if (F.in == F.out)
            pthread_cond_timedwait(&F.wake, &F.lock, &soon);
        command = F.in == F.out ? -1 : F.queue[F.out++ & 255];
        pthread_mutex_unlock(&F.lock);
        if (command >= 0)
            obey(command);
        else if (F.ticker[0])
            rage();
    }
    return NULL;
}

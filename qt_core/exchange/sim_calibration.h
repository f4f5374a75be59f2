/* Figures that make the flow look like the mini dollar. They are statistics (shares, means, standard
 * deviations), no recorded data, from four samples:
 *   [day]    day totals of WDOU25, 2025-08-20 to 26: prints, contracts, share without aggressor
 *   [rate]   prints per 10 s of WDOU25, 2025-08-21 and 22, and order-book messages of 2025-08-26
 *   [l1]     best bid and ask of WDOU25, 2025-08-11
 *   [m5]     five-minute bars of WDO, 2018-01 to 2019-06: share of the day by half hour
 *   [dol]    prints of DOLK20, 2020-04-02: signs; one-minute bars: volatility
 * Numbers marked "fitted" were chosen so that the generated tape meets those figures. */
#ifndef SIM_CALIBRATION_H
#define SIM_CALIBRATION_H

/* [m5] share of the day's volume by half hour from 09:00 Brasilia; the last one ends 19:00 */
static const double SIM_DAY_SHARE[20] = {
    0.0975, 0.0928, 0.0858, 0.0839, 0.0798, 0.0729, 0.0603, 0.0494, 0.0452, 0.0395,
    0.0412, 0.0456, 0.0446, 0.0427, 0.0334, 0.0301, 0.0217, 0.0177, 0.0126, 0.0033};

#define SIM_PRINTS_PER_DAY 622000.0 /* [day] mean of four days                                     */
#define SIM_RLP_SHARE 0.262         /* [day] 0.272 without aggressor, less crosses                 */
#define SIM_CROSS_SHARE 0.008       /* 1 of 53 sampled prints; [day] bounds it                     */
#define SIM_PRINTS_PER_SWEEP 2.36   /* prints of one aggressive order, fitted                      */
#define SIM_ADDS_PER_PRINT 3.4      /* [rate] 16.94 offers added for 4.97 prints                   */
#define SIM_TRIES_PER_PRINT 5.2     /* cancels tried; about half are accepted, fitted to 15.44     */
#define SIM_EDITS_PER_PRINT 0.02    /* [rate] 0.96 edits for 4.97 prints, most of them by fills    */

/* log of the print rate around the day's shape: [rate] sd 0.96 within a half hour, autocorrelation
 * 0.27 after 10 s falling to 0.04 after 120 s; 0.60 after 10 s with the day's shape left in */
#define SIM_TIDE_SD 0.35
#define SIM_TIDE_S 1500.0
#define SIM_WAVE_SD 0.50
#define SIM_WAVE_S 60.0
#define SIM_GUST_SD 1.22
#define SIM_GUST_S 2.0

/* the hidden fair price: ticks; sd per minute about 3 bp, more in the morning; moved by news and by flow */
#define SIM_NEWS_VAR 0.0095   /* squared ticks per print expected, fitted                          */
#define SIM_IMPACT 0.0100     /* ticks per square root of an aggressive contract, fitted           */
#define SIM_ANCHOR_S 5400.0   /* pull towards the day's start: range of 30 to 65 points [day]      */

/* [dol] signs of prints: 0.67, 0.50, 0.27, 0.14, 0.06 after 1, 2, 5, 10, 20: two kinds of hidden
 * orders, a few slices long and many slices long; stay = chance that the next sweep is of the same */
#define SIM_LONG_RUNS 0.014
#define SIM_SHORT_STAY 0.09
#define SIM_LONG_STAY 0.80

#define SIM_FILL_RATE 70.0    /* per s: an open gap closes in 14 ms; [l1] one tick 99.5 % of the time */
#define SIM_DEPTH 40          /* levels of each side that the flow feeds                           */
#define SIM_TOUCH_ORDERS 36.0 /* orders that the best level tends to, fitted to 317 to 340 contracts [l1] */
#define SIM_DEEP_ORDERS 50.0

/* contracts: shares in steps; mean of a print 4.2 with an aggressor, 3.0 for RLP [day], 1 is 60 % */
#define SIM_SIZES 11
static const int SIM_SIZE[SIM_SIZES] = {1, 2, 3, 4, 5, 8, 10, 20, 50, 100, 200};
static const double SIM_REST_SHARE[SIM_SIZES] = {0.52, 0.13, 0.04, 0.02, 0.09, 0.02, 0.088, 0.051, 0.034, 0.010, 0.0025};
static const double SIM_TAKE_SHARE[SIM_SIZES] = {0.43, 0.12, 0.04, 0.03, 0.10, 0.03, 0.11, 0.078, 0.050, 0.019, 0.005};
static const double SIM_RLP_SIZE_SHARE[SIM_SIZES] = {0.62, 0.15, 0.05, 0.02, 0.08, 0.02, 0.035, 0.016, 0.006, 0.0025, 0.0005};

/* brokers by prints, of 53 sampled prints */
#define SIM_BROKERS 16
static const int SIM_BROKER[SIM_BROKERS] = {3, 85, 120, 4090, 39, 1618, 8, 23, 122, 93, 746, 114, 27, 147, 107, 40};
static const double SIM_BROKER_SHARE[SIM_BROKERS] = {36, 17, 14, 10, 6, 5, 4, 3, 2, 2, 2, 1, 1, 1, 1, 1};

#endif

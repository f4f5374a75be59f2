/* A fault script: a subset of TOML, read and checked before anything runs. docs/faults.md is its manual. */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include <stdint.h>

enum { SIM_SCRIPT_BYTES = 65536, SIM_SCRIPT_ITEMS = 1024, SIM_FAULTS = 96, SIM_TEXT_UNITS = 512 };

/* ---- what the text says --------------------------------------------------------------------------- */

enum sim_item_type { SIM_ITEM_INTEGER, SIM_ITEM_REAL, SIM_ITEM_STRING, SIM_ITEM_TRUTH };

typedef struct sim_item { /* one `key = value` */
    int32_t line, table;  /* table 0 = top level, n = the n-th [[fault]]              */
    int32_t key, text;    /* places in the pool; text of a string                     */
    int32_t type;
    int64_t integer;      /* of an integer or a truth                                 */
    double real;          /* of any number                                            */
} sim_item_t;

/* ---- what it means ------------------------------------------------------------------------------------ */

/* name in the script, type, least, most */
#define SIM_FAULT_KEYS(X)                      \
    X(KIND, "kind", KINDS, 0, 0)               \
    X(AT, "at", CLOCK, 0, 0)                   \
    X(FROM, "from", CLOCK, 0, 0)               \
    X(UNTIL, "until", CLOCK, 0, 0)             \
    X(CHANCE, "chance", REAL, 0, 1)            \
    X(EVERY, "every", INTEGER, 1, 1e9)         \
    X(SKIP, "skip", INTEGER, 0, 1e9)           \
    X(COUNT, "count", INTEGER, 1, 1e9)         \
    X(CALLBACK, "callback", CALLBACKS, 0, 0)   \
    X(STAGE, "stage", STAGES, 0, 0)            \
    X(SECONDS, "seconds", REAL, 0, 86400)      \
    X(WALL, "wall_seconds", REAL, 0, 86400)    \
    X(COPIES, "copies", INTEGER, 1, 1000)      \
    X(BY, "by", INTEGER, 1, 1000)              \
    X(STEPS, "steps", INTEGER, 1, 4)           \
    X(CHANNEL, "channel", CHANNELS, 0, 0)      \
    X(KEEP, "keep_subscriptions", TRUTH, 0, 1) \
    X(LATE, "late_orders", TRUTH, 0, 1)        \
    X(PERIOD, "period", REAL, 0.1, 86400)      \
    X(STATE, "state", INTEGER, 5, 6)           \
    X(BUDGET, "budget_us", REAL, 0, 1e9)       \
    X(AFTER_KILL, "after_kill", TRUTH, 0, 1)   \
    X(PATH, "path", TEXT, 0, 0)                \
    X(ANSWER, "answer", ANSWERS, 0, 0)         \
    X(FUNCTION, "function", FUNCTIONS, 0, 0)   \
    X(CODE, "code", CODES, 0, 0)               \
    X(OUTAGE, "until_outage_ends", TRUTH, 0, 1) \
    X(TRADES, "trades", INTEGER, 0, 1e9)       \
    X(STATUS, "status", INTEGER, 0, 255)       \
    X(TEXT, "text", TEXT, 0, 0)                \
    X(RETRYABLE, "retryable", TRUTH, 0, 1)     \
    X(SLICES, "slices", INTEGER, 2, 100)       \
    X(QTY, "qty", INTEGER, -1e6, 1e6)          \
    X(FLATTEN, "flatten", TRUTH, 0, 1)         \
    X(REACHES, "reaches_exchange", TRUTH, 0, 1) \
    X(FIELD, "field", FIELDS, 0, 0)            \
    X(VALUE, "value", VALUES, 0, 0)            \
    X(LIMIT, "limit", INTEGER, 1, 1e9)         \
    X(POINT, "point", KILL_POINTS, 0, 0)

enum sim_fault_key {
#define X(id, name, type, least, most) SIM_KEY_##id,
    SIM_FAULT_KEYS(X)
#undef X
    SIM_KEYS
};

/* name in the script, keys it must have, keys it may have (K() of each); SELECT is added where occurrences are counted */
#define SIM_FAULT_KINDS(X)                                                                              \
    X(DROP, "drop", K(CALLBACK), K(STAGE) | SELECT)                                                     \
    X(DELAY, "delay", K(CALLBACK) | K(SECONDS), K(STAGE) | SELECT)                                      \
    X(DUPLICATE, "duplicate", K(CALLBACK), K(COPIES) | K(SECONDS) | K(STAGE) | SELECT)                  \
    X(REORDER, "reorder", K(CALLBACK), K(BY) | K(SECONDS) | K(STAGE) | SELECT)                          \
    X(EARLY, "early", 0, K(STEPS) | SELECT)                                                             \
    X(OUTAGE, "outage", K(CHANNEL) | K(AT) | K(SECONDS), K(KEEP) | K(LATE))                             \
    X(FLAP, "flap", K(FROM) | K(PERIOD), K(UNTIL) | K(SECONDS) | K(COUNT) | K(LATE))                    \
    X(STALL, "stall", K(AT) | K(SECONDS), K(STATE))                                                     \
    X(BUDGET, "budget", K(BUDGET), 0)                                                                   \
    X(OVERLOAD, "overload", 0, K(LIMIT) | K(SECONDS))                                                   \
    X(MUTE, "mute", 0, K(SECONDS) | K(AFTER_KILL) | K(PATH))                                            \
    X(LICENCE, "licence", K(PATH), K(ANSWER))                                                           \
    X(BLOCK, "block", K(FUNCTION), K(WALL) | K(OUTAGE) | SELECT)                                        \
    X(ANSWER, "answer", K(FUNCTION) | K(CODE), SELECT)                                                  \
    X(FINALIZE_HANG, "finalize_hang", 0, K(WALL))                                                       \
    X(FINALIZE_CALLBACKS, "finalize_callbacks", 0, K(COPIES))                                           \
    X(HISTORY_TAIL, "history_tail", K(TRADES), K(COUNT))                                                \
    X(HISTORY_STUCK, "history_stuck", K(SECONDS), SELECT)                                               \
    X(REJECT, "reject", 0, K(STATUS) | K(TEXT) | K(RETRYABLE) | SELECT)                                 \
    X(PARTIAL, "partial", K(SLICES), K(SECONDS) | SELECT)                                               \
    X(CANCEL_RACE, "cancel_race", 0, SELECT)                                                            \
    X(CANCEL_REJECT, "cancel_reject", 0, K(TEXT) | SELECT)                                              \
    X(CHANGE_REJECT, "change_reject", 0, K(TEXT) | SELECT)                                              \
    X(ADMIN_CANCEL, "admin_cancel", 0, K(SECONDS) | K(TEXT) | SELECT)                                   \
    X(STUCK, "stuck", 0, K(REACHES) | SELECT)                                                           \
    X(POSITION, "position", K(AT), K(QTY) | K(FLATTEN))                                                 \
    X(GARBAGE, "garbage", 0, K(CALLBACK) | SELECT)                                                      \
    X(GUARD_PAGES, "guard_pages", 0, 0)                                                                 \
    X(FULL_RECORDS, "full_records", 0, 0)                                                               \
    X(ABSURD, "absurd", K(CALLBACK) | K(FIELD) | K(VALUE), SELECT)                                      \
    X(SWAP, "swap", K(CALLBACK), SELECT)                                                                \
    X(STALE_HANDLE, "stale_handle", K(CALLBACK), SELECT)                                                \
    X(MISSING_DATE, "missing_date", 0, SELECT)                                                          \
    X(CARRY, "carry", K(PATH), 0)                                                                       \
    X(KILL, "kill", K(POINT), SELECT)

enum sim_fault_kind {
#define X(id, name, must, may) SIM_FAULT_##id,
    SIM_FAULT_KINDS(X)
#undef X
    SIM_FAULT_KIND_COUNT
};

/* words of `callback`: bits */
enum { SIM_CB_TRADE = 1, SIM_CB_HISTORY = 2, SIM_CB_OFFER = 4, SIM_CB_DEPTH = 8, SIM_CB_TINY = 16, SIM_CB_DAILY = 32,
    SIM_CB_PHASE = 64, SIM_CB_THEORETICAL = 128, SIM_CB_STATE = 256, SIM_CB_PROGRESS = 512, SIM_CB_ACCOUNT = 1024,
    SIM_CB_ORDER = 2048, SIM_CB_MESSAGE = 4096, SIM_CB_PRICE = 8192, SIM_CB_OTHER = 16384, SIM_CB_ANY = 32767,
    SIM_CB_MARKET = SIM_CB_TRADE | SIM_CB_OFFER | SIM_CB_DEPTH | SIM_CB_TINY | SIM_CB_DAILY | SIM_CB_PHASE |
        SIM_CB_THEORETICAL | SIM_CB_PRICE };
enum { SIM_STAGE_FINAL = 999 }; /* word of `stage`: any status that ends an order */
enum sim_channel { SIM_DOWN_MARKET = 1, SIM_DOWN_ROUTING = 2, SIM_DOWN_BROKER = 4 };
enum sim_field { SIM_FIELD_PRICE = 1, SIM_FIELD_QTY, SIM_FIELD_DATE, SIM_FIELD_TEXT, SIM_FIELD_TYPE, SIM_FIELD_POSITION,
    SIM_FIELD_SIDE, SIM_FIELD_NUMBER };
enum sim_value { SIM_VALUE_NAN = 1, SIM_VALUE_INF, SIM_VALUE_MINUS_INF, SIM_VALUE_HUGE, SIM_VALUE_NEGATIVE, SIM_VALUE_ZERO,
    SIM_VALUE_1970, SIM_VALUE_2099, SIM_VALUE_UNTERMINATED, SIM_VALUE_SURROGATE, SIM_VALUE_NARROW, SIM_VALUE_UNKNOWN };
enum sim_point { SIM_POINT_LOGIN = 1, SIM_POINT_SUBSCRIBE, SIM_POINT_HISTORY, SIM_POINT_BEFORE_SEND, SIM_POINT_AFTER_SEND,
    SIM_POINT_ACCEPTED, SIM_POINT_NEW, SIM_POINT_PARTIAL, SIM_POINT_FILLED, SIM_POINT_BEFORE_CANCEL, SIM_POINT_AFTER_CANCEL,
    SIM_POINT_CANCELED, SIM_POINT_REJECTED, SIM_POINT_FINALIZE };
enum { SIM_FUNCTION_ALL = 0, SIM_ANSWER_LOGIN = 1, SIM_ANSWER_INTERNAL, SIM_ANSWER_MUTE };

typedef struct sim_fault {
    int kind, line;
    uint64_t given;            /* bit of each key that the script gives                               */
    double value[SIM_KEYS];    /* numbers, truths, words' numbers, clocks in ns of the day            */
    const char *text[SIM_KEYS]; /* strings and words, in the script's pool                            */
} sim_fault_t;

typedef struct sim_script {
    uint64_t seed;
    int32_t n_items, n_faults, pool_used;
    sim_item_t items[SIM_SCRIPT_ITEMS];
    int32_t header_line[SIM_FAULTS + 1];
    sim_fault_t faults[SIM_FAULTS];
    char pool[2 * SIM_SCRIPT_BYTES];
} sim_script_t;

/* Both answer 0, or -1 with sim_error telling "line N: what, value, remedy". The second reads what the first found. */
int sim_script_read(sim_script_t *s, const char *text);
int sim_script_check(sim_script_t *s);
int sim_quotable(const char *text);
int sim_function_known(const char *name); /* a request function that a script may name */

static inline int sim_gives(const sim_fault_t *f, int key) { return (int)(f->given >> key & 1); }
static inline double sim_real_or(const sim_fault_t *f, int key, double otherwise)
{
    return sim_gives(f, key) ? f->value[key] : otherwise;
}
static inline int64_t sim_int_or(const sim_fault_t *f, int key, int64_t otherwise)
{
    return sim_gives(f, key) ? (int64_t)f->value[key] : otherwise;
}

#endif

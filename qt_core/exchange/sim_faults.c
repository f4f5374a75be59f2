/* The loaded fault script: reading, replacing and looking into it. */
#include "sim.h"
#include "sim_faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFUSED = -2 };

typedef struct occurrences { /* of one fault, in this session */
    int64_t from_ns, until_ns, seen, hits;
    sim_rng_t rng;
} occurrences_t;

static sim_script_t *loaded; /* NULL: no script */
static occurrences_t counts[SIM_FAULTS];
static uint16_t texts[SIM_FAULTS][SIM_TEXT_UNITS]; /* of the faults that give one, as callbacks show it */
sim_fault_stats_t sim_fault_stats;

/* a script that was read and checked, or NULL with sim_error */
static sim_script_t *read_script(const char *text)
{
    sim_script_t *s = text ? malloc(sizeof *s) : NULL;
    if (!s) {
        sim_error(text ? "no memory for the fault script" : "no fault script was given");
        return NULL;
    }
    if (sim_script_read(s, text) == 0 && sim_script_check(s) == 0)
        return s;
    free(s);
    return NULL;
}

static int load(const char *text)
{
    sim_script_t *s;
    if (sim.running) {
        sim_error("a session is running: load a fault script before the login");
        return REFUSED;
    }
    if (!(s = read_script(text)))
        return REFUSED;
    free(loaded);
    loaded = s;
    return 0;
}

/* Before the login; replaces what was loaded before. An empty script has no faults. 0; -2 with SIM_Error "line N: ...". */
SIM_EXPORT int32_t SIM_Faults(const char *text)
{
    sim_api_lock();
    return sim_end(load(text));
}

/* Reads and checks a script without loading it; at any time. 0; -2 with SIM_Error. */
SIM_EXPORT int32_t SIM_CheckFaults(const char *text)
{
    sim_script_t *s;
    sim_api_lock();
    s = read_script(text);
    free(s);
    return sim_end(s ? 0 : REFUSED);
}

/* ---- from a file -------------------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(SIM_SCRIPT_BYTES + 2) : NULL;
    size_t n = text ? fread(text, 1, SIM_SCRIPT_BYTES + 1, file) : 0;
    if (file)
        fclose(file);
    if (!text) {
        sim_error("cannot read the fault script %.300s", path);
        return NULL;
    }
    text[n] = 0;
    if (strlen(text) == n)
        return text;
    sim_error("the fault script %.300s holds a zero byte: it is not text", path);
    free(text);
    return NULL;
}

int sim_faults_load_file(const char *path)
{
    char *text;
    int result = REFUSED;
    if (!*path)
        return load("");
    if ((text = read_file(path)))
        result = load(text);
    free(text);
    return result;
}

/* ---- looking into it ------------------------------------------------------------------------------------ */

static int write_item(const sim_item_t *item, const char *text, char *out, int32_t size)
{
    static const char *const truths[] = {"false", "true"};
    if (item->type == SIM_ITEM_INTEGER)
        return snprintf(out, (size_t)size, "%lld", (long long)item->integer);
    if (item->type == SIM_ITEM_REAL)
        return snprintf(out, (size_t)size, "%.17g", item->real);
    return snprintf(out, (size_t)size, "%s", item->type == SIM_ITEM_TRUTH ? truths[item->integer] : text);
}

/* What the loaded script says: the value of a key in the n-th [[fault]] (from 1; 0 = before the first) as text.
 * Its length; -1 when it is not given. */
SIM_EXPORT int32_t SIM_FaultValue(int32_t fault, const char *key, char *out, int32_t size)
{
    int i, result = -1;
    sim_api_lock();
    for (i = 0; loaded && key && out && size > 0 && i < loaded->n_items; i++) {
        const sim_item_t *item = &loaded->items[i];
        if (item->table == fault && !strcmp(loaded->pool + item->key, key))
            result = write_item(item, loaded->pool + item->text, out, size);
    }
    return sim_end(result);
}

/* ---- occurrences ------------------------------------------------------------------------------------------ */

static int64_t moment(const sim_fault_t *f, int key, int64_t otherwise)
{
    const sim_config_t *c = &sim.config;
    return sim_gives(f, key) ? sim_utc(c->year, c->month, c->day, (int64_t)f->value[key]) : otherwise;
}

/* UTF-8, known to be well formed, to UTF-16 */
static void widen_utf8(uint16_t *out, const char *text, int room)
{
    const unsigned char *p = (const unsigned char *)text;
    int n = 0, left;
    uint32_t c;
    while (*p && n < room - 2) {
        left = *p < 0x80 ? 0 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : 3;
        for (c = left ? *p & (0x3Fu >> left) : *p, p++; left > 0; left--)
            c = c << 6 | (*p++ & 0x3F);
        if (c >= 0x10000)
            out[n++] = (uint16_t)(0xD800 + ((c - 0x10000) >> 10));
        out[n++] = (uint16_t)(c >= 0x10000 ? 0xDC00 + (c & 0x3FF) : c);
    }
    out[n] = 0;
}

static void widen_texts(void)
{
    int i;
    for (i = 0; i < loaded->n_faults; i++)
        if (sim_gives(&loaded->faults[i], SIM_KEY_TEXT))
            widen_utf8(texts[i], loaded->faults[i].text[SIM_KEY_TEXT], SIM_TEXT_UNITS);
}

const uint16_t *sim_fault_text(const sim_fault_t *f, const uint16_t *otherwise)
{
    return sim_gives(f, SIM_KEY_TEXT) ? texts[f - loaded->faults] : otherwise;
}

void sim_faults_arm(void)
{
    memset(&sim_fault_stats, 0, sizeof sim_fault_stats);
    sim.faulty = loaded && loaded->n_faults > 0;
}

void sim_faults_begin(int64_t start_ns)
{
    int i;
    for (i = 0; i < loaded->n_faults; i++) {
        const sim_fault_t *f = &loaded->faults[i];
        occurrences_t *o = &counts[i];
        memset(o, 0, sizeof *o);
        o->from_ns = moment(f, SIM_KEY_AT, moment(f, SIM_KEY_FROM, INT64_MIN));
        o->until_ns = moment(f, SIM_KEY_UNTIL, SIM_NEVER);
        sim_rng_seed(&o->rng, loaded->seed * 1000003u + (uint64_t)i); /* one generator each: faults do not disturb each other */
    }
    widen_texts();
    sim_route_begin();
    sim_outage_begin(start_ns);
}

const sim_fault_t *sim_fault_after(const sim_fault_t *f)
{
    const sim_fault_t *next = f + 1, *end = loaded->faults + loaded->n_faults;
    while (next < end && next->kind != f->kind)
        next++;
    return next < end ? next : NULL;
}

const sim_fault_t *sim_fault_first(int kind)
{
    int i;
    for (i = 0; sim.faulty && i < loaded->n_faults; i++)
        if (loaded->faults[i].kind == kind)
            return &loaded->faults[i];
    return NULL;
}

static int about(const sim_fault_t *f, int64_t callback, int status, const char *function)
{
    int wanted = (int)sim_int_or(f, SIM_KEY_STAGE, -1);
    if (callback && sim_gives(f, SIM_KEY_CALLBACK) && !((int64_t)f->value[SIM_KEY_CALLBACK] & callback))
        return 0;
    if (function && sim_gives(f, SIM_KEY_FUNCTION) && strcmp(f->text[SIM_KEY_FUNCTION], "all") &&
        strcmp(f->text[SIM_KEY_FUNCTION], function))
        return 0;
    if (f->kind == SIM_FAULT_KILL && (int)f->value[SIM_KEY_POINT] != status)
        return 0;
    return wanted < 0 || wanted == status || (wanted == SIM_STAGE_FINAL && sim_status_is_over(status));
}

/* counts the occurrence; 1 when the fault takes it */
static int takes(const sim_fault_t *f, occurrences_t *o, int64_t now)
{
    int64_t most = sim_int_or(f, SIM_KEY_COUNT, sim_gives(f, SIM_KEY_AT) ? 1 : INT64_MAX), skip = sim_int_or(f, SIM_KEY_SKIP, 0);
    if (now < o->from_ns || now >= o->until_ns || o->hits >= most)
        return 0;
    if (++o->seen <= skip || (o->seen - skip) % sim_int_or(f, SIM_KEY_EVERY, 1))
        return 0;
    if (sim_gives(f, SIM_KEY_CHANCE) && sim_uniform(&o->rng) >= f->value[SIM_KEY_CHANCE])
        return 0;
    o->hits++;
    qt_fetch_add(&sim_fault_stats.hits, 1);
    return 1;
}

const sim_fault_t *sim_fault_hit(int kind, int64_t callback, int status, const char *function)
{
    int64_t now = qt_load_acquire(&sim.clock_ns);
    const sim_fault_t *f;
    for (f = sim_fault_first(kind); f; f = sim_fault_after(f))
        if (about(f, callback, status, function) && takes(f, &counts[f - loaded->faults], now))
            return f;
    return NULL;
}

/* ---- figures ---------------------------------------------------------------------------------------------- */

int64_t sim_fault_stat(const char *name)
{
    const struct { const char *name; qt_atomic64_t *value; } figures[] = {
        {"faults", &sim_fault_stats.hits}, {"dropped", &sim_fault_stats.dropped}, {"delayed", &sim_fault_stats.delayed},
        {"duplicated", &sim_fault_stats.duplicated}, {"reordered", &sim_fault_stats.reordered}, {"lost", &sim_fault_stats.lost},
        {"blocked", &sim_fault_stats.blocked}, {"answered", &sim_fault_stats.answered},
        {"unready_sends", &sim_fault_stats.unready_sends}, {"callback_mean_ns", &sim_fault_stats.mean_ns},
        {"callback_max_ns", &sim_fault_stats.max_ns}};
    size_t i;
    for (i = 0; i < sizeof figures / sizeof *figures; i++)
        if (!strcmp(figures[i].name, name))
            return qt_load_acquire(figures[i].value);
    return -1;
}

/* The text of an account's file: frames, their reading and their writing. */
#include "sim_account_file.h"

#include <stdio.h>
#include <string.h>

#define MAGIC UINT64_C(0x3143434154514453)
enum { FRAME_CHANGE = 1, FRAME_CLOCK };
enum { MOST_BYTES = 1 << 30 };

typedef struct head {
    uint64_t magic;
    uint32_t estate_bytes, order_bytes, timer_bytes, command_bytes; /* another build's file is no file of ours */
} head_t;

typedef struct frame { uint32_t bytes, sum, kind, zero; } frame_t; /* bytes: of what follows it */

static const head_t HEAD = {MAGIC, sizeof(sim_estate_t), sizeof(sim_client_order_t), sizeof(sim_timer_t), sizeof(sim_command_t)};

static uint32_t checksum(uint32_t kind, const unsigned char *p, size_t n) /* FNV-1a */
{
    uint32_t sum = UINT32_C(2166136261) ^ kind;
    for (; n; n--, p++)
        sum = (sum ^ *p) * UINT32_C(16777619);
    return sum;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static struct { unsigned char *bytes; size_t used, room; } out; /* under the lock */

static void *reserve(size_t n)
{
    size_t room = out.room ? out.room : 4096;
    unsigned char *more;
    while (room < out.used + n)
        room *= 2;
    if (room != out.room) {
        if (!(more = realloc(out.bytes, room)))
            return NULL;
        out.bytes = more;
        out.room = room;
    }
    out.used += n;
    return out.bytes + out.used - n;
}

static int put(const void *bytes, size_t n)
{
    void *place = reserve(n);
    if (!place)
        return -1;
    memcpy(place, bytes, n);
    return 0;
}

/* What a session may find of an order: no pointers, no places in a book that is no longer there. */
static sim_client_order_t portable(const sim_client_order_t *o)
{
    sim_client_order_t c = *o;
    int desk = c.refused && (c.book_id || c.waiting); /* the broker will cancel it: it was not refused */
    if (!sim_order_is_over(&c) && (c.doom || (c.refused && !desk)))
        c.status = c.doom ? QT_STATUS_NOT_CREATED : QT_STATUS_REJECTED;
    c.text = c.doom = c.refused = NULL;
    c.book_id = 0;
    c.before = c.after = 0;
    c.waiting = c.early = c.arrived = 0;
    return c;
}

static int put_order(int32_t slot)
{
    sim_client_order_t o = portable(sim_order_at(slot));
    return put(&o, sizeof o);
}

static int goes_on(const sim_command_t *c)
{
    return !c->doom && (c->kind == SIM_CMD_ORDER || c->kind == SIM_CMD_CANCEL || c->kind == SIM_CMD_CHANGE);
}

static int put_requests(sim_estate_t *e)
{
    const sim_clients_t *c = &sim.clients;
    const sim_command_t *command;
    int i, failed = 0;
    for (i = 0; i < c->n_timers; i++)
        if (!c->timers[i].doom && !sim_order_is_over(sim_order_at(c->timers[i].slot))) {
            failed |= put(&c->timers[i], sizeof *c->timers);
            e->n_timers++;
        }
    for (i = 0; i < sim.n_commands; i++) {
        command = &sim.commands[(sim.first_command + i) % sim.command_room];
        if (goes_on(command)) {
            failed |= put(command, sizeof *command);
            e->n_commands++;
        }
    }
    return failed;
}

/* changed NULL: every order */
static int put_change(const sim_estate_t *e, const int32_t *changed, int32_t n)
{
    size_t at = out.used;
    sim_estate_t estate = *e;
    frame_t f = {0, 0, FRAME_CHANGE, 0};
    int32_t i;
    int failed;
    estate.n_changed = n;
    failed = !reserve(sizeof f + sizeof estate);
    for (i = 0; i < n && !failed; i++)
        failed = put_order(changed ? changed[i] : i);
    if (failed || put_requests(&estate))
        return -1;
    f.bytes = (uint32_t)(out.used - at - sizeof f);
    memcpy(out.bytes + at + sizeof f, &estate, sizeof estate);
    f.sum = checksum(f.kind, out.bytes + at + sizeof f, f.bytes);
    memcpy(out.bytes + at, &f, sizeof f);
    return 0;
}

int sim_frames_change(sim_append_t file, const sim_estate_t *e, const int32_t *changed, int32_t n)
{
    out.used = 0;
    return put_change(e, changed, n) ? -1 : sim_append(file, out.bytes, out.used);
}

int sim_frames_clock(sim_append_t file, int64_t reached_ns)
{
    struct { frame_t f; int64_t ns; } text = {{sizeof(int64_t), 0, FRAME_CLOCK, 0}, reached_ns};
    text.f.sum = checksum(FRAME_CLOCK, (const unsigned char *)&text.ns, sizeof text.ns);
    return sim_append(file, &text, sizeof text);
}

/* Into a file beside it first: half a file would be worse than the old one. */
int sim_frames_whole(const char *path, const sim_estate_t *e)
{
    char beside[SIM_PATH_BYTES + 8];
    sim_append_t file;
    int failed;
    out.used = 0;
    if (put(&HEAD, sizeof HEAD) || put_change(e, NULL, e->n_orders))
        return -1;
    snprintf(beside, sizeof beside, "%s.new", path);
    remove(beside);
    file = sim_append_open(beside);
    if (file == SIM_NO_FILE)
        return -1;
    failed = sim_append(file, out.bytes, out.used);
    sim_append_close(file);
    if (!failed && sim_file_replace(beside, path) == 0)
        return 0;
    remove(beside);
    return -1;
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

void sim_saved_free(sim_saved_t *s)
{
    free(s->orders);
    free(s->timers);
    free(s->commands);
    memset(s, 0, sizeof *s);
}

static int room_for(sim_saved_t *s, int32_t n)
{
    sim_client_order_t *more;
    int32_t room = s->order_room ? s->order_room : 64;
    while (room < n)
        room *= 2;
    if (room == s->order_room)
        return 0;
    if (!(more = realloc(s->orders, (size_t)room * sizeof *more)))
        return -1;
    s->orders = more;
    s->order_room = room;
    return 0;
}

static void *copy(void *old, const unsigned char *p, size_t n)
{
    void *made = realloc(old, n ? n : 1);
    if (made)
        memcpy(made, p, n);
    return made;
}

/* A frame that holds together is taken whole; its counts must fit its length. */
static int take_change(sim_saved_t *s, const unsigned char *p, size_t n)
{
    sim_estate_t e;
    sim_client_order_t o;
    size_t timers, commands;
    int32_t i;
    if (n < sizeof e)
        return -1;
    memcpy(&e, p, sizeof e);
    timers = (size_t)e.n_timers * sizeof *s->timers;
    commands = (size_t)e.n_commands * sizeof *s->commands;
    if (e.n_orders < e.n_changed || n != sizeof e + (size_t)e.n_changed * sizeof o + timers + commands || room_for(s, e.n_orders))
        return -1;
    p += sizeof e;
    for (i = 0; i < e.n_changed; i++, p += sizeof o) {
        memcpy(&o, p, sizeof o);
        if (o.slot < 0 || o.slot >= e.n_orders)
            return -1;
        s->orders[o.slot] = o;
    }
    s->timers = copy(s->timers, p, timers);
    s->commands = copy(s->commands, p + timers, commands);
    s->estate = e;
    return s->timers && s->commands ? 0 : -1;
}

static int take(sim_saved_t *s, const frame_t *f, const unsigned char *p)
{
    if (f->kind == FRAME_CHANGE)
        return take_change(s, p, f->bytes);
    if (f->kind != FRAME_CLOCK || f->bytes != sizeof s->estate.reached_ns)
        return -1;
    memcpy(&s->estate.reached_ns, p, sizeof s->estate.reached_ns);
    return 0;
}

/* Up to the first frame that is not whole; how many there were. */
static int read_frames(sim_saved_t *s, const unsigned char *p, size_t n)
{
    frame_t f;
    int frames = 0;
    for (; n >= sizeof f; p += f.bytes, n -= f.bytes, frames++) {
        memcpy(&f, p, sizeof f);
        p += sizeof f;
        n -= sizeof f;
        if (f.bytes > n || checksum(f.kind, p, f.bytes) != f.sum || take(s, &f, p))
            break;
    }
    return frames;
}

static unsigned char *whole(FILE *file, size_t *n)
{
    unsigned char *text;
    long size;
    if (fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || size > MOST_BYTES || fseek(file, 0, SEEK_SET))
        return NULL;
    text = malloc((size_t)size + 1);
    *n = text ? fread(text, 1, (size_t)size, file) : 0;
    return text;
}

int sim_frames_read(sim_saved_t *s, const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char *text;
    size_t n = 0;
    int good;
    memset(s, 0, sizeof *s);
    if (!file)
        return 0;
    text = whole(file, &n);
    fclose(file);
    good = text && n >= sizeof HEAD && !memcmp(text, &HEAD, sizeof HEAD) && read_frames(s, text + sizeof HEAD, n - sizeof HEAD);
    free(text);
    if (good)
        return 1;
    sim_saved_free(s);
    sim_error("'%.200s' is no account file of this version: give another path, or move it away to begin anew", path);
    return -1;
}

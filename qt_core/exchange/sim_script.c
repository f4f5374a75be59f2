/* Reads the TOML subset of fault scripts: comments, `key = value`, [[fault]] tables, strings, numbers, truths. Whatever it takes,
 * a full TOML reader takes with the same values; whatever it does not take it refuses by line. */
#include "sim.h"
#include "sim_script.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    sim_script_t *s;
    const char *p; /* what is left */
    int line;
} reader_t;

#define REFUSE(r, ...) (sim_error(__VA_ARGS__), (void)(r), -1)

/* ---- characters ------------------------------------------------------------------------------------- */

static int utf8_claim(unsigned char first) /* bytes that a character with this first byte should have */
{
    if (first < 0x80)
        return 1;
    if (first < 0xC0 || first >= 0xF8)
        return 0;
    return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
}

/* bytes of the UTF-8 character at p, 0 when it is none (too long a form, a surrogate, beyond Unicode) */
static int utf8_length(const unsigned char *p)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    int n = utf8_claim(p[0]), i;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3F);
    }
    return n && c >= least[n] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) ? n : 0;
}

static int plain(const char *p) { return ((unsigned char)*p >= 0x20 && *p != 0x7F) || *p == '\t'; }

/* How many bytes of a text fit into a message: whole characters of one line, at most some 40 bytes. */
int sim_quotable(const char *text)
{
    int n = 0, step;
    while (n < 40 && text[n] && text[n] != '\r' && text[n] != '\n' && (step = utf8_length((const unsigned char *)text + n)))
        n += step;
    return n;
}

static int check_characters(const char *text)
{
    const char *p = text;
    int line = 1, n;
    if (strlen(text) > SIM_SCRIPT_BYTES)
        return REFUSE(0, "the fault script is longer than %d bytes: shorten it", SIM_SCRIPT_BYTES);
    if (!strncmp(text, "\xEF\xBB\xBF", 3))
        return REFUSE(0, "line 1: the file begins with a byte-order mark: save it as UTF-8 without one");
    for (; *p; p += n) {
        if (!(n = utf8_length((const unsigned char *)p)))
            return REFUSE(0, "line %d: byte 0x%02X is not UTF-8: save the file as UTF-8", line, (unsigned char)*p);
        if (*p == '\n')
            line++;
        else if (!plain(p) && !(p[0] == '\r' && p[1] == '\n'))
            return REFUSE(0, "line %d: a control character (0x%02X): remove it", line, (unsigned char)*p);
    }
    return 0;
}

static void skip_blanks(reader_t *r)
{
    while (*r->p == ' ' || *r->p == '\t')
        r->p++;
}

static int end_of_line(reader_t *r)
{
    skip_blanks(r);
    if (*r->p == '#')
        while (*r->p && *r->p != '\n')
            r->p++;
    if (*r->p == '\r')
        r->p++;
    if (*r->p && *r->p != '\n')
        return REFUSE(r, "line %d: unexpected '%.*s' at the end: one key = value on each line", r->line, sim_quotable(r->p), r->p);
    if (*r->p)
        r->p++;
    r->line++;
    return 0;
}

static int32_t keep(sim_script_t *s, const char *text, size_t n)
{
    int32_t at = s->pool_used; /* the pool holds twice the longest script: it cannot fill */
    memcpy(s->pool + at, text, n);
    s->pool[at + (int32_t)n] = 0;
    s->pool_used += (int32_t)n + 1;
    return at;
}

/* ---- values ------------------------------------------------------------------------------------------- */

static int put_utf8(char *out, uint32_t c)
{
    if (c < 0x80)
        return out[0] = (char)c, 1;
    if (c < 0x800)
        return out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 0x3F)), 2;
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 0x3F)), out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F)), out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \uXXXX or \UXXXXXXXX after its letter; 0 = refused (so is the character 0, which would end the text) */
static uint32_t code_point(reader_t *r, int digits)
{
    uint32_t c = 0;
    int i;
    for (i = 0; i < digits; i++, r->p++) {
        if (hex_value(*r->p) < 0)
            return 0;
        c = c << 4 | (uint32_t)hex_value(*r->p);
    }
    return c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ? 0 : c;
}

/* the character after a backslash: bytes written, 0 = no such escape */
static int escape(reader_t *r, char *out)
{
    static const char letters[] = "btnfr\"\\", meanings[] = "\b\t\n\f\r\"\\";
    const char *known = *r->p ? strchr(letters, *r->p) : NULL;
    uint32_t c;
    if (known) {
        r->p++;
        return out[0] = meanings[known - letters], 1;
    }
    if (*r->p != 'u' && *r->p != 'U')
        return 0;
    r->p++;
    c = code_point(r, r->p[-1] == 'u' ? 4 : 8);
    return c ? put_utf8(out, c) : 0;
}

static int read_string(reader_t *r, sim_item_t *item)
{
    char quote = *r->p++, *out = r->s->pool + r->s->pool_used, *start = out;
    int n;
    while (*r->p != quote) {
        if (!*r->p || *r->p == '\n' || *r->p == '\r')
            return REFUSE(r, "line %d: the text has no closing %c", r->line, quote);
        if (quote == '"' && *r->p == '\\') {
            r->p++;
            if (!(n = escape(r, out)))
                return REFUSE(r, "line %d: unknown escape in the text: use \\\\ for a backslash, or single quotes", r->line);
            out += n;
        } else
            *out++ = *r->p++;
    }
    r->p++;
    *out++ = 0;
    item->type = SIM_ITEM_STRING;
    item->text = r->s->pool_used;
    r->s->pool_used += (int32_t)(out - start);
    return 0;
}

static const char *digits(const char *p)
{
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
}

/* the end of a decimal number, NULL when there is none; *whole = 0 for one with a fraction or an exponent */
static const char *number_end(const char *p, int *whole)
{
    const char *start = p + (*p == '+' || *p == '-'), *end = digits(start), *more;
    *whole = 1;
    if (end == start || (*start == '0' && end > start + 1))
        return NULL;
    if (*end == '.') {
        *whole = 0;
        more = digits(end + 1);
        if (more == end + 1)
            return NULL;
        end = more;
    }
    if (*end == 'e' || *end == 'E') {
        *whole = 0;
        more = end + 1 + (end[1] == '+' || end[1] == '-');
        end = digits(more);
        if (end == more)
            return NULL;
    }
    return end;
}

/* strtod reads the decimal mark of the host's locale: a Brazilian host may have made it a comma */
static double real_of(const char *p, size_t n)
{
    char text[64], *mark;
    memcpy(text, p, n);
    text[n] = 0;
    if ((mark = strchr(text, '.')))
        *mark = *localeconv()->decimal_point;
    return strtod(text, NULL);
}

static int read_number(reader_t *r, sim_item_t *item)
{
    int whole;
    const char *end = number_end(r->p, &whole);
    char after = end ? *end : 0;
    if (!end || end - r->p > 60 || (after && !strchr(" \t\r\n#", after)))
        return REFUSE(r, "line %d: '%.*s' is not a value: write a text in quotes, a number, true or false", r->line,
                      sim_quotable(r->p), r->p);
    errno = 0;
    item->type = whole ? SIM_ITEM_INTEGER : SIM_ITEM_REAL;
    item->integer = whole ? strtoll(r->p, NULL, 10) : 0;
    if (whole && errno)
        return REFUSE(r, "line %d: the number does not fit in 64 bits", r->line);
    item->real = whole ? (double)item->integer : real_of(r->p, (size_t)(end - r->p));
    if (!(item->real >= -1e300 && item->real <= 1e300))
        return REFUSE(r, "line %d: the number is too large", r->line);
    r->p = end;
    return 0;
}

static int read_word(reader_t *r, sim_item_t *item, const char *word, int truth)
{
    size_t n = strlen(word);
    if (strncmp(r->p, word, n) || (r->p[n] && !strchr(" \t\r\n#", r->p[n])))
        return 0;
    r->p += n;
    item->type = SIM_ITEM_TRUTH;
    item->integer = truth;
    item->real = truth;
    return 1;
}

static int read_value(reader_t *r, sim_item_t *item)
{
    if (*r->p == '"' || *r->p == '\'')
        return read_string(r, item);
    if (read_word(r, item, "true", 1) || read_word(r, item, "false", 0))
        return 0;
    return read_number(r, item);
}

/* ---- lines ----------------------------------------------------------------------------------------------- */

static int bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static int seen_before(const sim_script_t *s, const sim_item_t *item)
{
    int i;
    for (i = s->n_items - 1; i >= 0 && s->items[i].table == item->table; i--)
        if (!strcmp(s->pool + s->items[i].key, s->pool + item->key))
            return s->items[i].line;
    return 0;
}

static int read_pair(reader_t *r)
{
    sim_script_t *s = r->s;
    sim_item_t *item = &s->items[s->n_items];
    const char *key = r->p;
    int earlier;
    if (s->n_items == SIM_SCRIPT_ITEMS)
        return REFUSE(r, "line %d: more than %d keys: split the script", r->line, SIM_SCRIPT_ITEMS);
    memset(item, 0, sizeof *item);
    while (bare(*r->p))
        r->p++;
    item->line = r->line;
    item->table = s->n_faults;
    item->key = keep(s, key, (size_t)(r->p - key));
    skip_blanks(r);
    if (!s->pool[item->key] || *r->p != '=')
        return REFUSE(r, "line %d: expected key = value, [[fault]] or a comment", r->line);
    r->p++;
    skip_blanks(r);
    if ((earlier = seen_before(s, item)))
        return REFUSE(r, "line %d: '%.40s' is given twice, first on line %d", r->line, s->pool + item->key, earlier);
    if (read_value(r, item))
        return -1;
    s->n_items++;
    return 0;
}

/* a piece of a header and the blanks after it */
static int take(reader_t *r, const char *piece)
{
    size_t n = strlen(piece);
    if (strncmp(r->p, piece, n))
        return 0;
    r->p += n;
    skip_blanks(r);
    return 1;
}

static int read_header(reader_t *r)
{
    sim_script_t *s = r->s;
    if (!take(r, "[[") || !take(r, "fault") || !take(r, "]]"))
        return REFUSE(r, "line %d: the only table is [[fault]]", r->line);
    if (s->n_faults == SIM_FAULTS)
        return REFUSE(r, "line %d: more than %d faults: split the script", r->line, SIM_FAULTS);
    s->header_line[++s->n_faults] = r->line;
    return 0;
}

static int read_line(reader_t *r)
{
    skip_blanks(r);
    if (*r->p == '[') {
        if (read_header(r))
            return -1;
    } else if (*r->p && !strchr("#\r\n", *r->p) && read_pair(r))
        return -1;
    return end_of_line(r);
}

int sim_script_read(sim_script_t *s, const char *text)
{
    reader_t r = {s, text, 1};
    s->n_items = s->n_faults = s->pool_used = 0;
    if (check_characters(text))
        return -1;
    while (*r.p)
        if (read_line(&r))
            return -1;
    return 0;
}

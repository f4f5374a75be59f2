/* The text that a callback is shown: one page, filled before the call and overwritten after it. */
#include "sim.h"

#include <string.h>

enum { PAGE_UNITS = 4096 };

static uint16_t page[PAGE_UNITS];
static int used;

/* A copy that lives until the callback returns; what does not fit is cut off. */
qt_text_t sim_shown(qt_text_t text)
{
    uint16_t *out = page + used;
    int n = sim_length(text), room = PAGE_UNITS - used - 1;
    n = n < room ? n : room;
    sim_copy(out, text, n + 1);
    used += n + (n < room);
    return out;
}

qt_text_t sim_shown_ascii(const char *text)
{
    uint16_t wide[64];
    sim_widen(wide, text, 64);
    return sim_shown(wide);
}

/* empty for a time that has not come */
qt_text_t sim_shown_date(int64_t utc_ns)
{
    char text[32] = "";
    if (utc_ns)
        sim_date_text(text, utc_ns);
    return sim_shown_ascii(text);
}

void sim_page_scrub(void)
{
    memset(page, 0xDD, (size_t)(used < PAGE_UNITS ? used + 1 : PAGE_UNITS) * sizeof *page);
    used = 0;
}

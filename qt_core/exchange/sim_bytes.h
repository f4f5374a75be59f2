/* Writing unaligned byte streams: the book arrays and the position block. */
#ifndef SIM_BYTES_H
#define SIM_BYTES_H

#include <stdint.h>
#include <string.h>

/* copies a value to p; where the next one goes */
static inline uint8_t *sim_put(uint8_t *p, const void *value, size_t size)
{
    memcpy(p, value, size);
    return p + size;
}

#endif

/* The exchange's only source of chance: xoshiro256++ (Blackman and Vigna, 2019, public domain), seeded by splitmix64. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include "sim_math.h"

typedef struct sim_rng {
    uint64_t s[4];
} sim_rng_t;

static inline uint64_t sim_splitmix(uint64_t *x)
{
    uint64_t z = (*x += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline void sim_rng_seed(sim_rng_t *r, uint64_t seed)
{
    int i;
    for (i = 0; i < 4; i++)
        r->s[i] = sim_splitmix(&seed);
}

static inline uint64_t sim_rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline uint64_t sim_rng_next(sim_rng_t *r)
{
    uint64_t *s = r->s, result = sim_rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = sim_rotl(s[3], 45);
    return result;
}

/* uniform in [0, 1), 53 bits */
static inline double sim_uniform(sim_rng_t *r) { return (double)(sim_rng_next(r) >> 11) * 0x1.0p-53; }

/* uniform integer in [0, n), n >= 1; the bias of at most n / 2^32 does not matter here */
static inline uint32_t sim_below(sim_rng_t *r, uint32_t n)
{
    return (uint32_t)(((sim_rng_next(r) >> 32) * (uint64_t)n) >> 32);
}

/* exponential with mean 1 */
static inline double sim_exponential(sim_rng_t *r) { return -sim_log(1.0 - sim_uniform(r)); }

/* standard normal: Box-Muller, one of the pair */
static inline double sim_normal(sim_rng_t *r)
{
    double radius = sqrt(2.0 * sim_exponential(r));
    return radius * sim_cos(6.283185307179586 * sim_uniform(r));
}

/* index drawn by cumulative weights (last one = total) */
static inline int sim_pick(sim_rng_t *r, const double *cumulative, int n)
{
    double u = sim_uniform(r) * cumulative[n - 1];
    int i = 0;
    while (i < n - 1 && u >= cumulative[i])
        i++;
    return i;
}

#endif

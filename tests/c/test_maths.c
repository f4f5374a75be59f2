/* The exchange's elementary functions: special values, and a digest that must be the same everywhere. */
#include "../../qt_core/exchange/sim_rng.h"
#include "check.h"

static uint64_t digest(uint64_t sum, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (sum ^ bits) * UINT64_C(0x100000001B3);
}

int main(void)
{
    sim_rng_t r;
    uint64_t sum = UINT64_C(0xCBF29CE484222325);
    int i;
    sim_rng_seed(&r, 7);
    for (i = 0; i < 300000; i++) {
        double u = sim_uniform(&r), x = 80.0 * u - 40.0;
        sum = digest(digest(digest(sum, sim_exp(x)), sim_log(1.0 - u)), sim_cos(6.283185307179586 * u));
        sum = digest(digest(sum, sim_pow(0.01 + 3.0 * u, x)), sim_normal(&r));
    }
    CHECK(sum == UINT64_C(0xD37334EAA5F5077F));
    CHECK(sim_exp(0.0) == 1.0 && sim_exp(1000.0) == INFINITY && sim_exp(-1000.0) == 0.0 && sim_exp(-INFINITY) == 0.0);
    CHECK(sim_exp(-745.0) == 0x1p-1074 && isnan(sim_exp(NAN)));
    CHECK(sim_log(1.0) == 0.0 && sim_log(0.0) == -INFINITY && isnan(sim_log(-1.0)) && sim_log(INFINITY) == INFINITY);
    CHECK(sim_cos(0.0) == 1.0 && isnan(sim_cos(-1.0)) && isnan(sim_cos(INFINITY)));
    CHECK(sim_pow(2.0, 10.0) == 1024.0 && sim_pow(0.5, 3.0) == 0.125 && sim_pow(7.0, 0.0) == 1.0);
    CHECK(sim_pow(10.0, 400.0) == INFINITY && sim_pow(10.0, -400.0) == 0.0 && isnan(sim_pow(-1.0, 2.0)));
    printf("digest %016llx\n", (unsigned long long)sum);
    return REPORT();
}

/* The exchange's functions over arrays, and how often the C library's differ from them. */
#include "../../qt_core/exchange/sim_math.h"

#define OUT __attribute__((visibility("default")))

static double both(int which, int library, double x, double y)
{
    switch (which) {
    case 0: return library ? exp(x) : sim_exp(x);
    case 1: return library ? log(x) : sim_log(x);
    case 2: return library ? cos(x) : sim_cos(x);
    default: return library ? pow(x, y) : sim_pow(x, y);
    }
}

OUT void probe(int which, int library, const double *x, const double *y, double *out, int n)
{
    int i;
    for (i = 0; i < n; i++)
        out[i] = both(which, library, x[i], y[i]);
}

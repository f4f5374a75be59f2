/* The smallest test harness: CHECK counts and prints failures, REPORT ends main. */
#ifndef QT_CHECK_H
#define QT_CHECK_H

#include <stdio.h>

static int checks, failures;

#define CHECK(cond) \
    do { \
        checks++; \
        if (!(cond)) { \
            failures++; \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #cond); \
        } \
    } while (0)

#define REPORT() (printf("%d checks, %d failures\n", checks, failures), failures != 0)

#endif

/* Prints the version that a library's file tells, as the binding reads it before it chooses layouts. */
#include "qt_dynlib.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    uint16_t v[4] = {0};
    if (argc != 2 || !qt_lib_version(argv[1], v))
        return 1;
    printf("%d.%d.%d.%d\n", v[0], v[1], v[2], v[3]);
    return 0;
}

/* Runs a fuzz target without libFuzzer: over the files it is given, or over standard input (for AFL, or by hand).
 *
 *     gcc -std=c11 ... fuzz_door.c standalone.c && ./a.out corpus/door/...        afl-clang-fast ... && afl-fuzz ... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(FILE *f)
{
    size_t room = 1 << 16, size;
    uint8_t *all = (uint8_t *)malloc(room), *data;
    size = fread(all, 1, room, f);
    data = (uint8_t *)malloc(size ? size : 1); /* exactly as long, so that a checker sees a step beyond */
    for (room = 0; room < size; room++)
        data[room] = all[room];
    free(all);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    int i;
    if (argc < 2)
        run(stdin);
    for (i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (!f) {
            perror(argv[i]);
            return 2;
        }
        run(f);
        fclose(f);
    }
    printf("%d inputs\n", argc < 2 ? 1 : argc - 1);
    return 0;
}

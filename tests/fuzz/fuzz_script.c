/* Fault scripts of arbitrary text: read or refused with a line and a sentence, and never more memory than the text has. */
#include "fuzz_input.h"
#include "qt_profit.h"

int32_t SIM_CheckFaults(const char *text);
int32_t SIM_Faults(const char *text);
int32_t SIM_FaultValue(int32_t fault, const char *key, char *out, int32_t size);
const char *SIM_Error(void);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"kind", "at", "chance", "callback", "seconds", "no such key"};
    char *text = (char *)malloc(size + 1), value[16];
    int32_t result, fault;
    size_t k;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    result = SIM_CheckFaults(text);
    FUZZ_CHECK(SIM_Faults(text) == result);
    FUZZ_CHECK(result == 0 || result == -2);
    FUZZ_CHECK(result == 0 || SIM_Error()[0]);
    for (fault = -1; fault < 4; fault++)
        for (k = 0; k < sizeof keys / sizeof keys[0]; k++)
            SIM_FaultValue(fault, keys[k], value, (int32_t)(size % sizeof value));
    FUZZ_CHECK(SIM_Faults("") == 0);
    free(text);
    return 0;
}

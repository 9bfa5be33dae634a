#include "fault.h"

#include <string.h>

#define CODE(number, code, words) (code),

/* The library can be built without words. */
#ifdef MOTE_WITHOUT_WORDS
#define WORDS(number, code, words) ""
#else
#define WORDS(number, code, words) words "\0"
#endif

static const uint8_t codes[] = {0, MOTE_FAULTS(CODE)};

uint8_t mote_fault_code(const struct mote_fault *fault)
{
    return codes[fault->number];
}

/* One string after the other, in the order of the numbers: a table of pointers would be larger than they are. */
const char *mote_fault_words(const struct mote_fault *fault)
{
    const char *words = "\0" MOTE_FAULTS(WORDS);

#ifndef MOTE_WITHOUT_WORDS
    for (unsigned number = fault->number; number > 0; number--)
        words += strlen(words) + 1;
#else
    (void)fault;
#endif
    return words;
}

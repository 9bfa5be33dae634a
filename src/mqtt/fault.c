#include "fault.h"

#include <string.h>

static const uint8_t codes[] = {0, MOTE_FAULTS(MOTE_FAULT_CODE)};
static const char words[] = "\0" MOTE_FAULTS(MOTE_FAULT_WORDS);

const char *mote_fault_words(const char *row, unsigned place)
{
#ifndef MOTE_WITHOUT_WORDS
    for (; place > 0; place--)
        row += strlen(row) + 1;
#else
    (void)place;
#endif
    return row;
}

void mote_fault_tell(unsigned number, struct mote_fault *fault)
{
    fault->code = codes[number];
    fault->words = mote_fault_words(words, number);
}

#include "port/cortexm/words.h"
#include <stdio.h>

static char words[96];

const char *mote_words(void *context)
{
    (void)context;
    return words;
}

void mote_words_say(const char *what, const char *why)
{
    snprintf(words, sizeof words, "%s: %s", what, why);
}

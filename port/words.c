#include "port/words.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char words[MOTE_WORDS_SIZE];

const char *mote_words(void *context)
{
    (void)context;
    return words;
}

void mote_words_say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
}

void mote_words_add(const char *more)
{
    size_t used = strlen(words);

    snprintf(words + used, sizeof words - used, "%s", more);
}

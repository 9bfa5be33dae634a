#include "port/esp/words.h"
#include <stdarg.h>
#include <stdio.h>

static char words[112];

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

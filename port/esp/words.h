/* What the port has to say beyond a reason: the last one wins. */
#ifndef MOTE_ESP_WORDS_H
#define MOTE_ESP_WORDS_H

const char *mote_words(void *context);

/* "WHAT: WHY", cut off if it is long; as printf() writes it. */
void mote_words_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

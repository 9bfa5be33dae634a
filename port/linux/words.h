/* What the port has to say beyond a reason: the last one wins. */
#ifndef MOTE_WORDS_H
#define MOTE_WORDS_H

const char *mote_words(void *context);
void mote_words_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Goes on where the last ones end. */
void mote_words_add(const char *more);

#endif

/* What a port has to say beyond a reason: the last one wins. */
#ifndef MOTE_WORDS_H
#define MOTE_WORDS_H

/* The most of it, with its NUL; longer ones are cut off. RAM. */
#ifndef MOTE_WORDS_SIZE
#define MOTE_WORDS_SIZE 256
#endif

const char *mote_words(void *context);

/* "WHAT: WHY", as printf() writes it. */
void mote_words_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Goes on where the last ones end. */
void mote_words_add(const char *more);

#endif

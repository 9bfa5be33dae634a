/* What the port has to say beyond a reason: the last one wins. */
#ifndef MOTE_CORTEXM_WORDS_H
#define MOTE_CORTEXM_WORDS_H

const char *mote_words(void *context);

/* "WHAT: WHY", cut off if it is long. */
void mote_words_say(const char *what, const char *why);

#endif

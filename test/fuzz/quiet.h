/* For targets that have errors said on stderr: the stream is memory for as long as an input runs, and what was said can be
 * looked at. The descriptor stays what it is, for libFuzzer and the sanitizers. */
#ifndef QUIET_H
#define QUIET_H

#include "fuzz.h"

#define QUIET_SIZE 65536

static char quiet_said[QUIET_SIZE];
static FILE *quiet_loud;

static inline void quiet_begin(void)
{
    quiet_loud = stderr;
    quiet_said[0] = '\0';
    stderr = fmemopen(quiet_said, sizeof quiet_said, "w");
    FUZZ_CHECK(stderr != NULL);
}

/* What was said, until the next begin. */
static inline const char *quiet_end(void)
{
    fclose(stderr);
    stderr = quiet_loud;
    quiet_said[sizeof quiet_said - 1] = '\0';
    return quiet_said;
}

/* A terminal can be led astray by control characters in what it is shown. */
static inline bool quiet_is_clean(const char *said)
{
    for (; *said != '\0'; said++) {
        if (((unsigned char)*said < 0x20 && *said != '\n') || *said == 0x7F)
            return false;
    }
    return true;
}

#endif

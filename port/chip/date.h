/* Date: seconds since 1970 in UTC, and the day that they are. */
#ifndef MOTE_CHIP_DATE_H
#define MOTE_CHIP_DATE_H

#include <stdint.h>

/* The beginning of 2026, when this was written: a clock that shows an earlier time has not been set. */
#define MOTE_DATE_WRITTEN_S 1767225600u

struct mote_date {
    uint32_t year; /* 1970 or later */
    uint32_t month, day;
    uint32_t hour, minute, second;
};

/* Days since 1970. */
uint32_t mote_date_days(const struct mote_date *date);
uint64_t mote_date_seconds(const struct mote_date *date);

/* "2026-03-01 12:30 UTC" */
enum { MOTE_DATE_WORDS_SIZE = 40 };
void mote_date_words(uint64_t seconds, char into[MOTE_DATE_WORDS_SIZE]);

#endif

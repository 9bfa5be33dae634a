/* Years begin in March here, so that the day that comes every four years is the last of one. */
#include "port/chip/date.h"
#include <stdio.h>

enum { DAY_S = 86400, ERA_DAYS = 146097, ERA_YEARS = 400 };

/* Days between the 1st of March of the year 0 and 1970. */
static const uint32_t EPOCH_DAYS = 719468;

uint32_t mote_date_days(const struct mote_date *date)
{
    uint32_t year = date->month > 2 ? date->year : date->year - 1;
    uint32_t of_era = year % ERA_YEARS;
    uint32_t of_year = (153 * ((date->month + 9) % 12) + 2) / 5 + date->day - 1;

    return year / ERA_YEARS * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_DAYS;
}

uint64_t mote_date_seconds(const struct mote_date *date)
{
    return (uint64_t)mote_date_days(date) * DAY_S + date->hour * 3600 + date->minute * 60 + date->second;
}

static void date_of(uint64_t seconds, struct mote_date *date)
{
    uint32_t days = (uint32_t)(seconds / DAY_S) + EPOCH_DAYS, rest = (uint32_t)(seconds % DAY_S);
    uint32_t of_era = days % ERA_DAYS;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153; /* from March on */

    date->day = of_year - (153 * month + 2) / 5 + 1;
    date->month = month < 10 ? month + 3 : month - 9;
    date->year = days / ERA_DAYS * ERA_YEARS + year + (date->month <= 2);
    date->hour = rest / 3600;
    date->minute = rest / 60 % 60;
    date->second = rest % 60;
}

void mote_date_words(uint64_t seconds, char into[MOTE_DATE_WORDS_SIZE])
{
    struct mote_date date;

    date_of(seconds, &date);
    snprintf(into, MOTE_DATE_WORDS_SIZE, "%u-%02u-%02u %02u:%02u UTC", (unsigned)date.year, (unsigned)date.month,
             (unsigned)date.day, (unsigned)date.hour, (unsigned)date.minute);
}

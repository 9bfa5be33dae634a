/* Checks: single values of a node's YAML file, each turned into what it means, or refused with its place and what was
 * expected there. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config_place.h"

#include <stdint.h>

/* One file being checked: where errors are said, and how many there were. */
struct config_check {
    const char *path;
    yaml_document_t *document;
    unsigned errors;
};

/* A value of the file: its text (NULL: not there) and its path. */
struct config_value {
    const char *text;
    const char *list; /* NULL, or the list that it is in */
    unsigned index;
    const char *key;
};

__attribute__((format(printf, 3, 4))) void config_check_complain(struct config_check *check, struct config_place place,
                                                                 const char *format, ...);

void config_check_refuse(struct config_check *check, struct config_value value, const char *expected);

/* Each returns what the text means; if it is not there, or after saying what was expected, 0. */

uint32_t config_check_number(struct config_check *check, struct config_value value, uint32_t max, const char *expected);

/* The index of the name; the list ends with NULL. */
unsigned config_check_choice(struct config_check *check, struct config_value value, const char *const names[],
                             const char *expected);

bool config_check_flag(struct config_check *check, struct config_value value);

uint64_t config_check_duration(struct config_check *check, struct config_value value, uint64_t min_ms, uint64_t max_ms,
                               const char *expected);

#endif

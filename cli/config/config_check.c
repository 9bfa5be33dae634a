#include "config_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include <mote/text.h>

void config_check_complain(struct config_check *check, struct config_place place, const char *format, ...)
{
    char what[512];
    char why[512];
    va_list arguments;

    snprintf(what, sizeof(what), "%s:%zu:%zu", check->path, place.line, place.column);
    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    cli_error(what, why, MOTE_CONFIG_INVALID);
    check->errors++;
}

void config_check_refuse(struct config_check *check, struct config_value value, const char *expected)
{
    char path[128];

    if (value.list == NULL) {
        snprintf(path, sizeof(path), "%s", value.key);
    } else {
        snprintf(path, sizeof(path), "%s[%u].%s", value.list, value.index, value.key);
    }
    config_check_complain(check, config_place_of_path(check->document, path), "%s: expected %s", value.key, expected);
}

uint32_t config_check_number(struct config_check *check, struct config_value value, uint32_t max, const char *expected)
{
    uint32_t number = 0;

    if (value.text != NULL && !mote_text_to_number(mote_text(value.text), max, &number)) {
        config_check_refuse(check, value, expected);
    }
    return number;
}

unsigned config_check_choice(struct config_check *check, struct config_value value, const char *const names[],
                             const char *expected)
{
    for (unsigned i = 0; value.text != NULL && names[i] != NULL; i++) {
        if (strcmp(value.text, names[i]) == 0) {
            return i;
        }
    }
    if (value.text != NULL) {
        config_check_refuse(check, value, expected);
    }
    return 0;
}

bool config_check_flag(struct config_check *check, struct config_value value)
{
    static const char *const names[] = {"false", "true", "no", "yes", NULL};

    return config_check_choice(check, value, names, "true or false") % 2 == 1;
}

uint64_t config_check_duration(struct config_check *check, struct config_value value, uint64_t min_ms, uint64_t max_ms,
                               const char *expected)
{
    uint64_t duration_ms = 0;

    if (value.text != NULL &&
        (!cli_duration(value.text, &duration_ms) || duration_ms < min_ms || duration_ms > max_ms)) {
        config_check_refuse(check, value, expected);
        return 0;
    }
    return duration_ms;
}

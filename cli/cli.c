#include "cli.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mote/url.h>

/* A sentence loses its full stop in front of the code. */
static void print_error(const char *what, enum mote_reason reason, const char *format, va_list arguments)
{
    char why[1024];

    vsnprintf(why, sizeof why, format, arguments);
    const size_t length = strlen(why);
    if (length > 0 && why[length - 1] == '.') {
        why[length - 1] = '\0';
    }
    fflush(stdout);
    fprintf(stderr, "mote: %s: %s", what, why);
    if (reason != MOTE_OK) {
        fprintf(stderr, " (%s)", mote_reason_code(reason));
    }
    fputc('\n', stderr);
}

void cli_errorf(const char *what, enum mote_reason reason, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_error(what, reason, format, arguments);
    va_end(arguments);
}

void cli_error(const char *what, const char *why, enum mote_reason reason)
{
    cli_errorf(what, reason, "%s", why);
}

int cli_usage_error(const char *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_error(command, MOTE_CONFIG_INVALID, format, arguments);
    va_end(arguments);
    fprintf(stderr, "See `mote %s --help`.\n", command);
    return 1;
}

int cli_option(const char *command, int argc, char **argv, const char *letters, const struct option *names)
{
    const int letter = getopt_long(argc, argv, letters, names, NULL);

    if (letter != '?' && letter != ':') {
        return letter;
    }
    cli_usage_error(command, letter == '?' ? "unknown option %s" : "%s needs a value", argv[optind - 1]);
    return '?';
}

bool cli_number(const char *text, int64_t min, int64_t max, int64_t *number)
{
    char *end = NULL;
    const bool begins_well = (text[0] >= '0' && text[0] <= '9') || text[0] == '-';

    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (!begins_well || end == text || *end != '\0' || errno != 0 || value < min || value > max) {
        return false;
    }
    *number = value;
    return true;
}

/* In milliseconds; 0 for what is no unit. */
static uint32_t unit_ms(const char *unit)
{
    static const struct {
        const char *name;
        uint32_t ms;
    } units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            return units[i].ms;
        }
    }
    return 0;
}

bool cli_duration(const char *text, uint64_t *duration_ms)
{
    uint64_t whole = 0, fraction = 0, scale = 1;
    const char *c = text;

    for (; *c >= '0' && *c <= '9' && whole <= UINT32_MAX; c++) {
        whole = whole * 10 + (uint64_t)(*c - '0');
    }
    if (c > text && *c == '.') {
        for (c++; *c >= '0' && *c <= '9'; c++) {
            if (scale < 1000000) {
                fraction = fraction * 10 + (uint64_t)(*c - '0');
                scale *= 10;
            }
        }
    }
    const uint32_t unit = c > text ? unit_ms(c) : 0;
    if (unit == 0 || c[-1] == '.' || whole > UINT32_MAX / unit) {
        return false;
    }
    *duration_ms = whole * unit + fraction * unit / scale;
    return true;
}

void cli_print_json(struct cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);

    cJSON_Delete(object);
    if (text == NULL) {
        return;
    }
    puts(text);
    fflush(stdout);
    explicit_bzero(text, strlen(text));
    cJSON_free(text);
}

enum mote_reason cli_reason(const char *code)
{
    enum mote_reason reason = MOTE_REASON_COUNT - 1;

    while (reason > MOTE_OK && strcmp(code, mote_reason_code(reason)) != 0) {
        reason--;
    }
    return reason;
}

void *cli_reallocate(void *memory, size_t size)
{
    void *larger = realloc(memory, size > 0 ? size : 1);

    if (larger == NULL) {
        cli_error("memory", strerror(errno), MOTE_OK);
        exit(1);
    }
    return larger;
}

void *cli_allocate(size_t size)
{
    return cli_reallocate(NULL, size);
}

char *cli_copy(const char *text)
{
    const size_t size = strlen(text) + 1;

    return memcpy(cli_allocate(size), text, size);
}

void cli_print_url(const struct mote_url *url, char *into, size_t size)
{
    const bool is_v6 = url->host.length > 0 && strchr(url->host.data, ':') != NULL;

    into[0] = '\0';
    if (url->host.length > 0) {
        snprintf(into, size, is_v6 ? "%s://[%s]:%u" : "%s://%s:%u", url->scheme.data, url->host.data, url->port);
    } else if (url->scheme.length > 0) {
        snprintf(into, size, "%s://%s", url->scheme.data, url->path.data);
    }
}

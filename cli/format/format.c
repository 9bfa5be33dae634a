#include "format.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH_MAX = 65535 };

/* Where the parser is. */
struct reader {
    const char *at;
    const char *words; /* what is wrong, NULL: nothing */
};

static struct format_step *add_step(struct format *format)
{
    format->steps = cli_reallocate(format->steps, (format->count + 1) * sizeof *format->steps);
    format->steps[format->count] = (struct format_step){.pad = ' ', .precision = -1};
    return &format->steps[format->count++];
}

/* Text that follows text makes one step with it: it lies behind it in memory. */
static void add_character(struct format *format, char **into, char c)
{
    struct format_step *last = format->count > 0 ? &format->steps[format->count - 1] : NULL;

    if (last == NULL || last->letter != 0) {
        last = add_step(format);
        last->text.data = *into;
    }
    *(*into)++ = c;
    last->text.length++;
}

static int read_number(struct reader *reader)
{
    int number = 0;

    for (; *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
        number = number * 10 + (*reader->at - '0');
        if (number > WIDTH_MAX) {
            reader->words = "a width of more than 65535";
            number = 0;
        }
    }
    return number;
}

/* What follows a %. */
static void read_value(struct format *format, struct reader *reader, char **into)
{
    struct format_step step = {.pad = ' ', .precision = -1};

    if (*reader->at == '-') {
        step.left = true;
        reader->at++;
    }
    if (*reader->at == '0') {
        step.pad = '0';
        reader->at++;
    }
    step.width = read_number(reader);
    if (*reader->at == '.') {
        reader->at++;
        step.precision = read_number(reader);
    }
    step.letter = *reader->at;
    if (step.letter == '\0' || strchr("%ACDEFIJPRSUXjlmpqrtx", step.letter) == NULL) {
        reader->words = step.letter == '\0' ? "a % at the end; %% prints one" : "an unknown letter after a %";
        return;
    }
    reader->at++;
    if (step.letter == '%') {
        add_character(format, into, '%');
    } else {
        *add_step(format) = step;
    }
}

/* What follows an @. */
static void read_time(struct format *format, struct reader *reader, char **into)
{
    if (*reader->at == '\0') {
        reader->words = "an @ at the end; @@ prints one";
    } else if (*reader->at == '@') {
        add_character(format, into, *reader->at++);
    } else {
        struct format_step *step = add_step(format);
        step->letter = '@';
        step->text = (struct mote_text){*into, 1};
        *(*into)++ = *reader->at++;
    }
}

/* What follows a backslash. */
static void read_escape(struct format *format, struct reader *reader, char **into)
{
    static const char letters[] = "\\0aenrtv";
    static const char characters[] = "\\\0\a\033\n\r\t\v";
    const char *found = *reader->at == '\0' ? NULL : strchr(letters, *reader->at);

    if (found == NULL) {
        reader->words = "a \\ with something unknown behind it; there are \\n \\t \\r \\a \\v \\e \\0 and \\\\";
        return;
    }
    add_character(format, into, characters[found - letters]);
    reader->at++;
}

/* A payload that is printed once and as it is need not be there as a whole. */
static void find_split(struct format *format)
{
    size_t uses = 0;

    format->split = format->count;
    for (size_t i = 0; i < format->count; i++) {
        const struct format_step *step = &format->steps[i];
        if (step->letter == 'j' || step->letter == 'J') {
            uses += 2;
        } else if (step->letter == 'p' || step->letter == 'x' || step->letter == 'X') {
            uses += step->width == 0 ? 1 : 2;
            format->split = i;
        }
    }
    if (uses != 1) {
        format->split = format->count;
    }
}

const char *format_parse(struct format *format, const char *text)
{
    struct reader reader = {text, NULL};

    *format = (struct format){.newline = true, .memory = cli_allocate(strlen(text) + 1)};
    char *into = format->memory;
    while (*reader.at != '\0' && reader.words == NULL) {
        const char c = *reader.at++;
        if (c == '%') {
            read_value(format, &reader, &into);
        } else if (c == '@') {
            read_time(format, &reader, &into);
        } else if (c == '\\') {
            read_escape(format, &reader, &into);
        } else {
            add_character(format, &into, c);
        }
    }
    if (reader.words != NULL) {
        format_free(format);
    }
    find_split(format);
    return reader.words;
}

void format_free(struct format *format)
{
    free(format->steps);
    free(format->memory);
    *format = (struct format){0};
}

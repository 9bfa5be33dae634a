/* The defaults file: an option a line. It is mote's own, as in ~/.config/mote_pub, or, without that, mosquitto's: who comes
 * from there has it already, and the options are the same. */
#include "cli.h"
#include "client_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 8 };

/* Returns NULL if this user has no place for such files. */
static char *make_path(struct client_options *options, const char *program)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    const bool has_config = config != NULL && config[0] != '\0';

    if (!has_config && (home == NULL || home[0] == '\0')) {
        return NULL;
    }
    const char *folder = has_config ? config : home;
    const size_t size = strlen(folder) + sizeof "/.config/_" + strlen(program) + strlen(options->command);
    char *path = client_options_own(options, size);
    snprintf(path, size, "%s%s/%s_%s", folder, has_config ? "" : "/.config", program, options->command);
    return path;
}

/* Cuts the first word off; what follows it begins with no blank. */
static char *cut(char **rest)
{
    char *word = *rest + strspn(*rest, " \t");
    char *end = word + strcspn(word, " \t");

    *rest = end + strspn(end, " \t");
    *end = '\0';
    return word;
}

/* The last of an option's values goes on to the end of the line; a user property has a name and a value. */
static int split(enum client_kind kind, char *line, char **words)
{
    char *rest = line;
    int count = 0;

    words[count++] = cut(&rest);
    const struct client_option *option = client_option_find(kind, words[0]);
    int left = option == NULL ? 0 : client_option_values(option);
    for (; left > 1 && *rest != '\0'; left--) {
        words[count++] = cut(&rest);
        if (count == 3 && strcasecmp(words[2], "user-property") == 0) {
            left++;
        }
    }
    if (*rest != '\0') {
        words[count++] = rest;
    }
    return count;
}

static bool take_line(struct client_options *options, const char *text)
{
    char *words[WORDS_MAX] = {NULL};
    char *line = client_options_copy(options, text);

    line[strcspn(line, "\r\n")] = '\0';
    options->arguments_size += strlen(line) + 8;
    if (line[0] == '#' || line[strspn(line, " \t")] == '\0') {
        return true;
    }
    return client_options_take(options, split(options->kind, line, words), words);
}

static bool take_file(struct client_options *options, const char *path, FILE *file)
{
    const size_t size = strlen(path) + 24;
    char *place = client_options_own(options, size);
    char *line = NULL;
    size_t room = 0;
    bool is_right = true;

    options->place = place;
    for (unsigned number = 1; is_right && getline(&line, &room, file) >= 0; number++) {
        snprintf(place, size, "%s:%u", path, number);
        is_right = take_line(options, line);
    }
    if (is_right && ferror(file)) {
        snprintf(place, size, "%s", path);
        is_right = client_options_refuse(options, "%s", strerror(errno));
    }
    options->place = NULL;
    free(line);
    return is_right;
}

/* A file that is not there, or not for this user's eyes, is none. */
bool client_defaults_take(struct client_options *options)
{
    static const char *const programs[] = {"mote", "mosquitto"};

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        const char *path = make_path(options, programs[i]);
        FILE *file = path == NULL ? NULL : fopen(path, "re");
        if (file != NULL) {
            const bool is_right = take_file(options, path, file);
            fclose(file);
            return is_right;
        }
    }
    return true;
}

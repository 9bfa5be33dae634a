/* What the subcommands of `mote` share: how they are called, how errors look, how numbers are read. */
#ifndef CLI_H
#define CLI_H

#include <mote/reason.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The subcommands. argv[0] is the subcommand's own name; each returns the program's exit status. */
int cli_run(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_sim(int argc, char **argv);
int cli_pub(int argc, char **argv);
int cli_sub(int argc, char **argv);
int cli_rr(int argc, char **argv);
int cli_broker(int argc, char **argv);
int cli_pin(int argc, char **argv);
int cli_wifi(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_outbox(int argc, char **argv);
int cli_flash_image(int argc, char **argv);

/* Says on stderr `mote: WHAT: WHY (reason.code)`, without the code for MOTE_OK. What was printed to stdout
 * before comes out before it. */
void cli_error(const char *what, const char *why, enum mote_reason reason);

/* The same with a `why` made by printf()'s rules. */
void cli_errorf(const char *what, enum mote_reason reason, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For a wrong command line of a subcommand: the error, and where its help is. Returns the exit status 1. */
int cli_usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct option;

/* The next option of a subcommand, as getopt_long() gives it: -1 at their end. What is unknown, or lacks its value, is an error,
 * which it says: '?'. `letters` begin with a colon; the caller sets optind to 1 before the first call. */
int cli_option(const char *command, int argc, char **argv, const char *letters, const struct option *names);

/* Reads a whole decimal number from `min` to `max`. Returns false, leaving `number` alone, for anything else. */
bool cli_number(const char *text, int64_t min, int64_t max, int64_t *number);

/* Reads a duration: a decimal number, with a fraction if need be, and one of the units ms, s, m, h, d, or none for
 * seconds: `60s`, `1.5`, `20ms`. Up to 49 days. Returns false, leaving `duration_ms` alone, for anything else. */
bool cli_duration(const char *text, uint64_t *duration_ms);

struct mote_url;

/* Writes a broker's URL for people: without user and password. Empty if there is none. */
void cli_print_url(const struct mote_url *url, char *into, size_t size);

struct cJSON;

/* Prints the object as a line on stdout, at once, and deletes it; its text is wiped, since there may be keys in it. */
void cli_print_json(struct cJSON *object);

/* The reason of a code such as `tcp.refused`; MOTE_OK for what is none. */
enum mote_reason cli_reason(const char *code);

/* Memory, or the end of the program with an error. They stand in for malloc(), realloc() and strdup(). */
void *cli_allocate(size_t size);
void *cli_reallocate(void *memory, size_t size);
char *cli_copy(const char *text);

#endif

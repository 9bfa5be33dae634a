#include "message_print.h"

#include "cli.h"

enum { RANDOM_FILTER_ALL = 10000 };

bool message_print_init(struct message_print *print, const struct client_options *options, struct output *output,
                        uint32_t random)
{
    *print = (struct message_print){.options = options, .output = output, .random = random | 1};
    const char *words = options->format != NULL ? format_parse(&print->format, options->format) : NULL;

    if (words != NULL) {
        cli_usage_error(options->command, "-F %s: %s", options->format, words);
        return false;
    }
    print->format.newline = !options->no_newline;
    print->format.pretty = options->pretty;
    print->format.complainer = options->quiet ? NULL : options->command;
    return true;
}

void message_print_free(struct message_print *print)
{
    format_free(&print->format);
    output_free(&print->gathered);
}

/* Marsaglia's xorshift: enough to pick messages by chance. */
static uint32_t next_random(struct message_print *print)
{
    print->random ^= print->random << 13;
    print->random ^= print->random >> 17;
    print->random ^= print->random << 5;
    return print->random;
}

static void print_newline(struct message_print *print)
{
    if (!print->options->no_newline) {
        output_repeat(print->output, '\n', 1);
    }
}

/* Without a format: the payload, with -v the topic in front of it. An empty payload is no line at all, or
 * `(null)`. */
static void print_plain(struct message_print *print, const struct mote_message *message)
{
    const bool is_empty = message->payload_size == 0;
    const bool verbose = print->options->verbose && !(is_empty && print->options->no_newline);

    if (verbose && message->payload_offset == 0) {
        output_text(print->output, message->topic);
        output_string(print->output, is_empty ? " (null)" : " ");
    }
    output_text(print->output, message->payload);
    if (mote_message_is_last(message) && (verbose || !is_empty)) {
        print_newline(print);
    }
}

static void print_piece(struct message_print *print, const struct mote_message *message)
{
    if (message->payload_offset == 0) {
        format_before(&print->format, message, &print->time, print->output);
    }
    format_payload(&print->format, message->payload, print->output);
    if (mote_message_is_last(message)) {
        format_after(&print->format, message, &print->time, print->output);
    }
}

static void gather_piece(struct message_print *print, const struct mote_message *message)
{
    struct mote_message whole = *message;

    output_text(&print->gathered, message->payload);
    if (mote_message_is_last(message)) {
        whole.payload_offset = 0;
        whole.payload = (struct mote_text){print->gathered.bytes, print->gathered.used};
        format_print(&print->format, &whole, &print->time, print->output);
        output_free(&print->gathered);
    }
}

static void begin_message(struct message_print *print)
{
    const uint32_t share = print->options->random_filter;

    print->gathered.used = 0;
    print->picked = share == RANDOM_FILTER_ALL || next_random(print) % RANDOM_FILTER_ALL < share;
    clock_gettime(CLOCK_REALTIME, &print->time);
}

void message_print_message(struct message_print *print, const struct mote_message *message)
{
    const bool is_plain = print->options->format == NULL;
    const bool is_last = mote_message_is_last(message);

    if (message->payload_offset == 0) {
        begin_message(print);
    }
    if (!print->picked) {
        return;
    }
    if (is_plain) {
        print_plain(print, message);
    } else if (message->payload_offset == 0 && is_last) {
        format_print(&print->format, message, &print->time, print->output);
    } else if (print->format.split < print->format.count) {
        print_piece(print, message);
    } else {
        gather_piece(print, message);
    }
    print->midway = !is_last && (is_plain || print->format.split < print->format.count);
}

void message_print_cut(struct message_print *print)
{
    if (print->midway) {
        print_newline(print);
    }
    print->gathered.used = 0;
    print->midway = false;
}

#include "cli.h"
#include "format.h"

#include <stdio.h>
#include <string.h>

/* Pads what is `length` bytes wide on its left, or says by returning it what is to come on its right. */
static size_t pad_left(const struct format_step *step, size_t length, char pad, struct output *output)
{
    const size_t width = (size_t)step->width;
    const size_t missing = width > length ? width - length : 0;

    if (!step->left) {
        output_repeat(output, pad, missing);
    }
    return step->left ? missing : 0;
}

static void print_text(const struct format_step *step, struct mote_text text, struct output *output)
{
    if (step->precision >= 0 && text.length > (size_t)step->precision) {
        text.length = (size_t)step->precision;
    }
    const size_t missing = pad_left(step, text.length, ' ', output);
    output_text(output, text);
    output_repeat(output, ' ', missing);
}

static void print_number(const struct format_step *step, uint32_t number, struct output *output)
{
    char digits[11];
    const struct mote_text text = mote_text_from_number(number, digits);

    const size_t missing = pad_left(step, text.length, step->left ? ' ' : step->pad, output);
    output_text(output, text);
    output_repeat(output, ' ', missing);
}

static void print_hexadecimal(struct mote_text bytes, const char *digits, struct output *output)
{
    char *into = output_room(output, 2 * bytes.length);

    for (size_t i = 0; i < bytes.length; i++) {
        const unsigned char byte = (unsigned char)bytes.data[i];
        *into++ = digits[byte >> 4];
        *into++ = digits[byte & 15];
    }
    output_grew(output, 2 * bytes.length);
}

static void print_payload(const struct format_step *step, struct mote_text payload, struct output *output)
{
    const size_t digits = step->letter == 'p' ? 1 : 2;
    const size_t width = (size_t)step->width;

    if (width > 0 && payload.length > width / digits) {
        payload.length = width / digits;
    }
    const size_t missing = pad_left(step, payload.length * digits, step->pad, output);
    if (step->letter == 'p') {
        output_text(output, payload);
    } else {
        print_hexadecimal(payload, step->letter == 'x' ? "0123456789abcdef" : "0123456789ABCDEF", output);
    }
    output_repeat(output, ' ', missing);
}

static void print_blank(const struct format_step *step, char pad, struct output *output)
{
    output_repeat(output, pad, (size_t)step->width);
}

static void print_number_property(const struct format_step *step, const struct mote_message *message,
                                  enum mote_property_id id, struct output *output)
{
    struct mote_property property;

    if (mote_properties_find(&message->properties, id, &property)) {
        print_number(step, property.number, output);
    } else {
        print_blank(step, step->pad, output);
    }
}

static void print_user_properties(const struct mote_message *message, struct output *output)
{
    struct mote_properties_place place = {0};
    struct mote_property property;
    bool first = true;

    while (mote_properties_next(&message->properties, &place, &property)) {
        if (property.id == MOTE_USER_PROPERTY) {
            output_string(output, first ? "" : " ");
            output_text(output, property.text);
            output_string(output, ":");
            output_text(output, property.value);
            first = false;
        }
    }
}

static void print_property(const struct format_step *step, const struct mote_message *message, struct output *output)
{
    struct mote_property property = {.text = {NULL, 0}};

    switch (step->letter) {
    case 'A':
        print_number_property(step, message, MOTE_TOPIC_ALIAS, output);
        break;
    case 'C':
        mote_properties_find(&message->properties, MOTE_CONTENT_TYPE, &property);
        print_text(step, property.text, output);
        break;
    case 'D':
        mote_properties_find(&message->properties, MOTE_CORRELATION_DATA, &property);
        output_text(output, property.text);
        break;
    case 'E':
        print_number_property(step, message, MOTE_MESSAGE_EXPIRY_INTERVAL, output);
        break;
    case 'F':
        print_number_property(step, message, MOTE_PAYLOAD_FORMAT_INDICATOR, output);
        break;
    case 'R':
        if (mote_properties_find(&message->properties, MOTE_RESPONSE_TOPIC, &property)) {
            print_text(step, property.text, output);
        }
        break;
    case 'S':
        print_number_property(step, message, MOTE_SUBSCRIPTION_IDENTIFIER, output);
        break;
    default:
        print_user_properties(message, output);
        break;
    }
}

static void print_time(const struct format_step *step, const struct timespec *time, struct output *output)
{
    char words[128] = "";
    char pattern[] = {'%', step->letter == '@' ? step->text.data[0] : 's', '\0'};
    struct tm local;

    localtime_r(&time->tv_sec, &local);
    if (step->letter == 'I') {
        strftime(words, sizeof words, "%FT%T%z", &local);
        print_text(step, mote_text(words), output);
    } else if (step->letter == '@' && pattern[1] == 'N') {
        output_format(output, "%09ld", time->tv_nsec);
    } else if (strftime(words, sizeof words, pattern, &local) > 0) {
        output_string(output, words);
    }
    if (step->letter == 'U') {
        output_format(output, ".%09ld", time->tv_nsec);
    }
}

static void print_json(const struct format *format, const struct format_step *step, const struct mote_message *message,
                       const struct timespec *time, struct output *output)
{
    if (!format_json(message, time, step->letter == 'J', format->pretty, output) && format->complainer != NULL) {
        cli_errorf(format->complainer, MOTE_OK, "the payload of a message of %.*s is not JSON",
                   (int)message->topic.length, message->topic.data);
    }
}

static void print_step(const struct format *format, const struct format_step *step, const struct mote_message *message,
                       const struct timespec *time, struct output *output)
{
    switch (step->letter) {
    case 0:
        output_text(output, step->text);
        break;
    case 'I':
    case 'U':
    case '@':
        print_time(step, time, output);
        break;
    case 'j':
    case 'J':
        print_json(format, step, message, time, output);
        break;
    case 'l':
        print_number(step, message->payload_size, output);
        break;
    case 'm':
        print_number(step, message->packet_id, output);
        break;
    case 'p':
    case 'x':
    case 'X':
        print_payload(step, message->payload, output);
        break;
    case 'q':
        output_repeat(output, (char)('0' + message->qos), 1);
        break;
    case 'r':
        output_repeat(output, message->retain ? '1' : '0', 1);
        break;
    case 't':
        print_text(step, message->topic, output);
        break;
    default:
        print_property(step, message, output);
        break;
    }
}

static void print_steps(const struct format *format, size_t from, size_t to, const struct mote_message *message,
                        const struct timespec *time, struct output *output)
{
    for (size_t i = from; i < to; i++) {
        print_step(format, &format->steps[i], message, time, output);
    }
    if (to == format->count && format->newline) {
        output_repeat(output, '\n', 1);
    }
}

void format_print(const struct format *format, const struct mote_message *message, const struct timespec *time,
                  struct output *output)
{
    print_steps(format, 0, format->count, message, time, output);
}

void format_before(const struct format *format, const struct mote_message *message, const struct timespec *time,
                   struct output *output)
{
    print_steps(format, 0, format->split, message, time, output);
}

void format_payload(const struct format *format, struct mote_text piece, struct output *output)
{
    print_payload(&format->steps[format->split], piece, output);
}

void format_after(const struct format *format, const struct mote_message *message, const struct timespec *time,
                  struct output *output)
{
    print_steps(format, format->split + 1, format->count, message, time, output);
}

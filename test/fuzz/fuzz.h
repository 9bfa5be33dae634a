/* What the fuzz targets share: taking an input apart, and saying what went wrong.
 *
 * A target is one file, NAME.c, with LLVMFuzzerTestOneInput(). Its input is a small program: a few bytes of configuration,
 * then commands, so that what a mutation changes is what happens and in which order. An input that is used up reads as
 * zeros. Nothing is kept from one input to the next.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <mote/message.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Past stdio: a target may have silenced it. */
_Noreturn static inline void fuzz_fail(const char *file, int line, const char *what)
{
    dprintf(2, "%s:%d: %s\n", file, line, what);
    abort();
}

#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

struct fuzz_input {
    const uint8_t *at;
    const uint8_t *end;
};

static inline size_t fuzz_left(const struct fuzz_input *input)
{
    return (size_t)(input->end - input->at);
}

static inline uint8_t fuzz_u8(struct fuzz_input *input)
{
    return input->at == input->end ? 0 : *input->at++;
}

static inline uint16_t fuzz_u16(struct fuzz_input *input)
{
    unsigned high = fuzz_u8(input);

    return (uint16_t)(high << 8 | fuzz_u8(input));
}

static inline uint32_t fuzz_u32(struct fuzz_input *input)
{
    uint32_t high = fuzz_u16(input);

    return high << 16 | fuzz_u16(input);
}

static inline bool fuzz_bool(struct fuzz_input *input)
{
    return (fuzz_u8(input) & 1) != 0;
}

/* 0 to limit - 1. */
static inline unsigned fuzz_below(struct fuzz_input *input, unsigned limit)
{
    return fuzz_u8(input) % limit;
}

/* A size: mostly small, now and then one that has to be split up, or is near a power of two. */
static inline size_t fuzz_size(struct fuzz_input *input, size_t most)
{
    size_t byte = fuzz_u8(input);
    size_t size = byte < 0xC0 ? byte : byte < 0xF0 ? 16u * fuzz_u8(input) + byte : fuzz_u16(input);

    return size < most ? size : most;
}

static inline struct mote_text fuzz_rest(struct fuzz_input *input)
{
    struct mote_text rest = {(const char *)input->at, fuzz_left(input)};

    input->at = input->end;
    return rest;
}

/* The next bytes of the input, with a byte in front that says how many. */
static inline struct mote_text fuzz_text(struct fuzz_input *input)
{
    size_t size = fuzz_u8(input);
    struct mote_text text = {(const char *)input->at, size < fuzz_left(input) ? size : fuzz_left(input)};

    input->at += text.length;
    return text;
}

/* Memory of exactly this size, so that AddressSanitizer sees what is behind it; free() gives it back. */
static inline char *fuzz_copy(struct mote_text text)
{
    char *copy = malloc(text.length);

    FUZZ_CHECK(copy != NULL || text.length == 0);
    if (text.length > 0)
        memcpy(copy, text.data, text.length);
    return copy;
}

/* Is the view one of these bytes? An empty one may be anywhere. */
static inline bool fuzz_is_within(struct mote_text view, const void *bytes, size_t size)
{
    uintptr_t begin = (uintptr_t)bytes;
    uintptr_t at = (uintptr_t)view.data;

    return view.length == 0 || (at >= begin && at - begin <= size && size - (at - begin) >= view.length);
}

static inline bool fuzz_same(struct mote_text a, struct mote_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline enum mote_mqtt_version fuzz_version(struct fuzz_input *input)
{
    static const enum mote_mqtt_version versions[] = {MOTE_MQTT_5, MOTE_MQTT_3_1_1, MOTE_MQTT_3_1, MOTE_MQTT_5};

    return versions[fuzz_u8(input) & 3];
}

/* Properties, most of them right somewhere: up to `most`. */
static inline size_t fuzz_properties(struct fuzz_input *input, struct mote_property *items, size_t most)
{
    static const uint8_t ids[] = {0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x11, 0x12, 0x13, 0x15, 0x16,
                                  0x17, 0x18, 0x19, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x23, 0x24, 0x25,
                                  0x26, 0x27, 0x28, 0x29, 0x2A, 0x00, 0x23, 0x26, 0x04, 0x7F};
    size_t count = fuzz_u8(input) % (most + 1);

    for (size_t i = 0; i < count; i++) {
        unsigned size;
        items[i] = (struct mote_property){.id = (enum mote_property_id)ids[fuzz_u8(input) & 31]};
        switch (items[i].id) {
        case MOTE_USER_PROPERTY:
            items[i].text = fuzz_text(input);
            items[i].value = fuzz_text(input);
            break;
        case MOTE_CONTENT_TYPE:
        case MOTE_RESPONSE_TOPIC:
        case MOTE_CORRELATION_DATA:
        case MOTE_ASSIGNED_CLIENT_IDENTIFIER:
        case MOTE_AUTHENTICATION_METHOD:
        case MOTE_AUTHENTICATION_DATA:
        case MOTE_RESPONSE_INFORMATION:
        case MOTE_SERVER_REFERENCE:
        case MOTE_REASON_STRING:
            items[i].text = fuzz_text(input);
            break;
        case MOTE_SESSION_EXPIRY_INTERVAL:
        case MOTE_MAXIMUM_PACKET_SIZE:
        case MOTE_MESSAGE_EXPIRY_INTERVAL:
        case MOTE_WILL_DELAY_INTERVAL:
        case MOTE_SUBSCRIPTION_IDENTIFIER:
            size = fuzz_u8(input);
            items[i].number = size < 0x80 ? size : size < 0xE0 ? fuzz_u16(input) : fuzz_u32(input);
            break;
        default:
            size = fuzz_u8(input);
            items[i].number = size < 0xE0 ? size & 15 : fuzz_u16(input);
        }
    }
    return count;
}

#endif

/* Texts that end where a page does: what reads them eight bytes at a time must not read on. Every length up to some words, with
 * every kind of byte at the end. */
#define _DEFAULT_SOURCE
#include "page_end.h"
#include "text/word.h"

#include <mote/topic.h>
#include <mote/url.h>

#define LENGTHS 70u

/* The length's `x`s, the last of them replaced. */
static struct mote_text text_of(size_t length, uint8_t last)
{
    uint8_t *bytes = page_end(PAGE_END_IN, length);

    memset(bytes, 'x', length);
    if (length > 0)
        bytes[length - 1] = last;
    return (struct mote_text){(const char *)bytes, length};
}

static void utf8(void)
{
    for (size_t length = 0; length < LENGTHS; length++) {
        for (unsigned last = 0; last < 256; last++)
            CHECK_EQUAL(mote_text_is_utf8(text_of(length, (uint8_t)last)), length == 0 || (last > 0 && last < 128));
    }
}

static void names_and_filters(void)
{
    for (size_t length = 0; length < LENGTHS; length++) {
        for (unsigned last = 0; last < 256; last++) {
            bool ascii = length > 0 && last > 0 && last < 128;
            bool wild = last == '+' || last == '#';
            struct mote_text text = text_of(length, (uint8_t)last);
            CHECK_EQUAL(mote_topic_is_name(text), ascii && !wild);
            CHECK_EQUAL(mote_topic_is_filter(text), ascii && (!wild || length == 1));
        }
    }
}

static void matching(void)
{
    for (size_t length = 2; length < LENGTHS; length++) {
        uint8_t *other = page_end(PAGE_END_OUT, length);
        struct mote_text text = text_of(length, 'y');
        memset(other, 'x', length);
        CHECK(!mote_topic_matches((struct mote_text){(char *)other, length}, text));
        other[length - 1] = 'y';
        CHECK(mote_topic_matches((struct mote_text){(char *)other, length}, text));
        CHECK(!mote_topic_matches((struct mote_text){(char *)other + 1, length - 1}, text));
    }
}

/* One of them ends where the other would go on. */
static void matching_beyond_the_end(void)
{
    struct mote_text topic = page_end_copy(MOTE_TEXT("a"));
    uint8_t *filter = page_end(PAGE_END_OUT, 2);

    CHECK(!mote_topic_matches(MOTE_TEXT("ab"), topic));
    CHECK(!mote_topic_matches(MOTE_TEXT("a/b"), topic));
    CHECK(mote_topic_matches(MOTE_TEXT("a/#"), topic));
    for (const char *second = "/b"; *second != '\0'; second++) {
        filter[0] = 'a';
        filter[1] = (uint8_t)*second;
        CHECK(!mote_topic_matches((struct mote_text){(char *)filter, 2}, topic));
    }
}

static void shared_filters(void)
{
    static const char *const filters[] = {"$share/", "$share/g", "$share/g/", "$share/g/t",
                                          "$share",  "$shar",    "$",         "$share//"};

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        CHECK_EQUAL(mote_topic_is_filter(page_end_copy(mote_text(filters[i]))), i >= 3 && i <= 6);
}

/* Both ends of the copy are at the end of a page. */
static void copying(void)
{
    for (size_t length = 0; length < LENGTHS; length++) {
        struct mote_text text = text_of(length, 'y');
        uint8_t *into = page_end(PAGE_END_OUT, length);
        memset(into, 0, length);
        mote_word_copy(into, text.data, length);
        CHECK(length == 0 || memcmp(into, text.data, length) == 0);
    }
}

static void urls(void)
{
    static const char text[] = "mqtt://u%41:p%42@[::1]:1883/a%43";
    char memory[64];
    struct mote_url url;

    for (size_t length = 0; length < sizeof text; length++)
        mote_url_parse(&url, page_end_copy((struct mote_text){text, length}), memory, sizeof memory, NULL);
    CHECK_EQUAL(mote_url_parse(&url, page_end_copy(mote_text(text)), memory, sizeof memory, NULL), MOTE_OK);
    for (size_t size = 0; size < 24; size++)
        CHECK_EQUAL(mote_url_parse(&url, mote_text(text), (char *)page_end(PAGE_END_OUT, size), size, NULL),
                    size < 18 ? MOTE_CONFIG_INVALID : MOTE_OK);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"UTF-8", utf8},
        {"names and filters", names_and_filters},
        {"matching", matching},
        {"matching beyond the end", matching_beyond_the_end},
        {"shared filters", shared_filters},
        {"copying", copying},
        {"URLs", urls},
    };

    return check_main("table/page_end", cases, sizeof cases / sizeof cases[0], argc, argv);
}

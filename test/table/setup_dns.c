/* Datagrams that may come to the DNS of the access point, and what goes back. RFC 1035. */
#include "check.h"

#include "setup/inside.h"
#include <string.h>

static const uint8_t address[4] = {192, 168, 4, 1};

struct row {
    struct mote_text query;
    struct mote_text answer; /* empty: none */
};

/* A literal may have NULs in it. */
#define BYTES(literal)                                                                                                 \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }

#define QUESTION(type)                                                                                                 \
    "\x07"                                                                                                             \
    "example"                                                                                                          \
    "\x03"                                                                                                             \
    "com"                                                                                                              \
    "\0"                                                                                                               \
    "\0" type "\0\x01"
#define RECORD "\xC0\x0C\0\x01\0\x01\0\0\0\x05\0\x04\xC0\xA8\x04\x01"
#define NAME63                                                                                                         \
    "\x3F"                                                                                                             \
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void expect(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t answer[512];
        size_t size =
            mote_dns_answer(address, (const uint8_t *)rows[i].query.data, rows[i].query.length, answer, sizeof answer);

        if (size != rows[i].answer.length || memcmp(answer, rows[i].answer.data, size) != 0)
            check_fail(__FILE__, __LINE__, "row %zu: %zu bytes", i, size);
    }
}

static void answers_queries(void)
{
    static const struct row rows[] = {
        /* A, with recursion desired and without */
        {BYTES("\x12\x34\x01\0\0\x01\0\0\0\0\0\0" QUESTION("\x01")),
         BYTES("\x12\x34\x85\x80\0\x01\0\x01\0\0\0\0" QUESTION("\x01") RECORD)},
        {BYTES("\x12\x34\0\0\0\x01\0\0\0\0\0\0" QUESTION("\x01")),
         BYTES("\x12\x34\x84\x80\0\x01\0\x01\0\0\0\0" QUESTION("\x01") RECORD)},
        /* any type */
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0" QUESTION("\xFF")),
         BYTES("\0\0\x85\x80\0\x01\0\x01\0\0\0\0" QUESTION("\xFF") RECORD)},
        /* AAAA and HTTPS: there is such a name, but nothing of that type */
        {BYTES("\0\x01\x01\0\0\x01\0\0\0\0\0\0" QUESTION("\x1C")),
         BYTES("\0\x01\x85\x80\0\x01\0\0\0\0\0\0" QUESTION("\x1C"))},
        {BYTES("\0\x01\x01\0\0\x01\0\0\0\0\0\0" QUESTION("\x41")),
         BYTES("\0\x01\x85\x80\0\x01\0\0\0\0\0\0" QUESTION("\x41"))},
        /* with EDNS, which is left out */
        {BYTES("\0\x02\x01\x20\0\x01\0\0\0\0\0\x01" QUESTION("\x01") "\0\0\x29\x04\xD0\0\0\0\0\0\0"),
         BYTES("\0\x02\x85\x80\0\x01\0\x01\0\0\0\0" QUESTION("\x01") RECORD)},
        /* the root */
        {BYTES("\0\x03\x01\0\0\x01\0\0\0\0\0\0\0\0\x01\0\x01"),
         BYTES("\0\x03\x85\x80\0\x01\0\x01\0\0\0\0\0\0\x01\0\x01" RECORD)},
        /* another class */
        {BYTES("\0\x04\x01\0\0\x01\0\0\0\0\0\0\x01"
               "a\0\0\x01\0\x03"),
         BYTES("\0\x04\x85\x80\0\x01\0\0\0\0\0\0\x01"
               "a\0\0\x01\0\x03")},
    };

    expect(rows, sizeof rows / sizeof rows[0]);
}

static void says_nothing_to_what_is_no_query(void)
{
    static const struct row rows[] = {
        {BYTES(""), {"", 0}},
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0"), {"", 0}},                                     /* a head that is cut */
        {BYTES("\0\0\x01\0\0\0\0\0\0\0\0\0" QUESTION("\x01")), {"", 0}},                    /* no question */
        {BYTES("\0\0\x01\0\0\x02\0\0\0\0\0\0" QUESTION("\x01") QUESTION("\x01")), {"", 0}}, /* two */
        {BYTES("\0\0\x81\0\0\x01\0\0\0\0\0\0" QUESTION("\x01")), {"", 0}},                  /* an answer */
        {BYTES("\0\0\x28\0\0\x01\0\0\0\0\0\0" QUESTION("\x01")), {"", 0}},                  /* an update */
        {BYTES("\0\0\x03\0\0\x01\0\0\0\0\0\0" QUESTION("\x01")), {"", 0}},                  /* cut short */
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0\xC0\x0C\0\x01\0\x01"), {"", 0}},               /* a pointer to itself */
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0\x40"
               "a\0\0\x01\0\x01"),
         {"", 0}}, /* a label of 64 bytes */
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0\x05"
               "a\0\0\x01\0\x01"),
         {"", 0}}, /* a label beyond the end */
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0\x01"
               "a\0\0\x01\0"),
         {"", 0}}, /* a class that is cut */
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0\x01"
               "a"),
         {"", 0}}, /* a name that is cut */
        {BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0" NAME63 NAME63 NAME63 NAME63 "\0\0\x01\0\x01"), {"", 0}}, /* of 257 */
    };

    expect(rows, sizeof rows / sizeof rows[0]);
}

static void keeps_within_its_room(void)
{
    static const struct mote_text query = BYTES("\0\0\x01\0\0\x01\0\0\0\0\0\0" QUESTION("\x01"));
    uint8_t answer[128];

    for (size_t room = 0; room < query.length + 16; room++) {
        memset(answer, 0x55, sizeof answer);
        CHECK_EQUAL(mote_dns_answer(address, (const uint8_t *)query.data, query.length, answer, room), 0);
        CHECK_EQUAL(answer[room], 0x55);
    }
    CHECK_EQUAL(mote_dns_answer(address, (const uint8_t *)query.data, query.length, answer, query.length + 16),
                query.length + 16);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"answers-queries", answers_queries},
        {"says-nothing-to-what-is-no-query", says_nothing_to_what_is_no_query},
        {"keeps-within-its-room", keeps_within_its_room},
    };

    return check_main("table/setup_dns", cases, sizeof cases / sizeof cases[0], argc, argv);
}

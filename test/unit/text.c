/* Texts: comparing, copying, numbers, and UTF-8 by comparison with a decoder written from the definition. */
#include <mote/text.h>

#include "check.h"

#include <string.h>

static void views(void)
{
    CHECK_TEXT(mote_text("abc"), "abc");
    CHECK_EQUAL(mote_text("").length, 0);
    CHECK_EQUAL(mote_text(NULL).length, 0);
    CHECK_EQUAL(MOTE_TEXT("a\0b").length, 3);
}

static void comparing(void)
{
    const struct mote_text none = {NULL, 0};

    CHECK(mote_text_equals(MOTE_TEXT("on"), "on"));
    CHECK(!mote_text_equals(MOTE_TEXT("on"), "ON"));
    CHECK(!mote_text_equals(MOTE_TEXT("on"), "one"));
    CHECK(!mote_text_equals(MOTE_TEXT("one"), "on"));
    CHECK(!mote_text_equals(MOTE_TEXT("on\0"), "on"));
    CHECK(mote_text_equals(none, "") && mote_text_equals(none, NULL));
    CHECK(mote_text_equals_nocase(MOTE_TEXT("oN"), "On"));
    CHECK(mote_text_equals_nocase(MOTE_TEXT("azAZ09"), "AZaz09"));
    CHECK(!mote_text_equals_nocase(MOTE_TEXT("on"), "off"));
    CHECK(!mote_text_equals_nocase(MOTE_TEXT("on"), "onn"));
    CHECK(mote_text_equals_nocase(none, ""));
    CHECK(mote_text_same(MOTE_TEXT("a\0b"), MOTE_TEXT("a\0b")));
    CHECK(!mote_text_same(MOTE_TEXT("a\0b"), MOTE_TEXT("a\0c")));
    CHECK(mote_text_same(none, MOTE_TEXT("")));
}

/* Only the 26 letters have a case; their neighbours in the code must not. */
static void case_is_that_of_letters_only(void)
{
    for (int c = 1; c < 256; c++) {
        char one[] = {(char)c, '\0'}, other[] = {(char)(c ^ 0x20), '\0'};
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (other[0] != '\0')
            CHECK_EQUAL(mote_text_equals_nocase(mote_text(one), other), letter);
        CHECK(mote_text_equals_nocase(mote_text(one), one));
    }
}

static void copying(void)
{
    char into[4] = "xyz";

    CHECK(mote_text_copy(MOTE_TEXT("abc"), into, sizeof into));
    CHECK(strcmp(into, "abc") == 0);
    CHECK(!mote_text_copy(MOTE_TEXT("abcd"), into, sizeof into));
    CHECK(strcmp(into, "") == 0);
    CHECK(mote_text_copy((struct mote_text){NULL, 0}, into, 1));
    CHECK(mote_text_copy(MOTE_TEXT("y"), into, 2));
    CHECK(strcmp(into, "y") == 0);
    CHECK(mote_text_copy(MOTE_TEXT(""), into, 1));
    CHECK(strcmp(into, "") == 0);
    CHECK(!mote_text_copy(MOTE_TEXT("a"), into, 1));
    memcpy(into, "xyz", 4);
    CHECK(!mote_text_copy(MOTE_TEXT("a"), into, 0));
    CHECK(!mote_text_copy(MOTE_TEXT(""), into, 0));
    CHECK_EQUAL(into[0], 'x');
}

static void reading_numbers(void)
{
    static const struct {
        const char *text;
        uint32_t max;
        bool taken;
        uint32_t number;
    } texts[] = {
        {"0", 0, true, 0},
        {"7", 7, true, 7},
        {"8", 7, false, 0},
        {"10", 9, false, 0},
        {"007", 7, true, 7},
        {"00000000000000000000001", 1, true, 1},
        {"65535", 65535, true, 65535},
        {"65536", 65535, false, 0},
        {"70000", 65535, false, 0},
        {"4294967295", UINT32_MAX, true, UINT32_MAX},
        {"4294967296", UINT32_MAX, false, 0},
        {"4294967300", UINT32_MAX, false, 0},
        {"5000000000", UINT32_MAX, false, 0},
        {"42949672950", UINT32_MAX, false, 0},
        {"99999999999999999999", UINT32_MAX, false, 0},
        {"4294967294", 4294967294, true, 4294967294},
        {"4294967295", 4294967294, false, 0},
        {"", 9, false, 0},
        {" 1", 9, false, 0},
        {"1 ", 9, false, 0},
        {"+1", 9, false, 0},
        {"-1", 9, false, 0},
        {"1a", 99, false, 0},
        {"0x1", 99, false, 0},
        {"/", 99, false, 0},
        {":", 99, false, 0},
        {"\xB1", 99, false, 0},
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint32_t number = 12345;
        if (mote_text_to_number(mote_text(texts[i].text), texts[i].max, &number) != texts[i].taken)
            check_fail(__FILE__, __LINE__, "\"%s\" of at most %lu", texts[i].text, (unsigned long)texts[i].max);
        CHECK_EQUAL(number, texts[i].taken ? texts[i].number : 12345);
    }
}

static void writing_numbers(void)
{
    static const struct {
        uint32_t number;
        const char *text;
    } numbers[] = {
        {0, "0"},
        {1, "1"},
        {9, "9"},
        {10, "10"},
        {11, "11"},
        {99, "99"},
        {100, "100"},
        {101, "101"},
        {65535, "65535"},
        {1000000, "1000000"},
        {999999999, "999999999"},
        {1000000000, "1000000000"},
        {4000000000, "4000000000"},
        {4294967295, "4294967295"},
    };
    char into[11];

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct mote_text text = mote_text_from_number(numbers[i].number, into);
        CHECK(text.data == into && mote_text_equals(text, numbers[i].text));
        CHECK(strcmp(into, numbers[i].text) == 0);
    }
    for (uint32_t number = 1; number < 0x80000000; number = number * 3 + 1) {
        uint32_t read = 0;
        CHECK(mote_text_to_number(mote_text_from_number(number, into), UINT32_MAX, &read));
        CHECK(read == number);
    }
}

/* Encodes a number in as many bytes as asked for, also where that is not allowed. */
static struct mote_text encode(uint32_t number, size_t size, char *into)
{
    static const unsigned char first[] = {0, 0x00, 0xC0, 0xE0, 0xF0};

    for (size_t i = size; i-- > 1; number >>= 6)
        into[i] = (char)(0x80 | (number & 0x3F));
    into[0] = (char)(first[size] | number);
    return (struct mote_text){into, size};
}

static size_t shortest(uint32_t number)
{
    return number < 0x80 ? 1 : number < 0x800 ? 2 : number < 0x10000 ? 3 : 4;
}

static bool is_character(uint32_t number)
{
    return number > 0 && number <= 0x10FFFF && !(number >= 0xD800 && number <= 0xDFFF);
}

/* [MQTT3-1.5.3-1] [MQTT5-1.5.4-1] */
static void every_character_in_every_size(void)
{
    static const uint32_t end[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    char bytes[4];

    for (size_t size = 1; size <= 4; size++) {
        for (uint32_t number = 0; number < end[size]; number++) {
            bool expected = is_character(number) && size == shortest(number);
            if (mote_text_is_utf8(encode(number, size, bytes)) != expected)
                check_fail(__FILE__, __LINE__, "U+%lX in %u bytes", (unsigned long)number, (unsigned)size);
        }
    }
}

/* By the definition: a number's bits, spread over as many bytes as the first one says, and not over more than
 * needed. */
static bool model_is_utf8(const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        size_t size = bytes[0] < 0x80 ? 1 : bytes[0] < 0xC0 ? 0 : bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4;
        uint32_t number = size < 2 ? bytes[0] : bytes[0] & (0x3Fu >> (size - 1));
        if (size == 0 || size > length || bytes[0] > 0xF7)
            return false;
        for (size_t i = 1; i < size; i++) {
            if (bytes[i] >> 6 != 2)
                return false;
            number = number << 6 | (bytes[i] & 0x3F);
        }
        if (!is_character(number) || size != shortest(number))
            return false;
        bytes += size;
        length -= size;
    }
    return true;
}

/* [MQTT3-1.5.3-1] [MQTT3-1.5.3-2] [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] */
static void every_pair_of_bytes(void)
{
    static const char *const after[] = {"", "a", "\x80", "\xBF", "\x80\x80", "\xBF\xBF", "\xC3\xA9", "\xFF"};
    char bytes[8];

    for (unsigned pair = 0; pair < 0x10000; pair++) {
        for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
            size_t length = 2 + strlen(after[i]);
            bytes[0] = (char)(pair >> 8);
            bytes[1] = (char)pair;
            memcpy(bytes + 2, after[i], length - 2);
            if (mote_text_is_utf8((struct mote_text){bytes, length}) !=
                model_is_utf8((const unsigned char *)bytes, length))
                check_fail(__FILE__, __LINE__, "%04x and %u bytes more", pair, (unsigned)length - 2);
        }
    }
}

static void characters_are_not_cut(void)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x92\xA1";
    static const bool whole[] = {true, true, false, true, false, false, true, false, false, false, true};

    for (size_t length = 0; length < sizeof text; length++)
        CHECK_EQUAL(mote_text_is_utf8((struct mote_text){text, length}), whole[length]);
    for (size_t from = 1; from < sizeof text - 1; from++)
        CHECK_EQUAL(mote_text_is_utf8((struct mote_text){text + from, sizeof text - 1 - from}),
                    ((unsigned char)text[from] & 0xC0) != 0x80);
}

/* ASCII is read in words where that is faster: each length and place, for the bytes at the borders. */
static void every_place_in_ascii(void)
{
    static const char wrong[] = {'\0', '\x80', '\xFF', '\xC3'};
    static const char right[] = {'\x01', '\x7F', '#', '+'};
    char text[40];

    for (size_t length = 1; length <= sizeof text; length++) {
        for (size_t at = 0; at < length; at++) {
            memset(text, 'a', sizeof text);
            for (size_t i = 0; i < sizeof wrong; i++) {
                text[at] = wrong[i];
                CHECK(!mote_text_is_utf8((struct mote_text){text, length}));
            }
            for (size_t i = 0; i < sizeof right; i++) {
                text[at] = right[i];
                CHECK(mote_text_is_utf8((struct mote_text){text, length}));
            }
        }
    }
}

static void the_longest_text(void)
{
    static char text[65536];

    memset(text, 'a', sizeof text);
    CHECK(mote_text_is_utf8((struct mote_text){text, 65535}));
    CHECK(!mote_text_is_utf8((struct mote_text){text, 65536}));
    CHECK(mote_text_is_utf8((struct mote_text){NULL, 0}));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"views", views},
        {"comparing", comparing},
        {"case is that of letters only", case_is_that_of_letters_only},
        {"copying", copying},
        {"reading numbers", reading_numbers},
        {"writing numbers", writing_numbers},
        {"every character in every size", every_character_in_every_size},
        {"every pair of bytes", every_pair_of_bytes},
        {"characters are not cut", characters_are_not_cut},
        {"every place in ASCII", every_place_in_ascii},
        {"the longest text", the_longest_text},
    };

    return check_main("unit/text", cases, sizeof cases / sizeof cases[0], argc, argv);
}

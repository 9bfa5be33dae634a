/* Texts from outside against checkers and matchers that are slow and obvious: UTF-8, topic names and filters, matching,
 * numbers, and the parts of a URL. */
#include "fuzz.h"

#include <mote/topic.h>
#include <mote/url.h>

/* --- UTF-8, from the code points: decode, then see whether that number is written like this --- */

static size_t encode_character(uint32_t c, uint8_t into[4])
{
    if (c < 0x80) {
        into[0] = (uint8_t)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        into[i] = (uint8_t)(0x80 | (c & 0x3F));
    into[0] = (uint8_t)(c | (0xF00u >> size & 0xFF));
    return size;
}

static size_t character_size(const uint8_t *bytes, size_t left)
{
    static const uint8_t lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint8_t again[4];

    for (size_t size = 1; size <= 4 && size <= left; size++) {
        uint32_t c = bytes[0] & lead_bits[size];
        for (size_t i = 1; i < size; i++)
            c = c << 6 | (bytes[i] & 0x3F);
        bool may_be = c > 0 && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
        if (may_be && encode_character(c, again) == size && memcmp(again, bytes, size) == 0)
            return size;
    }
    return 0;
}

static bool is_utf8(struct mote_text text)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    size_t size;

    for (size_t i = 0; i < text.length; i += size) {
        size = character_size(bytes + i, text.length - i);
        if (size == 0)
            return false;
    }
    return text.length <= 65535;
}

/* --- Topics, level by level --- */

/* Takes the first level off. Returns false if there was none left. */
static bool next_level(struct mote_text *topic, bool *more, struct mote_text *level)
{
    const char *slash;

    if (!*more)
        return false;
    slash = topic->length == 0 ? NULL : memchr(topic->data, '/', topic->length);
    *more = slash != NULL;
    *level = (struct mote_text){topic->data, slash == NULL ? topic->length : (size_t)(slash - topic->data)};
    if (slash != NULL)
        *topic = (struct mote_text){slash + 1, topic->length - level->length - 1};
    return true;
}

static bool has(struct mote_text text, char c)
{
    return text.length > 0 && memchr(text.data, c, text.length) != NULL;
}

static bool is_name(struct mote_text topic)
{
    return topic.length > 0 && is_utf8(topic) && !has(topic, '+') && !has(topic, '#');
}

static bool levels_are_right(struct mote_text filter)
{
    struct mote_text level;
    bool more = true;

    while (next_level(&filter, &more, &level)) {
        if (level.length != 1 && (has(level, '+') || has(level, '#')))
            return false;
        if (level.length == 1 && level.data[0] == '#' && more)
            return false;
    }
    return true;
}

static bool is_filter(struct mote_text filter)
{
    struct mote_text level;
    bool more = true;

    if (!is_utf8(filter) || filter.length == 0)
        return false;
    if (filter.length >= 7 && memcmp(filter.data, "$share/", 7) == 0) {
        next_level(&filter, &more, &level);
        next_level(&filter, &more, &level);
        if (!more || level.length == 0 || has(level, '+') || has(level, '#') || filter.length == 0)
            return false;
    }
    return levels_are_right(filter);
}

static bool matches(struct mote_text filter, struct mote_text topic)
{
    struct mote_text wanted, level = {NULL, 0};
    bool filter_more = true, topic_more = true;

    if (topic.data[0] == '$' && (filter.data[0] == '+' || filter.data[0] == '#'))
        return false;
    while (next_level(&filter, &filter_more, &wanted)) {
        if (wanted.length == 1 && wanted.data[0] == '#')
            return true;
        if (!next_level(&topic, &topic_more, &level))
            return false;
        if (!(wanted.length == 1 && wanted.data[0] == '+') && !fuzz_same(wanted, level))
            return false;
    }
    return !topic_more;
}

static void check_topics(struct mote_text filter, struct mote_text topic)
{
    FUZZ_CHECK(mote_text_is_utf8(filter) == is_utf8(filter));
    FUZZ_CHECK(mote_topic_is_name(filter) == is_name(filter));
    FUZZ_CHECK(mote_topic_is_filter(filter) == is_filter(filter));
    if (is_filter(filter) && is_name(topic))
        FUZZ_CHECK(mote_topic_matches(filter, topic) == matches(filter, topic));
}

/* Topics of a few letters, so that they often match. */
static void spell(struct mote_text codes, char *into)
{
    static const char letters[] = "a/+#b$/a";

    for (size_t i = 0; i < codes.length; i++)
        into[i] = letters[(uint8_t)codes.data[i] & 7];
}

static void check_spelt(struct fuzz_input *input)
{
    struct mote_text first = fuzz_text(input);
    struct mote_text second = fuzz_rest(input);
    char *filter = fuzz_copy(first);
    char *topic = fuzz_copy(second);

    spell(first, filter);
    spell(second, topic);
    check_topics((struct mote_text){filter, first.length}, (struct mote_text){topic, second.length});
    free(filter);
    free(topic);
}

static void check_given(struct fuzz_input *input)
{
    struct mote_text first = fuzz_text(input);
    struct mote_text second = fuzz_rest(input);
    char *filter = fuzz_copy(first);
    char *topic = fuzz_copy(second);

    check_topics((struct mote_text){filter, first.length}, (struct mote_text){topic, second.length});
    check_topics((struct mote_text){topic, second.length}, (struct mote_text){filter, first.length});
    free(filter);
    free(topic);
}

/* A long plain text with one other byte in it, for what is read word by word. */
static void check_words(struct fuzz_input *input)
{
    size_t size = fuzz_u8(input) & 0x3F;
    size_t place = fuzz_u8(input);
    char *text = malloc(size);

    FUZZ_CHECK(text != NULL || size == 0);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('0' + i);
    for (; fuzz_left(input) > 0; place = fuzz_u8(input)) {
        if (size > 0)
            text[place % size] = (char)fuzz_u8(input);
        check_topics((struct mote_text){text, size}, MOTE_TEXT("a"));
    }
    free(text);
}

/* --- URLs --- */

static void check_part(struct mote_text part, const char *memory, size_t size)
{
    FUZZ_CHECK(fuzz_is_within((struct mote_text){part.data, part.length + 1}, memory, size));
    FUZZ_CHECK(part.data[part.length] == '\0' && strlen(part.data) == part.length);
}

/* Percent-encodes all of a part. */
static size_t write_part(char *into, size_t at, struct mote_text part)
{
    for (size_t i = 0; i < part.length; i++)
        at += (size_t)sprintf(into + at, "%%%02X", (unsigned)(uint8_t)part.data[i]);
    return at;
}

/* The parts make a URL that has the same parts again. */
static void write_again(const struct mote_url *url)
{
    size_t room = 64 + 3 * (url->username.length + url->password.length + url->host.length + url->path.length);
    char *text = malloc(room);
    char *memory = malloc(room);
    bool is_ip6 = has(url->host, ':'), is_file = mote_text_equals(url->scheme, "unix");
    struct mote_url again;

    FUZZ_CHECK(text != NULL && memory != NULL);
    size_t at = (size_t)sprintf(text, "%s://", url->scheme.data);
    if (url->has_username) {
        at = write_part(text, at, url->username);
        if (url->has_password)
            text[at++] = ':';
        at = write_part(text, at, url->password);
        text[at++] = '@';
    }
    if (is_file)
        text[at++] = '/';
    else
        at += (size_t)sprintf(text + at, is_ip6 ? "[%s]:%u/" : "%s:%u/", url->host.data, (unsigned)url->port);
    if (!has(url->host, '%') && !has(url->host, '/')) {
        at = write_part(text, at, (struct mote_text){url->path.data + is_file, url->path.length - is_file});
        FUZZ_CHECK(mote_url_parse(&again, (struct mote_text){text, at}, memory, room, NULL) == MOTE_OK);
        FUZZ_CHECK(fuzz_same(again.scheme, url->scheme) && fuzz_same(again.host, url->host));
        FUZZ_CHECK(again.has_username == url->has_username && fuzz_same(again.username, url->username));
        FUZZ_CHECK(again.has_password == url->has_password && fuzz_same(again.password, url->password));
        FUZZ_CHECK(again.port == url->port && fuzz_same(again.path, url->path));
    }
    free(text);
    free(memory);
}

static void check_url(struct fuzz_input *input)
{
    size_t size = fuzz_u8(input);
    struct mote_text given = fuzz_rest(input);
    char *text = fuzz_copy(given);
    char *memory = malloc(size);
    const char *words = NULL;
    struct mote_url url;

    FUZZ_CHECK(memory != NULL || size == 0);
    enum mote_reason reason =
        mote_url_parse(&url, (struct mote_text){text, given.length}, memory, size, size % 2 == 0 ? &words : NULL);
    if (reason == MOTE_OK) {
        check_part(url.scheme, memory, size);
        bool is_file = mote_text_equals(url.scheme, "unix");
        if (!is_file)
            check_part(url.host, memory, size);
        check_part(url.path, memory, size);
        if (url.has_username)
            check_part(url.username, memory, size);
        if (url.has_password)
            check_part(url.password, memory, size);
        FUZZ_CHECK(is_file == (url.port == 0) && is_file == (url.host.length == 0) && words == NULL);
        FUZZ_CHECK(!is_file || (url.path.length > 1 && url.path.data[0] == '/'));
        FUZZ_CHECK(is_utf8(url.username) && is_utf8(url.host) && is_utf8(url.path));
        write_again(&url);
    } else {
        FUZZ_CHECK(reason == MOTE_CONFIG_INVALID && (words != NULL || size % 2 != 0));
        FUZZ_CHECK(url.host.length == 0 && url.password.length == 0);
    }
    free(text);
    free(memory);
}

/* --- Numbers --- */

static void check_number(struct fuzz_input *input)
{
    uint32_t max = fuzz_bool(input) ? UINT32_MAX : fuzz_u32(input);
    struct mote_text text = fuzz_rest(input);
    uint64_t expected = 0;
    bool right = text.length > 0;
    uint32_t number = 77;
    char digits[11];

    for (size_t i = 0; i < text.length; i++) {
        right = right && text.data[i] >= '0' && text.data[i] <= '9';
        if (right)
            expected = expected * 10 + (uint64_t)(text.data[i] - '0');
        right = right && expected <= max;
    }
    FUZZ_CHECK(mote_text_to_number(text, max, &number) == right);
    FUZZ_CHECK(number == (right ? expected : 77));
    struct mote_text again = mote_text_from_number(max, digits);
    FUZZ_CHECK(mote_text_to_number(again, UINT32_MAX, &number) && number == max && digits[again.length] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const checks[])(struct fuzz_input * input) = {check_url, check_given, check_spelt, check_words,
                                                                check_number};
    struct fuzz_input input = {data, data + size};

    checks[fuzz_below(&input, sizeof checks / sizeof checks[0])](&input);
    return 0;
}

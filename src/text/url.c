#include <mote/url.h>

#include <string.h>

struct scheme {
    const char *name;
    uint16_t port;
};

/* What a URL may be of. */
struct kind {
    const struct scheme *schemes;
    size_t scheme_count;
    const char *otherwise; /* the scheme of a URL that names none; NULL: it has to */
    const char *words;     /* for one that is not of them */
};

/* The memory that the parts are laid into, and the first thing that went wrong. */
struct parser {
    const struct kind *kind;
    char *memory;
    size_t left;
    const char *words;
};

static void fail(struct parser *parser, const char *words)
{
    if (parser->words == NULL)
        parser->words = words;
}

/* Where the character first is, or the length. */
static size_t find(struct mote_text text, char c)
{
    size_t i = 0;

    while (i < text.length && text.data[i] != c)
        i++;
    return i;
}

/* Where it is for the last time, or the length. */
static size_t find_last(struct mote_text text, char c)
{
    size_t i = text.length;

    while (i > 0 && text.data[i - 1] != c)
        i--;
    return i > 0 ? i - 1 : text.length;
}

static struct mote_text before(struct mote_text text, size_t index)
{
    return (struct mote_text){text.data, index};
}

/* From the index on. An empty view may be of NULL, to which one must not even add 0. */
static struct mote_text from(struct mote_text text, size_t index)
{
    return index == 0 ? text : (struct mote_text){text.data + index, text.length - index};
}

/* What follows the character at the index; nothing if that is the end. */
static struct mote_text after(struct mote_text text, size_t index)
{
    return from(text, index < text.length ? index + 1 : text.length);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | ('a' - 'A'));
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of `%41` at the index, -1 if it is not one. U+0000 is none: the parts end with it. */
static int escaped(struct mote_text text, size_t index)
{
    int high = index + 2 < text.length ? hex_digit(text.data[index + 1]) : -1;
    int low = high >= 0 ? hex_digit(text.data[index + 2]) : -1;

    return low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

/* Lays a part into the memory, percent-decoded and with a NUL behind. */
static struct mote_text lay(struct parser *parser, struct mote_text part)
{
    struct mote_text text = {parser->memory, 0};

    for (size_t i = 0; i < part.length; i++) {
        int byte = (unsigned char)part.data[i];
        if (byte == '%') {
            byte = escaped(part, i);
            i += 2;
        }
        if (byte <= 0)
            fail(parser, "a % in a URL is followed by two hexadecimal digits other than 00; % itself is %25");
        if (parser->left <= 1)
            fail(parser, "the URL is too long");
        if (parser->words != NULL)
            return (struct mote_text){NULL, 0};
        *parser->memory++ = (char)byte;
        parser->left--;
        text.length++;
    }
    if (parser->left == 0) {
        fail(parser, "the URL is too long");
        return (struct mote_text){NULL, 0};
    }
    *parser->memory++ = '\0';
    parser->left--;
    return text;
}

static const struct scheme broker_schemes[] = {{"mqtt", 1883}, {"mqtts", 8883}, {"ws", 80}, {"wss", 443}, {"unix", 0}};

static const struct kind broker = {
    .schemes = broker_schemes,
    .scheme_count = sizeof broker_schemes / sizeof broker_schemes[0],
    .otherwise = "mqtt",
    .words = "a broker's URL begins with mqtt://, mqtts://, ws://, wss:// or unix://",
};

static const struct scheme proxy_schemes[] = {{"socks5h", 1080}};

static const struct kind proxy = {
    .schemes = proxy_schemes,
    .scheme_count = sizeof proxy_schemes / sizeof proxy_schemes[0],
    .words = "a proxy's URL begins with socks5h://",
};

/* Returns what follows `scheme://`. */
static struct mote_text parse_scheme(struct parser *parser, struct mote_text text, struct mote_url *url)
{
    const struct kind *kind = parser->kind;
    size_t colon = find(text, ':');
    bool has_scheme = text.length >= colon + 3 && memcmp(text.data + colon, "://", 3) == 0;
    struct mote_text name = has_scheme ? before(text, colon) : mote_text(kind->otherwise);

    for (size_t i = 0; i < kind->scheme_count; i++) {
        if (mote_text_equals_nocase(name, kind->schemes[i].name)) {
            url->scheme = lay(parser, mote_text(kind->schemes[i].name));
            url->port = kind->schemes[i].port;
            return has_scheme ? after(text, colon + 2) : text;
        }
    }
    fail(parser, kind->words);
    return text;
}

static void parse_user(struct parser *parser, struct mote_text user, struct mote_url *url)
{
    size_t colon = find(user, ':');

    url->has_username = true;
    url->username = lay(parser, before(user, colon));
    if (!mote_text_is_utf8(url->username))
        fail(parser, "the user name in the URL is not UTF-8");
    url->has_password = colon < user.length;
    if (url->has_password)
        url->password = lay(parser, after(user, colon));
}

static bool is_host_character(char c)
{
    return (unsigned char)c > ' ' && c != 0x7F && c != '@' && c != '[' && c != ']' && c != '\\';
}

static void parse_host(struct parser *parser, struct mote_text host, struct mote_url *url)
{
    if (host.length == 0)
        fail(parser, "the URL has no host");
    url->host = lay(parser, host);
    for (size_t i = 0; i < url->host.length; i++) {
        if (!is_host_character(url->host.data[i]))
            fail(parser, "the host in the URL has a character that no host has");
    }
    if (!mote_text_is_utf8(url->host))
        fail(parser, "the host in the URL is not UTF-8");
}

static void parse_port(struct parser *parser, struct mote_text digits, struct mote_url *url)
{
    uint32_t port = 0;

    if (!mote_text_to_number(digits, UINT16_MAX, &port) || port == 0)
        fail(parser, "the port in the URL is not a number of 1 to 65535");
    url->port = (uint16_t)port;
}

/* `host`, `host:port`, `[IPv6]` or `[IPv6]:port` */
static void parse_place(struct parser *parser, struct mote_text place, struct mote_url *url)
{
    bool bracket = place.length > 0 && place.data[0] == '[';
    size_t end = find(place, bracket ? ']' : ':');
    struct mote_text host = bracket ? after(before(place, end), 0) : before(place, end);
    struct mote_text port = bracket ? after(place, end) : from(place, end);

    if (bracket && end == place.length)
        fail(parser, "the IPv6 address in the URL has no closing bracket");
    if (bracket ? find(host, ':') == host.length : find(place, ':') != find_last(place, ':'))
        fail(parser, "in a URL an IPv6 address, and nothing else, is put into brackets");
    parse_host(parser, host, url);
    if (port.length > 0 && port.data[0] != ':')
        fail(parser, "something other than a port follows the address in the URL");
    if (port.length > 0)
        parse_port(parser, after(port, 0), url);
}

/* A file's name stands where other URLs have a path, and in the place of a host and a port, too. */
static void parse_file(struct parser *parser, struct mote_text host, struct mote_text path, struct mote_url *url)
{
    if (host.length > 0 || path.length < 2)
        fail(parser, "unix:// is followed by the absolute name of a socket, as in unix:///run/mosquitto.sock");
    url->path = lay(parser, path);
}

static void parse_rest(struct parser *parser, struct mote_text rest, struct mote_url *url)
{
    size_t slash = find(rest, '/');
    struct mote_text authority = before(rest, slash);
    size_t at = find_last(authority, '@'); /* so that a password may have one */
    struct mote_text place = at < authority.length ? after(authority, at) : authority;

    if (at < authority.length)
        parse_user(parser, before(authority, at), url);
    if (mote_text_equals(url->scheme, "unix")) {
        parse_file(parser, place, from(rest, slash), url);
    } else {
        parse_place(parser, place, url);
        url->path = lay(parser, after(rest, slash));
    }
    if (!mote_text_is_utf8(url->path))
        fail(parser, "the path of the URL is not UTF-8");
}

static enum mote_reason end(const struct parser *parser, struct mote_url *url, const char **words)
{
    if (words != NULL)
        *words = parser->words;
    if (parser->words == NULL)
        return MOTE_OK;
    *url = (struct mote_url){0};
    return MOTE_CONFIG_INVALID;
}

enum mote_reason mote_url_parse(struct mote_url *url, struct mote_text text, char *memory, size_t size,
                                const char **words)
{
    struct parser parser = {&broker, memory, size, NULL};

    *url = (struct mote_url){0};
    parse_rest(&parser, parse_scheme(&parser, text, url), url);
    return end(&parser, url, words);
}

enum mote_reason mote_url_parse_proxy(struct mote_url *url, struct mote_text text, char *memory, size_t size,
                                      const char **words)
{
    struct parser parser = {&proxy, memory, size, NULL};

    *url = (struct mote_url){0};
    parse_rest(&parser, parse_scheme(&parser, text, url), url);
    if (url->path.length > 0)
        fail(&parser, "nothing follows the port of a proxy");
    if (url->username.length > 255 || url->password.length > 255 || url->host.length > 255)
        fail(&parser, "user name, password and host of a proxy have 255 bytes at most");
    return end(&parser, url, words);
}

/* A file's name is no place to go to, and a URL no name of a server. */
static bool refer_to(struct mote_url *url, struct mote_text server, char *memory, size_t size)
{
    struct parser parser = {&broker, memory, size, NULL};
    struct mote_url place = {.port = 0};

    for (size_t i = 0; i < broker.scheme_count; i++) {
        if (mote_text_equals(url->scheme, broker.schemes[i].name))
            place.port = broker.schemes[i].port;
    }
    if (find(server, '/') < server.length)
        fail(&parser, "a server's name has no slash");
    parse_place(&parser, server, &place);
    if (parser.words != NULL || place.port == 0)
        return false;
    url->host = place.host;
    url->port = place.port;
    return true;
}

bool mote_url_refer(struct mote_url *url, struct mote_text servers, char *memory, size_t size)
{
    while (servers.length > 0) {
        size_t blank = find(servers, ' ');
        if (refer_to(url, before(servers, blank), memory, size))
            return true;
        servers = after(servers, blank);
    }
    return false;
}

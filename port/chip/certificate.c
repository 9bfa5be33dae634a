/* DER: each element is a tag, a length and that many bytes. */
#include "port/chip/certificate.h"
#include "port/chip/date.h"
#include <stdio.h>
#include <string.h>

enum tag {
    BOOLEAN = 0x01,
    INTEGER = 0x02,
    OCTETS = 0x04,
    OBJECT = 0x06,
    TIME_SHORT = 0x17,
    TIME_LONG = 0x18,
    SEQUENCE = 0x30,
    SET = 0x31,
    NAME_DNS = 0x82, /* of the names in an extension */
    NAME_ADDRESS = 0x87,
    VERSION = 0xa0, /* of a certificate's parts */
    EXTENSIONS = 0xa3,
};

static const struct mote_text COMMON_NAME = {"\x55\x04\x03", 3}, ALTERNATIVE_NAMES = {"\x55\x1d\x11", 3};

struct der {
    const uint8_t *at;
    size_t left;
};

static struct der der_of(struct mote_text bytes)
{
    return (struct der){(const uint8_t *)bytes.data, bytes.length};
}

static uint8_t take_byte(struct der *der)
{
    der->left--;
    return *der->at++;
}

/* Takes a length: of one byte, or of as many as the first one says. */
static bool take_length(struct der *der, size_t *length)
{
    unsigned bytes;

    if (der->left == 0)
        return false;
    *length = take_byte(der);
    if (*length < 0x80)
        return true;
    bytes = *length & 0x7f;
    if (bytes < 1 || bytes > 3 || der->left < bytes)
        return false;
    for (*length = 0; bytes > 0; bytes--)
        *length = *length << 8 | take_byte(der);
    return true;
}

/* Takes the next element, whatever it is. */
static bool take_any(struct der *der, unsigned *tag, struct mote_text *content)
{
    size_t length;

    if (der->left == 0)
        return false;
    *tag = take_byte(der);
    if (!take_length(der, &length) || length > der->left)
        return false;
    *content = (struct mote_text){(const char *)der->at, length};
    der->at += length;
    der->left -= length;
    return true;
}

static bool take(struct der *der, unsigned tag, struct mote_text *content)
{
    unsigned found;

    return take_any(der, &found, content) && found == tag;
}

static bool next_is(const struct der *der, unsigned tag)
{
    return der->left > 0 && *der->at == tag;
}

static bool skip(struct der *der, unsigned tag)
{
    struct mote_text content;

    return take(der, tag, &content);
}

/* --- Names --- */

/* The common name among a name's parts, each a set of one or more pairs. */
static struct mote_text common_name(struct mote_text name)
{
    struct der parts = der_of(name);
    struct mote_text set, pair, object, value;
    unsigned kind;

    while (take(&parts, SET, &set)) {
        struct der pairs = der_of(set);

        while (take(&pairs, SEQUENCE, &pair)) {
            struct der both = der_of(pair);

            if (take(&both, OBJECT, &object) && mote_text_same(object, COMMON_NAME) && take_any(&both, &kind, &value))
                return value;
        }
    }
    return (struct mote_text){NULL, 0};
}

/* --- Times --- */

static bool take_digits(struct mote_text *text, unsigned count, uint32_t *number)
{
    struct mote_text digits = {text->data, count};

    if (text->length < count || !mote_text_to_number(digits, UINT32_MAX, number))
        return false;
    text->data += count;
    text->length -= count;
    return true;
}

static bool is_possible(const struct mote_date *date)
{
    return date->year >= 1970 && date->month >= 1 && date->month <= 12 && date->day >= 1 && date->day <= 31 &&
           date->hour <= 23 && date->minute <= 59 && date->second <= 60;
}

/* Of a year in two digits those from 50 on are before 2000 (RFC 5280, 4.1.2.5.1). */
static bool take_time(struct der *der, uint64_t *seconds)
{
    struct mote_date date;
    struct mote_text text;
    unsigned tag;

    if (!take_any(der, &tag, &text) || (tag != TIME_SHORT && tag != TIME_LONG) ||
        !take_digits(&text, tag == TIME_SHORT ? 2 : 4, &date.year))
        return false;
    if (tag == TIME_SHORT)
        date.year += date.year < 50 ? 2000 : 1900;
    if (!take_digits(&text, 2, &date.month) || !take_digits(&text, 2, &date.day) ||
        !take_digits(&text, 2, &date.hour) || !take_digits(&text, 2, &date.minute) ||
        !take_digits(&text, 2, &date.second) || !is_possible(&date))
        return false;
    *seconds = mote_date_seconds(&date);
    return true;
}

/* --- The whole --- */

static bool take_validity(struct der *der, struct mote_certificate *certificate)
{
    struct mote_text validity;
    struct der both;

    if (!take(der, SEQUENCE, &validity))
        return false;
    both = der_of(validity);
    return take_time(&both, &certificate->from_s) && take_time(&both, &certificate->until_s);
}

static void look_at_extension(struct mote_text extension, struct mote_certificate *certificate)
{
    struct der der = der_of(extension);
    struct mote_text object, octets;

    if (!take(&der, OBJECT, &object) || !mote_text_same(object, ALTERNATIVE_NAMES))
        return;
    if (next_is(&der, BOOLEAN))
        skip(&der, BOOLEAN);
    if (!take(&der, OCTETS, &octets))
        return;
    der = der_of(octets);
    if (!take(&der, SEQUENCE, &certificate->names))
        certificate->names.length = 0;
}

static void look_at_extensions(struct der *der, struct mote_certificate *certificate)
{
    struct mote_text content, extension;
    unsigned tag;

    while (take_any(der, &tag, &content)) {
        struct der inside = der_of(content);

        if (tag != EXTENSIONS || !take(&inside, SEQUENCE, &content))
            continue;
        inside = der_of(content);
        while (take(&inside, SEQUENCE, &extension))
            look_at_extension(extension, certificate);
    }
}

/* The part that is signed: version, number, kind of signature, issuer, validity, subject, key, and what else there is. */
static bool read_signed(struct der *der, struct mote_certificate *certificate)
{
    struct mote_text issuer, subject;

    if (next_is(der, VERSION))
        skip(der, VERSION);
    if (!skip(der, INTEGER) || !skip(der, SEQUENCE) || !take(der, SEQUENCE, &issuer) ||
        !take_validity(der, certificate) || !take(der, SEQUENCE, &subject) || !skip(der, SEQUENCE))
        return false;
    certificate->issuer = common_name(issuer);
    certificate->subject = common_name(subject);
    certificate->is_self_issued = mote_text_same(issuer, subject);
    look_at_extensions(der, certificate);
    return true;
}

bool mote_certificate_read(struct mote_certificate *certificate, const uint8_t *der, size_t size)
{
    struct der reader = {der, size};
    struct mote_text content;

    memset(certificate, 0, sizeof *certificate);
    if (take(&reader, SEQUENCE, &content)) {
        reader = der_of(content);
        if (take(&reader, SEQUENCE, &content)) {
            reader = der_of(content);
            if (read_signed(&reader, certificate))
                return true;
        }
    }
    memset(certificate, 0, sizeof *certificate);
    return false;
}

/* --- Whom it is for --- */

bool mote_certificate_is_for(const struct mote_certificate *certificate, const uint8_t *address, size_t size)
{
    struct der names = der_of(certificate->names);
    const struct mote_text wanted = {(const char *)address, size};
    struct mote_text name;
    unsigned tag;

    while (take_any(&names, &tag, &name)) {
        if (tag == NAME_ADDRESS && mote_text_same(name, wanted))
            return true;
    }
    return false;
}

void mote_certificate_print(struct mote_text name, char *into, size_t size)
{
    size_t length = name.length < size - 1 ? name.length : size - 1;

    for (size_t i = 0; i < length; i++)
        into[i] = name.data[i] < ' ' || name.data[i] > '~' ? '?' : name.data[i];
    into[length] = '\0';
}

static void append(char *into, size_t size, struct mote_text name)
{
    size_t used = strlen(into);

    if (used > 0)
        used += (size_t)snprintf(into + used, size - used, ", ");
    if (used < size)
        mote_certificate_print(name, into + used, size - used);
}

void mote_certificate_names(const struct mote_certificate *certificate, char *into, size_t size)
{
    struct der names = der_of(certificate->names);
    struct mote_text name;
    char address[16];
    unsigned tag;

    into[0] = '\0';
    while (take_any(&names, &tag, &name)) {
        const uint8_t *byte = (const uint8_t *)name.data;

        if (tag == NAME_DNS)
            append(into, size, name);
        if (tag != NAME_ADDRESS || name.length != 4)
            continue;
        snprintf(address, sizeof address, "%u.%u.%u.%u", byte[0], byte[1], byte[2], byte[3]);
        append(into, size, mote_text(address));
    }
    if (into[0] == '\0')
        mote_certificate_print(certificate->subject, into, size);
}

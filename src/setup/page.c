/* An answer, written bit by bit into whatever room there is. It is made of pieces, constant texts with {{names}} in them: a name
 * stands for another piece, for words, or for a value, which is looked up anew each time that the writing goes on. So nothing
 * is held but where it was, and what changes meanwhile does no harm. */
#include "setup/page.h"

#include "setup/files.h"
#include <string.h>

enum { ROOM_MIN = 8 }; /* for one character, however it is to be written */

static const char all[] = "{{head}}{{body}}";
static const char head[] =
    "HTTP/1.1 {{status}}\r\n"
    "Content-Type: {{type}}\r\n"
    "{{location}}"
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Connection: close\r\n\r\n";
static const char location[] = "Location: {{url}}\r\n";
static const char state[] = "{{state}} {{scans}}\n";

#define PIECE(text)                                                                                                    \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

static struct mote_text text_of(unsigned piece)
{
    static const struct mote_text ours[] = {
        [MOTE_PIECE_NONE] = {"", 0},       [MOTE_PIECE_ALL] = PIECE(all),
        [MOTE_PIECE_HEAD] = PIECE(head),   [MOTE_PIECE_LOCATION] = PIECE(location),
        [MOTE_PIECE_STATE] = PIECE(state),
    };

    return piece < MOTE_PIECE_PAGE ? ours[piece] : mote_setup_files[piece - MOTE_PIECE_PAGE];
}

static void push(struct mote_setup_answer *answer, enum mote_piece piece)
{
    if (answer->depth < MOTE_SETUP_DEPTH)
        answer->places[answer->depth++] = (struct mote_setup_place){.piece = (uint8_t)piece};
}

void mote_page_begin(struct mote_setup_answer *answer, bool with_head, bool with_body)
{
    answer->depth = 0;
    answer->value_at = 0;
    if (with_head)
        push(answer, with_body ? MOTE_PIECE_ALL : MOTE_PIECE_HEAD);
    else if (with_body)
        push(answer, mote_page_body(answer));
}

/* --- Writing --- */

/* The size of the character at the beginning, as UTF-8 has it; 0: it is none, or one that nobody can see. */
static size_t character_size(struct mote_text text)
{
    unsigned char first = (unsigned char)text.data[0];
    size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (first < ' ' || first == 0x7F || size > text.length || !mote_text_is_utf8((struct mote_text){text.data, size}))
        return 0;
    return first == 0xC2 && (unsigned char)text.data[1] < 0xA0 ? 0 : size;
}

static struct mote_text escaped(struct mote_text *rest)
{
    size_t size = character_size(*rest);
    struct mote_text character = {rest->data, size};

    rest->data += size == 0 ? 1 : size;
    rest->length -= size == 0 ? 1 : size;
    if (size == 0)
        return MOTE_TEXT("\xEF\xBF\xBD");
    switch (character.data[0]) {
    case '&':
        return MOTE_TEXT("&amp;");
    case '<':
        return MOTE_TEXT("&lt;");
    case '>':
        return MOTE_TEXT("&gt;");
    case '"':
        return MOTE_TEXT("&quot;");
    case '\'':
        return MOTE_TEXT("&#39;");
    default:
        return character;
    }
}

static struct mote_text in_digits(struct mote_text *rest, char into[2])
{
    static const char digits[] = "0123456789abcdef";
    unsigned byte = (unsigned char)rest->data[0];

    into[0] = digits[byte >> 4];
    into[1] = digits[byte & 15];
    rest->data++;
    rest->length--;
    return (struct mote_text){into, 2};
}

static struct mote_text plain(struct mote_text *rest, size_t room)
{
    struct mote_text part = {rest->data, rest->length < room ? rest->length : room};

    rest->data += part.length;
    rest->length -= part.length;
    return part;
}

/* Writes of the value what there is room for, from where it was. Returns how much; `finished` says whether that was all. */
static size_t write_value(struct mote_setup_answer *answer, const struct mote_page_value *value, char *into,
                          size_t size, bool *finished)
{
    size_t used = 0, at = answer->value_at < value->text.length ? answer->value_at : value->text.length;
    struct mote_text rest = {value->text.data + at, value->text.length - at};
    char pair[2];

    while (rest.length > 0 && size - used >= ROOM_MIN) {
        struct mote_text part = value->kind == MOTE_VALUE_TEXT  ? escaped(&rest)
                                : value->kind == MOTE_VALUE_HEX ? in_digits(&rest, pair)
                                                                : plain(&rest, size - used);
        memcpy(into + used, part.data, part.length);
        used += part.length;
    }
    *finished = rest.length == 0;
    answer->value_at = (uint16_t)(*finished ? 0 : value->text.length - rest.length);
    return used;
}

static size_t find(struct mote_text text, size_t at, char c)
{
    while (at + 1 < text.length && !(text.data[at] == c && text.data[at + 1] == c))
        at++;
    return at + 1 < text.length ? at : text.length;
}

/* A {{name}}: what is written of it stands in `into`. Returns how much, and whether there is no room for more. */
static size_t write_name(struct mote_page *page, struct mote_setup_place *place, struct mote_text text, char *into,
                         size_t size, bool *full)
{
    size_t end = find(text, place->at, '}');
    struct mote_text name = {text.data + place->at + 2, end - place->at - 2};
    struct mote_page_value value = {.kind = MOTE_VALUE_PLAIN};
    bool finished = true;
    size_t used = 0;

    mote_page_look_up(page, name, &value);
    if (value.kind != MOTE_VALUE_PIECE)
        used = write_value(page->answer, &value, into, size, &finished);
    *full = !finished;
    if (!finished)
        return used;
    place->at = (uint16_t)(end + 2);
    if (value.kind == MOTE_VALUE_PIECE && value.piece != MOTE_PIECE_NONE)
        push(page->answer, value.piece);
    return used;
}

static size_t write_plain(struct mote_setup_place *place, struct mote_text text, char *into, size_t size)
{
    size_t end = find(text, place->at, '{');
    size_t count = end - place->at < size ? end - place->at : size;

    memcpy(into, text.data + place->at, count);
    place->at = (uint16_t)(place->at + count);
    return count;
}

/* The end of a piece; that of a row is the beginning of the next one. */
static void pop(struct mote_page *page, struct mote_setup_place *place)
{
    struct mote_setup_answer *answer = page->answer;

    if (place->piece == MOTE_PIECE_ROW && answer->row + 1 < page->setup->found_count) {
        answer->row++;
        place->at = 0;
    } else {
        answer->depth--;
    }
}

size_t mote_setup_answer_read(struct mote_setup *setup, struct mote_setup_answer *answer, char *into, size_t size)
{
    struct mote_page page = {setup, answer};
    size_t used = 0;
    bool full = false;

    while (answer->depth > 0 && !full && size - used >= ROOM_MIN) {
        struct mote_setup_place *place = &answer->places[answer->depth - 1];
        struct mote_text text = text_of(place->piece);

        if (place->at >= text.length)
            pop(&page, place);
        else if (find(text, place->at, '{') == place->at)
            used += write_name(&page, place, text, into + used, size - used, &full);
        else
            used += write_plain(place, text, into + used, size - used);
    }
    return used;
}

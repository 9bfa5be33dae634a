/* Which request gets which answer. Whoever asks for another host than this one was led here by our own DNS: it is told where
 * the page is. What changes something is taken from our own page alone. */
#include "setup/inside.h"

#include <string.h>

/* --- Who asks, and for what --- */

static struct mote_text before(struct mote_text text, char c)
{
    struct mote_text part = {text.data, 0};

    while (part.length < text.length && part.data[part.length] != c)
        part.length++;
    return part;
}

static struct mote_text after(struct mote_text text, size_t length)
{
    length = length < text.length ? length : text.length;
    return (struct mote_text){text.data + length, text.length - length};
}

static void write_address(const uint8_t address[4], char into[16])
{
    size_t used = 0;

    for (unsigned i = 0; i < 4; i++) {
        char digits[11];
        struct mote_text number = mote_text_from_number(address[i], digits);

        memcpy(into + used, number.data, number.length);
        used += number.length;
        into[used++] = i < 3 ? '.' : '\0';
    }
}

/* By this device's address and no name: a page elsewhere can give its own name to any address. */
static bool is_to_us(const struct mote_setup *setup, struct mote_text host)
{
    char address[16];

    write_address(setup->address, address);
    return mote_text_equals(before(host, ':'), address);
}

/* No Origin comes from programs other than browsers, and from old ones with a form of this very page. */
static bool is_from_us(const struct mote_setup_request *request)
{
    static const char scheme[] = "http://";
    struct mote_text origin = request->origin;

    return origin.length == 0 ||
           (origin.length > sizeof scheme - 1 && memcmp(origin.data, scheme, sizeof scheme - 1) == 0 &&
            mote_text_same(after(origin, sizeof scheme - 1), request->host));
}

static bool begins_with(struct mote_text text, const char *beginning)
{
    size_t length = strlen(beginning);

    return text.length >= length && memcmp(text.data, beginning, length) == 0;
}

/* What was chosen by hand, or else the first that the browser would like: Chinese, or the other. */
static void choose_language(const struct mote_setup_request *request, struct mote_setup_answer *answer)
{
    struct mote_text query = after(request->path, before(request->path, '?').length);
    struct mote_text wish = request->language;

    answer->language_chosen = begins_with(query, "?lang=");
    if (answer->language_chosen)
        wish = after(query, sizeof "?lang=" - 1);
    if (wish.length >= 2 && mote_text_equals_nocase((struct mote_text){wish.data, 2}, "zh"))
        answer->language = MOTE_SETUP_CHINESE;
}

/* --- Answers --- */

static void redirect(struct mote_setup_answer *answer, unsigned status, enum mote_setup_location location)
{
    answer->status = (uint16_t)status;
    answer->location = (uint8_t)location;
    answer->content = MOTE_CONTENT_NONE;
}

static void refuse(struct mote_setup_answer *answer, unsigned status)
{
    answer->status = (uint16_t)status;
    answer->content = MOTE_CONTENT_STATE;
}

static void rescan(struct mote_setup *setup, const struct mote_setup_request *request)
{
    mote_entry_remember(setup, request->body);
    setup->wrong = 0;
    setup->scan_wanted = true;
}

/* While one entry is being tried another one would have to wait, and nobody knows for whose sake. */
static void submit(struct mote_setup *setup, const struct mote_setup_request *request)
{
    if (setup->state == MOTE_SETUP_TRYING)
        return;
    mote_entry_remember(setup, request->body);
    setup->reason = MOTE_OK;
    if (mote_entry_read(setup, request->body))
        mote_trial_begin(setup);
}

static void take_form(struct mote_setup *setup, const struct mote_setup_request *request, struct mote_text path,
                      struct mote_setup_answer *answer)
{
    if (!request->is_own && (!is_to_us(setup, request->host) || !is_from_us(request))) {
        refuse(answer, 403);
        return;
    }
    if (setup->state == MOTE_SETUP_CLOSED) {
        refuse(answer, 409);
        return;
    }
    setup->used = true;
    mote_setup_act(setup);
    redirect(answer, 303, MOTE_LOCATION_PAGE);
    if (mote_text_equals(path, "/setup"))
        submit(setup, request);
    else if (mote_text_equals(path, "/setup/scan"))
        rescan(setup, request);
    else
        refuse(answer, 404);
}

static void show(struct mote_setup *setup, struct mote_text path, struct mote_setup_answer *answer)
{
    static const struct {
        const char *path;
        enum mote_setup_content content;
    } pages[] = {
        {"/", MOTE_CONTENT_PAGE},           {"/setup", MOTE_CONTENT_PAGE},        {"/setup.css", MOTE_CONTENT_STYLE},
        {"/setup.js", MOTE_CONTENT_SCRIPT}, {"/setup/state", MOTE_CONTENT_STATE},
    };

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (mote_text_equals(path, pages[i].path)) {
            answer->status = 200;
            answer->content = (uint8_t)pages[i].content;
            setup->used = setup->used || setup->state != MOTE_SETUP_CLOSED;
            if (pages[i].content == MOTE_CONTENT_PAGE)
                mote_setup_act(setup);
            else if (setup->state != MOTE_SETUP_CONFIRMED)
                mote_setup_touch(setup); /* a page that is left lying on a phone says what there is to say once */
            return;
        }
    }
    refuse(answer, 404);
}

void mote_setup_ask(struct mote_setup *setup, const struct mote_setup_request *request,
                    struct mote_setup_answer *answer)
{
    struct mote_text path = before(request->path, '?');

    *answer = (struct mote_setup_answer){.status = 405, .content = MOTE_CONTENT_STATE};
    choose_language(request, answer);
    if (request->method == MOTE_SETUP_POST)
        take_form(setup, request, path, answer);
    else if (request->method != MOTE_SETUP_GET && request->method != MOTE_SETUP_HEAD)
        refuse(answer, 405);
    else if (mote_probe_is(path) || (!request->is_own && !is_to_us(setup, request->host)))
        redirect(answer, 302, MOTE_LOCATION_ADDRESS);
    else
        show(setup, path, answer);
    mote_page_begin(answer, false, request->method != MOTE_SETUP_HEAD);
}

/* --- For who sends it --- */

const char *mote_setup_answer_type(const struct mote_setup_answer *answer)
{
    static const char *const types[] = {
        [MOTE_CONTENT_NONE] = "text/plain; charset=utf-8",  [MOTE_CONTENT_PAGE] = "text/html; charset=utf-8",
        [MOTE_CONTENT_STYLE] = "text/css; charset=utf-8",   [MOTE_CONTENT_SCRIPT] = "text/javascript; charset=utf-8",
        [MOTE_CONTENT_STATE] = "text/plain; charset=utf-8",
    };

    return types[answer->content];
}

static struct mote_text page_in(const struct mote_setup_answer *answer)
{
    if (!answer->language_chosen)
        return MOTE_TEXT("/setup");
    return answer->language == MOTE_SETUP_CHINESE ? MOTE_TEXT("/setup?lang=zh") : MOTE_TEXT("/setup?lang=en");
}

bool mote_setup_answer_location(const struct mote_setup *setup, const struct mote_setup_answer *answer, char *into,
                                size_t size)
{
    static const char scheme[] = "http://";
    char url[sizeof scheme + 16] = "http://";
    size_t length;

    if (answer->location == MOTE_LOCATION_NONE)
        return false;
    if (answer->location == MOTE_LOCATION_PAGE)
        return mote_text_copy(page_in(answer), into, size);
    write_address(setup->address, url + sizeof scheme - 1);
    length = strlen(url);
    url[length] = '/';
    return mote_text_copy((struct mote_text){url, length + 1}, into, size);
}

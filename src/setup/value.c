/* What the names in the page stand for. */
#include "setup/page.h"

enum mote_piece mote_page_body(const struct mote_setup_answer *answer)
{
    static const uint8_t pieces[] = {
        [MOTE_CONTENT_NONE] = MOTE_PIECE_NONE,   [MOTE_CONTENT_PAGE] = MOTE_PIECE_PAGE,
        [MOTE_CONTENT_STYLE] = MOTE_PIECE_STYLE, [MOTE_CONTENT_SCRIPT] = MOTE_PIECE_SCRIPT,
        [MOTE_CONTENT_STATE] = MOTE_PIECE_STATE,
    };

    return (enum mote_piece)pieces[answer->content];
}

static void be_piece(struct mote_page_value *value, bool wanted, enum mote_piece piece)
{
    value->kind = MOTE_VALUE_PIECE;
    value->piece = wanted ? piece : MOTE_PIECE_NONE;
}

static void be_plain(struct mote_page_value *value, const char *text)
{
    value->kind = MOTE_VALUE_PLAIN;
    value->text = mote_text(text);
}

static void be_text(struct mote_page_value *value, const char *text)
{
    value->kind = MOTE_VALUE_TEXT;
    value->text = mote_text(text);
}

static void be_number(struct mote_page_value *value, uint32_t number)
{
    value->kind = MOTE_VALUE_PLAIN;
    value->text = mote_text_from_number(number, value->digits);
}

static void be_words(struct mote_page *page, struct mote_page_value *value, const char *name)
{
    value->kind = MOTE_VALUE_PLAIN;
    if (!mote_words_find(mote_text(name), (enum mote_setup_language)page->answer->language, &value->text))
        value->text = (struct mote_text){"", 0};
}

static const char *status_text(unsigned status)
{
    switch (status) {
    case 200:
        return "200 OK";
    case 302:
        return "302 Found";
    case 303:
        return "303 See Other";
    case 403:
        return "403 Forbidden";
    case 404:
        return "404 Not Found";
    case 405:
        return "405 Method Not Allowed";
    case 409:
        return "409 Conflict";
    case 411:
        return "411 Length Required";
    case 413:
        return "413 Content Too Large";
    case 431:
        return "431 Request Header Fields Too Large";
    default:
        return "400 Bad Request";
    }
}

static void head_status(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, status_text(page->answer->status));
}

static void head_type(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, mote_setup_answer_type(page->answer));
}

static void head_location(struct mote_page *page, struct mote_page_value *value)
{
    be_piece(value, page->answer->location != MOTE_LOCATION_NONE, MOTE_PIECE_LOCATION);
}

static void head_url(struct mote_page *page, struct mote_page_value *value)
{
    value->kind = MOTE_VALUE_PLAIN;
    mote_setup_answer_location(page->setup, page->answer, value->digits, sizeof value->digits);
    value->text = mote_text(value->digits);
}

static void whole_head(struct mote_page *page, struct mote_page_value *value)
{
    (void)page;
    be_piece(value, true, MOTE_PIECE_HEAD);
}

static void whole_body(struct mote_page *page, struct mote_page_value *value)
{
    be_piece(value, true, mote_page_body(page->answer));
}

static void state_name(struct mote_page *page, struct mote_page_value *value)
{
    static const char *const names[] = {
        [MOTE_SETUP_CLOSED] = "closed",
        [MOTE_SETUP_OPEN] = "open",
        [MOTE_SETUP_TRYING] = "trying",
        [MOTE_SETUP_CONFIRMED] = "confirmed",
    };

    be_plain(value, names[page->setup->state]);
}

static void scans(struct mote_page *page, struct mote_page_value *value)
{
    be_number(value, page->setup->scans);
}

static void main_part(struct mote_page *page, struct mote_page_value *value)
{
    static const uint8_t pieces[] = {
        [MOTE_SETUP_CLOSED] = MOTE_PIECE_CLOSED,
        [MOTE_SETUP_OPEN] = MOTE_PIECE_FORM,
        [MOTE_SETUP_TRYING] = MOTE_PIECE_TRYING,
        [MOTE_SETUP_CONFIRMED] = MOTE_PIECE_CONFIRMED,
    };

    be_piece(value, true, (enum mote_piece)pieces[page->setup->state]);
}

static void language(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, page->answer->language == MOTE_SETUP_CHINESE ? "zh-CN" : "en");
}

static void query(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, !page->answer->language_chosen                 ? ""
                    : page->answer->language == MOTE_SETUP_CHINESE ? "?lang=zh"
                                                                   : "?lang=en");
}

static void other_query(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, page->answer->language == MOTE_SETUP_CHINESE ? "?lang=en" : "?lang=zh");
}

static void node_name(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, page->setup->node->config.id);
}

static void point_name(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, mote_setup_ssid(page->setup));
}

/* --- The form --- */

static void failed(struct mote_page *page, struct mote_page_value *value)
{
    be_piece(value, page->setup->reason != MOTE_OK, MOTE_PIECE_FAILED);
}

static void reason_code(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, page->setup->reason == MOTE_OK ? "" : mote_reason_code(page->setup->reason));
}

static void reason_words(struct mote_page *page, struct mote_page_value *value)
{
    value->text = page->setup->reason == MOTE_OK
                      ? (struct mote_text){"", 0}
                      : mote_words_of_reason(page->setup->reason, (enum mote_setup_language)page->answer->language);
    value->kind = MOTE_VALUE_PLAIN;
}

static void reason_next(struct mote_page *page, struct mote_page_value *value)
{
    value->text = mote_words_next(page->setup->reason, (enum mote_setup_language)page->answer->language);
    value->kind = MOTE_VALUE_PLAIN;
}

static void rows(struct mote_page *page, struct mote_page_value *value)
{
    page->answer->row = 0;
    be_piece(value, page->setup->found_count > 0, MOTE_PIECE_ROW);
}

static void scan_words(struct mote_page *page, struct mote_page_value *value)
{
    be_words(page, value,
             page->setup->scanning || page->setup->scan_wanted ? "scanning"
             : page->setup->found_count == 0                   ? "none_found"
                                                               : "");
}

/* A row that is no longer there is an empty one. */
static const struct mote_setup_found *row(const struct mote_page *page)
{
    static const struct mote_setup_found none;

    return page->answer->row < page->setup->found_count ? &page->setup->found[page->answer->row] : &none;
}

/* What was chosen last, or else where the device is or was. */
static const char *chosen(const struct mote_page *page)
{
    const struct mote_node *node = page->setup->node;

    if (page->setup->typed.any)
        return page->setup->typed.ssid;
    return node->config.networks[0].ssid == NULL ? "" : node->config.networks[node->wifi.network].ssid;
}

static bool is_chosen(const struct mote_page *page, const char *ssid)
{
    const char *name = chosen(page);

    return name != NULL && name[0] != '\0' && mote_text_equals(mote_text(ssid), name);
}

static bool is_listed(const struct mote_page *page)
{
    for (unsigned i = 0; i < page->setup->found_count; i++) {
        if (is_chosen(page, page->setup->found[i].ssid))
            return true;
    }
    return false;
}

static void row_hex(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, row(page)->ssid);
    value->kind = MOTE_VALUE_HEX;
}

static void row_ssid(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, row(page)->ssid);
}

static void row_checked(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, is_chosen(page, row(page)->ssid) ? " checked" : "");
}

static unsigned bars(int signal_dbm)
{
    return signal_dbm >= -55 ? 4 : signal_dbm >= -67 ? 3 : signal_dbm >= -77 ? 2 : 1;
}

static void row_bars(struct mote_page *page, struct mote_page_value *value)
{
    be_number(value, bars(row(page)->signal_dbm));
}

static void row_signal(struct mote_page *page, struct mote_page_value *value)
{
    static const char *const names[] = {"", "signal_weak", "signal_fair", "signal_good", "signal_strong"};

    be_words(page, value, names[bars(row(page)->signal_dbm)]);
}

static void row_lock(struct mote_page *page, struct mote_page_value *value)
{
    be_plain(value, row(page)->open ? "no" : "lock");
}

static void row_key(struct mote_page *page, struct mote_page_value *value)
{
    be_words(page, value, row(page)->open ? "open_network" : "has_key");
}

static void row_known(struct mote_page *page, struct mote_page_value *value)
{
    be_words(page, value, mote_entry_known(page->setup, row(page)->ssid) != NULL ? "known" : "");
}

static void other_checked(struct mote_page *page, struct mote_page_value *value)
{
    const char *name = chosen(page);

    be_plain(value, name != NULL && name[0] != '\0' && !is_listed(page) ? " checked" : "");
}

static void typed_ssid(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, is_listed(page) || chosen(page) == NULL ? "" : chosen(page));
}

static void typed_broker(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, page->setup->typed.broker);
}

/* Without user and password. The room is the value's own, since the URL is in parts. */
static void now_broker(struct mote_page *page, struct mote_page_value *value)
{
    mote_entry_show_broker(&page->setup->node->url, value->digits, sizeof value->digits);
    be_text(value, value->digits[0] != '\0' ? value->digits : "mqtt://192.168.1.10:1883");
}

static void typed_user(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, page->setup->typed.user);
}

static void typed_name(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, page->setup->typed.name);
}

static void error(struct mote_page *page, struct mote_page_value *value, enum mote_setup_field field, const char *name)
{
    be_words(page, value, (page->setup->wrong & field) != 0 ? name : "");
}

static void bad(struct mote_page *page, struct mote_page_value *value, enum mote_setup_field field)
{
    be_plain(value, (page->setup->wrong & field) != 0 ? " aria-invalid=\"true\"" : "");
}

static void bad_network(struct mote_page *page, struct mote_page_value *value)
{
    bad(page, value, MOTE_SETUP_NETWORK);
}

static void bad_key(struct mote_page *page, struct mote_page_value *value)
{
    bad(page, value, MOTE_SETUP_KEY);
}

static void bad_broker(struct mote_page *page, struct mote_page_value *value)
{
    bad(page, value, MOTE_SETUP_BROKER);
}

static void bad_user(struct mote_page *page, struct mote_page_value *value)
{
    bad(page, value, MOTE_SETUP_USER);
}

static void bad_name(struct mote_page *page, struct mote_page_value *value)
{
    bad(page, value, MOTE_SETUP_NAME);
}

static void error_network(struct mote_page *page, struct mote_page_value *value)
{
    error(page, value, MOTE_SETUP_NETWORK, "wrong_network");
}

static void error_key(struct mote_page *page, struct mote_page_value *value)
{
    error(page, value, MOTE_SETUP_KEY, "wrong_key");
}

/* What the parser has to say is more exact; it says it in English. */
static void error_broker(struct mote_page *page, struct mote_page_value *value)
{
    error(page, value, MOTE_SETUP_BROKER, "wrong_broker");
    if (page->answer->language == MOTE_SETUP_ENGLISH && page->setup->broker_words != NULL && value->text.length > 0)
        be_text(value, page->setup->broker_words);
}

static void error_user(struct mote_page *page, struct mote_page_value *value)
{
    error(page, value, MOTE_SETUP_USER, "wrong_user");
}

static void error_name(struct mote_page *page, struct mote_page_value *value)
{
    error(page, value, MOTE_SETUP_NAME, "wrong_name");
}

static void more_open(struct mote_page *page, struct mote_page_value *value)
{
    bool wrong = (page->setup->wrong & (MOTE_SETUP_BROKER | MOTE_SETUP_USER | MOTE_SETUP_NAME)) != 0;
    bool of_broker = page->setup->reason >= MOTE_DNS_NOT_FOUND;

    be_plain(value, wrong || of_broker || page->setup->node->config.broker == NULL ? " open" : "");
}

/* --- The try, and what came of it --- */

static void network_name(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, page->setup->entry.network.ssid);
}

static void step_class(struct mote_page *page, struct mote_page_value *value, enum mote_setup_step step)
{
    enum mote_setup_step now = page->setup->step;

    be_plain(value, now > step ? "done" : now == step ? "now" : "later");
}

static void step_join(struct mote_page *page, struct mote_page_value *value)
{
    step_class(page, value, MOTE_SETUP_JOINING);
}

static void step_ask(struct mote_page *page, struct mote_page_value *value)
{
    step_class(page, value, MOTE_SETUP_ASKING);
}

static void step_connect(struct mote_page *page, struct mote_page_value *value)
{
    step_class(page, value, MOTE_SETUP_CONNECTING);
}

static void again(struct mote_page *page, struct mote_page_value *value)
{
    be_words(page, value, page->setup->reason != MOTE_OK ? "again" : "");
}

static void dropped(struct mote_page *page, struct mote_page_value *value)
{
    be_piece(value, page->setup->dropped[0] != '\0', MOTE_PIECE_DROPPED);
}

static void dropped_name(struct mote_page *page, struct mote_page_value *value)
{
    be_text(value, page->setup->dropped);
}

static void not_kept(struct mote_page *page, struct mote_page_value *value)
{
    be_piece(value, page->setup->kept != MOTE_OK, MOTE_PIECE_NOT_KEPT);
}

static const struct {
    const char *name;
    void (*look_up)(struct mote_page *page, struct mote_page_value *value);
} names[] = {
    {"head", whole_head},
    {"body", whole_body},
    {"status", head_status},
    {"type", head_type},
    {"location", head_location},
    {"url", head_url},
    {"state", state_name},
    {"scans", scans},
    {"main", main_part},
    {"lang", language},
    {"query", query},
    {"other_query", other_query},
    {"node", node_name},
    {"point", point_name},
    {"failed", failed},
    {"reason_code", reason_code},
    {"reason_words", reason_words},
    {"reason_next", reason_next},
    {"rows", rows},
    {"scan_words", scan_words},
    {"row_hex", row_hex},
    {"row_ssid", row_ssid},
    {"row_checked", row_checked},
    {"row_bars", row_bars},
    {"row_signal", row_signal},
    {"row_lock", row_lock},
    {"row_key", row_key},
    {"row_known", row_known},
    {"other_checked", other_checked},
    {"typed_ssid", typed_ssid},
    {"typed_broker", typed_broker},
    {"now_broker", now_broker},
    {"typed_user", typed_user},
    {"typed_name", typed_name},
    {"error_network", error_network},
    {"error_key", error_key},
    {"error_broker", error_broker},
    {"error_user", error_user},
    {"error_name", error_name},
    {"bad_network", bad_network},
    {"bad_key", bad_key},
    {"bad_broker", bad_broker},
    {"bad_user", bad_user},
    {"bad_name", bad_name},
    {"more_open", more_open},
    {"network", network_name},
    {"step_join", step_join},
    {"step_ask", step_ask},
    {"step_connect", step_connect},
    {"again", again},
    {"dropped", dropped},
    {"dropped_name", dropped_name},
    {"not_kept", not_kept},
};

/* The index of the name, or their number. */
static size_t find(struct mote_text name)
{
    size_t i = 0;

    while (i < sizeof names / sizeof names[0] && !mote_text_equals(name, names[i].name))
        i++;
    return i;
}

bool mote_page_knows(struct mote_text name)
{
    struct mote_text words;

    return find(name) < sizeof names / sizeof names[0] || mote_words_find(name, MOTE_SETUP_ENGLISH, &words);
}

void mote_page_look_up(struct mote_page *page, struct mote_text name, struct mote_page_value *value)
{
    size_t i = find(name);

    value->kind = MOTE_VALUE_PLAIN;
    if (i < sizeof names / sizeof names[0])
        names[i].look_up(page, value);
    else if (!mote_words_find(name, (enum mote_setup_language)page->answer->language, &value->text))
        value->text = (struct mote_text){"", 0};
}

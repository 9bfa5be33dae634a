/* From what somebody has typed to what can be tried. Everything is looked at before anything is touched. */
#include "setup/inside.h"

#include "node/inside.h"
#include "text/wipe.h"
#include "wifi/supervisor.h"
#include <string.h>

/* A form's values while they are looked at. */
struct form {
    struct mote_text text;
    char ssid[97];
    char key[65];
    char broker[MOTE_URL_SIZE];
    char user[65];
    char password[65];
    char name[97];
    bool key_fits;
};

/* --- Text --- */

static bool has(struct mote_text text, char c)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == c)
            return true;
    }
    return false;
}

static void append(char *into, size_t size, size_t *used, const char *text, size_t length)
{
    if (*used + length >= size) {
        *used = size; /* too long: so it stays */
        return;
    }
    memcpy(into + *used, text, length);
    *used += length;
    into[*used] = '\0';
}

static bool is_plain(char c, bool slash)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_' || c == '~' || (slash && c == '/');
}

/* Percent-encodes, as mote_url_parse() decodes. */
static void append_encoded(char *into, size_t size, size_t *used, struct mote_text text, bool slash)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.length; i++) {
        unsigned byte = (unsigned char)text.data[i];
        const char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};

        if (is_plain(text.data[i], slash))
            append(into, size, used, &text.data[i], 1);
        else
            append(into, size, used, encoded, sizeof encoded);
    }
}

static void append_host(char *into, size_t size, size_t *used, const struct mote_url *url)
{
    char digits[11];
    struct mote_text port = mote_text_from_number(url->port, digits);
    bool is_v6 = has(url->host, ':');

    if (is_v6)
        append(into, size, used, "[", 1);
    append(into, size, used, url->host.data, url->host.length);
    append(into, size, used, is_v6 ? "]:" : ":", is_v6 ? 2 : 1);
    append(into, size, used, port.data, port.length);
    if (url->path.length > 0)
        append(into, size, used, "/", 1);
}

/* Returns false if it is too long. */
static bool write_url(const struct mote_url *url, bool with_user, char *into, size_t size)
{
    size_t used = 0;

    into[0] = '\0';
    append(into, size, &used, url->scheme.data, url->scheme.length);
    append(into, size, &used, "://", 3);
    if (with_user && url->has_username) {
        append_encoded(into, size, &used, url->username, false);
        if (url->has_password) {
            append(into, size, &used, ":", 1);
            append_encoded(into, size, &used, url->password, false);
        }
        append(into, size, &used, "@", 1);
    }
    if (url->host.length > 0)
        append_host(into, size, &used, url);
    append_encoded(into, size, &used, url->path, true);
    return used < size;
}

void mote_entry_show_broker(const struct mote_url *url, char *into, size_t size)
{
    if (url->scheme.length == 0 || !write_url(url, false, into, size))
        into[0] = '\0';
}

/* --- Network --- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The list gives names in hexadecimal digits: what the air brings need not be text. */
static bool read_hex(const char *digits, char *into, size_t size)
{
    size_t used = 0;

    for (; digits[0] != '\0' && digits[1] != '\0' && used + 1 < size; digits += 2) {
        int byte = hex(digits[0]) < 0 || hex(digits[1]) < 0 ? 0 : hex(digits[0]) * 16 + hex(digits[1]);

        if (byte == 0)
            break;
        into[used++] = (char)byte;
    }
    into[used] = '\0';
    return digits[0] == '\0' && used > 0;
}

/* One of the list, or else the one that was typed. */
static bool read_ssid(struct form *form)
{
    char chosen[2 * 32 + 1];

    if (mote_form_get(form->text, "network", chosen, sizeof chosen) == MOTE_FORM_FOUND && chosen[0] != '\0')
        return read_hex(chosen, form->ssid, sizeof form->ssid);
    return mote_form_get(form->text, "ssid", form->ssid, sizeof form->ssid) == MOTE_FORM_FOUND;
}

static const struct mote_setup_found *heard(const struct mote_setup *setup, const char *ssid)
{
    for (unsigned i = 0; i < setup->found_count; i++) {
        if (mote_text_equals(mote_text(ssid), setup->found[i].ssid))
            return &setup->found[i];
    }
    return NULL;
}

const struct mote_network *mote_entry_known(const struct mote_setup *setup, const char *ssid)
{
    const struct mote_network *networks = setup->node->config.networks;

    for (unsigned i = 0; i < MOTE_NETWORKS_MAX && networks[i].ssid != NULL; i++) {
        if (mote_text_equals(mote_text(ssid), networks[i].ssid))
            return &networks[i];
    }
    return NULL;
}

static bool is_in(const struct mote_setup *setup, const char *ssid)
{
    struct mote_wifi_status status;

    setup->node->port->radio->status(setup->node->port->context, &status);
    return mote_setup_is_joined(setup) && status.state == MOTE_WIFI_CONNECTED &&
           mote_text_equals(mote_text(ssid), status.ssid);
}

/* Without a key it is the one that is known. */
static void take_key(struct mote_setup *setup, struct form *form)
{
    struct mote_setup_entry *entry = &setup->entry;
    const struct mote_network *known = mote_entry_known(setup, form->ssid);
    const struct mote_setup_found *found = heard(setup, form->ssid);

    if (form->key[0] == '\0' && known != NULL) {
        mote_text_copy(mote_text(known->password), entry->network.password, sizeof entry->network.password);
        entry->stay = is_in(setup, form->ssid);
    } else {
        mote_text_copy(mote_text(form->key), entry->network.password, sizeof entry->network.password);
        if (form->key[0] == '\0' && found != NULL && !found->open)
            setup->wrong |= MOTE_SETUP_KEY;
    }
}

static void take_network(struct mote_setup *setup, struct form *form)
{
    struct mote_known_network *network = &setup->entry.network;
    struct mote_network shape = {.ssid = form->ssid};

    if (!read_ssid(form) || !mote_network_is_possible(&shape)) {
        setup->wrong |= MOTE_SETUP_NETWORK;
        return;
    }
    shape.password = form->key;
    if (!form->key_fits || !mote_network_is_possible(&shape)) {
        setup->wrong |= MOTE_SETUP_KEY;
        return;
    }
    mote_text_copy(mote_text(form->ssid), network->ssid, sizeof network->ssid);
    network->hidden = heard(setup, form->ssid) == NULL;
    take_key(setup, form);
}

/* --- Broker --- */

static bool is_same_place(const struct mote_url *a, const struct mote_url *b)
{
    return mote_text_same(a->scheme, b->scheme) && mote_text_same(a->host, b->host) && a->port == b->port &&
           mote_text_same(a->path, b->path);
}

/* The fields for user and password win over what the URL has. A password that is kept goes to no other broker and no other
 * user than before. */
static void take_user(const struct mote_setup *setup, const struct form *form, struct mote_url *url)
{
    const struct mote_url *now = &setup->node->url;

    if (form->user[0] != '\0') {
        url->has_username = true;
        url->username = mote_text(form->user);
        url->has_password = form->password[0] != '\0';
        url->password = mote_text(form->password);
    }
    if (url->has_username && !url->has_password && now->has_password && is_same_place(url, now) &&
        mote_text_same(url->username, now->username)) {
        url->has_password = true;
        url->password = now->password;
    }
}

/* A part may be too long, or all of them together. */
static bool compose_broker(const struct mote_url *parts, char broker[MOTE_URL_SIZE])
{
    char memory[MOTE_URL_SIZE];
    struct mote_url url;
    bool fits = write_url(parts, true, broker, MOTE_URL_SIZE) &&
                mote_url_parse(&url, mote_text(broker), memory, sizeof memory, NULL) == MOTE_OK;

    mote_wipe(memory, sizeof memory);
    return fits;
}

static void take_url(struct mote_setup *setup, const struct form *form, struct mote_url *url)
{
    take_user(setup, form, url);
    if (!mote_text_is_utf8(url->username))
        setup->wrong |= MOTE_SETUP_USER;
    else if (!compose_broker(url, setup->entry.broker))
        setup->wrong |= MOTE_SETUP_BROKER;
}

static void take_broker(struct mote_setup *setup, const struct form *form)
{
    char memory[MOTE_URL_SIZE];
    struct mote_url url;

    setup->broker_words = NULL;
    if (form->broker[0] == '\0')
        setup->wrong |= setup->node->config.broker == NULL ? MOTE_SETUP_BROKER : 0;
    else if (mote_url_parse(&url, mote_text(form->broker), memory, sizeof memory, &setup->broker_words) != MOTE_OK)
        setup->wrong |= MOTE_SETUP_BROKER;
    else
        take_url(setup, form, &url);
    mote_wipe(memory, sizeof memory);
}

static void take_name(struct mote_setup *setup, const struct form *form)
{
    struct mote_setup_entry *entry = &setup->entry;

    if (form->name[0] == '\0' || mote_text_equals(mote_text(form->name), setup->node->config.id))
        return;
    if (!mote_node_may_be(setup->node, form->name))
        setup->wrong |= MOTE_SETUP_NAME;
    else
        mote_text_copy(mote_text(form->name), entry->name, sizeof entry->name);
}

/* --- The form --- */

/* A field that is not there is no fault. */
static bool get(struct mote_text form, const char *name, char *into, size_t size)
{
    return mote_form_get(form, name, into, size) != MOTE_FORM_WRONG;
}

static void read_fields(struct mote_setup *setup, struct form *form)
{
    form->key_fits = get(form->text, "key", form->key, sizeof form->key);
    if (!get(form->text, "broker", form->broker, sizeof form->broker))
        setup->wrong |= MOTE_SETUP_BROKER;
    if (!get(form->text, "user", form->user, sizeof form->user) ||
        !get(form->text, "password", form->password, sizeof form->password))
        setup->wrong |= MOTE_SETUP_USER;
    if (!get(form->text, "name", form->name, sizeof form->name))
        setup->wrong |= MOTE_SETUP_NAME;
}

bool mote_entry_read(struct mote_setup *setup, struct mote_text text)
{
    struct form form = {.text = text};

    memset(&setup->entry, 0, sizeof setup->entry);
    setup->wrong = 0;
    read_fields(setup, &form);
    take_network(setup, &form);
    take_broker(setup, &form);
    take_name(setup, &form);
    mote_wipe(&form, sizeof form);
    return setup->wrong == 0;
}

void mote_entry_remember(struct mote_setup *setup, struct mote_text text)
{
    struct mote_setup_typed *typed = &setup->typed;
    struct form form = {.text = text};
    char memory[MOTE_URL_SIZE];
    struct mote_url url;

    memset(typed, 0, sizeof *typed);
    typed->any = true;
    read_ssid(&form);
    mote_text_copy(mote_text(form.ssid), typed->ssid, sizeof typed->ssid);
    mote_form_get(text, "user", typed->user, sizeof typed->user);
    mote_form_get(text, "name", typed->name, sizeof typed->name);
    mote_form_get(text, "broker", typed->broker, sizeof typed->broker);
    if (mote_url_parse(&url, mote_text(typed->broker), memory, sizeof memory, NULL) == MOTE_OK) {
        if (typed->user[0] == '\0')
            mote_text_copy(url.username, typed->user, sizeof typed->user);
        mote_entry_show_broker(&url, typed->broker, sizeof typed->broker);
    } else if (has(mote_text(typed->broker), '@')) {
        typed->broker[0] = '\0'; /* it may have a password in it, somewhere */
    }
    mote_wipe(memory, sizeof memory);
}

/* Options that say where the broker is and how it is reached: URL, socket, proxy, TLS. */
#include "client_table.h"

#include <mote/url.h>
#include <string.h>

/* Takes `USER:PASSWORD@` out of an authority of the command line, where `ps` shows it. */
static void hide_user_info(char *authority, size_t length)
{
    char *at = memrchr(authority, '@', length);

    if (at != NULL) {
        const size_t hidden = (size_t)(at + 1 - authority);
        const size_t left = strlen(at + 1);
        memmove(authority, at + 1, left);
        memset(authority + left, 0, hidden);
    }
}

static bool use_url(struct client_options *options, const char *option, const struct mote_url *url, const char *topic)
{
    options->scheme = url->scheme.data;
    options->host = url->host.data;
    options->port = url->port;
    options->username = url->has_username ? url->username.data : options->username;
    options->password = url->has_password ? url->password.data : options->password;
    options->link.tls.system_authorities |=
        strcmp(options->scheme, "mqtts") == 0 || strcmp(options->scheme, "wss") == 0;
    return client_topic_take(options, option, topic);
}

/* The topic is what follows the first slash, as it stands: as with mosquitto it is not percent-decoded. */
bool client_broker_take_url(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    char *text = arguments->next[0];
    char *scheme_end = strstr(text, "://");
    char *authority = scheme_end == NULL ? text : scheme_end + 3;
    char *slash = strchr(authority, '/');
    const size_t end = slash == NULL ? strlen(text) : (size_t)(slash - text);
    const char *topic = client_options_copy(options, text + end);
    char *memory = client_options_own(options, end + 16);
    const char *words = NULL;
    struct mote_url url;

    const enum mote_reason reason = mote_url_parse(&url, (struct mote_text){text, end}, memory, end + 16, &words);
    hide_user_info(authority, end - (size_t)(authority - text));
    if (reason != MOTE_OK) {
        return client_options_refuse(options, "%s: %s", option, words);
    }
    if (slash == NULL) {
        return client_options_refuse(options, "%s has no topic: mqtt://HOST/TOPIC", option);
    }
    return use_url(options, option, &url, topic + 1);
}

bool client_broker_take_proxy(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    char *text = arguments->next[0];
    char *scheme_end = strstr(text, "://");
    char *authority = scheme_end == NULL ? text : scheme_end + 3;
    const char *proxy = client_options_copy(options, text);
    const size_t size = strlen(text) + 16;
    const char *words = NULL;
    struct mote_url url;

    const enum mote_reason reason =
        mote_url_parse_proxy(&url, mote_text(proxy), client_options_own(options, size), size, &words);
    hide_user_info(authority, strlen(authority));
    if (reason != MOTE_OK) {
        return client_options_refuse(options, "%s: %s", option, words);
    }
    options->link.proxy = proxy;
    return true;
}

bool client_broker_take_version(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    const char *version = arguments->next[0];

    if (strcmp(version, "tlsv1.2") != 0 && strcmp(version, "tlsv1.3") != 0) {
        const bool is_old = strcmp(version, "tlsv1.1") == 0 || strcmp(version, "tlsv1") == 0;
        return client_options_refuse(
            options,
            is_old ? "%s: %s is broken, and no broker that is kept up needs it; there are tlsv1.2 and tlsv1.3"
                   : "%s takes tlsv1.2 or tlsv1.3, not `%s`",
            option, version);
    }
    options->link.tls.version = version;
    return true;
}

bool client_broker_take_key_form(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    if (strcmp(arguments->next[0], "pem") != 0) {
        return client_options_refuse(options, "%s takes pem, not `%s`: keys inside an OpenSSL engine cannot be used",
                                     option, arguments->next[0]);
    }
    options->key_form = arguments->next[0];
    return true;
}

bool client_broker_take_psk(struct client_options *options, const char *option, struct client_arguments *arguments)
{
    options->link.tls.psk = client_options_hide(options, arguments->next[0]);
    const size_t length = strlen(options->link.tls.psk);

    if (length == 0 || strspn(options->link.tls.psk, "0123456789abcdefABCDEF") != length) {
        return client_options_refuse(options, "%s takes hexadecimal digits, without 0x in front", option);
    }
    return true;
}

/* Whoever gives an option of TLS wants TLS, and never plain text for want of another one. */
static bool wants_tls(const struct client_options *options)
{
    const struct mote_tls_options *tls = &options->link.tls;

    return tls->ca_file != NULL || tls->ca_path != NULL || tls->system_authorities || tls->certificate_file != NULL ||
           tls->ciphers != NULL || tls->version != NULL || tls->alpn != NULL || tls->psk != NULL || tls->insecure ||
           options->port == 8883;
}

static bool check_tls(const struct client_options *options)
{
    const struct mote_tls_options *tls = &options->link.tls;

    if ((tls->certificate_file == NULL) != (tls->key_file == NULL)) {
        return client_options_refuse(options, "--cert and --key need each other");
    }
    if (tls->key_file == NULL && (options->key_form != NULL || tls->key_password != NULL)) {
        return client_options_refuse(options, "%s needs --key",
                                     options->key_form != NULL ? "--keyform" : "--key-password");
    }
    if (tls->psk != NULL && (tls->ca_file != NULL || tls->ca_path != NULL)) {
        return client_options_refuse(options, "--psk stands instead of certificates: not with --cafile and --capath");
    }
    if ((tls->psk == NULL) != (tls->psk_identity == NULL)) {
        return client_options_refuse(options, "--psk and --psk-identity need each other");
    }
    return true;
}

static bool check_unix(const struct client_options *options, bool has_tls)
{
    if (options->unix_path == NULL) {
        return true;
    }
    if (options->link.proxy != NULL || options->link.bind_address != NULL) {
        return client_options_refuse(options, "--unix stays on this machine: not with --proxy and -A");
    }
    if (has_tls || strcmp(options->scheme, "mqtt") != 0) {
        return client_options_refuse(options, "--unix is for plain MQTT: not with TLS and WebSocket");
    }
    return true;
}

bool client_broker_check(struct client_options *options)
{
    const bool has_tls = wants_tls(options);

    if (!check_tls(options) || !check_unix(options, has_tls)) {
        return false;
    }
    if (has_tls && strcmp(options->scheme, "ws") == 0) {
        return client_options_refuse(options, "ws:// is without TLS: use wss://");
    }
    if (has_tls && strcmp(options->scheme, "mqtt") == 0) {
        options->scheme = "mqtts";
    }
    if (options->port == 0) {
        options->port = has_tls ? 8883 : 1883;
    }
    return true;
}

#include "config_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mote/limits.h>
#include <mote/url.h>

static bool is_there(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* --- URLs --- */

static void check_url(struct config_check *check, struct config_value value)
{
    struct mote_url url;
    char memory[MOTE_URL_SIZE];
    const char *words = NULL;
    char expected[256];

    if (value.text == NULL) {
        return;
    }
    if (mote_url_parse(&url, mote_text(value.text), memory, sizeof(memory), &words) != MOTE_OK) {
        snprintf(expected, sizeof(expected), "mqtt://[user[:password]@]host[:port], but %s", words);
        config_check_refuse(check, value, expected);
    }
    explicit_bzero(memory, sizeof(memory));
}

/* One, or a list of them in the order in which they are tried. */
static void check_urls(struct config_check *check, const struct config_raw_mqtt *raw)
{
    char key[32];

    check_url(check, (struct config_value){raw->url, NULL, 0, "mqtt.url"});
    if (raw->url == NULL && raw->urls_count == 0 && config_place_is_list(check->document, "mqtt.url")) {
        config_check_refuse(check, (struct config_value){NULL, NULL, 0, "mqtt.url"}, "at least one URL");
    }
    for (unsigned i = 0; i < raw->urls_count && i <= MOTE_FALLBACKS_MAX; i++) {
        snprintf(key, sizeof(key), "mqtt.url[%u]", i);
        check_url(check, (struct config_value){raw->urls[i], NULL, 0, key});
    }
    if (raw->urls_count > 1 + MOTE_FALLBACKS_MAX) {
        snprintf(key, sizeof(key), "mqtt.url[%d]", 1 + MOTE_FALLBACKS_MAX);
        config_check_complain(check, config_place_of_path(check->document, key), "mqtt.url: expected at most %d URLs",
                              1 + MOTE_FALLBACKS_MAX);
    }
}

static void check_proxy(struct config_check *check, struct config_value value)
{
    struct mote_url url;
    char memory[1024];
    const char *words = NULL;
    char expected[256];

    if (value.text == NULL) {
        return;
    }
    if (mote_url_parse_proxy(&url, mote_text(value.text), memory, sizeof(memory), &words) != MOTE_OK) {
        snprintf(expected, sizeof(expected), "socks5h://[user[:password]@]host[:port], but %s", words);
        config_check_refuse(check, value, expected);
    }
    explicit_bzero(memory, sizeof(memory));
}

/* A zone may follow an IPv6 address. */
static void check_address(struct config_check *check, struct config_value value)
{
    char address[INET6_ADDRSTRLEN] = "";
    struct in6_addr parsed;

    if (value.text == NULL) {
        return;
    }
    snprintf(address, sizeof(address), "%.*s", (int)strcspn(value.text, "%"), value.text);
    if (inet_pton(AF_INET, address, &parsed) != 1 && inet_pton(AF_INET6, address, &parsed) != 1) {
        config_check_refuse(check, value, "an address of this machine, such as 192.168.1.7");
    }
}

/* --- Files --- */

static char *beside(const char *yaml, const char *name)
{
    const char *slash = strrchr(yaml, '/');
    const int folder = name[0] == '/' || slash == NULL ? 0 : (int)(slash + 1 - yaml);
    char *joined = NULL;

    if (asprintf(&joined, "%.*s%s", folder, yaml, name) < 0) {
        abort();
    }
    return joined;
}

static const char *check_file(struct config_check *check, struct config_value value, bool is_folder, char **name)
{
    char expected[512];
    struct stat status;
    int error = 0;

    if (value.text == NULL) {
        return NULL;
    }
    *name = beside(check->path, value.text);
    if (stat(*name, &status) != 0 || access(*name, R_OK) != 0) {
        error = errno;
    } else if (S_ISDIR(status.st_mode) != is_folder) {
        error = is_folder ? ENOTDIR : EISDIR;
    }
    if (error != 0) {
        snprintf(expected, sizeof(expected), "a %s that can be read, but %s: %s", is_folder ? "folder" : "file", *name,
                 strerror(error));
        config_check_refuse(check, value, expected);
    }
    return *name;
}

/* --- TLS --- */

static void check_pair(struct config_check *check, struct config_value one, struct config_value other,
                       const char *expected)
{
    if (is_there(one.text) && !is_there(other.text)) {
        config_check_refuse(check, one, expected);
    }
}

static void check_identity(struct config_check *check, const struct config_raw_tls *raw)
{
    const struct config_value certificate = {raw->certificate_file, NULL, 0, "mqtt.tls.certificate_file"};
    const struct config_value key = {raw->key_file, NULL, 0, "mqtt.tls.key_file"};
    const struct config_value psk = {raw->psk, NULL, 0, "mqtt.tls.psk"};
    const struct config_value identity = {raw->psk_identity, NULL, 0, "mqtt.tls.psk_identity"};

    check_pair(check, certificate, key, "also the certificate's private key, as key_file");
    check_pair(check, key, certificate, "also the key's certificate, as certificate_file");
    check_pair(check, psk, identity, "also the key's name, as psk_identity");
    check_pair(check, identity, psk, "also the key, as psk");
    if (psk.text != NULL && (psk.text[0] == '\0' || strspn(psk.text, "0123456789abcdefABCDEF") != strlen(psk.text))) {
        config_check_refuse(check, psk, "a key in hexadecimal digits, without 0x");
    }
}

static void check_tls(struct config_check *check, const struct config_raw_tls *raw, struct mote_tls_options *tls,
                      struct config_link_files *files)
{
    static const char *const versions[] = {"tlsv1.2", "tlsv1.3", NULL};

    tls->ca_file =
        check_file(check, (struct config_value){raw->ca_file, NULL, 0, "mqtt.tls.ca_file"}, false, &files->names[0]);
    tls->ca_path =
        check_file(check, (struct config_value){raw->ca_path, NULL, 0, "mqtt.tls.ca_path"}, true, &files->names[1]);
    tls->certificate_file =
        check_file(check, (struct config_value){raw->certificate_file, NULL, 0, "mqtt.tls.certificate_file"}, false,
                   &files->names[2]);
    tls->key_file =
        check_file(check, (struct config_value){raw->key_file, NULL, 0, "mqtt.tls.key_file"}, false, &files->names[3]);
    check_identity(check, raw);
    config_check_choice(check, (struct config_value){raw->version, NULL, 0, "mqtt.tls.version"}, versions,
                        "tlsv1.2 or tlsv1.3");
    tls->system_authorities = config_check_flag(
        check, (struct config_value){raw->system_authorities, NULL, 0, "mqtt.tls.system_authorities"});
    tls->insecure = config_check_flag(check, (struct config_value){raw->insecure, NULL, 0, "mqtt.tls.insecure"});
    tls->key_password = raw->key_password;
    tls->ciphers = raw->ciphers;
    tls->version = raw->version;
    tls->alpn = raw->alpn;
    tls->psk = raw->psk;
    tls->psk_identity = raw->psk_identity;
}

void config_link_check(struct config_check *check, const struct config_raw_mqtt *raw, struct mote_link_options *options,
                       struct config_link_files *files)
{
    check_urls(check, raw);
    check_proxy(check, (struct config_value){raw->proxy, NULL, 0, "mqtt.proxy"});
    check_address(check, (struct config_value){raw->bind_address, NULL, 0, "mqtt.bind_address"});
    options->proxy = raw->proxy;
    options->bind_address = raw->bind_address;
    if (raw->tls != NULL) {
        check_tls(check, raw->tls, &options->tls, files);
    }
}

void config_link_free(struct config_link_files *files)
{
    for (unsigned i = 0; i < CONFIG_LINK_FILES; i++) {
        free(files->names[i]);
        files->names[i] = NULL;
    }
}

#include "port/esp/tls.h"
#include "port/esp/files.h"
#include "port/esp/sdk.h"
#include "port/esp/tls_reason.h"
#include "port/words.h"
#include <mote/text.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORD_MAX = 1024, YEAR_2026 = 1767225600 };

struct mote_tls {
    esp_tls_t *handle;
    const struct mote_tls_options *options;
    const char *name;
    const char *protocols[2];
    bool owing; /* the last byte that was taken is not out yet */
};

/* --- What is asked for --- */

static enum mote_reason refuse(const char *what, const char *why)
{
    mote_words_say("%s: %s", what, why);
    return MOTE_CONFIG_INVALID;
}

static enum mote_reason check_file(const char *name)
{
    if (name == NULL || mote_esp_file_find(name) != NULL)
        return MOTE_OK;
    return refuse(name, "no such file: mote_esp_file() makes one known");
}

static enum mote_reason check_trust(const struct mote_tls_options *options)
{
    esp_tls_cfg_t config = {.non_block = false};

    if (options->insecure)
        return mote_sdk_tls_may_trust_anybody()
                   ? MOTE_OK
                   : refuse("tls", "insecure needs CONFIG_ESP_TLS_SKIP_SERVER_CERT_VERIFY in this firmware");
    if (options->ca_file != NULL || mote_sdk_tls_trust_bundle(&config))
        return MOTE_OK;
    return refuse("tls", "there is no authority to trust: name a ca_file, or build with the certificate bundle");
}

enum mote_reason mote_tls_check(const struct mote_tls_options *options)
{
    enum mote_reason reason = MOTE_OK;

    if (options->ca_path != NULL || options->ciphers != NULL || options->version != NULL || options->psk != NULL)
        return refuse("tls", "this port has neither ca_path, ciphers, version nor psk");
    if (options->system_authorities && options->ca_file != NULL)
        return refuse("tls", "this port trusts either a ca_file or the certificate bundle");
    if ((options->certificate_file == NULL) != (options->key_file == NULL))
        return refuse("tls", "a certificate needs its key, and a key its certificate");
    reason = check_file(options->ca_file);
    if (reason == MOTE_OK)
        reason = check_file(options->certificate_file);
    if (reason == MOTE_OK)
        reason = check_file(options->key_file);
    return reason == MOTE_OK ? check_trust(options) : reason;
}

static void take_file(const char *name, const unsigned char **pem, unsigned *size)
{
    *pem = (const unsigned char *)mote_esp_file_find(name);
    *size = (unsigned)strlen((const char *)*pem) + 1;
}

/* esp-tls takes it anew at each step of the handshake. */
static void configure(const struct mote_tls *tls, esp_tls_cfg_t *config)
{
    const struct mote_tls_options *options = tls->options;

    memset(config, 0, sizeof *config);
    config->common_name = tls->name;
    config->alpn_protos = options->alpn == NULL ? NULL : (const char **)tls->protocols;
    if (options->ca_file != NULL)
        take_file(options->ca_file, &config->cacert_buf, &config->cacert_bytes);
    else if (!options->insecure)
        mote_sdk_tls_trust_bundle(config);
    if (options->certificate_file != NULL) {
        take_file(options->certificate_file, &config->clientcert_buf, &config->clientcert_bytes);
        take_file(options->key_file, &config->clientkey_buf, &config->clientkey_bytes);
    }
    if (options->key_password != NULL) {
        config->clientkey_password = (const unsigned char *)options->key_password;
        config->clientkey_password_len = (unsigned)strlen(options->key_password);
    }
}

/* --- The handshake --- */

struct mote_tls *mote_tls_begin(int fd, const char *name, const struct mote_tls_options *options)
{
    struct mote_tls *tls = calloc(1, sizeof *tls);

    if (tls == NULL)
        return NULL;
    tls->handle = esp_tls_init();
    if (tls->handle == NULL || !mote_sdk_tls_adopt(tls->handle, fd)) {
        free(tls);
        return NULL;
    }
    tls->options = options;
    tls->name = name;
    tls->protocols[0] = options->alpn;
    return tls;
}

/* Before this was written no clock can be right. */
static bool clock_is_set(void)
{
    return time(NULL) >= YEAR_2026;
}

int mote_tls_shake(struct mote_tls *tls, enum mote_reason *reason)
{
    esp_tls_cfg_t config;
    int result, code, flags;
    const char *words;

    configure(tls, &config);
    result = esp_tls_conn_new_async(tls->name, (int)strlen(tls->name), 0, &config, tls->handle);
    if (result >= 0)
        return result;
    mote_sdk_tls_error(tls->handle, &code, &flags);
    *reason = mote_esp_tls_reason(code, flags, clock_is_set(), &words);
    mote_words_say("%s: %s (mbedTLS's -0x%04X)", tls->name, words, (unsigned)code);
    return -1;
}

/* --- Reading and writing --- */

static bool is_a_wait(ssize_t result)
{
    return result == ESP_TLS_ERR_SSL_WANT_READ || result == ESP_TLS_ERR_SSL_WANT_WRITE;
}

/* A record at a time. */
size_t mote_tls_receive(struct mote_tls *tls, void *into, size_t size, bool *ended)
{
    size_t taken = 0;

    while (taken < size) {
        ssize_t count = esp_tls_conn_read(tls->handle, (char *)into + taken, size - taken);

        if (is_a_wait(count))
            break;
        if (count <= 0) {
            mote_words_say("%s: the other side has closed the connection", tls->name);
            *ended = true;
            break;
        }
        taken += (size_t)count;
    }
    return taken;
}

/* mbedTLS has encrypted all of a record that the socket did not take, and wants to be asked again with as much: so the last byte
 * counts as taken once all are out. */
static bool pay(struct mote_tls *tls, const void *bytes, bool *ended)
{
    ssize_t count = esp_tls_conn_write(tls->handle, bytes, 1);

    if (count > 0)
        tls->owing = false;
    else if (!is_a_wait(count))
        *ended = true;
    return count > 0;
}

static size_t send_record(struct mote_tls *tls, const char *bytes, size_t size, bool *ended)
{
    ssize_t count = esp_tls_conn_write(tls->handle, bytes, size);

    if (count > 0)
        return (size_t)count;
    if (!is_a_wait(count)) {
        mote_words_say("%s: nothing can be sent any more", tls->name);
        *ended = true;
        return 0;
    }
    tls->owing = true;
    return size - 1;
}

size_t mote_tls_send(struct mote_tls *tls, const void *bytes, size_t size, bool *ended)
{
    size_t taken = 0;

    if (size > 0 && tls->owing)
        taken = pay(tls, bytes, ended) ? 1 : 0;
    while (taken < size && !tls->owing && !*ended) {
        size_t record = size - taken < RECORD_MAX ? size - taken : RECORD_MAX;
        taken += send_record(tls, (const char *)bytes + taken, record, ended);
    }
    return taken;
}

bool mote_tls_has_more(struct mote_tls *tls)
{
    return esp_tls_get_bytes_avail(tls->handle) > 0;
}

void mote_tls_end(struct mote_tls *tls, bool abort)
{
    if (!abort)
        mote_sdk_tls_say_goodbye(tls->handle);
    mote_sdk_tls_end(tls->handle);
    free(tls);
}

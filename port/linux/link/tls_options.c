#include "port/linux/link/tls_options.h"
#include "port/words.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

static bool refuse(const char *what, const char *why)
{
    mote_words_say("%s: %s", what, why);
    return false;
}

/* What OpenSSL says first is nearest to the cause. */
static bool refuse_file(const char *file, const char *kind)
{
    unsigned long error = ERR_peek_error();
    const char *why = ERR_reason_error_string(error);

    if (ERR_SYSTEM_ERROR(error))
        why = strerror(ERR_GET_REASON(error));
    else if (ERR_GET_REASON(error) == PEM_R_NO_START_LINE || ERR_GET_REASON(error) == ERR_R_UNSUPPORTED)
        why = "none is in this file, in PEM";
    mote_words_say("%s: %s: %s", kind, file, why != NULL ? why : "cannot be used");
    return false;
}

/* --- Whom to trust --- */

static bool trust_directory(const char *path, SSL_CTX *openssl)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return refuse(path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return refuse(path, "is not a directory of certificates");
    return SSL_CTX_load_verify_dir(openssl, path) == 1 || refuse_file(path, "authorities");
}

/* With a pre-shared key the server needs no certificate, and so nobody is trusted for one unless it is asked for. */
static bool trust(const struct mote_tls_options *options, SSL_CTX *openssl)
{
    bool others = options->ca_file != NULL || options->ca_path != NULL || options->psk != NULL;

    if (options->ca_file != NULL && SSL_CTX_load_verify_file(openssl, options->ca_file) != 1)
        return refuse_file(options->ca_file, "authority's certificate");
    if (options->ca_path != NULL && !trust_directory(options->ca_path, openssl))
        return false;
    if (!others || options->system_authorities)
        SSL_CTX_set_default_verify_paths(openssl);
    return true;
}

/* --- Who we are --- */

/* Called for a key that is encrypted; without this OpenSSL would ask on the terminal. */
struct password {
    const char *text;
    bool asked;
};

static int give_password(char *into, int size, int writing, void *context)
{
    struct password *password = context;
    size_t length = password->text == NULL ? 0 : strlen(password->text);

    (void)writing;
    password->asked = true;
    if (length == 0 || length > (size_t)size)
        return -1;
    memcpy(into, password->text, length);
    return (int)length;
}

static bool use_key(const char *file, struct password *password, SSL_CTX *openssl)
{
    int used;

    SSL_CTX_set_default_passwd_cb(openssl, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(openssl, password);
    used = SSL_CTX_use_PrivateKey_file(openssl, file, SSL_FILETYPE_PEM);
    SSL_CTX_set_default_passwd_cb_userdata(openssl, NULL);
    if (used == 1)
        return true;
    if (ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509)
        return refuse(file, "this private key does not belong to the certificate");
    if (!password->asked)
        return refuse_file(file, "private key");
    return refuse(file, password->text == NULL ? "the private key is encrypted, and no password for it is given"
                                               : "the password of the private key is wrong");
}

static bool identify(const struct mote_tls_options *options, SSL_CTX *openssl)
{
    struct password password = {.text = options->key_password};

    if (options->certificate_file == NULL && options->key_file == NULL)
        return true;
    if (options->key_file == NULL)
        return refuse(options->certificate_file, "this certificate's private key is not given");
    if (options->certificate_file == NULL)
        return refuse(options->key_file, "this private key's certificate is not given");
    if (SSL_CTX_use_certificate_chain_file(openssl, options->certificate_file) != 1)
        return refuse_file(options->certificate_file, "certificate");
    if (!use_key(options->key_file, &password, openssl))
        return false;
    return SSL_CTX_check_private_key(openssl) == 1 ||
           refuse(options->key_file, "this private key does not belong to the certificate");
}

/* --- The pre-shared key --- */

static int hex_digit(char c)
{
    return OPENSSL_hexchar2int((unsigned char)c);
}

/* Lays the key's bytes into `into`, unless that is NULL. Returns how many, 0 if it is not one. A digit before an even
 * number of others is a byte of its own. */
static unsigned key_bytes(const char *digits, unsigned char *into)
{
    size_t length = strlen(digits);
    unsigned count = 0;

    if (length == 0 || length > 2 * PSK_MAX_PSK_LEN || strspn(digits, "0123456789abcdefABCDEF") != length)
        return 0;
    for (size_t i = 0; i < length; count++) {
        int high = length % 2 == 1 && i == 0 ? 0 : hex_digit(digits[i++]);
        int low = hex_digit(digits[i++]);

        if (into != NULL)
            into[count] = (unsigned char)(high * 16 + low);
    }
    return count;
}

static unsigned give_key(SSL *ssl, const char *hint, char *identity, unsigned identity_size, unsigned char *key,
                         unsigned key_size)
{
    const struct mote_tls_options *options = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    (void)hint;
    if (strlen(options->psk_identity) >= identity_size || key_bytes(options->psk, NULL) > key_size)
        return 0;
    memcpy(identity, options->psk_identity, strlen(options->psk_identity) + 1);
    return key_bytes(options->psk, key);
}

static bool share_key(const struct mote_tls_options *options, SSL_CTX *openssl)
{
    if (options->psk == NULL && options->psk_identity == NULL)
        return true;
    if (options->psk == NULL)
        return refuse("pre-shared key", "an identity is given, but no key");
    if (options->psk_identity == NULL || options->psk_identity[0] == '\0')
        return refuse("pre-shared key", "a key is given, but no identity");
    if (strlen(options->psk_identity) > PSK_MAX_IDENTITY_LEN)
        return refuse("pre-shared key", "the identity is longer than 256 bytes");
    if (key_bytes(options->psk, NULL) == 0)
        return refuse("pre-shared key", "the key has to be of hexadecimal digits, 1024 at most, without 0x");
    SSL_CTX_set_psk_client_callback(openssl, give_key);
    return options->ciphers != NULL || SSL_CTX_set_cipher_list(openssl, "PSK:!eNULL:!aNULL") == 1 ||
           refuse("pre-shared key", "this machine's OpenSSL has no cipher for it");
}

/* --- How to talk --- */

static bool choose_version(const char *version, SSL_CTX *openssl)
{
    int only = 0;

    if (version != NULL && strcmp(version, "tlsv1.2") == 0)
        only = TLS1_2_VERSION;
    else if (version != NULL && strcmp(version, "tlsv1.3") == 0)
        only = TLS1_3_VERSION;
    else if (version != NULL)
        return refuse(version, "the version of TLS is tlsv1.2 or tlsv1.3");
    return (SSL_CTX_set_min_proto_version(openssl, only == 0 ? TLS1_2_VERSION : only) == 1 &&
            SSL_CTX_set_max_proto_version(openssl, only) == 1) ||
           refuse(version == NULL ? "TLS" : version, "this machine's OpenSSL does not do this version");
}

static bool choose_protocol(const char *protocol, SSL_CTX *openssl)
{
    unsigned char list[256];
    size_t length = protocol == NULL ? 0 : strlen(protocol);

    if (protocol == NULL)
        return true;
    if (length < 1 || length > 255)
        return refuse("ALPN", "the protocol's name has 1 to 255 bytes");
    list[0] = (unsigned char)length;
    memcpy(list + 1, protocol, length);
    return SSL_CTX_set_alpn_protos(openssl, list, (unsigned)length + 1) == 0 || refuse("ALPN", strerror(ENOMEM));
}

static bool choose_ciphers(const char *ciphers, SSL_CTX *openssl)
{
    return ciphers == NULL || SSL_CTX_set_cipher_list(openssl, ciphers) == 1 ||
           refuse(ciphers, "this machine's OpenSSL knows no such cipher");
}

bool mote_tls_options_apply(const struct mote_tls_options *options, SSL_CTX *openssl)
{
    bool applied;

    ERR_clear_error();
    SSL_CTX_set_options(openssl, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(openssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(openssl, 1);
    SSL_CTX_set_session_cache_mode(openssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(openssl, (void *)(uintptr_t)options);
    applied = choose_version(options->version, openssl) && choose_ciphers(options->ciphers, openssl) &&
              choose_protocol(options->alpn, openssl) && trust(options, openssl) && identify(options, openssl) &&
              share_key(options, openssl);
    ERR_clear_error();
    return applied;
}

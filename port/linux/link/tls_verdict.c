#include "port/linux/link/tls_verdict.h"
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* 2026-01-01, when this was written: a clock that shows an earlier time has not been set. */
static const time_t WRITTEN_S = 1767225600;

enum { ALERT_OFFSET = 1000 }; /* of the alerts' numbers among OpenSSL's reasons */

__attribute__((format(printf, 3, 4))) static void set(struct mote_tls_verdict *verdict, enum mote_reason reason,
                                                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(verdict->words, sizeof verdict->words, format, arguments);
    va_end(arguments);
    verdict->reason = reason;
    for (char *c = verdict->words; *c != '\0'; c++)
        *c = *c < ' ' || *c > '~' ? '?' : *c; /* names come from the other side */
}

/* --- Names --- */

static void append(char *into, size_t size, const char *name, size_t length)
{
    size_t used = strlen(into);

    snprintf(into + used, size - used, "%s%.*s", used == 0 ? "" : ", ", (int)length, name);
}

static void append_name(char *into, size_t size, const GENERAL_NAME *name)
{
    const ASN1_OCTET_STRING *string;
    char address[INET6_ADDRSTRLEN];
    int type;

    string = GENERAL_NAME_get0_value(name, &type);
    if (type == GEN_DNS)
        append(into, size, (const char *)ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
    if (type == GEN_IPADD && inet_ntop(ASN1_STRING_length(string) == 4 ? AF_INET : AF_INET6,
                                       ASN1_STRING_get0_data(string), address, sizeof address) != NULL)
        append(into, size, address, strlen(address));
}

static void common_name(const X509_NAME *name, char *into, int size)
{
    if (X509_NAME_get_text_by_NID(name, NID_commonName, into, size) < 0)
        snprintf(into, (size_t)size, "(without a name)");
}

/* Whom the certificate is for. */
static void list_names(const X509 *certificate, char *into, size_t size)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

    into[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        append_name(into, size, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    if (into[0] == '\0')
        common_name(X509_get_subject_name(certificate), into, (int)size);
}

/* --- Certificates --- */

static void time_words(const ASN1_TIME *time, char into[32])
{
    struct tm parts;

    if (ASN1_TIME_to_tm(time, &parts) != 1 || strftime(into, 32, "%Y-%m-%d %H:%M UTC", &parts) == 0)
        snprintf(into, 32, "an unknown time");
}

static void judge_begin(struct mote_tls_verdict *verdict, const X509 *certificate, const char *subject)
{
    time_t now = time(NULL);
    struct tm parts;
    char from[32], clock[32] = "";

    time_words(X509_get0_notBefore(certificate), from);
    if (gmtime_r(&now, &parts) != NULL)
        strftime(clock, sizeof clock, "%Y-%m-%d %H:%M UTC", &parts);
    if (now < WRITTEN_S)
        set(verdict, MOTE_TLS_CLOCK_NOT_SET, "the clock of this machine is not set: it shows %s", clock);
    else
        set(verdict, MOTE_TLS_EXPIRED, "the certificate of %s is not valid yet: from %s on, and it is %s", subject,
            from, clock);
}

static void judge_issuer(struct mote_tls_verdict *verdict, const X509 *certificate, int error, const char *subject)
{
    char issuer[80];

    common_name(X509_get_issuer_name(certificate), issuer, sizeof issuer);
    if (error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
        set(verdict, MOTE_TLS_UNTRUSTED, "the certificate of %s is self-signed, and not among those trusted here",
            subject);
    else if (error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN)
        set(verdict, MOTE_TLS_UNTRUSTED, "the certificate is by %s, an authority that is not trusted here", issuer);
    else
        set(verdict, MOTE_TLS_UNTRUSTED, "the certificate of %s is by %s, an authority that is not trusted here",
            subject, issuer);
}

void mote_tls_judge_certificate(struct mote_tls_verdict *verdict, X509_STORE_CTX *store)
{
    const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    int error = X509_STORE_CTX_get_error(store);
    char names[120], until[32];

    if (certificate == NULL) {
        set(verdict, MOTE_TLS_UNTRUSTED, "%s", X509_verify_cert_error_string(error));
        return;
    }
    list_names(certificate, names, sizeof names);
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        set(verdict, MOTE_TLS_NAME, "the certificate is for %s", names);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        time_words(X509_get0_notAfter(certificate), until);
        set(verdict, MOTE_TLS_EXPIRED, "the certificate of %s has expired on %s", names, until);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        judge_begin(verdict, certificate, names);
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        judge_issuer(verdict, certificate, error, names);
        break;
    default:
        set(verdict, MOTE_TLS_UNTRUSTED, "the certificate of %s: %s", names, X509_verify_cert_error_string(error));
    }
}

/* --- Errors --- */

static const char *certificate_hint(const struct mote_tls_options *options)
{
    return options->certificate_file == NULL ? ": it wants a certificate of this side, and none is given"
                                             : ": it does not accept this side's certificate";
}

static const char *key_hint(const struct mote_tls_options *options)
{
    return options->psk != NULL ? ": it may have another pre-shared key" : "";
}

static const char *handshake_hint(const struct mote_tls_options *options)
{
    if (options->psk != NULL)
        return ": it may not know this identity, or take no pre-shared keys";
    return options->certificate_file == NULL ? ": it may want a certificate of this side, or other ciphers" : "";
}

static const char *version_hint(const struct mote_tls_options *options)
{
    (void)options;
    return ": the version asked for is not one of its own";
}

/* The alerts of RFC 8446, 6, that mean more than that the server does not trust us. */
static const struct alert {
    int number;
    enum mote_reason reason;
    const char *(*hint)(const struct mote_tls_options *options);
} alerts[] = {
    {SSL_AD_PROTOCOL_VERSION, MOTE_CONFIG_INVALID, version_hint},
    {SSL_AD_INSUFFICIENT_SECURITY, MOTE_CONFIG_INVALID, NULL},
    {SSL_AD_NO_APPLICATION_PROTOCOL, MOTE_CONFIG_INVALID, NULL},
    {SSL_AD_UNRECOGNIZED_NAME, MOTE_TLS_NAME, NULL},
    {SSL_AD_INTERNAL_ERROR, MOTE_TCP_RESET, NULL},
    {SSL_AD_USER_CANCELLED, MOTE_TCP_RESET, NULL},
    {SSL_AD_HANDSHAKE_FAILURE, MOTE_TLS_UNTRUSTED, handshake_hint},
    {SSL_AD_BAD_CERTIFICATE, MOTE_TLS_UNTRUSTED, certificate_hint},
    {SSL_AD_UNSUPPORTED_CERTIFICATE, MOTE_TLS_UNTRUSTED, certificate_hint},
    {SSL_AD_CERTIFICATE_REVOKED, MOTE_TLS_UNTRUSTED, certificate_hint},
    {SSL_AD_CERTIFICATE_EXPIRED, MOTE_TLS_UNTRUSTED, certificate_hint},
    {SSL_AD_CERTIFICATE_UNKNOWN, MOTE_TLS_UNTRUSTED, certificate_hint},
    {SSL_AD_UNKNOWN_CA, MOTE_TLS_UNTRUSTED, certificate_hint},
    {SSL_AD_ACCESS_DENIED, MOTE_TLS_UNTRUSTED, certificate_hint},
    {SSL_AD_CERTIFICATE_REQUIRED, MOTE_TLS_UNTRUSTED, certificate_hint},
};

static void judge_alert(struct mote_tls_verdict *verdict, int number, const struct mote_tls_options *options)
{
    struct alert meaning = {number, MOTE_TLS_UNTRUSTED, key_hint};
    const char *name = SSL_alert_desc_string_long(number);

    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++) {
        if (alerts[i].number == number)
            meaning = alerts[i];
    }
    set(verdict, meaning.reason, "the server breaks TLS off with '%s'%s",
        number == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" : name,
        meaning.hint == NULL ? "" : meaning.hint(options));
}

void mote_tls_judge_error(struct mote_tls_verdict *verdict, unsigned long error, const struct mote_tls_options *options)
{
    int reason = ERR_GET_REASON(error);
    const char *words = ERR_reason_error_string(error);

    if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= ALERT_OFFSET) {
        judge_alert(verdict, reason - ALERT_OFFSET, options);
        return;
    }
    switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? reason : 0) {
    case SSL_R_WRONG_VERSION_NUMBER:
        set(verdict, MOTE_MQTT_PROTOCOL, "what it says is not TLS: is this the port for TLS?");
        break;
    case SSL_R_UNSUPPORTED_PROTOCOL:
        set(verdict, MOTE_CONFIG_INVALID, "it does not speak the version of TLS that is asked for");
        break;
    case SSL_R_NO_CIPHERS_AVAILABLE:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
        set(verdict, MOTE_CONFIG_INVALID, "the ciphers and the version of TLS that are asked for do not go together");
        break;
    default:
        set(verdict, MOTE_MQTT_PROTOCOL, "TLS fails: %s", words == NULL ? "unknown error" : words);
    }
}

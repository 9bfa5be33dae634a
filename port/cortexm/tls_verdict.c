#include "port/cortexm/tls_verdict.h"
#include "port/chip/certificate.h"
#include "port/chip/date.h"
#include "port/words.h"
#include <mote/text.h>
#include <string.h>

enum { CERTIFICATE_ERROR_MIN = 32, CERTIFICATE_ERROR_MAX = 63, ALERTS = 256 };

/* --- Certificates --- */

struct told {
    struct mote_certificate certificate;
    char names[64], issuer[48];
};

/* Of one that cannot be read the names are the host's. */
static void tell(const struct mote_tls_peer *peer, struct told *told)
{
    if (peer->size > sizeof peer->certificate ||
        !mote_certificate_read(&told->certificate, peer->certificate, peer->size)) {
        memset(&told->certificate, 0, sizeof told->certificate);
        told->certificate.subject = mote_text(peer->host);
        told->certificate.issuer = mote_text("(too long to be told)");
    }
    mote_certificate_names(&told->certificate, told->names, sizeof told->names);
    mote_certificate_print(told->certificate.issuer, told->issuer, sizeof told->issuer);
}

static enum mote_reason judge_time(const struct mote_tls_peer *peer, uint64_t now_s, const struct told *told)
{
    char at[MOTE_DATE_WORDS_SIZE], now[MOTE_DATE_WORDS_SIZE];
    bool is_early = now_s < told->certificate.from_s;

    mote_date_words(is_early ? told->certificate.from_s : told->certificate.until_s, at);
    mote_date_words(now_s, now);
    if (is_early)
        mote_words_say("%s: the certificate of %s is not valid yet: from %s on, and it is %s", peer->host, told->names,
                       at, now);
    else
        mote_words_say("%s: the certificate of %s has expired on %s", peer->host, told->names, at);
    return MOTE_TLS_EXPIRED;
}

static enum mote_reason judge_issuer(const struct mote_tls_peer *peer, const struct told *told)
{
    if (told->certificate.is_self_issued && peer->count == 1)
        mote_words_say("%s: the certificate of %s is self-signed, and not among those trusted here", peer->host,
                       told->names);
    else if (told->certificate.is_self_issued)
        mote_words_say("%s: the certificate is by %s, an authority that is not trusted here", peer->host, told->issuer);
    else
        mote_words_say("%s: the certificate of %s is by %s, an authority that is not trusted here", peer->host,
                       told->names, told->issuer);
    return MOTE_TLS_UNTRUSTED;
}

static const char *fault(int error)
{
    switch (error) {
    case BR_ERR_X509_BAD_SIGNATURE:
        return "its signature is wrong";
    case BR_ERR_X509_NOT_CA:
        return "its authority may not sign others";
    case BR_ERR_X509_WEAK_PUBLIC_KEY:
        return "its key is too short";
    case BR_ERR_X509_FORBIDDEN_KEY_USAGE:
        return "it is not for servers";
    case BR_ERR_X509_UNSUPPORTED:
    case BR_ERR_X509_CRITICAL_EXTENSION:
        return "it asks for what this board does not know";
    default:
        return "it cannot be read";
    }
}

static enum mote_reason judge_certificate(int error, const struct mote_tls_peer *peer, uint64_t now_s)
{
    struct told told;

    tell(peer, &told);
    switch (error) {
    case BR_ERR_X509_TIME_UNKNOWN:
        mote_words_say("%s: the clock of this board is not set", peer->host);
        return MOTE_TLS_CLOCK_NOT_SET;
    case BR_ERR_X509_EXPIRED:
        return judge_time(peer, now_s, &told);
    case BR_ERR_X509_BAD_SERVER_NAME:
        mote_words_say("%s: the certificate is for %s", peer->host, told.names);
        return MOTE_TLS_NAME;
    case BR_ERR_X509_NOT_TRUSTED:
    case BR_ERR_X509_DN_MISMATCH:
        return judge_issuer(peer, &told);
    default:
        mote_words_say("%s: the certificate of %s: %s (BearSSL's %d)", peer->host, told.names, fault(error), error);
        return MOTE_TLS_UNTRUSTED;
    }
}

/* --- Alerts of the server's --- */

/* Those of RFC 5246, 7.2.2, that mean more than that the server does not trust us. */
static const struct alert {
    int number;
    enum mote_reason reason;
    const char *words;
} alerts[] = {
    {BR_ALERT_PROTOCOL_VERSION, MOTE_CONFIG_INVALID, "'protocol version': this board speaks TLS 1.2 only"},
    {BR_ALERT_INSUFFICIENT_SECURITY, MOTE_CONFIG_INVALID, "'insufficient security'"},
    {BR_ALERT_NO_APPLICATION_PROTOCOL, MOTE_CONFIG_INVALID, "'no application protocol'"},
    {112, MOTE_TLS_NAME, "'unrecognized name'"},
    {BR_ALERT_INTERNAL_ERROR, MOTE_TCP_RESET, "'internal error'"},
    {BR_ALERT_USER_CANCELED, MOTE_TCP_RESET, "'user canceled'"},
    {BR_ALERT_HANDSHAKE_FAILURE, MOTE_TLS_UNTRUSTED,
     "'handshake failure': it may want a certificate of this side, or other ciphers"},
    {BR_ALERT_BAD_CERTIFICATE, MOTE_TLS_UNTRUSTED, "'bad certificate': it wants one of this side, and there is none"},
    {116, MOTE_TLS_UNTRUSTED, "'certificate required': it wants one of this side, and there is none"},
};

static enum mote_reason judge_alert(int number, const struct mote_tls_peer *peer)
{
    for (size_t i = 0; i < sizeof alerts / sizeof alerts[0]; i++) {
        if (alerts[i].number == number) {
            mote_words_say("%s: the server breaks TLS off with %s", peer->host, alerts[i].words);
            return alerts[i].reason;
        }
    }
    mote_words_say("%s: the server breaks TLS off with its alert %d", peer->host, number);
    return MOTE_TLS_UNTRUSTED;
}

enum mote_reason mote_tls_judge(int error, const struct mote_tls_peer *peer, uint64_t now_s)
{
    if (error >= CERTIFICATE_ERROR_MIN && error <= CERTIFICATE_ERROR_MAX)
        return judge_certificate(error, peer, now_s);
    if (error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_RECV_FATAL_ALERT + ALERTS)
        return judge_alert(error - BR_ERR_RECV_FATAL_ALERT, peer);
    switch (error) {
    case BR_ERR_OK:
        mote_words_say("%s: the other side has closed the connection", peer->host);
        return MOTE_TCP_RESET;
    case BR_ERR_NO_CLIENT_AUTH:
        mote_words_say("%s: it wants a certificate of this side, and none is given", peer->host);
        return MOTE_TLS_UNTRUSTED;
    case BR_ERR_BAD_VERSION:
    case BR_ERR_UNKNOWN_TYPE:
        mote_words_say("%s: what it says is not TLS: is this the port for TLS?", peer->host);
        return MOTE_MQTT_PROTOCOL;
    case BR_ERR_UNSUPPORTED_VERSION:
        mote_words_say("%s: it does not speak TLS 1.2, and this board speaks no other", peer->host);
        return MOTE_CONFIG_INVALID;
    case BR_ERR_TOO_LARGE:
        mote_words_say("%s: it sends larger records than this board takes: see MOTE_CORTEXM_TLS_IN", peer->host);
        return MOTE_MQTT_QUOTA;
    default:
        mote_words_say("%s: TLS fails: BearSSL's error %d", peer->host, error);
        return MOTE_MQTT_PROTOCOL;
    }
}

#include "port/cortexm/tls_trust.h"
#include "port/words.h"
#include <string.h>

struct reading {
    struct mote_tls_trust *trust;
    br_pem_decoder_context pem;
    br_x509_decoder_context certificate;
    bool is_inside;      /* of something in the PEM text, */
    bool is_certificate; /* which is one */
    const char *wrong;   /* NULL: nothing */
};

static unsigned char *keep(struct mote_tls_trust *trust, const void *bytes, size_t size)
{
    unsigned char *at = trust->memory + trust->used;

    if (size > sizeof trust->memory - trust->used) {
        trust->is_full = true;
        return trust->memory;
    }
    memcpy(at, bytes, size);
    trust->used += size;
    return at;
}

/* The anchor's name comes in parts, which are kept one behind the other. */
static void take_name(void *context, const void *bytes, size_t size)
{
    struct mote_tls_trust *trust = context;

    keep(trust, bytes, size);
    trust->anchors[trust->count].dn.len += size;
}

static void take_certificate(void *context, const void *bytes, size_t size)
{
    br_x509_decoder_push(context, bytes, size);
}

static void begin(struct reading *reading)
{
    struct mote_tls_trust *trust = reading->trust;

    reading->is_inside = true;
    reading->is_certificate = strcmp(br_pem_decoder_name(&reading->pem), "CERTIFICATE") == 0;
    if (!reading->is_certificate) {
        br_pem_decoder_setdest(&reading->pem, NULL, NULL);
        return;
    }
    if (trust->count == MOTE_CORTEXM_AUTHORITIES) {
        trust->is_full = true;
        return;
    }
    memset(&trust->anchors[trust->count], 0, sizeof trust->anchors[0]);
    trust->anchors[trust->count].dn.data = trust->memory + trust->used;
    br_x509_decoder_init(&reading->certificate, take_name, trust);
    br_pem_decoder_setdest(&reading->pem, take_certificate, &reading->certificate);
}

static void keep_key(struct mote_tls_trust *trust, br_x509_pkey *key)
{
    if (key->key_type == BR_KEYTYPE_RSA) {
        key->key.rsa.n = keep(trust, key->key.rsa.n, key->key.rsa.nlen);
        key->key.rsa.e = keep(trust, key->key.rsa.e, key->key.rsa.elen);
    } else {
        key->key.ec.q = keep(trust, key->key.ec.q, key->key.ec.qlen);
    }
}

static void end(struct reading *reading)
{
    struct mote_tls_trust *trust = reading->trust;
    const br_x509_pkey *key;

    reading->is_inside = false;
    if (!reading->is_certificate || trust->is_full)
        return;
    key = br_x509_decoder_get_pkey(&reading->certificate);
    if (key == NULL) {
        reading->wrong = "a certificate among them cannot be read";
        return;
    }
    trust->anchors[trust->count].pkey = *key;
    trust->anchors[trust->count].flags = br_x509_decoder_isCA(&reading->certificate) ? BR_X509_TA_CA : 0;
    keep_key(trust, &trust->anchors[trust->count].pkey);
    trust->count++;
}

/* A last line without its end would count for nothing. */
static void read_text(struct reading *reading, const char *text)
{
    size_t length = strlen(text), at = 0;

    while (at <= length && reading->wrong == NULL && !reading->trust->is_full) {
        at += at < length ? br_pem_decoder_push(&reading->pem, text + at, length - at)
                          : br_pem_decoder_push(&reading->pem, "\n", 1);
        switch (br_pem_decoder_event(&reading->pem)) {
        case BR_PEM_BEGIN_OBJ:
            begin(reading);
            break;
        case BR_PEM_END_OBJ:
            end(reading);
            break;
        case BR_PEM_ERROR:
            reading->wrong = "they are not PEM";
            break;
        default:
            break;
        }
    }
}

enum mote_reason mote_tls_trust_read(struct mote_tls_trust *trust, const char *pem)
{
    struct reading reading = {.trust = trust};

    trust->count = trust->used = 0;
    trust->is_full = false;
    br_pem_decoder_init(&reading.pem);
    read_text(&reading, pem);
    if (trust->is_full)
        reading.wrong = "they are too many: see MOTE_CORTEXM_AUTHORITIES and MOTE_CORTEXM_AUTHORITIES_SIZE";
    else if (reading.wrong == NULL && reading.is_inside)
        reading.wrong = "the last one is cut off";
    else if (reading.wrong == NULL && trust->count == 0)
        reading.wrong = "there is no certificate among them, in PEM";
    if (reading.wrong == NULL)
        return MOTE_OK;
    mote_words_say("authorities: %s", reading.wrong);
    return MOTE_CONFIG_INVALID;
}

/* Certificate: what a person wants to know of an X.509 certificate, and the addresses that it is for. Whether it is to be trusted,
 * others judge. */
#ifndef MOTE_CHIP_CERTIFICATE_H
#define MOTE_CHIP_CERTIFICATE_H

#include <mote/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are views of the certificate, with any bytes in them. */
struct mote_certificate {
    struct mote_text issuer, subject; /* common names; empty: without one */
    bool is_self_issued;              /* both have the same name */
    uint64_t from_s, until_s;         /* since 1970 */
    struct mote_text names;           /* as an extension has them, whom it is for; empty: there is none */
};

/* Reads one in DER. Returns false, with zeros, for what is none or is cut off. */
bool mote_certificate_read(struct mote_certificate *certificate, const uint8_t *der, size_t size);

/* Is it for this address, of 4 or 16 bytes? */
bool mote_certificate_is_for(const struct mote_certificate *certificate, const uint8_t *address, size_t size);

/* Lists whom it is for: "localhost, 127.0.0.1", as much as there is room for. What cannot be printed is a `?`. */
void mote_certificate_names(const struct mote_certificate *certificate, char *into, size_t size);

/* A name of it for a person to read. */
void mote_certificate_print(struct mote_text name, char *into, size_t size);

#endif

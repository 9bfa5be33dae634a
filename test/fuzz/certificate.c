/* Certificates of whoever answers: what is told of one lies within its bytes. */
#include "fuzz.h"

#include "port/chip/certificate.h"

static void is_within(struct mote_text part, const char *bytes, size_t size)
{
    FUZZ_CHECK(part.length == 0 || (part.data >= bytes && part.data + part.length <= bytes + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_copy((struct mote_text){(const char *)data, size});
    struct mote_certificate certificate;
    char names[64];

    mote_certificate_read(&certificate, (const uint8_t *)copy, size);
    is_within(certificate.issuer, copy, size);
    is_within(certificate.subject, copy, size);
    is_within(certificate.names, copy, size);
    mote_certificate_names(&certificate, names, sizeof names);
    FUZZ_CHECK(strlen(names) < sizeof names);
    mote_certificate_is_for(&certificate, (const uint8_t *)copy, size < 4 ? size : 4);
    free(copy);
    return 0;
}

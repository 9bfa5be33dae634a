/* The checksum of what is kept in flash. */
#include "check.h"
#include "text/crc32.h"

static uint32_t bit_by_bit(uint32_t sum, const uint8_t *bytes, size_t size)
{
    sum = ~sum;
    for (size_t i = 0; i < size; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xEDB88320 : 0);
    }
    return ~sum;
}

static void is_that_of_zlib(void)
{
    CHECK_EQUAL(mote_crc32(0, "", 0), 0);
    CHECK_EQUAL(mote_crc32(0, "123456789", 9), 0xCBF43926);
}

static void any_size_from_anywhere(void)
{
    uint8_t bytes[80];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 151 + (i >> 3));
    for (size_t offset = 0; offset < 8; offset++) {
        for (size_t size = 0; size <= sizeof bytes - 8; size++)
            CHECK_EQUAL(mote_crc32((uint32_t)size * 0x9E3779B9, bytes + offset, size),
                        bit_by_bit((uint32_t)size * 0x9E3779B9, bytes + offset, size));
    }
}

static void goes_on_where_it_was(void)
{
    CHECK_EQUAL(mote_crc32(mote_crc32(0, "12345", 5), "6789", 4), 0xCBF43926);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"is-that-of-zlib", is_that_of_zlib},
        {"any-size-from-anywhere", any_size_from_anywhere},
        {"goes-on-where-it-was", goes_on_where_it_was},
    };

    return check_main("unit/crc32", cases, sizeof cases / sizeof cases[0], argc, argv);
}

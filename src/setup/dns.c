/* DNS for those who have joined the access point: whatever name they ask for, it is here. RFC 1035. */
#include "setup/inside.h"

#include <string.h>

enum {
    HEAD_SIZE = 12,
    NAME_MAX = 255,
    LABEL_MAX = 63,
    TYPE_A = 1,
    TYPE_ANY = 255,
    CLASS_IN = 1,
    RESPONSE = 0x80,
    OPCODE = 0x78,
    TRUNCATED = 0x02,
    RECURSION_DESIRED = 0x01,
    AUTHORITATIVE = 0x04,
    RECURSION_AVAILABLE = 0x80,
    ANSWER_SIZE = 2 + 2 + 2 + 4 + 2 + 4,
    TTL_S = 5, /* the phone is soon in another network, where the name is somebody else's */
};

/* The size of the name at the beginning, with the 0 at its end; 0: it is none. A name in a question has nothing to point
 * back to. */
static size_t name_size(const uint8_t *bytes, size_t size)
{
    size_t at = 0;

    while (at < size && bytes[at] != 0) {
        if (bytes[at] > LABEL_MAX)
            return 0;
        at += 1u + bytes[at];
    }
    return at < size && at + 1 <= NAME_MAX ? at + 1 : 0;
}

static bool is_query(const uint8_t *query, size_t size)
{
    return size >= HEAD_SIZE && (query[2] & (RESPONSE | OPCODE | TRUNCATED)) == 0 && query[4] == 0 && query[5] == 1;
}

static size_t write_answer(uint8_t *into, const uint8_t address[4])
{
    const uint8_t record[ANSWER_SIZE] = {0xC0, HEAD_SIZE, 0, TYPE_A, 0,          CLASS_IN,   0,          0,
                                         0,    TTL_S,     0, 4,      address[0], address[1], address[2], address[3]};

    memcpy(into, record, sizeof record);
    return sizeof record;
}

size_t mote_dns_answer(const uint8_t address[4], const uint8_t *query, size_t size, uint8_t *into, size_t room)
{
    size_t name = is_query(query, size) ? name_size(query + HEAD_SIZE, size - HEAD_SIZE) : 0;
    size_t question = HEAD_SIZE + name + 4; /* its end */
    const uint8_t *type = query + HEAD_SIZE + name;
    bool wanted;

    if (name == 0 || question > size || question + ANSWER_SIZE > room)
        return 0;
    wanted = type[0] == 0 && (type[1] == TYPE_A || type[1] == TYPE_ANY) && type[2] == 0 && type[3] == CLASS_IN;
    memcpy(into, query, question);
    into[2] = (uint8_t)(RESPONSE | AUTHORITATIVE | (query[2] & RECURSION_DESIRED));
    into[3] = RECURSION_AVAILABLE;
    memset(into + 6, 0, HEAD_SIZE - 6);
    into[7] = wanted;
    return wanted ? question + write_answer(into + question, address) : question;
}

/* The LM3S6965's own Ethernet, with frames moved a word at a time. */
#include "port/cortexm/board.h"
#include "port/cortexm/register.h"
#include <string.h>

#define ETHERNET(offset) REGISTER(0x40048000u + (offset))

enum { INTERRUPT = 42 };
enum { STATUS = 0x00, MASK = 0x04, RECEIVE = 0x08, SEND = 0x0c, DATA = 0x10, ADDRESS_LOW = 0x14, ADDRESS_HIGH = 0x18 };
enum { THRESHOLD = 0x1c, COUNT = 0x34, REQUEST = 0x38 };
enum { RECEIVED = 1, EMPTY_QUEUE = 0x10, RECEIVE_ON = 0x0b, SEND_ON = 0x17, SEND_WHEN_TOLD = 0x3f };
enum { LENGTH_SIZE = 2, CHECK_SIZE = 4, HEADER_SIZE = 14 };
enum { LOOKS_MAX = 20000 }; /* a large frame takes 1.2 ms at 10 Mbit/s */

bool mote_ethernet_start(uint8_t mac[6])
{
    uint32_t low = ETHERNET(ADDRESS_LOW), high = ETHERNET(ADDRESS_HIGH);

    memcpy(mac, &low, 4);
    memcpy(mac + 4, &high, 2);
    ETHERNET(MASK) = 0;
    ETHERNET(THRESHOLD) = SEND_WHEN_TOLD;
    ETHERNET(RECEIVE) = EMPTY_QUEUE;
    ETHERNET(SEND) = SEND_ON;       /* both ways at once, with padding and check sums */
    ETHERNET(RECEIVE) = RECEIVE_ON; /* drops what is damaged */
    mote_interrupt_enable(INTERRUPT);
    return true;
}

/* QEMU's has no PHY to ask, and what is taken away from it comes back by itself. */
bool mote_ethernet_is_connected(void)
{
    return true;
}

void mote_ethernet_arm(void)
{
    ETHERNET(STATUS) = RECEIVED;
    ETHERNET(MASK) = RECEIVED;
}

void mote_ethernet_interrupt(void)
{
    ETHERNET(MASK) = 0;
}

/* Copies what of a word belongs to the frame, from its byte `from` on. Returns how much that is. */
static size_t put(uint8_t *into, size_t room, uint32_t word, size_t from)
{
    size_t size = 4 - from < room ? 4 - from : room;

    word >>= 8 * from;
    memcpy(into, &word, size);
    return size;
}

/* A frame begins with two bytes of its length, which counts them and the check sum. Returns 0 for one that does not fit. */
static size_t take_frame(uint8_t *into, size_t size)
{
    uint32_t word = ETHERNET(DATA);
    size_t whole = word & 0xffff;
    size_t length = whole - LENGTH_SIZE - CHECK_SIZE;
    size_t at;

    length = length <= size ? length : 0;
    at = put(into, length, word, LENGTH_SIZE);
    for (size_t read = 4; read < whole; read += 4) {
        word = ETHERNET(DATA);
        at += put(into + at, length - at, word, 0);
    }
    return length;
}

size_t mote_ethernet_receive(uint8_t *into, size_t size)
{
    size_t length = 0;

    while (length == 0 && ETHERNET(COUNT) != 0)
        length = take_frame(into, size);
    return length;
}

/* There is room for one frame only. */
static bool is_free(void)
{
    int looks = 0;

    while ((ETHERNET(REQUEST) & 1) != 0 && looks < LOOKS_MAX)
        looks++;
    return looks < LOOKS_MAX;
}

/* A frame goes out behind two bytes of the length of what follows its header. */
bool mote_ethernet_send(const uint8_t *frame, size_t size)
{
    uint32_t word = (uint32_t)(size - HEADER_SIZE);

    if (!is_free())
        return false;
    memcpy((uint8_t *)&word + LENGTH_SIZE, frame, LENGTH_SIZE);
    ETHERNET(DATA) = word;
    for (size_t at = LENGTH_SIZE; at < size; at += 4) {
        word = 0;
        memcpy(&word, frame + at, size - at < 4 ? size - at : 4);
        ETHERNET(DATA) = word;
    }
    ETHERNET(REQUEST) = 1;
    return true;
}

/* Texas Instruments' (Luminary Micro's) LM3S6965 Evaluation Board: Cortex-M3, 256 KiB of flash, 64 KiB of RAM, Ethernet.
 *
 * Its pins have the numbers of the ESP8266's boards, so that what was written for those runs: 2 is the LED, 0 the "select" key, and
 * 12 to 15 are the keys "up", "down", "left" and "right". Keys are 0 while they are pressed, and need a pull up. */
#include "port/chip/input.h"
#include "port/cortexm/board.h"
#include "port/cortexm/console.h"
#include "port/cortexm/register.h"

enum { CLOCK_HZ = 50000000, BAUD = 115200 };
enum { PORT_E_INTERRUPT = 4, UART_INTERRUPT = 5, TIMER_INTERRUPT = 19, PORT_F_INTERRUPT = 30, ETHERNET_INTERRUPT = 42 };

const uint32_t mote_board_clock_hz = CLOCK_HZ;
const bool mote_board_pins_have_edges = true;

/* --- Clock --- */

#define SYSTEM(offset) REGISTER(0x400fe000u + (offset))

enum { RAW_STATUS = 0x50, RUN_CLOCK = 0x60, GATE_1 = 0x104, GATE_2 = 0x108 };

static const uint32_t DIVIDE_BY_4 = 3u << 23 | 1u << 22, PLL_OFF = 1u << 13, BYPASS = 1u << 11,
                      CRYSTAL_8_MHZ = 0xeu << 6;
static const uint32_t PLL_LOCKED = 1u << 6;

/* The PLL makes 200 MHz of the crystal, of which a quarter is taken once it is steady. */
static void start_clock(void)
{
    SYSTEM(RUN_CLOCK) = PLL_OFF | BYPASS | CRYSTAL_8_MHZ;
    SYSTEM(RUN_CLOCK) = BYPASS | CRYSTAL_8_MHZ | DIVIDE_BY_4;
    while ((SYSTEM(RAW_STATUS) & PLL_LOCKED) == 0)
        ;
    SYSTEM(RUN_CLOCK) = CRYSTAL_8_MHZ | DIVIDE_BY_4;
    SYSTEM(GATE_1) |= 1u << 16 | 1u;               /* timer 0; UART 0 */
    SYSTEM(GATE_2) |= 1u << 30 | 1u << 28 | 0x31u; /* Ethernet; ports A, E and F */
}

/* --- Alarm: timer 0, with 32 bits --- */

#define TIMER(offset) REGISTER(0x40030000u + (offset))

enum {
    TIMER_WIDTH = 0x00,
    TIMER_MODE = 0x04,
    TIMER_CONTROL = 0x0c,
    TIMER_MASK = 0x18,
    TIMER_CLEAR = 0x24,
    TIMER_LOAD = 0x28
};
enum { TIMER_WIDE = 0, TIMER_ONCE = 1, TIMER_ON = 1, TIMER_OVER = 1 };

static void start_timer(void)
{
    TIMER(TIMER_CONTROL) = 0;
    TIMER(TIMER_WIDTH) = TIMER_WIDE;
    TIMER(TIMER_MODE) = TIMER_ONCE;
    TIMER(TIMER_MASK) = TIMER_OVER;
    mote_interrupt_enable(TIMER_INTERRUPT);
}

void mote_board_alarm(uint32_t ticks)
{
    TIMER(TIMER_CONTROL) = 0;
    TIMER(TIMER_LOAD) = ticks;
    TIMER(TIMER_CONTROL) = TIMER_ON;
}

/* --- Serial line: UART 0 --- */

#define UART(offset) REGISTER(0x4000c000u + (offset))

enum { UART_DATA = 0x00, UART_FLAGS = 0x18, UART_DIVISOR = 0x24, UART_FRACTION = 0x28, UART_LINE = 0x2c };
enum { UART_CONTROL = 0x30, UART_MASK = 0x38, UART_CLEAR = 0x44 };
enum { UART_EMPTY = 1u << 4, UART_FULL = 1u << 5, UART_RECEIVED = 1u << 4 | 1u << 6 };

static void start_serial(void)
{
    REGISTER(0x40004000u + 0x420) |= 3u; /* port A, pins 0 and 1 are its lines */
    REGISTER(0x40004000u + 0x51c) |= 3u;
    UART(UART_CONTROL) = 0;
    UART(UART_DIVISOR) = CLOCK_HZ / 16 / BAUD;
    UART(UART_FRACTION) = (CLOCK_HZ / 16 % BAUD * 64 + BAUD / 2) / BAUD;
    UART(UART_LINE) = 0x70; /* 8 bits, with its queues */
    UART(UART_CONTROL) = 0x301;
    UART(UART_MASK) = UART_RECEIVED;
    mote_interrupt_enable(UART_INTERRUPT);
}

void mote_board_put(char byte)
{
    while ((UART(UART_FLAGS) & UART_FULL) != 0)
        ;
    UART(UART_DATA) = (uint8_t)byte;
}

int mote_board_get(void)
{
    return (UART(UART_FLAGS) & UART_EMPTY) != 0 ? -1 : (int)(UART(UART_DATA) & 0xff);
}

/* --- Pins --- */

enum { PORT_DIRECTION = 0x400, PORT_BOTH_EDGES = 0x408, PORT_MASK = 0x410, PORT_STATUS = 0x418, PORT_CLEAR = 0x41c };
enum { PORT_PULL_UP = 0x510, PORT_PULL_DOWN = 0x514, PORT_DIGITAL = 0x51c };

static const uint32_t PORT_E = 0x40024000u, PORT_F = 0x40025000u;

struct place {
    uint8_t number;
    uint8_t bit;
    char port;
    enum mote_direction direction;
};

static const struct place places[] = {
    {0, 1, 'F', MOTE_INPUT},  {2, 0, 'F', MOTE_OUTPUT}, {12, 0, 'E', MOTE_INPUT},
    {13, 1, 'E', MOTE_INPUT}, {14, 2, 'E', MOTE_INPUT}, {15, 3, 'E', MOTE_INPUT},
};

enum { PLACES = sizeof places / sizeof places[0] };

static const struct place *find(unsigned number)
{
    for (int i = 0; i < PLACES; i++) {
        if (places[i].number == number)
            return &places[i];
    }
    return NULL;
}

static uint32_t base_of(const struct place *place)
{
    return place->port == 'E' ? PORT_E : PORT_F;
}

/* The address chooses the bits that are touched. */
static volatile uint32_t *data_of(const struct place *place)
{
    return mote_register(base_of(place) + (4u << place->bit));
}

static void set_bit(const struct place *place, uint32_t offset, bool on)
{
    uint32_t bit = 1u << place->bit;

    if (on)
        REGISTER(base_of(place) + offset) |= bit;
    else
        REGISTER(base_of(place) + offset) &= ~bit;
}

static void start_output(const struct place *place, int level)
{
    uint32_t data = (level < 0 ? *data_of(place) != 0 : level != 0) ? 0xffu : 0;

    *data_of(place) = data; /* so that it begins with that... */
    set_bit(place, PORT_DIRECTION, true);
    *data_of(place) = data; /* ...also where an input's bit cannot be written */
}

static void start_input(const struct place *place)
{
    set_bit(place, PORT_DIRECTION, false);
    set_bit(place, PORT_BOTH_EDGES, true);
    REGISTER(base_of(place) + PORT_CLEAR) = 1u << place->bit;
    set_bit(place, PORT_MASK, true);
    mote_interrupt_enable(place->port == 'E' ? PORT_E_INTERRUPT : PORT_F_INTERRUPT);
}

enum mote_reason mote_board_pin_open(const struct mote_pin *pin, int level)
{
    const struct place *place = find(pin->number);

    if (place == NULL)
        return MOTE_PIN_ABSENT;
    if (place->direction != pin->direction)
        return MOTE_CONFIG_INVALID; /* a key would be a short circuit to an output */
    set_bit(place, PORT_PULL_UP, pin->pull == MOTE_PULL_UP);
    set_bit(place, PORT_PULL_DOWN, pin->pull == MOTE_PULL_DOWN);
    set_bit(place, PORT_DIGITAL, true);
    if (pin->direction == MOTE_OUTPUT)
        start_output(place, level);
    else
        start_input(place);
    return MOTE_OK;
}

void mote_board_pin_write(unsigned number, int level)
{
    *data_of(find(number)) = level != 0 ? 0xffu : 0;
}

int mote_board_pin_read(unsigned number)
{
    return *data_of(find(number)) != 0;
}

void mote_board_pin_close(unsigned number)
{
    set_bit(find(number), PORT_MASK, false);
}

static void edges(uint32_t port)
{
    uint32_t bits = REGISTER(port + PORT_STATUS);

    REGISTER(port + PORT_CLEAR) = bits;
    for (int i = 0; i < PLACES; i++) {
        if (base_of(&places[i]) == port && (bits >> places[i].bit & 1) != 0)
            mote_input_edge(places[i].number);
    }
}

/* --- The rest --- */

void mote_board_start(void)
{
    start_clock();
    start_timer();
    start_serial();
}

/* It has none. */
bool mote_board_entropy(void *into, size_t size)
{
    (void)into, (void)size;
    return false;
}

uint64_t mote_board_time(void)
{
    return 0;
}

void mote_board_interrupt(unsigned number)
{
    switch (number) {
    case TIMER_INTERRUPT:
        TIMER(TIMER_CLEAR) = TIMER_OVER;
        break;
    case UART_INTERRUPT:
        UART(UART_CLEAR) = UART_RECEIVED;
        mote_console_interrupt();
        break;
    case PORT_E_INTERRUPT:
        edges(PORT_E);
        break;
    case PORT_F_INTERRUPT:
        edges(PORT_F);
        break;
    case ETHERNET_INTERRUPT:
        mote_ethernet_interrupt();
        break;
    default:
        break;
    }
}

#include "port/esp/pins.h"
#include "port/esp/sdk.h"
#include "port/esp/wake.h"
#include "port/esp/words.h"
#include <esp_attr.h>
#include <mote/sched.h>

enum { SETTLE_MS = 20 };

/* A contact bounces: what counts is the level that it has when it has been quiet for a while. */
struct input {
    struct mote_pin *pin; /* NULL: free */
    volatile bool edge;   /* since the last turn */
    int level;            /* at the last turn */
    uint64_t settled_ms;
};

static struct input inputs[MOTE_ESP_INPUTS];

/* --- Settling --- */

static void IRAM_ATTR on_edge(void *context)
{
    struct input *input = context;

    input->edge = true;
    mote_wake_from_interrupt();
}

static bool has_moved(struct input *input)
{
    int level = gpio_get_level((gpio_num_t)input->pin->number);
    bool moved = input->edge || level != input->level;

    input->edge = false;
    input->level = level;
    return moved;
}

static uint64_t next_look(const struct input *input, uint64_t now_ms)
{
    return mote_esp_pin_has_interrupt(mote_sdk_chip, input->pin->number) ? MOTE_NEVER : now_ms + SETTLE_MS;
}

static void settle(struct input *input, uint64_t now_ms)
{
    if (has_moved(input)) {
        input->settled_ms = now_ms + SETTLE_MS;
    } else if (now_ms >= input->settled_ms) {
        input->settled_ms = next_look(input, now_ms);
        mote_pin_changed(input->pin, input->level);
    }
}

void mote_pins_turn(uint64_t now_ms)
{
    for (int i = 0; i < MOTE_ESP_INPUTS; i++) {
        if (inputs[i].pin != NULL)
            settle(&inputs[i], now_ms);
    }
}

uint64_t mote_pins_deadline(void)
{
    uint64_t earliest_ms = MOTE_NEVER;

    for (int i = 0; i < MOTE_ESP_INPUTS; i++) {
        if (inputs[i].pin != NULL && inputs[i].settled_ms < earliest_ms)
            earliest_ms = inputs[i].settled_ms;
    }
    return earliest_ms;
}

/* --- Taking and giving back --- */

static struct input *find(const struct mote_pin *pin)
{
    for (int i = 0; i < MOTE_ESP_INPUTS; i++) {
        if (inputs[i].pin == pin)
            return &inputs[i];
    }
    return NULL;
}

static enum mote_reason say(const struct mote_pin *pin, enum mote_reason reason, const char *words)
{
    mote_words_say("GPIO%u: %s", pin->number, words);
    return reason;
}

static bool set_up(const struct mote_pin *pin, gpio_mode_t mode, gpio_int_type_t edges)
{
    gpio_config_t config = {
        .mode = mode,
        .pull_up_en = pin->pull == MOTE_PULL_UP ? GPIO_PULLUP_ENABLE : GPIO_PULLUP_DISABLE,
        .pull_down_en = pin->pull == MOTE_PULL_DOWN ? GPIO_PULLDOWN_ENABLE : GPIO_PULLDOWN_DISABLE,
        .intr_type = edges,
    };

    config.pin_bit_mask = 1;
    config.pin_bit_mask <<= pin->number;
    return gpio_config(&config) == ESP_OK;
}

/* The level is there before the output is, so that nothing flickers. */
static enum mote_reason open_output(const struct mote_pin *pin, int level)
{
    gpio_num_t number = (gpio_num_t)pin->number;

    if (level < 0)
        level = gpio_get_level(number);
    gpio_set_level(number, (uint32_t)level);
    if (!set_up(pin, MOTE_SDK_GPIO_OUTPUT, GPIO_INTR_DISABLE))
        return say(pin, MOTE_PIN_BUSY, "the SDK does not give it");
    gpio_set_level(number, (uint32_t)level); /* also where an input's level cannot be set */
    return MOTE_OK;
}

static bool watch_edges(struct input *input, gpio_num_t number)
{
    static bool installed;

    if (!installed)
        installed = gpio_install_isr_service(0) == ESP_OK;
    return installed && gpio_isr_handler_add(number, on_edge, input) == ESP_OK;
}

static enum mote_reason open_input(struct mote_pin *pin, struct input *input)
{
    bool has_interrupt = mote_esp_pin_has_interrupt(mote_sdk_chip, pin->number);

    if (input == NULL)
        return say(pin, MOTE_PIN_BUSY, "too many inputs: see MOTE_ESP_INPUTS");
    if (!set_up(pin, GPIO_MODE_INPUT, has_interrupt ? GPIO_INTR_ANYEDGE : GPIO_INTR_DISABLE) ||
        (has_interrupt && !watch_edges(input, (gpio_num_t)pin->number)))
        return say(pin, MOTE_PIN_BUSY, "the SDK does not give it");
    input->edge = true; /* it may move before it is read */
    input->settled_ms = 0;
    input->pin = pin;
    mote_wake();
    return MOTE_OK;
}

static enum mote_reason open_pin(void *context, struct mote_pin *pin, int level)
{
    const char *words;
    enum mote_reason reason = mote_esp_pin_check(mote_sdk_chip, pin, &words);

    (void)context;
    if (reason != MOTE_OK)
        return say(pin, reason, words);
    if (pin->direction == MOTE_INPUT)
        return open_input(pin, find(NULL));
    return open_output(pin, level);
}

static void write_pin(void *context, struct mote_pin *pin, int level)
{
    (void)context;
    gpio_set_level((gpio_num_t)pin->number, (uint32_t)level);
}

static int read_pin(void *context, struct mote_pin *pin)
{
    (void)context;
    return gpio_get_level((gpio_num_t)pin->number);
}

static void close_pin(void *context, struct mote_pin *pin)
{
    struct input *input = pin->direction == MOTE_INPUT ? find(pin) : NULL;

    (void)context;
    if (input == NULL)
        return;
    if (mote_esp_pin_has_interrupt(mote_sdk_chip, pin->number))
        gpio_isr_handler_remove((gpio_num_t)pin->number);
    input->pin = NULL;
}

const struct mote_pin_port mote_esp_pins = {
    .open = open_pin,
    .write = write_pin,
    .read = read_pin,
    .close = close_pin,
};

#include "port/esp/pins.h"
#include "port/chip/input.h"
#include "port/esp/sdk.h"
#include "port/esp/wake.h"
#include "port/words.h"

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

/* It need not lie in IRAM: an interrupt of this service waits while the flash is written. */
static void on_edge(void *context)
{
    struct mote_input *input = context;

    input->edge = true;
    mote_wake_from_interrupt();
}

/* The program may have installed the service for pins of its own: then the SDK refuses to do it again, and that is as good. */
static bool watch_edges(struct mote_input *input, gpio_num_t number)
{
    static bool installed;

    if (!installed)
        gpio_install_isr_service(0);
    installed = true;
    return gpio_isr_handler_add(number, on_edge, input) == ESP_OK;
}

static enum mote_reason open_input(struct mote_pin *pin, struct mote_input *input)
{
    bool has_interrupt = mote_esp_pin_has_interrupt(mote_sdk_chip, pin->number);

    if (input == NULL)
        return say(pin, MOTE_PIN_BUSY, "too many inputs: see MOTE_INPUTS_MAX");
    if (!set_up(pin, GPIO_MODE_INPUT, has_interrupt ? GPIO_INTR_ANYEDGE : GPIO_INTR_DISABLE) ||
        (has_interrupt && !watch_edges(input, (gpio_num_t)pin->number)))
        return say(pin, MOTE_PIN_BUSY, "the SDK does not give it");
    mote_input_begin(input, pin, has_interrupt);
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
        return open_input(pin, mote_input_find(NULL));
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
    struct mote_input *input = pin->direction == MOTE_INPUT ? mote_input_find(pin) : NULL;

    (void)context;
    if (input == NULL)
        return;
    if (input->has_edges)
        gpio_isr_handler_remove((gpio_num_t)pin->number);
    input->pin = NULL;
}

const struct mote_pin_port mote_esp_pins = {
    .open = open_pin,
    .write = write_pin,
    .read = read_pin,
    .close = close_pin,
};

/* What a chip's pins can do, and what they must not be used for. */
#ifndef MOTE_ESP_PIN_LIMITS_H
#define MOTE_ESP_PIN_LIMITS_H

#include <mote/pin.h>
#include <stdint.h>

/* A bit each, by number. */
struct mote_esp_chip {
    uint64_t pins;
    uint64_t flash; /* the program runs from what is connected there */
    uint64_t input_only;
    uint64_t pull_up;
    uint64_t pull_down;
    uint64_t no_interrupt; /* has to be looked at */
};

extern const struct mote_esp_chip mote_esp8266, mote_esp32, mote_esp32s2, mote_esp32s3, mote_esp32c3;

/* May the pin be used as it is declared? Returns MOTE_OK, MOTE_PIN_ABSENT, MOTE_PIN_BUSY or MOTE_CONFIG_INVALID, with words that
 * say why, NULL with MOTE_OK. */
enum mote_reason mote_esp_pin_check(const struct mote_esp_chip *chip, const struct mote_pin *pin, const char **words);

bool mote_esp_pin_has_interrupt(const struct mote_esp_chip *chip, unsigned number);

#endif

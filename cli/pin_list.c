#include "pin_list.h"

#include <mote/sim.h>

#include <dirent.h>
#include <gpiod.h>
#include <stdio.h>

static unsigned list_sim(struct mote_sim *sim, pin_list_entry *tell, void *context)
{
    unsigned count = 0;

    for (uint16_t number = 0; number < MOTE_SIM_PINS; number++) {
        const struct mote_pin *pin = mote_sim_pin(sim, number);
        char words[8];
        snprintf(words, sizeof words, "%u", (unsigned)number);
        const struct pin_entry entry = {
            .pin = words,
            .name = number == MOTE_SIM_BUTTON_PIN ? "button"
                    : number == MOTE_SIM_LED_PIN  ? "led"
                                                  : "",
            .is_output = pin != NULL && pin->direction == MOTE_OUTPUT,
            .level = mote_sim_level(sim, number),
            .user = pin != NULL ? "mote" : "",
        };
        if (entry.level >= 0) {
            tell(&entry, context);
            count++;
        }
    }
    return count;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static unsigned list_chip(struct gpiod_chip *chip, pin_list_entry *tell, void *context)
{
    const unsigned count = gpiod_chip_num_lines(chip);
    unsigned told = 0;

    for (unsigned offset = 0; offset < count; offset++) {
        struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
        char words[64];
        if (line == NULL) {
            continue;
        }
        snprintf(words, sizeof words, "%s/%u", gpiod_chip_name(chip), offset);
        const char *consumer = or_empty(gpiod_line_consumer(line));
        const struct pin_entry entry = {
            .pin = words,
            .name = or_empty(gpiod_line_name(line)),
            .is_output = gpiod_line_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT,
            .level = -1,
            .user = gpiod_line_is_used(line) && consumer[0] == '\0' ? "the kernel" : consumer,
        };
        tell(&entry, context);
        told++;
    }
    return told;
}

static unsigned list_chips(pin_list_entry *tell, void *context)
{
    struct gpiod_chip_iter *chips = gpiod_chip_iter_new();
    struct gpiod_chip *chip;
    unsigned count = 0;

    if (chips == NULL) {
        return 0;
    }
    while ((chip = gpiod_chip_iter_next(chips)) != NULL) {
        count += list_chip(chip, tell, context);
    }
    gpiod_chip_iter_free(chips);
    return count;
}

/* 0 or 1; -1 if it cannot be read. */
static int led_level(const char *name)
{
    char path[512];
    unsigned brightness = 0;

    snprintf(path, sizeof path, "/sys/class/leds/%s/brightness", name);
    FILE *file = fopen(path, "re");
    const bool is_read = file != NULL && fscanf(file, "%u", &brightness) == 1;
    if (file != NULL) {
        fclose(file);
    }
    return !is_read ? -1 : brightness > 0 ? 1 : 0;
}

static unsigned list_leds(pin_list_entry *tell, void *context)
{
    DIR *leds = opendir("/sys/class/leds");
    const struct dirent *led;
    unsigned count = 0;

    while (leds != NULL && (led = readdir(leds)) != NULL) {
        char words[300];
        if (led->d_name[0] != '.') {
            snprintf(words, sizeof words, "led:%s", led->d_name);
            tell(&(struct pin_entry){words, "", true, led_level(led->d_name), ""}, context);
            count++;
        }
    }
    if (leds != NULL) {
        closedir(leds);
    }
    return count;
}

unsigned pin_list(pin_list_entry *tell, void *context)
{
    struct mote_sim *sim = mote_sim_board();

    if (sim != NULL) {
        return list_sim(sim, tell, context);
    }
    const unsigned lines = list_chips(tell, context);
    return lines + list_leds(tell, context);
}

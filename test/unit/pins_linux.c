#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mote/linux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder like /sys/class/leds with one LED, `blue`, of 255 steps, blinked by a trigger. */
static char folder[] = "/tmp/mote-leds-XXXXXX";

static void path_of(char path[128], const char *file)
{
    snprintf(path, 128, "%s/blue/%s", folder, file);
}

static void put(const char *file, const char *text)
{
    char path[128];
    FILE *stream;

    path_of(path, file);
    stream = fopen(path, "w");
    CHECK(stream != NULL);
    fputs(text, stream);
    fclose(stream);
}

static const char *get(const char *file)
{
    static char text[64];
    char path[128];
    FILE *stream;

    path_of(path, file);
    stream = fopen(path, "r");
    CHECK(stream != NULL);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static void start(const char *brightness, const char *trigger)
{
    put("max_brightness", "255\n");
    put("brightness", brightness);
    put("trigger", trigger);
}

static const char *words(void)
{
    return mote_port()->words(mote_port()->context);
}

static void switches_an_led(void)
{
    struct mote_pin led = {.line = "led:blue", .direction = MOTE_OUTPUT};

    start("7\n", "none [heartbeat] timer\n");
    CHECK_EQUAL(mote_pin_open(&led), MOTE_OK);
    CHECK(strcmp(get("trigger"), "none") == 0);
    CHECK(strcmp(get("brightness"), "0") == 0);
    CHECK_EQUAL(mote_pin_write(&led, true), MOTE_OK);
    CHECK(strcmp(get("brightness"), "255") == 0);
    CHECK(mote_pin_read(&led));
    CHECK_EQUAL(mote_pin_toggle(&led), MOTE_OK);
    CHECK(strcmp(get("brightness"), "0") == 0);
    mote_pin_close(&led);
}

static void leaves_a_trigger_that_is_none_alone(void)
{
    struct mote_pin led = {.line = "led:blue", .direction = MOTE_OUTPUT, .boot = MOTE_BOOT_ON};

    start("0\n", "[none] heartbeat\n");
    CHECK_EQUAL(mote_pin_open(&led), MOTE_OK);
    CHECK(strcmp(get("trigger"), "[none] heartbeat\n") == 0); /* writing it puts the LED out for a moment */
    CHECK(strcmp(get("brightness"), "255") == 0);
    mote_pin_close(&led);
    CHECK(strcmp(get("brightness"), "255") == 0); /* as it was left */
}

static void keeps_an_led_as_it_is(void)
{
    static const struct {
        const char *brightness;
        bool on;
    } rows[] = {{"0\n", false}, {"255\n", true}, {"1\n", true}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mote_pin led = {.line = "led:blue", .direction = MOTE_OUTPUT, .boot = MOTE_BOOT_KEEP};
        start(rows[i].brightness, "[none]\n");
        CHECK_EQUAL(mote_pin_open(&led), MOTE_OK);
        CHECK_EQUAL(mote_pin_read(&led), rows[i].on);
        CHECK_EQUAL(strcmp(get("brightness"), "0") != 0, rows[i].on);
        mote_pin_close(&led);
    }
}

static void has_no_led_of_that_name(void)
{
    static const char *const lines[] = {"led:green", "led:", "led:.", "led:..", "led:../blue", "led:blue/../blue"};

    start("0\n", "[none]\n");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct mote_pin led = {.line = lines[i], .direction = MOTE_OUTPUT};
        CHECK_EQUAL(mote_pin_open(&led), MOTE_PIN_ABSENT);
        CHECK(strstr(words(), "No such file") != NULL);
    }
}

static void takes_no_led_as_an_input(void)
{
    struct mote_pin led = {.line = "led:blue"};

    start("0\n", "[none]\n");
    CHECK_EQUAL(mote_pin_open(&led), MOTE_CONFIG_INVALID);
    CHECK(words()[0] != '\0');
}

static void gives_an_led_to_one_only(void)
{
    struct mote_pin led = {.line = "led:blue", .direction = MOTE_OUTPUT};
    struct mote_pin other = led;

    start("0\n", "[none]\n");
    CHECK_EQUAL(mote_pin_open(&led), MOTE_OK);
    CHECK_EQUAL(mote_pin_open(&other), MOTE_PIN_BUSY);
    mote_pin_close(&led);
    CHECK_EQUAL(mote_pin_open(&other), MOTE_OK);
    mote_pin_close(&other);
}

static void says_that_an_led_may_not_be_used(void)
{
    struct mote_pin led = {.line = "led:blue", .direction = MOTE_OUTPUT};
    char path[128];
    enum mote_reason reason;
    uid_t user = geteuid();

    start("0\n", "[none]\n");
    path_of(path, "brightness");
    chmod(path, 0444);
    if (user == 0) /* who may use everything */
        CHECK_EQUAL(seteuid(65534), 0);
    reason = mote_pin_open(&led);
    CHECK_EQUAL(seteuid(user), 0);
    chmod(path, 0644);
    CHECK_EQUAL(reason, MOTE_PIN_BUSY);
    CHECK(strstr(words(), "Permission denied") != NULL);
}

static bool machine_has_gpio(void)
{
    return access("/dev/gpiochip0", F_OK) == 0;
}

static void has_no_lines_without_a_chip(void)
{
    static const char *const lines[] = {NULL, "gpiochip0/2", "gpiochip9/2", "no such line"};

    if (machine_has_gpio())
        CHECK_SKIP("this machine has a GPIO chip");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        for (int output = 0; output < 2; output++) {
            struct mote_pin pin = {.number = 2, .line = lines[i], .direction = output ? MOTE_OUTPUT : MOTE_INPUT};
            CHECK_EQUAL(mote_pin_open(&pin), MOTE_PIN_ABSENT);
            CHECK(words()[0] != '\0');
            CHECK(!mote_pin_read(&pin));
        }
    }
}

static void knows_impossible_lines(void)
{
    static const char *const lines[] = {
        "gpiochip0/",
        "gpiochip0/x",
        "gpiochip0/-1",
        "gpiochip0/1/2",
        "/",
        "/2",
        "../dev/gpiochip0/2",
        "gpiochip0/99999999999",
        "a-chip-with-a-name-that-is-much-too-long-for-one/1",
        "",
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct mote_pin pin = {.line = lines[i]};
        CHECK_EQUAL(mote_pin_open(&pin), MOTE_PIN_ABSENT);
    }
}

static const struct check_case cases[] = {
    {"switches_an_led", switches_an_led},
    {"leaves_a_trigger_that_is_none_alone", leaves_a_trigger_that_is_none_alone},
    {"keeps_an_led_as_it_is", keeps_an_led_as_it_is},
    {"has_no_led_of_that_name", has_no_led_of_that_name},
    {"takes_no_led_as_an_input", takes_no_led_as_an_input},
    {"gives_an_led_to_one_only", gives_an_led_to_one_only},
    {"says_that_an_led_may_not_be_used", says_that_an_led_may_not_be_used},
    {"has_no_lines_without_a_chip", has_no_lines_without_a_chip},
    {"knows_impossible_lines", knows_impossible_lines},
};

static void remove_folder(void)
{
    static const char *const files[] = {"max_brightness", "brightness", "trigger", ""};
    char path[128];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        path_of(path, files[i]);
        remove(path);
    }
    rmdir(folder);
}

int main(int argc, char **argv)
{
    char path[128];
    int status;

    if (mkdtemp(folder) == NULL)
        return 1;
    path_of(path, "");
    mkdir(path, 0700);
    setenv("MOTE_SYSFS_LEDS", folder, 1);
    status = check_main("unit/pins", cases, sizeof cases / sizeof cases[0], argc, argv);
    remove_folder();
    return status;
}

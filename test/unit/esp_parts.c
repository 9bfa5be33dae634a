/* The parts of port/esp/ that need no SDK: what a disconnection means, the way into a network, what pins can do, why TLS has
 * failed, and the lines of the shell. */
#include "check.h"

#include "port/esp/pin_limits.h"
#include "port/esp/shell_line.h"
#include "port/esp/join.h"
#include "port/esp/tls_reason.h"
#include "port/esp/wifi_reason.h"

#include <string.h>

/* --- Reasons --- */

static void a_disconnection_on_the_way_in_has_its_reason(void)
{
    static const struct {
        unsigned number;
        enum mote_reason reason;
    } table[] = {
        {2, MOTE_WIFI_REFUSED},     {5, MOTE_WIFI_REFUSED},      {15, MOTE_WIFI_WRONG_KEY}, {202, MOTE_WIFI_WRONG_KEY},
        {204, MOTE_WIFI_WRONG_KEY}, {201, MOTE_WIFI_NO_NETWORK}, {203, MOTE_WIFI_REFUSED},  {205, MOTE_WIFI_REFUSED},
        {210, MOTE_WIFI_REFUSED},   {211, MOTE_WIFI_REFUSED},    {212, MOTE_WIFI_WEAK},     {8, MOTE_OK},
        {9999, MOTE_WIFI_REFUSED},  {0, MOTE_WIFI_REFUSED},      {200, MOTE_WIFI_LOST},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        CHECK_EQUAL(mote_esp_wifi_reason(table[i].number, false), table[i].reason);
}

/* A key that was right yesterday is not wrong because the router renews it in a bad moment. */
static void who_was_in_has_lost_the_network(void)
{
    for (unsigned number = 0; number < 256; number++)
        CHECK_EQUAL(mote_esp_wifi_reason(number, true), number == 8 ? MOTE_OK : MOTE_WIFI_LOST);
    CHECK(mote_esp_wifi_words(15)[0] != '\0');
    CHECK_TEXT(mote_text(mote_esp_wifi_words(99)), "");
}

static void tls_tells_what_is_wrong_with_the_certificate(void)
{
    static const struct {
        int code, flags;
        bool clock;
        enum mote_reason reason;
    } table[] = {
        {0x2700, 0x08, true, MOTE_TLS_UNTRUSTED},
        {0x2700, 0x04, true, MOTE_TLS_NAME},
        {0x2700, 0x01, true, MOTE_TLS_EXPIRED},
        {0x2700, 0x200, true, MOTE_TLS_EXPIRED},
        {0x2700, 0x200, false, MOTE_TLS_CLOCK_NOT_SET},
        {0x2700, 0x01, false, MOTE_TLS_CLOCK_NOT_SET},
        {0x2700, 0x08 | 0x01, true, MOTE_TLS_UNTRUSTED},
        {0x2700, 0x04 | 0x01, true, MOTE_TLS_EXPIRED},
        {0x2700, 0x10, true, MOTE_TLS_UNTRUSTED},
        {0x7200, 0, true, MOTE_MQTT_PROTOCOL},
        {0x7F00, 0, true, MOTE_MQTT_QUOTA},
        {0x50, 0, true, MOTE_TCP_RESET},
        {0x1234, 0, true, MOTE_TLS_UNTRUSTED},
        {0x6E80, 0, true, MOTE_CONFIG_INVALID},
        {0x2700, -1, true, MOTE_TLS_UNTRUSTED}, /* the flags are not known */
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *words = NULL;

        CHECK_EQUAL(mote_esp_tls_reason(table[i].code, table[i].flags, table[i].clock, &words), table[i].reason);
        CHECK(words != NULL && words[0] != '\0');
    }
}

/* --- The station --- */

static enum mote_join_action happens(struct mote_join *station, enum mote_join_event event, unsigned number)
{
    return mote_join_event(station, event, number);
}

static struct mote_wifi_status how_is(const struct mote_join *station)
{
    struct mote_wifi_status status = {.reason = MOTE_OK};

    mote_join_tell(station, &status);
    return status;
}

static void begin(struct mote_join *station)
{
    memset(station, 0, sizeof *station);
    CHECK_EQUAL(how_is(station).state, MOTE_WIFI_OFF);
    CHECK_EQUAL(how_is(station).reason, MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(happens(station, MOTE_JOIN_STARTED, 0), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(how_is(station).state, MOTE_WIFI_IDLE);
    CHECK_EQUAL(how_is(station).reason, MOTE_OK);
}

static void join(struct mote_join *station)
{
    begin(station);
    CHECK_EQUAL(mote_join_ask(station, 0), MOTE_JOIN_GO);
    CHECK_EQUAL(how_is(station).state, MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(how_is(station).reason, MOTE_OK);
    CHECK_EQUAL(happens(station, MOTE_JOIN_CONNECTED, 0), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(how_is(station).state, MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(how_is(station).reason, MOTE_DHCP_NO_LEASE);
    CHECK_EQUAL(happens(station, MOTE_JOIN_GOT_ADDRESS, 0), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(how_is(station).state, MOTE_WIFI_CONNECTED);
    CHECK_EQUAL(how_is(station).reason, MOTE_OK);
}

static void it_joins_loses_and_says_why(void)
{
    struct mote_join station;

    join(&station);
    happens(&station, MOTE_JOIN_LOST_ADDRESS, 0);
    CHECK_EQUAL(how_is(&station).reason, MOTE_DHCP_NO_LEASE);
    happens(&station, MOTE_JOIN_GOT_ADDRESS, 0);
    CHECK_EQUAL(happens(&station, MOTE_JOIN_DISCONNECTED, 200), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_IDLE);
    CHECK_EQUAL(how_is(&station).reason, MOTE_WIFI_LOST);
    CHECK_EQUAL(station.number, 200);
    CHECK_EQUAL(mote_join_ask(&station, 5), MOTE_JOIN_GO); /* the reason before is forgotten */
    CHECK_EQUAL(how_is(&station).reason, MOTE_OK);
}

static void a_wrong_key_is_told(void)
{
    struct mote_join station;

    begin(&station);
    mote_join_ask(&station, 0);
    happens(&station, MOTE_JOIN_DISCONNECTED, 15);
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_IDLE);
    CHECK_EQUAL(how_is(&station).reason, MOTE_WIFI_WRONG_KEY);
    happens(&station, MOTE_JOIN_DISCONNECTED, 201); /* a late one is nobody's */
    CHECK_EQUAL(how_is(&station).reason, MOTE_WIFI_WRONG_KEY);
}

static void it_is_left_before_another_one_is_joined(void)
{
    struct mote_join station;

    join(&station);
    CHECK_EQUAL(mote_join_ask(&station, 100), MOTE_JOIN_LEAVE);
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(how_is(&station).reason, MOTE_OK);
    CHECK_EQUAL(happens(&station, MOTE_JOIN_GOT_ADDRESS, 0), MOTE_JOIN_NOTHING); /* of the one before */
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(happens(&station, MOTE_JOIN_DISCONNECTED, 8), MOTE_JOIN_GO);
    CHECK_EQUAL(happens(&station, MOTE_JOIN_CONNECTED, 0), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(station.step, MOTE_JOIN_ASSOCIATED);
}

static void nothing_told_of_leaving_is_no_end(void)
{
    struct mote_join station;

    join(&station);
    CHECK_EQUAL(mote_join_ask(&station, 100), MOTE_JOIN_LEAVE);
    CHECK_EQUAL(mote_join_turn(&station, 100 + MOTE_JOIN_LEAVE_MS - 1), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(mote_join_turn(&station, 100 + MOTE_JOIN_LEAVE_MS), MOTE_JOIN_GO);
    CHECK_EQUAL(mote_join_turn(&station, 100 + 2 * MOTE_JOIN_LEAVE_MS), MOTE_JOIN_NOTHING);
}

static void leaving_is_no_failure(void)
{
    struct mote_join station;

    join(&station);
    CHECK_EQUAL(mote_join_leave(&station, 7), MOTE_JOIN_LEAVE);
    CHECK_EQUAL(happens(&station, MOTE_JOIN_DISCONNECTED, 8), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_IDLE);
    CHECK_EQUAL(how_is(&station).reason, MOTE_OK);
    CHECK_EQUAL(mote_join_leave(&station, 8), MOTE_JOIN_NOTHING);
}

static void what_is_asked_before_it_is_on_is_done_then(void)
{
    struct mote_join station;

    memset(&station, 0, sizeof station);
    CHECK_EQUAL(mote_join_ask(&station, 0), MOTE_JOIN_NOTHING);
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(happens(&station, MOTE_JOIN_STARTED, 0), MOTE_JOIN_GO);
    CHECK_EQUAL(happens(&station, MOTE_JOIN_STARTED, 0), MOTE_JOIN_NOTHING);
    happens(&station, MOTE_JOIN_STOPPED, 0);
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_OFF);
}

static void what_cannot_begin_fails(void)
{
    struct mote_join station;

    begin(&station);
    mote_join_ask(&station, 0);
    mote_join_failed(&station, MOTE_CONFIG_INVALID);
    CHECK_EQUAL(how_is(&station).state, MOTE_WIFI_IDLE);
    CHECK_EQUAL(how_is(&station).reason, MOTE_CONFIG_INVALID);
}

/* --- Pins --- */

static enum mote_reason check_pin(const struct mote_esp_chip *chip, struct mote_pin pin)
{
    const char *words = "";
    enum mote_reason reason = mote_esp_pin_check(chip, &pin, &words);

    CHECK(reason == MOTE_OK ? words == NULL : words != NULL && words[0] != '\0');
    return reason;
}

static void the_esp8266s_flash_is_left_alone(void)
{
    for (uint16_t number = 0; number < 80; number++) {
        enum mote_reason expected = number >= 6 && number <= 11 ? MOTE_PIN_BUSY
                                    : number <= 16              ? MOTE_OK
                                                                : MOTE_PIN_ABSENT;

        CHECK_EQUAL(check_pin(&mote_esp8266, (struct mote_pin){.number = number}), expected);
        CHECK_EQUAL(check_pin(&mote_esp8266, (struct mote_pin){.number = number, .direction = MOTE_OUTPUT}), expected);
    }
}

static void gpio16_has_its_limits(void)
{
    CHECK_EQUAL(check_pin(&mote_esp8266, (struct mote_pin){.number = 16, .pull = MOTE_PULL_UP}), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(check_pin(&mote_esp8266, (struct mote_pin){.number = 16, .pull = MOTE_PULL_DOWN}), MOTE_OK);
    CHECK_EQUAL(check_pin(&mote_esp8266, (struct mote_pin){.number = 4, .pull = MOTE_PULL_DOWN}), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(check_pin(&mote_esp8266, (struct mote_pin){.number = 4, .pull = MOTE_PULL_UP}), MOTE_OK);
    CHECK(!mote_esp_pin_has_interrupt(&mote_esp8266, 16));
    CHECK(mote_esp_pin_has_interrupt(&mote_esp8266, 15));
}

static void the_esp32s_have_theirs(void)
{
    CHECK_EQUAL(check_pin(&mote_esp32, (struct mote_pin){.number = 34, .direction = MOTE_OUTPUT}), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(check_pin(&mote_esp32, (struct mote_pin){.number = 34}), MOTE_OK);
    CHECK_EQUAL(check_pin(&mote_esp32, (struct mote_pin){.number = 34, .pull = MOTE_PULL_UP}), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(check_pin(&mote_esp32, (struct mote_pin){.number = 6}), MOTE_PIN_BUSY);
    CHECK_EQUAL(check_pin(&mote_esp32, (struct mote_pin){.number = 20}), MOTE_PIN_ABSENT);
    CHECK_EQUAL(check_pin(&mote_esp32c3, (struct mote_pin){.number = 12}), MOTE_PIN_BUSY);
    CHECK_EQUAL(check_pin(&mote_esp32c3, (struct mote_pin){.number = 22}), MOTE_PIN_ABSENT);
    CHECK_EQUAL(check_pin(&mote_esp32s3, (struct mote_pin){.number = 48, .direction = MOTE_OUTPUT}), MOTE_OK);
    CHECK_EQUAL(check_pin(&mote_esp32s2, (struct mote_pin){.number = 46, .direction = MOTE_OUTPUT}),
                MOTE_CONFIG_INVALID);
    CHECK_EQUAL(check_pin(&mote_esp32, (struct mote_pin){.number = 2, .line = "led:x"}), MOTE_PIN_ABSENT);
}

/* --- The shell's lines --- */

/* Types it; returns what the terminal shows. */
static const char *type(struct mote_shell_line *line, const char *keys)
{
    static char shown[512];
    char echo[4];

    shown[0] = '\0';
    for (; *keys != '\0'; keys++) {
        if (mote_shell_line_take(line, *keys, echo))
            CHECK(keys[1] == '\0');
        CHECK(strlen(shown) + strlen(echo) < sizeof shown);
        strcat(shown, echo);
    }
    return shown;
}

static void a_key_is_not_shown(void)
{
    struct mote_shell_line line = {.length = 0};
    char *words[MOTE_SHELL_WORDS_MAX];

    CHECK_TEXT(mote_text(type(&line, "wifi add \"my home\" secret99\r")), "wifi add \"my home\" ********\n");
    CHECK_EQUAL(mote_shell_line_words(&line, words), 4);
    CHECK_TEXT(mote_text(words[2]), "my home");
    CHECK_TEXT(mote_text(words[3]), "secret99");
    mote_shell_line_clear(&line);
    for (size_t i = 0; i < sizeof line.text; i++)
        CHECK(line.text[i] == '\0');
    CHECK_TEXT(mote_text(type(&line, "wifi list\r")), "wifi list\n");
}

static void keys_take_back_what_was_typed(void)
{
    struct mote_shell_line line = {.length = 0};
    char *words[MOTE_SHELL_WORDS_MAX];

    type(&line, "\b\bx\177statux\bs\r");
    CHECK_EQUAL(mote_shell_line_words(&line, words), 1);
    CHECK_TEXT(mote_text(words[0]), "status");
    mote_shell_line_clear(&line);
    type(&line, "rubbish\x15reboot\n");
    CHECK_EQUAL(mote_shell_line_words(&line, words), 1);
    CHECK_TEXT(mote_text(words[0]), "reboot");
}

static void a_line_has_an_end(void)
{
    struct mote_shell_line line = {.length = 0};
    char *words[MOTE_SHELL_WORDS_MAX];
    char echo[4];

    for (unsigned i = 0; i < 3 * MOTE_SHELL_LINE_SIZE; i++)
        CHECK(!mote_shell_line_take(&line, 'a', echo));
    CHECK_TEXT(mote_text(echo), "\a");
    CHECK(mote_shell_line_take(&line, '\n', echo));
    CHECK_EQUAL(mote_shell_line_words(&line, words), 1);
    CHECK_EQUAL(strlen(words[0]), MOTE_SHELL_LINE_SIZE - 1);
}

static void words_are_cut(void)
{
    static const struct {
        const char *line;
        int count;
    } table[] = {{"\n", 0},       {"   \n", 0},       {" a  b \n", 2},      {"\"\"\n", 1},
                 {"a \"b\n", -1}, {"1 2 3 4 5\n", 5}, {"1 2 3 4 5 6\n", -1}};
    char *words[MOTE_SHELL_WORDS_MAX];

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct mote_shell_line line = {.length = 0};

        type(&line, table[i].line);
        CHECK_EQUAL(mote_shell_line_words(&line, words), table[i].count);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-disconnection-on-the-way-in-has-its-reason", a_disconnection_on_the_way_in_has_its_reason},
        {"who-was-in-has-lost-the-network", who_was_in_has_lost_the_network},
        {"tls-tells-what-is-wrong-with-the-certificate", tls_tells_what_is_wrong_with_the_certificate},
        {"it-joins-loses-and-says-why", it_joins_loses_and_says_why},
        {"a-wrong-key-is-told", a_wrong_key_is_told},
        {"it-is-left-before-another-one-is-joined", it_is_left_before_another_one_is_joined},
        {"nothing-told-of-leaving-is-no-end", nothing_told_of_leaving_is_no_end},
        {"leaving-is-no-failure", leaving_is_no_failure},
        {"what-is-asked-before-it-is-on-is-done-then", what_is_asked_before_it_is_on_is_done_then},
        {"what-cannot-begin-fails", what_cannot_begin_fails},
        {"the-esp8266s-flash-is-left-alone", the_esp8266s_flash_is_left_alone},
        {"gpio16-has-its-limits", gpio16_has_its_limits},
        {"the-esp32s-have-theirs", the_esp32s_have_theirs},
        {"a-key-is-not-shown", a_key_is_not_shown},
        {"keys-take-back-what-was-typed", keys_take_back_what_was_typed},
        {"a-line-has-an-end", a_line_has_an_end},
        {"words-are-cut", words_are_cut},
    };

    return check_main("unit/esp_parts", cases, sizeof cases / sizeof cases[0], argc, argv);
}

/* The access point of port/linux against a wpa_supplicant, a kernel and a dnsmasq that the test makes up. */
#include "wpa_rig.h"

#include "assign_rig.h"

#include "port/linux/radio/access_point.h"
#include "port/linux/radio/dhcp_server.h"

#include <signal.h>
#include <sys/stat.h>

static const struct mote_network home = {.ssid = "Home", .password = "its key is long"};

static char folder[64] = "/tmp/mote-point-XXXXXX";
static char arguments[96]; /* what dnsmasq was started with, a file */

static void put_file(const char *name, const char *text, mode_t mode)
{
    char path[96];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0 && chmod(path, mode) == 0);
}

/* Says what it was started with, all at once, and stays. */
static void install_dnsmasq(void)
{
    put_file("dnsmasq",
             "#!/bin/sh\nd=$(dirname \"$0\")\necho \"$@\" >$d/new\nmv $d/new $d/arguments\nexec sleep 1000\n", 0755);
    snprintf(arguments, sizeof arguments, "%s/arguments", folder);
    unlink(arguments);
}

static const char *words(void)
{
    return mote_port()->words(mote_port()->context);
}

static void begin(void)
{
    static char path[4200];
    static const char *old_path;

    if (old_path == NULL)
        old_path = getenv("PATH");
    snprintf(path, sizeof path, "%s:%.4000s", folder, old_path);
    setenv("PATH", path, 1);
    setenv("MOTE_RUNTIME_DIRECTORY", folder, 1);
    unsetenv("MOTE_WIFI_AP_INTERFACE");
    wpa_begin();
    assign_begin();
    install_dnsmasq();
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_STATION, true), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("STATUS") == 1);
    CHECK_EQUAL(mote_linux_radio.access_point(NULL, "lamp-setup", "a key of it"), MOTE_OK);
}

static bool is_on(void)
{
    return mote_linux_radio.is_active(NULL, MOTE_ACCESS_POINT);
}

static void open_point(int number)
{
    unsigned before = wpa_asked("SELECT_NETWORK");

    wpa.added = number;
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_ACCESS_POINT, true), MOTE_OK);
    CHECK(!is_on());
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") > before);
}

/* wpa_supplicant has it on the air, and the telephones get addresses. */
static void come_up(void)
{
    unsigned before = assigned.count;

    wpa.state = "COMPLETED";
    wpa.mode = "AP";
    wpa_event("AP-ENABLED ");
    LOOPBACK_UNTIL(mote_access_point_is_up() && access(arguments, F_OK) == 0 && assigned.count > before);
    CHECK(is_on());
}

static void opens_and_closes(void)
{
    char text[1024] = "";
    FILE *file;

    begin();
    open_point(4);
    CHECK(!mote_access_point_is_up());
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 ssid 6c616d702d7365747570"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 mode 2"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 frequency 2437"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 key_mgmt WPA-PSK"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 proto RSN"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 pairwise CCMP"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 psk \"a key of it\""), 1);
    CHECK_EQUAL(wpa_asked("SELECT_NETWORK 4"), 1);
    CHECK_EQUAL(wpa_asked("SAVE_CONFIG"), 0);
    come_up();
    CHECK_TEXT(mote_text(assigned.lines[0]), "+192.168.4.1/24 7");
    file = fopen(arguments, "r");
    CHECK(file != NULL && fgets(text, sizeof text, file) != NULL);
    fclose(file);
    CHECK(strstr(text, "--port=0 --interface=wlan7 --bind-interfaces") != NULL);
    CHECK(strstr(text, "--dhcp-range=192.168.4.10,192.168.4.100,") != NULL);
    CHECK(strstr(text, "wlan7.leases") != NULL);
    CHECK(strstr(text, "key") == NULL);
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_ACCESS_POINT, false), MOTE_OK);
    CHECK(!is_on());
    CHECK_EQUAL(mote_dhcp_server_process(), 0);
    LOOPBACK_UNTIL(wpa_asked("REMOVE_NETWORK 4") == 1 && assigned.count == 2);
    CHECK_TEXT(mote_text(assigned.lines[1]), "-192.168.4.1/24 7");
}

/* As a real wpa_supplicant does. */
static void is_on_the_air_before_that_is_answered(void)
{
    begin();
    wpa.select_event = "AP-ENABLED ";
    open_point(4);
    LOOPBACK_UNTIL(mote_access_point_is_up() && assigned.count == 1);
    CHECK_EQUAL(wpa_asked("SELECT_NETWORK 4"), 1);
}

/* wpa_supplicant forgets a selection when somebody asks it for a scan at the same moment. */
static void a_selection_that_is_forgotten_is_made_again(void)
{
    begin();
    open_point(4);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK 4") == 2);
    come_up();
    CHECK_EQUAL(wpa_asked("ADD_NETWORK"), 1);
}

static void an_open_one_has_no_key(void)
{
    begin();
    CHECK_EQUAL(mote_linux_radio.access_point(NULL, "lamp", ""), MOTE_OK);
    open_point(4);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 key_mgmt NONE"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 psk"), 0);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 proto"), 0);
}

static void names_and_keys_that_cannot_be(void)
{
    begin();
    CHECK_EQUAL(mote_linux_radio.access_point(NULL, "", "long enough"), MOTE_CONFIG_INVALID);
    CHECK_EQUAL(mote_linux_radio.access_point(NULL, "lamp", "short"), MOTE_CONFIG_INVALID);
}

static void another_name_takes_effect_at_once(void)
{
    begin();
    open_point(4);
    come_up();
    wpa.added = 5;
    CHECK_EQUAL(mote_linux_radio.access_point(NULL, "lamp-setup", "a key of it"), MOTE_OK); /* it is this already */
    CHECK(mote_access_point_is_up());
    CHECK_EQUAL(mote_linux_radio.access_point(NULL, "lamp", "another key of it"), MOTE_OK);
    CHECK(!mote_access_point_is_up());
    LOOPBACK_UNTIL(wpa_asked("REMOVE_NETWORK 4") == 1 && wpa_asked("SELECT_NETWORK 5") == 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 5 psk \"another key of it\""), 1);
}

/* The system's own networks are enabled again, and only those. */
static void the_others_are_put_back(void)
{
    begin();
    wpa.listed = "0\tHouse\tany\t[CURRENT]\n2\tOther\tany\t[DISABLED]\n3\tThird\tany\t\n";
    wpa.note = "FAIL\n";
    open_point(4);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 id_str \"ap mote 0 3\""), 1);
    come_up();
    mote_linux_radio.set_active(NULL, MOTE_ACCESS_POINT, false);
    LOOPBACK_UNTIL(wpa_asked("ENABLE_NETWORK 0") == 1 && wpa_asked("ENABLE_NETWORK 3") == 1);
    CHECK_EQUAL(wpa_asked("ENABLE_NETWORK 2"), 0);
}

/* Many of them, of which all are put back; P2P's are not the system's. */
static void all_the_others_are_put_back(void)
{
    begin();
    wpa.listed = "10\ta\tany\t\n11\tb\tany\t\n12\tc\tany\t\n13\td\tany\t\n14\te\tany\t\n15\tf\tany\t\n"
                 "16\tg\tany\t\n17\th\tany\t\n18\ti\tany\t\n19\tj\tany\t[P2P-PERSISTENT]\n";
    wpa.note = "FAIL\n";
    open_point(4);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 id_str \"ap mote 10 11 12 13 14 15 16 17 18\""), 1);
    come_up();
    mote_linux_radio.set_active(NULL, MOTE_ACCESS_POINT, false);
    LOOPBACK_UNTIL(wpa_asked("ENABLE_NETWORK 10") == 1 && wpa_asked("ENABLE_NETWORK 18") == 1);
    CHECK_EQUAL(wpa_asked("ENABLE_NETWORK 19"), 0);
}

/* A program that was killed has left its block; what it had switched off is remembered in it. */
static void takes_away_what_an_earlier_run_has_left(void)
{
    begin();
    wpa.listed = "0\tHouse\tany\t[DISABLED]\n1\tlamp-setup\tany\t[CURRENT]\n";
    wpa.note = "\"ap mote 0\"";
    open_point(4);
    CHECK_EQUAL(wpa_asked("REMOVE_NETWORK 1"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 4 id_str \"ap mote 0\""), 1);
}

/* --- Beside the station --- */

static void watch_station(void)
{
    struct mote_wifi_status status;

    mote_linux_radio.status(NULL, &status);
}

static bool station_is_idle(void)
{
    return wpa_see().state == MOTE_WIFI_IDLE;
}

static void takes_turns_with_the_station(void)
{
    begin();
    open_point(4);
    come_up();
    wpa.added = 1;
    wpa.listed = "4\tlamp-setup\tany\t[CURRENT]\n";
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_OK);
    CHECK(is_on() && !mote_access_point_is_up());
    CHECK_EQUAL(mote_dhcp_server_process(), 0);
    wpa.mode = "station";
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK 1") == 1 && assigned.count == 2);
    CHECK_TEXT(mote_text(assigned.lines[1]), "-192.168.4.1/24 7");
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 id_str \"mote\""), 1); /* the access point is none of the others */
    wpa_event("AP-DISABLED ");
    wpa_event("CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid=\"Home\" auth_failures=1 duration=10 reason=WRONG_KEY");
    LOOPBACK_UNTIL(station_is_idle());
    LOOPBACK_UNTIL((watch_station(), wpa_asked("SELECT_NETWORK 4") == 2));
    come_up();
    CHECK(mote_access_point_is_up());
}

/* The supervisor tries the next network at once: the access point does not come between. */
static void does_not_come_between_two_attempts(void)
{
    const struct mote_network other = {.ssid = "Other", .password = "its key is long"};

    begin();
    open_point(4);
    come_up();
    wpa.added = 1;
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK 1") == 1);
    wpa_event("CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid=\"Home\" auth_failures=1 duration=10 reason=WRONG_KEY");
    LOOPBACK_UNTIL(station_is_idle());
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &other, NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK 1") == 2);
    wpa.mode = "station";
    wpa_associate("Other", 1);
    LOOPBACK_UNTIL(wpa_see().reason == MOTE_DHCP_NO_LEASE);
    wpa_give_address("192.168.7.9", "192.168.7.1");
    LOOPBACK_UNTIL(wpa_see().state == MOTE_WIFI_CONNECTED);
    CHECK_EQUAL(wpa_asked("SELECT_NETWORK 4"), 1);
    CHECK(is_on());
}

/* What ends while the station has the interface is found again when it has it no longer. */
static void a_wpa_supplicant_ends_meanwhile(void)
{
    begin();
    open_point(4);
    come_up();
    wpa.added = 1;
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK 1") == 1);
    wpa.mode = "station";
    wpa_event("CTRL-EVENT-TERMINATING ");
    wpa_stop(true);
    LOOPBACK_UNTIL((watch_station(), wpa_see().state == MOTE_WIFI_OFF));
    wpa.added = 4;
    wpa.state = "DISCONNECTED";
    wpa_start();
    LOOPBACK_UNTIL((watch_station(), wpa_asked("SELECT_NETWORK 4") == 2));
}

static void on_an_interface_of_its_own(void)
{
    static struct mote_interface interface;
    uint8_t mac[6] = {1};
    char name[IFNAMSIZ];

    begin();
    snprintf(interface.directory, sizeof interface.directory, "%s", wpa.folder);
    mote_access_point_interface(&interface, "wlan7", name);
    CHECK_TEXT(mote_text(name), "wlan7"); /* there is no other */
    setenv("MOTE_WIFI_AP_INTERFACE", "lo", 1);
    mote_access_point_interface(&interface, "wlan7", name);
    CHECK_TEXT(mote_text(name), "lo");
    CHECK_EQUAL(mote_linux_radio.mac(NULL, MOTE_ACCESS_POINT, mac), MOTE_OK);
    CHECK_EQUAL(mac[0], 0);
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_ACCESS_POINT, true), MOTE_WIFI_INACTIVE);
    CHECK(strstr(words(), "/lo: No such file") != NULL);
    CHECK(!is_on());
    char lo[80];

    snprintf(lo, sizeof lo, "%s/lo", wpa.folder);
    CHECK_EQUAL(link(wpa.path, lo), 0); /* the same wpa_supplicant answers for both */
    open_point(4);
    wpa_event("AP-ENABLED ");
    LOOPBACK_UNTIL(mote_access_point_is_up() && assigned.count == 1);
    CHECK_TEXT(mote_text(assigned.lines[0]), "+192.168.4.1/24 1");
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_OK);
    CHECK(mote_access_point_is_up());
    unlink(lo);
}

/* --- What goes wrong --- */

static void a_dnsmasq_that_ends_is_started_again(void)
{
    int first;

    begin();
    open_point(4);
    come_up();
    first = mote_dhcp_server_process();
    CHECK(first > 0 && kill(first, SIGKILL) == 0);
    LOOPBACK_UNTIL(mote_dhcp_server_process() == 0);
    CHECK(strstr(words(), "signal 9") != NULL);
    LOOPBACK_UNTIL(mote_dhcp_server_process() > 0);
    CHECK(mote_dhcp_server_process() != first);
}

static void without_dnsmasq_it_says_so(void)
{
    begin();
    setenv("PATH", "/nowhere", 1);
    open_point(4);
    wpa_event("AP-ENABLED ");
    LOOPBACK_UNTIL(strstr(words(), "dnsmasq is not installed") != NULL);
    CHECK(is_on());
}

static void a_radio_that_cannot_says_so(void)
{
    begin();
    wpa.refuses = "SET_NETWORK 4 mode";
    wpa.added = 4;
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_ACCESS_POINT, true), MOTE_OK);
    LOOPBACK_UNTIL(strstr(words(), "cannot be one") != NULL);
    CHECK(!mote_access_point_is_up());
    CHECK_EQUAL(wpa_asked("SELECT_NETWORK"), 0);
    wpa.refuses = NULL;
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") == 1);
}

static void a_wpa_supplicant_that_ends_is_waited_for(void)
{
    begin();
    open_point(4);
    come_up();
    wpa_event("CTRL-EVENT-TERMINATING ");
    wpa_stop(true);
    LOOPBACK_UNTIL(!mote_access_point_is_up());
    CHECK(!is_on());
    CHECK_EQUAL(mote_dhcp_server_process(), 0);
    wpa_start();
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK 4") == 2);
}

static void one_that_goes_off_the_air_is_opened_again(void)
{
    begin();
    open_point(4);
    come_up();
    wpa_event("AP-DISABLED ");
    LOOPBACK_UNTIL(!mote_access_point_is_up());
    CHECK_EQUAL(mote_dhcp_server_process(), 0);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK 4") == 2);
    CHECK_EQUAL(wpa_asked("REMOVE_NETWORK 4"), 1);
}

static void without_a_wpa_supplicant_it_is_inactive(void)
{
    begin();
    mote_radio_end();
    wpa_begin();
    wpa_stop(true);
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_ACCESS_POINT, true), MOTE_WIFI_INACTIVE);
    CHECK(!is_on());
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"opens", opens_and_closes},
        {"event-first", is_on_the_air_before_that_is_answered},
        {"forgotten-selection", a_selection_that_is_forgotten_is_made_again},
        {"open-network", an_open_one_has_no_key},
        {"impossible", names_and_keys_that_cannot_be},
        {"renamed", another_name_takes_effect_at_once},
        {"others", the_others_are_put_back},
        {"all-others-put-back", all_the_others_are_put_back},
        {"left-behind", takes_away_what_an_earlier_run_has_left},
        {"turns", takes_turns_with_the_station},
        {"attempts", does_not_come_between_two_attempts},
        {"ended-meanwhile", a_wpa_supplicant_ends_meanwhile},
        {"own-interface", on_an_interface_of_its_own},
        {"dnsmasq-ends", a_dnsmasq_that_ends_is_started_again},
        {"no-dnsmasq", without_dnsmasq_it_says_so},
        {"refused", a_radio_that_cannot_says_so},
        {"ended", a_wpa_supplicant_that_ends_is_waited_for},
        {"off-the-air", one_that_goes_off_the_air_is_opened_again},
        {"inactive", without_a_wpa_supplicant_it_is_inactive},
    };
    int status;

    if (mkdtemp(folder) == NULL)
        return 1;
    status = check_main("unit/access_point", cases, sizeof cases / sizeof cases[0], argc, argv);
    wpa_end();
    return status;
}

/* The radio of port/linux against a wpa_supplicant that says what it is told, at the wrong moment as well. */
#include "wpa_rig.h"

#include "port/linux/radio/addresses.h"
#include "port/linux/radio/control.h"

static const struct mote_network home = {.ssid = "Home", .password = "the \"key\" of it"};

static enum mote_wifi_state state(void)
{
    return wpa_see().state;
}

static enum mote_reason reason(void)
{
    return wpa_see().reason;
}

/* The station is on its way: wpa_supplicant has been told. */
static void begin_to_join(const struct mote_network *network, const struct mote_wifi_aim *aim)
{
    unsigned before = wpa_asked("SELECT_NETWORK");

    CHECK_EQUAL(mote_linux_radio.connect(NULL, network, aim), MOTE_OK);
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
    /* The look that follows the selection shows that its answer has come. */
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") > before && wpa_starts(wpa.asked[wpa.asked_count - 1], "STATUS"));
}

static void join_home(void)
{
    wpa_begin_station();
    begin_to_join(&home, NULL);
    wpa_associate("Home", 1);
    LOOPBACK_UNTIL(reason() == MOTE_DHCP_NO_LEASE);
    wpa_give_address("192.168.7.9", "192.168.7.1");
    LOOPBACK_UNTIL(state() == MOTE_WIFI_CONNECTED);
}

static void joins_and_tells_how_it_is(void)
{
    struct mote_wifi_status status;

    wpa_begin_station();
    CHECK_EQUAL(state(), MOTE_WIFI_IDLE);
    begin_to_join(&home, NULL);
    CHECK_EQUAL(reason(), MOTE_OK);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 ssid 486f6d65"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 key_mgmt WPA-PSK SAE"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 psk \"the \"key\" of it\""), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 ieee80211w 1"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 scan_ssid"), 0);
    CHECK_EQUAL(wpa_asked("SAVE_CONFIG"), 0);
    wpa_associate("Home", 1);
    LOOPBACK_UNTIL(reason() == MOTE_DHCP_NO_LEASE);
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
    wpa_give_address("192.168.7.9", "192.168.7.1");
    LOOPBACK_UNTIL(state() == MOTE_WIFI_CONNECTED);
    LOOPBACK_UNTIL(wpa_see().signal_dbm == -48);
    status = wpa_see();
    CHECK_TEXT(mote_text(status.ssid), "Home");
    CHECK_BYTES(status.aim.bssid, 6, "02 00 00 00 00 07");
    CHECK_EQUAL(status.aim.channel, 6);
    CHECK_TEXT(mote_text(status.addresses.address), "192.168.7.9");
    CHECK_TEXT(mote_text(status.addresses.netmask), "255.255.255.0");
    CHECK_TEXT(mote_text(status.addresses.gateway), "192.168.7.1");
}

/* An address that nobody has given (RFC 3927) is none. */
static void a_link_local_address_is_none(void)
{
    join_home();
    wpa_give_address(NULL, NULL);
    LOOPBACK_UNTIL(reason() == MOTE_DHCP_NO_LEASE);
    wpa_give_address("169.254.3.4", NULL);
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SCAN") == 1);
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
}

/* A client of DHCP gives the address first, and the way to everywhere else then. */
static void an_address_waits_for_its_route(void)
{
    wpa_begin_station();
    begin_to_join(&home, NULL);
    wpa_associate("Home", 1);
    LOOPBACK_UNTIL(reason() == MOTE_DHCP_NO_LEASE);
    wpa_give_address("192.168.7.9", NULL);
    LOOPBACK_UNTIL(mote_addresses_facts()->address != 0);
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
    wpa_give_address("192.168.7.9", "192.168.7.1");
    LOOPBACK_UNTIL(state() == MOTE_WIFI_CONNECTED);
    CHECK_TEXT(mote_text(wpa_see().addresses.gateway), "192.168.7.1");
}

static void a_network_may_have_no_way_out(void)
{
    wpa_begin_station();
    begin_to_join(&home, NULL);
    wpa_associate("Home", 1);
    wpa_give_address("192.168.7.9", NULL);
    LOOPBACK_UNTIL(state() == MOTE_WIFI_CONNECTED);
    CHECK_TEXT(mote_text(wpa_see().addresses.gateway), "");
}

static void every_kind_of_network_has_its_settings(void)
{
    const struct mote_network open = {.ssid = "Open", .hidden = true};
    const struct mote_network raw = {.ssid = "\xff \"",
                                     .password = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
    const struct mote_wifi_aim aim = {.bssid = {2, 0, 0, 0, 0, 9}, .channel = 36};

    wpa_begin_station();
    begin_to_join(&open, NULL);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 key_mgmt NONE"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 psk"), 0);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 scan_ssid 1"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 bssid"), 0);
    wpa.added = 2;
    begin_to_join(&raw, &aim);
    CHECK_EQUAL(wpa_asked("REMOVE_NETWORK 1"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 2 ssid ff2022"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 2 psk 0123456789abcdef"), 1);
    CHECK(!wpa_asked("SET_NETWORK 2 key_mgmt WPA-PSK SAE"));
    CHECK_EQUAL(wpa_asked("SET_NETWORK 2 bssid 02:00:00:00:00:09"), 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 2 scan_freq 5180"), 1);
}

/* What wpa_supplicant says, and what it means to somebody who waits to be let in. */
static void each_event_has_its_reason(void)
{
    static const struct {
        const char *events[4];
        enum mote_reason reason;
    } cases[] = {
        {{"CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:07 reason=15",
          "WPA: 4-Way Handshake failed - pre-shared key may be "
          "incorrect"},
         MOTE_WIFI_WRONG_KEY},
        {{"CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid=\"Home\" auth_failures=1 duration=10 reason=WRONG_KEY"},
         MOTE_WIFI_WRONG_KEY},
        {{"CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=3 auth_transaction=2 status_code=1",
          "CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=3 auth_transaction=2 status_code=1",
          "CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=3 auth_transaction=2 status_code=1"},
         MOTE_WIFI_WRONG_KEY},
        {{"CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=3 auth_transaction=2 status_code=1",
          "CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid=\"Home\" auth_failures=1 duration=10 reason=CONN_FAILED"},
         MOTE_WIFI_WRONG_KEY},
        {{"CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid=\"Home\" auth_failures=1 duration=10 reason=CONN_FAILED"},
         MOTE_WIFI_REFUSED},
        {{"CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=0 auth_transaction=2 status_code=17"}, MOTE_WIFI_REFUSED},
        {{"CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=3 auth_transaction=1 status_code=17"}, MOTE_WIFI_REFUSED},
        {{"CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:00:07 status_code=17"}, MOTE_WIFI_REFUSED},
        {{"CTRL-EVENT-NETWORK-NOT-FOUND "}, MOTE_WIFI_NO_NETWORK},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wpa_begin_station();
        begin_to_join(&home, NULL);
        for (size_t j = 0; j < 4 && cases[i].events[j] != NULL; j++)
            wpa_event(cases[i].events[j]);
        LOOPBACK_UNTIL(state() == MOTE_WIFI_IDLE);
        CHECK_EQUAL(reason(), cases[i].reason);
        LOOPBACK_UNTIL(wpa_asked("DISABLE_NETWORK 1") == 1); /* no attempts behind our back */
    }
}

static void what_is_no_setback_is_none(void)
{
    wpa_begin_station();
    begin_to_join(&home, NULL);
    wpa_event("CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:01 reason=3 locally_generated=1");
    wpa_event("CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:00:07 status_code=30");
    wpa_event("CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid=\"Other\" auth_failures=1 duration=10 reason=WRONG_KEY");
    wpa_event("CTRL-EVENT-AUTH-REJECT 02:00:00:00:00:07 auth_type=3 auth_transaction=2 status_code=1");
    wpa_event("CTRL-EVENT-SCAN-FAILED ret=-16 retry=1");
    wpa_let_it_read();
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(reason(), MOTE_OK);
}

/* The first search may have begun before the name was known. */
static void a_hidden_network_is_searched_twice(void)
{
    const struct mote_network hidden = {.ssid = "Hidden", .password = "key of it", .hidden = true};

    wpa_begin_station();
    begin_to_join(&hidden, NULL);
    wpa_event("CTRL-EVENT-NETWORK-NOT-FOUND ");
    wpa_let_it_read();
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
    wpa_event("CTRL-EVENT-NETWORK-NOT-FOUND ");
    LOOPBACK_UNTIL(reason() == MOTE_WIFI_NO_NETWORK);
}

static void a_loss_is_told(void)
{
    join_home();
    wpa.state = "DISCONNECTED";
    wpa_event("CTRL-EVENT-BEACON-LOSS ");
    wpa_event("CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:07 reason=4 locally_generated=1");
    LOOPBACK_UNTIL(state() == MOTE_WIFI_IDLE);
    CHECK_EQUAL(reason(), MOTE_WIFI_LOST);
    wpa_associate("Home", 1); /* wpa_supplicant tries by itself, too */
    LOOPBACK_UNTIL(state() == MOTE_WIFI_CONNECTED);
}

/* The event of the loss, and that of the return, come once both are over: STATUS counts. */
static void late_events_do_not_count(void)
{
    join_home();
    wpa_event("CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:00:07 reason=3");
    wpa_event("CTRL-EVENT-SSID-TEMP-DISABLED id=1 ssid=\"Home\" auth_failures=1 duration=10 reason=WRONG_KEY");
    wpa_event("CTRL-EVENT-NETWORK-NOT-FOUND ");
    wpa_let_it_read();
    wpa_let_it_read();
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTED);
    CHECK_EQUAL(reason(), MOTE_OK);
}

/* Keys are renewed every now and then. */
static void an_association_outlasts_its_keys(void)
{
    join_home();
    wpa.state = "GROUP_HANDSHAKE";
    wpa_let_it_read();
    wpa_let_it_read();
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTED);
}

/* An event that is lost is made up for by the next look. */
static void a_lost_event_is_made_up_for(void)
{
    join_home();
    wpa.state = "SCANNING";
    LOOPBACK_UNTIL(state() == MOTE_WIFI_IDLE);
    CHECK_EQUAL(reason(), MOTE_WIFI_LOST);
}

/* wpa_supplicant no longer speaks to who was too slow to listen. */
static void attaches_again(void)
{
    wpa_begin_station();
    LOOPBACK_UNTIL(wpa_asked("ATTACH") == 2);
    CHECK_EQUAL(wpa_asked("DETACH"), 1);
}

static void the_association_of_another_block_is_none_of_ours(void)
{
    wpa_begin_station();
    wpa_associate("Elsewhere", 0);
    LOOPBACK_UNTIL(wpa_see().ssid[0] != '\0');
    begin_to_join(&home, NULL);
    wpa_associate("Elsewhere", 0);
    wpa_let_it_read();
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(reason(), MOTE_OK);
}

static void the_others_are_put_back(void)
{
    wpa_begin();
    wpa.listed =
        "0\tCafe\tany\t\n2\tOff\tany\t[DISABLED]\n3\tWork\tany\t[TEMP-DISABLED]\n4\tP2P\tany\t[P2P-PERSISTENT]\n";
    wpa_switch_on();
    begin_to_join(&home, NULL);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 id_str \"mote 0 3\""), 1);
    mote_linux_radio.disconnect(NULL);
    LOOPBACK_UNTIL(wpa_asked("ENABLE_NETWORK 3") == 1);
    CHECK_EQUAL(wpa_asked("REMOVE_NETWORK 1"), 1);
    CHECK_EQUAL(wpa_asked("ENABLE_NETWORK 0"), 1);
    CHECK_EQUAL(wpa_asked("ENABLE_NETWORK"), 2);
    CHECK_EQUAL(state(), MOTE_WIFI_IDLE);
}

/* A program that is started anew finds the block that it has left. */
static void finds_its_block_again(void)
{
    wpa_begin();
    wpa.listed = "0\tCafe\tany\t[DISABLED]\n1\tHome\tany\t[CURRENT]\n";
    wpa.note = "\"mote 0\"";
    wpa.state = "COMPLETED";
    wpa.ssid = "Home";
    wpa.bssid = "02:00:00:00:00:07";
    wpa.selected = 1;
    wpa_switch_on();
    LOOPBACK_UNTIL(reason() == MOTE_DHCP_NO_LEASE);
    CHECK_TEXT(mote_text(wpa_see().ssid), "Home");
    mote_linux_radio.disconnect(NULL);
    LOOPBACK_UNTIL(wpa_asked("ENABLE_NETWORK 0") == 1);
    CHECK_EQUAL(wpa_asked("REMOVE_NETWORK 1"), 1);
}

static void roams_without_leaving(void)
{
    const struct mote_wifi_aim aim = {.bssid = {2, 0, 0, 0, 0, 9}, .channel = 11};

    join_home();
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, &aim), MOTE_OK);
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTED);
    LOOPBACK_UNTIL(wpa_asked("ROAM 02:00:00:00:00:09") == 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 scan_freq 2462"), 1);
    CHECK_EQUAL(wpa_asked("ADD_NETWORK"), 1);
    wpa.bssid = "02:00:00:00:00:09";
    wpa_event("CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:09 completed [id=1 id_str=]");
    LOOPBACK_UNTIL(wpa_see().aim.bssid[5] == 9);
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_OK); /* of all channels, not of the one that it was sent to */
    LOOPBACK_UNTIL(wpa_asked("SCAN") == 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 scan_freq 0"), 1);
    wpa.refuses = "ROAM"; /* it does not see that one: the long way */
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, &aim), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") == 2);
}

/* Between the two it is with neither: that is no loss, unless the other one does not let it in. */
static void between_two_access_points_it_is_joining(void)
{
    const struct mote_wifi_aim aim = {.bssid = {2, 0, 0, 0, 0, 9}, .channel = 11};

    join_home();
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, &aim), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("ROAM 02:00:00:00:00:09") == 1);
    wpa.state = "AUTHENTICATING";
    wpa_let_it_read();
    LOOPBACK_UNTIL(state() == MOTE_WIFI_CONNECTING);
    CHECK_EQUAL(reason(), MOTE_OK);
    wpa_event("CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:00:09 status_code=17");
    LOOPBACK_UNTIL(state() == MOTE_WIFI_IDLE);
    CHECK_EQUAL(reason(), MOTE_WIFI_REFUSED);
}

/* Only the last wish counts, whatever was under way. */
static void another_wish_overtakes(void)
{
    const struct mote_network other = {.ssid = "Other", .password = "another key"};

    wpa_begin_station();
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_OK);
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &other, NULL), MOTE_OK);
    mote_linux_radio.disconnect(NULL);
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &other, NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") == 1);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 ssid 486f6d65"), 0);
    CHECK_EQUAL(wpa_asked("SET_NETWORK 1 ssid 4f74686572"), 1);
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTING);
}

static void a_setting_that_is_refused_is_told_without_the_key(void)
{
    static const char *const refused[] = {"ADD", "SET_NETWORK 1 psk", "SET_NETWORK 1 key_mgmt", "SET_NETWORK 1 ssid",
                                          "SELECT"};

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        wpa_begin_station();
        wpa.refuses = refused[i];
        CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_OK);
        LOOPBACK_UNTIL(state() == MOTE_WIFI_IDLE);
        CHECK_EQUAL(reason(), MOTE_CONFIG_INVALID);
        CHECK(strstr(mote_linux_port.words(NULL), "wpa_supplicant does not take") != NULL);
        CHECK(strstr(mote_linux_port.words(NULL), home.password) == NULL);
        wpa.refuses = NULL;
        begin_to_join(&home, NULL);
    }
}

/* What not every wpa_supplicant knows must not keep it from joining. */
static void a_setting_that_may_be_refused(void)
{
    const struct mote_wifi_aim aim = {.bssid = {2, 0, 0, 0, 0, 9}, .channel = 11};

    wpa_begin_station();
    wpa.refuses = "SET_NETWORK 1 ieee80211w";
    begin_to_join(&home, &aim);
    wpa_begin_station();
    wpa.refuses = "SET_NETWORK 1 scan_freq";
    begin_to_join(&home, &aim);
}

static void the_end_of_wpa_supplicant(bool told)
{
    join_home();
    if (told)
        wpa_event("CTRL-EVENT-TERMINATING ");
    else
        wpa_stop(false);
    if (!told)
        mote_linux_radio.scan(NULL); /* whoever asks it something finds out */
    LOOPBACK_UNTIL(state() == MOTE_WIFI_OFF);
    CHECK_EQUAL(reason(), MOTE_WIFI_INACTIVE);
    CHECK(!mote_linux_radio.is_active(NULL, MOTE_STATION));
    wpa_stop(true);
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_STATION, true), MOTE_WIFI_INACTIVE);
    CHECK(strstr(mote_linux_port.words(NULL), "no wpa_supplicant at") != NULL);
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_WIFI_INACTIVE);
    wpa.state = "DISCONNECTED";
    wpa_start();
    LOOPBACK_UNTIL(state() == MOTE_WIFI_IDLE); /* found without being looked for by anybody */
    begin_to_join(&home, NULL);
}

static void wpa_supplicant_ends_and_is_back(void)
{
    the_end_of_wpa_supplicant(true);
}

static void wpa_supplicant_is_killed_and_is_back(void)
{
    the_end_of_wpa_supplicant(false);
}

static void the_interface_goes_and_comes(void)
{
    join_home();
    wpa.state = "INTERFACE_DISABLED";
    wpa_let_it_read();
    LOOPBACK_UNTIL(state() == MOTE_WIFI_OFF);
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_STATION, true), MOTE_WIFI_INACTIVE);
    CHECK(strstr(mote_linux_port.words(NULL), "wlan7 is not there") != NULL);
    wpa.state = "DISCONNECTED";
    wpa_give_address(NULL, NULL); /* the kernel has something to say of it */
    LOOPBACK_UNTIL(state() == MOTE_WIFI_IDLE);
}

static void switched_off_it_joins_nothing(void)
{
    join_home();
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_STATION, false), MOTE_OK);
    CHECK_EQUAL(state(), MOTE_WIFI_OFF);
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_WIFI_INACTIVE);
    LOOPBACK_UNTIL(wpa_asked("DISCONNECT") == 1);
    wpa_switch_on();
    LOOPBACK_UNTIL(wpa_asked("RECONNECT") == 1);
}

static void without_wpa_supplicant_it_is_inactive(void)
{
    uint8_t mac[6];

    wpa_begin();
    wpa_stop(true);
    CHECK_EQUAL(mote_linux_radio.set_active(NULL, MOTE_STATION, true), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(state(), MOTE_WIFI_OFF);
    CHECK_EQUAL(reason(), MOTE_WIFI_INACTIVE);
    CHECK_EQUAL(mote_linux_radio.mac(NULL, MOTE_STATION, mac), MOTE_WIFI_INACTIVE);
}

/* Only what the environment or the system says makes the radio ours. */
static void the_radio_is_ours_only_where_it_is(void)
{
    wpa_begin();
    unsetenv("MOTE_WPA_CTRL");
    unsetenv("MOTE_WIFI_INTERFACE");
    CHECK_EQUAL(mote_radio_is_there(), access("/run/wpa_supplicant", F_OK) == 0);
    setenv("MOTE_WPA_CTRL", wpa.folder, 1);
    CHECK(mote_radio_is_there());
    unsetenv("MOTE_WPA_CTRL");
}

/* --- What a stranger may send --- */

static void hostile_lines_change_nothing(void)
{
    static char huge[9000];
    static const char *const lines[] = {
        "",
        "CTRL-EVENT-",
        "CTRL-EVENT-SIGNAL-CHANGE above=0 signal=-999999999999 noise=x",
        "CTRL-EVENT-SIGNAL-CHANGE signal=",
        "CTRL-EVENT-SSID-TEMP-DISABLED id=99999999999999 reason=WRONG_KEY_NOT",
        "CTRL-EVENT-AUTH-REJECT",
        "CTRL-EVENT-CONNECTED",
        "CTRL-EVENT-ASSOC-REJECT",
        "\xff\xfe\x80>>>",
        "=====",
        "CTRL-EVENT-BSS-ADDED 0 02:00:00:00:00:01",
        "id=1 reason=WRONG_KEY",
    };

    join_home();
    memset(huge, 'x', sizeof huge);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
            wpa_event(lines[i]);
        wpa_send("<", 1);
        wpa_send("<3>", 3);
        wpa_send("unasked", 7);
        wpa_let_it_read();
        wpa_send(huge, sizeof huge);
        wpa_let_it_read();
    }
    CHECK_EQUAL(state(), MOTE_WIFI_CONNECTED);
    CHECK_EQUAL(wpa_see().signal_dbm, -48);
}

/* --- The socket alone --- */

static unsigned lost, replies;

static void on_replied(uint8_t request, struct mote_text reply)
{
    (void)reply;
    replies += request;
}

static void on_event(struct mote_text datagram)
{
    (void)datagram;
}

static void on_lost(void)
{
    lost++;
}

static void a_request_without_an_answer_ends(void)
{
    static const struct mote_channel_listener listener = {on_replied, on_event, on_lost, 50};

    wpa_begin();
    lost = replies = 0;
    CHECK_EQUAL(mote_control_open(wpa.path, &listener), 0);
    mote_control_ask(1, "PING");
    LOOPBACK_UNTIL(replies == 1);
    wpa.silent = true;
    mote_control_ask(1, "PING");
    mote_control_ask(1, "PING");
    LOOPBACK_UNTIL(lost == 1);
    CHECK(!mote_control_is_open());
    CHECK_EQUAL(replies, 1);
    CHECK_EQUAL(mote_control_open("/nowhere/wlan7", &listener), ENOENT);
}

/* Its queue is full: what it does not take at once it takes later. */
static void a_busy_wpa_supplicant_is_waited_for(void)
{
    static const struct mote_channel_listener listener = {on_replied, on_event, on_lost, LOOPBACK_PATIENCE_MS};
    const struct sockaddr_un any = {.sun_family = AF_UNIX};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int flood;

    wpa_begin();
    lost = replies = 0;
    mote_linux_unwatch(wpa.fd);
    memcpy(address.sun_path, wpa.path, sizeof wpa.path);
    flood = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK_EQUAL(bind(flood, (const struct sockaddr *)&any, sizeof any.sun_family), 0);
    while (sendto(flood, "NOISE", 5, 0, (struct sockaddr *)&address, sizeof address) == 5)
        ;
    CHECK_EQUAL(mote_control_open(wpa.path, &listener), 0);
    mote_control_ask(1, "PING");
    CHECK(mote_linux_watch(wpa.fd, EPOLLIN, wpa_on_request, NULL));
    LOOPBACK_UNTIL(replies == 1);
    CHECK_EQUAL(lost, 0);
    close(flood);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"joins", joins_and_tells_how_it_is},
        {"link-local", a_link_local_address_is_none},
        {"route", an_address_waits_for_its_route},
        {"no-route", a_network_may_have_no_way_out},
        {"settings", every_kind_of_network_has_its_settings},
        {"reasons", each_event_has_its_reason},
        {"no-setbacks", what_is_no_setback_is_none},
        {"hidden", a_hidden_network_is_searched_twice},
        {"loss", a_loss_is_told},
        {"late-events", late_events_do_not_count},
        {"new-keys", an_association_outlasts_its_keys},
        {"lost-event", a_lost_event_is_made_up_for},
        {"attaches-again", attaches_again},
        {"another-block", the_association_of_another_block_is_none_of_ours},
        {"others", the_others_are_put_back},
        {"own-block", finds_its_block_again},
        {"roams", roams_without_leaving},
        {"between", between_two_access_points_it_is_joining},
        {"overtaken", another_wish_overtakes},
        {"refused-setting", a_setting_that_is_refused_is_told_without_the_key},
        {"optional-setting", a_setting_that_may_be_refused},
        {"ended", wpa_supplicant_ends_and_is_back},
        {"killed", wpa_supplicant_is_killed_and_is_back},
        {"interface", the_interface_goes_and_comes},
        {"off", switched_off_it_joins_nothing},
        {"inactive", without_wpa_supplicant_it_is_inactive},
        {"ours", the_radio_is_ours_only_where_it_is},
        {"hostile-events", hostile_lines_change_nothing},
        {"unanswered", a_request_without_an_answer_ends},
        {"full", a_busy_wpa_supplicant_is_waited_for},
    };
    int status = check_main("unit/radio", cases, sizeof cases / sizeof cases[0], argc, argv);

    wpa_end();
    return status;
}

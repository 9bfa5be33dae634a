/* What the radio of port/linux hears, and that it survives what nobody should say. */
#include "wpa_rig.h"

static const struct mote_network home = {.ssid = "Home", .password = "key of it"};

static void scans(void)
{
    struct mote_wifi_found found[8];

    wpa_begin_station();
    wpa.pages[0] =
        "id=0\nbssid=02:00:00:00:00:01\nfreq=2412\nlevel=-70\nage=0\nflags=[WPA2-PSK-CCMP][ESS]\nssid=Far\n====\n"
        "id=1\nbssid=02:00:00:00:00:02\nfreq=2412\nlevel=-60\nage=0\nflags=[ESS]\nssid=\n====\n"
        "id=4\nbssid=02:00:00:00:00:03\nfreq=5180\nlevel=-30\nage=0\nflags=[ESS]\nssid=a\\\"\\x0a\\\\\\xff\n====\n";
    wpa.pages[1] = "id=7\nbssid=02:00:00:00:00:04\nfreq=5955\nlevel=-200\nage=0\nflags=[RSN-SAE-CCMP]\nssid=Six\n====\n"
                   "id=9\nbssid=02:00:00:00:00:05\nfreq=2412\nlevel=-10\nage=100\nflags=[ESS]\nssid=Gone\n====\n"
                   "id=10\nbssid=02:00:00:00:00:06\nfreq=2412\nlevel=-10\nage=0\nflags=[ESS]\nssid=cut of";
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_OK);
    CHECK_EQUAL(mote_linux_radio.scan_results(NULL, found, 8), -1);
    LOOPBACK_UNTIL(wpa_asked("SCAN") == 1);
    wpa_let_it_read();
    CHECK_EQUAL(mote_linux_radio.scan_results(NULL, found, 8), -1);
    wpa_event("CTRL-EVENT-SCAN-RESULTS ");
    LOOPBACK_UNTIL(mote_linux_radio.scan_results(NULL, found, 8) >= 0);
    CHECK_EQUAL(mote_linux_radio.scan_results(NULL, found, 8), 3);
    CHECK_EQUAL(wpa_asked("BSS RANGE=0-"), 1);
    CHECK_EQUAL(wpa_asked("BSS RANGE=5-"), 1);
    CHECK_EQUAL(wpa_asked("BSS RANGE=10-"), 1);
    CHECK_TEXT(mote_text(found[0].ssid), "a\"\n\\\xff");
    CHECK_EQUAL(found[0].channel, 36);
    CHECK_EQUAL(found[0].signal_dbm, -30);
    CHECK(found[0].open);
    CHECK_TEXT(mote_text(found[1].ssid), "Far");
    CHECK(!found[1].open);
    CHECK_BYTES(found[1].bssid, 6, "02 00 00 00 00 01");
    CHECK_TEXT(mote_text(found[2].ssid), "Six");
    CHECK_EQUAL(found[2].signal_dbm, -100);
    CHECK_EQUAL(found[2].channel, 0);
    CHECK_EQUAL(mote_linux_radio.scan_results(NULL, found, 1), 1);
}

/* wpa_supplicant draws another line below the last one of all. */
static void the_last_one_counts(void)
{
    struct mote_wifi_found found[8];

    wpa_begin_station();
    wpa.pages[0] =
        "id=3\nbssid=02:00:00:00:00:01\nfreq=2412\nlevel=-50\nage=0\nflags=[WPA2-PSK-CCMP][ESS]\nssid=Near\n====\n"
        "id=4\nbssid=02:00:00:00:00:02\nfreq=2412\nlevel=-70\nage=0\nflags=[WPA2-PSK-CCMP][ESS]\nssid=Far\n####\n";
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SCAN") == 1);
    wpa_let_it_read();
    wpa_event("CTRL-EVENT-SCAN-RESULTS ");
    LOOPBACK_UNTIL(mote_linux_radio.scan_results(NULL, found, 8) >= 0);
    CHECK_EQUAL(mote_linux_radio.scan_results(NULL, found, 8), 2);
    CHECK_TEXT(mote_text(found[1].ssid), "Far");
}

/* Its results are those of another scan, of fewer channels maybe. */
static void a_busy_radio_is_asked_again(void)
{
    struct mote_wifi_found found[8];

    wpa_begin_station();
    wpa.silent = true;
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SCAN") == 1);
    wpa.silent = false;
    wpa_send("FAIL-BUSY\n", 10);
    wpa_event("CTRL-EVENT-SCAN-RESULTS ");
    LOOPBACK_UNTIL(wpa_asked("SCAN") == 2);
    CHECK_EQUAL(wpa_asked("BSS"), 0);
    wpa_let_it_read();
    wpa_event("CTRL-EVENT-SCAN-RESULTS ");
    LOOPBACK_UNTIL(mote_linux_radio.scan_results(NULL, found, 8) == 0);
    wpa.refuses = "SCAN"; /* nor does one that fails at once leave anybody waiting */
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_OK);
    LOOPBACK_UNTIL(mote_linux_radio.scan_results(NULL, found, 8) == 0);
}

static void hostile_replies_are_survived(void)
{
    struct mote_wifi_found found[8];

    wpa_begin_station();
    wpa.state = "COMPLETED";
    wpa.ssid = "0123456789012345678901234567890123456789"; /* no SSID is so long */
    wpa_let_it_read();
    wpa_let_it_read();
    CHECK_EQUAL(wpa_see().state, MOTE_WIFI_IDLE);
    wpa.pages[0] =
        "====\n====\nid=-1\n====\nid=2147483647\nlevel=99999999999\nssid=x\n====\nbssid=xx\nid=3\nage=0\n====\n";
    CHECK_EQUAL(mote_linux_radio.scan(NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SCAN") == 1);
    wpa_let_it_read();
    wpa_event("CTRL-EVENT-SCAN-RESULTS ");
    LOOPBACK_UNTIL(mote_linux_radio.scan_results(NULL, found, 8) == 0);
    wpa.listed = "x\ty\n\n-1\t\t\t\n1\n99999999999\ta\tb\t\n\t\t\t\n7";
    CHECK_EQUAL(mote_linux_radio.connect(NULL, &home, NULL), MOTE_OK);
    LOOPBACK_UNTIL(wpa_asked("SELECT_NETWORK") == 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"scan", scans},
        {"last", the_last_one_counts},
        {"busy", a_busy_radio_is_asked_again},
        {"hostile", hostile_replies_are_survived},
    };
    int status = check_main("unit/scan", cases, sizeof cases / sizeof cases[0], argc, argv);

    wpa_end();
    return status;
}

/* The page over HTTP, byte by byte: who is let in, what is refused, and what a hostile air or a hostile client can do. */
#include "setup_rig.h"

#include "setup/files.h"
#include "setup/page.h"

#define HOST "Host: 192.168.4.1\r\n"

static void begin(void)
{
    rig_prepare();
    rig_go_online();
    rig_open_portal();
}

static void expect(unsigned status, const char *request)
{
    rig_ask(request);
    if (rig.status != status)
        check_fail(__FILE__, __LINE__, "%u, not %u, for: %.60s", rig.status, status, request);
}

/* --- Captive portals --- */

static void phones_are_led_to_the_page(void)
{
    static const char *const probes[][2] = {
        {"connectivitycheck.gstatic.com", "/generate_204"},
        {"www.google.com", "/gen_204"},
        {"captive.apple.com", "/hotspot-detect.html"},
        {"www.apple.com", "/library/test/success.html"},
        {"www.msftconnecttest.com", "/connecttest.txt"},
        {"www.msftncsi.com", "/ncsi.txt"},
        {"www.msftconnecttest.com", "/redirect"},
        {"detectportal.firefox.com", "/canonical.html"},
        {"detectportal.firefox.com", "/success.txt?ipv4"},
        {"192.168.4.1", "/generate_204"},
        {"example.com", "/"},
        {"example.com", "/setup"},
        {"setup.local:80", "/anything"},
    };
    char request[200];

    begin();
    for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", probes[i][1], probes[i][0]);
        expect(302, request);
        CHECK(rig_page_has("\r\nLocation: http://192.168.4.1/\r\n"));
    }
    expect(302, "GET /generate_204 HTTP/1.0\r\n\r\n");
    expect(302, "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n");
}

static void the_page_is_at_the_address(void)
{
    begin();
    expect(200, "GET / HTTP/1.1\r\n" HOST "\r\n");
    CHECK(rig_page_has("<!doctype html>") && rig_page_has("Content-Type: text/html; charset=utf-8\r\n"));
    expect(200, "GET / HTTP/1.1\r\nHost: 192.168.4.1:8080\r\n\r\n");
    expect(200, "GET /setup?lang=zh HTTP/1.1\nhost:192.168.4.1\n\n");
    expect(200, "GET /setup.css HTTP/1.1\r\n" HOST "\r\n");
    CHECK(rig_page_has("text/css"));
    expect(200, "GET /setup.js HTTP/1.1\r\n" HOST "\r\n");
    CHECK(rig_page_has("text/javascript"));
    expect(404, "GET /favicon.ico HTTP/1.1\r\n" HOST "\r\n");
    expect(404, "GET /../etc/passwd HTTP/1.1\r\n" HOST "\r\n");
}

static void head_has_no_body(void)
{
    begin();
    expect(200, "HEAD / HTTP/1.1\r\n" HOST "\r\n");
    CHECK_EQUAL(strcmp(rig.page + rig.page_size - 4, "\r\n\r\n"), 0);
}

/* --- Languages --- */

static bool speaks_chinese(const char *path, const char *header)
{
    char request[200];

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "%s\r\n", path, header);
    expect(200, request);
    CHECK(rig_page_has("lang=\"en\"") && rig_page_has("lang=\"zh-CN\"")); /* the page and the link to the other one */
    return rig_page_has("<html lang=\"zh-CN\">");
}

static void speaks_the_browsers_language(void)
{
    begin();
    CHECK(speaks_chinese("/", "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n"));
    CHECK(speaks_chinese("/", "accept-language: ZH\r\n"));
    CHECK(!speaks_chinese("/", "Accept-Language: en-GB,zh;q=0.9\r\n"));
    CHECK(!speaks_chinese("/", ""));
    CHECK(!speaks_chinese("/?lang=en", "Accept-Language: zh\r\n"));
    CHECK(rig_page_has("action=\"/setup?lang=en\""));
    CHECK(speaks_chinese("/?lang=zh", "Accept-Language: en\r\n"));
    rig_post_to("/setup?lang=zh", "network=");
    CHECK(rig_page_has("Location: /setup?lang=zh\r\n"));
    CHECK(speaks_chinese("/setup?lang=zh", ""));
    CHECK(rig_page_has("aria-describedby=\"error-network\" aria-invalid=\"true\""));
    CHECK(!rig_page_has("aria-describedby=\"error-key\" aria-invalid"));
    CHECK(rig_page_has("\xE8\xAF\xB7\xE9\x80\x89\xE6\x8B\xA9\xE7\xBD\x91\xE7\xBB\x9C"));
}

/* All that is carried: the pieces in both languages, the style and the script. */
static size_t fetched(const char *path)
{
    rig_get(path);
    CHECK_EQUAL(rig.status, 200);
    return rig.page_size;
}

static void is_small_enough_for_a_chip(void)
{
    size_t size = 0;

    begin();
    for (size_t i = 0; i < mote_setup_file_count; i++)
        size += mote_setup_files[i].length;
    for (size_t i = 0; i < mote_setup_word_count; i++)
        size += strlen(mote_setup_words[i].name) + strlen(mote_setup_words[i].in[0]) +
                strlen(mote_setup_words[i].in[1]) + 3;
    for (unsigned reason = MOTE_OK; reason < MOTE_REASON_COUNT; reason++)
        size += mote_words_of_reason((enum mote_reason)reason, MOTE_SETUP_CHINESE).length +
                mote_words_next((enum mote_reason)reason, MOTE_SETUP_CHINESE).length + 2;
    CHECK(size < 20 * 1024);
    CHECK(fetched("/") + fetched("/setup.css") + fetched("/setup.js") < 16 * 1024);
}

/* Every name in the pieces stands for something. */
static void no_name_is_left_over(void)
{
    static const char *const paths[] = {"/", "/?lang=zh", "/setup.css", "/setup.js", "/setup/state"};

    begin();
    for (int state = MOTE_SETUP_CLOSED; state <= MOTE_SETUP_CONFIRMED; state++) {
        rig.setup.state = (enum mote_setup_state)state;
        rig.setup.reason = MOTE_WIFI_WRONG_KEY;
        rig.setup.kept = MOTE_CONFIG_INVALID;
        rig.setup.wrong = 31;
        memcpy(rig.setup.dropped, "gone", 5);
        for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
            rig_get(paths[i]);
            CHECK_EQUAL(rig.status, 200);
            CHECK(!rig_page_has("{{") && !rig_page_has("}}"));
        }
    }
    for (size_t i = 0; i < mote_setup_file_count; i++) {
        const char *at = mote_setup_files[i].data;

        while ((at = strstr(at, "{{")) != NULL) {
            const char *end = strstr(at, "}}");
            CHECK(mote_page_knows((struct mote_text){at + 2, (size_t)(end - at) - 2}));
            at = end;
        }
    }
}

/* --- Who may post --- */

static void expect_post(unsigned status, const char *headers)
{
    char request[400];

    snprintf(request, sizeof request, "POST /setup HTTP/1.1\r\n%sContent-Length: 8\r\n\r\nnetwork=", headers);
    expect(status, request);
    rig_expect(MOTE_SETUP_OPEN, MOTE_OK);
}

static void another_sites_page_cannot_post(void)
{
    begin();
    expect_post(303, HOST);
    expect_post(303, HOST "Origin: http://192.168.4.1\r\n");
    expect_post(303, "Host: 192.168.4.1:8080\r\nOrigin: http://192.168.4.1:8080\r\n");
    expect_post(403, HOST "Origin: http://evil.example\r\n");
    expect_post(403, HOST "Origin: null\r\n");
    expect_post(403, HOST "Origin: https://192.168.4.1\r\n");
    expect_post(403, HOST "Origin: http://192.168.4.1.evil.example\r\n");
    expect_post(403, HOST "Origin: http://192.168.4.1:81\r\n");
    expect_post(403, "Host: evil.example\r\nOrigin: http://evil.example\r\n");
    expect_post(403, "Host: evil.example\r\n");
    expect_post(403, "Host: 192.168.4.10\r\n");
    expect_post(403, "");
}

/* --- What is refused --- */

static void repeat(char *into, const char *text, size_t times)
{
    for (into += strlen(into); times > 0; times--, into += strlen(text))
        memcpy(into, text, strlen(text) + 1);
}

static void long_requests_are_refused(void)
{
    static char request[8000];

    begin();
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\n" HOST "X: ");
    repeat(request, "a", 1900);
    repeat(request, "\r\n\r\n", 1);
    expect(200, request); /* a cookie of somebody else's, as long as it fits */
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\n" HOST);
    repeat(request, "X: a\r\n", 400);
    repeat(request, "\r\n", 1);
    expect(431, request);
    snprintf(request, sizeof request, "GET /");
    repeat(request, "a", 3000);
    expect(431, request);
    snprintf(request, sizeof request, "POST /setup HTTP/1.1\r\n" HOST "Content-Length: %d\r\n\r\n",
             MOTE_SETUP_BODY_MAX + 1);
    expect(413, request);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: ");
    repeat(request, "a", 100);
    repeat(request, "\r\n\r\n", 1);
    expect(400, request);
}

static void what_is_no_request_is_refused(void)
{
    begin();
    expect(400, "\x16\x03\x01 hello\r\n\r\n");
    expect(400, "GET /\r\n\r\n");
    expect(400, "GET / HTTP/2.0\r\n\r\n");
    expect(400, "GET / HTTP/1.1\r\nHost\r\n\r\n");
    expect(400, "GET / HTTP/1.1\r\n: x\r\n\r\n");
    expect(400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n");
    expect(400, "GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n");
    expect(405, "DELETE / HTTP/1.1\r\n" HOST "\r\n");
    expect(411, "POST /setup HTTP/1.1\r\n" HOST "\r\n");
    expect(411, "POST /setup HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    expect(400, "POST /setup HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx");
    expect(400, "POST /setup HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n");
    expect(400, "POST /setup HTTP/1.1\r\n" HOST "Content-Length: 4294967297\r\n\r\n");
    expect(404, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
    CHECK_EQUAL(rig.setup.state, MOTE_SETUP_OPEN);
}

static void bytes_may_be_cut_anywhere(void)
{
    static const char request[] =
        "POST /setup HTTP/1.1\r\n" HOST "Content-Length: 32\r\n\r\nnetwork=&ssid=nowhere&name=a%2Fb.";
    static char whole[sizeof rig.page];

    for (size_t cut = 1; cut < sizeof request - 1; cut++) {
        unsigned connection;

        begin();
        connection = rig.handler.accept(rig.handler.context);
        rig.handler.received(rig.handler.context, connection, request, cut);
        rig.handler.received(rig.handler.context, connection, request + cut, sizeof request - 1 - cut);
        rig.page_size = 0;
        rig_read(connection);
        CHECK_EQUAL(rig.setup.wrong, MOTE_SETUP_NAME);
        if (cut == 1)
            memcpy(whole, rig.page, rig.page_size + 1);
        CHECK_EQUAL(strcmp(whole, rig.page), 0);
    }
}

/* Written in pieces of any size it is the same page. */
static void the_page_may_be_cut_anywhere(void)
{
    static char whole[sizeof rig.page], part[sizeof rig.page];
    const struct mote_setup_request request = {.path = MOTE_TEXT("/"), .is_own = true};

    begin();
    for (size_t size = sizeof part; size >= 16; size = size > 64 ? 64 : size - 1) {
        struct mote_setup_answer answer;
        size_t used = 0, count;

        mote_setup_ask(&rig.setup, &request, &answer);
        while ((count = mote_setup_answer_read(&rig.setup, &answer, part + used,
                                               size < sizeof part - used ? size : sizeof part - used)) > 0)
            used += count;
        part[used] = '\0';
        if (size == sizeof part)
            memcpy(whole, part, used + 1);
        CHECK_EQUAL(strcmp(whole, part), 0);
    }
}

/* --- What comes from the air --- */

static void hostile_names_are_only_text(void)
{
    rig_prepare();
    mote_sim_air_set(&rig.sim, MOTE_TEXT("home=" RIG_KEY));
    const char *const names[] = {"<script>alert(1)</script>", "\"><img src=x>",   "' onclick='x", "&lt;{{state}}",
                                 "\xFF\xC3\x28\xE2\x82",      "\x01\x02\x1B[31m", "\xC2\x9B\x7F"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct mote_sim_access_point point = {.present = true, .signal_dbm = -60};

        snprintf(point.ssid, sizeof point.ssid, "%s", names[i]);
        CHECK_EQUAL(mote_sim_air_add(&rig.sim, &point), MOTE_OK);
    }
    rig_go_online();
    rig_open_portal();
    rig_get("/");
    CHECK(rig_page_has("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>"));
    CHECK(rig_page_has("<bdi>&quot;&gt;&lt;img src=x&gt;</bdi>") && rig_page_has("<bdi>&#39; onclick=&#39;x</bdi>"));
    CHECK(rig_page_has("<bdi>&amp;lt;{{state}}</bdi>"));
    CHECK(rig_page_has("<bdi>\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD</bdi>"));
    CHECK(!rig_page_has("<script>") && !rig_page_has("\x1B") && !rig_page_has("\xFF"));
    CHECK(mote_text_is_utf8((struct mote_text){rig.page, rig.page_size}));
    CHECK(rig_page_has("value=\"ffc328e282\"")); /* and can be chosen as it is */
    rig_post("network=ffc328e282");
    rig_pass(5000);
    rig_expect_node("\xFF\xC3\x28\xE2\x82", "good", "lamp");
    rig_get("/");
    CHECK(mote_text_is_utf8((struct mote_text){rig.page, rig.page_size}));
}

static void points_of_one_name_are_one_network(void)
{
    rig_prepare();
    mote_sim_air_set(&rig.sim, MOTE_TEXT("home=" RIG_KEY "@-80;home=" RIG_KEY "@-50;home=" RIG_KEY "@-60"));
    rig_go_online();
    rig_open_portal();
    CHECK_EQUAL(rig.setup.found_count, 1);
    CHECK_EQUAL(rig.setup.found[0].signal_dbm, -50);
}

static void looks_again_when_asked(void)
{
    begin();
    CHECK_EQUAL(
        mote_sim_air_add(&rig.sim, &(struct mote_sim_access_point){.ssid = "late", .signal_dbm = -60, .present = true}),
        MOTE_OK);
    rig_get("/");
    CHECK(!rig_page_has("<bdi>late</bdi>"));
    rig_post_to("/setup/scan", "network=&ssid=x&key=typed+key&name=n");
    CHECK_EQUAL(rig.status, 303);
    rig_get("/");
    CHECK(rig_page_has("Searching"));
    rig_pass(2000);
    rig_get("/");
    CHECK(rig_page_has("<bdi>late</bdi>") && rig_page_has("value=\"n\"") && !rig_page_has("typed key"));
    rig_expect_node("home", "good", "lamp");
}

/* --- Connections --- */

static void the_one_that_is_idle_for_longest_gives_way(void)
{
    unsigned first, last;

    begin();
    first = rig.handler.accept(rig.handler.context);
    for (int i = 1; i < MOTE_SETUP_CONNECTIONS; i++) {
        rig_pass(100);
        last = rig.handler.accept(rig.handler.context);
        CHECK(last != first);
    }
    rig_pass(100);
    rig.handler.received(rig.handler.context, first, "GET / ", 6);
    CHECK(rig.handler.accept(rig.handler.context) != first);
    rig_pass(100);
    rig.handler.received(rig.handler.context, first, "HTTP/1.1\r\n" HOST "\r\n", 10 + sizeof HOST - 1 + 2);
    rig.page_size = 0;
    rig_read(first);
    CHECK(rig_page_has("<!doctype html>"));
}

static void who_takes_too_long_is_dropped(void)
{
    unsigned slow, deaf;

    begin();
    slow = rig.handler.accept(rig.handler.context);
    rig.handler.received(rig.handler.context, slow, "GET", 3);
    deaf = rig.handler.accept(rig.handler.context);
    rig.handler.received(rig.handler.context, deaf, "GET / HTTP/1.1\r\n" HOST "\r\n", 16 + sizeof HOST - 1 + 2);
    rig_pass(10000);
    rig.handler.received(rig.handler.context, slow, " ", 1);
    CHECK_EQUAL(rig.dropped, 0);
    rig_pass(6000);
    CHECK_EQUAL(rig.dropped, 1);
    rig_pass(20000);
    CHECK_EQUAL(rig.dropped, 2);
}

static void a_closed_portal_takes_no_form(void)
{
    const struct mote_setup_request request = {
        .method = MOTE_SETUP_POST, .path = MOTE_TEXT("/setup"), .body = MOTE_TEXT("network=66726565"), .is_own = true};
    struct mote_setup_answer answer;

    rig_prepare();
    rig_go_online();
    mote_setup_ask(&rig.setup, &request, &answer);
    CHECK_EQUAL(answer.status, 409);
    rig_expect(MOTE_SETUP_CLOSED, MOTE_OK);
}

static void one_try_at_a_time(void)
{
    begin();
    rig_post("network=66726565&broker=silent");
    rig_pass(2000);
    rig_post("network=66726565&broker=good&name=hall");
    rig_expect(MOTE_SETUP_TRYING, MOTE_OK);
    rig_pass(2000);
    CHECK_EQUAL(strcmp(rig.host, "silent"), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"phones-are-led-to-the-page", phones_are_led_to_the_page},
        {"the-page-is-at-the-address", the_page_is_at_the_address},
        {"head-has-no-body", head_has_no_body},
        {"speaks-the-browsers-language", speaks_the_browsers_language},
        {"is-small-enough-for-a-chip", is_small_enough_for_a_chip},
        {"no-name-is-left-over", no_name_is_left_over},
        {"another-sites-page-cannot-post", another_sites_page_cannot_post},
        {"long-requests-are-refused", long_requests_are_refused},
        {"what-is-no-request-is-refused", what_is_no_request_is_refused},
        {"bytes-may-be-cut-anywhere", bytes_may_be_cut_anywhere},
        {"the-page-may-be-cut-anywhere", the_page_may_be_cut_anywhere},
        {"hostile-names-are-only-text", hostile_names_are_only_text},
        {"points-of-one-name-are-one-network", points_of_one_name_are_one_network},
        {"looks-again-when-asked", looks_again_when_asked},
        {"the-one-that-is-idle-for-longest-gives-way", the_one_that_is_idle_for_longest_gives_way},
        {"who-takes-too-long-is-dropped", who_takes_too_long_is_dropped},
        {"a-closed-portal-takes-no-form", a_closed_portal_takes_no_form},
        {"one-try-at-a-time", one_try_at_a_time},
    };

    return check_main("unit/setup_http_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
}

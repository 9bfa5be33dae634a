#include "loopback.h"

#include <fcntl.h>
#include <mote/sim.h>
#include <mote/wifi.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Each case runs this program anew, in an environment of its own, as what the variable ROLE says. */
static const char ROLE[] = "MOTE_TEST_ROLE";

struct result {
    int status;
    char errors[512]; /* what it has said on stderr */
};

static struct result run(const char *role, const char *board, const char *air)
{
    struct result result = {.status = -1};
    size_t count = 0;
    ssize_t got;
    int ends[2], status;
    pid_t child;

    CHECK_EQUAL(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(60); /* ends it if it hangs */
        setenv(ROLE, role, 1);
        board == NULL ? unsetenv("MOTE_BOARD") : setenv("MOTE_BOARD", board, 1);
        air == NULL ? unsetenv("MOTE_SIM_AIR") : setenv("MOTE_SIM_AIR", air, 1);
        dup2(ends[1], STDERR_FILENO);
        execl("/proc/self/exe", "board_linux", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while ((got = read(ends[0], result.errors + count, sizeof result.errors - 1 - count)) > 0)
        count += (size_t)got;
    close(ends[0]);
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    result.status = WEXITSTATUS(status);
    return result;
}

static void expect_quiet_success(struct result result)
{
    CHECK_TEXT(mote_text(result.errors), "");
    CHECK_EQUAL(result.status, 0);
}

#define MUST(condition) ((condition) ? (void)0 : must_fail(#condition))

static void must_fail(const char *condition)
{
    fprintf(stderr, "%s\n", condition);
    exit(1);
}

/* --- the machine itself --- */

static void be_linux(void)
{
    MUST(mote_sim_board() == NULL);
    MUST(mote_port()->radio == NULL);
    MUST(mote_port()->pins != NULL);
    MUST(loopback_now_ms() > 0);
    MUST(!mote_wifi_is_active(MOTE_STATION));
}

static void is_the_machine_unless_told_otherwise(void)
{
    expect_quiet_success(run("linux", NULL, NULL));
    expect_quiet_success(run("linux", "", NULL));
    expect_quiet_success(run("linux", "linux", NULL));
}

static void knows_no_other_board(void)
{
    struct result result = run("linux", "toaster", NULL);

    CHECK_EQUAL(result.status, 2);
    CHECK(strstr(result.errors, "mote: MOTE_BOARD=toaster: ") == result.errors);
    CHECK(strstr(result.errors, "(config.invalid)\n") != NULL);
}

/* --- the virtual board --- */

static void join(const char *ssid, const char *password)
{
    struct mote_wifi_status status;

    MUST(mote_wifi_set_active(MOTE_STATION, true) == MOTE_OK);
    MUST(mote_wifi_connect(ssid, password) == MOTE_OK);
    do {
        loopback_wait(UINT64_MAX);
        mote_wifi_status(&status);
    } while (status.state == MOTE_WIFI_CONNECTING);
}

static void be_home(void)
{
    MUST(mote_sim_board() != NULL);
    MUST(mote_sim_board_install() == mote_sim_board());
    MUST(mote_sim_air_count(mote_sim_board()) == 3);
    join("SSBun", "Bz123456");
    MUST(mote_wifi_is_connected());
    join("No,thankyou-2", "beijing_newhome_11.3");
    MUST(mote_wifi_is_connected());
    join("essid", "password");
    MUST(mote_wifi_is_connected());
    join("essid", "passwords");
    MUST(!mote_wifi_is_connected());
}

static void is_at_home_in_the_air(void)
{
    expect_quiet_success(run("home", "sim", NULL));
}

static void be_elsewhere(void)
{
    MUST(mote_sim_air_count(mote_sim_board()) == 1);
    join("Other", "key45678");
    MUST(mote_wifi_is_connected());
}

static void takes_another_air(void)
{
    expect_quiet_success(run("elsewhere", "sim", "Other=key45678@-70"));
}

static void refuses_a_wrong_air_without_telling_its_keys(void)
{
    struct result result = run("elsewhere", "sim", "Other=secret");

    CHECK_EQUAL(result.status, 2);
    CHECK(strstr(result.errors, "mote: MOTE_SIM_AIR: ") == result.errors);
    CHECK(strstr(result.errors, "(config.invalid)\n") != NULL);
    CHECK(strstr(result.errors, "secret") == NULL);
}

static void be_blinking(void)
{
    struct mote_pin lamp = {.number = 2, .direction = MOTE_OUTPUT, .active = MOTE_LOW};

    mote_pin_write(&lamp, true);
    mote_pin_write(&lamp, true);
    mote_pin_write(&lamp, false);
    mote_sim_press(mote_sim_board(), 0, true); /* an input is nothing to tell of */
}

static void tells_of_outputs(void)
{
    struct result result = run("blinking", "sim", NULL);

    CHECK_EQUAL(result.status, 0);
    CHECK_TEXT(mote_text(result.errors), "sim: pin 2 = 0\nsim: pin 2 = 1\n");
}

static void be_asking_for_too_much(void)
{
    const struct mote_port *port = mote_port();

    MUST(mote_pin_open(&(struct mote_pin){.number = 6}) == MOTE_PIN_ABSENT);
    MUST(strstr(port->words(port->context), "0 to 5 and 12 to 16") != NULL);
    MUST(mote_pin_open(&(struct mote_pin){.number = 16, .pull = MOTE_PULL_UP}) == MOTE_CONFIG_INVALID);
    MUST(strstr(port->words(port->context), "no pull-up") != NULL);
}

static void says_what_is_wrong_with_a_pin(void)
{
    expect_quiet_success(run("asking_for_too_much", "sim", NULL));
}

static void be_in_another_loop(void)
{
    MUST(mote_wifi_set_active(MOTE_STATION, true) == MOTE_OK);
    MUST(mote_wifi_connect("SSBun", "Bz123456") == MOTE_OK);
    loopback_wait(0);
    while (!mote_wifi_is_connected()) {
        MUST(loopback_poll(mote_linux_fd(), LOOPBACK_PATIENCE_MS));
        loopback_wait(0);
    }
}

static void fits_into_another_loop(void)
{
    expect_quiet_success(run("in_another_loop", "sim", NULL));
}

static void be_pressed(void)
{
    struct mote_pin button = {.number = 0, .active = MOTE_LOW};

    MUST(!mote_pin_read(&button));
    mote_sim_press(mote_sim_board(), 0, true);
    loopback_wait(UINT64_MAX); /* must wake at once */
    MUST(button.on);
}

static void wakes_for_a_button(void)
{
    expect_quiet_success(run("pressed", "sim", NULL));
}

/* --- its network --- */

struct talk {
    struct mote_link link;
    int listener;
    int other;
};

static void open_link(struct talk *talk)
{
    struct mote_url url = {.host = MOTE_TEXT("127.0.0.1")};

    memset(talk, 0, sizeof *talk);
    talk->listener = loopback_listen(AF_INET);
    url.port = loopback_port(talk->listener);
    MUST(mote_port()->link->open(mote_port()->context, &talk->link, &url) == MOTE_OK);
}

static void wait_ms(uint64_t delay_ms)
{
    uint64_t until_ms = loopback_now_ms() + delay_ms;

    while (loopback_now_ms() < until_ms)
        loopback_wait(until_ms);
}

static void be_on_the_network(void)
{
    struct talk talk;
    char byte;

    open_link(&talk);
    wait_ms(20);
    MUST(talk.link.state == MOTE_LINK_OPENING && talk.link.reason == MOTE_TCP_TIMEOUT);
    join("SSBun", "Bz123456");
    while (talk.link.state == MOTE_LINK_OPENING)
        loopback_wait(UINT64_MAX);
    MUST(talk.link.state == MOTE_LINK_OPEN);
    talk.other = loopback_accept(talk.listener);

    mote_sim_air_present(mote_sim_board(), "SSBun", false);
    loopback_wait(0);
    MUST(mote_port()->link->send(mote_port()->context, &talk.link, "x", 1) == 1);
    MUST(!loopback_poll(talk.other, 20));
    MUST(talk.link.state == MOTE_LINK_OPEN);
    while (mote_wifi_is_connected())
        loopback_wait(UINT64_MAX);
    MUST(!loopback_poll(talk.other, 0));

    mote_sim_air_present(mote_sim_board(), "SSBun", true);
    join("SSBun", "Bz123456");
    MUST(loopback_poll(talk.other, LOOPBACK_PATIENCE_MS));
    MUST(read(talk.other, &byte, 1) == 1 && byte == 'x');
    mote_port()->link->close(mote_port()->context, &talk.link, false);
    close(talk.other);
    close(talk.listener);
}

static void has_a_network_only_while_it_is_joined(void)
{
    expect_quiet_success(run("network", "sim", NULL));
}

static const struct check_case cases[] = {
    {"is_the_machine_unless_told_otherwise", is_the_machine_unless_told_otherwise},
    {"knows_no_other_board", knows_no_other_board},
    {"is_at_home_in_the_air", is_at_home_in_the_air},
    {"takes_another_air", takes_another_air},
    {"refuses_a_wrong_air_without_telling_its_keys", refuses_a_wrong_air_without_telling_its_keys},
    {"tells_of_outputs", tells_of_outputs},
    {"says_what_is_wrong_with_a_pin", says_what_is_wrong_with_a_pin},
    {"fits_into_another_loop", fits_into_another_loop},
    {"wakes_for_a_button", wakes_for_a_button},
    {"has_a_network_only_while_it_is_joined", has_a_network_only_while_it_is_joined},
};

static const struct check_case roles[] = {
    {"linux", be_linux},
    {"home", be_home},
    {"elsewhere", be_elsewhere},
    {"blinking", be_blinking},
    {"pressed", be_pressed},
    {"network", be_on_the_network},
    {"asking_for_too_much", be_asking_for_too_much},
    {"in_another_loop", be_in_another_loop},
};

int main(int argc, char **argv)
{
    const char *role = getenv(ROLE);

    for (size_t i = 0; role != NULL && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].name, role) == 0) {
            roles[i].run();
            return 0;
        }
    }
    return check_main("unit/board", cases, sizeof cases / sizeof cases[0], argc, argv);
}

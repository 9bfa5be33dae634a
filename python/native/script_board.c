/* The board: which one, its clock, and waiting for everything at once. */
#include "python/native/script_inside.h"

#include "port/linux/board.h"
#include "port/linux/link/link.h"
#include "port/words.h"
#include <mote/linux.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* A call that waits looks after the interpreter's signals so often, at least. */
enum { SLICE_MS = 100 };

struct mote_port mote_script_port;

static struct mote_sim board;
static bool is_virtual;
static const struct mote_port *below;
static const struct mote_script_host *host;
static struct mote_sched timers;
static struct mote_sched tasks;

/* --- Doing what is due --- */

/* A radio does one thing after the other, also while the script computes or sleeps: what was due in between happens at its own time. */
static void turn_sim(uint64_t now_ms)
{
    while (mote_sim_deadline(&board) < now_ms)
        mote_sim_turn(&board, mote_sim_deadline(&board));
    mote_sim_turn(&board, now_ms);
}

/* A station that the script has not touched is in its network, as one that the board has joined when it started. */
static void turn_board(void)
{
    mote_script_wlan_turn();
    if (!is_virtual)
        return;
    turn_sim(mote_script_now_ms());
    mote_linux_link_gate(!mote_script_wlan_is_in_hand() || mote_sim_is_reachable(&board));
}

/* One that takes long is not begun anew by what it calls. */
static void run_callbacks(void)
{
    if (timers.turning)
        return;
    mote_script_client_hold(true);
    mote_script_pins_turn();
    mote_sched_turn(&timers, mote_script_now_ms());
    mote_script_client_hold(false);
}

void mote_script_poll(void)
{
    turn_board();
    mote_linux_port.wait(NULL, 0);
    turn_board();
    run_callbacks();
}

/* --- Waiting --- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t wake_ms(uint64_t deadline_ms)
{
    uint64_t wake = sooner(deadline_ms, mote_script_now_ms() + SLICE_MS);

    if (!timers.turning)
        wake = sooner(wake, mote_sched_deadline(&timers));
    return is_virtual ? sooner(wake, mote_sim_deadline(&board)) : wake;
}

/* Or until a descriptor can be read; -1: none. */
static void sleep_until(uint64_t wake, int fd)
{
    struct pollfd watched[] = {{.fd = mote_linux_fd(), .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    uint64_t now_ms = mote_script_now_ms();
    int timeout = wake > now_ms ? (int)(wake - now_ms) : 0;

    if (timeout > 0 && host->release != NULL)
        host->release(host->context);
    poll(watched, sizeof watched / sizeof watched[0], timeout);
    if (timeout > 0 && host->take != NULL)
        host->take(host->context);
}

static void wait_for(uint64_t deadline_ms, int fd)
{
    turn_board();
    sleep_until(wake_ms(deadline_ms), fd);
    mote_script_poll();
}

void mote_script_wait(uint64_t deadline_ms)
{
    wait_for(deadline_ms, -1);
}

static void wait_on_port(void *context, uint64_t deadline_ms)
{
    (void)context;
    mote_script_wait(deadline_ms);
}

/* --- The host --- */

bool mote_script_is_interrupted(void)
{
    bool interrupted;

    mote_script_client_hold(true);
    interrupted = host->is_interrupted(host->context);
    mote_script_client_hold(false);
    return interrupted;
}

static bool stop_requested(void *context)
{
    (void)context;
    return mote_script_is_interrupted();
}

int mote_script_fd(void)
{
    return mote_linux_fd();
}

/* --- Time --- */

uint64_t mote_script_now_ms(void)
{
    return mote_linux_port.now_ms(NULL);
}

uint32_t mote_script_random(void)
{
    return mote_linux_port.random(NULL);
}

static uint64_t clock_ms(void *context)
{
    (void)context;
    return mote_script_now_ms();
}

void mote_script_timer_start(struct mote_timer *timer, uint32_t period_ms, bool repeats, mote_timer_run *run,
                             void *context)
{
    (repeats ? mote_every : mote_after)(&timers, timer, period_ms, run, context);
}

void mote_script_timer_stop(struct mote_timer *timer)
{
    mote_timer_stop(&timers, timer);
}

uint64_t mote_script_timer_deadline(void)
{
    return mote_sched_deadline(&timers);
}

void mote_script_task_start(struct mote_timer *timer, uint32_t delay_ms, mote_timer_run *run, void *context)
{
    mote_after(&tasks, timer, delay_ms, run, context);
}

void mote_script_task_stop(struct mote_timer *timer)
{
    mote_timer_stop(&tasks, timer);
}

bool mote_script_tasks_turn(int fd)
{
    if (tasks.turning)
        return false;
    wait_for(mote_sched_deadline(&tasks), fd);
    if (!mote_script_is_interrupted())
        mote_sched_turn(&tasks, mote_script_now_ms());
    return true;
}

/* --- Setting up --- */

static void use_virtual(void)
{
    is_virtual = true;
    mote_sim_init(&board, 0);
    board.now_ms = mote_script_now_ms();
    board.port.words = mote_words;
    mote_sim_observe(&board, mote_script_pins_changed, NULL);
    below = &board.port;
}

/* The program's own port has a radio if there is one to be had. */
static void use_linux(void)
{
    below = mote_port();
}

static void install(void)
{
    mote_script_port = *below;
    mote_script_port.now_ms = mote_linux_port.now_ms;
    mote_script_port.random = mote_linux_port.random;
    mote_script_port.wait = wait_on_port;
    mote_script_port.stop_requested = stop_requested;
    mote_script_port.link = &mote_script_links;
    mote_port_install(&mote_script_port);
}

static const char *read_environment(const char *air)
{
    const char *said = air == NULL ? getenv("MOTE_AIR") : air;
    const char *hosts = getenv("MOTE_HOSTS");
    const char *log = getenv("MOTE_PIN_LOG");
    const char *servers = getenv("MOTE_NAME_SERVERS");

    if (is_virtual && (said == NULL || said[0] == '\0'))
        mote_sim_air_set(&board, mote_text(MOTE_SIM_HOME_AIR));
    else if (is_virtual && !mote_script_air_set(&board, said))
        return "MOTE_AIR: is like NETWORK:KEY:MS,NETWORK:KEY:MS (config.invalid)";
    if (hosts != NULL && !mote_script_hosts_set(hosts))
        return "MOTE_HOSTS: is like HOST:PORT=HOST:PORT,HOST=HOST (config.invalid)";
    if (log != NULL && log[0] != '\0' && !mote_script_pins_log(log))
        return "MOTE_PIN_LOG: the file cannot be written (config.invalid)";
    if (servers != NULL && servers[0] != '\0')
        mote_linux_name_servers(strdup(servers)); /* for the life of the program */
    return NULL;
}

const char *mote_script_start(const char *name, const char *air, const struct mote_script_host *interpreter)
{
    if (host != NULL)
        return "the board is there already (config.invalid)";
    if (strcmp(name, "sim") != 0 && strcmp(name, "linux") != 0)
        return "a board is sim or linux (config.invalid)";
    host = interpreter;
    timers.clock = tasks.clock = clock_ms;
    (strcmp(name, "sim") == 0 ? use_virtual : use_linux)();
    install();
    return read_environment(air);
}

struct mote_sim *mote_script_board(void)
{
    return is_virtual ? &board : NULL;
}

bool mote_script_is_virtual(void)
{
    return is_virtual;
}

const char *mote_script_words(void)
{
    return mote_words(NULL);
}

/* Hand-over to the loop's thread. The checks of other threads are made in the loop's: a failed one leaves its case. */
#include "loopback.h"

#include <errno.h>
#include <mote/post.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>

static unsigned order[4 * MOTE_POSTS_MAX];
static unsigned order_count;

static void begin(void)
{
    order_count = 0;
    loopback_wait(0); /* what an earlier case has left */
    order_count = 0;
}

/* `context` is the number itself. */
static void note(void *context)
{
    CHECK(order_count < sizeof order / sizeof order[0]);
    order[order_count++] = (unsigned)(uintptr_t)context;
}

static bool post_number(unsigned number)
{
    return mote_post(note, (void *)(uintptr_t)number);
}

static void expect_in_order(unsigned count)
{
    CHECK_EQUAL(order_count, count);
    for (unsigned i = 0; i < count; i++)
        CHECK_EQUAL(order[i], i);
}

/* --- In one thread --- */

/* The first case: the loop has not been started in this process yet. */
static void waits_for_the_loop_to_begin(void)
{
    order_count = 0;
    CHECK(post_number(0));
    CHECK(post_number(1));
    CHECK_EQUAL(order_count, 0);
    loopback_wake();
    expect_in_order(2);
}

static void refuses_what_is_too_much(void)
{
    begin();
    for (unsigned i = 0; i < MOTE_POSTS_MAX; i++)
        CHECK(post_number(i));
    CHECK(!post_number(MOTE_POSTS_MAX));
    CHECK(!post_number(MOTE_POSTS_MAX));
    loopback_wake();
    expect_in_order(MOTE_POSTS_MAX);
    for (unsigned i = 0; i < MOTE_POSTS_MAX; i++)
        CHECK(post_number(MOTE_POSTS_MAX + i));
    loopback_wake();
    expect_in_order(2 * MOTE_POSTS_MAX);
}

/* Over the ends of the ring, many times. */
static void goes_round(void)
{
    for (unsigned lap = 0; lap < 100; lap++) {
        unsigned count = 1 + lap % MOTE_POSTS_MAX;

        begin();
        for (unsigned i = 0; i < count; i++)
            CHECK(post_number(i));
        loopback_wake();
        expect_in_order(count);
    }
}

static bool goes_on;

static void post_again(void *context)
{
    unsigned *calls = context;

    ++*calls;
    CHECK(!goes_on || mote_post(post_again, context));
}

/* Or the loop would never come to anything else. */
static void does_in_the_next_turn_what_is_posted_in_this(void)
{
    static unsigned calls;

    begin();
    calls = 0;
    goes_on = true;
    CHECK(mote_post(post_again, &calls));
    for (unsigned turn = 1; turn < 5; turn++) {
        loopback_wake();
        CHECK_EQUAL(calls, turn);
    }
    for (unsigned i = 1; i < MOTE_POSTS_MAX; i++)
        CHECK(post_number(i)); /* the one that has posted itself has one place */
    CHECK(!post_number(MOTE_POSTS_MAX));
    goes_on = false;
    loopback_wait(0);
    CHECK_EQUAL(calls, 5);
    CHECK_EQUAL(order_count, MOTE_POSTS_MAX - 1);
}

struct reading {
    uint64_t at_ms;
    char name[40];
};

static struct reading got;

static void take_reading(void *value)
{
    CHECK_EQUAL((uintptr_t)value % _Alignof(max_align_t), 0);
    got = *(const struct reading *)value;
}

static void note_is_empty(void *value)
{
    CHECK(value != NULL);
    note((void *)(uintptr_t)0);
}

static char largest[MOTE_POST_SIZE + 1];

static void note_if_same(void *value)
{
    if (memcmp(value, largest, MOTE_POST_SIZE) == 0)
        note((void *)(uintptr_t)1);
}

static void copies_values_of_every_size(void)
{
    begin();
    memset(largest, 0x5a, sizeof largest);
    CHECK(mote_post_copy(note_is_empty, NULL, 0));
    CHECK(mote_post_copy(note_if_same, largest, MOTE_POST_SIZE));
    CHECK(!mote_post_copy(note, largest, MOTE_POST_SIZE + 1));
    loopback_wake();
    expect_in_order(2);
}

static void gives_the_copy(void)
{
    struct reading reading = {42, "kitchen"};

    begin();
    CHECK(mote_post_copy(take_reading, &reading, sizeof reading));
    memset(&reading, 0xee, sizeof reading);
    loopback_wake();
    CHECK_EQUAL(got.at_ms, 42);
    CHECK(strcmp(got.name, "kitchen") == 0);
}

static void wakes_a_loop_of_others(void)
{
    int fd = mote_linux_fd();

    begin();
    while (loopback_poll(fd, 0))
        loopback_wait(0);
    CHECK(post_number(0));
    CHECK(loopback_poll(fd, LOOPBACK_PATIENCE_MS));
    loopback_wait(0);
    expect_in_order(1);
}

/* --- From other threads --- */

static pthread_t called_in;

static void note_thread(void *context)
{
    called_in = pthread_self();
    note(context);
}

/* Is this thread asleep? What the system says of it is "PID (NAME) STATE ...". */
static bool sleeps(pid_t thread)
{
    char path[64], line[256] = "";
    FILE *file;
    const char *state;

    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)thread);
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    state = fgets(line, sizeof line, file) == NULL ? NULL : strrchr(line, ')');
    fclose(file);
    return state != NULL && state[2] == 'S';
}

static void *post_when_it_sleeps(void *context)
{
    pid_t loop = *(const pid_t *)context;

    while (!sleeps(loop))
        sched_yield();
    mote_post(note_thread, NULL);
    return NULL;
}

static void wakes_the_loop_and_is_called_in_its_thread(void)
{
    pid_t self = (pid_t)syscall(SYS_gettid);
    pthread_t thread;

    begin();
    while (loopback_poll(mote_linux_fd(), 0))
        loopback_wait(0);
    CHECK_EQUAL(pthread_create(&thread, NULL, post_when_it_sleeps, &self), 0);
    LOOPBACK_UNTIL(order_count == 1);
    pthread_join(thread, NULL);
    CHECK(pthread_equal(called_in, pthread_self()));
}

enum { THREADS = 4, EACH = 20000 };

struct parcel {
    unsigned thread;
    unsigned number;
};

static unsigned next_number[THREADS];
static unsigned out_of_order;
static atomic_bool patient; /* the others end early if the test has failed */

static void take_parcel(void *value)
{
    const struct parcel *parcel = value;

    out_of_order += parcel->number != next_number[parcel->thread];
    next_number[parcel->thread] = parcel->number + 1;
}

static void *post_many(void *context)
{
    struct parcel parcel = {.thread = (unsigned)(uintptr_t)context};

    while (parcel.number < EACH && atomic_load(&patient)) {
        if (mote_post_copy(take_parcel, &parcel, sizeof parcel))
            parcel.number++;
        else
            sched_yield();
    }
    return NULL;
}

static bool all_have_come(void)
{
    for (unsigned i = 0; i < THREADS; i++) {
        if (next_number[i] != EACH)
            return false;
    }
    return true;
}

static void takes_from_many_threads_each_in_order(void)
{
    pthread_t threads[THREADS];
    uint64_t give_up_ms = loopback_now_ms() + 5 * LOOPBACK_PATIENCE_MS;

    begin();
    memset(next_number, 0, sizeof next_number);
    out_of_order = 0;
    atomic_store(&patient, true);
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, post_many, (void *)i), 0);
    while (!all_have_come() && loopback_now_ms() < give_up_ms)
        loopback_wait(give_up_ms);
    atomic_store(&patient, false);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(all_have_come());
    CHECK_EQUAL(out_of_order, 0);
}

/* --- From signal handlers --- */

static volatile sig_atomic_t signals_posted;
static unsigned signals_taken;

static void count_signal(void *context)
{
    (void)context;
    signals_taken++;
}

static void on_alarm(int signal)
{
    (void)signal;
    signals_posted += mote_post(count_signal, NULL);
}

/* The alarm comes at any point of the thread's own posting, emptying and sleeping. */
static void takes_from_a_signal_handler(void)
{
    const struct itimerval often = {{0, 50}, {0, 50}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = on_alarm}, before;
    uint64_t give_up_ms = loopback_now_ms() + LOOPBACK_PATIENCE_MS;
    unsigned posted = 0;

    begin();
    signals_posted = 0;
    signals_taken = 0;
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    while (signals_posted < 500 && loopback_now_ms() < give_up_ms) {
        order_count = 0;
        for (unsigned i = 0; i < MOTE_POSTS_MAX / 2; i++)
            posted += post_number(i);
        loopback_wait(loopback_now_ms() + 1);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    loopback_wait(0);
    CHECK(posted > 0);
    CHECK(signals_posted >= 500);
    CHECK_EQUAL(signals_taken, signals_posted);
}

static void leaves_errno_alone(void)
{
    begin();
    errno = EDOM;
    for (unsigned i = 0; i < MOTE_POSTS_MAX + 1; i++)
        post_number(i);
    CHECK_EQUAL(errno, EDOM);
    loopback_wait(0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"before-the-loop", waits_for_the_loop_to_begin},
        {"full", refuses_what_is_too_much},
        {"round", goes_round},
        {"post-in-post", does_in_the_next_turn_what_is_posted_in_this},
        {"copy", gives_the_copy},
        {"copy-size", copies_values_of_every_size},
        {"loop-of-others", wakes_a_loop_of_others},
        {"thread", wakes_the_loop_and_is_called_in_its_thread},
        {"threads", takes_from_many_threads_each_in_order},
        {"signal", takes_from_a_signal_handler},
        {"errno", leaves_errno_alone},
    };

    return check_main("unit/post", cases, sizeof cases / sizeof cases[0], argc, argv);
}

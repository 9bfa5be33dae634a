/* Flash in a file on a disk that fails, at each of its calls, and one that takes its time: what was kept stays, and it is told. */
#include "flash_rig.h"

#include <errno.h>
#include <mote/sched.h>
#include <semaphore.h>
#include <stdatomic.h>

/* --- What goes wrong --- */

/* A disk of which one call fails, and, after a power cut, all that follow. */
static struct {
    unsigned calls;
    unsigned fails_at;
    bool cut;
    int error;
} disk;

static bool goes_wrong(void)
{
    unsigned call = disk.calls++;

    errno = disk.error;
    return disk.cut ? call >= disk.fails_at : call == disk.fails_at;
}

static ssize_t wrong_pread(int fd, void *into, size_t size, off_t offset)
{
    return goes_wrong() ? -1 : pread(fd, into, size, offset);
}

static ssize_t wrong_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return goes_wrong() ? -1 : pwrite(fd, bytes, size, offset);
}

static int wrong_allocate(int fd, off_t offset, off_t size)
{
    return goes_wrong() ? disk.error : posix_fallocate(fd, offset, size);
}

static int wrong_fsync(int fd)
{
    return goes_wrong() ? -1 : fsync(fd);
}

static int wrong_rename(int from_folder, const char *from, int to_folder, const char *to)
{
    return goes_wrong() ? -1 : renameat(from_folder, from, to_folder, to);
}

static const struct mote_flash_file_calls wrong_calls = {wrong_pread, wrong_pwrite, wrong_allocate,
                                                         wrong_fsync, wrong_fsync,  wrong_rename};

static void let_fail(unsigned call, int error, bool cut)
{
    memset(&disk, 0, sizeof disk);
    disk.fails_at = call;
    disk.error = error;
    disk.cut = cut;
    mote_flash_file_call(&wrong_calls);
}

/* Each call that a first open makes. Returns how many there are. */
static unsigned fail_each_of_the_first_open(int error, enum mote_reason expected)
{
    unsigned call = 0;

    for (;; call++) {
        begin();
        let_fail(call, error, false);
        enum mote_reason reason = open_flash(SIZE);
        if (reason == MOTE_OK)
            break;
        CHECK_EQUAL(reason, expected);
        CHECK(strstr(words(), strerror(error)) != NULL && strstr(words(), "lamp.outbox: ") != NULL);
        CHECK(!is_there("lamp.outbox.new"));
        mote_flash_file_call(NULL);
        CHECK_EQUAL(open_flash(SIZE), MOTE_OK); /* as if nothing had been */
        expect_erased(0, SIZE);
    }
    return call;
}

static void a_first_open_says_what_fails(void)
{
    unsigned count = fail_each_of_the_first_open(EIO, MOTE_OUTBOX_CORRUPT);

    CHECK(count >= 8);
    CHECK_EQUAL(fail_each_of_the_first_open(ENOSPC, MOTE_OUTBOX_FULL), count);
    CHECK_EQUAL(fail_each_of_the_first_open(EDQUOT, MOTE_OUTBOX_FULL), count);
    CHECK_EQUAL(fail_each_of_the_first_open(EFBIG, MOTE_OUTBOX_FULL), count);
    CHECK_EQUAL(fail_each_of_the_first_open(EROFS, MOTE_OUTBOX_CORRUPT), count);
}

/* What a program that was killed has left is kept before anything relies on it. */
static void what_is_there_is_kept_before_it_is_read(void)
{
    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    close_flash();
    let_fail(0, EIO, false); /* the first call, before any read */
    CHECK_EQUAL(open_flash(SIZE), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("lamp.outbox: Input/output error");
}

static void a_cut_in_the_first_open_leaves_one_that_is_whole_or_none(void)
{
    enum mote_reason reason = MOTE_OUTBOX_CORRUPT;

    for (unsigned call = 0; reason != MOTE_OK; call++) {
        begin();
        let_fail(call, EIO, true);
        reason = open_flash(SIZE);
        CHECK(!is_there("lamp.outbox") || size_of("lamp.outbox") == SIZE);
        mote_flash_file_call(NULL);
        close_flash();
        write_file("lamp.outbox.new", "left behind", 11, 0644);
        CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
        expect_erased(0, SIZE);
    }
}

static void reads_and_programs_say_what_fails(void)
{
    char byte;

    begin();
    let_fail(1000, 0, false);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    let_fail(0, ENOSPC, false);
    CHECK_EQUAL(flash.calls->program(flash.context, 0, "x", 1), MOTE_OUTBOX_FULL);
    EXPECT_WORDS("lamp.outbox: No space left on device");
    let_fail(0, EIO, false);
    CHECK_EQUAL(flash.calls->program(flash.context, 0, "x", 1), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("lamp.outbox: Input/output error");
    let_fail(0, EIO, false);
    CHECK_EQUAL(flash.calls->read(flash.context, 0, &byte, 1), MOTE_OUTBOX_CORRUPT);
    let_fail(0, EINTR, false); /* which is no failure */
    CHECK_EQUAL(flash.calls->program(flash.context, 0, "x", 1), MOTE_OK);
    let_fail(0, EINTR, false);
    CHECK_EQUAL(flash.calls->read(flash.context, 0, &byte, 1), MOTE_OK);
    CHECK_EQUAL(byte, 'x');
    CHECK_EQUAL(truncate(path_of("lamp.outbox"), 10), 0); /* behind its back */
    CHECK_EQUAL(flash.calls->read(flash.context, SECTOR, &byte, 1), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("Input/output error");
}

/* Under its own name or another: what is damaged is somewhere, and the next start has a flash. */
static void a_cut_while_setting_aside_loses_nothing(void)
{
    for (int cut = 0; cut <= 1; cut++) {
        enum mote_reason reason = MOTE_OUTBOX_CORRUPT;

        for (unsigned call = 0; reason != MOTE_OK; call++) {
            begin();
            let_fail(UINT32_MAX, EIO, false);
            CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
            program(0, "precious");
            let_fail(call, EIO, cut == 1);
            reason = flash.calls->set_aside(flash.context, "no");
            CHECK(reason == MOTE_OK || reason == MOTE_OUTBOX_CORRUPT);
            let_fail(UINT32_MAX, EIO, false);
            bool aside = is_there("lamp.outbox.damaged");
            CHECK(reason != MOTE_OK || aside);
            CHECK(cut == 1 || is_there("lamp.outbox"));
            close_flash();
            CHECK_EQUAL(aside ? rename(path_of("lamp.outbox.damaged"), path_of("lamp.outbox")) : 0, 0);
            CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
            expect_bytes(0, "precious");
        }
    }
}

/* --- Syncs --- */

static sem_t let_go;
static atomic_uint syncs;
static atomic_int sync_error;
static atomic_uint writes;

static int slow_fdatasync(int fd)
{
    (void)fd;
    while (sem_wait(&let_go) != 0)
        continue;
    atomic_fetch_add(&syncs, 1);
    errno = atomic_load(&sync_error);
    return errno == 0 ? 0 : -1;
}

static ssize_t counted_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    atomic_fetch_add(&writes, 1);
    return pwrite(fd, bytes, size, offset);
}

static const struct mote_flash_file_calls slow_calls = {pread,          counted_pwrite, posix_fallocate,
                                                        slow_fdatasync, fsync,          renameat};

static void begin_slow(void)
{
    begin();
    sem_destroy(&let_go);
    sem_init(&let_go, 0, 0);
    atomic_store(&syncs, 0);
    atomic_store(&sync_error, 0);
    mote_flash_file_call(&slow_calls);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    mote_flash_file_call(NULL);
}

static enum mote_flash_sync synced(void)
{
    return flash.calls->synced(flash.context);
}

/* As a program's loop does: it sleeps until something happens. */
static enum mote_flash_sync wait_for_sync(void)
{
    enum mote_flash_sync state;

    while ((state = synced()) == MOTE_FLASH_SYNCING)
        mote_port()->wait(mote_port()->context, MOTE_NEVER);
    return state;
}

static void end_slow(void)
{
    sem_post(&let_go); /* for the last one, as it is closed */
    close_flash();
}

static void a_sync_does_not_hold_up_the_loop(void)
{
    begin_slow();
    CHECK_EQUAL(synced(), MOTE_FLASH_SYNCED);
    program(0, "x");
    flash.calls->sync(flash.context);
    CHECK_EQUAL(synced(), MOTE_FLASH_SYNCING);
    program(1, "y"); /* meanwhile */
    expect_bytes(0, "xy");
    sem_post(&let_go);
    CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNCED);
    CHECK_EQUAL(atomic_load(&syncs), 1);
    end_slow();
}

/* What was programmed since the one under way began is not in it. */
static void another_sync_follows(void)
{
    begin_slow();
    flash.calls->sync(flash.context);
    sem_post(&let_go);
    CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNCED);
    flash.calls->sync(flash.context);
    for (unsigned i = 0; i < 100; i++) { /* surely one of them comes after the thread has begun */
        flash.calls->sync(flash.context);
        usleep(100);
    }
    sem_post(&let_go);
    while (atomic_load(&syncs) < 2)
        usleep(100);
    CHECK_EQUAL(synced(), MOTE_FLASH_SYNCING);
    sem_post(&let_go);
    CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNCED);
    CHECK_EQUAL(atomic_load(&syncs), 3);
    end_slow();
}

/* After it the system would have nothing left to write: what was programmed is written once more. */
static void a_failure_is_told_once_and_made_good(void)
{
    begin_slow();
    program(0, "x");
    atomic_store(&sync_error, EIO);
    flash.calls->sync(flash.context);
    sem_post(&let_go);
    CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNC_FAILED);
    EXPECT_WORDS("lamp.outbox: Input/output error");
    CHECK_EQUAL(synced(), MOTE_FLASH_SYNCED);
    atomic_store(&sync_error, 0);
    atomic_store(&writes, 0);
    flash.calls->sync(flash.context);
    CHECK_EQUAL(atomic_load(&writes), SIZE / SECTOR);
    sem_post(&let_go);
    CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNCED);
    expect_bytes(0, "x");
    flash.calls->sync(flash.context);
    CHECK_EQUAL(atomic_load(&writes), SIZE / SECTOR);
    sem_post(&let_go);
    CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNCED);
    end_slow();
}

static void one_that_cannot_be_made_good_fails_again(void)
{
    begin();
    let_fail(UINT32_MAX, EIO, false);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    let_fail(0, EIO, true);
    for (int i = 0; i < 3; i++) {
        flash.calls->sync(flash.context);
        CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNC_FAILED);
        EXPECT_WORDS("Input/output error");
        CHECK_EQUAL(synced(), MOTE_FLASH_SYNCED);
    }
    let_fail(UINT32_MAX, EIO, false);
    flash.calls->sync(flash.context);
    CHECK_EQUAL(wait_for_sync(), MOTE_FLASH_SYNCED);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-first-open-says-what-fails", a_first_open_says_what_fails},
        {"a-cut-in-the-first-open-leaves-one-that-is-whole-or-none",
         a_cut_in_the_first_open_leaves_one_that_is_whole_or_none},
        {"reads-and-programs-say-what-fails", reads_and_programs_say_what_fails},
        {"kept-before-it-is-read", what_is_there_is_kept_before_it_is_read},
        {"a-cut-while-setting-aside-loses-nothing", a_cut_while_setting_aside_loses_nothing},
        {"a-sync-does-not-hold-up-the-loop", a_sync_does_not_hold_up_the_loop},
        {"another-sync-follows", another_sync_follows},
        {"a-failure-is-told-once-and-made-good", a_failure_is_told_once_and_made_good},
        {"one-that-cannot-be-made-good-fails-again", one_that_cannot_be_made_good_fails_again},
    };

    return flash_main("unit/flash_fail_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
}

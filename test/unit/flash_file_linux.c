/* Flash in a file: it keeps what it was given, says what goes wrong, and is nobody else's business. */
#include "port/linux/flash_file.h"

#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mote/linux.h>
#include <mote/outbox.h>
#include <mote/session.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR MOTE_FLASH_FILE_SECTOR
#define SIZE (4 * SECTOR)

static char folder[] = "/tmp/mote-flash-XXXXXX";
static struct mote_flash flash;

/* Valid until the next call but one. */
static const char *path_of(const char *name)
{
    static char paths[2][200];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof paths[0], "%s/state/%s", folder, name);
    return path;
}

static const char *words(void)
{
    return mote_port()->words(mote_port()->context);
}

static void close_flash(void)
{
    if (flash.context != NULL)
        mote_linux_flash.close(NULL, &flash);
}

/* The folder itself is made by the first open. */
static void begin(void)
{
    DIR *state;

    mote_flash_file_call(NULL);
    close_flash();
    state = opendir(path_of(""));
    for (struct dirent *entry; state != NULL && (entry = readdir(state)) != NULL;)
        remove(path_of(entry->d_name));
    if (state != NULL)
        closedir(state);
    rmdir(path_of(""));
    setenv("MOTE_STATE_DIRECTORY", path_of(""), 1);
}

static enum mote_reason open_flash(uint32_t size)
{
    return mote_linux_flash.open(NULL, "lamp", size, &flash);
}

static void program(uint32_t offset, const char *bytes)
{
    CHECK_EQUAL(flash.calls->program(flash.context, offset, bytes, (uint32_t)strlen(bytes)), MOTE_OK);
}

static void expect_bytes(uint32_t offset, const char *bytes)
{
    char found[64];

    CHECK(strlen(bytes) <= sizeof found);
    CHECK_EQUAL(flash.calls->read(flash.context, offset, found, (uint32_t)strlen(bytes)), MOTE_OK);
    CHECK(memcmp(found, bytes, strlen(bytes)) == 0);
}

static void expect_erased(uint32_t offset, uint32_t size)
{
    uint8_t byte = 0;

    for (uint32_t i = 0; i < size; i++) {
        CHECK_EQUAL(flash.calls->read(flash.context, offset + i, &byte, 1), MOTE_OK);
        CHECK_EQUAL(byte, 0xFF);
    }
}

static bool is_there(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

static void write_file(const char *name, const void *bytes, size_t size, mode_t mode)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0);
    close(fd);
}

static off_t size_of(const char *name)
{
    struct stat about;

    CHECK_EQUAL(stat(path_of(name), &about), 0);
    return about.st_size;
}

#define EXPECT_WORDS(part) CHECK(strstr(words(), part) != NULL)

/* --- What it keeps --- */

static void a_new_one_is_erased(void)
{
    struct stat about;

    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    CHECK_EQUAL(flash.sector_size, SECTOR);
    CHECK_EQUAL(flash.sector_count, 4);
    CHECK_EQUAL(flash.program_size, 1);
    expect_erased(0, SIZE);
    CHECK_EQUAL(stat(path_of("lamp.outbox"), &about), 0);
    CHECK_EQUAL(about.st_mode & 07777, 0600);
    CHECK_EQUAL(about.st_size, SIZE);
    CHECK(about.st_blocks * 512 >= (off_t)SIZE); /* its room is its own: a full disk is no matter later */
    CHECK_EQUAL(stat(path_of(""), &about), 0);
    CHECK_EQUAL(about.st_mode & 07777, 0700);
    CHECK(!is_there("lamp.outbox.new"));
}

static void what_is_programmed_is_there_again(void)
{
    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    program(SECTOR - 1, "across");
    program(SIZE - 3, "end");
    close_flash();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    expect_bytes(SECTOR - 1, "across");
    expect_bytes(SIZE - 3, "end");
    CHECK_EQUAL(flash.calls->erase(flash.context, 1), MOTE_OK);
    program(SECTOR, "anew");
    expect_bytes(SECTOR - 1, "aanew");
    expect_bytes(SIZE - 3, "end");
}

static void each_node_has_its_own(void)
{
    struct mote_flash other;

    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    program(0, "lamp's");
    CHECK_EQUAL(mote_linux_flash.open(NULL, "bell", SIZE, &other), MOTE_OK);
    CHECK_EQUAL(other.calls->program(other.context, 0, "bell's", 6), MOTE_OK);
    expect_bytes(0, "lamp's");
    mote_linux_flash.close(NULL, &other);
}

static void its_size_is_in_whole_sectors(void)
{
    begin();
    CHECK_EQUAL(open_flash(3 * SECTOR - 1), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("at least 12288 bytes");
    CHECK_EQUAL(open_flash(4 * SECTOR - 1), MOTE_OK);
    CHECK_EQUAL(flash.sector_count, 3);
}

/* Its sectors are a ring: one that grew would have a hole. */
static void one_that_is_there_keeps_its_size(void)
{
    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    program(0, "kept");
    for (uint32_t size = 3 * SECTOR; size <= 8 * SECTOR; size += SECTOR) {
        close_flash();
        CHECK_EQUAL(open_flash(size), MOTE_OK);
        CHECK_EQUAL(flash.sector_count, 4);
        expect_bytes(0, "kept");
    }
}

/* An outbox in it, with a message. */
static enum mote_reason open_outbox(uint32_t size, struct mote_outbox *outbox)
{
    static uint8_t page[256];
    static const struct mote_outbox_config config = {.flash = &flash, .page = page, .page_size = sizeof page};

    CHECK_EQUAL(open_flash(size), MOTE_OK);
    return mote_outbox_open(outbox, &config);
}

static void fill_outbox(void)
{
    static const struct mote_message message = {
        .topic = {"a", 1}, .payload = {"kept until it is delivered", 26}, .qos = MOTE_QOS_1};
    struct mote_outbox outbox;

    CHECK_EQUAL(open_outbox(SIZE, &outbox), MOTE_OK);
    CHECK_EQUAL(mote_outbox_put(&outbox, &message, 1), MOTE_OK);
    close_flash();
}

/* It is kept as it was found, to the byte, and the new one has the size that is wanted. */
static void expect_set_aside(off_t found_size, const char *why)
{
    struct mote_outbox outbox;
    uint32_t bytes;

    CHECK_EQUAL(open_outbox(6 * SECTOR, &outbox), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS(why);
    CHECK(mote_outbox_is_open(&outbox));
    CHECK_EQUAL(mote_outbox_count(&outbox, &bytes), 0);
    CHECK_EQUAL(size_of("lamp.outbox.damaged"), found_size);
    CHECK_EQUAL(size_of("lamp.outbox"), 6 * SECTOR);
    close_flash();
    CHECK_EQUAL(open_outbox(SIZE, &outbox), MOTE_OK);
    CHECK_EQUAL(flash.sector_count, 6);
}

/* A file is made whole: one that is shorter, or longer, has lost something, whatever is left of it. */
static void one_that_was_cut_short_is_set_aside(void)
{
    static const off_t cuts[] = {0,        1,        10,        SECTOR, 2 * SECTOR + 5, 3 * SECTOR, 3 * SECTOR + 1,
                                 SIZE - 1, SIZE + 1, 5 * SECTOR};

    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        begin();
        fill_outbox();
        CHECK_EQUAL(truncate(path_of("lamp.outbox"), cuts[i]), 0);
        expect_set_aside(cuts[i], cuts[i] % SECTOR != 0 || cuts[i] < 3 * SECTOR
                                      ? "it was cut short, or added to; it is kept as"
                                      : "another size or number; it is kept as");
    }
}

static void zeros_and_a_strangers_text_are_set_aside(void)
{
    static const uint8_t zeros[SIZE];

    begin();
    fill_outbox();
    write_file("lamp.outbox", zeros, sizeof zeros, 0600);
    expect_set_aside(SIZE, "it is not an outbox; it is kept as");
    begin();
    fill_outbox();
    write_file("lamp.outbox", "remember the milk", 17, 0600);
    expect_set_aside(17, "it was cut short, or added to; it is kept as");
}

/* Messages in so many sectors, kept one by one as they come. */
static void fill_sectors(uint32_t sectors)
{
    static char payload[150];
    const struct mote_message message = {.topic = {"a", 1}, .payload = {payload, sizeof payload}, .qos = MOTE_QOS_1};
    const struct mote_port *port = mote_port();
    static const struct mote_session_config nobody = {.keep_alive_s = 0};
    static struct mote_session session = {.config = &nobody};
    struct mote_outbox outbox;

    CHECK_EQUAL(open_outbox(32 * SECTOR, &outbox), MOTE_OK);
    while (outbox.epoch <= sectors) {
        enum mote_reason reason = mote_outbox_put(&outbox, &message, port->now_ms(port->context));

        CHECK(reason == MOTE_OK || reason == MOTE_OUTBOX_FULL); /* while the disk is behind */
        mote_outbox_commit(&outbox, &session, mote_outbox_deadline(&outbox));
        if (outbox.syncing)
            port->wait(port->context, port->now_ms(port->context) + 1000);
    }
    close_flash();
}

/* What a power cut cannot have done is told, and costs what was in there: also where the head is gone with all else. */
static void a_sector_that_is_overwritten_is_told(void)
{
    static uint8_t whole[32 * SECTOR], broken[32 * SECTOR];
    struct mote_outbox outbox;
    int fd;

    begin();
    fill_sectors(10);
    fd = open(path_of("lamp.outbox"), O_RDONLY);
    CHECK(fd >= 0 && read(fd, whole, sizeof whole) == (ssize_t)sizeof whole);
    close(fd);
    for (unsigned sector = 0; sector < 7; sector++) {
        memcpy(broken, whole, sizeof broken);
        for (unsigned i = 0; i < SECTOR; i++)
            broken[sector * SECTOR + i] = (uint8_t)(i * 167 + 13);
        write_file("lamp.outbox", broken, sizeof broken, 0600);
        CHECK_EQUAL(open_outbox(SIZE, &outbox), MOTE_OUTBOX_CORRUPT);
        CHECK(mote_outbox_is_open(&outbox));
        CHECK(outbox.counters.corrupt > 0);
        close_flash();
    }
}

/* What cannot be set aside is left alone until its owner gives it up. */
static void what_cannot_be_set_aside_is_left_alone(void)
{
    struct mote_outbox outbox;
    char name[40];

    begin();
    for (int i = 1; i <= 9; i++) {
        snprintf(name, sizeof name, i == 1 ? "lamp.outbox.damaged" : "lamp.outbox.damaged.%d", i);
        CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
        close_flash();
        CHECK_EQUAL(rename(path_of("lamp.outbox"), path_of(name)), 0);
    }
    write_file("lamp.outbox", "remember the milk", 17, 0600);
    CHECK_EQUAL(open_outbox(SIZE, &outbox), MOTE_OUTBOX_CORRUPT);
    CHECK(!mote_outbox_is_open(&outbox));
    CHECK_EQUAL(size_of("lamp.outbox"), 17);
    CHECK_EQUAL(mote_outbox_clear(&outbox), MOTE_OK);
    CHECK(mote_outbox_is_open(&outbox));
    CHECK_EQUAL(size_of("lamp.outbox"), SIZE);
    close_flash();
    CHECK_EQUAL(open_outbox(SIZE, &outbox), MOTE_OK);
}

/* --- Strangers --- */

static void one_program_has_it(void)
{
    struct mote_flash other;

    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    CHECK_EQUAL(mote_linux_flash.open(NULL, "lamp", SIZE, &other), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("lamp.outbox: is in use by another program");
    close_flash();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
}

static void an_id_is_no_path(void)
{
    begin();
    CHECK_EQUAL(mote_linux_flash.open(NULL, "../lamp", SIZE, &flash), MOTE_OUTBOX_CORRUPT);
    CHECK_EQUAL(mote_linux_flash.open(NULL, "", SIZE, &flash), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("whose outbox");
}

static void links_and_other_things_are_refused(void)
{
    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    close_flash();
    CHECK_EQUAL(rename(path_of("lamp.outbox"), "/tmp/mote-flash-elsewhere"), 0);
    CHECK_EQUAL(symlink("/tmp/mote-flash-elsewhere", path_of("lamp.outbox")), 0);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("lamp.outbox: Too many levels of symbolic links");
    unlink("/tmp/mote-flash-elsewhere");
    unlink(path_of("lamp.outbox"));
    CHECK_EQUAL(mkfifo(path_of("lamp.outbox"), 0600), 0);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("not a file");
    unlink(path_of("lamp.outbox"));
    CHECK_EQUAL(mkdir(path_of("lamp.outbox"), 0700), 0);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OUTBOX_CORRUPT);
    rmdir(path_of("lamp.outbox"));
    CHECK_EQUAL(symlink("/etc/hostname", path_of("lamp.outbox.new")), 0);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OUTBOX_CORRUPT);
    CHECK(size_of("lamp.outbox.new") < (off_t)SIZE);
}

static void one_that_others_can_read_is_tightened(void)
{
    struct stat about;

    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    close_flash();
    CHECK_EQUAL(chmod(path_of("lamp.outbox"), 0644), 0);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    EXPECT_WORDS("others could read the messages");
    CHECK_EQUAL(stat(path_of("lamp.outbox"), &about), 0);
    CHECK_EQUAL(about.st_mode & 07777, 0600);
    close_flash();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    CHECK_EQUAL(words()[0], '\0');
}

static void somebody_elses_is_refused(void)
{
    if (geteuid() != 0)
        CHECK_SKIP("only root can make a file of somebody else's");
    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    close_flash();
    CHECK_EQUAL(chown(path_of("lamp.outbox"), 65534, 65534), 0);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("somebody else's");
}

static void a_folder_that_cannot_be_written_has_its_reason(void)
{
    if (geteuid() != 0)
        CHECK_SKIP("only root can become somebody who may not");
    begin();
    CHECK_EQUAL(seteuid(65534), 0);
    enum mote_reason reason = open_flash(SIZE);
    CHECK_EQUAL(seteuid(0), 0);
    CHECK_EQUAL(reason, MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("lamp.outbox: Permission denied");
}

/* --- Setting aside --- */

static void damage_is_set_aside_and_not_erased(void)
{
    char name[40];

    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    for (int i = 1; i <= 9; i++) {
        char bytes[2] = {(char)('0' + i), 0};
        program(7, bytes);
        CHECK_EQUAL(flash.calls->set_aside(flash.context, "this is no outbox"), MOTE_OK);
        snprintf(name, sizeof name, i == 1 ? "lamp.outbox.damaged" : "lamp.outbox.damaged.%d", i);
        EXPECT_WORDS("lamp.outbox: this is no outbox; it is kept as lamp.outbox.damaged");
        CHECK(is_there(name));
        CHECK_EQUAL(size_of("lamp.outbox"), SIZE);
        expect_erased(0, SIZE);
    }
    program(7, "tenth");
    CHECK_EQUAL(flash.calls->set_aside(flash.context, "this is no outbox"), MOTE_OUTBOX_CORRUPT);
    EXPECT_WORDS("cannot be set aside: File exists");
    expect_bytes(7, "tenth");
    CHECK(!is_there("lamp.outbox.new"));
    close_flash();
    CHECK_EQUAL(rename(path_of("lamp.outbox.damaged.3"), path_of("lamp.outbox")), 0);
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    expect_bytes(7, "3");
}

/* The new one is this program's, too. */
static void what_takes_its_place_is_locked(void)
{
    struct mote_flash other;

    begin();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    CHECK_EQUAL(flash.calls->set_aside(flash.context, "no"), MOTE_OK);
    CHECK_EQUAL(mote_linux_flash.open(NULL, "lamp", SIZE, &other), MOTE_OUTBOX_CORRUPT);
    program(0, "new");
    close_flash();
    CHECK_EQUAL(open_flash(SIZE), MOTE_OK);
    expect_bytes(0, "new");
}

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
        {"a-new-one-is-erased", a_new_one_is_erased},
        {"what-is-programmed-is-there-again", what_is_programmed_is_there_again},
        {"each-node-has-its-own", each_node_has_its_own},
        {"its-size-is-in-whole-sectors", its_size_is_in_whole_sectors},
        {"one-that-is-there-keeps-its-size", one_that_is_there_keeps_its_size},
        {"one-that-was-cut-short-is-set-aside", one_that_was_cut_short_is_set_aside},
        {"zeros-and-a-strangers-text-are-set-aside", zeros_and_a_strangers_text_are_set_aside},
        {"a-sector-that-is-overwritten-is-told", a_sector_that_is_overwritten_is_told},
        {"what-cannot-be-set-aside-is-left-alone", what_cannot_be_set_aside_is_left_alone},
        {"one-program-has-it", one_program_has_it},
        {"an-id-is-no-path", an_id_is_no_path},
        {"links-and-other-things-are-refused", links_and_other_things_are_refused},
        {"one-that-others-can-read-is-tightened", one_that_others_can_read_is_tightened},
        {"somebody-elses-is-refused", somebody_elses_is_refused},
        {"a-folder-that-cannot-be-written-has-its-reason", a_folder_that_cannot_be_written_has_its_reason},
        {"damage-is-set-aside-and-not-erased", damage_is_set_aside_and_not_erased},
        {"what-takes-its-place-is-locked", what_takes_its_place_is_locked},
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
    int status;

    if (mkdtemp(folder) == NULL)
        return 1;
    status = check_main("unit/flash_file_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
    begin();
    rmdir(folder);
    return status;
}

/* Flash in a file: it keeps what it was given, says what is wrong with what it finds, and is nobody else's business. */
#include "flash_rig.h"

#include <mote/outbox.h>

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
    };

    return flash_main("unit/flash_file_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
}

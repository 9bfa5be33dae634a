/* The settings' file: the old settings or the new ones after a power cut at any moment, and nobody else's business. */
#include "port/linux/folder.h"
#include "port/linux/settings.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mote/linux.h>
#include <mote/settings.h>
#include <mote/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/mote-settings-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[200];

    snprintf(path, sizeof path, "%s/state/%s", folder, name);
    return path;
}

static const char *words(void)
{
    return mote_port()->words(mote_port()->context);
}

/* The folder itself is made by the first save. */
static void begin(void)
{
    static const char *const left[] = {"lamp.settings",           "lamp.settings.new",       "lamp.settings.damaged",
                                       "lamp.settings.damaged.2", "lamp.settings.damaged.3", "elsewhere"};

    mote_settings_call(NULL);
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        unlink(path_of(left[i]));
    rmdir(path_of(""));
    setenv("MOTE_STATE_DIRECTORY", path_of(""), 1);
    mote_settings_open("lamp");
}

static void save_named(const char *name, enum mote_reason expected)
{
    struct mote_settings settings = {.network_count = 1, .networks = {{.ssid = "Home", .password = "12345678"}}};

    mote_text_copy(mote_text(name), settings.name, sizeof settings.name);
    CHECK_EQUAL(mote_settings_save(&settings), expected);
}

static const char *loaded_name(void)
{
    static struct mote_settings settings;

    CHECK_EQUAL(mote_settings_load(&settings), MOTE_OK);
    return settings.name;
}

static void write_file(const char *name, const char *bytes, size_t size, mode_t mode)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0);
    close(fd);
}

static void what_is_saved_is_loaded(void)
{
    struct stat about;

    begin();
    CHECK_TEXT(mote_text(loaded_name()), "");
    save_named("first", MOTE_OK);
    CHECK_TEXT(mote_text(loaded_name()), "first");
    CHECK_EQUAL(stat(path_of("lamp.settings"), &about), 0);
    CHECK_EQUAL(about.st_mode & 07777, 0600);
    CHECK_EQUAL(stat(path_of(""), &about), 0);
    CHECK_EQUAL(about.st_mode & 07777, 0700);
    CHECK_EQUAL(access(path_of("lamp.settings.new"), F_OK), -1);
    mote_settings_open("other");
    CHECK_TEXT(mote_text(loaded_name()), "");
}

static void the_folder_is_the_first_that_is_set(void)
{
    char path[PATH_MAX], here[PATH_MAX];

    setenv("MOTE_STATE_DIRECTORY", "/a", 1);
    setenv("STATE_DIRECTORY", "/b:/c", 1);
    CHECK(mote_folder_state(path, sizeof path));
    CHECK_TEXT(mote_text(path), "/a");
    setenv("MOTE_STATE_DIRECTORY", "relative/one", 1);
    CHECK(getcwd(here, sizeof here) != NULL && mote_folder_state(path, sizeof path));
    CHECK(strncmp(path, here, strlen(here)) == 0);
    CHECK_TEXT(mote_text(path + strlen(here)), "/relative/one");
    setenv("MOTE_STATE_DIRECTORY", "", 1);
    CHECK(mote_folder_state(path, sizeof path));
    CHECK_TEXT(mote_text(path), "/b");
    unsetenv("STATE_DIRECTORY");
    setenv("XDG_STATE_HOME", "/d", 1);
    CHECK(mote_folder_state(path, sizeof path));
    CHECK(strcmp(path, geteuid() == 0 ? "/var/lib/mote" : "/d/mote") == 0);
    CHECK(!mote_folder_state(path, 3));
    unsetenv("XDG_STATE_HOME");
    begin();
}

static void an_id_is_no_path(void)
{
    begin();
    mote_settings_open("../lamp");
    save_named("x", MOTE_CONFIG_INVALID);
    mote_settings_open("");
    save_named("x", MOTE_CONFIG_INVALID);
}

/* --- Power cuts --- */

/* The machine's file system until the power fails: after so many bytes written, counting each other call as one. It keeps
 * watch over what would really be on the disk by then. */
static struct {
    unsigned budget;
    bool synced;  /* the new file's bytes */
    bool renamed; /* but the folder may not be on the disk yet */
    bool whole;   /* it is */
} disk;

static ssize_t cut_write(int fd, const void *bytes, size_t size)
{
    size_t count = size < disk.budget ? size : disk.budget;

    disk.budget -= (unsigned)count;
    disk.synced = false;
    if (count > 0)
        return write(fd, bytes, count);
    errno = EIO;
    return -1;
}

static int spend(void)
{
    if (disk.budget > 0) {
        disk.budget--;
        return 0;
    }
    errno = EIO;
    return -1;
}

static int cut_fsync(int fd)
{
    struct stat about;

    if (spend() != 0)
        return -1;
    CHECK_EQUAL(fstat(fd, &about), 0);
    if (S_ISREG(about.st_mode))
        disk.synced = true;
    else if (disk.renamed)
        disk.whole = true;
    return fsync(fd);
}

static int cut_rename(int from_folder, const char *from, int to_folder, const char *to)
{
    if (spend() != 0)
        return -1;
    CHECK(disk.synced); /* else the name may be that of an empty file */
    disk.renamed = true;
    return renameat(from_folder, from, to_folder, to);
}

static void a_power_cut_at_any_byte_leaves_old_or_new(void)
{
    static const struct mote_settings_calls cut = {cut_write, cut_fsync, cut_rename};
    unsigned olds = 0, news = 0;
    enum mote_reason reason = MOTE_CONFIG_INVALID;

    begin();
    for (unsigned budget = 0; reason != MOTE_OK; budget++) {
        struct mote_settings settings = {.name = "new"};
        const char *name;

        mote_settings_call(NULL);
        save_named("old", MOTE_OK);
        memset(&disk, 0, sizeof disk);
        disk.budget = budget;
        mote_settings_call(&cut);
        reason = mote_settings_save(&settings);
        CHECK_EQUAL(reason == MOTE_OK, disk.whole); /* what is told is true */
        mote_settings_call(NULL);
        name = loaded_name();
        CHECK(strcmp(name, disk.renamed ? "new" : "old") == 0);
        olds += !disk.renamed;
        news += disk.renamed;
    }
    CHECK(olds > 20 && news >= 2);
}

/* What a cut save has left behind is no obstacle, and its bytes are not taken over. */
static void a_half_written_file_is_overwritten(void)
{
    char junk[3000];

    begin();
    save_named("old", MOTE_OK);
    memset(junk, 'x', sizeof junk);
    write_file("lamp.settings.new", junk, sizeof junk, 0644);
    CHECK_TEXT(mote_text(loaded_name()), "old");
    save_named("new", MOTE_OK);
    CHECK_TEXT(mote_text(loaded_name()), "new");
}

static ssize_t no_room(int fd, const void *bytes, size_t size)
{
    (void)fd;
    (void)bytes;
    (void)size;
    errno = ENOSPC;
    return -1;
}

static void a_full_disk_has_its_reason(void)
{
    static const struct mote_settings_calls full = {no_room, fsync, renameat};

    begin();
    save_named("old", MOTE_OK);
    mote_settings_call(&full);
    save_named("new", MOTE_MQTT_QUOTA);
    CHECK(strstr(words(), "lamp.settings: No space left on device") != NULL);
    mote_settings_call(NULL);
    CHECK_TEXT(mote_text(loaded_name()), "old");
    CHECK_EQUAL(access(path_of("lamp.settings.new"), F_OK), -1);
}

/* --- Damage, and strangers --- */

static void damaged_settings_are_set_aside(void)
{
    struct mote_settings settings;

    begin();
    save_named("old", MOTE_OK);
    for (unsigned i = 0; i < 3; i++) {
        write_file("lamp.settings", i == 2 ? "" : "MSETnonsense", i == 2 ? 0 : 12, 0600);
        CHECK_EQUAL(mote_settings_load(&settings), MOTE_CONFIG_INVALID);
        CHECK_EQUAL(settings.network_count, 0);
        CHECK(strstr(words(), "lamp.settings.damaged") != NULL);
        CHECK_TEXT(mote_text(loaded_name()), "");
    }
    CHECK_EQUAL(access(path_of("lamp.settings.damaged"), R_OK), 0);
    CHECK_EQUAL(access(path_of("lamp.settings.damaged.2"), R_OK), 0);
    CHECK_EQUAL(access(path_of("lamp.settings.damaged.3"), R_OK), 0);
}

static void a_file_that_others_can_read_is_tightened(void)
{
    struct stat about;

    begin();
    save_named("old", MOTE_OK);
    CHECK_EQUAL(chmod(path_of("lamp.settings"), 0644), 0);
    CHECK_TEXT(mote_text(loaded_name()), "old");
    CHECK(strstr(words(), "others could read") != NULL);
    CHECK_EQUAL(stat(path_of("lamp.settings"), &about), 0);
    CHECK_EQUAL(about.st_mode & 07777, 0600);
    CHECK_TEXT(mote_text(loaded_name()), "old");
    CHECK_EQUAL(words()[0], '\0');
}

static void links_and_other_things_are_refused(void)
{
    struct mote_settings settings;

    begin();
    save_named("old", MOTE_OK);
    CHECK_EQUAL(rename(path_of("lamp.settings"), "/tmp/mote-settings-elsewhere"), 0);
    CHECK_EQUAL(symlink("/tmp/mote-settings-elsewhere", path_of("lamp.settings")), 0);
    CHECK_EQUAL(mote_settings_load(&settings), MOTE_CONFIG_INVALID);
    unlink("/tmp/mote-settings-elsewhere");
    unlink(path_of("lamp.settings"));
    CHECK_EQUAL(mkfifo(path_of("lamp.settings"), 0600), 0);
    CHECK_EQUAL(mote_settings_load(&settings), MOTE_CONFIG_INVALID);
    CHECK(strstr(words(), "not a file") != NULL);
    unlink(path_of("lamp.settings"));
    CHECK_EQUAL(symlink("/etc/hostname", path_of("lamp.settings.new")), 0);
    save_named("new", MOTE_CONFIG_INVALID);
}

static void somebody_elses_file_is_refused(void)
{
    struct mote_settings settings;

    if (geteuid() != 0)
        CHECK_SKIP("only root can make a file of somebody else's");
    begin();
    save_named("old", MOTE_OK);
    CHECK_EQUAL(chown(path_of("lamp.settings"), 65534, 65534), 0);
    CHECK_EQUAL(mote_settings_load(&settings), MOTE_CONFIG_INVALID);
    CHECK(strstr(words(), "somebody else's") != NULL);
    save_named("new", MOTE_CONFIG_INVALID);
    CHECK(strstr(words(), "not written over") != NULL);
    CHECK_EQUAL(chown(path_of("lamp.settings"), 0, 0), 0);
    CHECK_TEXT(mote_text(loaded_name()), "old"); /* nothing was lost */
    save_named("new", MOTE_OK);
}

/* --- The virtual board --- */

static void the_virtual_board_keeps_them_over_a_power_cut(void)
{
    static struct mote_sim sim;

    mote_sim_init(&sim, 1);
    mote_port_install(&sim.port);
    mote_settings_open("lamp");
    CHECK_TEXT(mote_text(loaded_name()), "");
    save_named("old", MOTE_OK);
    mote_sim_power(&sim, false);
    save_named("dead", MOTE_CONFIG_INVALID);
    mote_sim_power(&sim, true);
    CHECK_TEXT(mote_text(loaded_name()), "old");
    mote_sim_fail_save(&sim, MOTE_SIM_SAVE_KEEPS_OLD);
    save_named("new", MOTE_CONFIG_INVALID);
    CHECK(!sim.power);
    mote_sim_power(&sim, true);
    CHECK_TEXT(mote_text(loaded_name()), "old");
    mote_sim_fail_save(&sim, MOTE_SIM_SAVE_KEEPS_NEW);
    save_named("new", MOTE_CONFIG_INVALID);
    mote_sim_power(&sim, true);
    CHECK_TEXT(mote_text(loaded_name()), "new");
    mote_sim_fail_save(&sim, MOTE_SIM_SAVE_IS_REFUSED);
    save_named("newer", MOTE_CONFIG_INVALID);
    CHECK(sim.power);
    CHECK_TEXT(mote_text(loaded_name()), "new");
    mote_port_install(&mote_linux_port);
}

static void the_virtual_board_sets_damage_aside(void)
{
    static struct mote_sim sim;
    struct mote_settings settings;

    mote_sim_init(&sim, 1);
    mote_port_install(&sim.port);
    save_named("old", MOTE_OK);
    sim.flash.record[5] ^= 1;
    CHECK_EQUAL(mote_settings_load(&settings), MOTE_CONFIG_INVALID);
    CHECK(sim.flash.damaged_size > 0);
    CHECK_TEXT(mote_text(loaded_name()), "");
    mote_port_install(&mote_linux_port);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"what-is-saved-is-loaded", what_is_saved_is_loaded},
        {"the-folder-is-the-first-that-is-set", the_folder_is_the_first_that_is_set},
        {"an-id-is-no-path", an_id_is_no_path},
        {"a-power-cut-at-any-byte-leaves-old-or-new", a_power_cut_at_any_byte_leaves_old_or_new},
        {"a-half-written-file-is-overwritten", a_half_written_file_is_overwritten},
        {"a-full-disk-has-its-reason", a_full_disk_has_its_reason},
        {"damaged-settings-are-set-aside", damaged_settings_are_set_aside},
        {"a-file-that-others-can-read-is-tightened", a_file_that_others_can_read_is_tightened},
        {"links-and-other-things-are-refused", links_and_other_things_are_refused},
        {"somebody-elses-file-is-refused", somebody_elses_file_is_refused},
        {"the-virtual-board-keeps-them-over-a-power-cut", the_virtual_board_keeps_them_over_a_power_cut},
        {"the-virtual-board-sets-damage-aside", the_virtual_board_sets_damage_aside},
    };
    int status;

    if (mkdtemp(folder) == NULL)
        return 1;
    status = check_main("unit/settings_linux", cases, sizeof cases / sizeof cases[0], argc, argv);
    begin();
    rmdir(folder);
    return status;
}

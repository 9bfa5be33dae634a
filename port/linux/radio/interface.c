#include "port/linux/radio/interface.h"
#include "port/linux/radio/control.h"
#include "port/linux/radio/wpa_text.h"
#include "port/words.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONTENT_SIZE = 512 };

static const char *variable(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value == NULL || value[0] == '\0' ? otherwise : value;
}

bool mote_interface_from_environment(struct mote_interface *interface)
{
    const char *directory = variable("MOTE_WPA_CTRL", NULL);
    const char *name = variable("MOTE_WIFI_INTERFACE", NULL);

    mote_text_copy(mote_text(directory == NULL ? "/run/wpa_supplicant" : directory), interface->directory,
                   sizeof interface->directory);
    mote_text_copy(mote_text(name), interface->name, sizeof interface->name);
    return directory != NULL || name != NULL;
}

/* wpa_supplicant has sockets that are not those of a station, too. */
static bool is_station(const char *name, const char *station)
{
    (void)station;
    return name[0] != '.' && strlen(name) < IFNAMSIZ && strncmp(name, "p2p-dev-", 8) != 0 &&
           strcmp(name, "global") != 0;
}

/* The first one in the order of their names. */
static bool find_first(const char *directory, bool (*is_right)(const char *name, const char *station),
                       const char *station, char name[IFNAMSIZ])
{
    DIR *folder = opendir(directory);
    const struct dirent *entry;

    name[0] = '\0';
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (is_right(entry->d_name, station) && (name[0] == '\0' || strcmp(entry->d_name, name) < 0))
            mote_text_copy(mote_text(entry->d_name), name, IFNAMSIZ);
    }
    if (folder != NULL)
        closedir(folder);
    return name[0] != '\0';
}

bool mote_interface_find(const struct mote_interface *interface, char name[IFNAMSIZ], char path[160])
{
    memcpy(name, interface->name, IFNAMSIZ);
    if (name[0] == '\0' && !find_first(interface->directory, is_station, NULL, name))
        return false;
    snprintf(path, 160, "%s/%s", interface->directory, name);
    return true;
}

/* The beginning of a small file, as text; empty if it cannot be read. */
static struct mote_text read_file(const char *path, char content[CONTENT_SIZE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd < 0 ? -1 : read(fd, content, CONTENT_SIZE);

    if (fd >= 0)
        close(fd);
    return (struct mote_text){content, size < 0 ? 0 : (size_t)size};
}

static struct mote_text read_attribute(const char *name, const char *attribute, char content[CONTENT_SIZE])
{
    char path[96];
    struct mote_text rest, line = MOTE_TEXT("");

    snprintf(path, sizeof path, "/sys/class/net/%s/%s", name, attribute);
    rest = read_file(path, content);
    mote_wpa_line(&rest, &line);
    return line;
}

/* One that is joined is up; the kernel calls one that is not dormant, or down. */
static bool is_free(const char *name, const char *station)
{
    char content[CONTENT_SIZE];

    return is_station(name, station) && strcmp(name, station) != 0 && !mote_interface_is_managed(name) &&
           !mote_text_equals(read_attribute(name, "operstate", content), "up");
}

bool mote_interface_second(const struct mote_interface *interface, const char *station, char name[IFNAMSIZ])
{
    const char *told = variable("MOTE_WIFI_AP_INTERFACE", NULL);

    if (told != NULL && mote_text_copy(mote_text(told), name, IFNAMSIZ))
        return true;
    return find_first(interface->directory, is_free, station, name);
}

int mote_interface_index(const char *name)
{
    char content[CONTENT_SIZE];
    int index = 0;

    mote_wpa_number(read_attribute(name, "ifindex", content), 1, INT32_MAX, &index);
    return index;
}

bool mote_interface_is_managed(const char *name)
{
    char content[CONTENT_SIZE], path[64];
    int index = mote_interface_index(name);
    struct mote_text managed;

    if (index == 0)
        return false;
    snprintf(path, sizeof path, "/run/NetworkManager/devices/%d", index);
    return mote_wpa_value(read_file(path, content), '\n', "managed", &managed) && mote_text_equals(managed, "true");
}

/* Is a switch of rfkill(4) on that keeps this radio off? */
static bool is_blocked(const char *name, const char *kind)
{
    char pattern[96], content[CONTENT_SIZE];
    glob_t found;
    bool blocked = false;

    snprintf(pattern, sizeof pattern, "/sys/class/net/%s/phy80211/rfkill*/%s", name, kind);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++)
        blocked = blocked || mote_wpa_starts_with(read_file(found.gl_pathv[i], content), "1");
    globfree(&found);
    return blocked;
}

static void say_why(const char *name, int error)
{
    if (error == ENODEV)
        mote_words_say("%s is not there", name);
    else if (is_blocked(name, "hard"))
        mote_words_say("%s is switched off by a switch of the machine", name);
    else if (is_blocked(name, "soft"))
        mote_words_say("%s is blocked: `rfkill unblock wifi` frees it", name);
    else
        mote_words_say("%s is switched off: %s", name, strerror(error));
}

enum mote_reason mote_interface_switch_on(const char *name)
{
    struct ifreq request = {.ifr_flags = 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = 0;

    mote_text_copy(mote_text(name), request.ifr_name, sizeof request.ifr_name);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
        error = errno;
    } else if ((request.ifr_flags & IFF_UP) == 0) {
        request.ifr_flags |= IFF_UP;
        error = ioctl(fd, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
    }
    if (fd >= 0)
        close(fd);
    if (error != 0)
        say_why(name, error);
    return error == 0 ? MOTE_OK : MOTE_WIFI_INACTIVE;
}

enum mote_reason mote_interface_mac(const char *name, uint8_t mac[6])
{
    char content[CONTENT_SIZE];

    if (name[0] != '\0' && mote_wpa_mac(read_attribute(name, "address", content), mac))
        return MOTE_OK;
    mote_words_say("%s is not there", name[0] == '\0' ? "a WiFi interface" : name);
    return MOTE_WIFI_INACTIVE;
}

/* Settings in a file of the node's, NODE.settings in the folder of folder.h, which its owner alone may read. */
#ifndef MOTE_LINUX_SETTINGS_H
#define MOTE_LINUX_SETTINGS_H

#include <mote/port.h>
#include <sys/types.h>

extern const struct mote_settings_port mote_linux_settings;

/* What a power cut may come between. */
struct mote_settings_calls {
    ssize_t (*write)(int fd, const void *bytes, size_t size);
    int (*fsync)(int fd);
    int (*rename)(int from_folder, const char *from, int to_folder, const char *to);
};

/* Has them done by others, for tests; NULL: by the system. */
void mote_settings_call(const struct mote_settings_calls *calls);

#endif

/* A file that is this user's alone and holds what a node keeps: NODE.SUFFIX in the folder of folder.h. */
#ifndef MOTE_OWN_FILE_H
#define MOTE_OWN_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define MOTE_OWN_FILE_NAME 96 /* with its zero byte */

/* Writes the name of the file of this id. Returns false, with an empty name, for an id that none can have. */
bool mote_own_file_name(char name[MOTE_OWN_FILE_NAME], const char *id, const char *suffix);

/* The file of somebody else may be a trap, and in one that others could read they have read what is in it: it is taken from them,
 * with `*exposed` true. Returns NULL if it is this user's own, else why it cannot be used. */
const char *mote_own_file_take(int fd, bool *exposed);

/* Is the file of this name still the one that is open? Another program may have moved it meanwhile. */
bool mote_own_file_is_there(int folder, const char *name, int fd);

/* Renames it to NAME.damaged, or to NAME.damaged.2 to .9 where that is taken; `other` is told which. Returns 0, or -1 with errno
 * set, EEXIST if all are taken. */
int mote_own_file_set_aside(int folder, const char *name, char other[MOTE_OWN_FILE_NAME + 16],
                            int (*rename)(int from_folder, const char *from, int to_folder, const char *to));

#endif

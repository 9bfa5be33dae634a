/* The files of web/setup/, without the blanks at the beginning of their lines: made by the build, in the order that
 * cmake/library.cmake lists them in. */
#ifndef MOTE_SETUP_FILES_H
#define MOTE_SETUP_FILES_H

#include <mote/text.h>

extern const struct mote_text mote_setup_files[];
extern const size_t mote_setup_file_count;

#endif

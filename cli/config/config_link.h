/* How to get to the broker: the `url`, `tls`, `proxy` and `bind_address` of a node's YAML file. */
#ifndef CONFIG_LINK_H
#define CONFIG_LINK_H

#include "config_check.h"
#include "config_schema.h"

#include <mote/link.h>

enum { CONFIG_LINK_FILES = 4 };

/* The files' names as the node needs them: relative ones are relative to the YAML file. */
struct config_link_files {
    char *names[CONFIG_LINK_FILES];
};

/* Checks and fills the options, which borrow from `raw` and from `files`. */
void config_link_check(struct config_check *check, const struct config_raw_mqtt *raw, struct mote_link_options *options,
                       struct config_link_files *files);

void config_link_free(struct config_link_files *files);

#endif

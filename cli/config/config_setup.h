/* Setup: the part `setup` of a node's YAML file. */
#ifndef CONFIG_SETUP_H
#define CONFIG_SETUP_H

#include "config.h"
#include "config_check.h"

/* Makes the portal that the file asks for; its buttons have to be there. */
void config_setup_check(struct config_check *check, struct config *config);

#endif

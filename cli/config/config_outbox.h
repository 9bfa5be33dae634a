/* The part `outbox` of a node's file: what is kept over power cuts until the broker has it. */
#ifndef CONFIG_OUTBOX_H
#define CONFIG_OUTBOX_H

#include "config.h"
#include "config_check.h"

/* Checks the part, and makes config->outbox of it if it is there. */
void config_outbox_check(struct config_check *check, struct config *config);

/* Fills in the topics, which are the config's, for somebody else who looks at this outbox. */
void config_outbox_topics(const struct config *config, struct mote_outbox_config *outbox);

/* The size of its flash; 0: there is no such part. */
uint32_t config_outbox_size(const struct config *config);

/* Opens the outbox and gives it to config->node. If that cannot be it says why, and the node does without. */
void config_outbox_open(struct config *config);

void config_outbox_close(struct config *config);

/* Gives all of it back. */
void config_outbox_free(struct config *config);

#endif

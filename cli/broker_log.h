/* What `mote broker` tells: with -v everything, without it what nobody would notice otherwise. */
#ifndef BROKER_LOG_H
#define BROKER_LOG_H

#include <mote/broker.h>

/* An observer for struct mote_broker_config: a line on stderr for each event, with client ids and topics,
 * without payloads. */
void broker_log(void *context, const struct mote_broker_event *event);

/* The same for messages that are dropped, and nothing else. */
void broker_log_troubles(void *context, const struct mote_broker_event *event);

#endif

/* Topics: names that messages are published to, and filters that subscriptions ask for. Nothing here blocks or
 * keeps a pointer. */
#ifndef MOTE_TOPIC_H
#define MOTE_TOPIC_H

#include <mote/text.h>

/* May a message be published to it: 1 to 65 535 bytes of UTF-8, no `+`, no `#`? [MQTT-3.3.2-2] [MQTT-4.7.1-1]
 * [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3] */
bool mote_topic_is_name(struct mote_text topic);

/* May it be subscribed to: UTF-8, `#` alone in the last level, `+` alone in its level? `$share/GROUP/FILTER` is
 * checked as a shared subscription. [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.8.2-1] [MQTT-4.8.2-2] */
bool mote_topic_is_filter(struct mote_text filter);

/* Does it begin with `$share/`, as a shared subscription's filter does? */
bool mote_topic_is_shared(struct mote_text filter);

/* Does a valid topic name fall under a valid filter (without a `$share/GROUP/` in front)? Wildcards in the first
 * level do not match names that begin with `$`. [MQTT-4.7.2-1] */
bool mote_topic_matches(struct mote_text filter, struct mote_text topic);

#endif

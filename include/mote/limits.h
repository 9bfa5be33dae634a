/* Limits: one for everything that could grow. Each can be set from the build (-DMOTE_...=N), the same for the library and
 * for the program that uses it. What goes over a limit is refused with a named reason, never dropped in silence. */
#ifndef MOTE_LIMITS_H
#define MOTE_LIMITS_H

/* Receive buffer of a node or client, in bytes; 64 to 65535. The largest topic and property block that can be taken in
 * one packet; payloads of any size stream through it. RAM: itself. */
#ifndef MOTE_RECEIVE_SIZE
#define MOTE_RECEIVE_SIZE 1024
#endif

/* Send buffer, in bytes; 64 to 65535. The largest packet head; payloads stream through it. RAM: itself. */
#ifndef MOTE_SEND_SIZE
#define MOTE_SEND_SIZE 1024
#endif

/* Bytes kept for publications of QoS 1 and 2 until they are acknowledged; 64 to 2^24. RAM: itself.
 * Over it: mqtt.quota. */
#ifndef MOTE_STORE_SIZE
#define MOTE_STORE_SIZE 2048
#endif

/* Publications of QoS 1 and 2 under way to the broker at once; 1 to 65535. RAM: 16 bytes each. Over it: mqtt.quota. */
#ifndef MOTE_INFLIGHT_MAX
#define MOTE_INFLIGHT_MAX 16
#endif

/* Publications of QoS 2 under way from the broker at once, told to an MQTT 5 broker as its Receive Maximum; 1 to 65535.
 * RAM: 2 bytes each. Over it the connection is closed with mqtt.quota, as both standards ask of a receiver that has no
 * room [MQTT-4.8.0-2]; the broker sends again what was not acknowledged, and first releases what was. A session of
 * MQTT 3.1.1 that ends with its connection has no limit: to it nothing is sent again. */
#ifndef MOTE_RECEIVED_MAX
#define MOTE_RECEIVED_MAX 32
#endif

/* Topic filters of one node; 1 to 255. RAM: 20 bytes each on a 32-bit chip, and 24 on the stack while subscribing. Over it:
 * mqtt.quota. */
#ifndef MOTE_SUBSCRIPTIONS_MAX
#define MOTE_SUBSCRIPTIONS_MAX 16
#endif

/* Known WiFi networks of one node; 1 to 255. RAM: 32 bytes each on a 32-bit chip. Over it: does not compile, or
 * config.invalid in a configuration file. */
#ifndef MOTE_NETWORKS_MAX
#define MOTE_NETWORKS_MAX 8
#endif

/* Access points looked at of one scan; 1 to 255. RAM: 10 bytes each, and 44 on the stack while the scan is read. Over it the
 * weakest are left out. */
#ifndef MOTE_SCAN_MAX
#define MOTE_SCAN_MAX 16
#endif

/* Longest topic that a node makes up for itself or a thing, with its NUL; 32 to 65535. RAM: itself, once for the node and
 * each switch, and on the stack while publishing. Over it: config.invalid. */
#ifndef MOTE_TOPIC_SIZE
#define MOTE_TOPIC_SIZE 128
#endif

/* Room for the host, user and password of a broker's URL, in bytes; 64 to 65535. RAM: itself. Over it: config.invalid. */
#ifndef MOTE_URL_SIZE
#define MOTE_URL_SIZE 192
#endif

/* Brokers of one node beside its first; 1 to 254. RAM: a pointer each. Over it: does not compile, or config.invalid in a
 * configuration file. */
#ifndef MOTE_FALLBACKS_MAX
#define MOTE_FALLBACKS_MAX 3
#endif

/* Longest name or address of a server that a broker refers a node to, with its NUL; 16 to 65535. RAM: twice itself. A longer
 * one is not followed. */
#ifndef MOTE_REFERENCE_SIZE
#define MOTE_REFERENCE_SIZE 96
#endif

/* Timers that may run in one turn of the loop; 1 to 65535. RAM: none. The rest run in the next turn. */
#ifndef MOTE_TIMERS_PER_TURN
#define MOTE_TIMERS_PER_TURN 64
#endif

/* Messages and answers of the broker that may be handled in one turn of the loop; 1 to 65535. RAM: none. The rest wait for
 * the next turn. */
#ifndef MOTE_MESSAGES_PER_TURN
#define MOTE_MESSAGES_PER_TURN 256
#endif

/* Linux: functions that other threads have posted and the loop has not called yet; 2 to 32768, a power of two.
 * RAM: MOTE_POST_SIZE and 24 bytes each. Over it: mote_post() returns false. */
#ifndef MOTE_POSTS_MAX
#define MOTE_POSTS_MAX 64
#endif

/* Linux: the largest value that mote_post_copy() takes, in bytes; 16 to 4096. RAM: see MOTE_POSTS_MAX. Over it:
 * mote_post_copy() returns false. */
#ifndef MOTE_POST_SIZE
#define MOTE_POST_SIZE 128
#endif

/* Longest line of a WebSocket server's answer that is looked at; 64 to 65535. RAM: itself. Of longer lines the rest is
 * skipped. */
#ifndef MOTE_WEBSOCKET_LINE_SIZE
#define MOTE_WEBSOCKET_LINE_SIZE 160
#endif

/* Longest answer of a WebSocket's server before its first frame; 256 to 2^31. RAM: none. Over it: mqtt.protocol. */
#ifndef MOTE_WEBSOCKET_ANSWER_MAX
#define MOTE_WEBSOCKET_ANSWER_MAX 8192
#endif

/* Largest frame of a WebSocket that is taken; 125 to 2^31. RAM: none. Over it: mqtt.packet_too_large. The default is the
 * largest packet that MQTT has. */
#ifndef MOTE_WEBSOCKET_FRAME_MAX
#define MOTE_WEBSOCKET_FRAME_MAX 268435460
#endif

/* Switches, and buttons, of a settings image; 1 to 254. RAM: 20 and 12 bytes each on a 32-bit chip, where one is read. An image with more is refused:
 * config.invalid. */
#ifndef MOTE_IMAGE_SWITCHES_MAX
#define MOTE_IMAGE_SWITCHES_MAX 8
#endif
#ifndef MOTE_IMAGE_BUTTONS_MAX
#define MOTE_IMAGE_BUTTONS_MAX 8
#endif

/* People who are connected to the setup page at once; 1 to 255. RAM: about 1.3 KB each. The one that has been idle for longest
 * gives way to another. */
#ifndef MOTE_SETUP_CONNECTIONS
#define MOTE_SETUP_CONNECTIONS 4
#endif

/* Longest form that the setup page takes, and the longest line of a request that is looked at; 512 to 8192. RAM: itself, for
 * each connection. Over it the request is refused. */
#ifndef MOTE_SETUP_BODY_MAX
#define MOTE_SETUP_BODY_MAX 1024
#endif

/* Longest head of a request to the setup page; 512 to 65535. RAM: none. Over it the request is refused. */
#ifndef MOTE_SETUP_HEAD_MAX
#define MOTE_SETUP_HEAD_MAX 2048
#endif

#endif

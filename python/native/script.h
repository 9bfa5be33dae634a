/* Script: what a script that was written for MicroPython on an ESP8266 finds around it: time, pins, WLAN, MQTT clients; on this
 * machine, or on a virtual board. It is plain C and knows nothing of Python: an interpreter puts its modules on top.
 *
 * Texts that a function returns as `const char *` are the message of an exception, NULL if all is well. Strings are copied
 * unless told otherwise. All calls come from one thread. A call that waits asks the interpreter's `is_interrupted` all the time, and
 * comes back early if it is. */
#ifndef MOTE_SCRIPT_H
#define MOTE_SCRIPT_H

#include <mote/message.h>
#include <mote/reason.h>
#include <mote/sched.h>
#include <mote/wifi.h>

struct mote_sim;

/* The interpreter. */
struct mote_script_host {
    void *context;
    /* Around a sleep: lets others run (Python: without its lock), and comes back. May be NULL. */
    void (*release)(void *context);
    void (*take)(void *context);
    /* Does the call that waits have to end? It is where an interpreter looks after its signals, and may call what must not wait. */
    bool (*is_interrupted)(void *context);
};

/* --- The board --- */

/* Sets up the board, once: "sim" or "linux". What is outside of it is said by the environment: MOTE_AIR, MOTE_HOSTS, MOTE_NAME_SERVERS,
 * MOTE_PIN_LOG. `air` is the text of a file with access points, a line NETWORK:KEY:MS each, instead of MOTE_AIR; NULL: none. The host is borrowed. */
const char *mote_script_start(const char *board, const char *air, const struct mote_script_host *host);

bool mote_script_is_virtual(void);

/* The virtual board, for who looks at it from outside; NULL on this machine's own. */
struct mote_sim *mote_script_board(void);
uint64_t mote_script_now_ms(void);
uint32_t mote_script_random(void);

/* Does what is due: the air, inputs, timers. Never waits. */
void mote_script_poll(void);

/* Sleeps until then, or until something happens; at most a tenth of a second. */
void mote_script_wait(uint64_t deadline_ms);

bool mote_script_is_interrupted(void);

/* Readable when something has happened that a call of this header wants to know. */
int mote_script_fd(void);

/* Where connections to this host and port lead, by MOTE_HOSTS; left as they are if it says nothing. The host is a view of what lives on, or the
 * one given. */
void mote_script_detour(struct mote_text *host, uint16_t *port);

/* --- Time: what runs at its own time, whatever the script does, and the script's tasks, which take turns. --- */

/* Starts a timer, which is the caller's: runs once after `period_ms`, or every `period_ms`. It runs from within every call that waits
 * or polls; clients do not wait in what it calls. */
void mote_script_timer_start(struct mote_timer *timer, uint32_t period_ms, bool repeats, mote_timer_run *run,
                             void *context);
void mote_script_timer_stop(struct mote_timer *timer);

/* When the next one is due; MOTE_NEVER if none runs. */
uint64_t mote_script_timer_deadline(void);

/* A step of a task: runs once, after `delay_ms`, from within mote_script_tasks_turn() alone. */
void mote_script_task_start(struct mote_timer *timer, uint32_t delay_ms, mote_timer_run *run, void *context);
void mote_script_task_stop(struct mote_timer *timer);

/* Waits until a step is due, or as mote_script_wait(), or until the descriptor `fd` can be read (-1: none), which is the caller's to look at
 * afterwards; runs the steps that are due. Returns false from within a step: steps have no loop of their own. */
bool mote_script_tasks_turn(int fd);

/* --- Pins; levels are electrical. --- */

enum { MOTE_SCRIPT_IRQ_RISING = 1, MOTE_SCRIPT_IRQ_FALLING = 2 };

/* A pin's level has changed and its handler is to be called; from where timers run. */
typedef void mote_script_on_pin(int pin, void *context);

/* Finds a pin by its number or, if `line` is given, its name ("gpiochip1/3", "led:NAME"). Returns its index, or -1: there is none. */
int mote_script_pin_find(int number, const char *line);

/* How many have been found: indexes are below. */
int mote_script_pin_count(void);

/* Makes it an input (mode 0), an output (1) or an open drain (2), which is an output here; -1 leaves it. `pull`: -1 leaves it, 0 none, 1 up,
 * 2 down. `value`: -1 leaves the level as it is. */
const char *mote_script_pin_init(int pin, int mode, int pull, int value);
const char *mote_script_pin_write(int pin, int level);

/* Pulses, of the virtual board alone: `duty` of 1023 parts of the time high. What is always low or high is a level; of all else the log has a line
 * `pin 2 pwm DUTY HZ`, and the level is the one that it has more of. */
const char *mote_script_pin_pulse(int pin, int duty, int hz);

/* The pulses that the pin with this number has: their duty, -1 for none, and how many in a second. */
int mote_script_pin_pulses(int number, int *hz);

/* The level, or -1 with `*wrong` saying why. */
int mote_script_pin_read(int pin, const char **wrong);

/* Has the handler called at edges; triggers 0: no more. */
const char *mote_script_pin_irq(int pin, int triggers, mote_script_on_pin *on_pin, void *context);

/* Is there a handler? Then the board wants to be polled. */
bool mote_script_pins_are_watched(void);

/* What somebody outside does to a pin of the virtual board: drives it with a level, or lets go of it (-1). Returns whether there is
 * such a pin. */
bool mote_script_pin_drive(int number, int level);

/* --- WLAN: role 0 the station, 1 the access point. --- */

enum mote_script_wlan_status {
    MOTE_SCRIPT_IDLE,
    MOTE_SCRIPT_CONNECTING,
    MOTE_SCRIPT_WRONG_PASSWORD,
    MOTE_SCRIPT_NO_AP_FOUND,
    MOTE_SCRIPT_CONNECT_FAIL,
    MOTE_SCRIPT_GOT_IP,
};

const char *mote_script_wlan_set_active(int role, bool active);
bool mote_script_wlan_is_active(int role);

/* Begins to join, instead of what it was about to join; `ssid` NULL: what was told the last time. `bssid` may be NULL. */
const char *mote_script_wlan_connect(int role, const char *ssid, const char *key, const uint8_t *bssid);
const char *mote_script_wlan_disconnect(int role);

/* Has the station an address? Takes a millisecond while it is being asked in vain. */
bool mote_script_wlan_is_connected(int role);
int mote_script_wlan_status(int role); /* enum mote_script_wlan_status; -1 of the access point */
int mote_script_wlan_signal_dbm(void);

/* Waits for a scan's end. `*count` is how many were found, of at most `max`. */
const char *mote_script_wlan_scan(int role, struct mote_wifi_found *found, int max, int *count);

void mote_script_wlan_addresses(int role, struct mote_wifi_addresses *addresses);

/* Has the station use these from its next connection on, without asking anybody; NULL: asks. Or the access point, which has to be the virtual
 * board's. */
const char *mote_script_wlan_set_addresses(int role, const struct mote_wifi_addresses *addresses);
void mote_script_wlan_mac(int role, uint8_t mac[6]);

/* The network's name: the station's as told, the access point's own. */
const char *mote_script_wlan_ssid(int role);
const char *mote_script_wlan_set_access_point(const char *ssid, const char *key); /* NULL: as it is */
int mote_script_wlan_channel(int role);

/* --- MQTT --- */

struct mote_script_client;

/* A message: views that are valid during the call. Returns false to end the call that waits. */
typedef bool mote_script_on_message(const struct mote_message *message, void *context);

/* Strings are copied. */
struct mote_script_client_config {
    const char *server;
    uint16_t port; /* 0: 1883, with TLS 8883 */
    uint16_t keep_alive_s;
    struct mote_text client_id;
    struct mote_text user;
    struct mote_text password;
    bool has_user;
    bool has_password;
    bool strict; /* a lost connection stays lost */
    uint8_t version;
    uint32_t buffer_size;
    uint32_t timeout_ms;
    bool tls;
    bool tls_insecure;
    const char *ca_file; /* NULL: the system's authorities */
    const char *certificate_file;
    const char *key_file;
    mote_script_on_message *on_message;
    void *context;
};

/* Returns NULL if memory has run out. */
struct mote_script_client *mote_script_client_new(const struct mote_script_client_config *config);
void mote_script_client_free(struct mote_script_client *client);

/* These return as the calls of umqtt.h. */
enum mote_reason mote_script_client_connect(struct mote_script_client *client, bool clean, uint32_t timeout_ms);
enum mote_reason mote_script_client_publish(struct mote_script_client *client, struct mote_text topic,
                                            struct mote_text payload, bool retain, int qos);
enum mote_reason mote_script_client_subscribe(struct mote_script_client *client, struct mote_text topic, int qos);
enum mote_reason mote_script_client_unsubscribe(struct mote_script_client *client, struct mote_text topic);
enum mote_reason mote_script_client_wait(struct mote_script_client *client);
enum mote_reason mote_script_client_check(struct mote_script_client *client);
enum mote_reason mote_script_client_ping(struct mote_script_client *client);
void mote_script_client_disconnect(struct mote_script_client *client);

/* Cuts the connection, as if the cable were. */
void mote_script_client_abort(struct mote_script_client *client);

/* Before the next connection. Returns false if memory has run out. */
bool mote_script_client_set_will(struct mote_script_client *client, struct mote_text topic, struct mote_text payload,
                                 bool retain, int qos);

/* Of the last call. */
bool mote_script_client_session_present(const struct mote_script_client *client);
int mote_script_client_refusal(const struct mote_script_client *client);
int mote_script_client_last_head(const struct mote_script_client *client);

bool mote_script_client_is_connected(const struct mote_script_client *client);
enum mote_reason mote_script_client_reason(const struct mote_script_client *client);
uint32_t mote_script_client_dropped(const struct mote_script_client *client);

/* What the port has to say on the last reason: "HOST: Connection refused". */
const char *mote_script_words(void);

#endif

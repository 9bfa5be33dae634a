/* Sim: a virtual board, like the ESP8266 one that the page shows: pins, a radio in a virtual air, power.
 *
 * A board is the caller's memory and knows no global state, so a test may hold many. It moves by its own clock only:
 * what takes time (a scan, joining a network) is done by mote_sim_turn() once its moment has come. Nothing here
 * blocks or allocates; all of it may be called from within any callback; none from another thread.
 */
#ifndef MOTE_SIM_H
#define MOTE_SIM_H

#include <mote/port.h>
#include <mote/settings.h>

/* GPIO 0 to 16; 6 to 11 are wired to the flash and cannot be had. */
#define MOTE_SIM_PINS 17

#define MOTE_SIM_ACCESS_POINTS_MAX 16

/* Bytes of flash for an outbox. */
#define MOTE_SIM_STORE_SIZE 65536

/* What is on the board itself: a button to ground with a pull-up, and a blue LED between the pin and the supply, so
 * that both are active low. */
#define MOTE_SIM_BUTTON_PIN 0
#define MOTE_SIM_LED_PIN 2

struct mote_sim;

/* A pin's electrical level has changed, or its direction. Called after the fact, may call all functions of this
 * header. */
typedef void mote_sim_on_pin(struct mote_sim *sim, uint16_t number, void *context);

/* The board's pins; to be read through the functions. */
struct mote_sim_pins {
    struct {
        struct mote_pin *owner; /* NULL: nobody has taken it */
        bool output;            /* as its last owner left it, like all of the chip's registers */
        int8_t pull;            /* 0, 1, or -1 for none */
        uint8_t latch;          /* what was last written */
        int8_t driven;          /* from outside: 0, 1, or -1 for not at all */
        uint8_t shown;          /* the level that was last told to the observer */
        uint8_t told;           /* to the owner */
    } at[MOTE_SIM_PINS];
    bool changed; /* an input may have to be told */
    mote_sim_on_pin *on_pin;
    void *on_pin_context;
};

/* An access point in the air. */
struct mote_sim_access_point {
    char ssid[33];
    char key[64]; /* empty: open */
    uint8_t bssid[6];
    uint8_t channel;
    int8_t signal_dbm;
    bool present;     /* switched on and in reach */
    bool no_lease;    /* lets stations in, but has no address for them */
    bool refuses;     /* takes no more stations */
    bool hidden;      /* does not announce its name */
    uint32_t join_ms; /* from connecting to the address, for a station that has the key; 0: what radios take, about */
};

/* The air and this board's radio in it; to be read through the functions. */
struct mote_sim_air {
    struct mote_sim_access_point points[MOTE_SIM_ACCESS_POINTS_MAX];
    uint8_t count;
    bool station_active;
    uint8_t station; /* enum mote_sim_station in port/sim/air.c */
    int8_t joined;   /* index of the access point, -1: none */
    bool any_bssid;
    enum mote_reason reason;
    uint64_t station_due_ms;
    uint64_t scan_due_ms;
    uint8_t found[MOTE_SIM_ACCESS_POINTS_MAX]; /* what the last scan has seen, strongest first */
    uint8_t found_count;
    char ssid[33]; /* that it is to join */
    char key[64];
    uint8_t bssid[6];
    bool own_active; /* its own access point */
    char own_ssid[33];
    char own_key[64];
    struct mote_wifi_status told; /* what the driver says... */
    uint64_t told_until_ms;       /* ...until then, whatever has happened since */
};

/* What becomes of the next save of settings. */
enum mote_sim_save {
    MOTE_SIM_SAVES,
    MOTE_SIM_SAVE_KEEPS_OLD, /* the power fails meanwhile; the old ones are there after it */
    MOTE_SIM_SAVE_KEEPS_NEW, /* the new ones are */
    MOTE_SIM_SAVE_IS_REFUSED,
};

/* The board's flash, which needs no power; to be read through the functions. */
struct mote_sim_flash {
    uint8_t record[MOTE_SETTINGS_SIZE];  /* the settings, as bytes */
    size_t size;                         /* 0: none */
    uint8_t damaged[MOTE_SETTINGS_SIZE]; /* those that were set aside last */
    size_t damaged_size;
    uint8_t next_save;                  /* enum mote_sim_save */
    uint8_t store[MOTE_SIM_STORE_SIZE]; /* for an outbox */
};

/* A virtual board. */
struct mote_sim {
    struct mote_port port; /* this board as a port; without links unless somebody fills in port.link */
    uint64_t now_ms;
    uint64_t random;
    bool power;
    bool stop;         /* what port.stop_requested answers */
    const char *words; /* and port.words */
    struct mote_sim_pins pins;
    struct mote_sim_air air;
    struct mote_sim_flash flash;
};

/* Makes a board, powered on, at time 0, with nothing in the air. Its port's `wait` moves the virtual clock to the
 * deadline or to the next thing that happens, without sleeping: a test of years takes moments. It lives as long as
 * the port is installed. */
void mote_sim_init(struct mote_sim *sim, uint32_t seed);

/* Moves the clock on (an earlier time is ignored), does what is due and calls mote_pin_changed() for inputs that have
 * changed. Returns whether anything has happened. */
bool mote_sim_turn(struct mote_sim *sim, uint64_t now_ms);

/* When mote_sim_turn() has something to do; UINT64_MAX if nothing is under way. */
uint64_t mote_sim_deadline(const struct mote_sim *sim);

/* Can packets pass: is the station joined, with an address, and is its access point there at this very moment? */
bool mote_sim_is_reachable(const struct mote_sim *sim);

/* --- Power --- */

/* Cuts the power: all pins float and the radio is dead, nobody is told. Or gives it back: the board is as after a
 * reset, with no pin taken, which the program finds out as one does: by starting anew. Close the program's pins in
 * between. */
void mote_sim_power(struct mote_sim *sim, bool on);

/* The power fails during the next save of settings, or the flash refuses it. */
void mote_sim_fail_save(struct mote_sim *sim, enum mote_sim_save how);

/* --- Pins --- */

/* Whom to tell of changes; NULL for nobody. */
void mote_sim_observe(struct mote_sim *sim, mote_sim_on_pin *on_pin, void *context);

/* Drives a pin from outside with a level, 0 or 1, or lets go of it (-1). Wins over pulls, not over an output. A pin
 * that is let go and has no pull of its own is taken to have a resistor outside, towards what its owner calls off.
 * Returns false if there is no such pin. */
bool mote_sim_drive(struct mote_sim *sim, uint16_t number, int level);

/* Presses or releases a push button at a pin: drives it to the other level than where it rests, or lets go of it. */
bool mote_sim_press(struct mote_sim *sim, uint16_t number, bool pressed);

/* The electrical level of a pin: 0 or 1; -1 if there is no such pin. */
int mote_sim_level(const struct mote_sim *sim, uint16_t number);

/* The program's pin at this number, with its name, direction and active level; NULL if it has not taken it. */
const struct mote_pin *mote_sim_pin(const struct mote_sim *sim, uint16_t number);

/* --- Air --- */

/* Puts an access point up; its bssid and channel are made up where they are 0. Returns MOTE_OK, MOTE_CONFIG_INVALID
 * for an impossible name or key, or MOTE_MQTT_QUOTA over MOTE_SIM_ACCESS_POINTS_MAX. */
enum mote_reason mote_sim_air_add(struct mote_sim *sim, const struct mote_sim_access_point *point);

/* The networks that the programs of the manual know. */
#define MOTE_SIM_HOME_AIR "SSBun=Bz123456@-48;No,thankyou-2=beijing_newhome_11.3@-70;essid=password@-60"

/* Takes all access points away and puts up those of a text like `SSBun=Bz123456;Other=key@-70;Open`: name, key,
 * signal in dBm. Returns as mote_sim_air_add(). */
enum mote_reason mote_sim_air_set(struct mote_sim *sim, struct mote_text text);

/* The access points; how many and which. They may be changed at any time, the board finds out as a radio does. */
unsigned mote_sim_air_count(const struct mote_sim *sim);
struct mote_sim_access_point *mote_sim_air_at(struct mote_sim *sim, unsigned index);

/* Switches all access points of a name on or off. Returns false if there is none. */
bool mote_sim_air_present(struct mote_sim *sim, const char *ssid, bool present);

/* The driver's news come late: until then it says of the station what it says now. What has come and gone in between is never
 * told. An earlier time than the one before shortens it. */
void mote_sim_air_hold_news(struct mote_sim *sim, uint64_t until_ms);

/* The name and key of the board's own access point; NULL while it is off. */
const char *mote_sim_own_ssid(const struct mote_sim *sim);
const char *mote_sim_own_key(const struct mote_sim *sim);

/* --- The program's own virtual board, on a Linux machine's clock and network --- */

/* Makes the program's port a virtual board; as the environment variable MOTE_BOARD=sim does by itself before main().
 * The air is what MOTE_SIM_AIR says, as in mote_sim_air_set(), or else the networks of a home. Links work while the
 * board is reachable; while it is not, their bytes vanish and nobody is told, as in life. Every change of an output
 * is said on stderr as `sim: pin 2 = 0` unless somebody else observes. Returns the board; MOTE_SIM_AIR being wrong
 * ends the program with status 2. */
struct mote_sim *mote_sim_board_install(void);

/* That board, or NULL if the program does not run on one. */
struct mote_sim *mote_sim_board(void);

#endif

/* Setup: the portal through which somebody with a phone tells a device its network and its broker.
 *
 * When no known network could be joined for a while, or on a long press of a button, the device opens an access point of its
 * own with a page on it. What is entered there is tried while the page stays reachable: it is kept once it has brought an
 * address and the broker's answer, else everything is again as it was, and the page says why. The station goes on trying
 * the known networks behind the access point, which closes by itself once the station is back and nobody uses the page.
 *
 * A program has it by adding it to its node; one that does not carries none of it. Nothing here blocks, but for the
 * writing of the settings; all may be called from within any callback of the node. docs/SETUP.md tells the rest.
 */
#ifndef MOTE_SETUP_H
#define MOTE_SETUP_H

#include <mote/node.h>
#include <mote/settings.h>

/* For open_after_ms: it does not open by itself. */
#define MOTE_SETUP_NEVER UINT32_MAX

enum mote_setup_state {
    MOTE_SETUP_CLOSED,
    MOTE_SETUP_OPEN,
    MOTE_SETUP_TRYING,    /* what was entered; the access point is open, too */
    MOTE_SETUP_CONFIRMED, /* it has worked and is kept; the access point is still open, for the page to say so */
};

/* How far a try has come. */
enum mote_setup_step {
    MOTE_SETUP_JOINING,    /* the network */
    MOTE_SETUP_ASKING,     /* for an address */
    MOTE_SETUP_CONNECTING, /* to the broker */
};

/* The fields of the page, as bits: those that were entered wrongly. */
enum mote_setup_field {
    MOTE_SETUP_NETWORK = 1,
    MOTE_SETUP_KEY = 2,
    MOTE_SETUP_BROKER = 4,
    MOTE_SETUP_USER = 8,
    MOTE_SETUP_NAME = 16,
};

/* A network as the page lists it: of several access points of one name, the strongest. */
struct mote_setup_found {
    char ssid[33];
    int8_t signal_dbm;
    bool open;
};

/* What was entered, to be tried; empty strings: it stays as it is. */
struct mote_setup_entry {
    struct mote_known_network network;
    char broker[MOTE_URL_SIZE];
    char name[65];
    bool stay; /* in the network that the station is in */
};

/* What was typed, to be shown again; no key and no password is. */
struct mote_setup_typed {
    bool any;
    char ssid[97]; /* it may have been too long */
    char broker[MOTE_URL_SIZE];
    char user[65];
    char name[97];
};

enum mote_setup_method {
    MOTE_SETUP_GET,
    MOTE_SETUP_HEAD,
    MOTE_SETUP_POST,
    MOTE_SETUP_OTHER_METHOD,
};

/* A request to the page. */
struct mote_setup_request {
    enum mote_setup_method method;
    struct mote_text path; /* with what follows its `?` */
    struct mote_text host;
    struct mote_text origin;
    struct mote_text language; /* Accept-Language */
    struct mote_text body;
    bool is_own; /* whoever took it has seen to it that it was made to this device, by a page of this device */
};

/* Where in which of the page's pieces the sending goes on; the portal's own. */
struct mote_setup_place {
    uint8_t piece;
    uint16_t at;
};

#define MOTE_SETUP_DEPTH 5

/* An answer, sent bit by bit; to be read through the functions. */
struct mote_setup_answer {
    uint16_t status; /* of HTTP */
    uint8_t content;
    uint8_t location;
    uint8_t language;
    bool language_chosen; /* by hand, so that links have to say it */

    uint8_t depth; /* 0: all is said */
    uint8_t row;
    uint16_t value_at;
    struct mote_setup_place places[MOTE_SETUP_DEPTH];
};

/* A connection of somebody to the page; the portal's own. */
struct mote_setup_connection {
    uint8_t state;
    uint8_t method;
    bool has_length;
    uint16_t error;     /* an HTTP status; 0: none */
    uint16_t head_size; /* so far */
    uint16_t used;      /* bytes of the buffer: a line of the head, then the body */
    uint16_t body_size; /* that was announced */
    uint64_t begun_ms;
    uint64_t active_ms;
    char path[64];
    char host[72];
    char origin[80];
    char language[24];
    char buffer[MOTE_SETUP_BODY_MAX];
    struct mote_setup_answer answer;
};

/* A portal; its owner's. The fields up to `context` are set before it is added; zero means default. */
struct mote_setup {
    const char *ssid;           /* of the access point; NULL: ID-setup */
    const char *key;            /* 8 to 63 characters; NULL: one of this device's own, made once and kept */
    bool open;                  /* without a key: everybody in reach may come in, and read what is entered */
    uint32_t open_after_ms;     /* 0: 300 000. Opens after so long without a network; MOTE_SETUP_NEVER: not by itself */
    uint32_t close_after_ms;    /* 0: 600 000. Closes after so long without a request, once the station is back */
    uint32_t try_ms;            /* 0: 60 000. How long a try may take */
    struct mote_button *button; /* opens it when held; NULL: none does */
    uint32_t hold_ms;           /* 0: 5 000 */
    void (*on_change)(struct mote_setup *setup, void *context); /* its state has changed; may be NULL */
    void *context;

    struct mote_node_guest guest; /* the rest is the portal's own */
    struct mote_server_handler handler;
    struct mote_node *node;
    enum mote_setup_state state;
    enum mote_setup_step step;
    enum mote_reason reason;  /* why the last try has failed, or what has gone wrong in this one */
    enum mote_reason kept;    /* whether what has worked could be saved, too */
    enum mote_reason trouble; /* why the access point, its server or the settings are not as they should be */
    uint8_t wrong;            /* enum mote_setup_field */
    const char *broker_words; /* what is wrong with the broker's URL; a static string */
    bool wanted;              /* the program or a button wants it open */
    bool used;                /* somebody has asked for the page since it was opened */
    bool serving;
    bool scan_wanted;
    bool scanning;
    bool held;           /* the button, and it has done its work */
    uint8_t scans;       /* a new list has a new number */
    uint8_t failures;    /* of the try */
    uint8_t address[4];  /* of the access point */
    uint64_t joined_ms;  /* when the station was last in a network, or the node began */
    uint64_t pressed_ms; /* since when the button is pressed */
    uint64_t asked_ms;   /* the last request, or the opening */
    uint64_t acted_ms;   /* when somebody last did something: opened the page, searched, sent the form; 0: nobody has */
    uint64_t until_ms;   /* of the try; of the pause after the access point could not be opened */
    uint8_t found_count;
    struct mote_setup_found found[MOTE_SCAN_MAX];
    struct mote_settings settings; /* as they are kept */
    struct mote_setup_typed typed;
    struct mote_setup_entry entry; /* that is being tried */
    char dropped[33];              /* the known network that had to go for the new one */
    char own_ssid[33];
    struct mote_network program_networks[MOTE_NETWORKS_MAX];
    const char *program_broker;
    const char *program_id;
    struct mote_wifi_memory memory[MOTE_NETWORKS_MAX]; /* of what was before the try */
    struct mote_setup_connection connections[MOTE_SETUP_CONNECTIONS];
};

/* Adds it to a node that has not begun: what is kept of networks, broker and name goes before the node's own. With it the
 * node may have no networks and no broker at all: then it opens at once. It is added after the node's switches and buttons, so
 * that a name that is kept is held against their topics; but before them if the node has no broker, since without one it
 * takes none. Returns MOTE_OK; MOTE_CONFIG_INVALID for a name or
 * key of impossible length, or the node's fault, which then does not run. */
enum mote_reason mote_node_add_setup(struct mote_node *node, struct mote_setup *setup);

/* Opens the access point, or keeps it open for another while. It is open when the state says so, soon. */
void mote_setup_open(struct mote_setup *setup);

/* Closes it; a try is broken off, and everything is as it was. Also to be called before a program leaves its node. */
void mote_setup_close(struct mote_setup *setup);

enum mote_setup_state mote_setup_state(const struct mote_setup *setup);

/* Why the last try has failed; MOTE_OK: it has not. */
enum mote_reason mote_setup_reason(const struct mote_setup *setup);

/* Why the access point, its servers or the kept settings are not as they should be; the port may have words for it. MOTE_OK:
 * they are. */
enum mote_reason mote_setup_trouble(const struct mote_setup *setup);

/* The name of the access point. */
const char *mote_setup_ssid(const struct mote_setup *setup);

/* Its key, empty if it has none: for the owner's eyes only. */
const char *mote_setup_key(const struct mote_setup *setup);

/* --- For a program that has a web server of its own --- */

/* Answers a request. */
void mote_setup_ask(struct mote_setup *setup, const struct mote_setup_request *request,
                    struct mote_setup_answer *answer);

/* The content type of an answer. */
const char *mote_setup_answer_type(const struct mote_setup_answer *answer);

/* Writes where it sends the browser, with a NUL. Returns false if it does not. */
bool mote_setup_answer_location(const struct mote_setup *setup, const struct mote_setup_answer *answer, char *into,
                                size_t size);

/* Writes what comes next of its body, 16 to `size` bytes of it as long as there are so many. Returns how many; 0 at the
 * end. */
size_t mote_setup_answer_read(struct mote_setup *setup, struct mote_setup_answer *answer, char *into, size_t size);

#endif

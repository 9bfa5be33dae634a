/* What the parts of the portal are to each other:
 *
 *   portal.c      opening and closing, the button, the scan
 *   trial.c       trying what was entered, keeping it or going back
 *   entry.c       from a form to something that can be tried
 *   form.c        the fields of a form
 *   connection.c  who is connected, and the requests as bytes
 *   request.c     which request gets which answer
 *   page.c        an answer, piece by piece; value.c: what the names in it stand for
 *   words.c       what the page says, in its languages
 *   probe.c       how a phone finds out that there is a portal
 *   dns.c         names, all of which lead here
 */
#ifndef MOTE_SETUP_INSIDE_H
#define MOTE_SETUP_INSIDE_H

#include <mote/setup.h>

enum mote_setup_language {
    MOTE_SETUP_ENGLISH,
    MOTE_SETUP_CHINESE,
    MOTE_SETUP_LANGUAGES,
};

/* --- portal.c --- */

/* Has the station come into a network? */
bool mote_setup_is_joined(const struct mote_setup *setup);

void mote_setup_enter(struct mote_setup *setup, enum mote_setup_state state);

/* Somebody is there: it stays open. */
void mote_setup_touch(struct mote_setup *setup);

/* And does something: the radio is left alone for a while. */
void mote_setup_act(struct mote_setup *setup);

/* --- trial.c --- */

/* Gives the node what is kept and what its program says. */
void mote_trial_apply_kept(struct mote_setup *setup);

/* Begins to try the entry. */
void mote_trial_begin(struct mote_setup *setup);

/* Looks how far it is. */
void mote_trial_turn(struct mote_setup *setup);

/* Everything is as it was before it began. */
void mote_trial_break_off(struct mote_setup *setup, enum mote_reason reason);

/* --- entry.c --- */

/* Keeps what was typed, to be shown again. */
void mote_entry_remember(struct mote_setup *setup, struct mote_text form);

/* Makes the form the entry. Returns false, with what is wrong noted, if it cannot be tried. */
bool mote_entry_read(struct mote_setup *setup, struct mote_text form);

/* The network of this name that the node knows, from its program or its owner. NULL: none. */
const struct mote_network *mote_entry_known(const struct mote_setup *setup, const char *ssid);

/* Writes the URL of the node's broker without user and password. */
void mote_entry_show_broker(const struct mote_url *url, char *into, size_t size);

/* --- form.c --- */

enum mote_form_field {
    MOTE_FORM_ABSENT,
    MOTE_FORM_WRONG, /* too long, not encoded as it should be, or with a NUL of its own */
    MOTE_FORM_FOUND,
};

/* Finds a field and writes its decoded value, with a NUL; the empty string if it is not MOTE_FORM_FOUND. */
enum mote_form_field mote_form_get(struct mote_text form, const char *name, char *into, size_t size);

/* --- connection.c --- */

extern const struct mote_server_handler mote_setup_server;

void mote_connections_reset(struct mote_setup *setup);

/* Ends those that take too long. Returns when there is something to end. */
uint64_t mote_connections_turn(struct mote_setup *setup);

/* --- page.c --- */

enum mote_setup_content {
    MOTE_CONTENT_NONE,
    MOTE_CONTENT_PAGE,
    MOTE_CONTENT_STYLE,
    MOTE_CONTENT_SCRIPT,
    MOTE_CONTENT_STATE,
};

enum mote_setup_location {
    MOTE_LOCATION_NONE,
    MOTE_LOCATION_PAGE,    /* of this device, in the language of the answer */
    MOTE_LOCATION_ADDRESS, /* the access point's, for those who asked for something else */
};

/* Begins to send the answer, with its head or without. */
void mote_page_begin(struct mote_setup_answer *answer, bool with_head, bool with_body);

/* --- words.c --- */

struct mote_setup_words {
    const char *name;
    const char *in[MOTE_SETUP_LANGUAGES];
};

extern const struct mote_setup_words mote_setup_words[];
extern const size_t mote_setup_word_count;

/* What the page says for this name. Returns false if it has no such words. */
bool mote_words_find(struct mote_text name, enum mote_setup_language language, struct mote_text *words);

struct mote_text mote_words_of_reason(enum mote_reason reason, enum mote_setup_language language);
struct mote_text mote_words_next(enum mote_reason reason, enum mote_setup_language language);

/* --- probe.c --- */

/* Is it a path by which a system looks whether it is behind a portal? */
bool mote_probe_is(struct mote_text path);

/* --- dns.c --- */

/* Answers a query: the address for an A, nothing for other types, at all names. Returns the answer's size; 0: none, since it is
 * no query or there is no room. */
size_t mote_dns_answer(const uint8_t address[4], const uint8_t *query, size_t size, uint8_t *into, size_t room);

#endif

#include "port/esp/lookup.h"
#include "port/esp/post.h"
#include <lwip/dns.h>
#include <lwip/tcpip.h>
#include <string.h>

enum { LOOKUPS = 4 };

/* Belongs to lwIP's task while it is busy, but for who is to be told. */
struct lookup {
    char name[MOTE_LOOKUP_NAME_SIZE];
    bool busy;
    mote_lookup_function *function; /* NULL: nobody */
    void *context;
};

struct answer {
    struct lookup *lookup;
    bool found;
    ip_addr_t address;
};

_Static_assert(sizeof(struct answer) <= MOTE_ESP_POST_SIZE, "an answer is posted");

static struct lookup lookups[LOOKUPS];

/* --- In the loop's task --- */

static void on_answer(void *context)
{
    const struct answer *answer = context;
    struct lookup *lookup = answer->lookup;

    lookup->busy = false;
    if (lookup->function != NULL)
        lookup->function(answer->found ? &answer->address : NULL, lookup->context);
}

/* --- In lwIP's task --- */

static void tell(struct lookup *lookup, const ip_addr_t *address)
{
    struct answer answer = {.lookup = lookup, .found = address != NULL};

    if (address != NULL)
        answer.address = *address;
    mote_post_inside(on_answer, &answer, sizeof answer);
}

static void on_found(const char *name, const ip_addr_t *address, void *context)
{
    (void)name;
    tell(context, address);
}

static void ask(void *context)
{
    struct lookup *lookup = context;
    ip_addr_t address;
    err_t error = dns_gethostbyname(lookup->name, &address, on_found, lookup);

    if (error == ERR_OK)
        tell(lookup, &address);
    else if (error != ERR_INPROGRESS)
        tell(lookup, NULL);
}

/* --- In the loop's task --- */

static struct lookup *find_free(void)
{
    for (int i = 0; i < LOOKUPS; i++) {
        if (!lookups[i].busy)
            return &lookups[i];
    }
    return NULL;
}

bool mote_lookup_begin(const char *name, mote_lookup_function *function, void *context)
{
    struct lookup *lookup = find_free();

    if (lookup == NULL || !mote_text_copy(mote_text(name), lookup->name, sizeof lookup->name))
        return false;
    lookup->function = function;
    lookup->context = context;
    lookup->busy = tcpip_callback(ask, lookup) == ERR_OK;
    return lookup->busy;
}

void mote_lookup_forget(const void *context)
{
    for (int i = 0; i < LOOKUPS; i++) {
        if (lookups[i].context == context)
            lookups[i].function = NULL;
    }
}

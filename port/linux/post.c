/* A ring that many fill and one empties, without locks: a signal handler may come between any two steps of the thread
 * that it interrupts, also of one that is posting. Whoever posts draws a ticket, by which it owns a place, fills it, and
 * marks it as filled. The loop takes the places in the order of the tickets and stops before one that is not filled
 * yet: who fills it rings the bell afterwards. */
#include "port/linux/post.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(MOTE_POSTS_MAX >= 2 && MOTE_POSTS_MAX <= 32768 && (MOTE_POSTS_MAX & (MOTE_POSTS_MAX - 1)) == 0,
               "MOTE_POSTS_MAX is a power of two from 2 to 32768");
_Static_assert(MOTE_POST_SIZE >= 16 && MOTE_POST_SIZE <= 4096, "MOTE_POST_SIZE is from 16 to 4096");

struct post {
    alignas(max_align_t) unsigned char value[MOTE_POST_SIZE];
    mote_post_function *function;
    void *context; /* NULL with a value of its own */
    bool has_value;
};

/* `state` is the lap's number, a multiple of the ring's size, while the place is free for the ticket of that lap, and 1
 * more when it is filled. So a ring of zeros is an empty one. */
struct place {
    atomic_uint state;
    struct post post;
};

static struct place ring[MOTE_POSTS_MAX];
static atomic_uint next_ticket;
static unsigned next_taken; /* the loop's */
static atomic_int bell = -1;

static struct place *place_of(unsigned ticket)
{
    return &ring[ticket % MOTE_POSTS_MAX];
}

static unsigned lap_of(unsigned ticket)
{
    return ticket - ticket % MOTE_POSTS_MAX;
}

/* Returns whether there was one. A place that is a lap behind has not been emptied yet. */
static bool draw_ticket(unsigned *ticket)
{
    unsigned drawn = atomic_load(&next_ticket);

    for (;;) {
        unsigned ahead = atomic_load(&place_of(drawn)->state) - lap_of(drawn);

        if (ahead > UINT32_MAX / 2)
            return false;
        if (ahead > 0)
            drawn = atomic_load(&next_ticket);
        else if (atomic_compare_exchange_weak(&next_ticket, &drawn, drawn + 1))
            break;
    }
    *ticket = drawn;
    return true;
}

/* Either this sees the bell, or the loop, which hangs it up before its first look at the ring, sees what is posted. */
static void ring_bell(void)
{
    const uint64_t one = 1;
    int fd = atomic_load(&bell);
    ssize_t written = 0;

    if (fd >= 0)
        written = write(fd, &one, sizeof one);
    (void)written; /* it can only fail for having been rung 2^64 times */
}

static bool post(mote_post_function *function, void *context, const void *value, size_t size)
{
    int error = errno;
    unsigned ticket;
    struct place *place;

    if (size > MOTE_POST_SIZE || !draw_ticket(&ticket))
        return false;
    place = place_of(ticket);
    place->post.function = function;
    place->post.context = context;
    place->post.has_value = value != NULL;
    if (value != NULL)
        memcpy(place->post.value, value, size);
    atomic_store(&place->state, lap_of(ticket) + 1);
    ring_bell();
    errno = error;
    return true;
}

bool mote_post(mote_post_function *function, void *context)
{
    return post(function, context, NULL, 0);
}

bool mote_post_copy(mote_post_function *function, const void *value, size_t size)
{
    return post(function, NULL, value == NULL ? "" : value, size);
}

/* --- The loop's side --- */

int mote_post_bell(void)
{
    int fd = atomic_load(&bell);

    if (fd < 0) {
        fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* rung: something may have been posted before */
        atomic_store(&bell, fd);
    }
    return fd;
}

/* Its place is free again before the function is called, which may post in turn. */
static bool take(struct post *taken)
{
    struct place *place = place_of(next_taken);

    if (atomic_load(&place->state) != lap_of(next_taken) + 1)
        return false;
    *taken = place->post;
    atomic_store(&place->state, lap_of(next_taken) + MOTE_POSTS_MAX);
    next_taken++;
    return true;
}

void mote_post_on_bell(int fd, uint32_t events, void *context)
{
    unsigned end;
    uint64_t rung;
    ssize_t size = read(fd, &rung, sizeof rung);
    struct post taken;

    (void)size;
    (void)events;
    (void)context;
    end = atomic_load(&next_ticket); /* what is posted from here on rings again */
    while (next_taken != end && take(&taken))
        taken.function(taken.has_value ? taken.value : taken.context);
}

/* The port for Espressif's chips hands things over to the loop: port/esp/wake.c, post.c and lookup.c, between a fake of FreeRTOS and of
 * lwIP. What they must never do is wait for lwIP's task within that task. */
#include "esp_fake/esp_fake.h"

#include "check.h"

#include "port/esp/lookup.h"
#include "port/esp/post.h"
#include "port/esp/wake.h"

#include <mote/limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#undef bind
#undef recv
#undef sendto

enum { MAILBOX = 8, ITEMS = 128, ITEM = 256, NAMES = 4 };

/* --- FreeRTOS --- */

struct fake_queue {
    unsigned length, size, first, count;
    unsigned char items[ITEMS][ITEM];
};

static struct fake_queue queue;

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size)
{
    CHECK(length <= ITEMS && size <= ITEM);
    queue = (struct fake_queue){.length = length, .size = size};
    return &queue;
}

BaseType_t xQueueSend(QueueHandle_t into, const void *item, unsigned ticks)
{
    (void)ticks;
    if (into->count == into->length)
        return 0;
    memcpy(into->items[(into->first + into->count++) % into->length], item, into->size);
    return pdTRUE;
}

BaseType_t xQueueReceive(QueueHandle_t from, void *item, unsigned ticks)
{
    (void)ticks;
    if (from->count == 0)
        return 0;
    memcpy(item, from->items[from->first], from->size);
    from->first = (from->first + 1) % from->length;
    from->count--;
    return pdTRUE;
}

UBaseType_t uxQueueMessagesWaiting(QueueHandle_t of)
{
    return of->count;
}

UBaseType_t uxQueueSpacesAvailable(QueueHandle_t of)
{
    return of->length - of->count;
}

/* --- lwIP --- */

struct tcpip_callback_msg {
    tcpip_callback_fn function;
    void *context;
};

static struct {
    struct tcpip_callback_msg mailbox[MAILBOX];
    unsigned waiting;
    bool is_running; /* this is lwIP's task */
    bool has_no_memory;
    struct udp_pcb own, other;
    struct tcpip_callback_msg message;
    struct {
        dns_found_callback found;
        void *context;
    } asked[NAMES];
    unsigned asked_count;
    bool knows; /* the next name at once */
} lwip;

struct udp_pcb *udp_pcbs;

static void in_its_task(void)
{
    if (!lwip.is_running)
        check_fail(__FILE__, __LINE__, "this may only be called in lwIP's task");
}

static void in_another(void)
{
    if (lwip.is_running)
        check_fail(__FILE__, __LINE__, "lwIP's task waits for itself");
}

static err_t put(const struct tcpip_callback_msg *message)
{
    if (lwip.waiting == MAILBOX)
        return ERR_MEM;
    lwip.mailbox[lwip.waiting++] = *message;
    return ERR_OK;
}

err_t tcpip_callback(tcpip_callback_fn function, void *context)
{
    in_another();
    return put(&(struct tcpip_callback_msg){function, context});
}

struct tcpip_callback_msg *tcpip_callbackmsg_new(tcpip_callback_fn function, void *context)
{
    lwip.message = (struct tcpip_callback_msg){function, context};
    return &lwip.message;
}

err_t tcpip_callbackmsg_trycallback(struct tcpip_callback_msg *message)
{
    return put(message);
}

err_t tcpip_callbackmsg_trycallback_fromisr(struct tcpip_callback_msg *message)
{
    err_t error = put(message);

    return error == ERR_OK ? ERR_NEED_SCHED : error;
}

struct pbuf *pbuf_alloc(int layer, uint16_t size, int type)
{
    struct pbuf *pbuf = lwip.has_no_memory ? NULL : malloc(sizeof *pbuf + size);

    (void)layer, (void)type;
    if (pbuf != NULL)
        pbuf->payload = pbuf + 1;
    return pbuf;
}

void pbuf_free(struct pbuf *pbuf)
{
    free(pbuf);
}

err_t udp_sendto(struct udp_pcb *pcb, struct pbuf *pbuf, const ip_addr_t *to, uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(to->address)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    in_its_task();
    CHECK(pcb == &lwip.own);
    CHECK_EQUAL(sendto(fd, pbuf->payload, 1, 0, (const struct sockaddr *)&address, sizeof address), 1);
    close(fd);
    return ERR_OK;
}

err_t dns_gethostbyname(const char *name, ip_addr_t *address, dns_found_callback found, void *context)
{
    in_its_task();
    if (name[0] == '\0')
        return ERR_VAL;
    if (lwip.knows) {
        address->address = 7;
        return ERR_OK;
    }
    CHECK(lwip.asked_count < NAMES);
    lwip.asked[lwip.asked_count].found = found;
    lwip.asked[lwip.asked_count++].context = context;
    return ERR_INPROGRESS;
}

int fake_bind(int fd, const struct sockaddr *address, socklen_t size)
{
    socklen_t room = sizeof(struct sockaddr_in);
    struct sockaddr_in own;

    in_another();
    CHECK_EQUAL(bind(fd, address, size), 0);
    CHECK_EQUAL(getsockname(fd, (struct sockaddr *)&own, &room), 0);
    lwip.own = (struct udp_pcb){.local_ip.address = INADDR_LOOPBACK, .local_port = ntohs(own.sin_port)};
    lwip.other = (struct udp_pcb){.next = &lwip.own, .local_port = 68};
    udp_pcbs = &lwip.other;
    return 0;
}

ssize_t fake_recv(int fd, void *into, size_t size, int flags)
{
    in_another();
    return recv(fd, into, size, flags);
}

ssize_t fake_sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *to, socklen_t to_size)
{
    in_another();
    return sendto(fd, bytes, size, flags, to, to_size);
}

/* Does what waits for it. */
static void run_lwip(void)
{
    struct tcpip_callback_msg mailbox[MAILBOX];
    unsigned count = lwip.waiting;

    memcpy(mailbox, lwip.mailbox, sizeof mailbox);
    lwip.waiting = 0;
    lwip.is_running = true;
    for (unsigned i = 0; i < count; i++)
        mailbox[i].function(mailbox[i].context);
    lwip.is_running = false;
}

static void answer(unsigned number, const ip_addr_t *address)
{
    lwip.is_running = true;
    lwip.asked[number].found("", address, lwip.asked[number].context);
    lwip.is_running = false;
}

/* --- The loop --- */

static unsigned calls, found, absent;

static void start(void)
{
    calls = found = absent = 0;
    if (mote_wake_fd() >= 0) {
        run_lwip();
        mote_wake_clear();
        mote_post_run();
    } else {
        CHECK(mote_post_start() && mote_wake_start());
    }
    memset(lwip.asked, 0, sizeof lwip.asked);
    lwip.asked_count = 0;
    lwip.knows = lwip.has_no_memory = lwip.is_running = false;
}

/* The kernel delivers within the machine before sendto() returns. */
static bool is_awake(void)
{
    return poll(&(struct pollfd){.fd = mote_wake_fd(), .events = POLLIN}, 1, 0) == 1;
}

static void turn(void)
{
    mote_wake_clear();
    mote_post_run();
}

static void count_call(void *context)
{
    (void)context;
    calls++;
}

static void on_resolved(const ip_addr_t *address, void *context)
{
    (void)context;
    found += address != NULL;
    absent += address == NULL;
}

/* --- Waking --- */

static void a_task_wakes_the_loop_once(void)
{
    start();
    CHECK(!is_awake());
    for (int i = 0; i < 100; i++)
        mote_wake();
    CHECK_EQUAL(lwip.waiting, 1);
    run_lwip();
    CHECK(is_awake());
    turn();
    CHECK(!is_awake());
    mote_wake();
    run_lwip();
    CHECK(is_awake());
}

static void an_interrupt_wakes_the_loop_once(void)
{
    start();
    for (int i = 0; i < 100; i++)
        mote_wake_from_interrupt();
    CHECK_EQUAL(lwip.waiting, 1);
    run_lwip();
    CHECK(is_awake());
}

static void wake_in_its_task(void *context)
{
    (void)context;
    mote_wake();
}

static void lwips_own_task_wakes_the_loop(void)
{
    start();
    CHECK_EQUAL(tcpip_callback(wake_in_its_task, NULL), ERR_OK);
    run_lwip();
    run_lwip();
    CHECK(is_awake());
}

/* What was not sent must not keep the next one from being sent. */
static void without_memory_the_next_one_wakes_it(void)
{
    start();
    lwip.has_no_memory = true;
    mote_wake();
    run_lwip();
    CHECK(!is_awake());
    lwip.has_no_memory = false;
    mote_wake();
    run_lwip();
    CHECK(is_awake());
}

static void a_full_mailbox_is_asked_again(void)
{
    start();
    while (tcpip_callback(count_call, NULL) == ERR_OK)
        ;
    mote_wake();
    mote_wake_from_interrupt();
    run_lwip();
    CHECK(!is_awake());
    mote_wake();
    run_lwip();
    CHECK(is_awake());
}

/* --- Posting --- */

static void a_program_cannot_take_the_ports_room(void)
{
    unsigned posted = 0, inside = 0;

    start();
    while (mote_post(count_call, NULL))
        posted++;
    while (mote_post_inside(count_call, "", 0))
        inside++;
    CHECK_EQUAL(posted, MOTE_POSTS_MAX);
    CHECK_EQUAL(inside, 12);
    turn();
    CHECK_EQUAL(calls, posted + inside);
    CHECK(mote_post(count_call, NULL));
}

/* --- Looking up --- */

static void a_name_that_is_known_is_told_at_once(void)
{
    int context;

    start();
    lwip.knows = true;
    CHECK(mote_lookup_begin("10.0.0.7", on_resolved, &context));
    run_lwip();
    run_lwip();
    CHECK_EQUAL(found, 0); /* not from lwIP's task */
    CHECK(is_awake());
    turn();
    CHECK_EQUAL(found, 1);
}

static void a_name_is_told_when_the_server_answers(void)
{
    const ip_addr_t address = {1};
    int context;

    start();
    CHECK(mote_lookup_begin("mqtt.server", on_resolved, &context));
    run_lwip();
    CHECK(!is_awake());
    answer(0, &address);
    run_lwip();
    CHECK(is_awake());
    turn();
    CHECK_EQUAL(found, 1);
    CHECK(mote_lookup_begin("absent", on_resolved, &context));
    run_lwip();
    answer(1, NULL);
    turn();
    CHECK_EQUAL(absent, 1);
}

/* Names that nobody waits for any more take room until lwIP has given them up, and no longer. */
static void forgotten_names_give_their_room_back(void)
{
    int context[NAMES], last;

    start();
    for (int i = 0; i < NAMES; i++) {
        CHECK(mote_lookup_begin("slow", on_resolved, &context[i]));
        mote_lookup_forget(&context[i]);
    }
    CHECK(!mote_lookup_begin("one too many", on_resolved, &last));
    run_lwip();
    for (unsigned i = 0; i < NAMES; i++)
        answer(i, NULL);
    turn();
    CHECK_EQUAL(found + absent, 0);
    lwip.knows = true;
    CHECK(mote_lookup_begin("now", on_resolved, &last));
    run_lwip();
    turn();
    CHECK_EQUAL(found, 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-task-wakes-the-loop-once", a_task_wakes_the_loop_once},
        {"an-interrupt-wakes-the-loop-once", an_interrupt_wakes_the_loop_once},
        {"lwips-own-task-wakes-the-loop", lwips_own_task_wakes_the_loop},
        {"without-memory-the-next-one-wakes-it", without_memory_the_next_one_wakes_it},
        {"a-full-mailbox-is-asked-again", a_full_mailbox_is_asked_again},
        {"a-program-cannot-take-the-ports-room", a_program_cannot_take_the_ports_room},
        {"a-name-that-is-known-is-told-at-once", a_name_that_is_known_is_told_at_once},
        {"a-name-is-told-when-the-server-answers", a_name_is_told_when_the_server_answers},
        {"forgotten-names-give-their-room-back", forgotten_names_give_their_room_back},
    };

    return check_main("unit/esp_post", cases, sizeof cases / sizeof cases[0], argc, argv);
}

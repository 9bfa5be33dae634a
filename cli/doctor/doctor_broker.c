/* The steps to the broker: its name, its port, its certificate, its answer, its grant. */
#include "doctor.h"
#include "port/linux/link/dial.h"
#include "port/linux/link/route.h"

#include <arpa/inet.h>
#include <mote/mqtt.h>
#include <mote/port.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool starts_with(struct mote_text text, const char *beginning)
{
    return text.length >= strlen(beginning) && memcmp(text.data, beginning, strlen(beginning)) == 0;
}

static bool has_tls(const struct doctor_case *patient)
{
    return mote_text_equals(patient->url.scheme, "mqtts") || mote_text_equals(patient->url.scheme, "wss");
}

static bool has_websocket(const struct doctor_case *patient)
{
    return starts_with(patient->url.scheme, "ws");
}

enum { SIDE_SIZE = NI_MAXHOST + NI_MAXSERV + 8 };

/* --- Name and port: a connection of its own, which is closed at once --- */

/* What it waits for tells the two steps apart. */
struct attempt {
    bool done;
    enum mote_reason waits_for;
    enum mote_reason reason;
    int fd;
};

static void on_dialled(void *context, enum mote_reason reason, int fd)
{
    struct attempt *attempt = context;

    attempt->done = true;
    attempt->reason = reason;
    attempt->fd = fd;
}

static const char *other_side(int fd, char text[SIDE_SIZE])
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[NI_MAXHOST], port[NI_MAXSERV];

    snprintf(text, SIDE_SIZE, "connected");
    if (getpeername(fd, (struct sockaddr *)&address, &size) == 0 && address.ss_family != AF_UNIX &&
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        snprintf(text, SIDE_SIZE, "%s port %s", host, port);
    }
    return text;
}

static bool is_address(const char *host)
{
    struct in6_addr parsed;

    return host != NULL && (inet_pton(AF_INET, host, &parsed) == 1 || inet_pton(AF_INET6, host, &parsed) == 1);
}

static void begin_dns(struct doctor_case *patient, const struct mote_dial_target *target)
{
    doctor_begin(patient, DOCTOR_DNS);
    if (target->host == NULL || is_address(target->host)) {
        doctor_skip(patient, DOCTOR_DNS, target->host == NULL ? "a socket of this machine" : "the URL has an address");
        doctor_begin(patient, DOCTOR_TCP);
    }
}

/* Goes on to the next step once the name is found. */
static bool is_at_tcp(struct doctor_case *patient, const struct attempt *attempt, const char *host)
{
    if (patient->findings[DOCTOR_DNS].result == DOCTOR_NOT_REACHED && attempt->waits_for == MOTE_TCP_TIMEOUT) {
        doctor_pass(patient, DOCTOR_DNS, "%s is found", host);
        doctor_begin(patient, DOCTOR_TCP);
    }
    return patient->findings[DOCTOR_DNS].result != DOCTOR_NOT_REACHED;
}

static bool tell_dial(struct doctor_case *patient, const struct attempt *attempt, const char *host)
{
    const enum doctor_step step = is_at_tcp(patient, attempt, host) ? DOCTOR_TCP : DOCTOR_DNS;
    char side[SIDE_SIZE];

    if (!attempt->done) {
        snprintf(patient->findings[step].words, DOCTOR_WORDS_SIZE, "no answer in %u ms", (unsigned)patient->timeout_ms);
        return doctor_fail(patient, step, attempt->waits_for);
    }
    if (attempt->reason != MOTE_OK) {
        return doctor_fail(patient, step, attempt->reason);
    }
    other_side(attempt->fd, side);
    close(attempt->fd);
    return doctor_pass(patient, DOCTOR_TCP, "%s", side);
}

static bool dial(struct doctor_case *patient, const struct mote_route *route)
{
    const struct mote_dial_target target = {
        .host = route->has_proxy ? route->proxy.host.data : route->host,
        .port = route->has_proxy ? route->proxy.port : route->port,
        .path = route->path,
        .bind = route->bind_length > 0 ? (const struct sockaddr *)&route->bind : NULL,
        .bind_length = route->bind_length,
    };
    struct attempt attempt = {.fd = -1};
    const struct mote_port *port = mote_port();

    begin_dns(patient, &target);
    struct mote_dial *under_way = mote_dial_start(&target, &attempt.waits_for, on_dialled, &attempt);
    uint64_t end_ms = mote_now_ms() + patient->timeout_ms;
    while (!attempt.done && mote_now_ms() < end_ms) {
        const bool had_name = patient->findings[DOCTOR_DNS].result != DOCTOR_NOT_REACHED;

        if (is_at_tcp(patient, &attempt, target.host) && !had_name) {
            end_ms = mote_now_ms() + patient->timeout_ms;
        }
        port->wait(port->context, end_ms);
    }
    if (!attempt.done) {
        mote_dial_cancel(under_way);
    }
    return tell_dial(patient, &attempt, target.host);
}

/* --- TLS and MQTT: a second connection, as a node makes it --- */

/* The client's calls wait in the port's wait: there one sees how far it is. */
static struct {
    const struct mote_port *port;
    struct doctor_case *patient;
    struct mote_mqtt client;
    bool opened;
} visit;

static void tell_open(struct doctor_case *patient)
{
    const char *socket = has_websocket(patient) ? ", and a WebSocket" : "";

    visit.opened = true;
    if (has_tls(patient)) {
        doctor_pass(patient, DOCTOR_TLS, "%s%s",
                    patient->link.tls.insecure ? "encrypted, but the certificate was not looked at"
                                               : "the certificate is right",
                    socket);
    } else {
        doctor_skip(patient, DOCTOR_TLS, "%s asks for none%s", patient->url.scheme.data, socket);
    }
    doctor_begin(patient, DOCTOR_CONNACK);
}

static void wait_and_see(void *context, uint64_t deadline_ms)
{
    visit.port->wait(context, deadline_ms);
    if (!visit.opened && visit.client.link.state == MOTE_LINK_OPEN) {
        tell_open(visit.patient);
    }
}

/* The host is there, as has been seen: whoever listens there does not speak MQTT. */
static bool is_silence(enum mote_reason reason)
{
    return reason == MOTE_MQTT_NO_PINGRESP || reason == MOTE_TCP_TIMEOUT;
}

/* A port that has said nothing on the last failure has words on an earlier one. */
static void add_client_words(struct doctor_case *patient, enum doctor_step step, enum mote_reason reason)
{
    char *words = patient->findings[step].words;

    if (is_silence(reason)) {
        snprintf(words, DOCTOR_WORDS_SIZE, "no answer in %u ms", (unsigned)patient->timeout_ms);
    } else if (step > DOCTOR_TLS) {
        snprintf(words, DOCTOR_WORDS_SIZE, "%s",
                 reason == MOTE_TCP_RESET ? "the connection was closed instead of an answer"
                                          : mote_reason_words(reason));
    }
}

static bool connect_client(struct doctor_case *patient)
{
    const struct mote_mqtt_options options = {
        .url = patient->broker, .link = &patient->link, .version = patient->version, .timeout_ms = patient->timeout_ms};
    enum mote_reason reason;

    doctor_begin(patient, DOCTOR_TLS);
    reason = mote_mqtt_connect(&visit.client, &options);
    if (reason == MOTE_OK && !visit.opened) {
        tell_open(patient);
    }
    if (reason == MOTE_OK) {
        return doctor_pass(patient, DOCTOR_CONNACK, "the broker lets us in");
    }
    const enum doctor_step step = visit.opened ? DOCTOR_CONNACK : DOCTOR_TLS;
    add_client_words(patient, step, reason);
    return doctor_fail(patient, step, is_silence(reason) && visit.opened ? MOTE_MQTT_PROTOCOL : reason);
}

static bool subscribe(struct doctor_case *patient)
{
    enum mote_reason reason;

    doctor_begin(patient, DOCTOR_SUBACK);
    reason = mote_mqtt_subscribe(&visit.client, patient->filter, MOTE_QOS_1);
    if (reason == MOTE_OK) {
        return doctor_pass(patient, DOCTOR_SUBACK, "%s", patient->filter);
    }
    add_client_words(patient, DOCTOR_SUBACK, reason);
    return doctor_fail(patient, DOCTOR_SUBACK, reason);
}

static bool speak(struct doctor_case *patient)
{
    struct mote_port watched = *mote_port();
    bool fine;

    memset(&visit, 0, sizeof visit);
    visit.port = mote_port();
    visit.patient = patient;
    watched.wait = wait_and_see;
    mote_port_install(&watched);
    fine = connect_client(patient) && subscribe(patient);
    mote_mqtt_disconnect(&visit.client);
    mote_port_install(visit.port);
    return fine;
}

bool doctor_broker(struct doctor_case *patient)
{
    enum mote_reason reason = MOTE_OK;
    struct mote_route *route = mote_route_plan(&patient->url, &patient->link, &reason);
    bool fine;

    if (route == NULL) {
        doctor_begin(patient, DOCTOR_DNS);
        return doctor_fail(patient, DOCTOR_DNS, reason);
    }
    fine = dial(patient, route);
    mote_route_free(route);
    return fine && speak(patient);
}

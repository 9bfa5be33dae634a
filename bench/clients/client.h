/* What the clients that script/bench compares have in common: the command line, the clock, the report.
 *
 *   NAME publish PORT QOS COUNT IN_FLIGHT SIZE     publishes COUNT messages of SIZE bytes, at most IN_FLIGHT of them
 *                                                  without an acknowledgement
 *   NAME receive PORT QOS COUNT IN_FLIGHT SIZE     subscribes, takes COUNT messages
 *   NAME echo PORT QOS COUNT IN_FLIGHT SIZE        publishes and takes its own messages (mote alone), at most IN_FLIGHT of
 *                                                  which are on their way
 *   NAME subscribe PORT QOS                        connects, subscribes, ends when that is granted
 *
 * Once there is a window of IN_FLIGHT messages it is filled up again when a quarter of it is free. BENCH_ID in the
 * environment is the client id; with BENCH_STEP a receiver tells each time that it has so many more: `at 100000`. A line `ready` says that the connection is there and the clock starts. The last line is
 * JSON: the messages, the CPU time of the whole process in microseconds and the elapsed time from
 * where there is a connection (and, of receive, a subscription) to the last acknowledgement or message. After QoS 0 one
 * message of QoS 1 follows, so that the end is when the broker has taken them all. Exit status 1 if anything fails. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#define BENCH_TOPIC "bench/of/messages"

enum bench_mode { BENCH_PUBLISH, BENCH_RECEIVE, BENCH_ECHO, BENCH_SUBSCRIBE };

struct bench_job {
    enum bench_mode mode;
    int port;
    int qos;
    unsigned count;
    unsigned in_flight;
    size_t size;
    const char *payload;
    const char *id;
    unsigned step; /* 0: none */
};

/* Reads the command line, or ends the program. */
void bench_parse(struct bench_job *job, int argc, char **argv);

/* Starts the clock; says that it is ready. */
void bench_begin(void);

/* Tells that so many have been received, if it is time to. */
void bench_step(const struct bench_job *job, unsigned received);

/* Prints the report. */
void bench_end(const struct bench_job *job);

/* Ends the program if something has not worked. */
void bench_require(bool worked, const char *what);

#endif

/* What the queues that script/bench compares have in common: the command line, the work, the report.
 *
 *   NAME FOLDER COUNT SIZE BATCH
 *
 * Keeps COUNT messages of SIZE bytes in a file in FOLDER, then takes them out again in their order as they are delivered, 16 under
 * way at a time. What is kept outlasts the program at once, and a power cut within a moment. BATCH is how many messages a queue
 * that has transactions may put into one. The last line is JSON: the CPU time for one message of either half, in microseconds, the messages
 * kept in a second, and the bytes that were written for one message. Exit status 1 if anything fails. */
#ifndef BENCH_QUEUE_H
#define BENCH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#define QUEUE_TOPIC "bench/of/messages/01"

enum { QUEUE_UNDER_WAY = 16 };

struct queue_job {
    const char *folder;
    unsigned count;
    size_t size;
    unsigned batch;
    const char *payload;
};

/* A queue; each program has one. */
void queue_open(const struct queue_job *job);
void queue_put(const struct queue_job *job, unsigned number);
void queue_flush(const struct queue_job *job); /* all are put: what waits for a batch to be full waits no longer */
/* Takes out the next ones and has them delivered, QUEUE_UNDER_WAY at most. Returns how many; 0: there are no more. */
unsigned queue_deliver(const struct queue_job *job);
void queue_close(void);

/* Ends the program if something has not worked. */
void queue_require(bool worked, const char *what);

#endif

#include "queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void queue_require(bool worked, const char *what)
{
    if (worked)
        return;
    fprintf(stderr, "queue: %s\n", what);
    exit(1);
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What the program has given the system to write, whether it is on the disk or not. */
static double bytes_written(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[80];
    unsigned long long bytes = 0;

    queue_require(file != NULL, "/proc/self/io cannot be read");
    while (fgets(line, sizeof line, file) != NULL)
        sscanf(line, "wchar: %llu", &bytes);
    fclose(file);
    return (double)bytes;
}

static void parse(struct queue_job *job, int argc, char **argv)
{
    char *payload;

    queue_require(argc == 5, "usage: NAME FOLDER COUNT SIZE BATCH");
    *job = (struct queue_job){.folder = argv[1],
                              .count = (unsigned)atoi(argv[2]),
                              .size = (size_t)atoi(argv[3]),
                              .batch = (unsigned)atoi(argv[4])};
    payload = malloc(job->size + 1);
    queue_require(payload != NULL && job->count > 0 && job->batch > 0, "these numbers cannot be");
    memset(payload, 'x', job->size);
    payload[job->size] = '\0';
    job->payload = payload;
}

int main(int argc, char **argv)
{
    struct queue_job job;
    unsigned delivered = 0;

    parse(&job, argc, argv);
    queue_open(&job);
    double bytes = bytes_written();
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), elapsed = seconds(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < job.count; i++)
        queue_put(&job, i);
    queue_flush(&job);
    double put_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), put_elapsed = seconds(CLOCK_MONOTONIC);
    for (unsigned count; (count = queue_deliver(&job)) > 0;)
        delivered += count;
    queue_require(delivered == job.count, "not all that was kept has come out");
    double end_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    bytes = bytes_written() - bytes;
    queue_close();
    printf("{\"put_us\": %.3f, \"deliver_us\": %.3f, \"put_per_s\": %.0f, \"bytes\": %.2f}\n",
           (put_cpu - cpu) * 1e6 / job.count, (end_cpu - put_cpu) * 1e6 / job.count,
           job.count / (put_elapsed - elapsed), bytes / job.count);
    return 0;
}

#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static struct rusage used_before;
static struct timespec began;

static double microseconds_of(struct timeval user, struct timeval system)
{
    return 1e6 * (double)(user.tv_sec + system.tv_sec) + (double)(user.tv_usec + system.tv_usec);
}

void bench_require(bool worked, const char *what)
{
    if (worked)
        return;
    fprintf(stderr, "bench: %s has failed\n", what);
    exit(1);
}

void bench_parse(struct bench_job *job, int argc, char **argv)
{
    static char payload[65536];

    bench_require(argc == 4 || argc == 7, "the command line");
    switch (argv[1][0]) {
    case 'p':
        job->mode = BENCH_PUBLISH;
        break;
    case 'r':
        job->mode = BENCH_RECEIVE;
        break;
    case 'e':
        job->mode = BENCH_ECHO;
        break;
    default:
        job->mode = BENCH_SUBSCRIBE;
    }
    job->port = atoi(argv[2]);
    job->qos = atoi(argv[3]);
    if (argc == 7) {
        job->count = (unsigned)strtoul(argv[4], NULL, 10);
        job->in_flight = (unsigned)strtoul(argv[5], NULL, 10);
        job->size = strtoul(argv[6], NULL, 10);
    }
    bench_require(job->size <= sizeof payload, "the size");
    memset(payload, 'm', sizeof payload);
    job->payload = payload;
    job->id = getenv("BENCH_ID") == NULL ? "bench" : getenv("BENCH_ID");
    job->step = getenv("BENCH_STEP") == NULL ? 0 : (unsigned)atoi(getenv("BENCH_STEP"));
}

void bench_begin(void)
{
    puts("ready");
    fflush(stdout);
    getrusage(RUSAGE_SELF, &used_before);
    clock_gettime(CLOCK_MONOTONIC, &began);
}

void bench_step(const struct bench_job *job, unsigned received)
{
    if (job->step == 0 || received % job->step != 0)
        return;
    printf("at %u\n", received);
    fflush(stdout);
}

void bench_end(const struct bench_job *job)
{
    struct rusage used;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_SELF, &used);
    printf("{\"messages\": %u, \"cpu_us\": %.0f, \"seconds\": %.6f, \"peak_kb\": %ld}\n", job->count,
           microseconds_of(used.ru_utime, used.ru_stime) - microseconds_of(used_before.ru_utime, used_before.ru_stime),
           (double)(now.tv_sec - began.tv_sec) + 1e-9 * (double)(now.tv_nsec - began.tv_nsec), used.ru_maxrss);
    fflush(stdout);
}

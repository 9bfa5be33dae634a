/* The harness of the unit and table tests. It needs setjmp, printf and string.h only, so that the same tests run on the
 * emulated chips. A failed check leaves its case; the other cases still run. */
#ifndef CHECK_H
#define CHECK_H

#include <mote/text.h>

struct check_case {
    const char *name;
    void (*run)(void);
};

/* Runs all cases, or those whose names contain argv[1], and prints a line for each. Returns the exit status of main():
 * 0, 1 if a case failed, 2 if no case has such a name. `area` comes before the names: "unit/codec". */
int check_main(const char *area, const struct check_case *cases, size_t count, int argc, char **argv);

/* All checks may be called from helpers of a case. Each argument is evaluated once. */
#define CHECK(condition) ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, "%s", #condition))

/* Integers of any width, enumerations, booleans. */
#define CHECK_EQUAL(actual, expected)                                                                                  \
    check_equal(__FILE__, __LINE__, #actual " == " #expected, (long long)(actual), (long long)(expected))

/* A struct mote_text against a string literal. */
#define CHECK_TEXT(text, literal) check_text(__FILE__, __LINE__, #text, (text), MOTE_TEXT("" literal))

/* Memory against a string literal: either its very bytes ("\x20\x02"), or hexadecimal digits ("20 02 00 00"), blanks
 * allowed between bytes. */
#define CHECK_BYTES(data, size, literal) check_bytes(__FILE__, __LINE__, #data, (data), (size), MOTE_TEXT("" literal))

/* How far a test that tries everything goes at a step: 1, but `stride` on a processor of 32 bits, which is emulated and takes ten times
 * as long, and more. The case's line says so: "one of 11". The case has to be one that also holds for a part. */
unsigned check_stride(unsigned stride);

/* Leaves the case as skipped: what it needs is not on this machine. */
#define CHECK_SKIP(reason) check_skip(reason)

/* The rest of the case is about MQTT 5, which the library can be built without. */
#ifdef MOTE_WITHOUT_MQTT5
#define CHECK_NEEDS_MQTT5() check_skip("the rest is about MQTT 5, which this library is built without")
#else
#define CHECK_NEEDS_MQTT5() ((void)0)
#endif

_Noreturn void check_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void check_skip(const char *reason);
void check_equal(const char *file, int line, const char *what, long long actual, long long expected);
void check_text(const char *file, int line, const char *what, struct mote_text actual, struct mote_text expected);
void check_bytes(const char *file, int line, const char *what, const void *data, size_t size,
                 struct mote_text expected);

#endif

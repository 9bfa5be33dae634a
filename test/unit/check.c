#include "check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum outcome { PASSED, FAILED, SKIPPED };

static jmp_buf leave_case;
static char message[600];
static unsigned stride_taken;

_Noreturn void check_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(message, sizeof message, "%s:%d: ", file, line);

    if (used > 0 && (size_t)used < sizeof message) {
        va_start(arguments, format);
        vsnprintf(message + used, sizeof message - (size_t)used, format, arguments);
        va_end(arguments);
    }
    for (char *c = message; *c != '\0'; c++)
        *c = (unsigned char)*c < ' ' ? '?' : *c; /* a message is one line */
    longjmp(leave_case, FAILED);
}

_Noreturn void check_skip(const char *reason)
{
    snprintf(message, sizeof message, "%s", reason);
    longjmp(leave_case, SKIPPED);
}

unsigned check_stride(unsigned stride)
{
    stride_taken = sizeof(void *) == 4 ? stride : 1;
    return stride_taken;
}

/* In decimal where it fits 32 bits, else in hexadecimal: small printfs have no long long. */
static const char *integer_words(long long number, char words[24])
{
    if (number >= INT32_MIN && number <= INT32_MAX) {
        snprintf(words, 24, "%ld", (long)number);
    } else {
        unsigned long long bits = (unsigned long long)number;
        snprintf(words, 24, "0x%lx%08lx", (unsigned long)(bits >> 32), (unsigned long)(bits & 0xffffffff));
    }
    return words;
}

void check_equal(const char *file, int line, const char *what, long long actual, long long expected)
{
    char left[24], right[24];

    if (actual != expected)
        check_fail(file, line, "%s: %s, not %s", what, integer_words(actual, left), integer_words(expected, right));
}

/* An empty view may hold NULL, which memcmp() must not be given. */
static bool same(const void *a, const void *b, size_t size)
{
    return size == 0 || memcmp(a, b, size) == 0;
}

void check_text(const char *file, int line, const char *what, struct mote_text actual, struct mote_text expected)
{
    if (actual.length != expected.length || !same(actual.data, expected.data, actual.length))
        check_fail(file, line, "%s: \"%.*s\", not \"%s\"", what, (int)actual.length,
                   actual.data == NULL ? "" : actual.data, expected.data);
}

/* strchr() would find the NUL that ends the digits, too. */
static int digit_value(char digit)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);

    return found == NULL ? -1 : (int)((found - digits) & 15);
}

static bool same_as_digits(const unsigned char *bytes, size_t size, const char *text)
{
    size_t i = 0;

    for (; *text != '\0'; text += *text == ' ' ? 1 : 2) {
        if (*text == ' ')
            continue;
        int high = digit_value(text[0]);
        int low = high < 0 ? -1 : digit_value(text[1]);
        if (low < 0 || i == size || bytes[i++] != high * 16 + low)
            return false;
    }
    return i == size;
}

void check_bytes(const char *file, int line, const char *what, const void *data, size_t size, struct mote_text expected)
{
    char shown[3 * 64 + 1] = "";

    if ((size == expected.length && same(data, expected.data, size)) || same_as_digits(data, size, expected.data))
        return;
    for (size_t i = 0; i < size && i < 64; i++)
        snprintf(shown + 3 * i, 4, "%02x ", ((const unsigned char *)data)[i]);
    check_fail(file, line, "%s: %u bytes %s%snot \"%s\"", what, (unsigned)size, shown, size > 64 ? "... " : "",
               expected.data);
}

static void print_passed(const char *area, const char *name)
{
    if (stride_taken > 1)
        printf("ok %s/%s - one of %u\n", area, name, stride_taken);
    else
        printf("ok %s/%s\n", area, name);
}

static enum outcome run_case(const char *area, const struct check_case *test, const char *program)
{
    stride_taken = 1;
    switch (setjmp(leave_case)) {
    case PASSED:
        test->run();
        print_passed(area, test->name);
        return PASSED;
    case SKIPPED:
        printf("skip %s/%s - %s\n", area, test->name, message);
        return SKIPPED;
    default:
        printf("not ok %s/%s - %s (run alone: %s %s)\n", area, test->name, message, program, test->name);
        return FAILED;
    }
}

int check_main(const char *area, const struct check_case *cases, size_t count, int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "";
    const char *program = argc > 0 ? argv[0] : "PROGRAM";
    size_t ran = 0, failed = 0;

    for (size_t i = 0; i < count; i++) {
        if (strstr(cases[i].name, wanted) == NULL)
            continue;
        ran++;
        failed += run_case(area, &cases[i], program) == FAILED;
        fflush(stdout); /* what a crash in the next case must not swallow */
    }
    if (ran == 0)
        printf("not ok %s - no case has \"%s\" in its name (run alone: %s)\n", area, wanted, program);
    return ran == 0 ? 2 : failed > 0;
}

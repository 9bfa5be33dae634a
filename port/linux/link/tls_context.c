#include "port/linux/link/tls_context.h"
#include "port/linux/link/tls_options.h"
#include "port/words.h"
#include <errno.h>
#include <openssl/err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

/* How many are kept that no link uses. */
enum { IDLE_MAX = 4 };

/* The strings of the options; the files come first. */
static const size_t strings[] = {
    offsetof(struct mote_tls_options, ca_file),
    offsetof(struct mote_tls_options, ca_path),
    offsetof(struct mote_tls_options, certificate_file),
    offsetof(struct mote_tls_options, key_file),
    offsetof(struct mote_tls_options, key_password),
    offsetof(struct mote_tls_options, ciphers),
    offsetof(struct mote_tls_options, version),
    offsetof(struct mote_tls_options, alpn),
    offsetof(struct mote_tls_options, psk),
    offsetof(struct mote_tls_options, psk_identity),
};

enum { STRINGS = sizeof strings / sizeof strings[0], FILES = 4 };

/* What tells one content of a file from another, without reading it. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

struct mote_tls_context {
    TAILQ_ENTRY(mote_tls_context) list; /* the one given back last is first */
    unsigned users;
    SSL_CTX *openssl;
    struct mote_tls_sessions sessions;
    struct stamp stamps[FILES];
    struct mote_tls_options options;
    size_t size;
    char memory[]; /* of the options' strings */
};

static TAILQ_HEAD(, mote_tls_context) contexts = TAILQ_HEAD_INITIALIZER(contexts);

static const char **string_of(const struct mote_tls_options *options, size_t i)
{
    return (const char **)((uintptr_t)options + strings[i]);
}

static void stamp_files(const struct mote_tls_options *options, struct stamp stamps[FILES])
{
    memset(stamps, 0, FILES * sizeof *stamps);
    for (size_t i = 0; i < FILES; i++) {
        const char *file = *string_of(options, i);
        struct stat status;

        if (file == NULL || stat(file, &status) != 0)
            continue;
        stamps[i].device = status.st_dev;
        stamps[i].inode = status.st_ino;
        stamps[i].size = status.st_size;
        stamps[i].modified = status.st_mtim;
    }
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool serves(const struct mote_tls_context *context, const struct mote_tls_options *options,
                   const struct stamp stamps[FILES])
{
    for (size_t i = 0; i < STRINGS; i++) {
        if (!is_same(*string_of(&context->options, i), *string_of(options, i)))
            return false;
    }
    return context->options.system_authorities == options->system_authorities &&
           context->options.insecure == options->insecure &&
           memcmp(context->stamps, stamps, sizeof context->stamps) == 0;
}

static struct mote_tls_context *copy(const struct mote_tls_options *options, const struct stamp stamps[FILES])
{
    struct mote_tls_context *context;
    size_t size = 0;
    char *at;

    for (size_t i = 0; i < STRINGS; i++)
        size += *string_of(options, i) == NULL ? 0 : strlen(*string_of(options, i)) + 1;
    context = calloc(1, sizeof *context + size);
    if (context == NULL)
        return NULL;
    context->size = size;
    context->options = *options;
    memcpy(context->stamps, stamps, sizeof context->stamps);
    at = context->memory;
    for (size_t i = 0; i < STRINGS; i++) {
        if (*string_of(options, i) == NULL)
            continue;
        *string_of(&context->options, i) = strcpy(at, *string_of(options, i));
        at += strlen(at) + 1;
    }
    return context;
}

static void dispose(struct mote_tls_context *context)
{
    TAILQ_REMOVE(&contexts, context, list);
    mote_tls_sessions_clear(&context->sessions);
    SSL_CTX_free(context->openssl);
    OPENSSL_cleanse(context->memory, context->size);
    free(context);
}

static struct mote_tls_context *make(const struct mote_tls_options *options, const struct stamp stamps[FILES])
{
    struct mote_tls_context *context = copy(options, stamps);

    if (context == NULL) {
        mote_words_say("%s", strerror(ENOMEM));
        return NULL;
    }
    TAILQ_INSERT_HEAD(&contexts, context, list);
    context->openssl = SSL_CTX_new(TLS_client_method());
    if (context->openssl == NULL)
        mote_words_say("OpenSSL: %s", ERR_reason_error_string(ERR_peek_error()));
    if (context->openssl == NULL || !mote_tls_options_apply(&context->options, context->openssl)) {
        dispose(context);
        return NULL;
    }
    return context;
}

struct mote_tls_context *mote_tls_context_take(const struct mote_tls_options *options)
{
    struct stamp stamps[FILES];
    struct mote_tls_context *context;

    stamp_files(options, stamps);
    TAILQ_FOREACH(context, &contexts, list)
    {
        if (serves(context, options, stamps))
            break;
    }
    if (context == NULL)
        context = make(options, stamps);
    if (context != NULL)
        context->users++;
    return context;
}

static void forget_oldest(void)
{
    struct mote_tls_context *context, *before;
    unsigned idle = 0;

    for (context = TAILQ_FIRST(&contexts); context != NULL; context = before) {
        before = TAILQ_NEXT(context, list);
        if (context->users == 0 && ++idle > IDLE_MAX)
            dispose(context);
    }
}

void mote_tls_context_give_back(struct mote_tls_context *context)
{
    if (context == NULL)
        return;
    context->users--;
    TAILQ_REMOVE(&contexts, context, list);
    TAILQ_INSERT_HEAD(&contexts, context, list);
    forget_oldest();
}

SSL_CTX *mote_tls_context_openssl(const struct mote_tls_context *context)
{
    return context->openssl;
}

const struct mote_tls_options *mote_tls_context_options(const struct mote_tls_context *context)
{
    return &context->options;
}

struct mote_tls_sessions *mote_tls_context_sessions(struct mote_tls_context *context)
{
    return &context->sessions;
}

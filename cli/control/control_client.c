#include "control_client.h"
#include "cli.h"
#include "port/linux/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_SIZE = 4096, NODES_MAX = 16 };

static const char ending[] = ".sock";

/* --- Finding it --- */

struct nodes {
    unsigned count;
    char ids[NODES_MAX][65];
};

/* The folder of one's own nodes, and where a service of root has its. */
static bool folder_at(unsigned at, char *path, size_t size)
{
    const bool own = mote_folder_run(path, size);

    if (at == 0) {
        return own;
    }
    if (at > 1 || getenv("MOTE_RUNTIME_DIRECTORY") != NULL || (own && strcmp(path, "/run/mote") == 0)) {
        return false;
    }
    snprintf(path, size, "/run/mote");
    return true;
}

static void list_nodes(const char *path, struct nodes *nodes)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        const size_t length = strlen(entry->d_name);
        const size_t id = length > strlen(ending) ? length - strlen(ending) : 0;

        if (id > 0 && id <= 64 && strcmp(entry->d_name + id, ending) == 0 && nodes->count < NODES_MAX) {
            snprintf(nodes->ids[nodes->count++], 65, "%.*s", (int)id, entry->d_name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}

/* Returns the socket, or -1 with errno set. */
static int connect_to(const char *folder, const char *id)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int size = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s%s", folder, id, ending);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0 || size < 0 || (size_t)size >= sizeof address.sun_path) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static enum control_found refuse(const char *id)
{
    cli_errorf(id, MOTE_OK, "this node runs for another user: ask as that user, or as root");
    return CONTROL_REFUSED;
}

/* Of several, one has to be chosen. */
static enum control_found take(const char *folder, const char *id, int *fd, char found[65])
{
    const int next = connect_to(folder, id);

    if (next < 0) {
        return errno == EACCES || errno == EPERM ? refuse(id) : CONTROL_NONE;
    }
    if (*fd >= 0) {
        close(next);
        cli_errorf("wifi", MOTE_CONFIG_INVALID, "several nodes run, %s and %s: choose one with --node", found, id);
        return CONTROL_REFUSED;
    }
    *fd = next;
    snprintf(found, 65, "%s", id);
    return CONTROL_NODE;
}

static enum control_found find_any(const char *folder, int *fd, char found[65])
{
    struct nodes nodes = {.count = 0};
    enum control_found result = CONTROL_NONE;

    list_nodes(folder, &nodes);
    for (unsigned i = 0; i < nodes.count && result != CONTROL_REFUSED; i++) {
        const enum control_found one = take(folder, nodes.ids[i], fd, found);
        result = one != CONTROL_NONE ? one : result;
    }
    if (result == CONTROL_REFUSED && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return result;
}

enum control_found control_find(const char *id, int *fd, char found[65])
{
    char folder[PATH_MAX];
    enum control_found result = CONTROL_NONE;

    *fd = -1;
    for (unsigned at = 0; result == CONTROL_NONE && folder_at(at, folder, sizeof folder); at++) {
        result = id != NULL ? take(folder, id, fd, found) : find_any(folder, fd, found);
    }
    return result;
}

/* --- Asking it --- */

static bool send_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        const ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);

        if (sent < 0) {
            return false;
        }
        text += sent;
        size -= (size_t)sent;
    }
    return true;
}

static cJSON *receive(int fd)
{
    char text[ANSWER_SIZE];
    size_t size = 0;
    ssize_t count = 1;
    cJSON *answer;

    while (count > 0 && size < sizeof text - 1) {
        count = recv(fd, text + size, sizeof text - 1 - size, 0);
        size += count > 0 ? (size_t)count : 0;
    }
    text[size] = '\0';
    answer = cJSON_Parse(text);
    explicit_bzero(text, sizeof text);
    return answer;
}

static void discard(cJSON *request)
{
    cJSON *key = cJSON_GetObjectItemCaseSensitive(request, "key");

    if (cJSON_IsString(key)) {
        explicit_bzero(key->valuestring, strlen(key->valuestring));
    }
    cJSON_Delete(request);
}

cJSON *control_ask(int fd, cJSON *request)
{
    char *text = cJSON_PrintUnformatted(request);
    cJSON *answer = NULL;

    if (text != NULL) {
        const size_t size = strlen(text);
        text[size] = '\n';
        answer = send_all(fd, text, size + 1) ? receive(fd) : NULL;
        explicit_bzero(text, size + 1);
        cJSON_free(text);
    }
    discard(request);
    close(fd);
    if (answer == NULL) {
        cli_error("node", "it does not answer: it has ended, or must not be asked by this user", MOTE_OK);
    }
    return answer;
}

static const char *text_of(const cJSON *answer, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(answer, key);

    return cJSON_IsString(value) ? value->valuestring : "";
}

bool control_is_done(const char *what, const cJSON *answer)
{
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok"))) {
        return true;
    }
    const enum mote_reason reason = cli_reason(text_of(answer, "reason"));
    const char *words = text_of(answer, "words");
    if (strcmp(words, mote_reason_words(reason)) == 0) {
        cli_errorf(what, reason, "%s %s", words, mote_reason_next(reason));
    } else {
        cli_error(what, words, reason);
    }
    return false;
}

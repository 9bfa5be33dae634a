/* The same queue as a table of SQLite: a write-ahead log, synchronous=NORMAL. */
#include "queue.h"

#include <sqlite3.h>
#include <stdio.h>

static sqlite3 *database;
static sqlite3_stmt *insert, *select_next, *delete_up_to;
static unsigned in_transaction;

static void execute(const char *sql)
{
    queue_require(sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;

    queue_require(sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK, sql);
    return statement;
}

void queue_open(const struct queue_job *job)
{
    char path[256];

    snprintf(path, sizeof path, "%s/queue.sqlite", job->folder);
    queue_require(sqlite3_open(path, &database) == SQLITE_OK, "the database cannot be opened");
    execute("PRAGMA journal_mode=WAL");
    execute("PRAGMA synchronous=NORMAL");
    execute("CREATE TABLE queue (sequence INTEGER PRIMARY KEY, topic TEXT, payload BLOB, qos INTEGER)");
    insert = prepare("INSERT INTO queue (topic, payload, qos) VALUES (?, ?, 1)");
    select_next =
        prepare("SELECT sequence, topic, payload, qos FROM queue WHERE sequence > ? ORDER BY sequence LIMIT ?");
    delete_up_to = prepare("DELETE FROM queue WHERE sequence <= ?");
}

void queue_put(const struct queue_job *job, unsigned number)
{
    (void)number;
    if (job->batch > 1 && in_transaction == 0)
        execute("BEGIN");
    sqlite3_bind_text(insert, 1, QUEUE_TOPIC, -1, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 2, job->payload, (int)job->size, SQLITE_STATIC);
    queue_require(sqlite3_step(insert) == SQLITE_DONE, "INSERT");
    sqlite3_reset(insert);
    if (job->batch > 1 && ++in_transaction == job->batch)
        queue_flush(job);
}

void queue_flush(const struct queue_job *job)
{
    (void)job;
    if (in_transaction > 0)
        execute("COMMIT");
    in_transaction = 0;
}

unsigned queue_deliver(const struct queue_job *job)
{
    static sqlite3_int64 last;
    unsigned count = 0;

    (void)job;
    sqlite3_bind_int64(select_next, 1, last);
    sqlite3_bind_int(select_next, 2, QUEUE_UNDER_WAY);
    while (sqlite3_step(select_next) == SQLITE_ROW) {
        last = sqlite3_column_int64(select_next, 0);
        queue_require(sqlite3_column_bytes(select_next, 2) == (int)job->size, "a message is not what was kept");
        count++;
    }
    sqlite3_reset(select_next);
    if (count == 0)
        return 0;
    sqlite3_bind_int64(delete_up_to, 1, last);
    queue_require(sqlite3_step(delete_up_to) == SQLITE_DONE, "DELETE");
    sqlite3_reset(delete_up_to);
    return count;
}

void queue_close(void)
{
    sqlite3_finalize(insert);
    sqlite3_finalize(select_next);
    sqlite3_finalize(delete_up_to);
    sqlite3_close(database);
}

/* sweep_log.c: the results file while it grows; see sweep_log.h. Reading it is sweep_scan.c. */
#include "sweep_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100

/* ---- opening ---- */

/* Is the open file still the one with that name? (Another sweep may just have put a new one there.) */
static bool is_named(int fd, const char *path)
{
    struct stat mine, named;
    return fstat(fd, &mine) == 0 && stat(path, &named) == 0 && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

/* False: it is locked by another. A file system without locks is used without. */
static bool lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

static bool open_locked(struct sweep_log *log, const char *path, struct sweep_error *error)
{
    for (int i = 0; i < TRIES; i++) {
        struct stat status;
        log->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (log->fd < 0 || fstat(log->fd, &status) != 0) {
            return sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s", path, strerror(errno));
        }
        if (!S_ISREG(status.st_mode)) {
            return sweep_fail(error, SWEEP_BAD_INPUT, "%s: found no regular file, expected one: results are kept in a file that can be read again",
                              path);
        }
        if (!lock(log->fd)) {
            return sweep_fail(error, SWEEP_RESOURCES, "%s: another sweep is writing it; give each its own file", path);
        }
        if (is_named(log->fd, path)) {
            return true;
        }
        close(log->fd);
        log->fd = -1;
    }
    return sweep_fail(error, SWEEP_RESOURCES, "%s: it is replaced again and again", path);
}

/* The name under which the file is put in order. */
static char *temporary_name(const struct sweep_log *log)
{
    char *name = NULL;
    return asprintf(&name, "%s.tmp", log->path) < 0 ? NULL : name;
}

static bool same_text(const struct sweep_results *results, const struct sweep_place *a, const struct sweep_place *b)
{
    char *texts[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        const struct sweep_place *place = i == 0 ? a : b;
        texts[i] = malloc(place->length);
        if (texts[i] == NULL || pread(results->fds[place->file], texts[i], place->length, (off_t)place->offset) != (ssize_t)place->length) {
            free(texts[0]);
            free(texts[1]);
            return false;
        }
    }
    const bool same = a->length == b->length && memcmp(texts[0], texts[1], a->length) == 0;
    free(texts[0]);
    free(texts[1]);
    return same;
}

static bool take_found(void *ctx, size_t point, const struct sweep_place *place, struct sweep_error *error)
{
    struct sweep_log *log = ctx;
    struct sweep_place *there = &log->results.places[point];
    if (there->length != 0) {
        return same_text(&log->results, there, place) ||
               sweep_fail(error, SWEEP_BAD_INPUT, "%s: lines %" PRIu64 " and %" PRIu64 " are different results of one point, expected one",
                          log->path, there->line, place->line);
    }
    *there = *place;
    log->results.done++;
    return true;
}

/* So that a new name is on the disk too. */
static void sync_folder(const char *path)
{
    char *copy = strdup(path);
    const int fd = copy == NULL ? -1 : open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!fsync(fd);
        close(fd);
    }
    free(copy);
}

/* The header of an empty file; one write too. */
static bool write_header(struct sweep_log *log, struct sweep_error *error)
{
    const size_t length = strlen(log->header);
    const ssize_t wrote = pwrite(log->fd, log->header, length, 0);
    if (wrote != (ssize_t)length || fsync(log->fd) != 0) {
        const int why = wrote >= 0 && wrote != (ssize_t)length ? ENOSPC : errno;
        (void)!ftruncate(log->fd, 0);
        return sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s", log->path, strerror(why));
    }
    log->end = length;
    sync_folder(log->path);
    return true;
}

/* Are the places in the order of the points, so that nothing needs to be put in order? */
static bool in_order(const struct sweep_log *log)
{
    uint64_t last = strlen(log->header);
    for (size_t i = 0; i < log->results.points->count; i++) {
        if (log->results.places[i].length != 0) {
            if (log->results.places[i].offset != last) {
                return false;
            }
            last += log->results.places[i].length;
        }
    }
    return last == log->end;
}

static bool read_all(struct sweep_log *log, enum sweep_log_mode mode, struct sweep_error *error)
{
    struct sweep_scan scan = {.path = log->path, .fd = log->fd, .points = log->results.points, .header = log->header,
                              .repair = mode == SWEEP_LOG_REPAIR, .found = take_found, .ctx = log};
    if (mode == SWEEP_LOG_ANEW) {
        if (ftruncate(log->fd, 0) != 0) {
            return sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s", log->path, strerror(errno));
        }
    } else if (!sweep_scan(&scan, error)) {
        return false;
    }
    log->torn_bytes = scan.torn_bytes;
    log->damaged_lines = scan.damaged_lines;
    log->end = scan.sound_bytes;
    if (ftruncate(log->fd, (off_t)log->end) != 0) {
        return sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s", log->path, strerror(errno));
    }
    return log->end != 0 || write_header(log, error);
}

bool sweep_log_open(struct sweep_log *log, const char *path, const struct sweep_points *points, enum sweep_log_mode mode, struct sweep_error *error)
{
    *log = (struct sweep_log){.fd = -1};
    pthread_mutex_init(&log->mutex, NULL);
    log->header = sweep_points_header(points);
    log->results = (struct sweep_results){.points = points, .header = log->header, .fds = &log->fd};
    log->results.places = calloc(points->count == 0 ? 1 : points->count, sizeof *log->results.places);
    if (log->header == NULL || log->results.places == NULL) {
        return sweep_fail_memory(error);
    }
    if (!open_locked(log, path, error)) {
        return false;
    }
    log->path = realpath(path, NULL); /* a link stays one */
    if (log->path == NULL) {
        return sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s", path, strerror(errno));
    }
    return read_all(log, mode, error);
}

/* ---- growing ---- */

static bool write_line(struct sweep_log *log, const char *line, size_t length)
{
    size_t written = 0;
    while (written < length) {
        const ssize_t wrote = pwrite(log->fd, line + written, length - written, (off_t)(log->end + written));
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        written += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

bool sweep_log_append(struct sweep_log *log, size_t point, const char *line)
{
    const size_t length = strlen(line);
    pthread_mutex_lock(&log->mutex);
    bool ok = log->failed_errno == 0;
    if (ok && !write_line(log, line, length)) {
        log->failed_errno = errno;
        (void)!ftruncate(log->fd, (off_t)log->end); /* no part of it stays; were it to, the next reader drops it */
        ok = false;
    }
    if (ok) {
        log->results.places[point] = (struct sweep_place){log->end, (uint32_t)length, 0, 0};
        log->results.done++;
        log->end += length;
        log->unsynced = true;
    }
    pthread_mutex_unlock(&log->mutex);
    return ok;
}

bool sweep_log_checkpoint(struct sweep_log *log)
{
    pthread_mutex_lock(&log->mutex);
    const bool needed = log->unsynced;
    log->unsynced = false;
    pthread_mutex_unlock(&log->mutex);
    return !needed || fdatasync(log->fd) == 0; /* the others go on meanwhile */
}

bool sweep_log_freeze(struct sweep_log *log)
{
    pthread_mutex_lock(&log->mutex);
    return fdatasync(log->fd) == 0;
}

/* ---- ending ---- */

/* Writes all of it to `to`, whose descriptor is also `fd`, on disk. */
static bool write_ordered(const struct sweep_log *log, int fd)
{
    const int copy = dup(fd);
    FILE *to = copy < 0 ? NULL : fdopen(copy, "w");
    if (to == NULL) {
        return false;
    }
    bool ok = sweep_results_write(&log->results, to) && fsync(fd) == 0;
    const int why = errno;
    ok = fclose(to) == 0 && ok;
    errno = ok ? errno : why;
    return ok;
}

static bool put_in_order(struct sweep_log *log, const char *temporary)
{
    struct stat status;
    const int fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && fstat(log->fd, &status) == 0 && fchmod(fd, status.st_mode & 07777) == 0;
    ok = ok && lock(fd) && write_ordered(log, fd) && rename(temporary, log->path) == 0;
    if (!ok) {
        const int why = errno;
        if (fd >= 0) {
            unlink(temporary);
            close(fd);
        }
        errno = why;
        return false;
    }
    close(log->fd);
    log->fd = fd;
    uint64_t offset = strlen(log->header);
    for (size_t i = 0; i < log->results.points->count; i++) {
        log->results.places[i].offset = log->results.places[i].length != 0 ? offset : 0;
        offset += log->results.places[i].length;
    }
    log->end = offset;
    return true;
}

bool sweep_log_finish(struct sweep_log *log, struct sweep_error *error)
{
    if (log->failed_errno != 0 || !sweep_log_checkpoint(log)) {
        const int why = log->failed_errno != 0 ? log->failed_errno : errno;
        return sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s; what is there stays valid: the same command goes on", log->path,
                          strerror(why));
    }
    char *temporary = temporary_name(log);
    bool ok = temporary != NULL || sweep_fail_memory(error);
    if (ok && !in_order(log) && !put_in_order(log, temporary)) {
        ok = sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s; %s is complete, but not in order: the same command orders it", temporary,
                        strerror(errno), log->path);
    }
    free(temporary);
    sync_folder(log->path);
    return ok;
}

void sweep_log_close(struct sweep_log *log)
{
    if (log->fd >= 0) {
        close(log->fd);
    }
    free(log->path);
    free(log->header);
    free(log->results.places);
    pthread_mutex_destroy(&log->mutex);
    *log = (struct sweep_log){.fd = -1};
}

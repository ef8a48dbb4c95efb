/* sweep_scan.c: reading a results file, line by line; see sweep_log.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sweep_log.h"

#define KEY_START "{\"key\":\""

char *sweep_results_line(const struct sweep_results *results, size_t point)
{
    const struct sweep_place *place = &results->places[point];
    char *line = place->length == 0 ? NULL : malloc((size_t)place->length + 1);
    if (line == NULL) {
        return NULL;
    }
    if (pread(results->fds[place->file], line, place->length, (off_t)place->offset) != (ssize_t)place->length) {
        free(line);
        return NULL;
    }
    line[place->length] = '\0';
    return line;
}

bool sweep_results_write(const struct sweep_results *results, FILE *to)
{
    bool ok = fputs(results->header, to) >= 0;
    for (size_t i = 0; i < results->points->count && ok; i++) {
        if (results->places[i].length != 0) {
            char *line = sweep_results_line(results, i);
            ok = line != NULL && fputs(line, to) >= 0;
            free(line);
        }
    }
    return ok && fflush(to) == 0;
}

/* The point of a sound record, or SWEEP_NO_POINT. */
static size_t point_of(const struct sweep_points *points, const char *line)
{
    uint64_t key = 0;
    const char *at = line + strlen(KEY_START);
    if (strncmp(line, KEY_START, strlen(KEY_START)) != 0 || strspn(at, "0123456789abcdef") != 16 || at[16] != '"') {
        return SWEEP_NO_POINT;
    }
    for (int i = 0; i < 16; i++) {
        key = key << 4 | (uint64_t)(at[i] <= '9' ? at[i] - '0' : at[i] - 'a' + 10);
    }
    return sweep_point_find(points, key);
}

struct walk {
    struct sweep_scan *scan;
    struct sweep_error *error;
    uint64_t line, offset;
    uint64_t bad_line, bad_lines; /* the first of those after the last sound line */
};

static bool fail_damaged(const struct walk *walk)
{
    return sweep_fail(walk->error, SWEEP_BAD_INPUT,
                      "%s:%" PRIu64 ": found a damaged line, expected a record with its checksum; --repair drops it and does its point again, "
                          "--force begins anew",
                      walk->scan->path, walk->bad_line);
}

static bool take_header(struct walk *walk, const char *line, size_t length, bool last)
{
    struct sweep_scan *scan = walk->scan;
    if (length == strlen(scan->header) && memcmp(line, scan->header, length) == 0) {
        return true;
    }
    if (last && length < strlen(scan->header) && memcmp(line, scan->header, length) == 0) {
        scan->torn_bytes = length; /* killed while it was made */
        return true;
    }
    if (!sweep_line_is_sound(line, length) || memchr(line, '\0', length) != NULL) {
        return sweep_fail(walk->error, SWEEP_BAD_INPUT, "%s:1: found something else than a sweep's results, expected its head line; it is not "
                          "touched (--force replaces it)",
                          scan->path);
    }
    char difference[1024];
    sweep_header_difference(line, scan->header, difference, sizeof difference);
    return sweep_fail(walk->error, SWEEP_BAD_INPUT, "%s:1: these are another sweep's results: %s; choose another file (--force replaces this one)",
                      scan->path, difference);
}

static bool take_record(struct walk *walk, const char *line, size_t length)
{
    struct sweep_scan *scan = walk->scan;
    if (!sweep_line_is_sound(line, length)) {
        walk->bad_line = walk->bad_lines == 0 ? walk->line : walk->bad_line;
        walk->bad_lines++;
        scan->damaged_lines++;
        return true;
    }
    if (walk->bad_lines != 0 && !scan->repair) {
        return fail_damaged(walk);
    }
    walk->bad_lines = 0;
    const size_t point = point_of(scan->points, line);
    const struct sweep_place place = {walk->offset, (uint32_t)length, 0, walk->line};
    if (point == SWEEP_NO_POINT) {
        return sweep_fail(walk->error, SWEEP_BAD_INPUT, "%s:%" PRIu64 ": found %.40s…, expected the record of a point of this sweep", scan->path,
                          walk->line, line);
    }
    return scan->found(scan->ctx, point, &place, walk->error);
}

static bool walk_lines(struct walk *walk, FILE *from)
{
    struct sweep_scan *scan = walk->scan;
    char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;
    bool ok = true;
    errno = 0;
    while (ok && (length = getline(&line, &room, from)) > 0) {
        const bool whole = line[length - 1] == '\n';
        walk->line++;
        ok = walk->line == 1 ? take_header(walk, line, (size_t)length, !whole) : take_record(walk, line, (size_t)length);
        walk->offset += (uint64_t)length;
        if (ok && walk->bad_lines == 0 && scan->torn_bytes == 0) {
            scan->sound_bytes = walk->offset;
        }
    }
    free(line);
    if (ok && ferror(from)) {
        return sweep_fail(walk->error, SWEEP_RESOURCES, "cannot read %s: %s", scan->path, strerror(errno));
    }
    return ok;
}

bool sweep_scan(struct sweep_scan *scan, struct sweep_error *error)
{
    struct walk walk = {.scan = scan, .error = error};
    const int fd = dup(scan->fd);
    FILE *from = fd < 0 || lseek(fd, 0, SEEK_SET) < 0 ? NULL : fdopen(fd, "r");
    if (from == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return sweep_fail(error, SWEEP_RESOURCES, "cannot read %s: %s", scan->path, strerror(errno));
    }
    scan->sound_bytes = scan->torn_bytes = scan->damaged_lines = 0;
    bool ok = walk_lines(&walk, from);
    fclose(from);
    if (ok && walk.bad_lines > 1 && !scan->repair) {
        ok = fail_damaged(&walk); /* one line may be torn, not two */
    }
    if (ok) {
        scan->damaged_lines -= walk.bad_lines;
        scan->torn_bytes = walk.offset - scan->sound_bytes;
    }
    return ok;
}

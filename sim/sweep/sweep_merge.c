/* sweep_merge.c: see sweep_merge.h. */
#include "sweep_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMED 8

struct taking {
    struct sweep_merge *merge;
    uint32_t file;
};

static bool take(void *ctx, size_t point, const struct sweep_place *found, struct sweep_error *error)
{
    struct taking *taking = ctx;
    struct sweep_results *results = &taking->merge->results;
    struct sweep_place *there = &results->places[point], place = *found;
    place.file = taking->file;
    if (there->length == 0) {
        *there = place;
        results->done++;
        return true;
    }
    char *first = sweep_results_line(results, point);
    const struct sweep_place before = *there;
    *there = place;
    char *second = sweep_results_line(results, point);
    *there = before;
    bool ok = first != NULL && second != NULL;
    if (!ok) {
        (void)sweep_fail(error, SWEEP_RESOURCES, "cannot read the results again: %s", strerror(errno));
    } else if (strcmp(first, second) != 0) {
        char **paths = taking->merge->paths;
        ok = sweep_fail(error, SWEEP_DIFFERS, "different results of one point:\n%s:%" PRIu64 ": %.1200s\n%s:%" PRIu64 ": %.1200s",
                        paths[before.file], before.line, first,
                        paths[place.file], place.line, second);
    }
    free(first);
    free(second);
    return ok;
}

static char *first_line(const char *path, struct sweep_error *error)
{
    FILE *from = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    if (from == NULL || getline(&line, &room, from) < 0) {
        const bool empty = from != NULL && feof(from);
        (void)sweep_fail(error, SWEEP_BAD_INPUT, "cannot read %s: %s", path, empty ? "it is empty" : strerror(errno));
        free(line);
        line = NULL;
    }
    if (from != NULL) {
        fclose(from);
    }
    return line;
}

static bool open_files(struct sweep_merge *merge, char *const *paths, size_t count, struct sweep_error *error)
{
    merge->fds = calloc(count, sizeof *merge->fds);
    merge->paths = calloc(count, sizeof *merge->paths);
    if (merge->fds == NULL || merge->paths == NULL) {
        return sweep_fail_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        merge->paths[i] = strdup(paths[i]);
        if (merge->paths[i] == NULL) {
            return sweep_fail_memory(error);
        }
        merge->fds[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
        merge->file_count++;
        if (merge->fds[i] < 0) {
            return sweep_fail(error, SWEEP_BAD_INPUT, "cannot read %s: %s", paths[i], strerror(errno));
        }
    }
    return true;
}

bool sweep_merge_open(struct sweep_merge *merge, char *const *paths, size_t count, struct sweep_error *error)
{
    *merge = (struct sweep_merge){0};
    if (!open_files(merge, paths, count, error)) {
        return false;
    }
    merge->header = first_line(paths[0], error);
    if (merge->header == NULL || !sweep_points_of_header(&merge->points, merge->header, paths[0], error)) {
        return false;
    }
    merge->results = (struct sweep_results){.points = &merge->points, .header = merge->header, .fds = merge->fds};
    merge->results.places = calloc(merge->points.count == 0 ? 1 : merge->points.count, sizeof *merge->results.places);
    if (merge->results.places == NULL) {
        return sweep_fail_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        struct taking taking = {merge, (uint32_t)i};
        struct sweep_scan scan = {.path = paths[i], .fd = merge->fds[i], .points = &merge->points, .header = merge->header, .found = take,
                                  .ctx = &taking};
        if (!sweep_scan(&scan, error)) {
            return false;
        }
        merge->torn_files += scan.torn_bytes != 0;
    }
    return true;
}

void sweep_merge_missing(const struct sweep_results *results, char *text, size_t size)
{
    const struct sweep_points *points = results->points;
    const size_t missing = points->count - results->done;
    size_t named = 0, used = 0;
    text[0] = '\0';
    if (missing == 0) {
        return;
    }
    used = (size_t)snprintf(text, size, "%zu of %zu points are missing:", missing, points->count);
    for (size_t i = 0; i < points->count && named < NAMED && used < size; i++) {
        const struct sweep_point *point = &points->items[i];
        if (results->places[i].length == 0) {
            used += (size_t)snprintf(text + used, size - used, "%s %s %s %s", named == 0 ? "" : ";", points->traces[point->trace].path,
                                     points->policies[point->policy], points->sizes[point->size].text);
            named++;
        }
    }
    if (used < size && missing > named) {
        snprintf(text + used, size - used, "; …");
    }
}

void sweep_merge_close(struct sweep_merge *merge)
{
    for (size_t i = 0; i < merge->file_count; i++) {
        if (merge->fds[i] >= 0) {
            close(merge->fds[i]);
        }
        free(merge->paths[i]);
    }
    free(merge->paths);
    free(merge->fds);
    free(merge->header);
    free(merge->results.places);
    sweep_points_free(&merge->points);
    *merge = (struct sweep_merge){0};
}

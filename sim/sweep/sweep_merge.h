/* sweep_merge.h: the results of one sweep from several files: its shards, or copies. */
#ifndef HEAPLAB_SIM_SWEEP_MERGE_H
#define HEAPLAB_SIM_SWEEP_MERGE_H

#include "sweep_log.h"

struct sweep_merge {
    struct sweep_points points;
    struct sweep_results results; /* what the files have together */
    char *header, **paths;
    int *fds;
    size_t file_count;
    size_t torn_files;  /* files with a torn last line, which does not count */
};

/* Reads `count` files, which are only read. False: *error: files of different sweeps, damaged lines (SWEEP_BAD_INPUT), different results of one
 * point (SWEEP_DIFFERS, with both). What was opened must be closed either way. O(bytes). */
bool sweep_merge_open(struct sweep_merge *merge, char *const *paths, size_t count, struct sweep_error *error);

/* "3 of 40 points are missing: TRACE POLICY SIZE; …": the first few by name; "" where none is. */
void sweep_merge_missing(const struct sweep_results *results, char *text, size_t size);

void sweep_merge_close(struct sweep_merge *merge);

#endif

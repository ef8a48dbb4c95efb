/* sweep_log.h: a sweep's results on disk: one line a point, appended as they come, so that a sweep can be killed at any moment.
 *
 * The first line says which sweep it is (sweep_points_header). Every line ends with a CRC-32 of what stands before it. A line is appended by one
 * write and reaches the disk by the next checkpoint. Whatever a kill or a crash leaves, opening the file again keeps its whole lines and
 * cuts off a torn last one; a damaged line before the last, or another sweep's file, is refused. When a sweep ends, its file is put in the
 * order of the points (written beside it, then renamed), so that its bytes do not depend on threads, kills or shards. */
#ifndef HEAPLAB_SIM_SWEEP_LOG_H
#define HEAPLAB_SIM_SWEEP_LOG_H

#include <pthread.h>

#include "sweep_points.h"

/* Where a point's line stands; length 0: nowhere. */
struct sweep_place {
    uint64_t offset;
    uint32_t length, file;
    uint64_t line;
};

/* The results of some points, in one file or in several. */
struct sweep_results {
    const struct sweep_points *points;
    const char *header;
    const int *fds;
    struct sweep_place *places; /* [points->count] */
    size_t done;
};

/* The line of a point, with its newline; malloc'ed; NULL where there is none or it cannot be read. */
char *sweep_results_line(const struct sweep_results *results, size_t point);

/* Header and lines in the order of the points. False: a line cannot be read, or `to` cannot be written. */
bool sweep_results_write(const struct sweep_results *results, FILE *to);

/* ---- reading what is there ---- */

struct sweep_scan {
    const char *path;
    int fd;
    const struct sweep_points *points;
    const char *header;
    bool repair;                                    /* damaged lines are passed over */
    bool (*found)(void *ctx, size_t point, const struct sweep_place *place, struct sweep_error *error); /* for each sound record; false: enough */
    void *ctx;
    uint64_t sound_bytes, torn_bytes, damaged_lines; /* results: up to the end of the last sound line, after it, passed over */
};

/* False: *error says which line and why. Only reads. */
bool sweep_scan(struct sweep_scan *scan, struct sweep_error *error);

/* ---- writing ---- */

enum sweep_log_mode {
    SWEEP_LOG_RESUME,
    SWEEP_LOG_REPAIR, /* damaged lines are dropped, their points are redone */
    SWEEP_LOG_ANEW    /* what stands there is dropped */
};

struct sweep_log {
    struct sweep_results results;
    char *path, *header;
    int fd;
    pthread_mutex_t mutex;
    uint64_t end;       /* where the next line goes */
    int failed_errno;   /* of the first failed append; 0: none */
    bool unsynced;
    uint64_t torn_bytes, damaged_lines; /* what opening dropped */
};

/* Opens or makes the file, locks it against other sweeps and reads what is done. False: *error says why; nothing of the file is changed then.
 * `points` must outlive the log. */
bool sweep_log_open(struct sweep_log *log, const char *path, const struct sweep_points *points, enum sweep_log_mode mode, struct sweep_error *error);

/* Appends a point's line; from any thread. False: it could not be written (failed_errno), the file is as before. */
bool sweep_log_append(struct sweep_log *log, size_t point, const char *line);

/* What was appended is on the disk. False: errno says why not. */
bool sweep_log_checkpoint(struct sweep_log *log);

/* A checkpoint after which nothing is appended any more: whoever tries waits for ever. For exiting while threads are at work. False: as
 * sweep_log_checkpoint. */
bool sweep_log_freeze(struct sweep_log *log);

/* A checkpoint, and the file in the order of the points. False: *error; what was appended stands. */
bool sweep_log_finish(struct sweep_log *log, struct sweep_error *error);

void sweep_log_close(struct sweep_log *log);

#endif

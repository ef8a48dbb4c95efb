/* record_reader.h: a raw log (record_log.h) as one sequence of calls, in the order of their tickets. */
#ifndef HEAPLAB_SIM_RECORD_READER_H
#define HEAPLAB_SIM_RECORD_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "record_error.h"
#include "record_log.h"

/* One call; the helper entries HIGH and COUNT are folded in. */
struct record_call {
    uint64_t ticks, ptr, size, count, align;
    uint32_t caller; /* slot in the caller table */
    uint32_t thread; /* 0 … thread count - 1 */
    enum record_kind kind;
};

struct record_log; /* a mapped file; memory: some words a chunk */

/* NULL if the file cannot be mapped or is no log; *error then says why (RECORD_E_SYSTEM: the disk was too full to begin it). A log that ends early, or is still written, is read as far
 * as it goes. */
struct record_log *record_log_open(const char *path, struct record_error *error);
void record_log_close(struct record_log *log); /* NULL is allowed */

/* Moves the log from the file at `path`, which is removed, into memory, so that a trace finds room on a full disk. False if memory
 * would not hold it; then nothing has changed. */
bool record_log_leave_disk(struct record_log *log, const char *path);

const struct record_log_header *record_log_header(const struct record_log *log);
uint32_t record_log_threads(const struct record_log *log);
const char *record_log_thread_name(const struct record_log *log, uint32_t thread, bool *is_main); /* up to 15 bytes, valid until close */
uint64_t record_log_caller(const struct record_log *log, uint32_t slot);                          /* return address, 0: not known */
uint32_t record_log_modules(const struct record_log *log);
const struct record_module *record_log_module(const struct record_log *log, uint32_t index);

/* Back to the first call. */
void record_log_rewind(struct record_log *log);

/* False at the end. O(log threads). */
bool record_log_next(struct record_log *log, struct record_call *call);

#endif

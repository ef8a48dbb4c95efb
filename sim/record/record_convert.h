/* record_convert.h: turns a raw log into a trace. */
#ifndef HEAPLAB_SIM_RECORD_CONVERT_H
#define HEAPLAB_SIM_RECORD_CONVERT_H

#include "record_reader.h"

/* How long a tick of record_ticks() is: both clocks read before and after the run. */
struct record_clock { uint64_t ticks_begin, ticks_end, ns_begin, ns_end; };

struct record_clock_now { uint64_t ticks, ns; };
struct record_clock_now record_clock_read(void);

/* What a conversion met. */
struct record_counts {
    uint64_t events, peak_bytes, live_bytes, live_blocks;
    uint64_t unknown;     /* frees of blocks from before the recording (a forked child's inheritance, the loader's): left out */
    uint64_t unseen_frees; /* an address was handed out again without a free: a free event is put in */
    bool cut;             /* the limit of events was met */
};

/* Replays the log without writing: counts only. 0 or RECORD_E_SYSTEM. */
int record_convert_count(struct record_log *log, uint64_t event_limit, struct record_counts *counts, struct record_error *error);

/* Writes the trace: call sites named, times in microseconds since the log's start, what is unusual said in the header's note. `ending`:
 * how the program ended, for the note; NULL allowed. 0 or RECORD_E_*; then there is no file. Reads the log twice. */
int record_convert_write(struct record_log *log, const char *path, uint64_t event_limit, const struct record_clock *clock,
                         const char *ending, struct record_counts *counts, struct record_error *error);

#endif

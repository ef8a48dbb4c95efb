/* record_collect.h: the logs of one run, each made into its trace. */
#ifndef HEAPLAB_SIM_RECORD_COLLECT_H
#define HEAPLAB_SIM_RECORD_COLLECT_H

#include "record_convert.h"

/* The suffix that tells a trace's encoding (".jsonl.gz"); NULL if the name has none. Points into `path`. */
const char *record_trace_suffix(const char *path);

/* Converts every log in `dir` and fills result->traces, the one of process `root` first. RECORD_E_LOG if `root` left no log: then nothing
 * was preloaded. An error of one log does not keep the others from their traces; the first is told. Needs *error clear. */
int record_collect(const char *dir, pid_t root, const struct record_options *options, const struct record_clock *clock,
                   struct record_result *result, struct record_error *error);

/* Removes the logs and the directory. */
void record_remove_logs(const char *dir);

#endif

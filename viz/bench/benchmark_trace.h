/* benchmark_trace.h: the runs that the benchmark measures: blocks come and go at random, a known number of them alive. */
#ifndef HEAPLAB_VIZ_BENCHMARK_TRACE_H
#define HEAPLAB_VIZ_BENCHMARK_TRACE_H

#include <stdint.h>

#include "trace.h"

struct benchmark_load {
    uint32_t events;             /* at least `live` */
    uint32_t live;               /* blocks: so many are made, then one dies for each that comes */
    uint32_t least, most;        /* bytes of a block */
};

/* The same load gives the same trace. NULL without memory. */
struct trace *benchmark_trace(const struct benchmark_load *load);

/* The same as a file, in the encoding of its name (.jsonl, .hlt). */
bool benchmark_trace_write(const struct trace *trace, const char *path);

#endif

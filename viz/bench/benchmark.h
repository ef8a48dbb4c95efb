/* benchmark.h: heaplab-view --benchmark: how fast the viewer is on runs that it makes itself, or on one trace. */
#ifndef HEAPLAB_VIZ_BENCHMARK_H
#define HEAPLAB_VIZ_BENCHMARK_H

#include "options.h"

/* Prints the figures as a Markdown table (options->json: an object a line). Returns the command's exit code. */
int benchmark_run(const struct view_options *options);

/* The same without the start, which runs the program itself again: only the command can do that. */
int benchmark_run_inside(const struct view_options *options);

#endif

/* vector_output.h: writes what a run placed where as a placement vector, and a policy's own statistics. */
#ifndef HEAPLAB_CLI_VECTOR_OUTPUT_H
#define HEAPLAB_CLI_VECTOR_OUTPUT_H

#include <stdio.h>

#include <cjson/cJSON.h>

#include "spec.h"
#include "vector_queue.h"

/* The members before the list of offsets; then each event's entry, from 0; then the list's end, the statistics, and the end. */
void vector_output_begin(FILE *file, const struct spec *spec, const struct lane *lane, const char *trace);
void vector_output_entry(FILE *file, uint64_t index, int64_t entry);
void vector_output_end(FILE *file, struct lane *lane);

void vector_output_string(FILE *file, const char *text); /* as JSON */

/* The policy's own statistics as `final_stats` has them, "{…}"; nothing where it keeps none. */
void vector_output_statistics(FILE *file, struct lane *lane);

#endif

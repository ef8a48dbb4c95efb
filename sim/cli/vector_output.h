/* vector_output.h: writes what a run placed where as a placement vector, and a policy's own statistics. */
#ifndef HEAPLAB_CLI_VECTOR_OUTPUT_H
#define HEAPLAB_CLI_VECTOR_OUTPUT_H

#include <stdio.h>

#include <cjson/cJSON.h>

#include "spec.h"

/* The members before the list of offsets; then each event's entry, from 0; then the list's end, the statistics, and the end. */
void vector_output_begin(FILE *file, const struct spec *spec, const struct lane *lane, const char *trace);
void vector_output_entry(FILE *file, uint64_t index, const struct lane *lane, const struct lane_result *result);
void vector_output_end(FILE *file, struct lane *lane);

/* The policy's own statistics as `final_stats` has them, "{…}"; nothing where it keeps none. */
void vector_output_statistics(FILE *file, struct lane *lane);

/* An entry: an offset, -1 where the event failed, VECTOR_NOTHING (null) where it placed nothing. */
#define VECTOR_FAILED INT64_C(-1)
#define VECTOR_NOTHING INT64_MIN
int64_t vector_entry(const struct lane *lane, const struct lane_result *result);
const char *vector_entry_text(int64_t entry, char *buffer, size_t size); /* as JSON; returns buffer */

#endif

/* sweep_record.h: the result of one point as its line. */
#ifndef HEAPLAB_SIM_SWEEP_RECORD_H
#define HEAPLAB_SIM_SWEEP_RECORD_H

#include "sweep_points.h"

struct sweep_outcome {
    struct lane *lane;                  /* after the run; NULL: refused */
    const char *refusal;                /* why there is no run; NULL: there is one */
    const struct search_result *search; /* NULL: not searched for */
    struct lane_options options;        /* of the run */
};

/* {"key":…,"trace":…,"policy":…,"size":…,"error":…, every score,"digest":…,"crc":…} and a newline; malloc'ed; NULL without memory. */
char *sweep_record(const struct sweep_points *points, size_t index, const struct sweep_outcome *outcome);

/* The scores of such a line by their index, NAN where null or absent, and its error text ("" : none; cut). False: it is no record. */
bool sweep_record_read(const char *line, double values[SCORES_ROOM], char *error, size_t error_size);

#endif

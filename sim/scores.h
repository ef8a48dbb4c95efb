/* scores.h: what a run is measured by, as one table of named numbers, so that every command that reports, sorts, asserts, sweeps or
 * subtracts them speaks of the same ones. The names are docs/METRICS.md's and stay; the order is that of `replay --json`.
 *
 * A value that a run does not have (no failure, no waiting thread, no smallest heap searched for) is NAN: null in JSON, empty in CSV. */
#ifndef HEAPLAB_SIM_SCORES_H
#define HEAPLAB_SIM_SCORES_H

#include "lane.h"
#include "search.h"

enum score_kind { SCORE_COUNT, SCORE_BYTES, SCORE_RATIO /* four digits */ };
enum score_better { SCORE_NEITHER, SCORE_LESS, SCORE_MORE };
enum score_source { SCORE_OF_RUN, SCORE_OF_SEARCH /* the smallest heap: commands that look for it */ };

struct score {
    const char *name;
    uint8_t kind, better, source;
    bool optional; /* left out of JSON where it is null */
};

#define SCORES_ROOM 96

extern const struct score scores[];
extern const size_t score_count; /* at most SCORES_ROOM */

#define SCORE_NONE SIZE_MAX

/* Its index by name; a bare name of a value that changes over the run ("external_fragmentation") means its maximum. SCORE_NONE: there is
 * no such score. O(scores). */
size_t score_find(const char *name);

/* The same for a name that people wrote; false, and `why` names those that are near it. */
bool score_parse(const char *name, size_t *index, char *why, size_t why_size);

/* Fills values[score_count] from a lane after its run. `lower_bound_bytes`: the trace's peak payload. `search` may be NULL. */
void scores_of(double values[SCORES_ROOM], struct lane *lane, uint64_t lower_bound_bytes, const struct search_result *search);

/* The same for a policy that refuses the heap: what is known without a run. */
void scores_of_refused(double values[SCORES_ROOM], const struct lane_options *options, uint64_t lower_bound_bytes, const struct search_result *search);

/* As it is printed: counts and bytes whole, ratios with four digits and never "-0"; "" for none. Returns buffer (at least 32 bytes). */
const char *score_format(size_t index, double value, char *buffer, size_t size);

/* For conditions: a count that is left out where there was nothing to count (waits, under_aligned) is 0 of a run, NAN without a run; the
 * others as they are. */
double score_counted(size_t index, const double values[SCORES_ROOM]);

/* As it stands in JSON: ratios rounded to four digits. NAN stays. */
double score_round(size_t index, double value);

#endif

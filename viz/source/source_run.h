/* source_run.h: what a model says of a whole run: the lives for the strip and the marks, made from a session's history. */
#ifndef HEAPLAB_VIZ_SOURCE_RUN_H
#define HEAPLAB_VIZ_SOURCE_RUN_H

#include "model.h"
#include "session.h"

struct source_run {
    struct model_life *lives;
    uint32_t *ends; /* indices of the lives that end, in order of their ends */
    uint32_t life_count, end_count;
    struct model_mark *marks;
    char **names; /* the phases' */
    uint32_t mark_count, name_count;
    struct model_grant grant; /* of the policy; the job's */
};

/* False without memory, and where a run has 2^32 lives or more. O(events + lives). */
bool source_run_make(struct source_run *run, const struct trace *trace, const struct session_history *history);
/* source_policy.c: how a policy grants requests. Opens a heap like the lane's: O(arena), so a job's work. */
struct model_grant source_policy_grant(const struct lane_options *options);

void source_run_end(struct source_run *run);

/* Bytes that an event asks for: size, or size x count (saturating). */
uint64_t source_run_wanted(const struct trace_event *event);

#endif
